"""From the net's maps to lines: each connected run of core cells traced as a straight line with its height.

A trace is a quad in the picture's pixels, the reading direction already settled by a vote of its cells.
"""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.mrz.line_maps import STRIDE, Maps
from ocr.mrz.views import Quad

_LEVELS = (
    0.35,
    0.55,
    0.75,
    0.9,
    0.97,
)  # cores above the first may be a line; the others cut apart what hangs together
_SURE = 0.6  # a run needs one cell above this
_LEAST_CELLS = 6
_MOST_RUNS = 48  # a page of nothing but lookalikes must not cost more than a page
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Run:
    """Cells of one line: a row each of x, y in picture pixels, core, cosine, sine, to top, to base; and their sums.

    `along` is the unit vector in reading direction, `sureness` how one-sided the cells' vote for it was (0..1).
    """

    rows: Floats
    middle: Floats
    along: Floats
    sureness: float
    height: float
    reach: tuple[float, float]


def _run(rows: Floats) -> Run:
    """Sum up: a long run's own shape tells its direction more exactly than the net does; a short run's does not."""
    weights = rows[:, 2] / rows[:, 2].sum()
    middle = weights @ rows[:, :2]
    offset = rows[:, :2] - middle
    voted = weights @ rows[:, 3:5]
    values, vectors = np.linalg.eigh((offset * weights[:, None]).T @ offset)
    axis = vectors[:, 1] if values[1] > 12 * max(values[0], 1.0) else voted / (np.linalg.norm(voted) + 1e-9)
    vote = float(axis @ voted)
    along = axis if vote >= 0 else -axis
    place = offset @ along
    height = float(np.median(rows[:, 5] + rows[:, 6]))
    return Run(rows, middle, along, min(1.0, abs(vote)), height, (float(place.min()), float(place.max())))


@dataclass(frozen=True)
class Trace:
    """One line as found: its quad, the mean core along it (0..1), how sure the reading direction is (0..1)."""

    quad: Quad
    strength: float
    sureness: float

    @cached_property
    def start(self) -> Floats:
        """Middle of the left side."""
        return np.asarray((self.quad[0] + self.quad[3]) / 2, np.float64)

    @cached_property
    def end(self) -> Floats:
        """Middle of the right side."""
        return np.asarray((self.quad[1] + self.quad[2]) / 2, np.float64)

    @cached_property
    def length(self) -> float:
        """Between the two middles."""
        return float(np.linalg.norm(self.end - self.start))

    @cached_property
    def along(self) -> Floats:
        """Unit vector in reading direction."""
        return (self.end - self.start) / max(1e-6, self.length)

    @cached_property
    def height(self) -> float:
        """Capital height, mean of both ends, in pixels."""
        sides = np.linalg.norm(self.quad[3] - self.quad[0]) + np.linalg.norm(self.quad[2] - self.quad[1])
        return float(sides / 2)

    def turned(self) -> "Trace":
        """The same line read from the other side."""
        return Trace(np.roll(self.quad, 2, axis=0), self.strength, self.sureness)


def traces(maps: Maps) -> list[Trace]:
    """The lines in the maps, longest first; pieces of one line in a row are joined."""
    found = [one for one in _joined(_runs(maps)) if len(one.rows) >= _LEAST_CELLS]
    lines = [trace for run in found if (trace := _traced(run, maps[0])) is not None]
    return sorted(lines, key=lambda line: -line.length)


def _runs(maps: Maps) -> list[Run]:
    """Straight connected runs of cells that may be core; the largest, largest first.

    What hangs together without being straight (two lines that touch, a line and its neighbour's print) is tried
    again with cells that are surer, until it falls apart into lines or nothing is left.
    """
    kept: list[Run] = []
    mask = maps[0] > _LEVELS[0]
    for level in _LEVELS:
        mask &= maps[0] > level
        crooked = np.zeros_like(mask)
        for rows, columns in _connected(mask):
            run = _run(_table(maps, rows, columns))
            if _straight(run):
                kept.append(run)
            else:
                crooked[rows, columns] = True
        mask = crooked
    sure = [run for run in kept if run.rows[:, 2].max() > _SURE]
    return sorted(sure, key=lambda run: -len(run.rows))[:_MOST_RUNS]


def _connected(mask: NDArray[np.bool_]) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Rows and columns of each connected part of three cells and more, the largest parts first."""
    count, labels, _, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    rows, columns = np.nonzero(labels)
    names = labels[rows, columns]
    order = np.argsort(names, kind="stable")
    parts = np.split(order, np.searchsorted(names[order], np.arange(2, count)))
    large = sorted((part for part in parts if len(part) >= 3), key=lambda part: -len(part))
    return [(rows[part], columns[part]) for part in large[: 2 * _MOST_RUNS]]


def _table(maps: Maps, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Floats:
    """The cells as `Run.rows` holds them."""
    places = [(columns + 0.5) * STRIDE, (rows + 0.5) * STRIDE]
    return np.column_stack([*places, *(channel[rows, columns] for channel in maps)]).astype(np.float64)


def _straight(run: Run) -> bool:
    """Whether the cells lie along one line no thicker than its own height."""
    aside = (run.rows[:, :2] - run.middle) @ np.array([-run.along[1], run.along[0]])
    return bool(aside.std() < 0.3 * run.height + 1.0)


def _joined(runs: list[Run]) -> list[Run]:
    """Runs joined where one goes on from another: a finger, glare or a stamp may have cut a line."""
    left = list(runs)
    whole: list[Run] = []
    while left:
        line = left.pop(0)
        while True:
            longer = (
                (i, _run(np.vstack([line.rows, other.rows])))
                for i, other in enumerate(left)
                if _goes_on(line, other)
            )
            more = next(((i, run) for i, run in longer if _straight(run)), None)
            if more is None:
                break
            left.pop(more[0])
            line = more[1]
        whole.append(line)
    return whole


def _goes_on(line: Run, other: Run) -> bool:
    """Whether the other run lies in the line's own continuation, not too far away."""
    x, y = (float(value) for value in other.middle - line.middle)
    c, s = float(line.along[0]), float(line.along[1])
    alike = c * float(other.along[0]) + s * float(other.along[1])
    if alike < 0.9 or not 0.55 < line.height / max(1e-6, other.height) < 1.8:
        return False
    ahead, aside = x * c + y * s, y * c - x * s
    gap = max(ahead + other.reach[0] * alike - line.reach[1], line.reach[0] - ahead - other.reach[1] * alike)
    whole = line.reach[1] - line.reach[0] + other.reach[1] - other.reach[0]
    near = -3 * line.height < gap < min(12 * line.height, 0.6 * whole)
    return near and abs(aside) < 0.45 * line.height + 0.03 * max(0.0, gap)


def _traced(run: Run, core: NDArray[np.float32]) -> Trace | None:
    """Straight lines fitted to the cells' tops and bases; the ends are where the core fades to half."""
    along, normal = run.along, np.array([-run.along[1], run.along[0]])
    offset = run.rows[:, :2] - run.middle
    place, aside, weights = offset @ along, offset @ normal, run.rows[:, 2]
    top = _fitted(place, aside - run.rows[:, 5], weights)
    base = _fitted(place, aside + run.rows[:, 6], weights)
    steps = np.arange(place.min() - 3 * STRIDE, place.max() + 3 * STRIDE, 1.0)
    centre = (np.polyval(top, steps) + np.polyval(base, steps)) / 2
    path = run.middle + steps[:, None] * along + centre[:, None] * normal
    where = (path / STRIDE - 0.5).astype(np.float32)
    values = cv2.remap(core, where[None, :, 0], where[None, :, 1], cv2.INTER_LINEAR)[0]
    inside = values[values > _LEVELS[0]]
    if len(inside) < 4:
        return None
    kept = np.flatnonzero(values > min(0.5, 0.6 * float(np.median(inside))))
    first, last = steps[kept[0]], steps[kept[-1]]
    corners = [
        run.middle + u * along + np.polyval(edge, u) * normal
        for edge, u in ((top, first), (top, last), (base, last), (base, first))
    ]
    strength = float(values[kept[0] : kept[-1] + 1].mean())
    return Trace(np.array(corners, np.float32), strength, run.sureness)


def _fitted(place: Floats, aside: Floats, weights: Floats) -> Floats:
    """A straight line through the points; far-off ones count little at the second go. Short runs are level."""
    if np.ptp(place) < 5 * STRIDE:
        return np.array([0.0, float(np.median(aside))])
    line = np.polyfit(place, aside, 1, w=np.sqrt(weights))
    off = np.abs(aside - np.polyval(line, place))
    scale = 1.5 * float(np.median(off)) + 0.3
    return np.asarray(np.polyfit(place, aside, 1, w=np.sqrt(weights / (1 + (off / scale) ** 2))))
