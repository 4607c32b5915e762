"""A line's quad fitted to its ink: the net's edges are good to a glyph, the recogniser wants a few pixels.

Capitals and digits give the height, all glyphs the middle (a filler is lower, but centred), ink columns the ends.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.mrz.views import Image, Quad, view

_CAPITAL = 24  # rows of the capitals in the view used here
_PITCH = 25
_ABOVE, _BESIDE = 16, 64  # room around the line: two thirds of a capital, two and a half glyphs
Floats = NDArray[np.float64]


def fitted(page: Image, quad: Quad) -> Quad:
    """The quad moved onto the ink it lies on; as it was where ink doesn't stand out from its ground.

    How its two ends' heights compare is kept: fillers are too low to tell (`ocr.mrz.grouping.evened` can).
    """
    length = float(np.linalg.norm(quad[1] - quad[0]) + np.linalg.norm(quad[2] - quad[3])) / 2
    height = float(np.linalg.norm(quad[3] - quad[0]) + np.linalg.norm(quad[2] - quad[1])) / 2
    width = int(np.clip(_CAPITAL * length / max(1.0, height), 100, 2000))
    box = np.array([[0, 0], [width, 0], [width, _CAPITAL], [0, _CAPITAL]], np.float32)
    size = (width + 2 * _BESIDE, _CAPITAL + 2 * _ABOVE)
    look = view(page, quad, box + np.array([_BESIDE, _ABOVE], np.float32), size)
    corners = _corners(_ink(look.grey), width)
    return quad if corners is None else look.on_page(corners)


def _ink(grey: Image) -> NDArray[np.bool_]:
    """Where dark strokes are: as deep as a good part of the deepest."""
    soft = cv2.GaussianBlur(grey, (0, 0), 1.0)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_CAPITAL + 1, _CAPITAL + 1))
    hat = cv2.morphologyEx(soft, cv2.MORPH_BLACKHAT, disc)
    middle = hat[_ABOVE : _ABOVE + _CAPITAL, _BESIDE:-_BESIDE]
    return np.asarray(hat > max(8.0, 0.45 * float(np.quantile(middle, 0.92))), np.bool_)


def _corners(ink: NDArray[np.bool_], width: int) -> Quad | None:
    """The corners of the glyphs' box in the view; None when what is there is no line of glyphs."""
    glyphs = _glyphs(ink, width)
    if len(glyphs) < 10:
        return None
    place, top, base = glyphs.T
    tall = base - top
    capital = float(np.quantile(tall, 0.85))
    if not 0.55 * _CAPITAL < capital < 1.6 * _CAPITAL:
        return None
    middle = _line(place, (top + base) / 2)
    first, last = _ends(ink, width, middle)
    return np.array(
        [
            [x, np.polyval(middle, x) + side * capital / 2]
            for x, side in ((first, -1), (last, -1), (last, 1), (first, 1))
        ],
        np.float32,
    )


def _glyphs(ink: NDArray[np.bool_], width: int) -> Floats:
    """Middle column, first and last row of the ink around the line's middle, glyph by glyph (overlapping)."""
    found = []
    centre = ink.shape[0] // 2
    for left in range(_BESIDE, _BESIDE + width - _PITCH, _PITCH // 2):
        rows = ink[:, left : left + _PITCH].sum(1) >= 2
        filled = np.flatnonzero(rows)
        if len(filled) == 0:
            continue
        seed = filled[np.abs(filled - centre).argmin()]
        if abs(seed - centre) > _CAPITAL // 2:
            continue
        parts = np.split(filled, np.flatnonzero(np.diff(filled) > 3) + 1)
        part = next(part for part in parts if part[0] <= seed <= part[-1])
        if len(part) > 8 and part[0] > 0 and part[-1] < ink.shape[0] - 1:
            found.append((left + _PITCH / 2, float(part[0]), float(part[-1] + 1)))
    return np.array(found, np.float64).reshape(-1, 3)


def _line(place: Floats, value: Floats) -> Floats:
    """A straight line, far-off values left out at the second go."""
    line = np.polyfit(place, value, 1)
    off = np.abs(value - np.polyval(line, place))
    near = off <= 2 * float(np.median(off)) + 0.5
    return np.asarray(np.polyfit(place[near], value[near], 1))


def _ends(ink: NDArray[np.bool_], width: int, middle: Floats) -> tuple[float, float]:
    """First and last column of the run of glyphs; where that would cut off much, the ends as they were."""
    rows = np.arange(ink.shape[0])[:, None]
    centre = np.polyval(middle, np.arange(ink.shape[1]))[None]
    columns = np.flatnonzero((ink & (np.abs(rows - centre) < 0.5 * _CAPITAL)).sum(0) >= 2).astype(np.float64)
    half = _BESIDE + width / 2
    left = _walk(half - columns[columns < half][::-1])
    right = _walk(columns[columns >= half] + 1 - half)
    least = width / 2 - 3.5 * _PITCH
    return half - (left if left > least else width / 2), half + (right if right > least else width / 2)


def _walk(distances: Floats) -> float:
    """The last distance before a gap wider than any between two glyphs."""
    if len(distances) == 0:
        return 0.0
    gaps = np.flatnonzero(np.diff(distances) > 1.3 * _PITCH)
    return float(distances[gaps[0]] if len(gaps) else distances[-1])
