"""A photographed sheet made easy to read: flat, straight, evenly lit, at the size the recogniser likes. For reading
only: what people see stays the colour photograph.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.pixels import Pixels
from ocr.recognise import Image

_READING_SIDE = 3500  # the long side of A4 at 300 dpi
_MOST_SKEW = 5.0  # degrees
_LEAST_PAPER = 0.35  # of the picture
Points = NDArray[np.float32]


def clean(page: Pixels) -> Image:
    """The sheet as grey print on white, its long side about 300 dpi of A4. Never binarised: that costs diacritics."""
    # The red channel: seals and stamps vanish, black and blue ink stay.
    sheet = _flatten_perspective(np.ascontiguousarray(page.array[:, :, 0]))
    scale = _READING_SIDE / max(sheet.shape)
    if scale < 0.85 or scale > 1.15:
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        sheet = np.asarray(cv2.resize(sheet, None, fx=scale, fy=scale, interpolation=how), np.uint8)
    return _deskew(_even_light(sheet))


def _even_light(sheet: Image) -> Image:
    """Divide by the paper's own brightness, estimated without the print."""
    small = cv2.resize(sheet, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    paper = cv2.medianBlur(cv2.dilate(small, np.ones((9, 9), np.uint8)), 31)
    paper = cv2.resize(paper, (sheet.shape[1], sheet.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.divide(sheet, paper, scale=245), np.uint8)


def _flatten_perspective(sheet: Image) -> Image:
    """The paper's outline made a rectangle, where the paper lies on something darker; else unchanged."""
    corners = _paper(sheet)
    if corners is None:
        return sheet
    top, bottom = np.linalg.norm(corners[1] - corners[0]), np.linalg.norm(corners[2] - corners[3])
    left, right = np.linalg.norm(corners[3] - corners[0]), np.linalg.norm(corners[2] - corners[1])
    width, height = int(max(top, bottom)), int(max(left, right))
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, target)
    return np.asarray(cv2.warpPerspective(sheet, matrix, (width, height), flags=cv2.INTER_CUBIC), np.uint8)


def _paper(sheet: Image) -> Points | None:
    """Corners of the sheet from the top left clockwise, if it is one bright quadrilateral well inside the picture."""
    scale = 800 / max(sheet.shape)
    small = cv2.GaussianBlur(
        cv2.resize(sheet, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), (0, 0), 3
    )
    _, bright = cv2.threshold(small, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    bright = cv2.morphologyEx(bright, cv2.MORPH_CLOSE, np.ones((25, 25), np.uint8))
    contours, _ = cv2.findContours(bright, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not contours:
        return None
    outline = cv2.convexHull(max(contours, key=cv2.contourArea))
    area = cv2.contourArea(outline)
    # Smaller shapes are not the sheet; and where it is the whole picture, this is a scan.
    if not _LEAST_PAPER * small.size < area < 0.97 * small.size:
        return None
    for tolerance in (0.01, 0.02, 0.03, 0.05):
        quad = cv2.approxPolyDP(outline, tolerance * cv2.arcLength(outline, True), True).reshape(-1, 2)
        if len(quad) == 4 and cv2.contourArea(quad) > 0.93 * area and _sheet_like(quad):
            return _clockwise(quad.astype(np.float32)) / np.float32(scale)
    return None


def _sheet_like(quad: NDArray[Any]) -> bool:
    """Opposite sides differ by no more than a tilted camera makes them."""
    sides = [float(np.linalg.norm(quad[i] - quad[i - 1])) for i in range(4)]
    return all(0.8 < sides[i] / sides[i + 2] < 1.25 for i in (0, 1))


def _clockwise(quad: Points) -> Points:
    total, difference = quad.sum(1), quad[:, 0] - quad[:, 1]
    order = [total.argmin(), difference.argmax(), total.argmax(), difference.argmin()]
    return np.asarray(quad[order], np.float32)


def _deskew(sheet: Image) -> Image:
    """Turn by the angle at which the lines of print stand out most from the gaps between them."""
    small = cv2.resize(sheet, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    ink = (255 - small).astype(np.float32)
    ink[ink < 60] = 0
    angle = max(np.arange(-_MOST_SKEW, _MOST_SKEW + 0.1, 0.25), key=lambda turn: _sharpness(ink, turn))
    if abs(angle) < 0.2:
        return sheet
    height, width = sheet.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), float(angle), 1)
    return np.asarray(
        cv2.warpAffine(
            sheet,
            matrix,
            (width, height),
            flags=cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=(255,),
        ),
        np.uint8,
    )


def _sharpness(ink: NDArray[np.float32], angle: float) -> float:
    height, width = ink.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1)
    rows = cv2.warpAffine(ink, matrix, (width, height), flags=cv2.INTER_NEAREST).sum(1)
    return float(np.square(np.diff(rows)).sum())
