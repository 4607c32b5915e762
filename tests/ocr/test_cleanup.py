"""A page is turned upright, flattened and lit for reading and for showing, and left alone where that is not sure."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ocr.cleanup import clean, present
from ocr.cleanup.sheet import corners
from ocr.cleanup.upright import quarter_turns, turned
from ocr.glyphs import find_glyphs
from ocr.mrz.finder import Zone
from ocr.pixels import Pixels

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
CONTRACTS = (
    "contracts/vi_en_page_1.jpg",
    "contracts/vi_en_page_2.jpg",
    "journey/contract-1.jpg",
    "journey/contract-2.jpg",
)
Picture = NDArray[np.uint8]


def sample(name: str) -> Picture:
    bgr = cv2.imread(str(SAMPLES / name))
    assert bgr is not None
    return np.ascontiguousarray(bgr[:, :, ::-1], np.uint8)


def pixels(rgb: Picture) -> Pixels:
    return Pixels(rgb.shape[1], rgb.shape[0], rgb.tobytes())


def grey(rgb: Picture) -> Picture:
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)


def likeness(one: Picture, other: Picture) -> float:
    """Correlation of two pictures' print, seen coarsely; 1 = the same."""
    small = [
        cv2.GaussianBlur(cv2.resize(picture, (300, 400), interpolation=cv2.INTER_AREA), (0, 0), 2).astype(
            float
        )
        for picture in (one, other)
    ]
    return float(np.corrcoef(small[0].ravel(), small[1].ravel())[0, 1])


def quad(picture: Picture, turns: int = 0) -> NDArray[np.float32]:
    """A level line of print low on the picture, as it lies after so many quarter turns clockwise."""
    height, width = picture.shape[:2]
    points = np.array([[0.1, 0.8], [0.9, 0.8], [0.9, 0.83], [0.1, 0.83]], np.float32) * (width, height)
    for _ in range(turns):
        points = np.stack((height - 1 - points[:, 1], points[:, 0]), 1)
        height, width = width, height
    return points.astype(np.float32)


def on_a_table(sheet: Picture, tilt: float) -> Picture:
    """The sheet photographed on a brown table."""
    height, width = sheet.shape[:2]
    scene = np.full((int(1.4 * height), int(1.4 * width), 3), (95, 70, 50), np.uint8)
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), tilt, 1)
    matrix[:, 2] += (0.2 * width, 0.2 * height)
    size = scene.shape[1::-1]
    return np.asarray(
        cv2.warpAffine(
            sheet, matrix, size, dst=scene, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_TRANSPARENT
        )
    )


@pytest.mark.parametrize("name", CONTRACTS)
@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_print_tells_which_way_up_it_is(name: str, turns: int) -> None:
    lying = turned(grey(sample(name)), turns)
    assert quarter_turns(find_glyphs(lying)) == -turns % 4


def test_print_of_capitals_or_none_is_left_as_it_lies() -> None:
    sheet = np.full((1000, 800), 240, np.uint8)
    assert quarter_turns(find_glyphs(sheet)) is None
    for row in range(8):
        cv2.putText(sheet, "HHHHEEEEHHHH", (60, 100 + 100 * row), cv2.FONT_HERSHEY_SIMPLEX, 1.5, (20,), 3)
    assert quarter_turns(find_glyphs(sheet)) is None
    shown = present(pixels(np.stack([sheet] * 3, -1)), "contract")
    assert (shown.width, shown.height) == (800, 1000)


def test_glyphs_are_as_large_and_as_slanted_as_they_were_printed() -> None:
    sheet = sample("journey/contract-2.jpg")
    glyphs = find_glyphs(grey(sheet))
    half = find_glyphs(
        grey(np.asarray(cv2.resize(sheet, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)))
    )
    assert half.size / half.scale == pytest.approx(glyphs.size / glyphs.scale / 2, rel=0.2)
    tilted = find_glyphs(grey(on_a_table(sheet, -4)))
    assert tilted.angle == pytest.approx(4, abs=1.5)


def test_the_reading_picture_is_the_same_however_the_page_lay() -> None:
    sheet = sample("journey/contract-2.jpg")
    straight = clean(pixels(sheet))
    assert max(straight.shape) == 3500
    assert likeness(straight, clean(pixels(turned(sheet, 3)))) > 0.95
    assert likeness(straight, turned(straight, 2)) < 0.5


def test_people_see_the_sheet_upright_in_colour_and_without_the_table() -> None:
    sheet = sample("journey/contract-2.jpg").copy()
    sheet[1800:1900, 300:500] = (190, 30, 40)  # a red seal
    photograph = turned(on_a_table(sheet, 5), 2)
    shown = present(pixels(photograph), "contract").array
    rim = [round(0.012 * side) for side in shown.shape]
    assert likeness(grey(sheet), grey(shown[rim[0] : -rim[0], rim[1] : -rim[1]])) > 0.9
    assert shown.shape[0] == pytest.approx(sheet.shape[0], rel=0.06)
    red = (shown[..., 0].astype(int) - shown[..., 1] > 100).mean()
    assert red == pytest.approx(100 * 200 / sheet[..., 0].size, rel=0.25)
    assert len(np.unique(shown)) > 100  # a photograph still, not black on white


def test_a_shadow_is_lifted_and_no_edge_or_colour_made() -> None:
    sheet = sample("journey/contract-2.jpg")
    shade = np.linspace(0.45, 0.95, sheet.shape[1])[None, :, None]
    shown = present(pixels((sheet * shade).astype(np.uint8)), "contract").array
    assert shown.shape == sheet.shape  # what lies in the shadow is the sheet as well
    before, after = (np.percentile(side, 80, axis=(0, 1)) for side in (sheet[:, :400] * 0.5, shown[:, :400]))
    assert (after > 1.3 * before).all()
    assert np.ptp(after) < 6
    dark = shown[sheet[..., 0] < 60]
    assert np.percentile(dark, 90) < 130  # ink stays ink


def test_a_scan_without_corners_keeps_its_geometry() -> None:
    sheet = sample("journey/contract-1.jpg")
    assert corners(grey(sheet)) is None
    shown = present(pixels(sheet), "contract")
    assert (shown.height, shown.width) == sheet.shape[:2]


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_passport_is_turned_by_its_zone_and_not_a_pixel_is_changed(turns: int) -> None:
    rgb = sample("journey/passport.jpg")
    line = quad(rgb, turns)
    shown = present(pixels(turned(rgb, turns)), "passport", [Zone((line, line), 0.9)])
    assert np.array_equal(shown.array, rgb)


def test_a_tilted_passport_is_levelled_on_a_larger_canvas() -> None:
    rgb = sample("journey/passport.jpg")
    line = np.array([[100, 300], [900, 650], [890, 675], [90, 325]], np.float32)
    shown = present(pixels(rgb), "passport", [Zone((line, line), 0.9)])
    assert shown.width > rgb.shape[1]
    assert shown.height > rgb.shape[0]
    assert tuple(shown.array[0, 0]) == (128, 128, 128)


@pytest.mark.parametrize("zones", [[], [0.4]])
def test_without_a_sure_zone_a_passport_is_left_as_it_is(zones: list[float]) -> None:
    rgb = turned(sample("journey/passport.jpg"), 2)
    found = [Zone((quad(rgb, 2),) * 2, score) for score in zones]
    assert np.array_equal(present(pixels(rgb), "passport", found).array, rgb)


def test_a_passport_on_a_table_is_cut_out_only_where_its_zone_agrees() -> None:
    rgb = sample("journey/passport.jpg")
    scene = on_a_table(rgb, 0)
    inside = quad(rgb) + np.array((0.2 * rgb.shape[1], 0.2 * rgb.shape[0]), np.float32)
    outside = inside + np.array((0, 0.25 * rgb.shape[0]), np.float32)
    cut_out = present(pixels(scene), "passport", [Zone((inside, inside), 0.9)])
    left = present(pixels(scene), "passport", [Zone((outside, outside), 0.9)])
    assert cut_out.width == pytest.approx(rgb.shape[1], rel=0.06)
    assert left.width == scene.shape[1]
