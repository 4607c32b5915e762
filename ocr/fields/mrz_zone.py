"""Where a passport's two machine-readable lines lie on a page, and a straight picture of each. No reading here.

Classic vision, blind to direction: dark strokes on a brighter ground (black-hat), joined along and across by
less than the gap between two lines, leave one long blob a line. Of all pairs of blobs the one most like Doc
9303-4 appendix B wins: 44 characters at 2.54 mm, lines 6.35 mm apart, so a distance of 0.057 of the length.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.recognise import Image

_SEARCH_SIDE = 1500
_GLYPH_HEIGHTS = (7, 10, 14, 19, 25, 32)  # at the search scale: a page that fills a quarter to all of it
_SPACING = 0.057  # distance of the lines / their length
PITCH = 30  # pixels a character in the straightened picture
HEIGHT = 64  # of one straightened line, the capitals being about 32
MARGIN = 3 * PITCH
Points = NDArray[np.float32]


@dataclass(frozen=True)
class Zone:
    """Two lines of print: their end points (first line's start and end, second line's start and end), a misfit."""

    corners: Points
    misfit: float


def find_zones(grey: Image, most: int = 40) -> list[Zone]:
    """The likeliest places of a passport's zone, best first, in the page's own pixels; may be empty.

    Which end is the beginning is not known here: see `turned`.
    """
    scale = min(3.0, _SEARCH_SIDE / max(grey.shape))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    small = np.asarray(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=how), np.uint8)
    found: list[Zone] = []
    for height in _GLYPH_HEIGHTS:
        blobs = _blobs(small, height)
        found += [
            zone
            for i, first in enumerate(blobs)
            for second in blobs[i + 1 :]
            for zone in _pair(first, second)
        ]
    found.sort(key=lambda zone: zone.misfit)
    distinct: list[Zone] = []
    for zone in found:
        length = float(np.linalg.norm(zone.corners[1] - zone.corners[0]))
        if all(np.abs(zone.corners - other.corners).max() > 0.01 * length for other in distinct):
            distinct.append(zone)
    return [Zone(zone.corners / np.float32(scale), zone.misfit) for zone in distinct[:most]]


def turned(zone: Zone) -> Zone:
    """The same zone read from the other side, for a page that lies upside down."""
    return Zone(zone.corners[::-1].copy(), zone.misfit)


def straighten(page: Image, zone: Zone) -> tuple[Image, Image]:
    """Each line as an image of HEIGHT rows, 44 x PITCH columns and a margin; perspective and skew taken out."""
    zone = _refine(page, zone)
    return _warp(page, zone, 0)[0], _warp(page, zone, 1)[0]


def _warp(page: Image, zone: Zone, row: int) -> tuple[Image, NDArray[np.float64]]:
    """One line's picture, and the way from the page to it."""
    width = 44 * PITCH
    gap = _SPACING * width
    target = np.array([[0, 0], [width, 0], [0, gap], [width, gap]], np.float32)
    target += np.array([MARGIN, HEIGHT / 2 - row * gap], np.float32)
    matrix = cv2.getPerspectiveTransform(zone.corners, target)
    size = (width + 2 * MARGIN, HEIGHT)
    line = cv2.warpPerspective(page, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(line, np.uint8), np.asarray(matrix, np.float64)


def _refine(page: Image, zone: Zone) -> Zone:
    """Move the end points to where the print of each line really ends: a blob may have grown or lost a glyph."""
    corners = []
    for row in (0, 1):
        line, matrix = _warp(page, zone, row)
        ends = _ends(line).reshape(1, -1, 2)
        corners.append(cv2.perspectiveTransform(ends, np.linalg.inv(matrix)).reshape(-1, 2))
    return Zone(np.vstack(corners).astype(np.float32), zone.misfit)


def _ends(line: Image) -> Points:
    """The first and the last point of the print's middle line, walking outwards from the middle of the picture."""
    hat = cv2.morphologyEx(line, cv2.MORPH_BLACKHAT, _disc(PITCH * 1.2))
    _, ink = cv2.threshold(hat, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    columns = np.flatnonzero(ink[HEIGHT // 4 : -HEIGHT // 4].sum(0) >= 4)
    middle = line.shape[1] / 2
    left = _walk(middle - columns[columns < middle][::-1], middle)
    right = _walk(columns[columns >= middle] - middle, middle)
    first, last = middle - left, middle + right
    rows, places = np.nonzero(ink[6:-6, int(first) : int(last) + 1])
    if len(places) < 50:
        return np.array([[MARGIN, HEIGHT / 2], [line.shape[1] - MARGIN, HEIGHT / 2]], np.float32)
    slope, height = np.polyfit(places, rows + 6, 1)
    return np.array([[first, height], [last, height + slope * (last - first)]], np.float32)


def _walk(distances: NDArray[Any], furthest: float) -> float:
    """The last distance before a gap wider than any within a line."""
    gaps = np.flatnonzero(np.diff(distances) > 1.7 * PITCH)
    if len(distances) == 0:
        return furthest - MARGIN
    return float(distances[gaps[0]] if len(gaps) else distances[-1])


@dataclass(frozen=True)
class _Blob:
    start: Points
    end: Points
    length: float
    thickness: float


def _blobs(grey: Image, height: int) -> list[_Blob]:
    """Long thin blobs of print with glyphs about `height` pixels tall."""
    hat = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, _disc(height * 1.3))
    level, _ = cv2.threshold(hat, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    _, ink = cv2.threshold(hat, max(12.0, level * 0.8), 255, cv2.THRESH_BINARY)
    blobs = []
    for opened in _joined(np.asarray(ink, np.uint8), height):
        contours, _ = cv2.findContours(opened, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
        blobs += [_blob(contour) for contour in contours if len(contour) >= 4]
    return [
        blob
        for blob in blobs
        if blob.length > 14 * blob.thickness and 0.5 * height < blob.thickness < 2.2 * height
    ]


def _joined(ink: Image, height: int) -> Iterator[Image]:
    """Glyphs joined to lines in several ways, as no one way suits every page."""
    joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, _disc(height * 1.15))
    # At any angle: a light opening keeps thin joints between fillers, a strong one cuts bridges to other print.
    for strength in (0.25, 0.7):
        yield np.asarray(cv2.morphologyEx(joined, cv2.MORPH_OPEN, _disc(height * strength)), np.uint8)
    # Near a right angle: along the line only, which busy ground and near print disturb less.
    for along in ((1, 0), (0, 1)):
        close, keep = (
            np.ones((1 + round(step * along[1] * height), 1 + round(step * along[0] * height)), np.uint8)
            for step in (1.3, 3.0)
        )
        joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, close)
        yield np.asarray(cv2.morphologyEx(joined, cv2.MORPH_OPEN, keep), np.uint8)


def _disc(diameter: float) -> NDArray[np.uint8]:
    size = max(3, int(diameter) | 1)
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)


def _blob(contour: NDArray[Any]) -> _Blob:
    centre, (across, along), angle = cv2.minAreaRect(contour)
    if across > along:
        across, along = along, across
        angle -= 90
    radians = math.radians(angle + 90)
    direction = np.array([math.cos(radians), math.sin(radians)], np.float32)
    if direction[0] < -1e-6 or (abs(direction[0]) <= 1e-6 and direction[1] < 0):
        direction = -direction  # left to right, as on an upright page
    middle = np.array(centre, np.float32)
    half = direction * np.float32(along / 2)
    return _Blob(middle - half, middle + half, float(along), float(max(across, 1.0)))


def _pair(one: _Blob, other: _Blob) -> Iterator[Zone]:
    """The two blobs as a zone, if they can be one."""
    length = (one.length + other.length) / 2
    if min(one.length, other.length) < 0.9 * length:
        return
    direction = (one.end - one.start + other.end - other.start) / np.float32(2 * length)
    normal = np.array([-direction[1], direction[0]], np.float32)
    offset = (other.start + other.end - one.start - one.end) / np.float32(2)
    spacing, shift = float(offset @ normal) / length, abs(float(offset @ direction)) / length
    tilt = abs(float((other.end - other.start) @ normal - (one.end - one.start) @ normal)) / length
    if not 0.04 < abs(spacing) < 0.08 or shift > 0.06 or tilt > 0.03:
        return
    upper, lower = (one, other) if spacing > 0 else (other, one)
    misfit = (
        abs(math.log(abs(spacing) / _SPACING))
        + 10 * shift
        + 10 * tilt
        + 10 * abs(one.length - other.length) / length
    )
    corners = np.array([upper.start, upper.end, lower.start, lower.end], np.float32)
    yield Zone(corners, misfit)
