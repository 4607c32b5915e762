"""What happens to pictures of papers on their way: blur, light, fingers, crops, noise and JPEG."""

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Random = np.random.Generator


def camera(rgb: NDArray[np.generic], random: Random, noise: float, quality: int = 85) -> Picture:
    """Sensor noise, then JPEG, as every photograph ends."""
    noisy = rgb.astype(np.float32) + noise * random.standard_normal(rgb.shape, np.float32)
    sensed = np.clip(noisy, 0, 255).astype(np.uint8)
    _, jpeg = cv2.imencode(".jpg", sensed, (cv2.IMWRITE_JPEG_QUALITY, quality))
    return np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8)


def defocused(rgb: Picture, radius: float) -> Picture:
    """As a lens out of focus draws it: each point a disc."""
    side = 2 * int(np.ceil(radius)) + 1
    rows, columns = np.mgrid[:side, :side] - side // 2
    disc = (np.hypot(rows, columns) <= radius).astype(np.float32)
    return np.asarray(cv2.filter2D(rgb, -1, disc / disc.sum()), np.uint8)


def moved(rgb: Picture, length: float, angle: float) -> Picture:
    """As a camera draws it that moved on a straight way while it looked."""
    side = 2 * int(np.ceil(length / 2)) + 3
    line = np.zeros((side, side), np.float32)
    reach = length / 2 * np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
    ends = [tuple(int(v) for v in np.round(side // 2 + sign * reach)) for sign in (-1, 1)]
    cv2.line(line, ends[0], ends[1], (1.0,), 1)
    return np.asarray(cv2.filter2D(rgb, -1, line / line.sum()), np.uint8)


def resized(rgb: Picture, scale: float) -> Picture:
    """Reduced with care."""
    return np.asarray(cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def cropped(rgb: Picture, frame: list[int]) -> Picture:
    """The part within left, top, right, bottom."""
    left, top, right, bottom = frame
    return np.ascontiguousarray(rgb[max(0, top) : bottom, max(0, left) : right])


def lit(rgb: Picture, at: tuple[float, float], radius: float, light: float, most: int = 255) -> Picture:
    """Add a soft round light, flat in its middle."""
    rows, columns = np.ogrid[: rgb.shape[0], : rgb.shape[1]]
    far = np.hypot(columns - at[0], rows - at[1]) / radius
    glow = light * np.exp(-0.5 * np.maximum(0, far - 0.8) ** 2 / 0.35**2)
    bright = np.maximum(rgb, np.minimum(rgb + glow[..., None], most))
    return bright.astype(np.uint8)


def with_finger(
    rgb: Picture, at: tuple[float, float], wide: float, random: Random, upwards: bool = False
) -> Picture:
    """A finger as long as the picture allows, its tip at `at`, lit from one side."""
    skin = np.array(
        [(232, 190, 165), (205, 150, 120), (160, 110, 85), (110, 75, 58)][random.integers(4)], np.float32
    )
    tilt = float(random.uniform(-0.25, 0.25))
    away = -1 if upwards else 1
    end = (int(at[0] + tilt * 10 * wide), int(at[1] + away * 10 * wide))
    shape = np.zeros(rgb.shape[:2], np.uint8)
    cv2.line(shape, (int(at[0]), int(at[1])), end, (255,), int(wide))
    soft = cv2.GaussianBlur(shape, (0, 0), max(1.0, wide / 60)).astype(np.float32)[..., None] / 255
    columns = np.arange(rgb.shape[1])[None, :]
    shade = 1 - 0.35 * np.clip((columns - at[0]) / wide + 0.3, 0, 1)
    light = float(np.percentile(rgb, 90)) / 255
    return np.asarray(rgb * (1 - soft) + skin * light * shade[..., None] * soft, np.uint8)
