"""Machine-readable zones, pure: text in, values and doubts out. ICAO Doc 9303 part 3 section 4 and part 4 (TD3).

Nothing here repairs: a character that is not what its place asks for makes its field doubtful.
"""

import datetime
import re
from dataclasses import dataclass

WIDTH = 44
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<"
_VALUES = {character: value for value, character in enumerate(ALPHABET[:36])} | {"<": 0}
_WEIGHTS = (7, 3, 1)
_DIGITS_OR_FILLER = re.compile(r"[0-9<]*")


class NotAnMrz(ValueError):
    """The two lines do not have the shape of a TD3 zone."""


@dataclass(frozen=True)
class Value:
    """What stands in one place of the zone; `why` is None where nothing speaks against it (see `Field`)."""

    text: str
    why: str | None = None


@dataclass(frozen=True)
class Td3:
    """The passport zone's elements. Dates are ISO 8601, unknown parts `XX` (ISO 8601-2); sex is M, F or X.

    `personal_number` is None where the optional data are empty. A check digit covers document number, birth date,
    expiry date and personal number; the composite covers these four again; nothing covers the other elements.
    """

    document_code: Value
    issuing_state: Value
    surname: Value
    given_names: Value
    document_number: Value
    nationality: Value
    birth_date: Value
    sex: Value
    expiry_date: Value
    personal_number: Value | None
    checks_passed: int

    @property
    def verified(self) -> bool:
        """All five check digits agree (number, birth, expiry, optional data, composite)."""
        return self.checks_passed == 5


def check_digit(text: str) -> str:
    """Doc 9303-3, 4.9: weights 7, 3, 1; letters count from 10, the filler is 0; the sum modulo 10.

    Raises:
        ValueError: a character outside the alphabet.
    """
    try:
        return str(sum(_VALUES[c] * _WEIGHTS[i % 3] for i, c in enumerate(text)) % 10)
    except KeyError:
        raise ValueError("character outside the alphabet") from None


def parse_td3(line_1: str, line_2: str, today: datetime.date) -> Td3:
    """Read a passport's two lines of 44 characters as they stand. `today` settles the centuries.

    Raises:
        NotAnMrz: wrong length or alphabet, or the first letter is not P.
    """
    for line in (line_1, line_2):
        if len(line) != WIDTH or not set(line) <= set(ALPHABET):
            raise NotAnMrz("two lines of 44 characters of A-Z, 0-9 and < are needed")
    if line_1[0] != "P":
        raise NotAnMrz("a TD3 zone begins with P")
    own = _check_digits(line_2)
    composite = check_digit(line_2[0:10] + line_2[13:20] + line_2[21:43]) == line_2[43]
    birth, expiry = line_2[13:19], line_2[21:27]
    surname, given_names = _names(line_1[5:])
    optional = line_2[28:42].rstrip("<")
    return Td3(
        document_code=_letters(line_1[0:2].rstrip("<")),
        issuing_state=_letters(line_1[2:5].rstrip("<")),
        surname=surname,
        given_names=given_names,
        document_number=_covered(line_2[0:9].rstrip("<"), own[0], composite),
        nationality=_letters(line_2[10:13].rstrip("<")),
        birth_date=_date(birth, _birth_century(birth, today), own[1], composite),
        sex=_sex(line_2[20]),
        expiry_date=_date(expiry, _expiry_century(expiry, today), own[2], composite),
        personal_number=_covered(optional, own[3], composite) if optional else None,
        checks_passed=sum(own) + composite,
    )


def _check_digits(line_2: str) -> list[bool]:
    """Document number, birth, expiry, optional data; the last may be a filler when its field is empty (9303-4)."""
    own = [
        check_digit(line_2[start:end]) == line_2[end] for start, end in ((0, 9), (13, 19), (21, 27), (28, 42))
    ]
    own[3] = own[3] or (line_2[28:42].strip("<") == "" and line_2[42] == "<")
    return own


def _covered(text: str, own: bool, composite: bool) -> Value:
    if not text:
        return Value(text, "implausible")
    return Value(text.replace("<", " "), _why(own, composite))


def _why(own: bool, composite: bool) -> str | None:
    if not own:
        return "check_digit"
    return None if composite else "composite"


def _letters(text: str) -> Value:
    return Value(text, None if text.isalpha() else "implausible")


def _sex(letter: str) -> Value:
    if letter in "MF":
        return Value(letter)
    return Value("X") if letter == "<" else Value(letter, "implausible")


def _names(text: str) -> tuple[Value, Value]:
    """Doc 9303-4, 4.2.2 and 9303-3, 4.6: two fillers part primary from secondary, one parts components.

    A name that fills its field to the last place may have been cut off there: its last part is doubtful.
    """
    primary, _, secondary = text.rstrip("<").partition("<<")
    cut = not text.endswith("<")
    return _name(primary, cut and not secondary, needed=True), _name(
        secondary, cut and bool(secondary), needed=False
    )


def _name(part: str, cut: bool, *, needed: bool) -> Value:
    words = " ".join(piece for piece in part.split("<") if piece)
    if not words:
        return Value("", "implausible" if needed else None)
    if "<<" in part or not words.replace(" ", "").isalpha():
        return Value(words, "implausible")
    return Value(words, "truncated" if cut else None)


def _birth_century(date: str, today: datetime.date) -> int:
    """The latest century that does not put the birth into the future."""
    return _latest_century(date, today.strftime("%Y%m%d"))


def _expiry_century(date: str, today: datetime.date) -> int:
    """No passport is valid for more than ten years; fifty to come leave room for every other oddity."""
    return _latest_century(date, f"{today.year + 50}1231")


def _latest_century(date: str, limit: str) -> int:
    """`date` is YYMMDD; unknown parts count as zero, so they never push a birth out of its century."""
    known = date.replace("<", "0")
    century = int(limit[:2])
    return century if f"{century}{known}" <= limit else century - 1


def _date(text: str, century: int, own: bool, composite: bool) -> Value:
    year, month, day = text[0:2], text[2:4], text[4:6]
    if not _DIGITS_OR_FILLER.fullmatch(text):
        return Value(text, "check_digit" if not own else "implausible")
    shown = "-".join(
        (f"{century:02}{year}" if year != "<<" else "XXXX", month.replace("<", "X"), day.replace("<", "X"))
    )
    return Value(shown, _why(own, composite) or (None if _exists(shown) else "implausible"))


def _exists(date: str) -> bool:
    """A real day, as far as it is known; day known without its month, or half a number, is no date."""
    year, month, day = date.split("-")
    if "X" in month and day != "XX":
        return False
    try:
        datetime.date(
            2000 if year == "XXXX" else int(year),
            1 if month == "XX" else int(month),
            1 if day == "XX" else int(day),
        )
    except ValueError:
        return False
    return True
