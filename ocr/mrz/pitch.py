"""Whether a line is set like a zone's: glyphs of one pitch with clear gaps, 30, 36 or 44 of them (Doc 9303-3, 4.3)."""

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.mrz.views import Image

_GLYPHS = {2: (36, 44), 3: (30,)}
_WIDE = 0.75  # of the pitch, a glyph: so N glyphs measure N - 1 pitches and this
_STRETCHES = np.linspace(0.98, 1.02, 9)
_SHIFTS = np.linspace(-0.25, 0.25, 11)


def evenness(strips: list[Image], margin: int) -> float:
    """How much emptier the gaps are than the glyphs, 0..1, at the best-fitting pitch; mean of the lines.

    `strips` are a zone's straightened lines, `margin` their columns before the first and after the last glyph.
    Ordinary print reaches about 0.45; zones 0.6 and more, less where glyphs are under 10 pixels tall or blurred.
    """
    profiles = [_profile(strip) for strip in strips]
    return max(
        float(np.mean([_contrast(profile, margin, count) for profile in profiles]))
        for count in _GLYPHS[len(strips)]
    )


def _profile(strip: Image) -> NDArray[np.float64]:
    """Ink column by column."""
    hat = cv2.morphologyEx(strip, cv2.MORPH_BLACKHAT, np.ones((25, 25), np.uint8))
    return np.asarray(hat[6:26].mean(0), np.float64)


def _contrast(profile: NDArray[np.float64], margin: int, count: int) -> float:
    """One less the ratio of ink between the glyphs to ink on them, with small freedom of pitch and place."""
    pitch = _STRETCHES[:, None, None] * (len(profile) - 2 * margin) / (count - 1 + _WIDE)
    steps = np.arange(count - 1) + (1 + _WIDE) / 2 + _SHIFTS[None, :, None]
    columns = np.arange(len(profile))
    gaps = np.interp(margin + steps * pitch, columns, profile).mean(2)
    glyphs = np.interp(margin + (steps - 0.5) * pitch, columns, profile).mean(2)
    return float((1 - gaps / (glyphs + 1)).max())
