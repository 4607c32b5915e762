"""Names in machine-readable zones, ICAO Doc 9303 part 3, section 4.6, and comparing printed names with them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ocr.mrz.transliteration import letters

_FIELD_LENGTHS = (30, 31, 39)  # TD1; TD2 and MRV-B; TD3 and MRV-A
_SURNAME_FIRST = frozenset(("VNM",))
_PARTING = re.compile(r"[\s,/\-\u2010-\u2015]+")


@dataclass(frozen=True)
class Names:
    """The components of the primary and the secondary identifier, as the zone spells them.

    `truncated`: the last place of the field holds a letter, so the name "must be treated as though truncation had
    occurred" (part 4, section 4.2.3), and in any of its components: parts 4 to 7 let the issuing State shorten
    each. `plausible`: letters only, a primary identifier, no parting other than those of section 4.6.
    """

    primary: tuple[str, ...]
    secondary: tuple[str, ...]
    truncated: bool
    plausible: bool

    @property
    def surname(self) -> str:
        """The primary identifier with blanks for fillers."""
        return " ".join(self.primary)

    @property
    def given_names(self) -> str:
        """The secondary identifier with blanks for fillers; empty where a person has one name only."""
        return " ".join(self.secondary)


def split(field: str) -> Names:
    """Read a name field at its full width, fillers included."""
    primary, _, secondary = field.rstrip("<").partition("<<")
    words = _words(primary), _words(secondary)
    plausible = bool(words[0]) and all(word.isalpha() for part in words for word in part)
    return Names(*words, truncated=not field.endswith("<"), plausible=plausible and "<<" not in secondary)


def full_name(names: Names, issuing_state: str) -> str:
    """One line for people: family, middle and given name in Vietnam's order; elsewhere SURNAME, GIVEN NAMES.

    The comma is the convention of part 3, section 3.4: it says which is which where we don't know the custom.
    """
    if not names.secondary:
        return names.surname
    between = " " if issuing_state.rstrip("<") in _SURNAME_FIRST else ", "
    return names.surname + between + names.given_names


def matches(printed: str, mrz: str, issuing_state: str) -> bool:
    """Whether a printed name is the one of the zone's name field `mrz`, marks and truncation allowed for.

    `printed` holds the whole name: surname first for Vietnam, anywhere if it is followed by a comma, else first or
    last. `mrz` is truncated only if it fills its field to the last place; then every component may be shortened,
    and the last ones of either identifier may be missing.
    """
    names = split(mrz)
    shortened = names.truncated and len(mrz) in _FIELD_LENGTHS
    return bool(names.primary) and any(
        _agree(primary, names.primary, issuing_state, shortened)
        and _agree(secondary, names.secondary, issuing_state, shortened)
        for primary, secondary in _partings(printed, issuing_state, len(names.primary), shortened)
    )


def _words(part: str) -> tuple[str, ...]:
    return tuple(word for word in part.split("<") if word)


def _partings(
    printed: str, issuing_state: str, primary: int, shortened: bool
) -> list[tuple[list[str], list[str]]]:
    """Where the printed name may part into surname and given names; `primary` counts the zone's surname words."""
    before, comma, after = printed.partition(",")
    if comma:
        return [(_pieces(before), _pieces(after))]
    pieces = _pieces(printed)
    counts = range(primary, len(pieces) + 1) if shortened else [primary]
    found = [(pieces[:count], pieces[count:]) for count in counts]
    if issuing_state.rstrip("<") not in _SURNAME_FIRST:
        found += [
            (pieces[len(pieces) - count :], pieces[: len(pieces) - count])
            for count in counts
            if count <= len(pieces)
        ]
    return found


def _pieces(printed: str) -> list[str]:
    return [piece for piece in _PARTING.split(printed) if piece]


def _agree(printed: Sequence[str], zone: Sequence[str], issuing_state: str, shortened: bool) -> bool:
    if len(printed) < len(zone) or (len(printed) > len(zone) and not shortened):
        return False
    if printed and not zone:
        return False
    state = issuing_state.rstrip("<")
    return all(_spells(word, piece, state, shortened) for word, piece in zip(zone, printed, strict=False))


def _spells(word: str, piece: str, issuing_state: str, shortened: bool) -> bool:
    """Whether `word` is a spelling of the printed piece, or begins one."""
    options = letters(piece, issuing_state)
    if not options:
        return False
    reached = {0}
    for alternatives in options:
        ends = set()
        for start in reached:
            for text in alternatives:
                if word.startswith(text, start):
                    ends.add(start + len(text))
                elif shortened and text.startswith(word[start:]):
                    return True
        reached = ends
    return len(word) in reached
