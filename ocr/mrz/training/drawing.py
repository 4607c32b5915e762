"""What documents are drawn from for the finder's training: paper, print, portraits, codes, flourishes.

Grey throughout, as the finder sees grey. Fonts are Debian's: fonts-ocr-b, fonts-liberation, fonts-dejavu-core,
fonts-freefont-otf.
"""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

Grey = NDArray[np.uint8]
Floats = NDArray[np.float32]
Rng = np.random.Generator
_OPEN = "/usr/share/fonts/opentype/"
_TRUE = "/usr/share/fonts/truetype/"
OCR_B = tuple(f"{_OPEN}ocr-b/{name}.otf" for name in ("OCRB", "OCRBS", "OCRBL", "OCRBF"))
NEIGHBOURS = (
    f"{_TRUE}liberation/LiberationMono-Regular.ttf",
    f"{_TRUE}liberation/LiberationMono-Bold.ttf",
    f"{_TRUE}dejavu/DejaVuSansMono.ttf",
    f"{_OPEN}freefont/FreeMonoBold.otf",
)
_PRINT = (
    f"{_TRUE}liberation/LiberationSans-Regular.ttf",
    f"{_TRUE}liberation/LiberationSans-Bold.ttf",
    f"{_TRUE}liberation/LiberationSerif-Regular.ttf",
    f"{_TRUE}dejavu/DejaVuSans.ttf",
    f"{_TRUE}dejavu/DejaVuSerif-Bold.ttf",
    f"{_OPEN}freefont/FreeSans.otf",
    *NEIGHBOURS,
    OCR_B[0],  # numbers are often printed in it: not every OCR-B line is a zone
)
LETTERS = np.array(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
DIGITS = np.array(list("0123456789"))
BOTH = np.concatenate([LETTERS, DIGITS])
_ENGRAVED = 0.6  # of the papers have guilloche besides fine lines
_SMALL = np.array(list("aàáâăeêéiouơưnmrstlhcđdgbpvkxy"))


@lru_cache(maxsize=512)
def font_of(path: str, size: int) -> ImageFont.FreeTypeFont:
    """A font file at a size in pixels, kept."""
    return ImageFont.truetype(path, size)


def pick(rng: Rng, items: tuple[str, ...]) -> str:
    """One of them."""
    return items[int(rng.integers(len(items)))]


def chars(rng: Rng, alphabet: NDArray[np.str_], count: int) -> str:
    """So many letters drawn from an alphabet."""
    return "".join(rng.choice(alphabet, count))


def ink_over(grey: Grey, mask: Grey, dark: float, strength: float = 1.0) -> None:
    """Lay ink of a given darkness over the ground, in place."""
    part = mask.astype(np.float32) * np.float32(strength / 255)
    grey[:] = (grey * (1 - part) + dark * part).astype(np.uint8)


def cloud(rng: Rng, shape: tuple[int, ...], cells: int, low: float, high: float) -> Floats:
    """Smooth noise of about `cells` patches across."""
    small = rng.uniform(low, high, (cells, cells)).astype(np.float32)
    return np.asarray(cv2.resize(small, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC), np.float32)


def ground(rng: Rng, width: int, height: int) -> Grey:
    """Security paper: a light or middling tone, clouds, and fine wavy lines."""
    half = (max(2, width // 2), max(2, height // 2))
    base = rng.uniform(150, 252) + cloud(rng, half[::-1], int(rng.integers(2, 6)), -25, 25)
    x, y = np.meshgrid(np.arange(half[0], dtype=np.float32), np.arange(half[1], dtype=np.float32))
    for _ in range(int(rng.integers(0, 4))):
        angle, period = rng.uniform(0, np.pi), rng.uniform(4, 24)
        bend = rng.uniform(0, 10) * np.sin(
            (x * np.float32(np.sin(angle)) + y) / np.float32(rng.uniform(15, 80))
        )
        wave = np.sin(
            (x * np.float32(np.cos(angle)) + y * np.float32(np.sin(angle)) + bend)
            * np.float32(6.283 / period)
        )
        base = base + rng.uniform(4, 28) * (np.abs(wave) < rng.uniform(0.15, 0.6)) * rng.choice([-1, 1])
    grey = np.asarray(cv2.resize(np.clip(base, 0, 255).astype(np.uint8), (width, height)), np.uint8)
    if rng.random() < _ENGRAVED:
        for _ in range(int(rng.integers(1, 5))):
            engrave(rng, grey)
    return grey


def engrave(rng: Rng, grey: Grey) -> None:
    """Guilloche, in place: rosettes or bundles of waving lines, from faint to nearly as dark as print."""
    height, width = grey.shape
    turn = np.linspace(0, 2 * np.pi, 240, dtype=np.float32)
    along = np.linspace(-0.1, 1.1, 160, dtype=np.float32)
    middle = np.array([rng.uniform(0, width), rng.uniform(0, height)], np.float32)
    rosette, angle = rng.random() < 0.5, rng.uniform(0, np.pi)
    leaves, wave, reach = (
        int(rng.integers(2, 12)),
        rng.uniform(1, 6),
        rng.uniform(0.15, 0.7) * min(width, height),
    )
    lines, step = int(rng.integers(12, 60)), rng.uniform(0.1, 0.6)
    mask = np.zeros_like(grey)
    across = np.array([-np.sin(angle), np.cos(angle)], np.float32)
    ahead = np.array([np.cos(angle), np.sin(angle)], np.float32)
    for number in range(lines):
        if rosette:
            radius = (
                reach * (0.25 + 0.75 * number / lines) * (1 + 0.45 * np.sin(leaves * turn + number * step))
            )
            points = middle + np.stack([np.cos(turn), np.sin(turn)], 1) * radius[:, None]
        else:
            sway = reach * (
                0.3 * np.sin(6.283 * wave * along + number * step * 0.2) + 1.6 * (number / lines - 0.5)
            )
            points = (
                middle + (along[:, None] - 0.5) * 1.3 * max(width, height) * ahead + sway[:, None] * across
            )
        cv2.polylines(
            mask, [points.astype(np.int32)], rosette, 255, 1 if rng.random() < 0.8 else 2, cv2.LINE_AA
        )
    dark = float(np.clip(grey.mean() - rng.uniform(15, 110), 0, 255))
    ink_over(grey, mask, dark, rng.uniform(0.5, 1))


def _words(rng: Rng, count: int) -> str:
    """Words, numbers and dates, in small letters, capitals or mixed."""
    parts = []
    for _ in range(count):
        kind, length = rng.random(), int(rng.integers(2, 10))
        if kind < 0.25:
            parts.append(chars(rng, DIGITS, length))
        elif kind < 0.5:
            parts.append(chars(rng, LETTERS, length))
        else:
            parts.append(chars(rng, _SMALL, length))
    return (" " if rng.random() < 0.9 else pick(rng, ("-", ".", "/", "<"))).join(parts)


def text_block(rng: Rng, grey: Grey, box: tuple[int, int, int, int], size: int) -> None:
    """A block of print in one font: left, top, right, bottom."""
    mask = Pillow.new("L", (grey.shape[1], grey.shape[0]), 0)
    draw, font = ImageDraw.Draw(mask), font_of(pick(rng, _PRINT), max(7, size))
    y, step = float(box[1]), size * rng.uniform(1.1, 2.6)
    full, capitals = rng.random() < 0.5, rng.random() < 0.35
    while y + size < box[3]:
        width = box[2] - box[0]
        text = _words(rng, int(rng.integers(1, 5)) if not full else 2 + int(width / size / 2.4))
        text = text[: int(width / size / 0.55) + 1]
        draw.text((box[0], round(y)), text.upper() if capitals else text, 255, font=font)
        y += step
    ink_over(grey, np.asarray(mask, np.uint8), rng.uniform(0, 120), rng.uniform(0.6, 1))


def _portrait(rng: Rng, grey: Grey, box: tuple[int, int, int, int]) -> None:
    """A head and shoulders, roughly."""
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    if width < 8 or height < 8:
        return
    part = (rng.uniform(120, 230) + cloud(rng, (height, width), 4, -20, 20)).clip(0, 255).astype(np.uint8)
    centre = (width // 2, int(height * 0.42))
    cv2.ellipse(
        part,
        (width // 2, height),
        (int(width * 0.45), int(height * 0.3)),
        0,
        0,
        360,
        float(rng.uniform(10, 120)),
        -1,
    )
    cv2.ellipse(
        part,
        (centre[0], centre[1] - height // 12),
        (int(width * 0.3), int(height * 0.3)),
        0,
        0,
        360,
        float(rng.uniform(5, 120)),
        -1,
    )
    cv2.ellipse(
        part, centre, (int(width * 0.22), int(height * 0.28)), 0, 0, 360, float(rng.uniform(90, 210)), -1
    )
    grain = rng.integers(0, 20, part.shape, np.uint8)
    grey[top:bottom, left:right] = cv2.add(cv2.GaussianBlur(part, (0, 0), 2), grain)


def _bars(rng: Rng, grey: Grey, box: tuple[int, int, int, int]) -> None:
    """A bar code in one or two dimensions, or a solid bar."""
    left, top, right, bottom = box
    if right - left < 8 or bottom - top < 8:
        return
    rows = 1 if rng.random() < 0.5 else int(rng.integers(6, 30))
    cells = rng.integers(0, 2, (rows, int(rng.integers(20, 90))), np.uint8) * np.uint8(rng.uniform(180, 255))
    if rng.random() < 0.15:
        cells[:] = 10
    grey[top:bottom, left:right] = cv2.resize(
        cells, (right - left, bottom - top), interpolation=cv2.INTER_NEAREST
    )


def flourish(rng: Rng, grey: Grey) -> None:
    """A signature, a seal, a rule or a word printed across: what lies over print on real documents."""
    height, width = grey.shape
    mask = np.zeros_like(grey)
    kind = rng.random()
    if kind < 0.35:
        steps = rng.normal(0, 1, (40, 2)) * (width * 0.03, height * 0.04) + (width * 0.006, 0)
        points = (np.cumsum(steps, 0) + rng.uniform(0.2, 0.7, 2) * (width, height)).astype(np.int32)
        cv2.polylines(mask, [points], False, 255, int(rng.integers(1, 4)), cv2.LINE_AA)
    elif kind < 0.6:
        centre = (int(rng.integers(width)), int(rng.integers(height)))
        for _ in range(int(rng.integers(1, 4))):
            cv2.circle(
                mask, centre, int(rng.uniform(0.04, 0.2) * width), 255, int(rng.integers(1, 5)), cv2.LINE_AA
            )
    elif kind < 0.8:
        y = int(rng.integers(height))
        cv2.line(mask, (0, y), (width, y), 255, int(rng.integers(1, 6)))
    else:
        layer = Pillow.new("L", (width, height), 0)
        ImageDraw.Draw(layer).text(
            (width * rng.uniform(0, 0.4), height * rng.uniform(0.1, 0.7)),
            chars(rng, LETTERS, 8),
            255,
            font=font_of(pick(rng, _PRINT), int(width / 9)),
        )
        mask = np.asarray(layer.rotate(float(rng.uniform(-40, 40))), np.uint8)
    ink_over(grey, mask, rng.uniform(0, 160), rng.uniform(0.2, 0.8))


def _box(
    rng: Rng, area: tuple[float, float, float, float], share: tuple[float, float]
) -> tuple[int, int, int, int]:
    """A random box inside an area, its sides within a range of shares of the area's."""
    left, top, right, bottom = area
    width, height = (right - left) * rng.uniform(*share), (bottom - top) * rng.uniform(*share)
    x, y = rng.uniform(left, max(left + 1, right - width)), rng.uniform(top, max(top + 1, bottom - height))
    return int(x), int(y), int(x + width), int(y + height)


def fill(rng: Rng, grey: Grey, area: tuple[float, float, float, float], size: float) -> None:
    """What stands above a zone: print, a portrait, codes."""
    for _ in range(int(rng.integers(2, 7))):
        text_block(rng, grey, _box(rng, area, (0.2, 0.9)), int(size * rng.uniform(0.5, 1.6)))
    if rng.random() < 0.8:
        _portrait(rng, grey, _box(rng, area, (0.25, 0.6)))
    if rng.random() < 0.25:
        _bars(rng, grey, _box(rng, area, (0.15, 0.6)))
    for _ in range(int(rng.integers(0, 4))):
        flourish(rng, grey)
