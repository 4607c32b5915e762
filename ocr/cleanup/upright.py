"""Which way up a page of text lies, and how far it is from straight."""

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.glyphs import Glyphs
from ocr.recognise import Image

_MOST_SKEW = 5.0  # degrees
_APART = (
    0.12  # heights of a letter: what two neighbours' tops or feet must differ by more than the other ends
)
_SURE = 2.0  # deviations from as many tops as feet in line


def quarter_turns(glyphs: Glyphs) -> int | None:
    """How many quarter turns clockwise put the lines of a page upright; None where that is not sure.

    The direction of the lines tells across from along. Which side is up: letters stand on one line, their tops are
    at several heights (small and capital letters, digits, marks above). So neighbours share their feet more often.
    """
    across = abs((glyphs.angle + 90) % 180 - 90) < 45
    boxes = glyphs.boxes if across else glyphs.boxes[:, [1, 0, 3, 2]]
    slope = np.tan(np.radians((glyphs.angle + 45) % 90 - 45)) * (1 if across else -1)
    one = np.flatnonzero(glyphs.in_line)
    other = glyphs.partner[one]
    step = boxes[other, :2] - boxes[one, :2]
    step[:, 0] += (boxes[other, 2] - boxes[one, 2]) / 2
    low = np.abs(step[:, 1] - step[:, 0] * slope)
    high = np.abs(step[:, 1] + boxes[other, 3] - boxes[one, 3] - step[:, 0] * slope)
    taller = np.maximum(boxes[one, 3], boxes[other, 3])
    smaller = np.minimum(boxes[one, 3], boxes[other, 3])
    telling = (
        (taller < 3 * glyphs.size)
        & (smaller > 0.6 * glyphs.size)
        & (np.abs(low - high) > _APART * glyphs.size)
    )
    feet, tops = int((telling & (high < low)).sum()), int((telling & (low < high)).sum())
    if abs(feet - tops) < _SURE * np.sqrt(feet + tops + 1):
        return None
    if across:
        return 0 if feet > tops else 2
    # Turned clockwise by a quarter, feet are at the smaller x.
    return 3 if tops > feet else 1


def turned(picture: Image, quarters: int) -> Image:
    """The picture after so many quarter turns clockwise; nothing is resampled."""
    return np.ascontiguousarray(np.rot90(picture, -quarters))


def deskewed(sheet: Image) -> Image:
    """Grey print turned by the angle at which its lines stand out most from the gaps between them."""
    small = cv2.resize(sheet, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    ink = (255 - small).astype(np.float32)
    ink[ink < 60] = 0
    angle = max(np.arange(-_MOST_SKEW, _MOST_SKEW + 0.1, 0.25), key=lambda turn: _sharpness(ink, turn))
    if abs(angle) < 0.2:
        return sheet
    return rotated(sheet, float(-angle), (255,))


def rotated(picture: Image, degrees: float, ground: tuple[int, ...]) -> Image:
    """Turned clockwise by any angle, on a canvas that holds all of it; `ground` is the colour around it."""
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1)
    cosine, sine = abs(matrix[0, 0]), abs(matrix[0, 1])
    size = (round(height * sine + width * cosine), round(height * cosine + width * sine))
    matrix[:, 2] += (size[0] / 2 - width / 2, size[1] / 2 - height / 2)
    return np.asarray(
        cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_CUBIC, borderValue=ground), np.uint8
    )


def _sharpness(ink: NDArray[np.float32], angle: float) -> float:
    height, width = ink.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1)
    rows = cv2.warpAffine(ink, matrix, (width, height), flags=cv2.INTER_NEAREST).sum(1)
    return float(np.square(np.diff(rows)).sum())
