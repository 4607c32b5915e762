"""A small picture of a page with places marked on it, for whoever has to see what is wrong with it."""

from collections.abc import Iterable

import cv2

from ocr.errors import OcrError
from ocr.pixels import Pixels

LONG_SIDE = 400
"""Pixels: enough to find the place on the paper; a few kilobytes, for a telephone's line."""

_WHITE, _RED = (255, 255, 255), (27, 35, 163)  # blue, green, red
_MARGIN = 4
_JPEG = (cv2.IMWRITE_JPEG_QUALITY, 70)


def marked_thumbnail(page: Pixels, boxes: Iterable[tuple[int, int, int, int]]) -> bytes:
    """A JPEG of the page, made from its pixels alone; `boxes` are left, top, width, height in pixels of the page.

    Raises:
        OcrError: it cannot be made.
    """
    scale = min(1.0, LONG_SIDE / max(page.width, page.height))
    size = max(1, round(page.width * scale)), max(1, round(page.height * scale))
    small = cv2.cvtColor(cv2.resize(page.array, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2BGR)
    for left, top, width, height in boxes:
        first = max(1, round(left * scale) - _MARGIN), max(1, round(top * scale) - _MARGIN)
        last = (
            min(size[0] - 2, round((left + width) * scale) + _MARGIN),
            min(size[1] - 2, round((top + height) * scale) + _MARGIN),
        )
        # Red alone is lost on a red seal, and white alone on paper.
        cv2.rectangle(small, first, last, _WHITE, 5)
        cv2.rectangle(small, first, last, _RED, 3)
    done, jpeg = cv2.imencode(".jpg", small, _JPEG)
    if not done:
        raise OcrError("page cannot be encoded")
    return jpeg.tobytes()
