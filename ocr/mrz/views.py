"""Straight pictures of parts of a page, resampled without aliasing however large the page is."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Quad = NDArray[np.float32]
"""Four corners, 4 x 2 as (x, y): top-left, top-right, bottom-right, bottom-left of what it holds, as it reads."""


@dataclass(frozen=True)
class View:
    """A part of a page seen straight, and the way back to the page."""

    grey: Image
    to_page: NDArray[np.float64]
    outline: Quad
    """The page's own corners in the view: beyond them its border is repeated and means nothing."""

    def on_page(self, points: NDArray[np.float32]) -> Quad:
        """The same points (n x 2) in the page's pixels."""
        return _mapped(points, self.to_page)


def view(page: Image, source: Quad, target: Quad, size: tuple[int, int]) -> View:
    """The page warped so that `source` lands on `target`, as `size` (width, height) pixels.

    A page much finer than the view is averaged first: warping alone would pick single pixels and lose thin strokes.
    Beyond the page its border goes on.
    """
    forward = cv2.getPerspectiveTransform(np.asarray(source, np.float32), np.asarray(target, np.float32))
    back = np.asarray(np.linalg.inv(forward), np.float64)
    frame = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], np.float32)
    seen = _mapped(frame, back)
    low = np.clip(np.floor(seen.min(0)) - 2, 0, np.array(page.shape[::-1]) - 1).astype(int)
    high = np.clip(np.ceil(seen.max(0)) + 2, low + 1, page.shape[::-1]).astype(int)
    part = page[low[1] : high[1], low[0] : high[0]]
    scale = float(np.sqrt(size[0] * size[1] / max(1.0, cv2.contourArea(seen))))
    if scale < 0.8:
        small = (max(1, round(part.shape[1] * scale * 1.1)), max(1, round(part.shape[0] * scale * 1.1)))
        reduced = np.asarray(cv2.resize(part, small, interpolation=cv2.INTER_AREA), np.uint8)
    else:
        reduced = part
    ratio = np.array(reduced.shape[::-1]) / part.shape[::-1]
    # Pixel centres lie at halves: without this a reduced picture would sit up to half a pixel aside.
    shift = (1 / ratio - 1) / 2 + low
    enlarge = np.array([[1 / ratio[0], 0, shift[0]], [0, 1 / ratio[1], shift[1]], [0, 0, 1]])
    warped = cv2.warpPerspective(
        reduced, forward @ enlarge, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    outline = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32) * np.array(page.shape[::-1], np.float32)
    return View(np.asarray(warped, np.uint8), back, _mapped(outline, np.asarray(forward, np.float64)))


def _mapped(points: NDArray[np.float32], matrix: NDArray[np.float64]) -> Quad:
    shaped = np.asarray(points, np.float32).reshape(1, -1, 2)
    return np.asarray(cv2.perspectiveTransform(shaped, matrix)[0], np.float32)
