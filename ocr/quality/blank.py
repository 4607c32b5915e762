"""Whether anything at all is on a page."""

import cv2
import numpy as np

from ocr.pixels import Pixels

_SIDE = 600
# Grey levels. Sensor noise on a covered lens or an empty sheet stays below; one faint line of print is above.
_CONTRAST = 12.0


def is_blank(page: Pixels) -> bool:
    """Whether a page is of one colour, noise and shadows aside."""
    # Reduced first: a 12-megapixel page is otherwise turned grey for nothing.
    scale = _SIDE / max(page.width, page.height)
    small = page.array
    if scale < 1:
        size = (max(1, round(page.width * scale)), max(1, round(page.height * scale)))
        small = np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_AREA), np.uint8)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    # Against the local mean: a shadow across an empty sheet is not print.
    flat = grey - cv2.blur(grey, (41, 41))
    edge = min(21, (min(grey.shape) - 1) // 2)  # the blur's mirror at the border is not the page
    inner = flat[edge : grey.shape[0] - edge, edge : grey.shape[1] - edge]
    return float(np.abs(inner).max()) < _CONTRAST
