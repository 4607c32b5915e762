"""What a machine-readable zone says: text in, values and doubts out. Nothing here repairs."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ocr.mrz.dates import birth_date, expiry_date
from ocr.mrz.formats import Format, Kind, layout_of
from ocr.mrz.names import Names, split
from ocr.mrz.states import known

Why = Literal["check_digit", "composite", "implausible", "truncated"]


@dataclass(frozen=True)
class Value:
    """What stands in one element, and what speaks against it.

    `check_digit` (its own digit disagrees), `composite` (the digit over the whole zone disagrees), `implausible`
    (no date, no code that anybody was given, no name), `truncated` (a name that may have been cut for want of room).
    """

    text: str
    doubts: tuple[Why, ...] = ()


@dataclass(frozen=True)
class MrzDocument:
    """A zone's elements. Dates are ISO 8601, unknown parts `X` (ISO 8601-2); sex is M, F or X.

    None where the format lacks the element (the old French card: nationality and expiry) or, for the personal
    number, where nothing stands there. `optional_data` is left raw, fillers included: what it means is each State's
    own affair. `checks` names every check digit and whether it is right, the composite last.
    """

    kind: Kind
    document_code: Value
    issuing_state: Value
    surname: Value
    given_names: Value
    document_number: Value
    nationality: Value | None
    birth_date: Value
    sex: Value
    expiry_date: Value | None
    personal_number: Value | None
    optional_data: tuple[str, ...]
    checks: tuple[tuple[str, bool], ...]

    @property
    def verified(self) -> bool:
        """All check digits of the format agree. Names, codes and sex have none (but in the old French card)."""
        return all(passed for _, passed in self.checks)


def parse(lines: Sequence[str], today: datetime.date) -> MrzDocument:
    """Read a zone as it stands. `today` settles the centuries.

    Raises:
        NotAnMrz: the lines have the shape of no zone.
    """
    form = layout_of(lines)
    passed = {check.name: check.passes(lines) for check in form.checks}
    names = _names(form, lines)
    doubts: tuple[Why, ...] = ("truncated",) if names.truncated else ()
    if not names.plausible:
        doubts += ("implausible",)
    return MrzDocument(
        kind=form.kind,
        document_code=_code(form, lines),
        issuing_state=_state(form.text("issuing_state", lines)),
        surname=Value(names.surname, doubts),
        given_names=Value(names.given_names, doubts if names.secondary or not names.primary else ()),
        document_number=_number(form.text("document_number", lines), "document_number", passed),
        nationality=_state(form.text("nationality", lines)) if "nationality" in form.elements else None,
        birth_date=_date("birth_date", form, lines, passed, today),
        sex=_sex(form.text("sex", lines)),
        expiry_date=_date("expiry_date", form, lines, passed, today)
        if "expiry_date" in form.elements
        else None,
        personal_number=_personal_number(form, lines, passed),
        optional_data=tuple(
            form.text(name, lines) for name in ("optional_data", "optional_data_2") if name in form.elements
        ),
        checks=tuple(passed.items()),
    )


def _names(form: Format, lines: Sequence[str]) -> Names:
    if form.kind != "IDFRA":
        return split(form.text("name", lines))
    # The card has a field for each, and parts given names by two fillers: they are not secondary to each other.
    surname, given = form.text("surname", lines), form.text("given_names", lines)
    primary, secondary = (
        split(field.rstrip("<").replace("<<", "<") + "<").primary for field in (surname, given)
    )
    plausible = bool(primary) and all(word.isalpha() for word in primary + secondary)
    return Names(primary, secondary, not (surname.endswith("<") and given.endswith("<")), plausible)


def _failed(name: str, passed: dict[str, bool]) -> tuple[Why, ...]:
    own: tuple[Why, ...] = () if passed.get(name, True) else ("check_digit",)
    return own if passed.get("composite", True) else (*own, "composite")


def _number(text: str, name: str, passed: dict[str, bool]) -> Value:
    shown = text.strip("<").replace("<", " ")
    return Value(shown, _failed(name, passed) + (() if shown else ("implausible",)))


def _personal_number(form: Format, lines: Sequence[str], passed: dict[str, bool]) -> Value | None:
    """Only passports have a place for it (part 4, 4.2.2: "personal number or other optional data elements")."""
    if form.kind != "TD3" or not form.text("optional_data", lines).strip("<"):
        return None
    return _number(form.text("optional_data", lines), "personal_number", passed)


def _date(
    name: str, form: Format, lines: Sequence[str], passed: dict[str, bool], today: datetime.date
) -> Value:
    places = form.text(name, lines)
    date = birth_date(places, today) if name == "birth_date" else expiry_date(places, today)
    return Value(date.text, _failed(name, passed) + (() if date.plausible else ("implausible",)))


def _code(form: Format, lines: Sequence[str]) -> Value:
    text = form.text("document_code", lines)
    fits = text[0] in form.allowed[0][0] and text[1].isalpha() | (text[1] == "<")
    return Value(text.rstrip("<"), () if fits else ("implausible",))


def _state(places: str) -> Value:
    return Value(places.rstrip("<"), () if known(places) else ("implausible",))


def _sex(letter: str) -> Value:
    """Part 3 to 7: a filler where the State does not want to say, which the printed page shows as X."""
    if letter in "MFX":
        return Value(letter)
    return Value("X") if letter == "<" else Value(letter, ("implausible",))
