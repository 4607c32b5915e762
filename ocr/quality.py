"""Refuse, while the holder still stands at the counter, what nobody could ever read."""

import cv2

from ocr.errors import Reason, UnsuitableFile
from ocr.pixels import Pixels

# The machine-readable line of a passport needs 44 characters of at least 9 pixels; A4 print needs more still.
LONG_SIDE = 400
SHORT_SIDE = 200
# Grey levels. Sensor noise on a covered lens or an empty sheet stays below; one faint line of print is above.
_CONTRAST = 12.0


def judge(page: Pixels) -> None:
    """Pass a page that may be readable; blur, glare and cut edges are not judged here.

    Raises:
        UnsuitableFile: `TOO_SMALL`, or `BLANK` for a page of one colour. The page number is the caller's to add.
    """
    if max(page.width, page.height) < LONG_SIDE or min(page.width, page.height) < SHORT_SIDE:
        raise UnsuitableFile(Reason.TOO_SMALL)
    grey = cv2.cvtColor(page.array, cv2.COLOR_RGB2GRAY)
    scale = 600 / max(grey.shape)
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else grey
    # Against the local mean: a shadow across an empty sheet is not print.
    flat = small.astype("float32") - cv2.blur(small, (41, 41)).astype("float32")
    edge = min(21, (min(small.shape) - 1) // 2)  # the blur's mirror at the border is not the page
    inner = flat[edge:-edge, edge:-edge]
    if float(abs(inner).max()) < _CONTRAST:
        raise UnsuitableFile(Reason.BLANK)
