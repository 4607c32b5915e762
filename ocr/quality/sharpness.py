"""How wide the edges of print are, in heights of its own letters: what decides whether a letter can be told.

A variance of the Laplacian (the usual measure) is low on a sharp sheet with little print and high on a blurred,
noisy one. Here only print is measured, each glyph against its own contrast, at its own scale.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.recognise import Image

_SAMPLES = 160
_SMOOTHING = 0.07  # standard deviation in heights: takes noise away before the slope is taken
_LEAST_SMOOTHING = 0.8  # pixels
_PIXEL = 0.7  # the blur of the pixels themselves
_ASLANT = 1.2  # few strokes run aslant, so slopes in that direction are weaker in sharp print too
_STEP = 2.5066  # a step of height 1 blurred by a deviation of 1 has the slope 1 / sqrt(2 pi)
_EDGE_WINDOW = 48  # pixels
_NOISE_SLOPE = (
    1.5  # the steepest of a patch's slopes that noise alone makes, in deviations of one smoothed slope
)


def edge_width(grey: Image, boxes: NDArray[np.float32], size: float, noise: float) -> float | None:
    """The usual blur of the print in `boxes` (left, top, width, height in pixels of `grey`), as a standard deviation
    in heights of a letter (`size`, pixels); None without print. About 0.05 is sharp, from 0.2 on nothing is legible.
    """
    large = boxes[:, 2:].max(1)
    chosen = np.flatnonzero((large > 0.6 * size) & (large < 6 * size))
    if not len(chosen):
        return None
    if len(chosen) > _SAMPLES:
        chosen = chosen[np.linspace(0, len(chosen) - 1, _SAMPLES).astype(int)]
    smoothing = max(_LEAST_SMOOTHING, _SMOOTHING * size)
    # White noise of deviation 1, smoothed by s, has slopes of deviation 1 / (s^2 sqrt(8 pi)).
    floor = _NOISE_SLOPE * noise / (smoothing**2 * np.sqrt(8 * np.pi))
    margin = max(2.0, 0.4 * size)
    patches = [_patch(grey, box, margin) for box in boxes[chosen]]
    widths = [_widths(patch, smoothing, floor) for patch in patches if min(patch.shape) > 3]
    if not widths:  # all of it lies outside the picture
        return None
    # A moved camera leaves the edges along its way sharp: the worse direction counts.
    width = float(np.median(widths, axis=0).max())
    return float(np.sqrt(max(0.0, width**2 - smoothing**2 - _PIXEL**2))) / size


def _patch(grey: Image, box: NDArray[np.float32], margin: float) -> Image:
    left, top = (max(0, int(at - margin)) for at in box[:2])
    right, bottom = (int(at + margin) + 2 for at in box[:2] + np.minimum(box[2:], 4 * box[2:].min() + 8))
    return grey[top:bottom, left:right]


def _widths(patch: Image, smoothing: float, floor: float) -> tuple[float, ...]:
    """In four directions: the deviation of the blur that turns this patch's contrast into its steepest slopes."""
    smooth = cv2.GaussianBlur(patch, (0, 0), smoothing).astype(np.float32)
    few = max(3, smooth.size // 50)
    ordered = np.partition(smooth.ravel(), (few, smooth.size - few))
    contrast = float(ordered[-few:].mean() - ordered[:few].mean())
    across = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, scale=1 / 8)
    down = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, scale=1 / 8)
    aslant = _ASLANT / np.sqrt(2)
    widths = []
    for slopes in (across, down, (across + down) * aslant, (across - down) * aslant):
        steepest = float(np.partition(np.abs(slopes).ravel(), -few)[-few:].mean())
        widths.append(float(contrast / _STEP / np.sqrt(max(steepest**2 - floor**2, 1e-6))))
    return tuple(widths)


def sharpest_edges(grey: Image, noise: float) -> float:
    """The blur of a picture's strongest edges, as a standard deviation in pixels, whatever they are edges of."""
    smooth = cv2.GaussianBlur(grey, (0, 0), 2)
    across, down = cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    slope = cv2.magnitude(across, down)
    half = _EDGE_WINDOW // 2
    places = []
    for top in range(half, grey.shape[0] - half, 4 * _EDGE_WINDOW):
        for left in range(half, grey.shape[1] - half, 4 * _EDGE_WINDOW):
            part = slope[top : top + 4 * _EDGE_WINDOW, left : left + 4 * _EDGE_WINDOW]
            row, column = np.unravel_index(part.argmax(), part.shape)
            places.append((float(part.max()), top + int(row), left + int(column)))
    strongest = sorted(places, reverse=True)[:40]
    floor = _NOISE_SLOPE * noise / (4 * np.sqrt(8 * np.pi))
    widths = [
        min(_widths(grey[max(0, y - half) : y + half, max(0, x - half) : x + half], 2.0, floor))
        for _, y, x in strongest
    ]
    return float(np.sqrt(max(0.0, float(np.percentile(widths, 20)) ** 2 - 4.0))) if widths else 0.0
