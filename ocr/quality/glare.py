"""Light so strong that print vanishes in it: white spots on paper that is not as white, where print runs."""

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.quality.findings import Finding, Flaw
from ocr.recognise import Image

_SIDE = 1000  # the long side that spots are looked for at
_WHITE = 248  # of the weakest channel
_PAPER = 240  # paper as bright as this cannot be told from glare
_LEAST_SPOT = 0.0004  # of the picture
_MOST_SPOT = 0.4
_COMPACT = 0.35  # of its own rectangle
_GLOW = 0.25  # of the way from paper to white, right outside a spot: light fades, a white label ends
_NEAR = 2.5  # heights of a letter: about to the next line
_LEAST_SIDES = 3  # of eight
_LEAST_GLYPHS = 12
_OVERLAP = 0.5  # of a letter's square
Boxes = NDArray[np.float32]


def glare(rgb: Image, boxes: Boxes, size: float, zone: Boxes | None = None) -> list[Finding]:
    """Spots over or within the print at `boxes` (left, top, width, height in page pixels, letters `size` high).

    `zone` holds the places of a machine-readable zone's glyphs, seen or not: light on these is refused, on a
    passport's other print it is told.
    """
    printed = boxes if zone is None else np.concatenate((boxes, zone))
    if len(printed) < _LEAST_GLYPHS:
        return []
    scale = min(1.0, _SIDE / max(rgb.shape[:2]))
    small = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else rgb
    weakest = np.ascontiguousarray(small.min(2))
    paper = _paper(weakest, (printed if zone is None else zone) * scale, size * scale)
    spots = cv2.morphologyEx((weakest >= _WHITE).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    if paper >= _PAPER or not spots.any():
        return []
    letters = _letters(boxes * scale, weakest.shape)
    kept = _letters(zone * scale, weakest.shape) if zone is not None else np.zeros_like(letters)
    found = []
    count, labels, stats, _ = cv2.connectedComponentsWithStats(spots)
    for label in range(1, count):
        left, top, width, height, area = (int(value) for value in stats[label])
        # What surrounds a page or runs along it is a white table.
        if not _LEAST_SPOT * spots.size < area < _MOST_SPOT * spots.size or area < _COMPACT * width * height:
            continue
        around = _window(left, top, width, height, weakest.shape, 3 + int(_NEAR * size * scale))
        spot = (labels[around] == label).astype(np.uint8)
        if not _fades(spot, weakest[around], paper):
            continue
        over_zone = int((spot & kept[around]).sum()) > _OVERLAP * (size * scale) ** 2
        if over_zone or _hides(spot, letters[around], size * scale):
            box = (round(left / scale), round(top / scale), round(width / scale), round(height / scale))
            found.append(Finding(Flaw.GLARE, box, "refuse" if over_zone or zone is None else "warn"))
    return found


def _fades(spot: Image, weakest: Image, paper: float) -> bool:
    """Light grows weaker around a spot; a white label ends."""
    ring = _grown(spot, 3) - spot > 0
    return bool(ring.any() and np.median(weakest[ring]) >= paper + _GLOW * (255 - paper))


def _hides(spot: Image, letters: Image, size: float) -> bool:
    """Whether a spot has no letters left in it and some on several sides."""
    inside = spot > 0
    near = _grown(spot, 1 + int(_NEAR * size)) > 0
    beside = near & ~inside
    if letters[inside].mean() > 0.3 * max(1e-3, letters[beside].mean()):
        return False
    return _sides(beside & (letters > 0), inside) >= _LEAST_SIDES


def _sides(letters: NDArray[np.bool_], inside: NDArray[np.bool_]) -> int:
    """In how many of eight directions from a spot's middle letters stand right beside it."""
    middle = np.argwhere(inside).mean(0)
    rows, columns = (np.argwhere(letters) - middle).T
    turns = (np.arctan2(rows, columns) / (2 * np.pi) * 8 + 8.5).astype(int) % 8
    return int((np.bincount(turns, minlength=8) > 2).sum())


def _letters(boxes: Boxes, shape: tuple[int, ...]) -> Image:
    """1 where there is a glyph."""
    canvas = np.zeros(shape[:2], np.uint8)
    for left, top, width, height in boxes.astype(int).tolist():
        canvas[max(0, top) : top + height + 1, max(0, left) : left + width + 1] = 1
    return canvas


def _paper(weakest: Image, boxes: Boxes, size: float) -> float:
    """The usual brightness around glyphs."""
    bright = cv2.dilate(weakest, np.ones([2 * int(1.5 * size) + 5] * 2, np.uint8))
    middle = (boxes[:, :2] + boxes[:, 2:] / 2).astype(int)
    middle = np.clip(middle, 0, (weakest.shape[1] - 1, weakest.shape[0] - 1))
    return float(np.median(bright[middle[:, 1], middle[:, 0]]))


def _window(
    left: int, top: int, width: int, height: int, shape: tuple[int, ...], margin: int
) -> tuple[slice, slice]:
    return (
        slice(max(0, top - margin), min(shape[0], top + height + margin)),
        slice(max(0, left - margin), min(shape[1], left + width + margin)),
    )


def _grown(spot: Image, by: int) -> Image:
    return np.asarray(
        cv2.dilate(spot, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * by + 1, 2 * by + 1))), np.uint8
    )
