"""Which lines make a zone: two or three, parallel, as tall and as long as each other, one below the other."""

import math
from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from ocr.mrz.traces import Trace

# Spacing of the lines / height of the capitals. Doc 9303-4 has 6.35 mm and about 2.4 mm; cards and prints vary.
_SPACINGS = (1.15, 4.2)
# Length / height of the capitals by number of lines: 36 or 44 glyphs, 30 glyphs, at a pitch of 0.95 to 1.25.
_SHAPES = {1: (28.0, 55.0), 2: (34.0, 55.0), 3: (28.0, 38.0)}
Group = tuple[Trace, ...]


def groups(lines: list[Trace]) -> list[Group]:
    """Every set of lines that can be one zone, likeliest first, in reading order; sets don't overlap.

    A line that nothing goes with makes a group of its own: a closer look may find its neighbours.
    """
    left = [line for line in lines if line.length > 5 * line.height]
    found: list[Group] = []
    while left:
        seed = left[0]
        near = [_alike_turned(seed, line) for line in left[1:] if _goes_with(seed, line)]
        group = _best([seed, *near])
        taken = {tuple(line.quad.sum(0)) for line in group}
        left = [line for line in left if tuple(line.quad.sum(0)) not in taken]
        found.append(group)
    return sorted(found, key=lambda group: -score(group))


def score(group: Group) -> float:
    """How much like a zone the lines are, 0..1."""
    lengths = [line.length for line in group]
    alike = min(lengths) / max(lengths)
    shape = max(lengths) / float(np.mean([line.height for line in group]))
    low, high = _SHAPES[len(group)]
    fit = min(1.0, shape / low, high / shape) ** 2
    strength = float(np.mean([line.strength for line in group]))
    return strength * fit * alike * (0.4 if len(group) == 1 else 1.0)


def upright(group: Group) -> Group:
    """All lines reading the way most of their cells say, first line on top."""
    votes = sum((line.sureness * line.length * line.along for line in group), np.zeros(2))
    lines = [line if line.along @ votes >= 0 else line.turned() for line in group]
    normal = _normal(votes)
    return tuple(sorted(lines, key=lambda line: float((line.start + line.end) @ normal)))


def turned(group: Group) -> Group:
    """The zone read upside down."""
    return tuple(line.turned() for line in reversed(group))


def levelled(group: Group) -> Group:
    """The same lines with equal ends: a zone's lines are equally long, so a shorter one lost glyphs or fillers.

    Only where lines agree on one side or nearly; the longer line's ends are carried over square to the lines.
    """
    longest = max(group, key=lambda line: line.length)
    return tuple(_stretched(line, longest) for line in group)


def evened(group: Group) -> Group:
    """The same lines equally tall, at each end as the distance between them says: perspective shrinks both alike."""
    height = float(np.mean([line.height for line in group]))
    left = float(np.linalg.norm(group[-1].start - group[0].start))
    right = float(np.linalg.norm(group[-1].end - group[0].end))
    even = []
    for line in group:
        down = np.array([-line.along[1], line.along[0]]) * height / (left + right)
        sides = (
            line.start - down * left,
            line.end - down * right,
            line.end + down * right,
            line.start + down * left,
        )
        even.append(replace(line, quad=np.array(sides, np.float32)))
    return tuple(even)


def _stretched(line: Trace, longest: Trace) -> Trace:
    """The line drawn out along itself to where the longest line starts and ends."""
    along = line.along
    before = float((line.start - longest.start) @ along)
    after = float((longest.end - line.end) @ along)
    slack = 0.6 * line.height
    if before < slack and after < slack:
        return line
    quad = line.quad.astype(np.float64)
    top, base = (quad[1] - quad[0]) / line.length, (quad[2] - quad[3]) / line.length
    start, end = max(0.0, before) if before >= slack else 0.0, max(0.0, after) if after >= slack else 0.0
    drawn = np.array(
        [quad[0] - top * start, quad[1] + top * end, quad[2] + base * end, quad[3] - base * start]
    )
    return replace(line, quad=drawn.astype(np.float32))


def _normal(along: NDArray[np.float64]) -> NDArray[np.float64]:
    """Downwards, seen in reading direction."""
    return np.array([-along[1], along[0]]) / max(1e-9, float(np.linalg.norm(along)))


def _alike_turned(seed: Trace, line: Trace) -> Trace:
    return line if seed.along @ line.along >= 0 else line.turned()


def _goes_with(seed: Trace, line: Trace) -> bool:
    """Parallel, about as tall, side by side, and near enough for the first and the third line."""
    other = _alike_turned(seed, line)
    height = (seed.height + other.height) / 2
    along, normal = seed.along, _normal(seed.along)
    away = abs(float((other.start + other.end - seed.start - seed.end) @ normal) / 2)
    start, end = (float((point - seed.start) @ along) for point in (other.start, other.end))
    shared = min(end, seed.length) - max(start, 0.0)
    return bool(
        seed.along @ other.along > 0.985
        and 0.6 < seed.height / other.height < 1.67
        and _SPACINGS[0] * height < away < 2 * _SPACINGS[1] * height
        and shared > 0.5 * min(seed.length, other.length)
    )


def _best(lines: list[Trace]) -> Group:
    """The two or three of them that make the best zone; the first always belongs to it."""
    choices: list[tuple[float, Group]] = [(0.0, upright((lines[0],)))]
    for count in (2, 3):
        for rest in combinations(lines[1:7], count - 1):
            group = upright((lines[0], *rest))
            if (worth := _worth(group)) > choices[0][0]:
                choices.insert(0, (worth, group))
    return choices[0][1]


def _worth(group: Group) -> float:
    """Evenly spaced, equally long, and the more of them the better; 0 for what no zone is."""
    normal = _normal(group[0].along)
    heights = float(np.mean([line.height for line in group]))
    places = [float((line.start + line.end) @ normal) / 2 for line in group]
    steps = np.diff(places) / heights
    if steps.min() < _SPACINGS[0] or steps.max() > _SPACINGS[1]:
        return 0.0
    even = float(steps.min()) / float(steps.max())
    lengths = [line.length for line in group]
    alike = float(np.mean(lengths)) / max(lengths)
    if even < 0.7:
        return 0.0
    strength = float(np.mean([line.strength for line in group]))
    return strength * even * alike * math.sqrt(len(group))
