"""Phrases found in folded text, with a few slips of the recogniser tolerated: letters only, never digits."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from ocr.terms.folding import fold

_LETTERS_A_SLIP = 8
_MOST_SLIPS = 3
_GRAM = 3
_OPPOSITES = frozenset(
    (
        "employer",
        "employee",
        "employers",
        "employees",
        "majikan",
        "pekerja",
        "working",
        "worker",
        "monthly",
        "month",
    )
)
"""Words one or two letters from another word of contracts: where one stands as it should, no slip is assumed."""


@dataclass(frozen=True)
class Found:
    """Where a phrase stands, from `start` up to `end`, and how many letters of it were misread."""

    start: int
    end: int
    slips: int
    phrase: str


@lru_cache(maxsize=4096)
def folded_phrase(phrase: str) -> str:
    """`phrase` as it is looked for."""
    return fold(phrase)


def find_phrases(folded: str, phrases: Iterable[str]) -> list[Found]:
    """Every place of every phrase in `folded`; where two overlap the one with fewer slips, then the longer, stays."""
    found = [place for phrase in _likely(folded, tuple(phrases)) for place in _find(folded, phrase)]
    kept: list[Found] = []
    for place in sorted(found, key=lambda each: (each.slips, each.start - each.end, each.start)):
        if not any(place.start < other.end and other.start < place.end for other in kept):
            kept.append(place)
    return sorted(kept, key=lambda each: each.start)


def holds(folded: str, phrases: Iterable[str]) -> bool:
    """Whether any of `phrases` stands in `folded`."""
    return any(_find(folded, phrase) for phrase in _likely(folded, tuple(phrases)))


def _likely(folded: str, phrases: tuple[str, ...]) -> list[str]:
    """Those of `phrases`, folded, of which at least one piece may stand in the text: told by three letters each."""
    index = _index(phrases)
    grams = _grams(folded)
    short = [phrase for phrase in index.get("", ()) if phrase in folded]
    return list(dict.fromkeys([*short, *(phrase for gram in index.keys() & grams for phrase in index[gram])]))


@lru_cache(maxsize=1024)
def _index(phrases: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    index: dict[str, list[str]] = {}
    for phrase in map(folded_phrase, phrases):
        for _, piece in _pieces(phrase, _allowed(phrase)):
            index.setdefault(piece[:_GRAM] if len(piece) >= _GRAM else "", []).append(phrase)
    return {gram: tuple(found) for gram, found in index.items()}


@lru_cache(maxsize=1024)
def _grams(folded: str) -> frozenset[str]:
    return frozenset(folded[at : at + _GRAM] for at in range(len(folded) - _GRAM + 1))


@lru_cache(maxsize=8192)
def _allowed(phrase: str) -> int:
    """How many slips a phrase may have; a single short word none, it may be another word."""
    slips = min(len(phrase) // _LETTERS_A_SLIP, _MOST_SLIPS)
    return 0 if " " not in phrase and slips == 1 and phrase.isascii() else slips


@lru_cache(maxsize=8192)
def _pieces(phrase: str, slips: int) -> tuple[tuple[int, str], ...]:
    """`slips` + 1 pieces with their places: of a phrase with so many slips one stands unharmed."""
    size = len(phrase) // (slips + 1)
    cuts = [*(number * size for number in range(slips + 1)), len(phrase)]
    return tuple((start, phrase[start:end]) for start, end in pairwise(cuts))


@lru_cache(maxsize=65536)
def _find(folded: str, phrase: str) -> tuple[Found, ...]:
    slips = _allowed(phrase)
    return tuple(_exact(folded, phrase)) or (tuple(_near(folded, phrase, slips)) if slips else ())


def _exact(folded: str, phrase: str) -> Iterator[Found]:
    start = folded.find(phrase)
    while start >= 0:
        end = start + len(phrase)
        if _stands_alone(folded, start, end, phrase):
            yield Found(start, end, 0, phrase)
        start = folded.find(phrase, start + 1)


def _stands_alone(folded: str, start: int, end: int, phrase: str) -> bool:
    """Whether it is no part of a longer word; Thai writes no spaces, and a digit may touch."""
    if not phrase[0].isascii():
        return True
    before, after = folded[start - 1 : start], folded[end : end + 1]
    return not (before.isascii() and before.isalpha() and phrase[0].isalpha()) and not (
        after.isascii() and after.isalpha() and phrase[-1].isalpha()
    )


def _near(folded: str, phrase: str, slips: int) -> Iterator[Found]:
    """Places with up to `slips` slips: one of `slips` + 1 pieces of the phrase must then stand there unharmed."""
    seen: set[int] = set()
    for at, piece in _pieces(phrase, slips):
        place = folded.find(piece)
        while place >= 0:
            begin = max(0, place - at - slips)
            if begin not in seen:
                seen.add(begin)
                window = folded[begin : begin + len(phrase) + 2 * slips + 1]
                best = _align(window, phrase, slips) if _promises(window, phrase, slips) else None
                if best is not None and _may_be(folded, begin + best[0], begin + best[1], phrase):
                    yield Found(begin + best[0], begin + best[1], best[2], phrase)
            place = folded.find(piece, place + 1)


def _promises(window: str, phrase: str, slips: int) -> bool:
    """Whether enough runs of three letters are there: a slip harms three of them at most."""
    grams = _grams(phrase)
    return sum(gram in window for gram in grams) >= len(grams) - _GRAM * slips


def _may_be(folded: str, start: int, end: int, phrase: str) -> bool:
    there = folded[start:end]
    if sum(map(str.isdigit, there)) > 1 or there[:1].isdigit() or there[-1:].isdigit():
        return False
    words = set(there.split()) & _OPPOSITES
    return words <= set(phrase.split()) and _stands_alone(folded, start, end, phrase)


def _align(window: str, phrase: str, slips: int) -> tuple[int, int, int] | None:
    """The best place of `phrase` in `window` as start, end and slips (Sellers' algorithm); None past `slips`."""
    costs = [0] * (len(window) + 1)
    starts = list(range(len(window) + 1))
    for row, sign in enumerate(phrase, start=1):
        corner, corner_start = costs[0], starts[0]
        costs[0], starts[0] = row, 0
        for column, there in enumerate(window, start=1):
            above, above_start = costs[column], starts[column]
            best, origin = corner + (sign != there), corner_start
            if above + 1 < best:
                best, origin = above + 1, above_start
            if costs[column - 1] + 1 < best:
                best, origin = costs[column - 1] + 1, starts[column - 1]
            costs[column], starts[column] = best, origin
            corner, corner_start = above, above_start
    end = min(
        range(len(costs)), key=lambda column: (costs[column], abs(column - starts[column] - len(phrase)))
    )
    return (starts[end], end, costs[end]) if costs[end] <= slips else None
