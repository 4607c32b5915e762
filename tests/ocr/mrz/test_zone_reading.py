"""Whole pages: the zone read exactly whichever way the page lies, its places, and none where there is none."""

import csv
import datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from ocr.mrz.reading import ZoneReading, read_zone
from ocr.mrz.recogniser import Image

SAMPLES = Path(__file__).parents[2] / "samples"
TODAY = datetime.date(2026, 11, 23)
TRUTH = {row["file"]: row for row in csv.DictReader((SAMPLES / "passports" / "truth.csv").open())}


def page(path: str) -> Image:
    grey = cv2.imread(str(SAMPLES / path), cv2.IMREAD_GRAYSCALE)
    assert grey is not None
    return np.asarray(grey, np.uint8)


def read(grey: Image) -> ZoneReading:
    found = read_zone(grey, TODAY)
    assert found is not None
    return found


@pytest.mark.parametrize("name", ["vnm_photographed.jpg", "vnm_small.jpg", "vnm_upside_down.jpg"])
@pytest.mark.parametrize("turns", [0, 1, 2])
def test_a_photographed_passport_is_read_exactly_at_any_turn(name: str, turns: int) -> None:
    found = read(np.ascontiguousarray(np.rot90(page(f"passports/{name}"), turns)))
    assert found.decoded.kind == "TD3"
    assert found.decoded.lines == (TRUTH[name]["line1"], TRUTH[name]["line2"])
    assert found.document.verified
    assert found.document.document_number.doubts == ()


@pytest.mark.parametrize("name", ["vnm_photographed.jpg", "vnm_small.jpg", "vnm_upside_down.jpg"])
def test_waves_printed_across_the_page_change_nothing_that_is_read(name: str) -> None:
    grey = page(f"passports/{name}")
    x = np.linspace(0, grey.shape[1], 300)
    for start in range(-60, grey.shape[0], 14):
        y = start + 40 * np.sin(x / 35 + start / 90)
        cv2.polylines(grey, [np.stack((x, y), 1).astype(np.int32)], False, (120,), 1, cv2.LINE_AA)
    assert read(grey).decoded.lines == (TRUTH[name]["line1"], TRUTH[name]["line2"])


def test_places_of_glyphs_lie_on_the_page_one_after_the_other() -> None:
    found = read(page("passports/vnm_small.jpg"))
    for line in (0, 1):
        whole = found.place(line, 0, 44)
        np.testing.assert_allclose(whole, found.quads[line], atol=0.01)
        first, second = found.place(line, 3, 4), found.place(line, 4, 5)
        np.testing.assert_allclose(first[1], second[0], atol=0.01)
        np.testing.assert_allclose(
            np.linalg.norm(whole[1] - whole[0]), 44 * np.linalg.norm(first[1] - first[0]), rtol=0.01
        )


@pytest.mark.parametrize("path", ["journey/contract-1.jpg", "journey/contract-2.jpg"])
def test_a_contract_has_no_zone(path: str) -> None:
    assert read_zone(page(path), TODAY) is None


def test_an_empty_page_has_no_zone() -> None:
    assert read_zone(np.full((400, 600), 230, np.uint8), TODAY) is None
