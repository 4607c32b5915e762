"""Pictures made smaller or larger, also where one side is so short that it would vanish."""

import cv2
import numpy as np

from ocr.recognise import Image


def scaled(picture: Image, by: float) -> Image:
    """A grey or colour picture `by` times as large, each side at least one pixel; itself where `by` is 1."""
    if by == 1:
        return picture
    size = (max(1, round(picture.shape[1] * by)), max(1, round(picture.shape[0] * by)))
    how = cv2.INTER_AREA if by < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, size, interpolation=how), np.uint8)
