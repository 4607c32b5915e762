"""What the machine-readable zone tells about a passport's page: its scale, its outline, and what lies over it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.quality.findings import Box, Finding, Flaw
from ocr.recognise import Image

Quad = NDArray[np.float32]
_PITCH = 2.54  # mm from glyph to glyph, Doc 9303-3 4.2.1
# Of the page around the zone, in glyphs (Doc 9303-4 figure 1 and 9303-6): left and right of it, above, below.
_MARGINS = {44: (2.2, 2.8, 27.5, 2.6), 36: (2.2, 2.8, 21.5, 2.6)}
_LEAST_VISIBLE = 0.82  # of the data page
_EDGE = 0.3  # glyphs: no page has less paper beside its zone
_ROWS = 12  # of a straightened line, from capital top to baseline
_COVER_COLOUR = (
    0.3  # log2 of red over blue: what skin of any tone is warmer than the paper by, in the same light
)
_COVER_LIGHT = 0.6  # of the paper: inside a line, whatever is darker and has no print covers it
_PLAIN = 0.2  # of the contrast of print: skin has none, coloured paper under print has some
_BEYOND = 1.6  # glyphs: how far past a line's end its covering must begin


class Zone(Protocol):
    """A zone that was found: two or three lines in reading order, each 4 corners as it reads (page pixels)."""

    @property
    def lines(self) -> Sequence[Quad]:
        """Top left, top right, bottom right, bottom left of each line's print."""

    @property
    def score(self) -> float:
        """How sure the finder is, 0..1."""


@dataclass(frozen=True)
class _Reduced:
    lines: tuple[Quad, ...]
    score: float


@dataclass(frozen=True)
class _Measures:
    along: NDArray[np.float32]  # one glyph further, in page pixels
    down: NDArray[np.float32]
    glyphs: int
    height: float  # of a capital


def reduced(zone: Zone, scale: float) -> Zone:
    """The same zone on a page of so many times the size."""
    return _Reduced(tuple(quad * np.float32(scale) for quad in zone.lines), zone.score)


def capital_height(zone: Zone) -> float:
    """The usual height of the zone's capitals in page pixels."""
    sides = [
        float(np.linalg.norm(quad[last] - quad[first]))
        for quad in zone.lines
        for first, last in ((0, 3), (1, 2))
    ]
    return float(np.median(sides))


def glyph_boxes(zone: Zone) -> NDArray[np.float32]:
    """About one box (left, top, width, height) for each of the zone's glyphs."""
    boxes = []
    for quad in zone.lines:
        count = _measures(zone).glyphs
        for i in range(count):
            part = (i + 0.5) / count
            top, bottom = (quad[a] + (quad[b] - quad[a]) * part for a, b in ((0, 1), (3, 2)))
            side = float(np.linalg.norm(bottom - top))
            middle = (top + bottom) / 2
            boxes.append((*(middle - side / 2), side, side))
    return np.array(boxes, np.float32)


def bounds(zone: Zone) -> Box:
    """The upright rectangle around the zone."""
    points = np.concatenate([np.asarray(quad) for quad in zone.lines])
    (left, top), (right, bottom) = points.min(0), points.max(0)
    return max(0, int(left)), max(0, int(top)), math.ceil(right - left), math.ceil(bottom - top)


def page_outline(zone: Zone) -> Quad:
    """Where the data page should end, from the zone alone: top left clockwise as it reads; a card's back, as a zone
    of three lines, has no print outside that matters, so there it is the zone with its margins.
    """
    measures = _measures(zone)
    first, last = zone.lines[0], zone.lines[-1]
    left, right, above, below = _MARGINS.get(measures.glyphs, (1.0, 1.0, 1.0, 1.0))
    along, down = measures.along, measures.down
    top_shift, bottom_shift = down * above, down * below
    return np.array(
        [
            first[0] - along * left - top_shift,
            first[1] + along * right - top_shift,
            last[2] + along * right + bottom_shift,
            last[3] - along * left + bottom_shift,
        ],
        np.float32,
    )


def cut(zone: Zone, width: int, height: int) -> list[Finding]:
    """A zone that runs out of the picture is refused; a page that should reach beyond it is told."""
    measures = _measures(zone)
    ends = np.concatenate([np.asarray(quad) for quad in zone.lines])
    room = np.minimum(ends, (width - 1, height - 1) - ends)
    # Along the lines a glyph may be missing, across them half of one shows.
    least = _EDGE * np.abs(measures.along) + 0.05 * np.abs(measures.down)
    if bool((room < least).any()):
        return [Finding(Flaw.CUT_EDGE, bounds(zone), "refuse")]
    outline = page_outline(zone)
    frame = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    whole = cv2.contourArea(outline)
    shown, _ = cv2.intersectConvexConvex(outline, frame)
    if shown < _LEAST_VISIBLE * whole:
        return [Finding(Flaw.CUT_EDGE, None, "warn")]
    return []


def fingers(rgb: Image, zone: Zone) -> list[Finding]:
    """Something of a skin's colour where the zone's glyphs should be: within its lines or right at their ends."""
    measures = _measures(zone)
    for quad in zone.lines:
        at = _covered(rgb, quad, measures)
        if at is not None:
            return [Finding(Flaw.FINGER, _clip(at, rgb), "refuse")]
    return []


def _clip(box: NDArray[np.float32], rgb: Image) -> Box:
    (left, top), (right, bottom) = np.maximum(box.min(0), 0), np.minimum(box.max(0), rgb.shape[1::-1])
    return int(left), int(top), math.ceil(right - left), math.ceil(bottom - top)


def _covered(rgb: Image, quad: Quad, measures: _Measures) -> Quad | None:
    """The stretch of one line under a finger, as a quadrilateral on the page."""
    beyond = math.ceil(_BEYOND)
    cells = measures.glyphs + 2 * beyond
    reach = measures.along * beyond
    longer = np.array([quad[0] - reach, quad[1] + reach, quad[2] + reach, quad[3] - reach], np.float32)
    size = (cells * _ROWS, _ROWS)
    target = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], np.float32)
    back = cv2.getPerspectiveTransform(target, longer)
    strip = cv2.warpPerspective(
        rgb, back, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
    )
    colours = strip.reshape(_ROWS, cells, _ROWS, 3).swapaxes(0, 1).reshape(cells, -1, 3).astype(np.float32)
    light = colours @ np.array((0.299, 0.587, 0.114), np.float32)
    contrast = np.percentile(light, 90, axis=1) - np.percentile(light, 10, axis=1)
    warm = np.median(np.log2((colours[..., 0] + 8) / (colours[..., 2] + 8)), axis=1)
    printed = contrast > 0.6 * np.percentile(contrast[beyond:-beyond], 75)
    if not printed.any():
        return None
    usual = float(np.median(warm[printed]))
    paper = float(np.median(np.percentile(light[printed], 80, axis=1)))
    shade = np.median(light, axis=1) / paper
    cover = (warm > usual + _COVER_COLOUR) & (shade < 0.97)
    cover[beyond:-beyond] |= shade[beyond:-beyond] < _COVER_LIGHT
    cover &= _within(longer, rgb.shape[1], rgb.shape[0], cells)
    plain = contrast < _PLAIN * np.median(contrast[printed])
    # The finger's edge may lie in a cell, so one of two neighbours need not be plain.
    runs = np.flatnonzero(cover[:-1] & cover[1:] & (plain[:-1] | plain[1:]))
    if not len(runs):
        return None
    begin, end = int(runs.min()), int(runs.max()) + 2
    corners = np.array([[[begin, 0], [end, 0], [end, 1], [begin, 1]]], np.float32) * _ROWS
    return np.asarray(cv2.perspectiveTransform(corners, back)[0], np.float32)


def _within(quad: Quad, width: int, height: int, cells: int) -> NDArray[np.bool_]:
    """Which of so many cells of a line lie in the picture."""
    part = (np.arange(cells)[:, None] + 0.5) / cells
    middle = (quad[0] + quad[3]) / 2 * (1 - part) + (quad[1] + quad[2]) / 2 * part
    return np.asarray(((middle >= 0) & (middle < (width, height))).all(1), bool)


def _measures(zone: Zone) -> _Measures:
    first, last = zone.lines[0], zone.lines[-1]
    reach = (first[1] - first[0] + last[2] - last[3]) / 2
    length = float(np.linalg.norm(reach))
    pitch = float(np.linalg.norm((last[0] + last[1] - first[0] - first[1]) / 2)) / (len(zone.lines) - 1)
    glyphs = 30 if len(zone.lines) == 3 else 36 if pitch / length > 0.063 else 44
    along = np.asarray(reach / glyphs, np.float32)
    down = (last[2] + last[3] - first[0] - first[1]) / 2
    down = np.asarray(down / np.linalg.norm(down) * np.linalg.norm(along), np.float32)
    return _Measures(along, down, glyphs, capital_height(zone))
