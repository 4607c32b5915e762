"""Print is found as exactly as by comparing everything with everything, and what is made to cost much costs little."""

import tracemalloc
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ocr.glyphs import _partners, find_glyphs
from ocr.scaling import scaled

PAGE = Path(__file__).resolve().parents[1] / "samples" / "contracts" / "vi_en_page_1.jpg"
FARTHEST = 300


def distances(boxes: NDArray[np.float32]) -> NDArray[np.float64]:
    """From each blob to each of like size within its reach; infinite to all others."""
    centres = (boxes[:, :2] + boxes[:, 2:] / 2).astype(np.float64)
    size = boxes[:, 2:].max(1).astype(np.float64)
    apart = np.hypot(*(centres[:, None, i] - centres[None, :, i] for i in (0, 1)))
    ratio = size[:, None] / size[None]
    apart[(ratio < 0.5) | (ratio > 2) | (apart > np.minimum(2.6 * size, FARTHEST)[:, None])] = np.inf
    np.fill_diagonal(apart, np.inf)
    return np.asarray(apart, np.float64)


def assert_nearest(boxes: NDArray[np.float32]) -> None:
    partner, apart = _partners(boxes), distances(boxes)
    alone = np.isinf(apart.min(1))
    assert np.array_equal(partner < 0, alone)
    taken = apart[np.arange(len(boxes)), partner]
    assert np.allclose(taken[~alone], apart.min(1)[~alone], atol=1e-3)


@pytest.mark.parametrize("seed", range(4))
def test_the_partner_is_the_nearest_of_like_size_wherever_it_lies(seed: int) -> None:
    random = np.random.default_rng(seed)
    places = random.uniform(0, 900, (700, 2))
    sizes = np.exp(random.uniform(np.log(4), np.log(400), (700, 1))) * random.uniform(0.5, 1, (700, 2))
    assert_nearest(np.hstack([places, np.maximum(sizes, 1)]).astype(np.float32))


def test_the_partner_of_every_letter_of_a_page_is_its_nearest() -> None:
    page = cv2.imread(str(PAGE), cv2.IMREAD_GRAYSCALE)
    boxes = find_glyphs(np.asarray(page, np.uint8)).boxes
    assert len(boxes) > 1000
    assert_nearest(boxes)


def specks_beside_long_strokes() -> NDArray[np.uint8]:
    """A quarter of a million specks, and strokes so long that every speck lies within their reach."""
    picture = np.full((2000, 2000), 255, np.uint8)
    picture[0::2] = 0
    picture[:, 4::5] = 255
    picture[:, 1700:] = 255
    picture[1480:] = 255
    for column in range(1703, 1900, 99):
        for row in range(0, 1460, 3):
            for step in range(12):
                at = column + 8 * step
                picture[row + step * 8 // 12, at : at + 8] = 0
    return picture


def test_a_picture_of_specks_takes_no_more_than_a_page_of_print() -> None:
    picture = specks_beside_long_strokes()
    tracemalloc.start()
    try:
        found = find_glyphs(picture)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 5_000 < len(found.boxes) <= 16_000
    assert peak < 120_000_000


@pytest.mark.parametrize("by", [0.01, 1, 2])
def test_no_side_of_a_picture_vanishes(by: float) -> None:
    for height, width in ((3, 600), (600, 3), (1, 1)):
        picture = np.zeros((height, width, 3), np.uint8)
        assert scaled(picture, by).shape == (max(1, round(height * by)), max(1, round(width * by)), 3)
