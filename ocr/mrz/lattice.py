"""From a recogniser's lattice to what stands in each of a known number of places.

A lattice holds, for every step along a line, the log probabilities of 37 glyphs and a blank (connectionist temporal
classification, CTC). A zone's line has exactly 30, 36 or 44 glyphs: summing over all the paths with just that many
settles most of what a plain reading gets wrong, a filler too many or too few.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocr.mrz.alphabet import ALPHABET, BLANK

# A filler between fillers is the mark most easily lost, or imagined: no surer than this that it is there, or is not.
_FILLER_LOST = 1e-3
_FILLER = ALPHABET.index("<")

Lattice = NDArray[np.float32]
"""Log probabilities, shape (steps, 38)."""
Array = NDArray[np.float64]

# No network is surer than this; it also keeps every path possible and every sum within double precision.
_FLOOR = 1e-6
# A glyph that is nowhere likelier than this, in no line, is left out of the sums: half the alphabet, in most zones.
_NOWHERE = 1e-4


@dataclass(frozen=True)
class Places:
    """`probabilities` (glyphs, 37): what stands in each place, given that there are just so many.

    `likelihood`: log probability that the line has that many glyphs, whatever they are.
    """

    probabilities: Array
    likelihood: float


def length(lattice: Lattice) -> int:
    """How many glyphs the likeliest path has: a first guess at the format."""
    best = lattice.argmax(1)
    return int(((best != BLANK) & (best != np.roll(best, 1))).sum() + (best[0] == best[-1] != BLANK))


def places(lattices: Sequence[Lattice], glyphs: int, prior: Array | None = None) -> list[Places | None]:
    """The places of each line; None for a line too short to hold so many. All lines are done in one go.

    `prior` (lines, glyphs, 37) weighs what may stand where: it helps to tell which mark is in which place, and is
    taken out again from what is said of each place.
    """
    steps = max(len(lattice) for lattice in lattices)
    likely = [_softened(np.exp(lattice.astype(np.float64)), glyphs) for lattice in lattices]
    used = np.flatnonzero(np.max([line[:, :BLANK].max(0) for line in likely], 0) > _NOWHERE)
    emitted = np.zeros((steps, 2 * len(lattices), len(used) + 1))
    emitted[..., -1] = 1.0
    for line, rows in enumerate(likely):
        shown = rows[:, [*used, BLANK]]
        emitted[: len(rows), 2 * line] = shown
        # The same line backwards: its forward sums are the line's backward sums.
        emitted[steps - len(rows) :, 2 * line + 1] = shown[::-1]
    weights = np.ones((len(lattices), glyphs, len(used))) if prior is None else prior[..., used]
    both_ways = np.stack([weights, weights[:, ::-1]], 1).reshape(-1, glyphs, len(used))
    sums = _sums(emitted, both_ways)
    return [_combine(*sums, line, used, weights[line]) for line in range(len(lattices))]


def _softened(rows: Array, glyphs: int) -> Array:
    rows = rows * (1 - _FLOOR * (BLANK + 1)) + _FLOOR
    reach = 1 + len(rows) // glyphs  # about as far as the next glyph
    fillers = np.pad(rows[:, _FILLER], reach)
    beside = np.lib.stride_tricks.sliding_window_view(fillers, reach).max(1)
    near = _FILLER_LOST * np.minimum(beside[: len(rows)], beside[reach + 1 :])  # before, and behind
    filler, blank = rows[:, _FILLER].copy(), rows[:, BLANK].copy()
    rows[:, _FILLER] += near * (blank - filler)
    rows[:, BLANK] += near * (filler - blank)
    return np.asarray(rows)


def _sums(emitted: Array, weights: Array) -> tuple[Array, Array, Array, Array]:
    """Forward sums of all sequences, scaled to 1 at every step.

    Returns, by step and sequence: the sum of paths that enter glyph n as class c (before its weight and emission),
    the sum of those that stand on it, the log of the scale up to there; and the log of each sequence's total.
    """
    steps = len(emitted)
    sequences, glyphs, classes = weights.shape
    entered = np.zeros((steps, sequences, glyphs, classes))
    held = np.zeros_like(entered)
    logs = np.zeros((steps + 1, sequences))
    blank = np.zeros((sequences, glyphs + 1))
    blank[:, 0] = 1.0
    glyph = np.zeros((sequences, glyphs, classes))
    total = np.zeros((sequences, glyphs))
    for step in range(steps):
        enter = entered[step]
        np.subtract(total[:, :-1, None], glyph[:, :-1], out=enter[:, 1:])  # another glyph may follow at once,
        enter += blank[:, :-1, None]  # the same one only after a blank
        blank[:, 1:] += total
        glyph = held[step]
        np.multiply(enter, weights, out=glyph)
        if step:
            glyph += held[step - 1]
        glyph *= emitted[step, :, None, :-1]
        blank *= emitted[step, :, -1, None]
        total = glyph.sum(2)
        scale = total.sum(1) + blank.sum(1)
        inverse = 1 / np.maximum(scale, 1e-300)
        glyph *= inverse[:, None, None]
        blank *= inverse[:, None]
        total *= inverse[:, None]
        logs[step + 1] = logs[step] + np.log(np.maximum(scale, 1e-300))
    ends = total[:, -1] + blank[:, -1]
    with np.errstate(divide="ignore"):
        return entered, held, logs, logs[-1] + np.log(ends)


def _combine(
    entered: Array,
    held: Array,
    logs: Array,
    totals: Array,
    line: int,
    used: NDArray[np.int64],
    weights: Array,
) -> Places | None:
    """Every path enters each glyph at just one step: sum over the steps what came before times what comes after."""
    forward, backward = 2 * line, 2 * line + 1
    if not np.isfinite(totals[forward]):
        return None
    after = held[::-1, backward, ::-1]
    scale = np.exp(logs[:-1, forward] + logs[:0:-1, backward] - totals[forward])
    found = np.einsum("tnc,tnc,t->nc", entered[:, forward], after, scale) / weights
    sums = found.sum(1, keepdims=True)
    if not (sums > 0).all():
        return None
    probabilities = np.full((len(found), len(ALPHABET)), _FLOOR)
    probabilities[:, used] += found / sums
    return Places(probabilities / probabilities.sum(1, keepdims=True), float(totals[forward]))
