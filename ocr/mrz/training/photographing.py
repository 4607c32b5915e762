"""What a camera, its user and a messenger do to a page: light, things in the way, blur, noise, JPEG."""

from collections.abc import Callable

import cv2
import numpy as np

from ocr.mrz.training.drawing import Floats, Grey, Rng


def degrade(rng: Rng, grey: Grey, quads: tuple[Floats, ...]) -> Grey:
    """Light, things in the way, the lens, the sensor and the file."""
    steps: tuple[tuple[float, Callable[[Rng, Grey], Grey]], ...] = (
        (0.7, _lit), (0.15, _blobs), (0.35, _coarse), (0.4, _blurred), (0.5, _noisy), (0.5, _saved),
    )  # fmt: skip
    if quads and rng.random() < 0.12:
        grey = _framed(rng, grey, quads)
    for share, step in steps:
        if rng.random() < share:
            grey = step(rng, grey)
    return grey


def _framed(rng: Rng, grey: Grey, quads: tuple[Floats, ...]) -> Grey:
    """A frame drawn around the zone, or a rule close by, as people and printers do."""
    hull = cv2.minAreaRect(np.vstack(quads))
    grown = (hull[0], (hull[1][0] + rng.uniform(2, 14), hull[1][1] + rng.uniform(2, 14)), hull[2])
    box = np.round(cv2.boxPoints(grown)).astype(np.int32)
    cv2.polylines(
        grey, [box], rng.random() < 0.6, int(rng.uniform(0, 255)), int(rng.integers(1, 4)), cv2.LINE_AA
    )
    return grey


def _lit(rng: Rng, grey: Grey) -> Grey:
    """Contrast, brightness and curve, uneven light, a hard shadow, glare."""
    height, width = grey.shape
    tone = grey.astype(np.float32) * np.float32(1 / 255)
    tone = tone ** np.float32(np.exp(rng.normal(0, 0.35)))
    light = cv2.resize(
        rng.uniform(0.45, 1.1, (3, 3)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
    )
    tone = tone * light if rng.random() < 0.6 else tone
    tone = tone * np.float32(rng.uniform(0.35, 1)) + np.float32(rng.uniform(0, 0.3))
    if rng.random() < 0.2:
        shadow = np.zeros((height, width), np.float32)
        corners = rng.uniform(-0.2, 1.2, (3, 2)) * (width, height)
        cv2.fillConvexPoly(shadow, cv2.convexHull(corners.astype(np.int32)), 1.0)
        tone = tone * (
            1 - np.float32(rng.uniform(0.2, 0.6)) * cv2.GaussianBlur(shadow, (0, 0), rng.uniform(1, 12))
        )
    if rng.random() < 0.2:
        spot = np.zeros((height, width), np.float32)
        centre, axes = rng.uniform(0, 1, 2) * (width, height), rng.uniform(8, 90, 2)
        cv2.ellipse(
            spot, (tuple(centre), tuple(axes), float(rng.uniform(0, 180))), float(rng.uniform(0.3, 1)), -1
        )
        tone = tone + cv2.GaussianBlur(spot, (0, 0), rng.uniform(4, 20))
    return np.asarray((tone * 255).clip(0, 255).astype(np.uint8))


def _blobs(rng: Rng, grey: Grey) -> Grey:
    """Fingers, stickers, corners of other things."""
    height, width = grey.shape
    for _ in range(int(rng.integers(1, 3))):
        centre, axes = rng.uniform(0, 1, 2) * (width, height), rng.uniform(10, 70, 2)
        cv2.ellipse(
            grey, (tuple(centre), tuple(axes), float(rng.uniform(0, 180))), float(rng.uniform(20, 230)), -1
        )
    return grey


def _coarse(rng: Rng, grey: Grey) -> Grey:
    """A picture of few pixels, blown up."""
    scale = rng.uniform(0.38, 0.95)
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    how = int(rng.choice((cv2.INTER_LINEAR, cv2.INTER_CUBIC)))
    return np.asarray(cv2.resize(small, grey.shape[::-1], interpolation=how), np.uint8)


def _blurred(rng: Rng, grey: Grey) -> Grey:
    """Out of focus, or moved."""
    if rng.random() < 0.7:
        return np.asarray(cv2.GaussianBlur(grey, (0, 0), rng.uniform(0.4, 1.8)), np.uint8)
    size = int(rng.integers(3, 8))
    line = np.zeros((size, size), np.float32)
    angle = rng.uniform(0, np.pi)
    reach = np.array([np.cos(angle), np.sin(angle)]) * size / 2
    middle = np.array([size, size]) / 2
    cv2.line(line, tuple((middle - reach).astype(int)), tuple((middle + reach).astype(int)), 1.0)
    return np.asarray(cv2.filter2D(grey, -1, line / max(1.0, float(line.sum()))), np.uint8)


def _noisy(rng: Rng, grey: Grey) -> Grey:
    noise = rng.standard_normal(grey.shape, np.float32) * np.float32(rng.uniform(1, 14))
    if rng.random() < 0.3:
        noise = cv2.GaussianBlur(noise, (0, 0), 0.8) * np.float32(1.8)
    return np.asarray((grey + noise).clip(0, 255).astype(np.uint8))


def _saved(rng: Rng, grey: Grey) -> Grey:
    _, coded = cv2.imencode(".jpg", grey, (cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(12, 90))))
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.uint8)
