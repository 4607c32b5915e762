"""The printed part of a travel document, field by field, each beside what its machine-readable zone says of it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ocr.fields.field import Agreement
from ocr.fields.printed import names
from ocr.fields.printed.dates import dates_in, same
from ocr.fields.printed.labels import bare, labelled
from ocr.fields.printed.page import PrintedPage, Stretch, read_above
from ocr.mrz.document import MrzDocument, Value
from ocr.mrz.formats import layout_of
from ocr.mrz.reading import ZoneReading
from ocr.recognise import Image

UNSURE = 0.5
"""The most confidence in a name that three looks did not spell alike, marks included: a person should look."""

_ALL_LOOKS = 3
_SURE = 0.8  # Tesseract's confidence in every word of what may be called a conflict
_LEGIBLE = 0.6  # and of a birthplace, which nothing else confirms
_MOST_NUMBER_WORDS = 12  # a number may be printed with blanks between all its signs
_ALIKE = ("0ODQ", "1IL7T", "2Z7", "5S", "6G", "8B", "VY", "UV", "MN", "CG")
_VIETNAM = frozenset(("viet nam", "vietnam", "vietnamese", "viet nam vietnamese", "vnm"))
_SEXES = {"m": "M", "nam": "M", "f": "F", "nu": "F", "x": "X"}


@dataclass(frozen=True)
class Printed:
    """What the page prints under one of the zone's names (or `place_of_birth`), exactly as read, NFC.

    `agreement`: `agrees` (with the zone, the same once both are spelled alike), `conflicts` (read three times and
    always something else), `not_read` (nothing there that can be relied on; `text` is empty), None for what a zone
    does not hold. `box` is left, top, width and height on the page. `confidence`, 0..1, is Tesseract's in the worst
    word. The zone confirms a name's letters, never its marks: above `UNSURE` three looks agreed on them. Only
    Vietnamese marks are known; of other States' letters the bare ones are read.
    """

    name: str
    text: str
    box: tuple[int, int, int, int] | None
    confidence: float
    agreement: Agreement | None


@dataclass(frozen=True)
class Found:
    """What was found for one field, and where."""

    agreement: Agreement | None
    text: str
    stretch: Stretch
    confidence: float


def read_printed(picture: Image, zone: ZoneReading, scratch: Path | None = None) -> tuple[Printed, ...]:
    """What stands above a zone that was read on `picture`, a grey page; one entry for each field the zone has.

    Nothing is taken from the zone: what was not found in print is `not_read`. Residual risk: a printed value that
    differs from the zone's is reported only if it was read well and stands below a label we know (a number: if one sign
    differs); all others are `not_read`, since a wrong alarm costs more trust than a missing one.

    Raises:
        ReadingFailed: the recogniser could not run.
    """
    page = read_above(picture, zone, scratch)
    return tuple(
        Printed(name, "", None, 0.0, "not_read")
        if found is None
        else Printed(name, found.text, page.place(found.stretch), found.confidence, found.agreement)
        for name, found in _fields(page, zone)
    )


def _fields(page: PrintedPage, zone: ZoneReading) -> Iterator[tuple[str, Found | None]]:
    document, below = zone.document, labelled(page.stretches)
    yield "document_number", _number(page, document.document_number)
    yield from _names(page, below, zone)
    yield "birth_date", _date(page, below, "birth_date", document.birth_date, document)
    if document.expiry_date is not None:
        yield "expiry_date", _date(page, below, "expiry_date", document.expiry_date, document)
    yield "sex", _sex(page, below, document.sex)
    if document.nationality is not None:
        yield "nationality", _nationality(page, below, document.nationality)
    if document.personal_number is not None:
        yield "personal_number", _number(page, document.personal_number)
    yield "place_of_birth", _place_of_birth(below)


def _number(page: PrintedPage, value: Value) -> Found | None:
    wanted = _signs(value.text)
    equal = [part for stretch in page.stretches for part in _parts(stretch) if _signs(part.text) == wanted]
    if wanted and equal:
        best = max(equal, key=lambda part: part.confidence)
        return _as_read("agrees", best)

    def differs(text: str) -> bool:
        return _one_sign_apart(_signs(text), wanted, telling=not value.doubts)

    near = [part for stretch in page.stretches for part in _parts(stretch) if differs(part.text)]
    return _conflict(page, near, lambda first, second: _signs(first) == _signs(second))


def _parts(stretch: Stretch) -> Iterator[Stretch]:
    """Every run of a stretch's words."""
    words = stretch.words
    for start in range(len(words)):
        for end in range(start + 1, min(len(words), start + _MOST_NUMBER_WORDS) + 1):
            yield Stretch(words[start:end])


def _signs(text: str) -> str:
    return "".join(c for c in text.upper() if c.isascii() and c.isalnum())


def _one_sign_apart(printed: str, zone: str, *, telling: bool) -> bool:
    """Whether one sign differs; `telling`: not one that Tesseract takes for the other.

    In a zone whose check digit is right the zone's reading of such a pair is the better one.
    """
    if len(printed) != len(zone):
        return False
    pairs = [pair for pair in zip(printed, zone, strict=True) if pair[0] != pair[1]]
    if len(pairs) != 1:
        return False
    return not telling or not any(set(pairs[0]) <= set(alike) for alike in _ALIKE)


def _names(
    page: PrintedPage, below: dict[str, list[Stretch]], zone: ZoneReading
) -> Iterator[tuple[str, Found | None]]:
    document, lines = zone.document, zone.decoded.lines
    state = document.issuing_state.text
    said = names.zone_names(document.surname.text, document.given_names.text, state, layout_of(lines), lines)
    found = list(names.find(page.stretches, said))
    for name, is_it in (("surname", said.is_surname), ("given_names", said.is_given)):
        if name == "given_names" and not said.given_names:
            continue
        equal = [stretch for which, stretch in found if which == name]
        labelled_words = {word for stretch in below.get(name, ()) for word in stretch.words}
        if equal:
            best = max(equal, key=lambda each: (each.words[0] in labelled_words, each.confidence))
            yield name, _confirmed(page, best, is_it)
            continue
        others = [each for each in below.get(name, ()) if _is_another_name(each.text, said)]
        yield name, _conflict(page, others, lambda first, second: first == second)


def _confirmed(page: PrintedPage, stretch: Stretch, is_it: Callable[[str], bool]) -> Found:
    """A name that three looks spell alike, marks included; else what most of them say of it, and unsure."""
    first = _tidy(stretch.text)
    looks = [_tidy(text) for text in (first, *page.read_again(stretch))]
    looks = [text for text in looks if is_it(text) and text.isupper() == first.isupper()]
    best = max(looks or [first], key=lambda text: (looks.count(text), text != first))
    unanimous = looks.count(first) == _ALL_LOOKS
    return Found(
        "agrees", best, stretch, stretch.confidence if unanimous else min(stretch.confidence, UNSURE)
    )


def _tidy(text: str) -> str:
    return text.strip(" ,.:;'|_-")


def _is_another_name(text: str, said: names.ZoneNames) -> bool:
    """Whether a stretch is a name at all, and not just the first line of the zone's, or the zone's with an addition."""
    if len(text) < 2 or not text.isupper() or not all(c.isalpha() or c in " -'" for c in text):
        return False
    printed = set(bare(text).split())
    surname, given = set(bare(said.surname).split()), set(bare(said.given_names).split())
    return not (printed <= surname | given or surname <= printed or (given and given <= printed))


def _date(
    page: PrintedPage, below: dict[str, list[Stretch]], name: str, value: Value, document: MrzDocument
) -> Found | None:
    equal = [
        part
        for stretch in page.stretches
        for part in _parts(stretch)
        if any(same(date, value.text) for date in dates_in(part.text))
    ]
    if equal:
        best = max(equal, key=lambda part: (part.confidence, -len(part.words)))
        return _as_read("agrees", best)
    zone = [each.text for each in (document.birth_date, document.expiry_date) if each is not None]
    others = [
        each
        for each in below.get(name, ())
        if len(dates := dates_in(each.text)) == 1
        and dates[0][0] > 99
        and not any(same(dates[0], d) for d in zone)
    ]
    return _conflict(page, others, lambda first, second: dates_in(first) == dates_in(second))


def _sex(page: PrintedPage, below: dict[str, list[Stretch]], value: Value) -> Found | None:
    for stretch in below.get("sex", ()):
        said = {_SEXES[word] for word in bare(stretch.text).split() if word in _SEXES}
        if value.text in said and len(said) == 1:
            return _as_read("agrees", stretch)
        if len(said) == 1 and value.text in "MF" and not value.doubts:
            return _conflict(page, [stretch], lambda first, second: bare(first) == bare(second))
    return None


def _nationality(page: PrintedPage, below: dict[str, list[Stretch]], value: Value) -> Found | None:
    """Never a conflict: a nationality is printed as a word of any language, and we know few."""
    known = _VIETNAM if value.text == "VNM" else {value.text.lower()}
    for stretch in below.get("nationality", ()):
        if bare(stretch.text) in known:
            return _as_read("agrees", stretch)
    return None


def _place_of_birth(below: dict[str, list[Stretch]]) -> Found | None:
    for stretch in below.get("place_of_birth", ()):
        if stretch.confidence >= _LEGIBLE and sum(c.isalpha() for c in stretch.text) > 1:
            return _as_read(None, stretch)
    return None


def _conflict(
    page: PrintedPage, others: Sequence[Stretch], alike: Callable[[str, str], bool]
) -> Found | None:
    """What differs from the zone, if it was read surely, and again so at every further look."""
    sure = [stretch for stretch in others if stretch.confidence >= _SURE]
    if not sure:
        return None
    best = max(sure, key=lambda stretch: stretch.confidence)
    return (
        _as_read("conflicts", best) if all(alike(best.text, look) for look in page.read_again(best)) else None
    )


def _as_read(agreement: Agreement | None, stretch: Stretch) -> Found:
    return Found(agreement, stretch.text, stretch, stretch.confidence)
