"""A contract's page as text in reading order. No terms are read from it yet."""

from pathlib import Path

import cv2
import numpy as np

from ocr.pixels import Pixels
from ocr.recognise import Image, grey, languages_installed, words


def read_contract(page: Pixels, scratch: Path | None = None) -> tuple[str, float]:
    """The page's text, NFC, a line of print a line; and the mean confidence of its words, 0..1.

    Raises:
        ReadingFailed: the recogniser could not run.
    """
    found = words(_clean(page), _languages(), 3, scratch=scratch)
    lines: dict[tuple[int, int, int], list[str]] = {}
    for word in found:
        lines.setdefault(word.line, []).append(word.text)
    confidence = sum(word.confidence for word in found) / len(found) if found else 0.0
    return "\n".join(" ".join(line) for line in lines.values()), confidence


def _languages() -> str:
    """The large Vietnamese net (it reads English too), under either name it is installed by."""
    installed = languages_installed()
    return next((name for name in ("script/Vietnamese", "Vietnamese") if name in installed), "vie+eng")


def _clean(page: Pixels) -> Image:
    plain = grey(page.array)
    paper = cv2.medianBlur(cv2.dilate(plain, np.ones((15, 15), np.uint8)), 51)
    return np.asarray(cv2.divide(plain, paper, scale=255), np.uint8)
