"""Check digits decide among near-equals: the likeliest combination of glyphs that satisfies all of them at once.

All combinations are weighed, not a few: the sums modulo 10 of a field and of the composite are a hundred states, and
one sweep over the covered places gives both the best combination and the probability of all that satisfy.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocr.mrz.alphabet import ALPHABET
from ocr.mrz.check_digits import VALUES, WEIGHTS
from ocr.mrz.formats import Check, Place
from ocr.mrz.lattice import Array

_MODULUS = 10
_STATES = _MODULUS**2  # the check's own sum times ten, plus the composite's
_VALUES = np.array([VALUES[glyph] for glyph in ALPHABET])
# By how much the two sums move and the state reached: the state before
_BEFORE = np.array(
    [
        [
            [
                (own - by) % _MODULUS * _MODULUS + (whole - too) % _MODULUS
                for own in range(_MODULUS)
                for whole in range(_MODULUS)
            ]
            for too in range(_MODULUS)
        ]
        for by in range(_MODULUS)
    ]
)
_DIGITS = frozenset(ALPHABET.index(glyph) for glyph in "0123456789")
_FILLER = ALPHABET.index("<")
_LEAST = 1e-5  # glyphs less likely than this are no candidates: nothing could show that they were meant


@dataclass(frozen=True)
class Settled:
    """The combination chosen; `share` is its part of the probability of all combinations that satisfy the digits.

    `log` is its own log probability, as the places give it.
    """

    glyphs: dict[Place, str]
    share: float
    log: float


@dataclass(frozen=True)
class _Step:
    """A place with its weight in its own check and in the composite; `last`: the check's sum must be 0 after it."""

    place: Place
    own: int
    composite: int
    digit: bool
    fills: bool
    last: bool


def settle(places: Array, checks: Sequence[Check]) -> Settled | None:
    """The likeliest glyphs of all covered places, `places` being (lines, glyphs, 37); None where nothing satisfies."""
    steps = _steps(checks)
    best = np.full(_STATES, -np.inf)
    best[0] = 0.0
    sums = np.zeros(_STATES)
    sums[0] = 1.0
    log_scale = 0.0
    trail: list[tuple[list[int], NDArray[np.intp]]] = []
    for step in steps:
        candidates = _candidates(places[step.place], step)
        if not candidates:
            return None
        before = _BEFORE[_shift(step.own, candidates), _shift(step.composite, candidates)]
        chances = places[step.place][candidates][:, None]
        reached = best[before] + np.log(chances)
        trail.append((candidates, reached.argmax(0)))
        best, sums = reached.max(0), (sums[before] * chances).sum(0)
        if step.last:
            best[_MODULUS:], sums[_MODULUS:] = -np.inf, 0.0
        total = sums.sum()
        if total <= 0:
            return None
        sums /= total
        log_scale += float(np.log(total))
    if sums[0] <= 0:
        return None
    share = float(np.exp(best[0] - log_scale - np.log(sums[0])))
    return Settled(_back(steps, trail), share, float(best[0]))


def _back(steps: Sequence[_Step], trail: Sequence[tuple[list[int], NDArray[np.intp]]]) -> dict[Place, str]:
    """Follow the choices back from both sums being 0. Behind each check its own sum was 0 as well."""
    state = 0
    found = {}
    for step, (candidates, choice) in zip(reversed(steps), reversed(trail), strict=True):
        glyph = candidates[int(choice[state])]
        found[step.place] = ALPHABET[glyph]
        state = int(_BEFORE[_shift(step.own, [glyph])[0], _shift(step.composite, [glyph])[0], state])
    return found


def _shift(weight: int, glyphs: Sequence[int]) -> NDArray[np.int64]:
    """By how much each glyph in a place of that weight moves a sum."""
    return weight * _VALUES[list(glyphs)] % _MODULUS


def _candidates(chances: Array, step: _Step) -> list[int]:
    found = [int(glyph) for glyph in np.flatnonzero(chances > _LEAST)]
    if step.digit:
        found = [glyph for glyph in found if glyph in _DIGITS or (step.fills and glyph == _FILLER)]
    return found


def _steps(checks: Sequence[Check]) -> list[_Step]:
    """Every covered place once, check by check; then what the composite alone covers, and its digit."""
    composite = next((check for check in checks if check.name == "composite"), None)
    whole = _weights(composite) if composite else {}
    found = []
    for check in checks:
        if check is composite:
            continue
        for place, weight in _weights(check).items():
            digit = place == check.digit
            # Of a filler that stands in a long number's check the weight is there, the value is 0.
            found.append(_Step(place, weight, whole.pop(place, 0), digit, digit and check.fills, digit))
    found += [
        _Step(place, 0, weight, composite is not None and place == composite.digit, False, False)
        for place, weight in whole.items()
    ]
    return found


def _weights(check: Check) -> dict[Place, int]:
    return {place: WEIGHTS[i % 3] for i, place in enumerate(check.places)} | {check.digit: -1}
