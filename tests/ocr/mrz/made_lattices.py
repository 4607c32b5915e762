"""Lattices as a good network would give them, made from text: peaks with blanks between, and doubts where asked for."""

from collections.abc import Mapping, Sequence

import numpy as np

from ocr.mrz.alphabet import ALPHABET, BLANK
from ocr.mrz.lattice import Lattice

STEP = 5  # rows for each glyph
Doubts = Mapping[int, Mapping[str, float]]
"""Column to the glyphs seen there with their probabilities; "" is nothing at all."""


def lattice(text: str, doubts: Doubts | None = None) -> Lattice:
    rows = np.full((len(text) * STEP + 4, len(ALPHABET) + 1), 1e-7)
    rows[:, BLANK] = 1.0
    for column, glyph in enumerate(text):
        seen = (doubts or {}).get(column, {glyph: 1.0})
        row = rows[2 + column * STEP + column % 3]  # not quite evenly
        row[:] = 1e-6
        for other, chance in seen.items():
            row[ALPHABET.index(other) if other else BLANK] += chance
    return np.asarray(np.log(rows / rows.sum(1, keepdims=True)), np.float32)


def lattices(
    lines: Sequence[str], doubts: Mapping[tuple[int, int], Mapping[str, float]] | None = None
) -> list[Lattice]:
    by_line: list[dict[int, Mapping[str, float]]] = [{} for _ in lines]
    for (line, column), seen in (doubts or {}).items():
        by_line[line][column] = seen
    return [lattice(line, here) for line, here in zip(lines, by_line, strict=True)]
