"""Flat documents as an artist would draw them: ground, portrait, labels and values, and the zone in OCR-B."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from tests.benchmarks.mrz.zone_texts import Random, Text

Picture = NDArray[np.uint8]
DOTS = 16
"""Pixels a millimetre."""
CAPITAL = 2.4
"""Height of a capital in the zone, millimetres; glyphs stand 2.54 apart (Doc 9303 part 3, section 4.4: 10 an inch)."""
OCR_B = Path("/usr/share/fonts/opentype/ocr-b/OCRB.otf")
LABELS = Path(__file__).resolve().parents[3] / "vault" / "fonts" / "DejaVuSans.ttf"
_PITCH, _LINE = 2.54, 6.35
_SIZES = {"TD3": (125, 88), "TD1": (85.6, 54), "TD2": (105, 74), "MRV-A": (120, 80), "MRV-B": (105, 74)}


@dataclass(frozen=True)
class Paper:
    """A flat document; `zone` is its zone's outline in pixels: left, top, right, bottom."""

    rgb: Picture
    zone: tuple[float, float, float, float]


def drawn(text: Text, random: Random, worn: float) -> Paper:
    """The document as it was issued; `worn`: part of the zone's ink that may be gone in places."""
    wide, high = (round(side * DOTS) for side in _SIZES[text.kind])
    paint = random.uniform(175, 250, 3)
    rgb = _ground(wide, high, paint, random)
    _put_print(rgb, text, random)
    zone = _put_zone(rgb, text.lines, random, worn)
    if text.kind == "TD3" and random.random() < 0.5:
        other = _ground(wide, high, paint, random)
        _stamps(other, random)
        other[-6:] = rgb[:10].mean() * 0.5
        rgb = np.vstack((other, rgb))
        zone = (zone[0], zone[1] + high, zone[2], zone[3] + high)
    return Paper(rgb, zone)


def font(path: Path, capital: float) -> ImageFont.FreeTypeFont:
    """The size of `path` whose capitals are so many pixels high."""
    top, bottom = ImageFont.truetype(path, 1000).getbbox("H", anchor="ls")[1::2]
    return ImageFont.truetype(path, 1000 * capital / (bottom - top))


def _ground(wide: int, high: int, paint: NDArray[np.float64], random: Random) -> Picture:
    """Two colours that run into each other, waves and a rosette, as guilloche is."""
    other = np.clip(paint + random.uniform(-45, 25, 3), 150, 255)
    blend = np.linspace(0, 1, wide)[None, :, None] * np.ones((high, 1, 1))
    rgb = np.ascontiguousarray((paint * (1 - blend) + other * blend).astype(np.uint8))
    strength = random.uniform(0.08, 0.45)
    x = np.linspace(0, wide, 400)
    for _ in range(int(random.integers(2, 4))):
        colour = tuple(float(v) for v in paint * (1 - strength) + random.uniform(0, 120, 3) * strength)
        amplitude, wave, step = random.uniform(15, 160), random.uniform(200, 1400), random.uniform(14, 60)
        for start in np.arange(-amplitude, high + amplitude, step):
            y = start + amplitude * np.sin(2 * np.pi * x / wave + start / random.uniform(90, 110))
            _curve(rgb, x, y, colour)
    turns = np.linspace(0, 2 * np.pi, 500)
    middle = random.uniform(0.2, 0.8, 2) * (wide, high)
    petals = int(random.integers(5, 13))
    for radius in np.arange(40, high * random.uniform(0.2, 0.5), 14):
        reach = radius * (1 + 0.3 * np.cos(petals * turns + radius / 60))
        _curve(rgb, middle[0] + reach * np.cos(turns), middle[1] + reach * np.sin(turns), colour)
    return rgb


def _curve(rgb: Picture, x: NDArray[np.float64], y: NDArray[np.float64], colour: tuple[float, ...]) -> None:
    points = np.round(np.stack((x, y), 1) * 8).astype(np.int32)
    cv2.polylines(rgb, [points], False, colour, 2, cv2.LINE_AA, 3)


def _portrait(wide: int, high: int, random: Random) -> Picture:
    face = np.full((high, wide, 3), random.uniform(150, 240, 3), np.uint8)
    skin, hair, cloth = (
        (200, 155, 120) * random.uniform(0.6, 1.2, 3),
        random.uniform(10, 70, 3),
        random.uniform(20, 200, 3),
    )
    middle = wide // 2, int(0.45 * high)
    ends = (
        ((middle[0], high), (int(0.5 * wide), int(0.35 * high)), cloth),
        (
            (middle[0], int(0.38 * high)),
            (int(0.31 * wide), int(0.3 * high)),
            hair,
        ),
    )
    for at, axes, colour in (*ends, (middle, (int(0.25 * wide), int(0.28 * high)), np.clip(skin, 0, 255))):
        cv2.ellipse(face, at, axes, 0, 0, 360, tuple(float(v) for v in colour), -1, cv2.LINE_AA)
    for side in (-1, 1):
        cv2.circle(face, (middle[0] + side * wide // 9, middle[1] - high // 30), wide // 40, (30, 20, 20), -1)
    cv2.ellipse(face, (middle[0], int(0.58 * high)), (wide // 12, high // 60), 0, 0, 180, (110, 50, 50), 5)
    return np.asarray(cv2.GaussianBlur(face, (0, 0), wide / 150), np.uint8)


def _put_print(rgb: Picture, text: Text, random: Random) -> None:
    """Title, portrait (the backs of some cards have bars instead), labels and values; some values in OCR-B."""
    high, wide = rgb.shape[:2]
    left = int(0.04 * wide)
    tall, broad = int(0.42 * high), int(0.25 * wide)
    if text.kind == "TD1" and random.random() < 0.5:
        tall = int(0.3 * high)
        bars = np.repeat(random.integers(0, 2, broad // 4), 4)[None, :, None] * np.ones((tall // 2, 1, 3))
        rgb[left : left + len(bars), left : left + bars.shape[1]] = bars * 215 + 25
    else:
        top = int(0.16 * high)
        rgb[top : top + tall, left : left + broad] = _portrait(broad, tall, random)
    page = Image.fromarray(rgb)
    pen = ImageDraw.Draw(page)
    dark = tuple(int(v) for v in random.integers(10, 80, 3))
    pen.text(
        (left + broad + 40, 0.04 * high), text.title, dark, font(LABELS, random.uniform(2.0, 3.0) * DOTS)
    )
    small = font(LABELS, 1.1 * DOTS)
    values = font(OCR_B if random.random() < 0.3 else LABELS, random.uniform(1.7, 2.2) * DOTS)
    if not Path(str(values.path)).samefile(LABELS) and any(
        ord(glyph) > 127 for _, value in text.printed for glyph in value
    ):
        values = font(LABELS, 1.9 * DOTS)
    rows = 3 if text.kind == "TD1" else 5
    step = (0.62 if rows == 5 else 0.42) * high / rows
    for place, (label, value) in enumerate(text.printed):
        column, line = divmod(place, rows)
        at = (
            left + broad + 40 + column * (wide - broad - left) / (3 if rows == 3 else 2),
            0.14 * high + line * step,
        )
        pen.text(at, label, tuple(v + 60 for v in dark), small)
        pen.text((at[0], at[1] + 1.9 * DOTS), value[:22], dark, values)
    rgb[:] = np.asarray(page)


def _stamps(rgb: Picture, random: Random) -> None:
    for _ in range(int(random.integers(0, 4))):
        at = tuple(int(v) for v in random.uniform(0.2, 0.8, 2) * rgb.shape[1::-1])
        colour = tuple(float(v) for v in random.uniform(40, 170, 3))
        for radius in (260, 230):
            cv2.ellipse(
                rgb,
                at,
                (radius, int(radius * 0.6)),
                float(random.uniform(-30, 30)),
                0,
                360,
                colour,
                6,
                cv2.LINE_AA,
            )
        cv2.putText(
            rgb, "ENTRY 17 MAR", (at[0] - 180, at[1]), cv2.FONT_HERSHEY_DUPLEX, 1.6, colour, 4, cv2.LINE_AA
        )


def _put_zone(
    rgb: Picture, lines: tuple[str, ...], random: Random, worn: float
) -> tuple[float, float, float, float]:
    high, wide = rgb.shape[:2]
    across = len(lines[0]) * _PITCH * DOTS
    left = (wide - across) / 2 + random.uniform(-0.8, 0.8) * DOTS
    bases = [high - (4.6 + random.uniform(-0.5, 0.7) + _LINE * row) * DOTS for row in range(len(lines))][::-1]
    bases = [bases[-1] - _LINE * DOTS * (len(lines) - 1 - row) for row in range(len(lines))]
    if random.random() < 0.4:
        top = int(bases[0] - 6 * DOTS)
        rgb[top:] = (rgb[top:] * 0.3 + np.array(245) * 0.7).astype(np.uint8)
    mask = Image.new("L", (wide, high))
    pen, type_ = ImageDraw.Draw(mask), font(OCR_B, CAPITAL * DOTS)
    for base, line in zip(bases, lines, strict=True):
        for place, glyph in enumerate(line):
            at = left + (place + 0.5) * _PITCH * DOTS + random.normal(0, 0.3), base + random.normal(0, 0.3)
            pen.text(at, glyph, 255, type_, anchor="ms")
    soft = cv2.GaussianBlur(np.asarray(mask, np.float32) / 255, (0, 0), 1.8)
    ink = np.clip((soft - random.uniform(0.3, 0.62)) * 6 + 0.5, 0, 1)
    patches = cv2.resize(
        random.random((high // 8, wide // 8), np.float32), (wide, high), interpolation=cv2.INTER_CUBIC
    )
    ink *= 1 - worn * np.clip(patches, 0, 1) ** 2
    colour = random.uniform(5, 60) + random.uniform(0, 25, 3)
    rgb[:] = (rgb * (1 - ink[..., None]) + colour * ink[..., None]).astype(np.uint8)
    return left, bases[0] - CAPITAL * DOTS, left + across, bases[-1]
