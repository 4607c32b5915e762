"""Passports read from pixels: what is sure is right, what is forged or poor is in doubt, nothing is invented."""

import csv
import datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from ocr.fields.field import Field
from ocr.mrz import fallback
from ocr.mrz.reading import read_zone
from ocr.pixels import Pixels, encode_page, open_page
from ocr.reading import read_page
from ocr.recognise import grey
from ocr.sanitise import sanitise

SAMPLES = Path(__file__).parents[2] / "samples"
TODAY = datetime.date(2026, 11, 23)
TRUTH = {row["file"]: row for row in csv.DictReader((SAMPLES / "passports" / "truth.csv").open())}


def clean_page(path: Path) -> Pixels:
    """As the vault keeps it: decoded in the jail, encoded, opened again."""
    (page,) = sanitise(path.read_bytes())
    return open_page(encode_page(page))


def fields_of(page: Pixels) -> dict[str, Field]:
    return {field.name: field for field in read_page("passport", page, 1, TODAY).fields}


def test_the_fields_of_a_passport() -> None:
    fields = fields_of(clean_page(SAMPLES / "passports" / "vnm_photographed.jpg"))
    assert {name: field.value for name, field in fields.items() if not name.startswith("mrz_")} == {
        "document_kind": "passport",
        "document_number": "B3940231",
        "surname": "LE",
        "given_names": "HUU KHANH QUAN",
        "nationality": "VNM",
        "birth_date": "1979-02-07",
        "sex": "M",
        "expiry_date": "2028-06-12",
        "issuing_state": "VNM",
        "personal_number": "088173452933",
    }
    assert {(field.source, field.page, field.doubtful) for field in fields.values()} == {("mrz", 1, False)}


@pytest.mark.parametrize("share", [1.0, 0.36, 0.28, 0.24])
def test_of_a_poor_picture_no_sure_field_is_wrong(share: float) -> None:
    page = clean_page(SAMPLES / "passports" / "vnm_doubtful.jpg")
    small = cv2.resize(page.array, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    fields = fields_of(Pixels(small.shape[1], small.shape[0], np.ascontiguousarray(small).tobytes()))
    assert share > 0.3 or all(field.doubtful for field in fields.values() if field.name.startswith("mrz_"))
    truth = TRUTH["vnm_doubtful.jpg"]
    right = {
        "document_kind": "passport",
        "surname": "DUONG",
        "given_names": "THI TRANG",
        "nationality": "VNM",
        "issuing_state": "VNM",
        "document_number": "C4131196",
        "birth_date": "1991-09-07",
        "sex": "F",
        "expiry_date": "2031-10-28",
        "personal_number": "WYAPIWL2CY7KUJ",
        "mrz_line_1": truth["line1"],
        "mrz_line_2": truth["line2"],
    }
    sure = {name: field.value for name, field in fields.items() if not field.doubtful}
    assert sure == {name: right[name] for name in sure}


@pytest.mark.parametrize(
    ("place", "other", "name"), [(4, 2, "document_number"), (15, 14, "birth_date"), (24, 21, "expiry_date")]
)
def test_a_forged_digit_is_doubtful(place: int, other: int, name: str) -> None:
    """One digit of the zone is covered with the picture of another: the check digits must notice."""
    page = clean_page(SAMPLES / "passports" / "vnm_photographed.jpg")
    assert not fields_of(page)[name].doubtful
    fields = fields_of(forged(page, place, other))
    assert fields[name].doubtful
    assert fields["mrz_line_2"].doubtful


def forged(page: Pixels, place: int, other: int) -> Pixels:
    """The page with the glyph at `other` of line 2 copied over the one at `place`."""
    zone = read_zone(grey(page.array), TODAY)
    assert zone is not None
    source, target = (zone.place(1, column, column + 1) for column in (other, place))
    matrix = cv2.getPerspectiveTransform(source, target)
    copy = cv2.warpPerspective(page.array, matrix, (page.width, page.height))
    picture = page.array.copy()
    mask = np.zeros(picture.shape[:2], np.uint8)
    around = target.mean(0) + (target - target.mean(0)) * 1.15
    cv2.fillConvexPoly(mask, around.astype(np.int32), 1)
    picture[mask == 1] = copy[mask == 1]
    return Pixels(page.width, page.height, picture.tobytes())


def test_nothing_is_invented_where_there_is_no_zone() -> None:
    rng = np.random.default_rng(7)
    noise = rng.integers(0, 255, (900, 700, 3), np.uint8)
    for page in (
        Pixels(700, 900, noise.tobytes()),
        clean_page(SAMPLES / "contracts" / "vi_en_page_1.jpg"),
    ):
        assert fields_of(page) == {}


def test_what_the_second_reader_reads_is_all_in_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the nets find nothing, Tesseract is asked, and nothing that it says is taken as sure."""
    monkeypatch.setattr("ocr.reading.read_zone", lambda grey, today: None)
    page = _straight("vnm_photographed.jpg")
    fields = fields_of(page)
    assert fields["birth_date"].value == "1979-02-07"
    assert all(field.doubtful for field in fields.values())
    assert {field.confidence for field in fields.values()} == {0.0}


def _straight(name: str) -> Pixels:
    """The sample's zone alone, upright and large: what Tesseract can read."""
    page = clean_page(SAMPLES / "passports" / name)
    zone = read_zone(grey(page.array), TODAY)
    assert zone is not None
    upper, lower = zone.quads
    corners = np.array([upper[0], upper[1], lower[2], lower[3]], np.float32)
    target = np.array([[60, 60], [1860, 60], [1860, 200], [60, 200]], np.float32)
    flat = cv2.warpPerspective(
        page.array, cv2.getPerspectiveTransform(corners, target), (1920, 260), borderValue=(255, 255, 255)
    )
    return Pixels(1920, 260, np.ascontiguousarray(flat).tobytes())


def test_a_zone_without_two_right_check_digits_is_none() -> None:
    page = np.full((300, 1900), 255, np.uint8)
    for row in (100, 170):
        cv2.putText(page, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH", (30, row), 0, 1.2, (0,), 2)
    assert fallback.read_by_tesseract(page, TODAY) is None


def test_a_field_says_why_exactly_when_it_is_doubtful() -> None:
    for doubtful, why in ((True, None), (False, "check_digit")):
        with pytest.raises(ValueError, match="says why"):
            Field("sex", "M", doubtful, why, "mrz", 1)
