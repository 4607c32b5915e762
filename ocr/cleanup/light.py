"""Uneven light taken out: strongly for the recogniser, gently for people."""

import cv2
import numpy as np

from ocr.recognise import Image

_WHITE = 245.0  # what paper becomes for the recogniser
_GENTLE = 0.7  # of the way to even light: a shadow stays to be seen, what lies in it can be read
_MOST_GAIN = 2.2
_SIDE = 400  # light is estimated on a small picture: it has no detail


def even_light(sheet: Image) -> Image:
    """Grey print divided by the paper's own brightness, estimated without the print."""
    small = cv2.resize(sheet, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    paper = cv2.medianBlur(cv2.dilate(small, np.ones((9, 9), np.uint8)), 31)
    paper = cv2.resize(paper, (sheet.shape[1], sheet.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.divide(sheet, paper, scale=_WHITE), np.uint8)


def gentle_light(sheet: Image) -> Image:
    """A colour sheet with its shadows lifted towards its own brightest paper; hues and print stay as they are.

    One smooth factor for all three channels, never below 1: nothing is darkened, no colour moves, no edge is made. It
    stays below what would turn a lighter place nearby white, a label on a dark table say, and its print with it.
    """
    scale = min(1.0, _SIDE / max(sheet.shape[:2]))
    small = cv2.resize(sheet, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    bright = np.ascontiguousarray(small.max(2))
    window = max(3, max(bright.shape) // 40) | 1
    dilated = cv2.medianBlur(cv2.dilate(bright, np.ones((window, window), np.uint8)), 31)
    smooth = max(bright.shape) / 60
    paper = cv2.GaussianBlur(dilated.astype(np.float32), (0, 0), smooth)
    gain = (np.percentile(paper, 90) / np.maximum(paper, 1)) ** _GENTLE
    gain = np.clip(np.minimum(gain, 255 / np.maximum(bright.astype(np.float32), 1)), 1, _MOST_GAIN)
    # The least of a neighbourhood first, so that blurring does not bring more back.
    reach = 2 * round(2 * smooth) + 1
    gain = cv2.GaussianBlur(cv2.erode(gain.astype(np.float32), np.ones((reach, reach))), (0, 0), smooth)
    full = cv2.resize(gain, sheet.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    lit = [cv2.multiply(channel, full, dtype=cv2.CV_8U) for channel in cv2.split(sheet)]
    return np.asarray(cv2.merge(lit), np.uint8)
