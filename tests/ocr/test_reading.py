"""Whole pages through the front door: contracts within a bound of error, passports fast enough to wait for."""

import datetime
import re
import unicodedata
from collections import Counter
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
import pytest

from ocr.pixels import Pixels, encode_page, open_page
from ocr.reading import PageReading, read_page
from ocr.sanitise import sanitise

SAMPLES = Path(__file__).parents[1] / "samples"
TODAY = datetime.date(2026, 11, 23)


@pytest.fixture(scope="module", params=[1, 2])
def contract(request: pytest.FixtureRequest) -> tuple[PageReading, str]:
    folder = SAMPLES / "contracts"
    (page,) = sanitise((folder / f"vi_en_page_{request.param}.jpg").read_bytes())
    reading = read_page("contract", open_page(encode_page(page)), request.param, TODAY)
    return reading, (folder / f"vi_en_page_{request.param}.txt").read_text("utf-8")


def bag(text: str) -> Counter[str]:
    return Counter(re.findall(r"[\w.,%$/-]*\w", unicodedata.normalize("NFC", text)))


def test_a_photographed_contract_is_read(contract: tuple[PageReading, str]) -> None:
    reading, truth = contract
    read, printed = bag(reading.text), bag(truth)
    assert (read & printed).total() / printed.total() > 0.93  # words found, diacritics and all
    assert (read & printed).total() / read.total() > 0.90  # and little beside them
    assert reading.fields == ()
    assert reading.confidence > 0.8


def test_its_character_errors_line_by_line_are_few(contract: tuple[PageReading, str]) -> None:
    reading, truth = contract
    lines = [line for line in truth.splitlines() if len(line) > 12]
    read = reading.text.splitlines()
    missed = sum(len(line) * (1 - max(_alike(line, other) for other in read)) for line in lines)
    assert missed / sum(map(len, lines)) < 0.06


def _alike(line: str, other: str) -> float:
    return SequenceMatcher(None, line, other, autojunk=False).ratio()


def test_its_text_is_composed_and_its_amounts_are_there(contract: tuple[PageReading, str]) -> None:
    reading, truth = contract
    assert reading.text == unicodedata.normalize("NFC", reading.text)
    amounts = [word for word in bag(truth) if re.fullmatch(r"(NT\$)?\d{1,3}([.,]\d{3})+", word)]
    found = [amount for amount in amounts if amount in reading.text]
    assert len(found) >= 0.8 * len(amounts)


def test_a_passport_gives_its_lines_as_text_and_the_share_of_sure_fields() -> None:
    (page,) = sanitise((SAMPLES / "passports" / "vnm_small.jpg").read_bytes())
    reading = read_page("passport", page, 1, TODAY)
    assert reading.text.splitlines() == [
        "P<VNMPHAM<<HONG<ANH<YEN<<<<<<<<<<<<<<<<<<<<<",
        "E4868963<4VNM0107057F3102282009512265298<<52",
    ]
    assert reading.confidence == 1


@pytest.mark.parametrize("kind", ["passport", "contract"])
def test_a_page_with_nothing_on_it_reads_as_nothing(kind: str) -> None:
    blank = Pixels(800, 600, np.full((600, 800, 3), 250, np.uint8).tobytes())
    assert read_page("passport" if kind == "passport" else "contract", blank, 1, TODAY) == PageReading(
        "", (), 0.0
    )
