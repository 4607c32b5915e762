"""Zones found on pages: at any angle and size, with exact edges, and none where there is none."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ocr.mrz.finder import Zone, find, straighten
from ocr.mrz.views import Image, Quad

SAMPLES = Path(__file__).parents[2] / "samples"
PASSPORTS = ["vnm_photographed", "vnm_small", "vnm_upside_down", "vnm_doubtful"]


def page(path: str) -> Image:
    grey = cv2.imread(str(SAMPLES / path), cv2.IMREAD_GRAYSCALE)
    assert grey is not None
    return np.asarray(grey, np.uint8)


def passport(name: str) -> Image:
    return page(f"passports/{name}.jpg")


def moved(grey: Image, degrees: float, scale: float = 1.0) -> tuple[Image, NDArray[np.float64]]:
    """The whole picture turned and scaled on a larger canvas, and where its points went."""
    height, width = grey.shape
    side = int(np.hypot(height, width) * scale) + 2
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, scale)
    matrix[:, 2] += ((side - width) / 2, (side - height) / 2)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    turned = cv2.warpAffine(grey, matrix, (side, side), flags=how, borderValue=(120,))
    return np.asarray(turned, np.uint8), np.asarray(matrix, np.float64)


def height_of(quad: Quad) -> float:
    return float(np.linalg.norm(quad[3] - quad[0]) + np.linalg.norm(quad[2] - quad[1])) / 2


def same(one: Zone, other: Zone, within: float) -> bool:
    """Whether all corners agree, to a share of the capitals' height."""
    if len(one.lines) != len(other.lines):
        return False
    off = [np.abs(a - b).max() / height_of(a) for a, b in zip(one.lines, other.lines, strict=True)]
    return bool(max(off) < within)


@pytest.mark.parametrize("name", PASSPORTS)
def test_a_passport_has_two_lines_of_forty_four_glyphs(name: str) -> None:
    best = find(passport(name))[0]
    assert len(best.lines) == 2
    for quad in best.lines:
        length = float(np.linalg.norm(quad[1] - quad[0]))
        assert 37 < length / height_of(quad) < 50  # 44 at a pitch of 0.85 to 1.13 capital heights


@pytest.mark.parametrize("degrees", [0, 35, 90, 145, 180, 250, 270])
def test_a_turned_page_has_the_same_zone(degrees: float) -> None:
    grey = passport("vnm_small")
    upright = find(grey)[0]
    turned, matrix = moved(grey, degrees)
    expected = Zone(tuple(cv2.transform(quad[None], matrix)[0] for quad in upright.lines), 1.0)
    assert any(same(zone, expected, within=0.9) for zone in find(turned))


@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_size_does_not_matter(scale: float) -> None:
    grey = passport("vnm_upside_down")
    upright = find(grey)[0]
    scaled, matrix = moved(grey, 0, scale)
    expected = Zone(tuple(cv2.transform(quad[None], matrix)[0] for quad in upright.lines), 1.0)
    assert any(same(zone, expected, within=0.9) for zone in find(scaled))


@pytest.mark.parametrize("name", PASSPORTS)
def test_strips_hold_the_print_and_nothing_else(name: str) -> None:
    grey = passport(name)
    for quad in find(grey)[0].lines:
        strip = straighten(grey, quad)
        assert strip.shape[0] == 32
        ink = cv2.morphologyEx(strip, cv2.MORPH_BLACKHAT, np.ones((25, 25), np.uint8)).astype(float)
        rows = ink[:, 20:-20].mean(1)
        assert rows[8:24].mean() > 2 * np.concatenate([rows[:3], rows[-3:]]).mean()


def test_a_small_document_in_a_large_picture() -> None:
    small, _ = moved(passport("vnm_photographed"), 20, 0.9)
    desk = np.full((3200, 3900), 170, np.uint8)
    desk[300 : 300 + small.shape[0], 900 : 900 + small.shape[1]] = small
    best = find(desk)[0]
    assert len(best.lines) == 2
    assert all(quad[:, 0].min() > 900 and quad[:, 1].min() > 300 for quad in best.lines)


def test_a_cut_out_of_nothing_but_the_lines() -> None:
    grey = passport("vnm_photographed")
    corners = np.vstack(find(grey)[0].lines)
    upright = levelled_cut(grey, corners)
    best = find(upright)[0]
    assert len(best.lines) == 2
    assert all(np.ptp(quad[:, 0]) > 0.9 * upright.shape[1] for quad in best.lines)


def levelled_cut(grey: Image, corners: NDArray[np.float32]) -> Image:
    """The lines alone, level, with a margin of a third of the capitals' height."""
    source = np.array([corners[0], corners[1], corners[6], corners[7]], np.float32)
    target = np.array([[8, 8], [1108, 8], [1108, 92], [8, 92]], np.float32)
    matrix = cv2.getPerspectiveTransform(source, target)
    return np.asarray(cv2.warpPerspective(grey, matrix, (1116, 100), flags=cv2.INTER_AREA), np.uint8)


@pytest.mark.parametrize("number", [1, 2])
def test_a_contract_has_no_zone(number: int) -> None:
    assert find(page(f"contracts/vi_en_page_{number}.jpg")) == []


@pytest.mark.parametrize("shape", [(1, 1), (3, 900), (900, 3), (600, 800)])
def test_pages_without_print_have_no_zone(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(5)
    assert find(np.full(shape, 200, np.uint8)) == []
    assert find(rng.integers(0, 256, shape, np.uint8)) == []


def test_a_finger_across_a_line_leaves_its_ends_where_they_were() -> None:
    grey = passport("vnm_photographed")
    whole = find(grey)[0]
    middle = whole.lines[1].mean(0)
    covered = grey.copy()
    cv2.circle(covered, (int(middle[0]), int(middle[1])), int(1.5 * height_of(whole.lines[1])), 150, -1)
    assert same(find(covered)[0], whole, within=0.9)


def test_a_strip_is_resampled_from_every_pixel_it_covers() -> None:
    """Strokes one pixel wide on a fine page: a strip that picked single pixels would lose most of them."""
    fine = np.full((1000, 4000), 255, np.uint8)
    fine[:, ::8] = 0
    quad = np.array([[200, 300], [3800, 300], [3800, 500], [200, 500]], np.float32)
    strip = straighten(fine, quad)
    assert strip.shape == (32, round(18 * 3600 / 200) + 14)
    assert np.abs(strip[4:-4, 4:-4].astype(float) - 255 * 7 / 8).max() < 30


def test_a_strip_takes_perspective_out() -> None:
    """Each end of a line has its own height; in the strip both are 18 rows, whatever the page's angle."""
    quad = np.array([[100, 220], [700, 150], [706, 200], [102, 250]], np.float32)
    drawn = np.full((400, 800), 255, np.uint8)
    cv2.fillConvexPoly(drawn, np.round(quad).astype(np.int32), 0, cv2.LINE_AA)
    strip = straighten(drawn, quad)
    assert strip[9:23, 9:-9].max() < 40
    assert strip[:5].min() > 215
    assert strip[-5:].min() > 215
    assert strip[:, :4].min() > 215
    assert strip[:, -4:].min() > 215
