"""A passport's page straightened by its machine-readable zone, which tells the reading direction exactly."""

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.cleanup.flat import NOTHING, flattened
from ocr.cleanup.sheet import Corners, corners
from ocr.cleanup.upright import rotated, turned
from ocr.recognise import Image, grey

_PARALLEL = 5.0  # degrees between the zone and a side of what is taken for the page
_LEAST_TILT = 1.5  # degrees: less is left as it is, for turning softens


def straight(picture: Image, lines: Sequence[NDArray[np.float32]]) -> Image:
    """The colour picture with the zone's `lines` (quads as they read) level and upright.

    Where the page's four corners are sure and agree with the zone, perspective goes too, and so does what is around the
    page if nothing is to be seen there.
    """
    along = sum((quad[1] - quad[0] + quad[2] - quad[3] for quad in lines), np.zeros(2, np.float32))
    angle = math.degrees(math.atan2(float(along[1]), float(along[0])))
    page = corners(grey(picture))
    if page is not None and _holds(page, np.concatenate(list(lines)), angle):
        flat = flattened(picture, page)
        if flat is not None:
            side = page[1] - page[0]
            lying = angle - math.degrees(math.atan2(float(side[1]), float(side[0])))
            return turned(flat, round(-lying / 90) % 4)
    quarters = round(-angle / 90)
    rest = -angle - 90 * quarters
    upright = turned(picture, quarters % 4)
    return rotated(upright, rest, NOTHING) if abs(rest) > _LEAST_TILT else upright


def _holds(page: Corners, zone: NDArray[np.float32], angle: float) -> bool:
    """Whether the whole zone lies within these corners, along one of their sides."""
    side = page[1] - page[0]
    off = angle - math.degrees(math.atan2(float(side[1]), float(side[0])))
    inside = all(cv2.pointPolygonTest(page, (float(x), float(y)), False) > 0 for x, y in zone)
    return inside and abs((off + 45) % 90 - 45) < _PARALLEL
