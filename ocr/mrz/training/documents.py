"""Drawn documents for the finder's training: passports, cards, visas with a zone, and pages without one.

Everything is invented here from a seeded generator: no photograph, no person, no real document. Grey throughout,
as the finder sees grey. Fonts are Debian's: fonts-ocr-b, fonts-liberation, fonts-dejavu-core, fonts-freefont-otf.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

Grey = NDArray[np.uint8]
Floats = NDArray[np.float32]
Rng = np.random.Generator

# Width and height in mm, glyphs a line, lines: Doc 9303 parts 4 (TD3), 5 (TD1), 6 (TD2) and 7 (MRV-A, MRV-B).
_KINDS = ((125, 88, 44, 2), (85.6, 54, 30, 3), (105, 74, 36, 2), (120, 80, 44, 2), (105, 74, 36, 2))
_SHARES = (0.45, 0.25, 0.12, 0.1, 0.08)
_OPEN = "/usr/share/fonts/opentype/"
_TRUE = "/usr/share/fonts/truetype/"
_OCR_B = tuple(f"{_OPEN}ocr-b/{name}.otf" for name in ("OCRB", "OCRBS", "OCRBL", "OCRBF"))
_NEIGHBOURS = (
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
    *_NEIGHBOURS,
    _OCR_B[0],  # numbers are often printed in it: not every OCR-B line is a zone
)
_LETTERS = np.array(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
_DIGITS = np.array(list("0123456789"))
_BOTH = np.concatenate([_LETTERS, _DIGITS])
_SMALL = np.array(list("aàáâăeêéiouơưnmrstlhcđdgbpvkxy"))


@dataclass(frozen=True)
class Drawing:
    """A document as drawn: its grey picture and, line by line, the zone's quads (see `ocr.mrz.finder.Quad`)."""

    grey: Grey
    lines: tuple[Floats, ...]


@lru_cache(maxsize=512)
def _font(path: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size)


def _pick(rng: Rng, items: tuple[str, ...]) -> str:
    return items[int(rng.integers(len(items)))]


def _chars(rng: Rng, alphabet: NDArray[np.str_], count: int) -> str:
    return "".join(rng.choice(alphabet, count))


def zone_lines(rng: Rng, glyphs: int, count: int) -> list[str]:
    """Text shaped like a zone's lines: names with fillers, numbers with dates; check digits are not computed."""
    names = _chars(rng, _LETTERS, int(rng.integers(3, 14)))
    for _ in range(int(rng.integers(1, 4))):
        names += "<" * int(rng.integers(1, 3)) + _chars(rng, _LETTERS, int(rng.integers(2, 11)))
    head = _pick(rng, ("P<", "PA", "ID", "I<", "AC", "V<", "C<")) + _chars(rng, _LETTERS, 3)
    dates = _chars(rng, _BOTH, 9) + _chars(rng, _DIGITS, 1) + _chars(rng, _LETTERS, 3)
    dates += _chars(rng, _DIGITS, 7) + _pick(rng, ("M", "F", "<")) + _chars(rng, _DIGITS, 7)
    tail = _chars(rng, _BOTH, int(rng.integers(0, 15))) if rng.random() < 0.6 else ""
    end = _chars(rng, _DIGITS, int(rng.integers(0, 3)))
    if count == 2:
        second = (dates + tail).ljust(glyphs - len(end), "<")[: glyphs - len(end)] + end
        return [(head + names).ljust(glyphs, "<")[:glyphs], second]
    first = (head + _chars(rng, _BOTH, 9) + _chars(rng, _DIGITS, 1) + tail).ljust(glyphs, "<")[:glyphs]
    second = dates[13:] + dates[10:13] + _chars(rng, _BOTH, int(rng.integers(0, 11)))
    return [
        first,
        second.ljust(glyphs - 1, "<")[: glyphs - 1] + _chars(rng, _DIGITS, 1),
        names.ljust(glyphs, "<")[:glyphs],
    ]


def _print_zone(
    rng: Rng, grey: Grey, place: tuple[float, float, float, float], lines: list[str]
) -> tuple[Floats, ...]:
    """Print the lines with the first glyph's left at x and the first line's top at y; pitch and spacing in pixels."""
    x, y, pitch, spacing = place
    capital = pitch / rng.uniform(0.98, 1.16)
    other = rng.random() < 0.12
    path = _pick(rng, _NEIGHBOURS if other else _OCR_B)
    trial = _font(path, 100).getbbox("H", anchor="ls")
    font = _font(path, max(6, round(100 * capital / -trial[1])))
    mask = Pillow.new("L", (grey.shape[1], grey.shape[0]), 0)
    draw = ImageDraw.Draw(mask)
    quads = []
    for row, text in enumerate(lines):
        base = y + capital + row * spacing
        for column, glyph in enumerate(text):
            draw.text((x + column * pitch, base), glyph, 255, font=font, anchor="ls")
        left = x + font.getbbox(text[0], anchor="ls")[0]
        right = x + (len(text) - 1) * pitch + font.getbbox(text[-1], anchor="ls")[2]
        top = base + font.getbbox("H", anchor="ls")[1]
        quads.append(np.array([[left, top], [right, top], [right, base], [left, base]], np.float32))
    ink = np.asarray(mask)
    weight = rng.random()
    if weight < 0.3 and capital > 14:
        ink = cv2.erode(ink, np.ones((2, 2), np.uint8))
    elif weight > 0.6:
        ink = cv2.dilate(ink, np.ones((2, 2) if capital < 26 else (3, 3), np.uint8))
    if rng.random() < 0.15:  # worn print
        ink = cv2.multiply(ink, _cloud(rng, grey.shape, 6, 0.4, 1.3), dtype=cv2.CV_8U)
    _ink(grey, np.asarray(ink, np.uint8), rng.uniform(0, 85), rng.uniform(0.75, 1))
    return tuple(quads)


def _ink(grey: Grey, mask: Grey, dark: float, strength: float = 1.0) -> None:
    """Lay ink of a given darkness over the ground, in place."""
    part = mask.astype(np.float32) * np.float32(strength / 255)
    grey[:] = (grey * (1 - part) + dark * part).astype(np.uint8)


def _cloud(rng: Rng, shape: tuple[int, ...], cells: int, low: float, high: float) -> Floats:
    """Smooth noise of about `cells` patches across."""
    small = rng.uniform(low, high, (cells, cells)).astype(np.float32)
    return np.asarray(cv2.resize(small, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC), np.float32)


def ground(rng: Rng, width: int, height: int) -> Grey:
    """Security paper: a light or middling tone, clouds, and fine wavy lines."""
    half = (max(2, width // 2), max(2, height // 2))
    base = rng.uniform(150, 252) + _cloud(rng, half[::-1], int(rng.integers(2, 6)), -25, 25)
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
    return np.asarray(cv2.resize(np.clip(base, 0, 255).astype(np.uint8), (width, height)), np.uint8)


def _words(rng: Rng, count: int) -> str:
    """Words, numbers and dates, in small letters, capitals or mixed."""
    parts = []
    for _ in range(count):
        kind, length = rng.random(), int(rng.integers(2, 10))
        if kind < 0.25:
            parts.append(_chars(rng, _DIGITS, length))
        elif kind < 0.5:
            parts.append(_chars(rng, _LETTERS, length))
        else:
            parts.append(_chars(rng, _SMALL, length))
    return (" " if rng.random() < 0.9 else _pick(rng, ("-", ".", "/", "<"))).join(parts)


def _text(rng: Rng, grey: Grey, box: tuple[int, int, int, int], size: int) -> None:
    """A block of print in one font: left, top, right, bottom."""
    mask = Pillow.new("L", (grey.shape[1], grey.shape[0]), 0)
    draw, font = ImageDraw.Draw(mask), _font(_pick(rng, _PRINT), max(7, size))
    y, step = float(box[1]), size * rng.uniform(1.1, 2.6)
    full, capitals = rng.random() < 0.5, rng.random() < 0.35
    while y + size < box[3]:
        width = box[2] - box[0]
        text = _words(rng, int(rng.integers(1, 5)) if not full else 2 + int(width / size / 2.4))
        text = text[: int(width / size / 0.55) + 1]
        draw.text((box[0], round(y)), text.upper() if capitals else text, 255, font=font)
        y += step
    _ink(grey, np.asarray(mask, np.uint8), rng.uniform(0, 120), rng.uniform(0.6, 1))


def _portrait(rng: Rng, grey: Grey, box: tuple[int, int, int, int]) -> None:
    """A head and shoulders, roughly."""
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    if width < 8 or height < 8:
        return
    part = (rng.uniform(120, 230) + _cloud(rng, (height, width), 4, -20, 20)).clip(0, 255).astype(np.uint8)
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


def _flourish(rng: Rng, grey: Grey) -> None:
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
            _chars(rng, _LETTERS, 8),
            255,
            font=_font(_pick(rng, _PRINT), int(width / 9)),
        )
        mask = np.asarray(layer.rotate(float(rng.uniform(-40, 40))), np.uint8)
    _ink(grey, mask, rng.uniform(0, 160), rng.uniform(0.2, 0.8))


def _box(
    rng: Rng, area: tuple[float, float, float, float], share: tuple[float, float]
) -> tuple[int, int, int, int]:
    """A random box inside an area, its sides within a range of shares of the area's."""
    left, top, right, bottom = area
    width, height = (right - left) * rng.uniform(*share), (bottom - top) * rng.uniform(*share)
    x, y = rng.uniform(left, max(left + 1, right - width)), rng.uniform(top, max(top + 1, bottom - height))
    return int(x), int(y), int(x + width), int(y + height)


def _fill(rng: Rng, grey: Grey, area: tuple[float, float, float, float], size: float) -> None:
    """What stands above a zone: print, a portrait, codes."""
    for _ in range(int(rng.integers(2, 7))):
        _text(rng, grey, _box(rng, area, (0.2, 0.9)), int(size * rng.uniform(0.5, 1.6)))
    if rng.random() < 0.8:
        _portrait(rng, grey, _box(rng, area, (0.25, 0.6)))
    if rng.random() < 0.25:
        _bars(rng, grey, _box(rng, area, (0.15, 0.6)))
    for _ in range(int(rng.integers(0, 4))):
        _flourish(rng, grey)


def document(rng: Rng, zone: bool = True) -> Drawing:
    """A passport page, card or visa; without its zone it is one of the things that must not be found."""
    wide, high, glyphs, count = _KINDS[int(rng.choice(len(_KINDS), p=_SHARES))]
    scale = rng.uniform(5, 9)
    width, height = int(wide * scale * rng.uniform(0.94, 1.06)), int(high * scale * rng.uniform(0.9, 1.1))
    grey = ground(rng, width, height)
    pitch = 2.54 * scale * rng.uniform(0.92, 1.06)
    pitch = min(pitch, width * 0.985 / glyphs)
    spacing = pitch * (rng.uniform(2.1, 2.7) if count == 2 else rng.uniform(1.6, 2.6))
    if rng.random() < 0.05:
        spacing *= 1.25
    deep = spacing * (count - 1) + pitch
    y = height - deep - rng.uniform(0.15, 2.4) * pitch
    if rng.random() < 0.5:  # a plain strip below the zone's print
        strip = grey[int(max(0, y - pitch * rng.uniform(0.3, 1.5))) :]
        cv2.addWeighted(
            strip, rng.uniform(0, 0.5), np.full_like(strip, int(rng.uniform(180, 255))), 0.5, 0, strip
        )
    _fill(rng, grey, (0, 0, width, y - pitch * 0.4), pitch)
    if not zone:
        _fill(rng, grey, (0, y, width, height), pitch)
        return Drawing(grey, ())
    x = rng.uniform(0.2, 0.8) * (width - glyphs * pitch)
    quads = _print_zone(rng, grey, (x, y, pitch, spacing), zone_lines(rng, glyphs, count))
    if rng.random() < 0.15:
        _flourish(rng, grey)
    return _spread(rng, grey, quads) if rng.random() < 0.3 else Drawing(grey, quads)


def _spread(rng: Rng, grey: Grey, quads: tuple[Floats, ...]) -> Drawing:
    """An open booklet, or the front of a card beside its back."""
    other = ground(rng, grey.shape[1], grey.shape[0])
    if rng.random() < 0.7:
        _fill(rng, other, (0, 0, other.shape[1], other.shape[0]), grey.shape[1] / 50)
    if rng.random() < 0.65:
        return Drawing(np.vstack([other, grey]), _aside(quads, 0, other.shape[0]))
    if rng.random() < 0.5:
        return Drawing(np.hstack([grey, other]), quads)
    return Drawing(np.hstack([other, grey]), _aside(quads, other.shape[1], 0))


def _aside(quads: tuple[Floats, ...], right: int, down: int) -> tuple[Floats, ...]:
    return tuple(quad + np.array([right, down], np.float32) for quad in quads)


def bare_lines(rng: Rng) -> Drawing:
    """Nothing but the zone's lines, with hardly a margin."""
    _, _, glyphs, count = _KINDS[int(rng.choice(len(_KINDS), p=_SHARES))]
    pitch = rng.uniform(14, 24)
    spacing = pitch * rng.uniform(1.6, 2.7)
    margin = pitch * rng.uniform(0.15, 2.5, 4)
    width = int(glyphs * pitch + margin[0] + margin[1])
    height = int((count - 1) * spacing + pitch + margin[2] + margin[3])
    grey = ground(rng, width, height)
    return Drawing(
        grey, _print_zone(rng, grey, (margin[0], margin[2], pitch, spacing), zone_lines(rng, glyphs, count))
    )


def print_page(rng: Rng) -> Drawing:
    """A page of a contract, a table or a listing: print without any zone."""
    width, height = int(rng.integers(600, 1000)), int(rng.integers(600, 1100))
    grey = (
        ground(rng, width, height)
        if rng.random() < 0.4
        else np.full((height, width), int(rng.uniform(170, 255)), np.uint8)
    )
    kind = rng.random()
    if kind < 0.6:
        size = int(rng.integers(9, 26))
        _text(rng, grey, (int(width * 0.06), int(height * 0.04), int(width * 0.95), height), size)
    elif kind < 0.85:
        for column in range(int(rng.integers(2, 6))):
            left = int(width * (0.03 + column * 0.24))
            _text(
                rng,
                grey,
                (left, int(height * 0.05), left + int(width * 0.2), int(height * 0.95)),
                int(rng.integers(9, 20)),
            )
            cv2.line(grey, (left, 0), (left, height), 60, 2)
    else:
        _fill(rng, grey, (0, 0, width, height), rng.uniform(9, 30))
    for _ in range(int(rng.integers(0, 3))):
        _flourish(rng, grey)
    return Drawing(grey, ())
