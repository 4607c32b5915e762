"""A zone as fields: each with its place, what is doubtful about it, and its repairs with a picture of the glyph."""

import datetime
from collections.abc import Sequence
from io import BytesIO

import cv2
import numpy as np
import pytest
from PIL import Image

from ocr.fields.field import MOST_PICTURE_BYTES, Field
from ocr.fields.zone_fields import zone_fields
from ocr.mrz.decoding import Decoded, Repair
from ocr.mrz.document import parse
from ocr.mrz.reading import ZoneReading

TODAY = datetime.date(2026, 11, 24)
# ICAO Doc 9303-4, appendix B; part 5, appendix B; part 7, appendix B
TD3 = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
TD1 = ("I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<")
MRV = ("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L8988901C4XXX4009078F96121096ZE184226B<<<<<<")
STEP, HEIGHT, LEFT, TOP = 18, 24, 40, 60


def reading(
    lines: Sequence[str],
    *,
    valid: bool = True,
    repaired: Sequence[Repair] = (),
    weak: Sequence[tuple[int, int]] = (),
) -> ZoneReading:
    """A zone that was read on `picture()`: every character sure but the weak and repaired ones."""
    probabilities = [[0.999] * len(line) for line in lines]
    for line, column in weak:
        probabilities[line][column] = 0.6
    for each in repaired:
        probabilities[each.line][each.column] = each.probability
    decoded = Decoded(
        kind=parse(lines, TODAY).kind,
        lines=tuple(lines),
        valid=valid,
        repaired=tuple(repaired),
        probabilities=tuple(tuple(line) for line in probabilities),
        doubts=tuple(weak),
        score=-0.1,
        order=tuple(range(len(lines))),
    )
    quads = tuple(
        np.array([[x, y] for y in (top, top + HEIGHT) for x in (LEFT, LEFT + STEP * len(line))], np.float32)[
            [0, 1, 3, 2]
        ]
        for line, top in zip(lines, range(TOP, 1000, 2 * HEIGHT), strict=False)
    )
    return ZoneReading(decoded, parse(lines, TODAY), quads)


def picture() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """A grey page full of noise, the hardest to pack."""
    noise = np.random.default_rng(1).integers(0, 256, (400, 900), np.uint8)
    return np.asarray(cv2.GaussianBlur(noise, (3, 3), 0), np.uint8)


def read(*args: object, **other: object) -> dict[str, Field]:
    return {each.name: each for each in zone_fields(reading(*args, **other), picture(), 1)}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("lines", "kind", "number"),
    [(TD3, "passport", "L898902C3"), (TD1, "identity_card", "D23145890"), (MRV, "visa", "L8988901C")],
)
def test_every_kind_gives_its_fields_and_its_lines(lines: tuple[str, ...], kind: str, number: str) -> None:
    fields = read(lines)
    assert fields["document_kind"].value == kind
    assert fields["document_number"].value == number
    assert (fields["surname"].value, fields["given_names"].value) == ("ERIKSSON", "ANNA MARIA")
    assert [each.value for name, each in fields.items() if name.startswith("mrz_line_")] == list(lines)
    assert all(each.source == "mrz" and each.page == 1 and each.confidence > 0.99 for each in fields.values())


def test_a_field_stands_where_its_characters_stand() -> None:
    fields = read(TD3)
    assert fields["surname"].box == (LEFT + 5 * STEP, TOP, 8 * STEP, HEIGHT)
    assert fields["given_names"].box == (LEFT + 15 * STEP, TOP, 10 * STEP, HEIGHT)
    assert fields["document_number"].box == (LEFT, TOP + 2 * HEIGHT, 9 * STEP, HEIGHT)
    assert fields["mrz_line_2"].box == (LEFT, TOP + 2 * HEIGHT, 44 * STEP, HEIGHT)


def test_a_repair_stands_in_its_field_and_its_line_with_a_small_picture() -> None:
    fields = read(TD3, repaired=[Repair(1, 7, "O", "C", 0.8)])
    for name in ("document_number", "mrz_line_2"):
        (repair,) = fields[name].repaired
        assert (repair.column, repair.read, repair.kept, repair.probability) == (7, "O", "C", 0.8)
        assert 0 < len(repair.picture) <= MOST_PICTURE_BYTES
        with Image.open(BytesIO(repair.picture)) as glyph:
            assert glyph.format == "PNG"
        assert fields[name].confidence == pytest.approx(0.8)
    assert not any(
        each.repaired for name, each in fields.items() if name not in ("document_number", "mrz_line_2")
    )


def test_check_digits_that_are_right_decide_a_weak_character_and_a_repaired_one() -> None:
    fields = read(TD3, repaired=[Repair(1, 7, "O", "C", 0.8)], weak=[(1, 14)])
    assert not any(each.doubtful for each in fields.values())


def test_in_a_zone_that_cannot_be_relied_on_they_are_doubtful() -> None:
    fields = read(TD3, valid=False, repaired=[Repair(1, 7, "O", "C", 0.8)], weak=[(1, 14)])
    doubtful = {name for name, each in fields.items() if each.doubtful}
    assert doubtful == {"document_number", "birth_date", "mrz_line_1", "mrz_line_2"}
    assert {fields[name].why for name in doubtful} == {"unconfirmed"}


def test_no_check_digit_speaks_for_a_weak_letter_of_a_name() -> None:
    fields = read(TD3, weak=[(0, 6)])
    assert fields["surname"].why == "unconfirmed"
    assert not fields["given_names"].doubtful


def test_a_check_digit_that_is_wrong_is_said_first() -> None:
    wrong = (TD3[0], TD3[1].replace("L898902C36", "L898902C37"))
    fields = read(wrong, valid=False, weak=[(1, 2)])
    assert fields["document_number"].why == "check_digit"
