"""Whether a page shows a face or its like: one compact dark shape, too large and too solid for print."""

import cv2
import numpy as np

from ocr.recognise import Image, grey
from ocr.scaling import scaled

_SIDE = 240
_SHARE = 0.3  # of the light that hair, skin and clothes take from the paper's
_AREA = (0.008, 0.2)  # of the picture
_SOLID = 0.62


def has_portrait(rgb: Image) -> bool:
    """A guess that costs milliseconds and no model: only the words of a hint depend on it."""
    small = scaled(rgb, _SIDE / max(rgb.shape[:2]))
    light = cv2.GaussianBlur(grey(small), (0, 0), 2.5)  # print becomes an even, light tone
    paper = cv2.morphologyEx(light, cv2.MORPH_CLOSE, np.ones((91, 91), np.uint8))
    dark = (light < (1 - _SHARE) * paper).astype(np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(dark)
    for left, top, width, height, area in stats[1:count].tolist():
        inside = left > 0 and top > 0 and left + width < dark.shape[1] and top + height < dark.shape[0]
        shape = max(width, height) / max(1, min(width, height))
        large = _AREA[0] * dark.size < area < _AREA[1] * dark.size
        if inside and large and shape < 2.2 and area > _SOLID * width * height * 0.8:
            return True
    return False
