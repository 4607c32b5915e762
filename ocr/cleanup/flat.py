"""A sheet made flat without losing anything: what lies beside it is cut off only where nothing is to be seen there."""

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.cleanup.sheet import Corners
from ocr.recognise import Image

NOTHING = (128, 128, 128)
"""Where the camera did not look."""

_RIM = 0.025
_MOST_ROOM = 1.5  # of the picture: a whole picture that needs more is bent too far to be of use
_MOST_SIDE = 32766  # OpenCV warps no longer sides
_SIDE = 2000  # what lies beside a sheet is looked at in this size and two coarser ones
_COARSER = (1, 2, 4)
_SURROUNDINGS = 6.0  # pixels
_OVER_NOISE = 5.0
_LEAST_STEP = 4.0  # grey levels
_MOST_NOISE = 4.0  # grey levels: more is a pattern, and print may hide in it
_FEW, _SHARE = 12, 3e-6  # pixels that noise alone may bring


def flattened(picture: Image, quad: Corners) -> Image | None:
    """A grey or colour picture with its sheet (`quad`, in pixels) a rectangle, no smaller than it was.

    The sheet and a rim where the rest is empty, else the whole picture, for what looks like the sheet's edge may be a
    dark band on it. None where the whole picture would become half as large again: then it is left as it is.
    """
    if max(picture.shape[:2]) > _MOST_SIDE:
        return None
    alone = _widened(quad)
    if nothing_beside(picture, alone):
        width, height = sheet_size(alone)
        return _warped(picture, _straightening(alone), width, height)
    return _whole(picture, _straightening(quad))


def sheet_size(quad: Corners) -> tuple[int, int]:
    """Width and height of the rectangle that the sheet becomes, in pixels."""
    top, bottom = np.linalg.norm(quad[1] - quad[0]), np.linalg.norm(quad[2] - quad[3])
    left, right = np.linalg.norm(quad[3] - quad[0]), np.linalg.norm(quad[2] - quad[1])
    return max(1, int(max(top, bottom))), max(1, int(max(left, right)))


def nothing_beside(picture: Image, quad: Corners) -> bool:
    """Whether the picture shows nothing but even tones and their noise outside the corners: no edge, dark or bright.

    Accepted: what is fainter than four grey levels, or than the picture's own noise, is not seen.
    """
    scale = min(1.0, _SIDE / max(picture.shape[:2]))
    for coarser in _COARSER:
        ratio = scale / coarser
        width, height = (max(1, round(side * ratio)) for side in picture.shape[1::-1])
        small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        beside = np.ones((height, width), np.uint8)
        cv2.fillConvexPoly(beside, np.round(quad * np.float32(ratio)).astype(np.int32), 0)
        if any(_marked(np.asarray(channel, np.uint8), beside) for channel in cv2.split(small)):
            return False
    return True


def _marked(channel: Image, beside: Image) -> bool:
    """Whether more pixels differ from their surroundings than noise explains, where `beside` is 1."""
    mask = beside.astype(np.float32)
    total, weight = (
        cv2.GaussianBlur(part, (0, 0), _SURROUNDINGS) for part in (channel.astype(np.float32) * mask, mask)
    )
    # The sheet itself weighs nothing, so its brightness does not reach over its edge.
    off = np.abs(channel - total / np.maximum(weight, 1e-6))[beside > 0]
    if not off.size:
        return False
    noise = 1.48 * float(np.median(off))
    marks = int((off > max(_LEAST_STEP, _OVER_NOISE * noise)).sum())
    return noise > _MOST_NOISE or marks > _FEW + _SHARE * off.size


def _widened(quad: Corners) -> Corners:
    """The corners moved outwards a little: a rim of table is no harm to people, a line of print cut off would be."""
    middle = quad.mean(0)
    return np.asarray(middle + (quad - middle) * (1 + _RIM), np.float32)


def _straightening(quad: Corners) -> NDArray[np.float64]:
    width, height = sheet_size(quad)
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    return np.asarray(cv2.getPerspectiveTransform(quad, target), np.float64)


def _whole(picture: Image, matrix: NDArray[np.float64]) -> Image | None:
    """All of the picture, bent the same way; None where that takes too much room or has no end."""
    height, width = picture.shape[:2]
    frame = np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]], np.float64)
    bent = frame @ matrix.T
    if (bent[:, 2] <= 0).any():
        return None
    points = bent[:, :2] / bent[:, 2:]
    low = np.floor(points.min(0))
    across, down = np.ceil(points.max(0)) - low
    if across * down > _MOST_ROOM * width * height or max(across, down) > _MOST_SIDE:
        return None
    moved = np.array([[1, 0, -low[0]], [0, 1, -low[1]], [0, 0, 1]]) @ matrix
    return _warped(picture, moved, int(across), int(down))


def _warped(picture: Image, matrix: NDArray[np.float64], width: int, height: int) -> Image:
    flat = cv2.warpPerspective(picture, matrix, (width, height), flags=cv2.INTER_CUBIC, borderValue=NOTHING)
    return np.asarray(flat, np.uint8)
