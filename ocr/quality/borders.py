"""Print that runs out of the picture."""

import numpy as np
from numpy.typing import NDArray

from ocr.glyphs import Glyphs
from ocr.quality.findings import Finding, Flaw

_ALONG = 0.9  # heights of a letter between a line's end and the picture's: any margin is wider
_ACROSS = 1.3  # between the last line and the picture's edge: less than to the next line
_LEAST_LINES = 3
_LEAST_SHARE = 0.1  # of the page's lines
_LEAST_GLYPHS = 6  # of a line along the edge: a page number is less
_DENSITY = 0.12  # glyphs in a letter's height along such a line: scattered specks are fewer
_LEAST_EXTENT = 24.0  # heights along the edge: a seal on the edge of the sheet is smaller


def cut_edges(glyphs: Glyphs) -> list[Finding]:
    """Sides of the picture that print runs up to, each with the strip of print along it."""
    height, width = glyphs.grey.shape
    size = glyphs.size
    scraps = glyphs.in_line & (glyphs.boxes[:, 2:].min(1) < 2.5 * size)
    whole = scraps & (glyphs.boxes[:, 2:].max(1) > 0.7 * size)
    across = abs((glyphs.angle + 90) % 180 - 90) < 45
    found = []
    for side in range(4):  # left, top, right, bottom
        along = (side % 2 == 0) == across
        boxes = glyphs.boxes[whole if along else scraps]  # of a line cut lengthwise only scraps are left
        near = (
            boxes[:, side % 2]
            if side < 2
            else (width, height)[side % 2] - boxes[:, side - 2] - boxes[:, side]
        )
        touching = boxes[near < (_ALONG if along else _ACROSS) * size]
        if len(touching) < _LEAST_LINES:
            continue
        at = boxes[:, 1 - side % 2] + boxes[:, 3 - side % 2] / 2
        cut = touching[:, 1 - side % 2] + touching[:, 3 - side % 2] / 2
        enough = _lines(cut, size) >= max(_LEAST_LINES, _LEAST_SHARE * _lines(at, size))
        if not along:
            enough = len(cut) >= max(_LEAST_GLYPHS, _DENSITY * np.ptp(cut) / size)
        if enough and np.ptp(cut) >= _LEAST_EXTENT * size:
            found.append(_finding(touching, glyphs.scale))
    return found


def _lines(at: NDArray[np.float32], size: float) -> int:
    """About how many lines stand at these places across the lines."""
    return len(np.unique((at / (2 * size)).astype(int)))


def _finding(boxes: NDArray[np.float32], scale: float) -> Finding:
    left, top = boxes[:, :2].min(0) / scale
    right, bottom = (boxes[:, :2] + boxes[:, 2:]).max(0) / scale
    return Finding(Flaw.CUT_EDGE, (int(left), int(top), int(right - left), int(bottom - top)), "refuse")
