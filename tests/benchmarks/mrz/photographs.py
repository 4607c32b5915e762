"""Flat documents as scanners and telephones see them, in five severities, from a scan to what nobody would hand in."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.mrz.papers import CAPITAL, DOTS, Paper, Picture
from tests.benchmarks.mrz.zone_texts import Random

Array = NDArray[np.float32]
Range = tuple[float, float]


@dataclass(frozen=True)
class Severity:
    """How bad a photograph is; each is drawn from its range.

    `capital`: height of the zone's capitals in the picture, pixels. `tilt`: degrees off upright, to either side.
    `turned`: any of the four ways up. `slant`: how far corners move, part of the page's height. `bend`: of the sheet,
    millimetres. `blur` and `shake`: deviation and length, in heights of a capital. `noise`: deviation, of 255.
    `dark`: what light is lost on the dark side. `glare`: light added at its brightest. `around`: the picture beyond
    the page, part of the page's size.
    """

    capital: Range
    tilt: float
    turned: bool
    slant: float
    bend: float
    blur: Range
    shake: Range
    noise: Range
    quality: tuple[int, int]
    dark: Range
    shadow: float
    glare: Range
    around: Range
    worn: float


LEVELS = (
    Severity(
        (22, 30), 0.3, False, 0, 0, (0, 0.02), (0, 0), (0, 2), (88, 97), (0, 0.05), 0, (0, 0), (0, 0.04), 0
    ),
    Severity(
        (20, 27),
        2.5,
        False,
        0.015,
        0,
        (0.02, 0.04),
        (0, 0),
        (1, 3),
        (80, 92),
        (0, 0.2),
        0,
        (0, 0),
        (0.05, 0.3),
        0.1,
    ),
    Severity(
        (16, 21),
        13,
        True,
        0.04,
        0,
        (0.03, 0.06),
        (0, 0.05),
        (2, 5),
        (65, 85),
        (0.1, 0.35),
        0.2,
        (0, 30),
        (0.1, 0.4),
        0.2,
    ),
    Severity(
        (14, 21),
        30,
        True,
        0.07,
        0.3,
        (0.04, 0.08),
        (0, 0.12),
        (3, 8),
        (45, 70),
        (0.2, 0.5),
        0.4,
        (0, 110),
        (0.1, 0.7),
        0.3,
    ),
    Severity(
        (11, 16),
        45,
        True,
        0.11,
        0.7,
        (0.05, 0.1),
        (0, 0.18),
        (5, 11),
        (28, 55),
        (0.3, 0.65),
        0.6,
        (0, 200),
        (0.2, 0.9),
        0.4,
    ),
)


@dataclass(frozen=True)
class Photograph:
    """A picture as JPEG; how high capitals are in it, and how far the page is turned clockwise, in degrees."""

    jpeg: bytes
    capital: float
    angle: float


def taken(paper: Paper, level: Severity, random: Random) -> Photograph:
    """One photograph of the document."""
    capital = random.uniform(*level.capital)
    scale = capital / (CAPITAL * DOTS)
    page = np.asarray(cv2.resize(paper.rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    page = _bent(page, level.bend * DOTS * scale * random.uniform(-1, 1), random)
    angle = random.uniform(-level.tilt, level.tilt) + (90 * random.integers(4) if level.turned else 0)
    matrix, size = _view(page.shape[1], page.shape[0], angle, level, random)
    seen = _surface(size, capital, random)
    inside = cv2.warpPerspective(np.ones(page.shape[:2], np.float32), matrix, size, flags=cv2.INTER_LINEAR)[
        ..., None
    ]
    thick = cv2.GaussianBlur(inside, (0, 0), 0.4 * capital)[..., None]
    seen *= 1 - 0.4 * np.roll(thick, int(0.2 * capital), (0, 1))
    warped = cv2.warpPerspective(
        page.astype(np.float32), matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    seen = seen * (1 - inside) + warped * inside
    return Photograph(_exposed(seen, capital, level, random), capital, float(angle % 360))


def _bent(page: Picture, depth: float, random: Random) -> Picture:
    """A sheet that doesn't lie flat: its lines run in a shallow wave."""
    if abs(depth) < 0.1:
        return page
    high, wide = page.shape[:2]
    x, y = np.meshgrid(np.arange(wide, dtype=np.float32), np.arange(high, dtype=np.float32))
    wave = depth * np.sin(np.pi * (x / wide * random.uniform(0.7, 1.6) + random.uniform(0, 1)))
    return np.asarray(
        cv2.remap(page, x, y + wave, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def _view(
    wide: int, high: int, angle: float, level: Severity, random: Random
) -> tuple[Array, tuple[int, int]]:
    """From page to picture, and the picture's size."""
    corners = np.array([(0, 0), (wide, 0), (wide, high), (0, high)], np.float32)
    turn = np.radians(angle)
    rotation = np.array([(np.cos(turn), -np.sin(turn)), (np.sin(turn), np.cos(turn))])
    placed = (corners - (wide / 2, high / 2)) @ rotation.T
    placed += random.uniform(-1, 1, (4, 2)) * level.slant * min(wide, high)
    margins = random.uniform(*level.around, (2, 2)) * min(wide, high) / 2
    placed += margins[0] - placed.min(0)
    size = np.ceil(placed.max(0) + margins[1]).astype(int)
    return np.asarray(cv2.getPerspectiveTransform(corners, placed.astype(np.float32))), (
        int(size[0]),
        int(size[1]),
    )


def _surface(size: tuple[int, int], capital: float, random: Random) -> Array:
    """What the page lies on: plain, cloth, wood, or a printed sheet; with things about."""
    wide, high = size
    plain = np.full((high, wide, 3), random.uniform(30, 245, 3), np.float32)
    way = random.integers(4)
    if way == 1:
        rows, columns = np.ogrid[:high, :wide]
        plain += (12 * np.sin(columns / random.uniform(1.2, 4)) + 12 * np.sin(rows / random.uniform(1.2, 4)))[
            ..., None
        ]
    elif way == 2:
        grain = cv2.resize(
            random.standard_normal((high // 4 + 1, 8), np.float32), size, interpolation=cv2.INTER_CUBIC
        )
        plain += 18 * grain[..., None]
    rgb = np.clip(plain, 0, 255).astype(np.uint8)
    if way == 3:
        rgb[:] = random.integers(200, 250)
        step = int(capital * random.uniform(1.6, 2.6))
        for row in range(step, high, step):
            words = "".join(random.choice(list("abcdefghijklmnopqrstuvwxyz    ,."), 200))
            cv2.putText(
                rgb, words, (-9, row), cv2.FONT_HERSHEY_COMPLEX, capital / 26, (50, 50, 55), 1, cv2.LINE_AA
            )
    for _ in range(int(random.integers(0, 5))):
        at = tuple(int(v) for v in random.uniform(0, 1, 2) * size)
        colour = tuple(float(v) for v in random.uniform(0, 255, 3))
        axes = tuple(int(v) for v in random.uniform(1, 9, 2) * capital)
        if random.random() < 0.5:
            cv2.ellipse(rgb, at, axes, float(random.uniform(0, 180)), 0, 360, colour, -1, cv2.LINE_AA)
        else:
            box = cv2.boxPoints((at, (axes[0] * 4.0, axes[1] * 2.0), float(random.uniform(0, 180))))
            cv2.fillPoly(rgb, [box.astype(np.int32)], colour, cv2.LINE_AA)
    return rgb.astype(np.float32)


def _exposed(seen: Array, capital: float, level: Severity, random: Random) -> bytes:
    """Light, lens, sensor and file, in this order."""
    high, wide = seen.shape[:2]
    x, y = np.meshgrid(np.linspace(-1, 1, wide, dtype=np.float32), np.linspace(-1, 1, high, dtype=np.float32))
    turn = random.uniform(0, 2 * np.pi)
    side = np.clip((x * np.cos(turn) + y * np.sin(turn)) / 2.4 + 0.5, 0, 1)
    light = 1 - random.uniform(*level.dark) * side
    turn, edge, soft = random.uniform(0, 2 * np.pi), random.uniform(-0.5, 0.5), random.uniform(0.01, 0.15)
    fall = 1 / (1 + np.exp(-np.clip((x * np.cos(turn) + y * np.sin(turn) - edge) / soft, -30, 30)))
    light *= 1 - random.uniform(0, level.shadow) * fall
    seen = seen * light[..., None] * random.uniform(0.92, 1.04, 3).astype(np.float32)
    at, radius = random.uniform(-0.9, 0.9, 2), random.uniform(0.1, 0.45)
    far = np.hypot((x - at[0]) * wide, (y - at[1]) * high) / (radius * max(wide, high))
    seen = seen + random.uniform(*level.glare) * np.exp(-(far[..., None] ** 2))
    blurred = cv2.GaussianBlur(seen, (0, 0), max(0.05, capital * random.uniform(*level.blur)))
    seen = _shaken(
        np.asarray(blurred, np.float32), capital * random.uniform(*level.shake), random.uniform(0, np.pi)
    )
    seen = seen + random.uniform(*level.noise) * random.standard_normal(seen.shape, np.float32)
    quality = int(random.integers(*level.quality))
    done, jpeg = cv2.imencode(
        ".jpg", np.clip(seen, 0, 255)[..., ::-1].astype(np.uint8), (cv2.IMWRITE_JPEG_QUALITY, quality)
    )
    assert done
    return jpeg.tobytes()


def _shaken(seen: Array, length: float, way: float) -> Array:
    """Moved on a straight line while the shutter was open."""
    if length < 0.5:
        return seen
    steps = np.linspace(-0.5, 0.5, 9) * length
    moved = [
        cv2.warpAffine(
            seen,
            np.array([[1, 0, step * np.cos(way)], [0, 1, step * np.sin(way)]]),
            seen.shape[1::-1],
            borderMode=cv2.BORDER_REPLICATE,
        )
        for step in steps
    ]
    return np.asarray(np.mean(moved, 0), np.float32)
