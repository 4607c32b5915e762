"""A page as nothing but pixels, and the one form in which the vault keeps it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.errors import OcrError, PageFailed, Reason, UnsuitableFile

MOST_SIDE = 65_500
"""Pixels of a page's longer side: a JPEG has no more."""

LEAST_SIDE, MOST_RATIO = 64, 50
"""Pixels of a page's shorter side, and how many times as long the longer one may be. Nobody reads a thinner strip, and
what reduces pages to look at them would be left with nothing."""

# 4:4:4 at 92: red seals and thin diacritics survive a second reading and print; about 1 MB for an A4 photo.
_JPEG = (
    cv2.IMWRITE_JPEG_QUALITY,
    92,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
)


@dataclass(frozen=True)
class Pixels:
    """One page: `rgb` holds height x width x 3 bytes, rows from the top, 8 bits a channel (sRGB assumed)."""

    width: int
    height: int
    rgb: bytes

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1 or len(self.rgb) != self.width * self.height * 3:
            raise ValueError("pixels do not fill the page")

    @property
    def array(self) -> NDArray[np.uint8]:
        """A read-only height x width x 3 view of the same memory."""
        return np.frombuffer(self.rgb, np.uint8).reshape(self.height, self.width, 3)


def require_page_shape(page: Pixels, number: int | None = None) -> None:
    """Before anything else looks at a page of a stranger's file.

    Raises:
        UnsuitableFile: NOT_A_PAGE, with `number`: it is too small or too thin to be one.
    """
    shorter, longer = sorted((page.width, page.height))
    if shorter < LEAST_SIDE or longer > MOST_RATIO * shorter:
        raise UnsuitableFile(Reason.NOT_A_PAGE, number)


@contextmanager
def as_ocr_errors() -> Iterator[None]:
    """What OpenCV refuses to do with pixels, as an error of this package; around a block or a function.

    Raises:
        PageFailed: these pixels cannot be worked on.
        OcrError: there is not enough memory.
    """
    try:
        yield
    except cv2.error as failure:
        if getattr(failure, "code", None) == cv2.Error.StsNoMem:
            raise OcrError("no memory for a page") from failure
        raise PageFailed("a page cannot be worked on") from failure


def encode_page(page: Pixels) -> bytes:
    """The clean copy: a baseline JPEG (ISO/IEC 10918-1) made from pixels alone, so without any metadata.

    Raises:
        PageFailed: the page cannot be a JPEG (a side beyond `MOST_SIDE`).
        OcrError: there is not enough memory.
    """
    with as_ocr_errors():
        done, jpeg = cv2.imencode(".jpg", cv2.cvtColor(page.array, cv2.COLOR_RGB2BGR), _JPEG)
    if not done:
        raise PageFailed("a page cannot be encoded")
    return jpeg.tobytes()


def open_page(jpeg: bytes) -> Pixels:
    """Pixels of a clean copy, exact up to JPEG's own loss.

    Only for bytes that `encode_page` made **and** that were authenticated since (the vault's sealed pages):
    this decodes in the server's own process. A stranger's file goes through `sanitise` and nowhere else.

    Raises:
        OcrError: the bytes are not a page.
    """
    try:
        bgr = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error as failure:
        raise OcrError("not a page") from failure
    if bgr is None:
        raise OcrError("not a page")
    height, width = bgr.shape[:2]
    return Pixels(width, height, cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB).tobytes())
