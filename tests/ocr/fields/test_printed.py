"""The printed part of a passport beside its zone: what agrees, what conflicts, and that nothing is made up."""

import dataclasses
import datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr.fields.printed.reading import UNSURE, Printed, read_printed
from ocr.mrz.decoding import Decoded
from ocr.mrz.document import MrzDocument, Value, parse
from ocr.mrz.reading import ZoneReading, read_zone
from ocr.mrz.views import Quad
from ocr.recognise import Image as Grey

SAMPLES = Path(__file__).parents[2] / "samples"
TODAY = datetime.date(2026, 11, 23)
LINES = ("P<VNMTRAN<<BINH<AN<<<<<<<<<<<<<<<<<<<<<<<<<<", "C123456787VNM9502149F3507016<<<<<<<<<<<<<<04")
PIXELS = 14  # of a millimetre on the drawn page
LEFT, TOP = 6.5, 72.0  # millimetres: where the drawn page's zone begins

Place = tuple[float, float]


def photographed(name: str, turns: int = 0) -> tuple[Grey, ZoneReading]:
    picture = cv2.imread(str(SAMPLES / name), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    page = np.ascontiguousarray(np.rot90(np.asarray(picture, np.uint8), turns))
    zone = read_zone(page, TODAY)
    assert zone is not None
    return page, zone


def drawn(texts: dict[Place, str], small: dict[Place, str]) -> tuple[Grey, ZoneReading]:
    """A page with values and labels at places (millimetres), and a zone that says what `LINES` do."""
    sheet = Image.new("L", (125 * PIXELS, 88 * PIXELS), 235)
    pen = ImageDraw.Draw(sheet)
    for height, some in ((2.9, texts), (2.0, small)):
        font = ImageFont.load_default(height * PIXELS)
        for (x, y), text in some.items():
            pen.text((x * PIXELS, y * PIXELS), text, fill=20, font=font, anchor="ls")
    page = np.asarray(sheet, np.uint8)
    width = 43 * 2.54 + 1.7
    quads: tuple[Quad, ...] = tuple(
        np.array([[0, y], [width, y], [width, y + 2.5], [0, y + 2.5]], np.float32) * PIXELS
        + np.array([LEFT, TOP], np.float32) * PIXELS
        for y in (0.0, 6.35)
    )
    decoded = Decoded(
        kind="TD3",
        lines=LINES,
        valid=True,
        repaired=(),
        probabilities=((1.0,) * 44,) * 2,
        doubts=(),
        score=0.0,
        order=(0, 1),
    )
    return page, ZoneReading(decoded, parse(LINES, TODAY), quads)


def read(page: Grey, zone: ZoneReading) -> dict[str, Printed]:
    return {each.name: each for each in read_printed(page, zone)}


def saying(zone: ZoneReading, **values: str) -> ZoneReading:
    """The same zone with other values in it."""
    changed = {name: Value(text) for name, text in values.items()}
    document: MrzDocument = dataclasses.replace(zone.document, **changed)  # type: ignore[arg-type]
    return dataclasses.replace(zone, document=document)


LABELS = {
    (45.0, 14.0): "Passport No",
    (45.0, 24.0): "Surname",
    (45.0, 34.0): "Given names",
    (45.0, 44.0): "Date of birth",
    (85.0, 44.0): "Sex",
    (45.0, 54.0): "Date of expiry",
    (85.0, 54.0): "Place of birth",
}
VALUES = {
    (45.0, 18.0): "C12345678",
    (45.0, 28.0): "TRAN",
    (45.0, 38.0): "BINH AN",
    (45.0, 48.0): "14/02/1995",
    (85.0, 48.0): "F",
    (45.0, 58.0): "01/07/2035",
    (85.0, 58.0): "NAM DINH",
}


@pytest.mark.parametrize("turns", [0, 1])
def test_a_scanned_page_agrees_and_gives_the_name_its_marks(turns: int) -> None:
    found = read(*photographed("journey/passport.jpg", turns))
    assert found["given_names"].text == "TRỌNG PHÚC"
    for name in ("surname", "given_names", "document_number", "birth_date", "expiry_date"):
        assert found[name].agreement == "agrees", name
    assert found["place_of_birth"].text == ""  # this one prints only where it was issued


@pytest.mark.parametrize("name", ["vnm_photographed.jpg", "vnm_upside_down.jpg"])
def test_a_tilted_or_upside_down_page_agrees(name: str) -> None:
    found = read(*photographed(f"passports/{name}"))
    for field in ("document_number", "birth_date", "expiry_date"):
        assert found[field].agreement == "agrees", field


def test_a_place_found_is_a_place_on_the_page() -> None:
    page, zone = photographed("passports/vnm_small.jpg")
    number = read(page, zone)["document_number"]
    assert number.box is not None
    left, top, width, height = number.box
    assert left >= 0
    assert top >= 0
    assert width > height
    assert left + width <= page.shape[1]
    assert top + height < min(quad[:, 1].min() for quad in zone.quads)


def test_everything_on_a_clear_page_agrees() -> None:
    found = read(*drawn(VALUES, LABELS))
    assert {name: each.agreement for name, each in found.items() if each.text} == {
        "document_number": "agrees",
        "surname": "agrees",
        "given_names": "agrees",
        "birth_date": "agrees",
        "expiry_date": "agrees",
        "sex": "agrees",
        "place_of_birth": None,
    }
    assert found["place_of_birth"].text == "NAM DINH"


def test_what_the_zone_says_otherwise_conflicts_and_shows_the_print() -> None:
    page, zone = drawn(VALUES, LABELS)
    other = saying(zone, document_number="C12395678", birth_date="1999-02-14", sex="M", given_names="VAN AN")
    found = read(page, other)
    for name, text in (
        ("document_number", "C12345678"),
        ("birth_date", "14/02/1995"),
        ("sex", "F"),
        ("given_names", "BINH AN"),
    ):
        assert (found[name].agreement, found[name].text) == ("conflicts", text)
    assert found["surname"].agreement == found["expiry_date"].agreement == "agrees"


def test_signs_that_look_alike_are_no_conflict_where_a_check_digit_decided() -> None:
    page, zone = drawn(VALUES, LABELS)
    found = read(page, saying(zone, document_number="C1234567B"))
    assert found["document_number"].agreement == "not_read"


def test_the_first_line_of_a_long_name_is_no_conflict() -> None:
    page, zone = drawn(VALUES, LABELS)
    found = read(page, saying(zone, given_names="BINH AN NAM"))
    assert found["given_names"].agreement == "not_read"


def test_a_word_of_another_line_is_not_taken_for_the_name() -> None:
    values = {place: text for place, text in VALUES.items() if text != "BINH AN"}
    page, zone = drawn(values, LABELS)
    found = read(page, saying(zone, given_names="NAM"))  # the birthplace begins with it
    assert found["given_names"].agreement == "not_read"


def test_an_empty_page_says_nothing() -> None:
    found = read(*drawn({}, {}))
    assert {each.agreement for name, each in found.items()} == {"not_read"}
    assert all(each.text == "" and each.box is None for each in found.values())


def test_marks_that_looks_differ_on_are_unsure() -> None:
    page, zone = photographed("passports/vnm_doubtful.jpg")
    for name in ("surname", "given_names"):
        printed = read(page, zone)[name]
        assert printed.agreement != "conflicts"
        assert printed.text in ("", "DƯƠNG", "THỊ TRANG") or printed.confidence <= UNSURE
