"""Where a page carries print, how large it is and which way its lines run: found without reading a letter.

Glyphs are dark blobs of like size that stand in a row. Nothing here is told the scale or the direction of the page.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.recognise import Image
from ocr.scaling import scaled

_SIDE = 2000  # the long side that print is looked for at: x-heights of an A4 photograph stay above 6 pixels
_LEAST_CONTRAST = 6.0  # grey levels
_LEAST_SHARE = 0.08  # of the light
_OVER_GRAIN = 1.9  # print and its grain together against grain alone
_GRAIN = 4.6  # deviations that 12 x 12 noisy pixels span
_MOST_SCALE = 2.0  # for small pictures: letters of three pixels part only when enlarged
_SIZES = (4, 90)  # of a glyph, pixels at the search scale
_MOST_GLYPHS = 16_000  # a closely printed A4 page has 6000; a picture made for it has hundreds of thousands
_CHUNK = 128  # glyphs compared at once with those near them
_REACH = 2.6  # the next glyph of a line, in heights
_FARTHEST = 300.0  # pixels: nor is the next one farther, however long blur has made the words
Boxes = NDArray[np.float32]


@dataclass(frozen=True)
class Glyphs:
    """Print found on a page, in pixels of `grey`: the page at `scale` (2 for small pictures, for others at most 1).

    `boxes` holds left, top, width, height of each glyph (of words, where blur joined letters), `ink` and `paper` the
    darkest and brightest grey around it, `partner` the nearest glyph of its line. `size` is the usual height of a
    glyph, 0 without print; `angle` the direction of the lines in degrees, 0 <= angle < 180 (0 = across, clockwise).
    `noise` is the standard deviation of one pixel.
    """

    grey: Image
    scale: float
    boxes: Boxes
    ink: NDArray[np.float32]
    paper: NDArray[np.float32]
    partner: NDArray[np.int64]
    size: float
    angle: float
    noise: float

    @property
    def in_line(self) -> NDArray[np.bool_]:
        """Which glyphs have their neighbour along the page's lines: texture has it anywhere."""
        step = self.centres[self.partner] - self.centres
        off = np.degrees(np.arctan2(step[:, 1], step[:, 0])) - self.angle
        return np.asarray(np.abs((off + 90) % 180 - 90) < 18, bool)

    @property
    def centres(self) -> Boxes:
        """x, y of each glyph's middle."""
        return np.asarray(self.boxes[:, :2] + self.boxes[:, 2:] / 2, np.float32)


def find_glyphs(grey: Image) -> Glyphs:
    """The print of a grey page of any size; about 0.1 s for 12 megapixels on one core."""
    scale = min(_MOST_SCALE, _SIDE / max(grey.shape))
    if 1 < scale < _MOST_SCALE:
        scale = 1.0
    small = scaled(grey, scale)
    dark, bright = _extremes(small)
    grain = _grain(dark, bright)
    boxes, ink, paper = _blobs(small, dark, bright, grain)
    kept = _largest(boxes, _inked(ink, paper))
    boxes, ink, paper = boxes[kept], ink[kept], paper[kept]
    partner = _partners(boxes)
    paired = partner >= 0
    number = np.cumsum(paired) - 1
    boxes, ink, paper, partner = boxes[paired], ink[paired], paper[paired], number[partner[paired]]
    angle = _direction(boxes, partner)
    return Glyphs(small, scale, boxes, ink, paper, partner, _size(boxes, angle), angle, grain / _GRAIN)


def _extremes(grey: Image) -> tuple[Image, Image]:
    """Darkest and brightest of every 4 x 4 pixels: cheap to go on with, and no thin stroke is averaged away."""
    cell = np.ones((4, 4), np.uint8)
    dark, bright = cv2.erode(grey, cell)[2::4, 2::4], cv2.dilate(grey, cell)[2::4, 2::4]
    return np.asarray(dark, np.uint8), np.asarray(bright, np.uint8)


def _grain(dark: Image, bright: Image) -> float:
    """What 12 x 12 pixels span where nothing is: a low percentile, as on every page some place is empty."""
    near = np.ones((3, 3), np.uint8)
    high = cv2.dilate(bright, near)
    span = cv2.subtract(high, cv2.erode(dark, near))
    # White and black that are cut off show no grain.
    seen = span[(high < 252) & (high > 2)]
    return float(np.percentile(seen, 20)) if seen.size > 0.05 * span.size else float(np.percentile(span, 20))


def _blobs(
    grey: Image, dark: Image, bright: Image, grain: float
) -> tuple[Boxes, NDArray[np.float32], NDArray[np.float32]]:
    """Connected strokes of a glyph's size, darker than half way between their surroundings' extremes."""
    around = np.ones((11, 11), np.uint8)
    low, high = cv2.erode(dark, around), cv2.dilate(bright, around)
    low, high = cv2.blur(low, (11, 11)), cv2.blur(high, (11, 11))
    span = cv2.subtract(high, low)
    level = cv2.addWeighted(low, 0.5, high, 0.5, 0)
    level[span < max(_LEAST_CONTRAST, _OVER_GRAIN * grain)] = 0
    size = (grey.shape[1], grey.shape[0])
    ink = cv2.compare(grey, cv2.resize(level, size, interpolation=cv2.INTER_LINEAR), cv2.CMP_LT)
    _, _, stats, centres = cv2.connectedComponentsWithStats(ink, connectivity=8, ltype=cv2.CV_32S)
    box = stats[1:, :4].astype(np.float32)
    small, large = box[:, 2:].min(1), box[:, 2:].max(1)
    fill = stats[1:, cv2.CC_STAT_AREA] / (box[:, 2] * box[:, 3])
    kept = (large >= _SIZES[0]) & (small <= _SIZES[1]) & (large <= 12 * np.maximum(small, 3)) & (fill > 0.12)
    kept &= (fill < 0.95) | (large > 2.5 * small)
    box = box[kept]
    at = np.clip((centres[1:][kept] / 4).astype(int), 0, (low.shape[1] - 1, low.shape[0] - 1))
    return box, low[at[:, 1], at[:, 0]].astype(np.float32), high[at[:, 1], at[:, 0]].astype(np.float32)


def _inked(ink: NDArray[np.float32], paper: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Not the paper's or the table's grain: print takes about the same share of the light everywhere on a page."""
    share = (paper - ink) / np.maximum(paper, 1)
    if not len(share):
        return np.zeros(0, bool)
    least = max(_LEAST_SHARE, 0.5 * float(np.percentile(share, 90)), 0.4 * float(np.percentile(share, 98)))
    contrast = paper - ink
    return np.asarray((share > least) & (contrast > 0.25 * np.percentile(contrast, 98)), bool)


def _largest(boxes: Boxes, inked: NDArray[np.bool_]) -> NDArray[np.int64]:
    """As many of the inked as a page of print can have: a letter is larger than grain."""
    chosen = np.flatnonzero(inked)
    if len(chosen) > _MOST_GLYPHS:
        area = boxes[chosen, 2] * boxes[chosen, 3]
        chosen = np.sort(chosen[np.argsort(-area, kind="stable")[:_MOST_GLYPHS]])
    return chosen


def _partners(boxes: Boxes) -> NDArray[np.int64]:
    """For each blob the nearest one of like size within reach; -1 for those that stand alone.

    Size by size, for ink takes room: only so many blobs of a size lie within its reach. All sizes at once, a few long
    strokes would have every speck of a picture compared with every other.
    """
    centres = np.asarray(boxes[:, :2] + boxes[:, 2:] / 2, np.float32)
    size = boxes[:, 2:].max(1)
    doublings = np.floor(np.log2(size)).astype(int)
    farthest = np.minimum(_REACH * size, _FARTHEST)
    partner = np.full(len(boxes), -1, np.int64)
    for doubling in np.unique(doublings).tolist():
        like = np.flatnonzero(np.abs(doublings - doubling) <= 1)
        reach = min(_REACH * 2.0 ** (doubling + 1), _FARTHEST)
        for mine, near in _neighbourhoods(centres, like, doublings[like] == doubling, reach):
            apart = np.hypot(*(centres[mine, None, i] - centres[None, near, i] for i in (0, 1)))
            ratio = size[mine, None] / size[None, near]
            apart[(mine[:, None] == near[None]) | (ratio < 0.5) | (ratio > 2)] = np.inf
            nearest = apart.argmin(1)
            close = apart[np.arange(len(mine)), nearest] <= farthest[mine]
            partner[mine[close]] = near[nearest[close]]
    return partner


def _neighbourhoods(
    centres: Boxes, like: NDArray[np.int64], asking: NDArray[np.bool_], reach: float
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Those of `like` that are asking, in portions, each with all of `like` that can be within reach of one of it."""
    rows = np.floor(centres[like, 1] / reach)
    across = np.argsort(centres[like, 0], kind="stable")
    like, rows, asking = like[across], rows[across], asking[across]
    for row in np.unique(rows[asking]).tolist():
        beside = like[np.abs(rows - row) <= 1]
        mine = like[asking & (rows == row)]
        for begin in range(0, len(mine), _CHUNK):
            portion = mine[begin : begin + _CHUNK]
            ends = centres[portion[[0, -1]], 0] + (-reach, reach)
            yield portion, beside[slice(*np.searchsorted(centres[beside, 0], ends))]


def _direction(boxes: Boxes, partner: NDArray[np.int64]) -> float:
    """The commonest way from a glyph to its neighbour, to about a degree."""
    if not len(boxes):
        return 0.0
    centres = boxes[:, :2] + boxes[:, 2:] / 2
    step = centres[partner] - centres
    angle = np.degrees(np.arctan2(step[:, 1], step[:, 0])) % 180
    votes = np.histogram(angle, 90, (0, 180))[0].astype(np.float64)
    smooth = np.sum([np.roll(votes, shift) * (3 - abs(shift)) for shift in range(-2, 3)], axis=0)
    peak = 2.0 * float(smooth.argmax()) + 1
    off = (angle - peak + 90) % 180 - 90
    return float((peak + np.median(off[np.abs(off) < 12])) % 180)


def _size(boxes: Boxes, angle: float) -> float:
    """The median height across the lines; by the smaller side where the lines run aslant."""
    if not len(boxes):
        return 0.0
    aslant = abs((angle + 45) % 90 - 45)
    if aslant > 12:
        return float(np.median(boxes[:, 2:].min(1)))
    return float(np.median(boxes[:, 3 if abs((angle + 45) % 180 - 45) < 45 else 2]))
