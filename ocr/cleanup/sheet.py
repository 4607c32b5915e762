"""Where a sheet of paper lies in a photograph."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.glyphs import Glyphs
from ocr.recognise import Image

_LEAST_PAPER = 0.35  # of the picture
_MOST_PAPER = 0.97  # more is a scan
_FILLED = 0.93  # of the outline's hull by its four corners
_BORDER = 0.005  # of the long side
_PRINT_BEYOND = 0.03  # of all glyphs: grain and seams are taken for one now and then
Corners = NDArray[np.float32]


def sheet_with(glyphs: Glyphs) -> Corners | None:
    """Corners of the sheet that holds this print, in page pixels; None where that is not sure.

    Print beyond the outline means that it is a shadow's edge, or that several papers lie there.
    """
    quad = corners(glyphs.grey)
    if quad is None or corners_at_border(quad, glyphs.grey) > 1:
        return None
    printed = glyphs.centres[glyphs.in_line]
    following = np.roll(quad, -1, axis=0)
    side = following - quad
    off = printed[:, None] - quad[None]
    inside = (side[None, :, 0] * off[..., 1] - side[None, :, 1] * off[..., 0] > 0).all(1)
    beyond = int((~inside).sum()) / max(1, len(printed))
    return quad / np.float32(glyphs.scale) if beyond < _PRINT_BEYOND else None


def corners_at_border(quad: Corners, grey: Image) -> int:
    """How many of a sheet's corners lie at the picture's edge, and so may not be the sheet's own."""
    height, width = grey.shape
    room = np.minimum(quad, (width, height) - quad).min(1)
    return int((room < _BORDER * max(height, width)).sum())


def corners(grey: Image) -> Corners | None:
    """Corners of the sheet from the top left clockwise (pixels), if it is one bright quadrilateral on something darker.

    None for a scan, a white table, a sheet that leaves the picture in more than a corner.
    """
    scale = 800 / max(grey.shape)
    small = cv2.GaussianBlur(
        cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), (0, 0), 3
    )
    _, bright = cv2.threshold(small, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    bright = cv2.morphologyEx(bright, cv2.MORPH_CLOSE, np.ones((25, 25), np.uint8))
    contours, _ = cv2.findContours(bright, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not contours:
        return None
    outline = cv2.convexHull(max(contours, key=cv2.contourArea))
    area = cv2.contourArea(outline)
    if not _LEAST_PAPER * small.size < area < _MOST_PAPER * small.size:
        return None
    for tolerance in (0.01, 0.02, 0.03, 0.05):
        quad = cv2.approxPolyDP(outline, tolerance * cv2.arcLength(outline, True), True).reshape(-1, 2)
        if len(quad) == 4 and cv2.contourArea(quad) > _FILLED * area and _sheet_like(quad):
            return _clockwise(quad.astype(np.float32)) / np.float32(scale)
    return None


def _sheet_like(quad: NDArray[Any]) -> bool:
    """Opposite sides differ by no more than a tilted camera makes them."""
    sides = [float(np.linalg.norm(quad[i] - quad[i - 1])) for i in range(4)]
    return all(0.8 < sides[i] / sides[i + 2] < 1.25 for i in (0, 1))


def _clockwise(quad: Corners) -> Corners:
    total, difference = quad.sum(1), quad[:, 0] - quad[:, 1]
    order = [total.argmin(), difference.argmax(), total.argmax(), difference.argmin()]
    return np.asarray(quad[order], np.float32)
