"""A straightened machine-readable line as 44 cells of fixed pitch; which of them are fillers. Still no reading.

The print is fixed-pitch (Doc 9303-3, 4.4), so a place in the line is a place in the picture: a reading of any
part has a known number of characters, and the filler, which general recognisers read as K, S or E, is found
by its shape: two straight strokes meeting at the left.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.fields.mrz_zone import HEIGHT, MARGIN, PITCH
from ocr.recognise import Image

COLUMNS = 44
_FILLER_LIKENESS = 0.83  # measured: true fillers 0.87 and more, the next (5, C, 2) 0.79 and less
Profile = NDArray[np.float32]


@dataclass(frozen=True)
class Cells:
    """One line: ink on white paper, aligned so that cell i spans columns MARGIN + i x PITCH and PITCH more.

    `likeness` holds, cell by cell, how like a filler it looks (correlation, -1..1).
    """

    image: Image
    likeness: tuple[float, ...]

    @property
    def fillers(self) -> tuple[bool, ...]:
        """Which cells hold a filler."""
        return tuple(value > _FILLER_LIKENESS for value in self.likeness)

    def cut(self, start: int, end: int) -> Image:
        """The picture of cells start..end-1."""
        return self.image[:, MARGIN + start * PITCH : MARGIN + end * PITCH]


def cells(line: Image) -> Cells:
    """Even out the paper, align the grid, look at every cell."""
    flat = _flatten(line)
    aligned = _align(flat)
    return Cells(aligned, _likeness(aligned))


def chevrons(line: Image) -> tuple[int, int]:
    """How many fillers a raw straightened line seems to hold, read as it is and read upside down: a quick look."""
    flat = _flatten(line)
    return len(_marks(flat)), len(_marks(np.asarray(cv2.rotate(flat, cv2.ROTATE_180), np.uint8)))


def _marks(flat: Image) -> Profile:
    """The middles of what looks like fillers, in columns."""
    best = np.zeros(flat.shape[1], np.float32)
    for template in _FILLERS[:: len(_FILLERS) // 3]:
        score = cv2.matchTemplate(flat, template, cv2.TM_CCOEFF_NORMED).max(0)
        best[: len(score)] = np.maximum(best[: len(score)], score)
    peaks = best == cv2.dilate(best.reshape(1, -1), np.ones((1, PITCH // 2 | 1), np.uint8)).ravel()
    marked = np.flatnonzero(peaks & (best > _FILLER_LIKENESS - 0.05))
    return np.asarray(marked + _FILLERS[0].shape[1] / 2, np.float32)


def _flatten(line: Image) -> Image:
    """Divide by the paper's own brightness and stretch, so that ink is dark on white whatever the light was."""
    paper = cv2.morphologyEx(line, cv2.MORPH_CLOSE, np.ones((PITCH, PITCH), np.uint8))
    paper = cv2.GaussianBlur(paper, (0, 0), PITCH / 2)
    ratio = line.astype(np.float32) / np.maximum(paper.astype(np.float32), 1)
    dark, light = np.percentile(ratio[HEIGHT // 4 : -HEIGHT // 4], (3, 70))
    stretched = (ratio - dark) / max(float(light - dark), 0.05) * 225 + 15
    return np.asarray(np.clip(stretched, 0, 255), np.uint8)


def _align(flat: Image) -> Image:
    """Move and stretch the line by up to half a cell, so that the cell borders fall where there is least ink."""
    ink = (255.0 - flat[HEIGHT // 4 : -HEIGHT // 4]).mean(0).astype(np.float32)
    ink = cv2.GaussianBlur(ink.reshape(1, -1), (0, 0), 1.5).ravel().astype(np.float32)
    borders = np.arange(COLUMNS + 1, dtype=np.float32) * PITCH
    stretches, shifts = np.linspace(0.975, 1.025, 21), np.arange(-14.0, 15.0)
    places = MARGIN + shifts[None, :, None] + borders * stretches[:, None, None]
    cost = np.interp(places, np.arange(len(ink)), ink).mean(-1)
    cost += 0.05 * np.abs(shifts)[None, :] + 40 * np.abs(stretches - 1)[:, None]
    marks = _marks(flat)
    if len(marks) >= 3:  # fillers are the surest rulers: each in the middle of its cell
        inside = (marks - MARGIN - shifts[:, None]) / (stretches[:, None, None] * PITCH) % 1 - 0.5
        cost += 4 * PITCH * np.abs(inside).mean(-1)
    best = np.unravel_index(int(cost.argmin()), cost.shape)
    stretch, shift = float(stretches[best[0]]), float(shifts[best[1]])
    matrix = np.array([[stretch, 0, MARGIN + shift - stretch * MARGIN], [0, 1, 0]], np.float32)
    warped = cv2.warpAffine(
        flat,
        matrix,
        (flat.shape[1], flat.shape[0]),
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(warped, np.uint8)


def _likeness(aligned: Image) -> tuple[float, ...]:
    """The best correlation of each cell with a drawn filler of several sizes."""
    best = np.full(COLUMNS, -1.0)
    for template in _FILLERS:
        score = cv2.matchTemplate(aligned, template, cv2.TM_CCOEFF_NORMED)
        height, width = template.shape
        for i in range(COLUMNS):
            left = MARGIN + i * PITCH + (PITCH - width) // 2
            part = score[max(0, HEIGHT // 2 - height // 2 - 8) :, max(0, left - 5) : left + 6]
            best[i] = max(best[i], float(part[:17].max()))
    return tuple(float(value) for value in best)


def _filler(width: int, height: int, stroke: int) -> Image:
    picture = np.full((36, PITCH - 2), 255, np.uint8)
    left, right = (picture.shape[1] - width) // 2, (picture.shape[1] + width) // 2
    top, middle, bottom = 18 - height // 2, 18, 18 + height // 2
    for end in (top, bottom):
        cv2.line(picture, (right, end), (left, middle), (0,), stroke, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.2), np.uint8)


_FILLERS = tuple(
    _filler(width, height, stroke) for width in (15, 18) for height in (19, 23, 27) for stroke in (3, 5)
)
