"""The printed part of a travel document, laid straight by its machine-readable zone, and the print found on it."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ocr.mrz.formats import Kind
from ocr.mrz.reading import ZoneReading
from ocr.mrz.views import Quad, View, view
from ocr.recognise import Image, Word, words

MM = 12
"""Pixels of a millimetre: capitals of 2 to 2.5 mm are then as tall as Tesseract likes them."""

_PITCH = 2.54  # Doc 9303 part 3, section 4.5: ten glyphs an inch; a line every 6.35 mm
_GLYPH, _CAPITAL, _LINE = 1.7, 2.5, 6.35
# Millimetres: what stands above the zone's first line, and from where to where it reaches beside the zone's glyphs.
# A passport's portrait stands at the left (part 4, zone V) and only costs time.
_ABOVE: dict[Kind, tuple[float, float, float]] = {
    "TD3": (71.0, 21.5, 7.0),
    "MRV-A": (62.0, -5.0, 5.0),
    "MRV-B": (57.0, -5.0, 10.0),
    "TD2": (57.0, -5.0, 10.0),
    "IDFRA": (57.0, -5.0, 10.0),
    "TD1": (31.0, -4.0, 5.0),
}
_GAP = 1.0  # millimetre above the zone that its own print may reach into
_STROKE, _NOISE = 31, 1.0  # pixels: wider than any stroke; finer than any
_INK, _FAINTEST = 99, 40  # percentile that is full ink, and the least contrast that may be
_SCATTERED, _ONE_LINE = 11, 7  # Tesseract's page modes
_LANGUAGE = "vie"  # reads English as well as the larger models do, in half their time
_AROUND, _LOOKS = 8, (1.0, 1.5)  # pixels of margin and sizes of the further looks
_WIDE = 1.3  # of the height of print: a wider gap parts two columns


@dataclass(frozen=True)
class Stretch:
    """Words of one line without a wide gap; `box` is left, top, right, bottom in pixels of the view."""

    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        """The words with one blank between them."""
        return " ".join(word.text for word in self.words)

    @property
    def confidence(self) -> float:
        """Of the worst word, 0..1."""
        return min(word.confidence for word in self.words)

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Around all words."""
        boxes = [word.box for word in self.words]
        return (
            min(left for left, _, _, _ in boxes),
            min(top for _, top, _, _ in boxes),
            max(left + width for left, _, width, _ in boxes),
            max(top + height for _, top, _, height in boxes),
        )


@dataclass(frozen=True)
class PrintedPage:
    """The part above a zone, `MM` pixels a millimetre, and what Tesseract read there in one call."""

    seen: View
    stretches: tuple[Stretch, ...]
    scratch: Path | None

    def place(self, stretch: Stretch) -> tuple[int, int, int, int]:
        """Left, top, width and height on the page of the upright rectangle around a stretch."""
        left, top, right, bottom = stretch.box
        corners = self.seen.on_page(
            np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)
        )
        low, high = np.maximum(np.floor(corners.min(0)), 0), np.ceil(corners.max(0))
        return int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1])

    def read_again(self, stretch: Stretch) -> tuple[str, ...]:
        """What two more looks say, at this stretch alone, in two sizes and grey as it was photographed.

        So they don't share what the first look made of the picture.

        Raises:
            ReadingFailed: the recogniser could not run.
        """
        left, top, right, bottom = stretch.box
        part = self.seen.grey[
            max(0, top - _AROUND) : bottom + _AROUND, max(0, left - _AROUND) : right + _AROUND
        ]
        return tuple(self._line(part, size) for size in _LOOKS)

    def _line(self, part: Image, size: float) -> str:
        scaled = cv2.resize(part, None, fx=size, fy=size, interpolation=cv2.INTER_CUBIC)
        found = words(np.asarray(scaled, np.uint8), _LANGUAGE, _ONE_LINE, scratch=self.scratch)
        return " ".join(word.text for word in found)


def read_above(picture: Image, zone: ZoneReading, scratch: Path | None = None) -> PrintedPage:
    """Lay straight what stands above a zone found on `picture` (a grey page) and read all print in it.

    Raises:
        ReadingFailed: the recogniser could not run.
    """
    seen = _above(picture, zone)
    found = words(_ink(seen.grey), _LANGUAGE, _SCATTERED, scratch=scratch)
    return PrintedPage(seen, tuple(_stretches(found)), scratch)


def _above(picture: Image, zone: ZoneReading) -> View:
    """By an affine map: it takes the page's tilt in from the lines' distance and their slant.

    Residual risk: a strongly tilted camera leaves lines at the top of the page askew by a few degrees, which
    Tesseract bears. A full homography from two lines close together errs by more.
    """
    width = _PITCH * (len(zone.decoded.lines[0]) - 1) + _GLYPH
    high, before, after = _ABOVE[zone.decoded.kind]
    ideal = np.concatenate([_line(width, number * _LINE) for number in range(len(zone.quads))])
    seen = np.concatenate([np.asarray(quad, np.float64) for quad in zone.quads])
    to_page, *_ = np.linalg.lstsq(np.column_stack([ideal, np.ones(len(ideal))]), seen, rcond=None)
    frame = np.array(
        [[before, -high], [width + after, -high], [width + after, -_GAP], [before, -_GAP]], np.float64
    )
    source: Quad = np.asarray(np.column_stack([frame, np.ones(4)]) @ to_page, np.float32)
    size = round((width + after - before) * MM), round((high - _GAP) * MM)
    target = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], np.float32)
    return view(picture, source, target, size)


def _line(width: float, top: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.array(
        [[0, top], [width, top], [width, top + _CAPITAL], [0, top + _CAPITAL]],
        np.float64,
    )


def _ink(grey: Image) -> Image:
    """Only what is darker than its surroundings and thinner than a stroke: without it the paper's pattern is read."""
    smooth = cv2.GaussianBlur(grey, (0, 0), _NOISE)
    around = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_STROKE, _STROKE))
    dark = cv2.morphologyEx(smooth, cv2.MORPH_BLACKHAT, around)
    full = max(float(_FAINTEST), float(np.percentile(dark, _INK)))
    return np.asarray(255 - np.minimum(dark * (255 / full), 255), np.uint8)


def _stretches(found: Sequence[Word]) -> Iterator[Stretch]:
    for _, line in itertools.groupby(found, key=lambda word: word.line):
        together: list[Word] = []
        for word in line:
            if together and _apart(together[-1], word):
                yield Stretch(tuple(together))
                together = []
            together.append(word)
        yield Stretch(tuple(together))


def _apart(before: Word, after: Word) -> bool:
    end = before.box[0] + before.box[2]
    return after.box[0] - end > _WIDE * min(before.box[3], after.box[3])
