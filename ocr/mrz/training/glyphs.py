"""Glyphs for rendered lines: the OCR-B cuts of Debian's `fonts-ocr-b`, and its neighbours at a low share.

Canvas units: a capital is 40 rows high, from row 50 to row 90 (the baseline) of 140. Ink is 0 (none) to 255.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ocr.mrz.alphabet import ALPHABET

CAPITAL, TOP, BASE, HEIGHT = 40, 50, 90, 140
_CELL = 64

_FONTS = "/usr/share/fonts/"
# path, share: documents in the wild are set in other cuts than the standard's, a few in no OCR-B at all.
CUTS = (
    (_FONTS + "opentype/ocr-b/OCRB.otf", 0.46),
    (_FONTS + "opentype/ocr-b/OCRBS.otf", 0.24),
    (_FONTS + "opentype/ocr-b/OCRBL.otf", 0.03),
    (_FONTS + "truetype/ocr-a/OCRA.ttf", 0.02),
    (_FONTS + "truetype/inconsolata/Inconsolata.otf", 0.05),
    (_FONTS + "truetype/dejavu/DejaVuSansMono.ttf", 0.03),
    (_FONTS + "truetype/liberation/LiberationMono-Regular.ttf", 0.04),
    (_FONTS + "truetype/liberation/LiberationMono-Bold.ttf", 0.03),
    (_FONTS + "truetype/noto/NotoMono-Regular.ttf", 0.03),
    (_FONTS + "truetype/hack/Hack-Regular.ttf", 0.02),
    (_FONTS + "truetype/jetbrains-mono/JetBrainsMono-Regular.ttf", 0.02),
    (_FONTS + "opentype/freefont/FreeMonoBold.otf", 0.03),
)
# What stands above and below a zone: names, dates and captions.
PROSE = tuple(
    _FONTS + path
    for path in (
        "truetype/dejavu/DejaVuSans.ttf",
        "truetype/liberation/LiberationSans-Regular.ttf",
        "truetype/liberation/LiberationSerif-Italic.ttf",
        "truetype/liberation/LiberationSans-Bold.ttf",
    )
)


@dataclass(frozen=True)
class Glyph:
    """One glyph's ink on a cell `HEIGHT` rows high, centred on its advance; `width` is the ink's width."""

    ink: NDArray[np.uint8]
    width: int


@cache
def cut(path: str) -> dict[str, Glyph]:
    """Every glyph of the alphabet from one font file, scaled so that the capital H is `CAPITAL` rows high."""
    font = ImageFont.truetype(path, 400)
    box = font.getbbox("H", anchor="ls")
    mask = np.asarray(font.getmask("H", mode="L")).reshape(font.getmask("H", mode="L").size[::-1])
    rows = np.flatnonzero(mask.max(axis=1) > 127)
    high = int(rows[-1] - rows[0] + 1) if len(rows) else box[3] - box[1]
    font = ImageFont.truetype(path, 400 * CAPITAL / high)
    return {glyph: _render(font, glyph) for glyph in ALPHABET}


def _render(font: ImageFont.FreeTypeFont, glyph: str) -> Glyph:
    cell = Image.new("L", (_CELL, HEIGHT))
    ImageDraw.Draw(cell).text(
        (_CELL / 2 - font.getlength(glyph) / 2, BASE), glyph, fill=255, font=font, anchor="ls"
    )
    ink = np.asarray(cell).copy()
    columns = np.flatnonzero(ink.max(axis=0) > 100)
    return Glyph(ink, int(columns[-1] - columns[0] + 1))


def draw_cut(rng: np.random.Generator) -> dict[str, Glyph]:
    """A cut after its share."""
    shares = np.array([share for _, share in CUTS])
    return cut(CUTS[int(rng.choice(len(CUTS), p=shares / shares.sum()))][0])


def set_line(
    rng: np.random.Generator,
    canvas: NDArray[np.uint8],
    glyphs: dict[str, Glyph],
    text: str,
    at: tuple[float, float, float],
) -> list[float]:
    """Sets `text` on the canvas: `at` is the first glyph's centre column, the pitch, and the baseline's row.

    Returns each glyph's centre column. The printer's jitter is in it; what falls outside the canvas is lost.
    """
    x, pitch, base = at
    unsteady = 0.6 if rng.random() < 0.7 else 1.5
    centres = []
    for glyph in text:
        centre = x + rng.normal(0, unsteady)
        left = round(centre - _CELL / 2)
        down = round(base - BASE + rng.normal(0, unsteady / 2))
        _stamp(canvas, glyphs[glyph].ink, left, down)
        centres.append(centre)
        x += pitch
    return centres


def _stamp(canvas: NDArray[np.uint8], ink: NDArray[np.uint8], left: int, down: int) -> None:
    x0, x1 = max(0, left), min(canvas.shape[1], left + ink.shape[1])
    y0, y1 = max(0, down), min(canvas.shape[0], down + ink.shape[0])
    if x0 < x1 and y0 < y1:
        place = canvas[y0:y1, x0:x1]
        np.maximum(place, ink[y0 - down : y1 - down, x0 - left : x1 - left], out=place)


@cache
def prose(path: str, text: str, size: int) -> NDArray[np.uint8]:
    """A run of ordinary print as ink, cropped to itself."""
    font = ImageFont.truetype(path, size)
    mask = font.getmask(text, mode="L")
    return np.asarray(mask, np.uint8).reshape(mask.size[::-1])


def press(rng: np.random.Generator, ink: NDArray[np.uint8], severity: float) -> NDArray[Any]:
    """Prints the ink: thin to fat strokes with soft or ragged edges, worn places; coverage 0 to 1.

    Blurring and cutting at a level that wanders over the line is erosion and dilation with a fractional radius.
    """
    soft = cv2.GaussianBlur(ink, (0, 0), float(rng.uniform(1.2, 2.2))).astype(np.float32) / 255
    level = float(np.clip(rng.normal(0.42, 0.13), 0.12, 0.68))
    threshold: NDArray[Any] | float = level
    if rng.random() < 0.25 + 0.35 * severity:
        few = rng.normal(0, 1, (ink.shape[0] // 4, ink.shape[1] // 4)).astype(np.float32)
        grain = np.asarray(cv2.GaussianBlur(few, (0, 0), float(rng.uniform(0.8, 6))), np.float64)
        grain *= float(rng.uniform(0.03, 0.06 + 0.16 * severity)) / max(1e-6, float(grain.std()))
        threshold = np.maximum(level + cv2.resize(grain, (ink.shape[1], ink.shape[0])), 0.1)
    edge = max(float(rng.uniform(2.5, 6)), 0.5 / level)  # bare paper stays bare
    return np.asarray(np.clip((soft - threshold) * edge + 0.5, 0, 1), np.float32)
