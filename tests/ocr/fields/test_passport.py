"""Passports found and read from pixels: at any angle, exactly or with doubt, and never where there is none."""

import csv
import datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from ocr.fields.field import Field
from ocr.fields.mrz_zone import MARGIN, PITCH
from ocr.fields.passport import locate, read_passport
from ocr.pixels import Pixels, encode_page, open_page
from ocr.recognise import Image, grey
from ocr.sanitise import sanitise

SAMPLES = Path(__file__).parents[2] / "samples"
TODAY = datetime.date(2026, 11, 23)
TRUTH = {row["file"]: row for row in csv.DictReader((SAMPLES / "passports" / "truth.csv").open())}


def clean_page(path: Path) -> Pixels:
    """As the vault keeps it: decoded in the jail, encoded, opened again."""
    (page,) = sanitise(path.read_bytes())
    return open_page(encode_page(page))


def passport(name: str) -> dict[str, Field]:
    page = clean_page(SAMPLES / "passports" / name)
    return {field.name: field for field in read_passport(page, 1, TODAY)}


def turned(grey: Image, degrees: float) -> Image:
    """The whole picture, turned, on a larger canvas."""
    height, width = grey.shape
    side = int(np.hypot(height, width)) + 2
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    matrix[:, 2] += ((side - width) / 2, (side - height) / 2)
    return np.asarray(cv2.warpAffine(grey, matrix, (side, side), borderValue=(120,)), np.uint8)


@pytest.mark.parametrize("name", ["vnm_photographed.jpg", "vnm_small.jpg", "vnm_upside_down.jpg"])
def test_a_photographed_passport_is_read_exactly_and_without_doubt(name: str) -> None:
    fields = passport(name)
    truth = TRUTH[name]
    assert fields["mrz_line_1"].value == truth["line1"]
    assert fields["mrz_line_2"].value == truth["line2"]
    assert [field.name for field in fields.values() if field.doubtful] == []


def test_the_fields_of_a_passport() -> None:
    fields = passport("vnm_photographed.jpg")
    assert {name: field.value for name, field in fields.items() if not name.startswith("mrz_")} == {
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
    assert {(field.source, field.page) for field in fields.values()} == {("mrz", 1)}


def test_a_poor_picture_is_read_with_doubt_and_no_sure_field_is_wrong() -> None:
    fields = passport("vnm_doubtful.jpg")
    assert fields["document_number"].doubtful
    truth = TRUTH["vnm_doubtful.jpg"]
    right = {"surname": "DUONG", "given_names": "THI TRANG", "nationality": "VNM", "issuing_state": "VNM"}
    right |= {
        "document_number": "C4131196",
        "birth_date": "1991-09-07",
        "sex": "F",
        "expiry_date": "2031-10-28",
    }
    right |= {"personal_number": "WYAPIWL2CY7KUJ", "mrz_line_1": truth["line1"], "mrz_line_2": truth["line2"]}
    sure = {name: field.value for name, field in fields.items() if not field.doubtful}
    assert sure == {name: right[name] for name in sure}


@pytest.mark.parametrize("degrees", [0, 90, 180, 270, 20, 135, 340])
def test_the_zone_is_found_at_any_angle(degrees: float) -> None:
    image = cv2.imread(str(SAMPLES / "passports" / "vnm_small.jpg"), cv2.IMREAD_GRAYSCALE)
    found = locate(turned(np.asarray(image, np.uint8), degrees))
    assert found is not None
    truth = TRUTH["vnm_small.jpg"]
    for line, text in zip(found, (truth["line1"], truth["line2"]), strict=True):
        assert [i for i, filler in enumerate(line.fillers) if filler] == [
            i for i, character in enumerate(text) if character == "<"
        ]


def test_nothing_is_invented_where_there_is_no_zone() -> None:
    rng = np.random.default_rng(7)
    noise = rng.integers(0, 255, (900, 700, 3), np.uint8)
    empty = np.full((900, 700, 3), 240, np.uint8)
    for array in (noise, empty):
        assert read_passport(Pixels(700, 900, array.tobytes()), 1, TODAY) == ()
    assert read_passport(clean_page(SAMPLES / "contracts" / "vi_en_page_1.jpg"), 1, TODAY) == ()


@pytest.mark.parametrize(
    ("place", "other", "name"), [(4, 2, "document_number"), (15, 14, "birth_date"), (24, 21, "expiry_date")]
)
def test_a_forged_digit_is_doubtful(place: int, other: int, name: str) -> None:
    """One digit of the zone is replaced by the picture of another: the check digits must notice."""
    whole, forged = zone_page(), zone_page((place, other))
    fields = {field.name: field for field in read_passport(whole, 1, TODAY)}
    assert not fields[name].doubtful
    fields = {field.name: field for field in read_passport(forged, 1, TODAY)}
    assert fields[name].doubtful
    assert fields["mrz_line_2"].doubtful


def zone_page(forgery: tuple[int, int] | None = None) -> Pixels:
    """A page with nothing but the sample's straightened zone; in line 2 one glyph copied over another."""
    found = locate(grey(clean_page(SAMPLES / "passports" / "vnm_photographed.jpg").array))
    assert found is not None
    lines = [line.image.copy() for line in found]
    if forgery:
        place, other = (MARGIN + column * PITCH for column in forgery)
        lines[1][:, place : place + PITCH] = found[1].image[:, other : other + PITCH]
    page = np.full((600, lines[0].shape[1], 3), 240, np.uint8)
    for top, line in zip((300, 375), lines, strict=True):
        page[top : top + line.shape[0]] = line[:, :, None]
    return Pixels(page.shape[1], page.shape[0], page.tobytes())


def test_a_field_says_why_exactly_when_it_is_doubtful() -> None:
    for doubtful, why in ((True, None), (False, "check_digit")):
        with pytest.raises(ValueError, match="says why"):
            Field("sex", "M", doubtful, why, "mrz", 1)
