"""Pictures for the finder's training, made on the fly: drawn documents put into scenes, degraded, with label maps.

A scene is drawn at the scale the net sees (page reduced to a long side of 640 pixels); maps lie at a quarter of it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.mrz.training.documents import Drawing, bare_lines, document, print_page
from ocr.mrz.training.drawing import Floats, Grey, Rng, ground
from ocr.mrz.training.photographing import degrade

STRIDE = 4
UNIT = 8.0  # distances to a line's edges are given as natural logarithms of multiples of this many pixels
_CORE = 0.7  # the share of a line's height that counts as its core


@dataclass(frozen=True)
class Scene:
    """A picture and its labels.

    `maps` is 5 x H/4 x W/4: core coverage, reading direction (cosine, sine), log distances to the line's top and to
    its base; all but the first mean something only where the core is.
    """

    grey: Grey
    maps: Floats


_Placing = Callable[[Rng, Drawing, int, int], NDArray[np.float64]]


class Pool:
    """Drawings to take from; each call may replace one, so that drawing costs a fraction of composing."""

    def __init__(self, rng: Rng, size: int = 40) -> None:
        """Draw the first ones."""
        self._rng = rng
        self._zones = [self._with_zone() for _ in range(size)]
        self._others = [self._without() for _ in range(size // 2)]

    def _with_zone(self) -> Drawing:
        return document(self._rng) if self._rng.random() < 0.9 else bare_lines(self._rng)

    def _without(self) -> Drawing:
        return document(self._rng, zone=False) if self._rng.random() < 0.4 else print_page(self._rng)

    def take(self, zone: bool) -> Drawing:
        """A drawing with or without a zone."""
        pool, draw = (self._zones, self._with_zone) if zone else (self._others, self._without)
        place = int(self._rng.integers(len(pool)))
        if self._rng.random() < 0.25:
            pool[place] = draw()
        return pool[place]


def scene(rng: Rng, pool: Pool, width: int, height: int) -> Scene:
    """One training picture of the given size (multiples of 32)."""
    kind = rng.random()
    placing: _Placing = anywhere if kind < 0.5 else _scanned if kind < 0.68 else _close
    if kind > 0.86:
        canvas = backdrop(rng, pool, width, height)
        drawing = pool.take(zone=False)
        places: tuple[_Placing, ...] = (anywhere, _scanned, _near)
        place = places[int(rng.choice(3, p=(0.4, 0.2, 0.4)))]
        canvas, _ = put(rng, canvas, drawing, place(rng, drawing, width, height))
        return Scene(degrade(rng, canvas, ()), np.zeros((5, height // STRIDE, width // STRIDE), np.float32))
    canvas = backdrop(rng, pool, width, height)
    quads: list[Floats] = []
    if rng.random() < 0.3:  # something else lies beside or below it
        other = pool.take(zone=False)
        canvas, _ = put(rng, canvas, other, anywhere(rng, other, width, height))
    drawing = pool.take(zone=True)
    canvas, matrix = put(rng, canvas, drawing, placing(rng, drawing, width, height))
    quads += [cv2.perspectiveTransform(quad[None], matrix)[0] for quad in drawing.lines]
    return Scene(degrade(rng, canvas, tuple(quads)), label_maps(quads, width, height))


def label_maps(quads: list[Floats], width: int, height: int) -> Floats:
    """The label maps of a picture with these lines, each a quad as `ocr.mrz.finder.Quad` describes it."""
    maps = np.zeros((5, height // STRIDE, width // STRIDE), np.float32)
    for quad in quads:
        _label(maps, quad)
    return maps


def _label(maps: Floats, quad: Floats) -> None:
    """Add one line's labels."""
    start, end = (quad[0] + quad[3]) / 2, (quad[1] + quad[2]) / 2
    along = (end - start) / max(1e-3, float(np.linalg.norm(end - start)))
    normal = np.array([-along[1], along[0]], np.float32)
    tall = float(np.mean([(quad[3] - quad[0]) @ normal, (quad[2] - quad[1]) @ normal]))
    share = min(1.0, max(_CORE, STRIDE / max(tall, 1e-3)))
    centre = np.array([start, end, end, start])
    core = (centre + (quad - centre) * np.float32(share) + 0.5) / STRIDE - 0.5
    cover = np.zeros(maps.shape[1:], np.uint8)
    cv2.fillConvexPoly(cover, np.round(core * 16).astype(np.int32), 255, cv2.LINE_AA, 4)
    rows, columns = np.nonzero(cover)
    if len(rows) == 0:
        return
    x, y = (columns + 0.5) * STRIDE, (rows + 0.5) * STRIDE
    maps[0, rows, columns] = np.maximum(maps[0, rows, columns], cover[rows, columns] / 255)
    maps[1, rows, columns], maps[2, rows, columns] = along
    for channel, (one, two) in ((3, (quad[0], quad[1])), (4, (quad[3], quad[2]))):
        edge = (two - one) / max(1e-3, float(np.linalg.norm(two - one)))
        away = np.abs((x - one[0]) * edge[1] - (y - one[1]) * edge[0])
        maps[channel, rows, columns] = np.log(np.clip(away, 0.5, 64) / UNIT)


def _turned(rng: Rng, drawing: Drawing, scale: float, angle: float, bend: float) -> NDArray[np.float64]:
    """Turn and scale about the drawing's middle, with perspective; the middle goes to the origin."""
    height, width = drawing.grey.shape
    corners = (
        np.array([[-width, -height], [width, -height], [width, height], [-width, height]], np.float64) / 2
    )
    c, s = np.cos(angle), np.sin(angle)
    stretch = np.array([rng.uniform(0.92, 1.08), 1.0])
    target = (corners * stretch * scale) @ np.array([[c, s], [-s, c]])
    target += rng.uniform(-bend, bend, (4, 2)) * scale * min(width, height)
    source = corners + np.array([width, height]) / 2
    return np.asarray(
        cv2.getPerspectiveTransform(source.astype(np.float32), target.astype(np.float32)), np.float64
    )


def _shifted(matrix: NDArray[np.float64], x: float, y: float) -> NDArray[np.float64]:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]]) @ matrix


def _capital(drawing: Drawing) -> float:
    """Height of the capitals as drawn, or a like measure for a page without a zone."""
    if drawing.lines:
        return float(drawing.lines[0][3, 1] - drawing.lines[0][0, 1])
    return float(drawing.grey.shape[1]) / 50


def anywhere(
    rng: Rng, drawing: Drawing, width: int, height: int, capitals: tuple[float, float] = (2.8, 15)
) -> NDArray[np.float64]:
    """At any angle, mostly within the picture; heights of capitals in pixels as asked."""
    scale = float(np.exp(rng.uniform(*np.log(capitals)))) / _capital(drawing)
    scale = min(scale, 1.1 * max(width, height) / max(drawing.grey.shape))
    angle = (
        rng.uniform(0, 2 * np.pi) if rng.random() < 0.7 else rng.integers(4) * np.pi / 2 + rng.normal(0, 0.1)
    )
    matrix = _turned(rng, drawing, scale, angle, rng.uniform(0, 0.09))
    middle = np.array([width, height]) * rng.uniform(0.25, 0.75, 2)
    return _shifted(matrix, *middle)


def _scanned(rng: Rng, drawing: Drawing, width: int, height: int) -> NDArray[np.float64]:
    """Filling the picture, near one of the four right angles."""
    turn = int(rng.choice(4, p=(0.55, 0.15, 0.15, 0.15)))
    tall, wide = drawing.grey.shape if turn % 2 == 0 else drawing.grey.shape[::-1]
    scale = min(width / wide, height / tall) * rng.uniform(0.8, 1.06)
    matrix = _turned(rng, drawing, scale, turn * np.pi / 2 + rng.normal(0, 0.02), rng.uniform(0, 0.02))
    return _shifted(matrix, width / 2 + rng.normal(0, 5), height / 2 + rng.normal(0, 5))


def _close(rng: Rng, drawing: Drawing, width: int, height: int) -> NDArray[np.float64]:
    """As the second look sees it: the zone along the picture, nearly level, rarely upside down."""
    lines = drawing.lines
    length = float(lines[0][1, 0] - lines[0][0, 0])
    scale = max(width, height) * rng.uniform(0.6, 0.98) / length
    angle = rng.normal(0, 0.05) + (np.pi if rng.random() < 0.15 else 0) + (np.pi / 2 if height > width else 0)
    matrix = _turned(rng, drawing, scale, angle, rng.uniform(0, 0.05))
    middle = np.mean(np.vstack(lines), 0).reshape(1, 1, 2)
    x, y = cv2.perspectiveTransform(middle.astype(np.float32), matrix)[0, 0]
    return _shifted(matrix, width / 2 - x + rng.normal(0, 8), height * rng.uniform(0.3, 0.7) - y)


def _near(rng: Rng, drawing: Drawing, width: int, height: int) -> NDArray[np.float64]:
    """A piece of ordinary print as the second look would see it, had the first been wrong."""
    scale = rng.uniform(8, 22) / _capital(drawing)
    turn = rng.integers(4) * np.pi / 2 + rng.normal(0, 0.04)
    matrix = _turned(rng, drawing, scale, turn, rng.uniform(0, 0.05))
    reach = np.array(drawing.grey.shape[::-1]) * scale * 0.4
    return _shifted(matrix, *(np.array([width, height]) / 2 + rng.uniform(-reach, reach)))


def _covering(rng: Rng, drawing: Drawing, width: int, height: int) -> NDArray[np.float64]:
    """Print from edge to edge, level or tilted."""
    tall, wide = drawing.grey.shape
    scale = max(width / wide, height / tall) * rng.uniform(1.0, 1.5)
    matrix = _turned(rng, drawing, scale, rng.integers(4) * np.pi / 2 + rng.normal(0, 0.03), 0.02)
    return _shifted(matrix, width / 2, height / 2)


def put(
    rng: Rng, canvas: Grey, drawing: Drawing, matrix: NDArray[np.float64]
) -> tuple[Grey, NDArray[np.float64]]:
    """Lay a drawing over the canvas, reduced first so that fine print doesn't alias; often with a soft shadow."""
    height, width = drawing.grey.shape
    size = (canvas.shape[1], canvas.shape[0])
    box = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float32)
    sides = cv2.perspectiveTransform(box, matrix)[0]
    scale = float(np.sqrt(max(1.0, cv2.contourArea(sides)) / (width * height)))
    source, shrink = drawing.grey, np.eye(3)
    if scale < 0.9:
        small = (max(2, round(width * scale)), max(2, round(height * scale)))
        source = np.asarray(cv2.resize(source, small, interpolation=cv2.INTER_AREA), np.uint8)
        shrink = np.diag([width / small[0], height / small[1], 1.0])
    mask = np.zeros_like(canvas)
    cv2.fillConvexPoly(mask, np.round(sides).astype(np.int32), 255)
    if rng.random() < 0.4:
        shade = cv2.GaussianBlur(mask, (0, 0), rng.uniform(2, 9)).astype(np.float32) / 255
        canvas = (canvas * (1 - shade * np.float32(rng.uniform(0.1, 0.6)))).astype(np.uint8)
    top = cv2.warpPerspective(
        source, matrix @ shrink, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.where(mask > 0, top, canvas).astype(np.uint8), matrix


def backdrop(rng: Rng, pool: Pool, width: int, height: int) -> Grey:
    """What lies under the document: a plain tone, wood, stripes, paper or a page of print."""
    kind = rng.random()
    if kind < 0.25:
        return np.full((height, width), int(rng.uniform(0, 256)), np.uint8)
    if kind < 0.45:
        grain = cv2.resize(rng.uniform(-40, 40, (height // 2, 8)).astype(np.float32), (width, height))
        tone = rng.uniform(40, 210) + (grain if rng.random() < 0.5 else cv2.resize(grain.T, (width, height)))
        return np.asarray((tone + rng.normal(0, 4, (height, width))).clip(0, 255).astype(np.uint8))
    if kind < 0.65:
        paper = ground(rng, width, height)
        return np.asarray(cv2.convertScaleAbs(paper, alpha=rng.uniform(0.2, 1)), np.uint8)
    canvas = np.full((height, width), int(rng.uniform(40, 256)), np.uint8)
    page = pool.take(zone=False)
    place: _Placing = anywhere if kind < 0.8 else _covering
    return put(rng, canvas, page, place(rng, page, width, height))[0]
