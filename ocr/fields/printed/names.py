"""A holder's name as printed: the print whose transliteration is what the zone says, marks and all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ocr.fields.printed.page import Stretch
from ocr.mrz.formats import Format
from ocr.mrz.names import matches
from ocr.recognise import Word

_ALL_CAPITALS = frozenset(("VNM",))
_MOST_WORDS = 12
_JUNK = 0.5  # confidence below which a word at the edge of a stretch may be the paper's pattern


@dataclass(frozen=True)
class ZoneNames:
    """The zone's name field at its full width (empty where surname and given names have fields of their own)."""

    surname: str
    given_names: str
    field: str
    truncated: bool
    state: str

    def is_surname(self, printed: str) -> bool:
        """Whether this print is the surname."""
        if self.truncated and not self.given_names:
            return matches(printed, self.field, self.state)
        return self._spells(printed, self.surname)

    def is_given(self, printed: str) -> bool:
        """Whether this print is the given names."""
        if self.truncated and self.given_names:
            return self._spells(printed, self.given_names) or matches(
                f"{self.surname}, {printed}", self.field, self.state
            )
        return self._spells(printed, self.given_names)

    def _spells(self, printed: str, part: str) -> bool:
        """A comma would part a name in two, so it goes; other marks are the comparison's own affair."""
        as_field = part.replace(" ", "<")
        return bool(part) and matches(printed.replace(",", " ").strip(), as_field, self.state)


def zone_names(surname: str, given_names: str, state: str, form: Format, lines: Sequence[str]) -> ZoneNames:
    """What a decoded zone says of the name."""
    field = form.text("name", lines) if "name" in form.elements else ""
    return ZoneNames(surname, given_names, field, bool(field) and not field.endswith("<"), state)


def find(stretches: Sequence[Stretch], zone: ZoneNames) -> Iterator[tuple[str, Stretch]]:
    """Every place where the surname or the given names stand: which of the two, and the print.

    A name alone must fill its stretch: a word of another line (a birthplace, a nationality) may well read the same.
    Surname and given names together are found anywhere in a stretch.
    """
    for stretch in stretches:
        kept = [word for word in stretch.words if any(c.isalpha() for c in word.text)][:_MOST_WORDS]
        if not kept:
            continue
        yield from _together(kept, zone)
        for words in _trimmed(kept):
            whole = _cased(words, zone.state)
            if whole is not None and zone.is_surname(whole.text):
                yield "surname", whole
            if whole is not None and zone.is_given(whole.text):
                yield "given_names", whole


def _together(words: Sequence[Word], zone: ZoneNames) -> Iterator[tuple[str, Stretch]]:
    if not zone.given_names:
        return
    count = len(words)
    for start in range(count):
        for middle in range(start + 1, count):
            before = _cased(words[start:middle], zone.state)
            if before is None:
                continue
            names = "surname", "given_names"
            if not zone.is_surname(before.text):
                if zone.state in _ALL_CAPITALS or not zone.is_given(before.text):
                    continue
                names = "given_names", "surname"
            is_other = zone.is_given if names[0] == "surname" else zone.is_surname
            for end in range(middle + 1, count + 1):
                after = _cased(words[middle:end], zone.state)
                if after is not None and is_other(after.text):
                    yield names[0], before
                    yield names[1], after


def _trimmed(words: Sequence[Word]) -> Iterator[Sequence[Word]]:
    """The words, and what is left of them without what may be no print at either end."""
    yield words
    start, end = 0, len(words)
    while end - start > 1 and _may_go(words[end - 1]):
        end -= 1
        yield words[start:end]
    while end - start > 1 and _may_go(words[start]):
        start += 1
        yield words[start:end]


def _may_go(word: Word) -> bool:
    return word.confidence < _JUNK or len(word.text) == 1 or not word.text.isupper()


def _cased(words: Sequence[Word], state: str) -> Stretch | None:
    """Vietnam prints names in capitals: what is not is a label (`Họ`) or the sex (`Nam`)."""
    if state in _ALL_CAPITALS and not all(word.text.isupper() for word in words):
        return None
    return Stretch(tuple(words))
