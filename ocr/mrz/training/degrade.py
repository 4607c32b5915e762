"""What happens to print between the press and the file: paper, light, lens, sensor, compression. Seeded, numpy/cv2."""

from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[Any]
_ROWS, _COLUMNS, _POOL = 320, 1600, 96


def _waves(rng: np.random.Generator) -> Grey:
    """Guilloche: families of fine parallel curves."""
    sheet = np.zeros((_ROWS, _COLUMNS), np.uint8)
    across = np.arange(0, _COLUMNS + 8, 8)
    for _ in range(int(rng.integers(1, 4))):
        period, height = rng.uniform(60, 500), rng.uniform(3, 60)
        slope, gap = rng.uniform(-0.6, 0.6), rng.uniform(6, 40)
        turn = rng.uniform(0, 6.3)
        for start in np.arange(-_COLUMNS * abs(slope) - 80, _ROWS + _COLUMNS * abs(slope) + 80, gap):
            down = start + slope * across + height * np.sin(across * 6.283 / period + turn + start * 0.01)
            curve = np.stack([across, down], axis=1).astype(np.int32)
            cv2.polylines(sheet, [curve], False, 255, int(rng.integers(1, 4)), cv2.LINE_AA)
    return sheet.astype(np.float32) / 255


def _clouds(rng: np.random.Generator, size: tuple[int, int]) -> Grey:
    """Smooth random light and dark, zero mean and about one deviation."""
    few = rng.normal(0, 1, size).astype(np.float32)
    return np.asarray(cv2.resize(few, (_COLUMNS, _ROWS), interpolation=cv2.INTER_CUBIC), np.float32)


def _words(rng: np.random.Generator) -> Grey:
    """Large faint print across the sheet (a specimen's overprint, a state's name)."""
    sheet = np.zeros((_ROWS, _COLUMNS), np.uint8)
    for _ in range(int(rng.integers(2, 10))):
        word = "".join(chr(65 + i) for i in rng.integers(26, size=int(rng.integers(3, 12))))
        place = (int(rng.integers(-100, _COLUMNS)), int(rng.integers(0, _ROWS + 60)))
        size, thick = float(rng.uniform(0.7, 6)), int(rng.integers(1, 12))
        cv2.putText(sheet, word, place, int(rng.integers(0, 8)), size, 255, thick, cv2.LINE_AA)
    return sheet.astype(np.float32) / 255


@cache
def _papers(seed: int) -> tuple[Grey, ...]:
    """Sheets to cut backgrounds from, made once: zero is plain, one or minus one is full print."""
    rng = np.random.default_rng(seed)
    sheets = []
    for i in range(_POOL):
        kind = i % 4
        if kind == 0:
            sheet = _waves(rng)
        elif kind == 1:
            sheet = _clouds(rng, (int(rng.integers(2, 40)), int(rng.integers(4, 200)))) / 2
        elif kind == 2:
            sheet = _words(rng)
        else:
            sheet = _waves(rng) * np.clip(_clouds(rng, (4, 16)), 0, 1) - 0.5 * _waves(rng)
        sheets.append(np.asarray(np.clip(sheet, -1, 1), np.float32))
    return tuple(sheets)


def paper(rng: np.random.Generator, shape: tuple[int, int]) -> Grey:
    """A background's print of this shape, between -1 and 1, at a random scale, place and turn."""
    sheets = _papers(9303)
    sheet = sheets[int(rng.integers(len(sheets)))]
    scale = float(np.exp(rng.uniform(-1.2, 0.7)))  # sheet pixels for one of the picture's
    high = min(_ROWS, max(2, round(shape[0] * scale)))
    wide = min(_COLUMNS, max(2, round(shape[1] * scale)))
    top, left = int(rng.integers(0, _ROWS - high + 1)), int(rng.integers(0, _COLUMNS - wide + 1))
    part = sheet[top : top + high, left : left + wide]
    if rng.random() < 0.5:
        part = part[::-1]
    out = cv2.resize(part, shape[::-1], interpolation=cv2.INTER_AREA if scale > 1 else cv2.INTER_LINEAR)
    return np.asarray(-out if rng.random() < 0.3 else out, np.float32)


def light(rng: np.random.Generator, picture: Grey, severity: float) -> Grey:
    """Uneven light, a shadow's edge, glare: each sometimes, stronger with the severity."""
    high, wide = picture.shape
    if rng.random() < 0.5:
        left, right = (1 + float(end) * (0.3 + severity) for end in rng.uniform(-0.35, 0.35, 2))
        ramp = np.linspace(left, right, wide, dtype=np.float32)
        picture = picture * ramp
    if rng.random() < 0.15 + 0.2 * severity:
        edge, soft = rng.uniform(0, wide), rng.uniform(0.5, 60)
        slant = rng.uniform(-2, 2)
        grid = np.arange(wide, dtype=np.float32) - edge + slant * np.arange(high, dtype=np.float32)[:, None]
        picture = picture * (
            1 - rng.uniform(0.1, 0.3 + 0.35 * severity) / (1 + np.exp(np.clip(-grid / soft, -30, 30)))
        )
    if rng.random() < 0.1 + 0.2 * severity:
        x, y = rng.uniform(0, wide), rng.uniform(-0.5, 1.5) * high
        across, down = rng.uniform(0.5, 6) * high, rng.uniform(0.3, 2) * high
        blob = np.exp(
            -(((np.arange(wide) - x) / across) ** 2) - (((np.arange(high) - y) / down) ** 2)[:, None]
        )
        strength = rng.uniform(0.2, 0.4 + 0.5 * severity)
        picture = picture + (255 - picture) * (strength * blob).astype(np.float32)
    return np.asarray(picture, np.float32)


def lens(rng: np.random.Generator, picture: Grey, capital: float, severity: float) -> Grey:
    """Gaussian, defocus or motion blur with a radius in proportion to the capital height, and at least the sensor's."""
    radius = capital * rng.uniform(0, 0.02 + 0.085 * severity) + rng.uniform(0, 0.5)
    kind = rng.random()
    if kind < 0.6 or radius < 0.6:
        return np.asarray(cv2.GaussianBlur(picture, (0, 0), max(0.05, radius)), np.float32)
    size = 2 * int(np.ceil(radius * 2)) + 1
    spread: NDArray[Any] = np.zeros((size, size), np.float32)
    middle = size // 2
    if kind < 0.8:
        cv2.circle(spread, (middle * 16, middle * 16), int(radius * 2 * 16), 1.0, -1, cv2.LINE_AA, 4)
    else:
        turn = rng.uniform(0, np.pi)
        reach = radius * 2 * np.array([np.cos(turn), np.sin(turn)])
        ends = [tuple(int(v) for v in (middle + sign * reach) * 16) for sign in (-1, 1)]
        cv2.line(spread, ends[0], ends[1], 1.0, 1, cv2.LINE_AA, 4)
        spread = cv2.GaussianBlur(spread, (0, 0), 0.6)
    return np.asarray(cv2.filter2D(picture, -1, spread / max(1e-6, float(spread.sum()))), np.float32)


def sensor(rng: np.random.Generator, picture: Grey, severity: float) -> NDArray[np.uint8]:
    """Noise, tone curve, sharpening, one or two rounds of JPEG (ISO/IEC 10918-1), rarely a hard threshold."""
    amount = rng.uniform(0, 2 + 0.11 * severity**2 * float(picture.max() - picture.min()))
    grain: Grey = rng.standard_normal(picture.shape, dtype=np.float32)
    if rng.random() < 0.4:
        grain = cv2.GaussianBlur(grain, (0, 0), float(rng.uniform(0.5, 1.2))) * 2
    picture = picture + amount * grain
    if rng.random() < 0.3:
        sharper = picture - cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.7, 2)))
        picture = picture + rng.uniform(0.3, 1.5) * sharper
    if rng.random() < 0.25:
        picture = 255 * (np.clip(picture, 0, 255) / 255) ** rng.uniform(0.5, 1.9)
    if rng.random() < 0.03:
        picture = (picture - np.median(picture) * rng.uniform(0.6, 0.9)) * rng.uniform(2, 8) + 128
    pixels = np.clip(picture, 0, 255).astype(np.uint8)
    for _ in range(int(rng.choice(3, p=(0.2, 0.6, 0.2)))):
        quality = int(np.clip(rng.uniform(92 - 75 * severity, 98), 15, 98))
        _, jpeg = cv2.imencode(".jpg", pixels, (cv2.IMWRITE_JPEG_QUALITY, quality))
        pixels = np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_GRAYSCALE), np.uint8)
    return pixels
