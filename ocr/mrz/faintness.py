"""Whether a zone is printed so faintly that people may not see it: the recogniser reads any contrast, they don't."""

from collections.abc import Sequence

import cv2
import numpy as np

from ocr.glyphs import Glyphs
from ocr.mrz.finder import STRIP_CAPITAL, STRIP_MARGIN, straighten
from ocr.mrz.views import Image, Quad

# Of 85 real and photographed documents the weakest zone took 0.31 of the light, 0.53 of what the page's stronger print
# took, and its weakest stretch 0.67 of what its usual one did.
_LEAST = 0.15
_OF_PAGE = 0.35
_OF_ZONE = 0.4
_STRETCHES = 6  # of a line; each holds five glyphs or more
_ENOUGH = 12  # glyphs beside the zone, to compare with


def is_faint(grey: Image, quads: Sequence[Quad], glyphs: Glyphs) -> bool:
    """Whether the zone's ink, or a stretch of it, is far weaker than the rest of the zone or of the page's `glyphs`.

    Ink is measured as the share of the paper's light that it takes, so shadows don't count.
    """
    rows = slice(STRIP_MARGIN - 2, STRIP_MARGIN + STRIP_CAPITAL + 2)
    lines = [straighten(grey, quad)[rows, STRIP_MARGIN:-STRIP_MARGIN] for quad in quads]
    shares = [_share(part) for line in lines for part in np.array_split(line, _STRETCHES, 1)]
    usual, weakest = float(np.median(shares)), min(shares)
    return usual < max(_LEAST, _OF_PAGE * _strong_print(quads, glyphs)) or weakest < _OF_ZONE * usual


def _share(strip: Image) -> float:
    paper, ink = np.percentile(strip, (85, 5))
    return float((paper - ink) / max(1.0, paper))


def _strong_print(quads: Sequence[Quad], glyphs: Glyphs) -> float:
    """The share of light that the stronger print outside the zone takes; 0 where there is too little print."""
    beside = np.ones(glyphs.grey.shape, np.uint8)
    points = np.concatenate(list(quads)).astype(np.float32) * np.float32(glyphs.scale)
    cv2.fillConvexPoly(beside, cv2.convexHull(np.round(points).astype(np.int32)), 0)
    across, down = glyphs.centres.astype(int).T
    print_beside = (beside[down, across] > 0) & glyphs.in_line
    if print_beside.sum() < _ENOUGH:
        return 0.0
    paper, ink = glyphs.paper[print_beside], glyphs.ink[print_beside]
    return float(np.percentile((paper - ink) / np.maximum(paper, 1), 75))
