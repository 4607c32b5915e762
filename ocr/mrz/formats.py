"""Where everything stands in a machine-readable zone: ICAO Doc 9303 parts 4 (TD3), 5 (TD1), 6 (TD2), 7 (MRV-A, MRV-B).

Lines and columns count from 0; ends are exclusive. The French identity card of 1988 to 2021 (`IDFRA`) has a layout of
its own that Doc 9303 does not know; it is taken from public descriptions and specimens of the card.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ocr.mrz.alphabet import ALPHABET
from ocr.mrz.check_digits import check_digit

Kind = Literal["TD3", "TD1", "TD2", "MRV-A", "MRV-B", "IDFRA"]
Place = tuple[int, int]
"""Line and column."""

_DIGITS = "0123456789"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_NAME = _LETTERS + "<"
_DATE = ((2, _DIGITS + "<"), (1, "01<"), (1, _DIGITS + "<"), (1, "0123<"), (1, _DIGITS + "<"))
_SEX = "MFX<"  # section 4.2.2: M, F or filler; X, as on the printed page, is met all the same


class NotAnMrz(ValueError):
    """The lines do not have the shape of any zone."""


@dataclass(frozen=True)
class Span:
    """Columns start..end-1 of a line."""

    line: int
    start: int
    end: int

    @property
    def places(self) -> tuple[Place, ...]:
        """Line and column of each character."""
        return tuple((self.line, column) for column in range(self.start, self.end))

    def of(self, lines: Sequence[str]) -> str:
        """What stands there."""
        return lines[self.line][self.start : self.end]


@dataclass(frozen=True)
class Check:
    """A check digit and what it covers, in order. `fills`: a filler stands for 0 where all it covers are fillers."""

    name: str
    covers: tuple[Span, ...]
    digit: Place
    fills: bool = False

    @property
    def places(self) -> tuple[Place, ...]:
        """Everything covered, without the digit."""
        return tuple(place for span in self.covers for place in span.places)

    def passes(self, lines: Sequence[str]) -> bool:
        """Whether the digit is right."""
        text = "".join(span.of(lines) for span in self.covers)
        digit = lines[self.digit[0]][self.digit[1]]
        return digit == check_digit(text) or (self.fills and digit == "<" and not text.strip("<"))


@dataclass(frozen=True)
class Format:
    """One layout. `allowed` holds for every line and column the characters that may stand there.

    `elements` are spans by name; an element in several spans reads on from one to the next. `checks` has the
    composite last, where there is one.
    """

    kind: Kind
    allowed: tuple[tuple[str, ...], ...]
    elements: Mapping[str, tuple[Span, ...]] = field(hash=False)
    checks: tuple[Check, ...]

    @property
    def shape(self) -> tuple[int, int]:
        """Number of lines, and of characters in each."""
        return len(self.allowed), len(self.allowed[0])

    def text(self, name: str, lines: Sequence[str]) -> str:
        """An element as it stands, fillers included; empty where the format has none of that name."""
        return "".join(span.of(lines) for span in self.elements.get(name, ()))


def _row(*runs: tuple[int, str]) -> tuple[str, ...]:
    return tuple(characters for count, characters in runs for _ in range(count))


def _two_lines(kind: Kind, first: str, width: int) -> Format:
    """TD3, TD2 and both visas begin alike (part 4, 4.2.2; part 6, 4.2.2; part 7, 4.2.2 and 7.2.2)."""
    upper = _row((1, first), (1, ALPHABET), (3, _NAME), (width - 5, _NAME))
    common = (
        (9, ALPHABET),
        (1, _DIGITS + "<"),
        (3, _NAME),
        *_DATE,
        (1, _DIGITS),
        (1, _SEX),
        *_DATE,
        (1, _DIGITS),
    )
    tails = {
        "TD3": ((14, ALPHABET), (1, _DIGITS + "<"), (1, _DIGITS)),
        "TD2": ((7, ALPHABET), (1, _DIGITS)),
        "MRV-A": ((16, ALPHABET),),
        "MRV-B": ((8, ALPHABET),),
    }
    optional = Span(1, 28, 28 + tails[kind][0][0])
    elements = {
        "document_code": (Span(0, 0, 2),),
        "issuing_state": (Span(0, 2, 5),),
        "name": (Span(0, 5, width),),
        "document_number": (Span(1, 0, 9),),
        "nationality": (Span(1, 10, 13),),
        "birth_date": (Span(1, 13, 19),),
        "sex": (Span(1, 20, 21),),
        "expiry_date": (Span(1, 21, 27),),
        "optional_data": (optional,),
    }
    checks = [
        Check("document_number", (Span(1, 0, 9),), (1, 9)),
        Check("birth_date", (Span(1, 13, 19),), (1, 19)),
        Check("expiry_date", (Span(1, 21, 27),), (1, 27)),
    ]
    if kind == "TD3":
        checks.append(Check("personal_number", (optional,), (1, 42), fills=True))
    if kind in ("TD3", "TD2"):
        covers = Span(1, 0, 10), Span(1, 13, 20), Span(1, 21, width - 1)
        checks.append(Check("composite", covers, (1, width - 1)))
    return Format(kind, (upper, _row(*common, *tails[kind])), elements, tuple(checks))


def _td1() -> Format:
    """Part 5, 4.2.2 and 4.2.4."""
    upper = _row((1, "ACI"), (1, ALPHABET), (3, _NAME), (9, ALPHABET), (1, _DIGITS + "<"), (15, ALPHABET))
    middle = _row(
        *_DATE, (1, _DIGITS), (1, _SEX), *_DATE, (1, _DIGITS), (3, _NAME), (11, ALPHABET), (1, _DIGITS)
    )
    elements = {
        "document_code": (Span(0, 0, 2),),
        "issuing_state": (Span(0, 2, 5),),
        "name": (Span(2, 0, 30),),
        "document_number": (Span(0, 5, 14),),
        "nationality": (Span(1, 15, 18),),
        "birth_date": (Span(1, 0, 6),),
        "sex": (Span(1, 7, 8),),
        "expiry_date": (Span(1, 8, 14),),
        "optional_data": (Span(0, 15, 30),),
        "optional_data_2": (Span(1, 18, 29),),
    }
    checks = (
        Check("document_number", (Span(0, 5, 14),), (0, 14)),
        Check("birth_date", (Span(1, 0, 6),), (1, 6)),
        Check("expiry_date", (Span(1, 8, 14),), (1, 14)),
        Check("composite", (Span(0, 5, 30), Span(1, 0, 7), Span(1, 8, 15), Span(1, 18, 29)), (1, 29)),
    )
    return Format("TD1", (upper, middle, _row((30, _NAME))), elements, checks)


def _idfra() -> Format:
    """Surname and office above; number, given names (parted by two fillers), birth and sex below. No expiry."""
    upper = _row(*((1, letter) for letter in "IDFRA"), (25, _NAME), (6, ALPHABET))
    lower = _row(
        (4, _DIGITS), (3, ALPHABET), (5, _DIGITS), (1, _DIGITS), (14, _NAME), *_DATE, (1, _DIGITS), (1, "MF")
    )
    elements = {
        "document_code": (Span(0, 0, 2),),
        "issuing_state": (Span(0, 2, 5),),
        "surname": (Span(0, 5, 30),),
        "given_names": (Span(1, 13, 27),),
        "document_number": (Span(1, 0, 12),),
        "birth_date": (Span(1, 27, 33),),
        "sex": (Span(1, 34, 35),),
        "optional_data": (Span(0, 30, 36),),
    }
    checks = (
        Check("document_number", (Span(1, 0, 12),), (1, 12)),
        Check("birth_date", (Span(1, 27, 33),), (1, 33)),
        Check("composite", (Span(0, 0, 36), Span(1, 0, 35)), (1, 35)),
    )
    return Format("IDFRA", (upper, (*lower, _DIGITS)), elements, checks)


FORMATS: tuple[Format, ...] = (
    _two_lines("TD3", "P", 44),
    _td1(),
    _two_lines("TD2", "ACI", 36),
    _two_lines("MRV-A", "V", 44),
    _two_lines("MRV-B", "V", 36),
    _idfra(),
)


def layout(base: Format, lines: Sequence[str]) -> Format:
    """`base`, or its variant for a document number longer than nine characters, as `lines` show it.

    Part 5 (TD1) and part 6 (TD2), 4.2.2, note j: a filler in place of the check digit, the rest of the number at
    the beginning of the optional data, then its check digit and a filler.
    """
    if base.kind not in ("TD1", "TD2"):
        return base
    (number,) = base.elements["document_number"]
    (optional,) = base.elements["optional_data"]
    rest = optional.of(lines).partition("<")[0][:-1]
    digit_is_filler = lines[number.line][number.end] == "<"
    # A filler has to follow the check digit: a field that is full to its end holds something else.
    if not digit_is_filler or not rest or len(rest) + 2 > optional.end - optional.start:
        return base
    return _long(base, number, Span(optional.line, optional.start, optional.start + len(rest)), lines)


def _long(base: Format, number: Span, rest: Span, lines: Sequence[str]) -> Format:
    digit = rest.line, rest.end
    covers: tuple[Span, ...] = (number, rest)
    if base.text("issuing_state", lines) == "BEL":
        # Belgium's cards of the older kind count the filler in; part 5, 4.2.4 leaves it out.
        with_filler = Check("document_number", (Span(number.line, number.start, number.end + 1), rest), digit)
        if with_filler.passes(lines):
            covers = with_filler.covers
    (whole,) = base.elements["optional_data"]
    elements = {
        **base.elements,
        "document_number": (number, rest),
        "optional_data": (Span(rest.line, rest.end + 1, whole.end),),
    }
    allowed = [list(row) for row in base.allowed]
    allowed[number.line][number.end] = allowed[rest.line][rest.end + 1] = "<"
    allowed[rest.line][rest.end] = _DIGITS
    checks = (Check("document_number", covers, digit), *base.checks[1:])
    return Format(base.kind, tuple(tuple(row) for row in allowed), elements, checks)


def layout_of(lines: Sequence[str]) -> Format:
    """The layout of a zone as read.

    Raises:
        NotAnMrz: no format has that many lines of that length, or a character is outside the alphabet.
    """
    widths = {len(line) for line in lines}
    if len(widths) != 1 or not set("".join(lines)) <= set(ALPHABET):
        raise NotAnMrz("two or three lines of one length, of A-Z, 0-9 and <, are needed")
    fitting = [known for known in FORMATS if known.shape == (len(lines), *widths)]
    if not fitting:
        raise NotAnMrz("no zone has that many lines of that length")
    if lines[0].startswith("IDFRA") and len(fitting) == 3:
        return fitting[2]
    visa = lines[0][0] == "V" and len(fitting) > 1
    return layout(fitting[1] if visa else fitting[0], lines)
