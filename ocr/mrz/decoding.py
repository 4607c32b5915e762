"""What a zone's lattices say: its format, its lines, what was repaired, and whether it can be relied on."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from ocr.mrz import grammar
from ocr.mrz.alphabet import ALPHABET
from ocr.mrz.check_digits import unseen
from ocr.mrz.document import parse
from ocr.mrz.formats import FORMATS, Check, Format, Kind, Place, layout
from ocr.mrz.lattice import Array, Lattice, length, places
from ocr.mrz.settling import Settled, settle

# Measured with an early network on 510 pictures of 85 documents made worse (shrunk, blurred, noisy, compressed): 252
# valid, none wrong. With 0.5 for the uncovered ones two were wrong in half of them, and with 0.7 one. To be measured
# again with each network: what it calls 0.9 has to be right nine times in ten at least.
LEAST_SEEN = 0.2
"""What the picture alone must give every character, repaired ones above all; a 0 counts for an O among letters."""
LEAST_SHARE = 0.98
"""The chosen combination's part of all that satisfy the check digits: 6/G and 8/S look alike to them."""
LEAST_UNCHECKED = 0.9
"""What all characters together that no check digit covers must be given: nothing else would notice a wrong one."""
SURE = 0.9
"""Characters below are listed as doubtful."""

_WIDTHS = {2: (36, 44), 3: (30,)}
_CLOSE = 3  # a first count this near the middle between two widths decides nothing
# What a digit and a letter of OCR-B are told apart by is lost first. In a date or a name the place decides.
_TWINS = dict(zip("0O1I2Z5S6G8B", "O0I1Z2S5G6B8", strict=True))
_NEAR = 8.0  # formats within so many nats of the likeliest are read as well, and their check digits compared
_BLURRED = 0.9
# One document in fifty prints a wrong check digit (specimens, mistakes); by chance a digit is right one time in ten.
_MISPRINTED = 0.02
_BY_CHANCE = 0.1


@dataclass(frozen=True)
class Repair:
    """A character that is not the one the picture alone suggests most; `probability` is what the picture gives it."""

    line: int
    column: int
    read: str
    kept: str
    probability: float


@dataclass(frozen=True)
class Decoded:
    """A zone as read.

    `probabilities` has one for each character, given what its format allows there, before any check digit.
    `doubts` are the places below `SURE`: in names nothing else would tell. `score` is comparable between readings of
    one picture (log probability of a character, on average; nearer 0 is better). `order` says which of the given
    lattices each line is.

    `valid`: every check digit is right, dates exist, names are names, the picture alone supports every character
    (`LEAST_SEEN`) and the uncovered ones together, as well as each against what its digit cannot tell it from, like L
    and 1 (`LEAST_UNCHECKED`), and no other combination comes near that satisfies the digits too (`LEAST_SHARE`).
    It says that the zone was read as printed, not that the document is genuine.
    """

    kind: Kind
    lines: tuple[str, ...]
    valid: bool
    repaired: tuple[Repair, ...]
    probabilities: tuple[tuple[float, ...], ...]
    doubts: tuple[Place, ...]
    score: float
    order: tuple[int, ...]


@dataclass(frozen=True)
class _Candidate:
    """A format and an order of lines, with what the picture says (`seen`) and with what the format makes of it."""

    form: Format
    order: tuple[int, ...]
    seen: Array
    fitted: Array
    log: float


def decode(lattices: Sequence[Lattice], today: datetime.date) -> Decoded | None:
    """Read the two or three lines of one zone; None where no format has room for what they hold.

    A zone may be given top line first or last. One that may stand on its head is to be given both ways round, each
    with its own lattices; the better `score` is the right one. `today` settles which dates exist.
    """
    if len(lattices) not in _WIDTHS or not all(len(lattice) for lattice in lattices):
        return None
    candidates = [found for width in _widths(lattices) for found in _candidates(lattices, width)]
    if not candidates:
        return None
    best = max(candidates, key=lambda found: found.log)
    near = [found for found in candidates if best.log - found.log < _NEAR]
    return max((_read(_sharpened(found, lattices), today) for found in near), key=lambda read: read.score)


def _widths(lattices: Sequence[Lattice]) -> tuple[int, ...]:
    widths = _WIDTHS[len(lattices)]
    counted = sum(length(lattice) for lattice in lattices) / len(lattices)
    if len(widths) == 1 or abs(counted - sum(widths) / 2) <= _CLOSE:
        return widths
    return (min(widths, key=lambda width: abs(width - counted)),)


def _candidates(lattices: Sequence[Lattice], width: int) -> list[_Candidate]:
    shown = [found for found in places(lattices, width) if found is not None]
    if len(shown) < len(lattices):
        return []
    orders = (tuple(range(len(shown))), tuple(reversed(range(len(shown)))))
    fitting = [form for form in FORMATS if form.shape == (len(shown), width)]
    likelihood = sum(found.likelihood for found in shown)
    candidates = []
    for form, order in product(fitting, orders):
        seen = np.stack([shown[line].probabilities for line in order])
        fitted, agreement = grammar.fitted(seen, form)
        candidates.append(_Candidate(form, order, seen, fitted, likelihood + agreement))
    return candidates


def _sharpened(found: _Candidate, lattices: Sequence[Lattice]) -> _Candidate:
    """Where the picture leaves open how its marks fall into places, what may stand there helps to find out."""
    if found.fitted.max(2).min() >= _BLURRED:
        return found
    weights = grammar.weights(found.form) * len(ALPHABET)
    again = places([lattices[line] for line in found.order], found.form.shape[1], weights)
    rows = [row.probabilities for row in again if row is not None]
    if len(rows) < len(again):
        return found
    seen = np.stack(rows)
    return _Candidate(found.form, found.order, seen, grammar.fitted(seen, found.form)[0], found.log)


def _read(found: _Candidate, today: datetime.date) -> Decoded:
    glyphs = grammar.with_names_and_codes(found.seen, found.fitted, found.form)
    form = layout(found.form, ["".join(row) for row in glyphs])
    as_read = _passed(form, glyphs)
    share = _apply(glyphs, found.fitted, form)
    lines = tuple("".join(row) for row in glyphs)
    index = np.array([[ALPHABET.index(glyph) for glyph in line] for line in lines])
    kept, alone = (
        np.take_along_axis(part, index[..., None], 2)[..., 0] for part in (found.fitted, found.seen)
    )
    # Digits made right by repairs are no evidence: with enough repairs any page has a zone.
    evidence = as_read * np.log((1 - _MISPRINTED) / _BY_CHANCE) + (len(form.checks) - as_read) * np.log(
        _MISPRINTED
    )
    settled = float(np.log(kept).sum())
    return Decoded(
        kind=form.kind,
        lines=lines,
        valid=share >= LEAST_SHARE and _supported(form, lines, kept, found.seen) and _real(lines, today),
        repaired=_repairs(lines, found.seen, alone),
        probabilities=tuple(tuple(float(p) for p in row) for row in kept),
        doubts=tuple((int(line), int(column)) for line, column in np.argwhere(kept < SURE)),
        score=(found.log + settled + float(evidence)) / index.size,
        order=found.order,
    )


def _passed(form: Format, glyphs: list[list[str]]) -> int:
    lines = ["".join(row) for row in glyphs]
    return sum(check.passes(lines) for check in form.checks)


def _apply(glyphs: list[list[str]], fitted: Array, form: Format) -> float:
    """Let the check digits decide, all at once or else each for itself; the share of what was chosen."""
    if _put(glyphs, fitted, form.checks, settled := settle(fitted, form.checks)):
        return settled.share if settled else 0.0
    for check in form.checks:
        if check.name != "composite":
            _put(glyphs, fitted, (check,), settle(fitted, (check,)))
    return 0.0


def _put(glyphs: list[list[str]], fitted: Array, checks: Sequence[Check], settled: Settled | None) -> bool:
    """Take the combination over, unless a document with a wrong digit printed is likelier than such a misreading."""
    if settled is None:
        return False
    lines = ["".join(row) for row in glyphs]
    failing = sum(not check.passes(lines) for check in checks)
    cost = sum(np.log(fitted[place].max()) for place in settled.glyphs) - settled.log
    if failing and cost > -np.log(_MISPRINTED) - failing * np.log(_BY_CHANCE):
        return False
    for (line, column), glyph in settled.glyphs.items():
        glyphs[line][column] = glyph
    return True


def _supported(form: Format, lines: Sequence[str], kept: Array, seen: Array) -> bool:
    covered = np.zeros(kept.shape, bool)
    for check in form.checks:
        for place in (*check.places, check.digit):
            covered[place] = True
    enough = all(
        _seen_alike(form, (line, column), glyph, seen) >= LEAST_SEEN
        for line, row in enumerate(lines)
        for column, glyph in enumerate(row)
    )
    told_apart = np.prod(
        [_told_apart(form, place, lines, seen) for place in map(tuple, np.argwhere(covered))]
    )
    return enough and bool(kept[~covered].prod() >= LEAST_UNCHECKED and told_apart >= LEAST_UNCHECKED)


def _told_apart(form: Format, place: Place, lines: Sequence[str], seen: Array) -> float:
    """By the picture alone, from the glyphs that its check digit cannot tell it from: what is usual is no evidence."""
    line, column = place
    glyph = lines[line][column]
    rivals = unseen(glyph) & frozenset(form.allowed[line][column])
    chances = [float(seen[place][ALPHABET.index(each)]) for each in (glyph, *rivals)]
    return chances[0] / sum(chances) if rivals else 1.0


def _seen_alike(form: Format, place: Place, glyph: str, seen: Array) -> float:
    """What the picture gives the glyph, and the glyph that looks like it if that one may not stand in this place."""
    chance = float(seen[place][ALPHABET.index(glyph)])
    twin = _TWINS.get(glyph)
    if twin is not None and twin not in form.allowed[place[0]][place[1]]:
        chance += float(seen[place][ALPHABET.index(twin)])
    return chance


def _real(lines: Sequence[str], today: datetime.date) -> bool:
    zone = parse(lines, today)
    values = (zone.birth_date, zone.expiry_date, zone.surname, zone.given_names)
    return zone.verified and not any("implausible" in value.doubts for value in values if value)


def _repairs(lines: Sequence[str], seen: Array, alone: Array) -> tuple[Repair, ...]:
    best = seen.argmax(2)
    return tuple(
        Repair(line, column, ALPHABET[best[line, column]], glyph, float(alone[line, column]))
        for line, row in enumerate(lines)
        for column, glyph in enumerate(row)
        if glyph != ALPHABET[best[line, column]]
    )
