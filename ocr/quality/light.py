"""How much light is left between paper and ink, against the noise."""

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.glyphs import Glyphs
from ocr.recognise import Image

_DARK = 90.0  # grey levels of the paper: above it faint print is the printer's fault, not the lamp's
_LEAST_CONTRAST = 5.0  # grey levels between paper and ink
_LEAST_OVER_NOISE = 8.0  # the same in deviations of the noise: below it Tesseract reads no word
_SAMPLES = 200


def is_dark(grey: Image) -> bool:
    """Whether even the brightest parts of a picture are dark."""
    return float(np.percentile(grey[::4, ::4], 98)) < _DARK


def is_too_dark(glyphs: Glyphs, boxes: NDArray[np.float32], size: float) -> bool:
    """Whether for want of light noise drowns the print at `boxes` (pixels of `glyphs.grey`, letters `size` high)."""
    if len(boxes) > _SAMPLES:
        boxes = boxes[np.linspace(0, len(boxes) - 1, _SAMPLES).astype(int)]
    margin = 1 + int(0.3 * size)
    levels = []
    for left, top, width, height in boxes.astype(int).tolist():
        patch = glyphs.grey[
            max(0, top - margin) : top + height + margin, max(0, left - margin) : left + width + margin
        ]
        if patch.size:
            # Smoothed as far as strokes bear, or the extremes would be the noise's.
            smooth = cv2.GaussianBlur(patch, (0, 0), max(0.5, 0.12 * size))
            levels.append((float(smooth.min()), float(smooth.max())))
    if not levels:
        return False
    ink, paper = np.median(levels, axis=0)
    return bool(paper < _DARK and paper - ink < max(_LEAST_CONTRAST, _LEAST_OVER_NOISE * glyphs.noise))
