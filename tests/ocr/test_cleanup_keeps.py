"""Nothing that a photograph shows is lost from the page that people look at, or from the one that is read."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ocr.cleanup import clean, present
from ocr.cleanup.flat import flattened
from ocr.cleanup.light import gentle_light
from ocr.cleanup.upright import deskewed
from ocr.mrz.finder import Zone
from ocr.pixels import Pixels

Picture = NDArray[np.uint8]
TABLE = (70, 60, 50)
SHEET = np.array([[100, 100], [1000, 100], [1000, 1280], [100, 1280]], np.float32)


def pixels(rgb: Picture) -> Pixels:
    return Pixels(rgb.shape[1], rgb.shape[0], np.ascontiguousarray(rgb).tobytes())


def write(rgb: Picture, text: str, at: tuple[int, int], ink: int) -> None:
    cv2.putText(rgb, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.8, (ink,) * 3, 2, cv2.LINE_AA)


def on_a_table(noise: float = 0.0) -> Picture:
    """A bright sheet full of print, its edges those of `SHEET`, on a plain dark table."""
    scene = np.full((1500, 1100, 3), TABLE, np.uint8)
    scene[100:1280, 100:1000] = (245, 245, 240)
    for row in range(26):
        write(scene, "The employer pays the worker every month the sum", (150, 150 + 42 * row), 20)
    grain = np.random.default_rng(1).normal(0, noise, scene.shape)
    return np.clip(scene + grain, 0, 255).astype(np.uint8)


def with_a_band(band: int, ink: int) -> tuple[Picture, Picture]:
    """The same sheet with one more clause, in a dark band at its foot; and the clause alone, grey."""
    scene = on_a_table()
    scene[1280:1400, 100:1000] = band
    write(scene, "She owes the agency 9,000", (150, 1350), ink)
    return scene, np.ascontiguousarray(scene[1320:1365, 145:540, 0])


def shows(picture: Picture, part: Picture) -> float:
    """How much like the part the likeliest place of a picture is, 0..1, whatever the light."""
    whole, alone = (
        each - np.asarray(cv2.GaussianBlur(each, (0, 0), 8), np.float32)
        for each in (picture.astype(np.float32), part.astype(np.float32))
    )
    return float(cv2.matchTemplate(whole, alone, cv2.TM_CCOEFF_NORMED).max())


@pytest.mark.parametrize(("band", "ink"), [(60, 250), (60, 0), (90, 0), (150, 0), (62, 80)])
def test_a_clause_in_a_dark_band_stays_on_the_page(band: int, ink: int) -> None:
    scene, clause = with_a_band(band, ink)
    shown = present(pixels(scene), "contract")
    ratio = shown.width / scene.shape[1]
    larger = cv2.resize(clause, None, fx=ratio, fy=ratio)
    assert shows(np.ascontiguousarray(shown.array[..., 0]), np.asarray(larger)) > 0.7


def test_a_clause_in_a_dark_band_is_there_to_be_read() -> None:
    scene, clause = with_a_band(110, 0)
    sheet = clean(pixels(scene))
    ratio = sheet.shape[1] / scene.shape[1]
    larger = cv2.resize(clause, None, fx=ratio, fy=ratio)
    assert shows(sheet, np.asarray(larger)) > 0.7


@pytest.mark.parametrize("noise", [0.0, 2.5])
def test_a_table_that_shows_nothing_is_cut_off(noise: float) -> None:
    shown = present(pixels(on_a_table(noise)), "contract")
    assert shown.width == pytest.approx(900, rel=0.05)
    assert shown.height == pytest.approx(1180, rel=0.05)


@pytest.mark.parametrize("ink", [0, 255])
def test_print_beside_a_passport_stays(ink: int) -> None:
    scene = on_a_table()
    line = np.array([[150, 1150], [950, 1150], [950, 1180], [150, 1180]], np.float32)
    alone = present(pixels(scene), "passport", [Zone((line, line), 0.9)])
    write(scene, "Observations", (400, 1400), ink)
    shown = present(pixels(scene), "passport", [Zone((line, line), 0.9)])
    assert alone.height < 1300
    assert shown.height > 1450
    assert shows(np.ascontiguousarray(shown.array[..., 0]), scene[1375:1410, 400:560, 0]) > 0.7


def test_a_whole_picture_that_would_grow_by_half_is_left_as_it_is() -> None:
    scene = np.random.default_rng(2).integers(0, 256, (600, 900, 3), np.uint8)
    tilted = np.array([[300, 60], [700, 260], [560, 540], [160, 340]], np.float32)
    assert flattened(scene, tilted) is None


def test_levelling_cuts_no_corner_off() -> None:
    sheet = np.full((1600, 1400), 255, np.uint8)
    for row in range(34):
        cv2.putText(sheet, "every month the agreed sum, the", (4, 30 + 46 * row), 0, 2.6, (0,), 3)
    turn = cv2.getRotationMatrix2D((700, 800), 4, 1)
    slanted = np.asarray(cv2.warpAffine(sheet, turn, (1400, 1600)), np.uint8)
    full = np.ascontiguousarray(slanted[200:1400, 200:1200])
    level = deskewed(full)
    assert not np.array_equal(level, full)
    assert (255.0 - level).sum() > 0.995 * (255.0 - full).sum()


def test_lifting_shadows_does_not_wash_out_a_light_label() -> None:
    scene = np.full((1400, 1000, 3), 245, np.uint8)
    scene[900:] = 40
    scene[1000:1026, 400:456] = 180
    cv2.putText(scene, "90%", (408, 1020), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (140,) * 3, 1, cv2.LINE_AA)
    lit = gentle_light(scene)
    assert np.ptp(scene[1004:1022, 404:452]) > 35
    assert np.ptp(lit[1004:1022, 404:452]) > 35
