"""Measures the committed recogniser on fresh rendered lines: exact lines by level, confusions, and calibration.

python -m ocr.mrz.training.measure_recogniser --lines 200
"""

import argparse
import sys
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from ocr.mrz.alphabet import ALPHABET, BLANK
from ocr.mrz.recogniser import STEP, Lattice, lattices
from ocr.mrz.training import lines, texts

_SEED = 77  # neither the training's nor the validation's
_EDGES = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9999, 1.0)


@dataclass
class Tally:
    """What was read: whole lines, glyphs with the probability claimed for them, and what was taken for what."""

    exact: int = 0
    settled: int = 0
    lines: int = 0
    glyphs: list[tuple[float, bool]] = field(default_factory=list)
    taken: Counter[str] = field(default_factory=Counter)


def spikes(lattice: Lattice) -> list[tuple[float, str, float]]:
    """Each glyph read greedily: its column, the glyph, and the highest probability claimed within its run of steps."""
    best = lattice.argmax(axis=1)
    found: list[tuple[float, str, float]] = []
    before = BLANK
    for step, now in enumerate(best):
        sure = float(np.exp(lattice[step, now]))
        if now not in (BLANK, before):
            found.append((step * STEP, ALPHABET[now], sure))
        elif now != BLANK and sure > found[-1][2]:
            found[-1] = (step * STEP, ALPHABET[now], sure)
        before = now
    return found


def _alike(said: str) -> str:
    return said.replace("O", "0")


def count(tally: Tally, line: lines.Line) -> None:
    """Reads a line and adds it to the tally; a glyph read where none is nearest counts as wrong."""
    (lattice,) = lattices([line.strip])
    found = spikes(lattice)
    read = "".join(glyph for _, glyph, _ in found)
    tally.lines += 1
    tally.exact += read == line.text
    tally.settled += _alike(read) == _alike(line.text)
    half = float(np.median(np.diff(line.centres))) / 2
    for column, glyph, sure in found:
        near = int(np.abs(line.centres - column).argmin())
        meant = line.text[near] if abs(line.centres[near] - column) < half else " "
        tally.glyphs.append((sure, glyph == meant))
        if glyph != meant:
            tally.taken[f"{meant}>{glyph}"] += 1


def report(level: str, tally: Tally) -> str:
    """One level's figures as text."""
    share = 100 / max(1, tally.lines)
    taken = ", ".join(f"{what} {times}" for what, times in tally.taken.most_common(12))
    return (
        f"{level}: {tally.lines} lines, exact {tally.exact * share:.1f} %, "
        f"but for O/0 {tally.settled * share:.1f} %; read for: {taken}\n"
    )


def reliability(glyphs: list[tuple[float, bool]]) -> str:
    """How often a glyph claimed with a probability in a range was right."""
    sure, right = (np.array(column) for column in zip(*glyphs, strict=True))
    rows = []
    for low, high in pairwise(_EDGES):
        at = (sure > low) & (sure <= high)
        if at.any():
            rows.append(
                f"| {low} to {high} | {at.sum()} | {sure[at].mean():.4f} | {right[at].mean():.4f} |\n"
            )
    return "| claimed | glyphs | mean claimed | right |\n|---|---|---|---|\n" + "".join(rows)


def main() -> None:
    """The command line above."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=200)
    given = parser.parse_args()
    rng = np.random.default_rng(_SEED)
    glyphs: list[tuple[float, bool]] = []
    for level in range(lines.LEVELS):
        tally = Tally()
        while tally.lines < given.lines:
            zone = texts.zone(rng)
            count(tally, lines.render(rng, level, zone[int(rng.integers(len(zone)))]))
        glyphs += tally.glyphs
        sys.stdout.write(report(f"level {level}", tally) + reliability(tally.glyphs))
    sys.stdout.write("all levels\n" + reliability(glyphs))


if __name__ == "__main__":
    main()
