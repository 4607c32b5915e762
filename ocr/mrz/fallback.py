"""The second reader: Tesseract, for a zone that the nets did not find. Nothing it reads is ever taken as sure.

Its English model reads 2 to 4 in 100 zones exactly, on pages that lie upright: enough to save a person some typing.
"""

import datetime
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ocr.mrz.decoding import Decoded
from ocr.mrz.document import parse
from ocr.mrz.formats import NotAnMrz
from ocr.mrz.reading import ZoneReading
from ocr.mrz.views import Quad
from ocr.recognise import Image, Word, words
from ocr.scaling import scaled

_SIDE = 2000  # pixels: the long side at which Tesseract reads a zone best and quickest
_OPTIONS = (
    "tessedit_char_whitelist=ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<",
    "load_system_dawg=0",
    "load_freq_dawg=0",
)
_LINE = re.compile(r"[A-Z0-9<]{27,47}")
_SHAPES = ((44, 2), (36, 2), (30, 3))
_OFF = 3  # glyphs more or fewer, nearly always fillers at the end
_LEAST_CHECKS = 2  # fewer are right by chance
_SECONDS = 10.0


def read_by_tesseract(grey: Image, today: datetime.date, scratch: Path | None = None) -> ZoneReading | None:
    """What Tesseract makes of a page's zone, never valid and every glyph in doubt; None without at least two checks.

    `scratch` as in `ocr.recognise`.

    Raises:
        ReadingFailed: Tesseract could not run.
    """
    scale = min(1.0, _SIDE / max(grey.shape))
    found = _printed_lines(
        words(scaled(grey, scale), "eng", 6, options=_OPTIONS, seconds=_SECONDS, scratch=scratch)
    )
    for width, count in _SHAPES:
        near = [line for line in found if abs(len(line[0]) - width) <= _OFF][-count:]
        reading = _reading(near, width, today, scale) if len(near) == count else None
        if reading is not None:
            return reading
    return None


def _printed_lines(seen: Sequence[Word]) -> list[tuple[str, tuple[float, float, float, float]]]:
    """Lines that can be a zone's, top to bottom: their glyphs, and left, top, right and bottom."""
    lines: dict[tuple[int, int, int], list[Word]] = {}
    for word in seen:
        lines.setdefault(word.line, []).append(word)
    found = []
    for line in lines.values():
        glyphs = "".join(word.text for word in line)
        if _LINE.fullmatch(glyphs):
            left, top = min(word.box[0] for word in line), min(word.box[1] for word in line)
            right = max(word.box[0] + word.box[2] for word in line)
            bottom = max(word.box[1] + word.box[3] for word in line)
            found.append((glyphs, (left, top, right, bottom)))
    return sorted(found, key=lambda line: line[1][1])


def _reading(
    near: Sequence[tuple[str, tuple[float, float, float, float]]],
    width: int,
    today: datetime.date,
    scale: float,
) -> ZoneReading | None:
    lines = tuple(glyphs[:width].ljust(width, "<") for glyphs, _ in near)
    try:
        document = parse(lines, today)
    except NotAnMrz:
        return None
    if sum(passed for _, passed in document.checks) < _LEAST_CHECKS:
        return None
    every = tuple((line, column) for line in range(len(lines)) for column in range(width))
    decoded = Decoded(
        kind=document.kind,
        lines=lines,
        valid=False,
        repaired=(),
        probabilities=tuple((0.0,) * width for _ in lines),
        doubts=every,
        score=0.0,
        order=tuple(range(len(lines))),
    )
    return ZoneReading(decoded, document, tuple(_quad(box, scale) for _, box in near))


def _quad(box: tuple[float, float, float, float], scale: float) -> Quad:
    left, top, right, bottom = (side / scale for side in box)
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)
