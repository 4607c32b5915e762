"""A zone is relied on only if it is the page's only one and people see it as well as the recogniser does."""

import datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from ocr.fields.zone_fields import zone_fields
from ocr.mrz.reading import ZoneReading, read_zone
from ocr.mrz.recogniser import Image

SAMPLES = Path(__file__).parents[2] / "samples" / "passports"
TODAY = datetime.date(2026, 11, 24)


def page(name: str, width: int = 1100) -> Image:
    """A photographed passport, upright."""
    grey = cv2.imread(str(SAMPLES / name), cv2.IMREAD_GRAYSCALE)
    assert grey is not None
    ratio = width / grey.shape[1]
    return np.asarray(cv2.resize(grey, None, fx=ratio, fy=ratio, interpolation=cv2.INTER_AREA), np.uint8)


def read(grey: Image) -> ZoneReading:
    found = read_zone(grey, TODAY)
    assert found is not None
    return found


def faded(grey: Image, zone: ZoneReading, left: float, share: float) -> Image:
    """The page with so much of the zone's ink left, over this share of its lines' length."""
    points = np.concatenate(zone.quads)
    low, high = (np.round(side).astype(int) for side in (points.min(0) - 8, points.max(0) + 8))
    high[0] = low[0] + round((high[0] - low[0]) * share)
    part = np.ascontiguousarray(grey[low[1] : high[1], low[0] : high[0]])
    paper = cv2.GaussianBlur(cv2.dilate(part, np.ones((25, 25), np.uint8)), (0, 0), 8).astype(np.float32)
    pale = grey.copy()
    pale[low[1] : high[1], low[0] : high[0]] = np.round(paper + left * (np.minimum(part, paper) - paper))
    return pale


def doubts(grey: Image, zone: ZoneReading) -> set[str | None]:
    return {field.why for field in zone_fields(zone, grey, 1)}


@pytest.fixture(scope="module")
def alone() -> tuple[Image, ZoneReading]:
    grey = page("vnm_small.jpg")
    zone = read(grey)
    assert zone.decoded.valid
    assert not zone.rival
    assert not zone.faint
    return grey, zone


def test_two_zones_that_differ_are_told_and_neither_is_valid(alone: tuple[Image, ZoneReading]) -> None:
    both = np.vstack((alone[0], page("vnm_doubtful.jpg")))
    zone = read(both)
    assert zone.rival
    assert not zone.decoded.valid
    assert None not in doubts(both, zone)


def test_a_second_zone_on_its_head_is_a_rival_too(alone: tuple[Image, ZoneReading]) -> None:
    both = np.vstack((alone[0], np.rot90(page("vnm_doubtful.jpg"), 2)))
    assert read(np.ascontiguousarray(both)).rival


def test_the_same_zone_twice_is_no_rival(alone: tuple[Image, ZoneReading]) -> None:
    twice = read(np.vstack((alone[0], alone[0])))
    assert twice.decoded.lines == alone[1].decoded.lines
    assert twice.decoded.valid
    assert not twice.rival


def test_a_zone_that_nobody_sees_is_read_but_never_valid(alone: tuple[Image, ZoneReading]) -> None:
    pale = faded(*alone, left=0.12, share=1)
    zone = read(pale)
    assert zone.decoded.lines == alone[1].decoded.lines
    assert zone.faint
    assert not zone.decoded.valid
    assert doubts(pale, zone) == {"unconfirmed"}


def test_a_stretch_that_nobody_sees_makes_the_whole_zone_doubtful(alone: tuple[Image, ZoneReading]) -> None:
    pale = faded(*alone, left=0.15, share=0.35)
    zone = read(pale)
    assert zone.faint
    assert not zone.decoded.valid


def test_a_pale_copy_is_relied_on_where_all_of_it_is_pale(alone: tuple[Image, ZoneReading]) -> None:
    pale = np.round(235 + 0.5 * (alone[0] - 235.0)).astype(np.uint8)
    zone = read(pale)
    assert zone.decoded.lines == alone[1].decoded.lines
    assert zone.decoded.valid


def test_the_clear_one_of_two_zones_is_shown(alone: tuple[Image, ZoneReading]) -> None:
    other = page("vnm_doubtful.jpg")
    ghost = faded(other, read(other), left=0.12, share=1)
    zone = read(np.vstack((ghost, alone[0])))
    assert zone.decoded.lines == alone[1].decoded.lines
    assert not zone.faint
