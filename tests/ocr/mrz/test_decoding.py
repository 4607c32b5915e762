"""From lattices to lines: every format, repairs by check digits, and nothing called valid that might be wrong."""

import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr.mrz.alphabet import ALPHABET
from ocr.mrz.check_digits import check_digit, unseen
from ocr.mrz.decoding import Decoded, decode
from ocr.mrz.lattice import Lattice
from tests.ocr.mrz.made_lattices import lattices

TODAY = datetime.date(2026, 11, 23)
VNM = ("P<VNMNGUYEN<<THI<DUOM<<<<<<<<<<<<<<<<<<<<<<<", "P000000120VNM9502149F3507016034195000001<<34")
ZONES = {
    "TD3": VNM,
    "TD1": (
        "I<UTOD231458907<<<<<<<<<<<<<<<",
        "7408122F1204159UTO<<<<<<<<<<<6",
        "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
    ),
    "TD1 long": (
        "I<UTOD23145890<7349<<<<<<<<<<<",
        "3407127M9507122UTO<<<<<<<<<<<2",
        "STEVENSON<<PETER<JOHN<<<<<<<<<",
    ),
    "TD2": ("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6"),
    "TD2 long": ("I<UTOSTEVENSON<<PETER<JOHN<<<<<<<<<<", "D23145890<UTO3407127M95071227349<<<8"),
    "MRV-A": ("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C<3UTO6908061F9406236ZE184226B<<<<<<<"),
    "MRV-B": ("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "L898902C<3UTO6908061F9406236ZE184226"),
    "IDFRA": ("IDFRABERTHIER<<<<<<<<<<<<<<<<<<<<<<<", "8806923102858CORINNE<<<<<<<6512068F6"),
}


def read(seen: list[Lattice]) -> Decoded:
    found = decode(seen, TODAY)
    assert found is not None
    return found


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("upside", [1, -1])
def test_every_format_in_either_order_of_lines(name: str, upside: int) -> None:
    found = read(lattices(ZONES[name])[::upside])
    assert found.lines == ZONES[name]
    assert found.kind == name.partition(" ")[0]
    assert found.valid
    assert found.repaired == ()
    assert found.doubts == ()
    assert found.order == tuple(range(len(found.lines)))[::upside]
    assert [len(row) for row in found.probabilities] == [len(line) for line in found.lines]


@pytest.mark.parametrize("upper", [VNM[0] + "<", VNM[0] + "<<", VNM[0][:-1], VNM[0][:-3]])
def test_fillers_too_many_or_too_few_are_settled_by_the_width(upper: str) -> None:
    assert read(lattices((upper, VNM[1]))).lines == VNM


def test_fillers_half_gone_are_found_by_the_width() -> None:
    blurred = {(0, column): {"<": 0.5, "": 0.5} for column in range(25, 40, 2)}
    assert read(lattices(VNM, blurred)).lines == VNM


@pytest.mark.parametrize(
    ("place", "wrong", "chance"),
    [((1, 2), "O", 0.3), ((1, 1), "O", 0.45), ((1, 13), "P", 0.4), ((1, 22), "S", 0.3), ((1, 43), "A", 0.3)],
)
def test_a_near_equal_is_decided_by_the_check_digits(
    place: tuple[int, int], wrong: str, chance: float
) -> None:
    right = VNM[place[0]][place[1]]
    found = read(lattices(VNM, {place: {wrong: 1 - chance, right: chance}}))
    assert found.lines == VNM
    assert found.valid
    (repair,) = found.repaired
    assert ((repair.line, repair.column), repair.read, repair.kept) == (place, wrong, right)
    assert repair.probability == pytest.approx(chance, abs=0.02)
    assert found.probabilities[place[0]][place[1]] >= repair.probability - 0.02


def test_two_near_equals_in_one_field_are_decided_together() -> None:
    found = read(lattices(VNM, {(1, 1): {"O": 0.6, "0": 0.4}, (1, 8): {"Z": 0.6, "2": 0.4}}))
    assert found.lines == VNM
    assert {(repair.read, repair.kept) for repair in found.repaired} == {("O", "0"), ("Z", "2")}


@pytest.mark.parametrize("chance", [0.001, 0.02, 0.1])
def test_a_repair_that_the_picture_hardly_supports_is_made_but_not_valid(chance: float) -> None:
    found = read(lattices(VNM, {(1, 16): {"7": 1 - chance, "2": chance}}))
    assert found.lines == VNM
    assert not found.valid
    assert [repair.kept for repair in found.repaired] == ["2"]
    assert (1, 16) in found.doubts


@pytest.mark.parametrize(
    ("column", "other"), [(7, "L"), (8, "C"), (28, "K"), (30, "O"), (31, "B"), (40, "K")]
)
@pytest.mark.parametrize("chance", [0.4, 0.6, 0.9])
def test_what_no_check_digit_can_tell_apart_is_never_valid(column: int, other: str, chance: float) -> None:
    """1/L, 2/C, 0/K, 4/O, 1/B (the 34195... of the number), a filler and K."""
    right = VNM[1][column]
    assert other in unseen(right)
    found = read(lattices(VNM, {(1, column): {other: chance, right: 1 - chance}}))
    assert not found.valid
    if chance == 0.4:
        assert found.lines == VNM


def test_a_wrong_digit_on_the_document_stays_as_printed() -> None:
    printed = VNM[1][:19] + "5" + VNM[1][20:]
    found = read(lattices((VNM[0], printed)))
    assert found.lines == (VNM[0], printed)
    assert not found.valid
    assert found.repaired == ()


def test_one_field_is_settled_though_another_cannot_be() -> None:
    printed = (
        VNM[1][:27] + "1" + VNM[1][28:]
    )  # wrong on the document: neither it nor the composite can be right
    found = read(lattices((VNM[0], printed), {(1, 16): {"7": 0.6, "2": 0.4}}))
    assert found.lines == (VNM[0], printed)
    assert not found.valid


def test_a_day_that_does_not_exist_is_not_valid() -> None:
    line = VNM[1][:13] + "950230" + check_digit("950230") + VNM[1][20:43]
    line += check_digit(line[0:10] + line[13:20] + line[21:43])
    found = read(lattices((VNM[0], line)))
    assert found.lines == (VNM[0], line)
    assert not found.valid


def test_letters_of_a_name_have_nothing_but_the_picture() -> None:
    found = read(lattices(VNM, {(0, 19): {"O": 0.7, "Q": 0.3}}))
    assert found.lines[0][19] == "O"
    assert found.doubts == ((0, 19),)
    assert not found.valid


def test_digits_are_no_letters_of_a_name_unless_the_picture_is_clear() -> None:
    assert read(lattices(VNM, {(0, 19): {"0": 0.8, "O": 0.2}})).lines == VNM
    odd = VNM[0].replace("DUOM", "DU0M")
    found = read(lattices((odd, VNM[1])))
    assert found.lines[0] == odd
    assert not found.valid


def test_a_mark_among_the_last_fillers_is_one_of_them() -> None:
    found = read(lattices(VNM, {(0, 33): {"K": 0.8, "<": 0.2}, (0, 12): {"<": 0.45, "K": 0.55}}))
    assert found.lines == VNM
    assert {(repair.column, repair.read) for repair in found.repaired} == {(33, "K"), (12, "K")}
    assert not found.valid


def test_codes_are_taken_as_wholes_and_issuer_and_holder_agree() -> None:
    found = read(lattices(VNM, {(0, 4): {"N": 0.7, "M": 0.3}, (1, 12): {"N": 0.5, "M": 0.5}}))
    assert found.lines == VNM
    assert not found.valid
    odd = VNM[0].replace("VNM", "BDR")
    assert read(lattices((odd, VNM[1]))).lines[0] == odd  # nobody's code, but clearly printed
    visa = ZONES["MRV-A"][1].replace("UTO", "VNM")
    assert read(lattices((ZONES["MRV-A"][0], visa), {(1, 12): {"M": 0.6, "N": 0.4}})).lines[1] == visa


def test_the_better_score_is_the_right_way_up() -> None:
    rng = np.random.default_rng(3)
    junk = ["".join(rng.choice(list("0123456789MWNUZS<>")[:16], 44)) for _ in range(2)]
    assert read(lattices(VNM)).score > read(lattices(junk)).score
    assert not read(lattices(junk)).valid


def test_what_is_no_zone_is_none() -> None:
    assert decode([], TODAY) is None
    assert decode(lattices(VNM[:1]), TODAY) is None
    assert decode([np.zeros((0, 38), np.float32)] * 2, TODAY) is None
    assert decode(lattices(("A", "B")), TODAY) is None


LOOK_ALIKES = (
    "0OQDU",
    "1ILTJ",
    "B8R",
    "S58",
    "Z27",
    "6GC",
    "UV",
    "MNWH",
    "EF",
    "<KC",
    "A4",
    "Y7V",
    "9P",
    "3J",
)


def test_what_is_usual_does_not_make_sure_of_a_glyph_that_no_digit_tells_from_another() -> None:
    upper, lower = ZONES["MRV-A"]
    assert lower[0] == "L"  # counts 21, and so as much as a 1
    assert not read(lattices((upper, lower), {(1, 0): {"L": 0.15, "1": 0.85}})).valid
    assert read(lattices((upper, lower), {(1, 0): {"L": 0.999, "1": 0.001}})).valid


def test_a_number_does_not_begin_with_a_filler() -> None:
    upper, lower = ZONES["MRV-A"]
    assert read(lattices((upper, lower), {(1, 0): {"L": 0.3, "<": 0.7}})).lines[1] == lower


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(sorted(ZONES)), st.data())
def test_nothing_wrong_is_ever_valid(name: str, data: st.DataObject) -> None:
    """Up to six places of a zone are misread, with some doubt left, as a network would: never wrong and valid."""
    lines, doubts = ZONES[name], {}
    for _ in range(data.draw(st.integers(1, 6))):
        line = data.draw(st.integers(0, len(lines) - 1))
        column = data.draw(st.integers(0, len(lines[0]) - 1))
        right = lines[line][column]
        likes = [glyph for group in LOOK_ALIKES if right in group for glyph in group if glyph != right]
        chance = data.draw(st.sampled_from([0.15, 0.25, 0.35, 0.5, 0.65, 0.9]))
        doubts[line, column] = {
            right: chance,
            data.draw(st.sampled_from(likes or list(ALPHABET))): 1 - chance,
        }
    found = read(lattices(lines, doubts))
    assert found.lines == lines or not found.valid


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 260), max_size=4), st.integers(0, 2**32 - 1), st.floats(0.1, 30))
def test_any_lattices_are_read_or_are_no_zone(steps: list[int], seed: int, contrast: float) -> None:
    rng = np.random.default_rng(seed)
    noise = [rng.normal(0, contrast, (count, 38)) for count in steps]
    rows = [part - np.logaddexp.reduce(part, 1, keepdims=True) for part in noise]
    found = decode([part.astype(np.float32) for part in rows], TODAY)
    if found is not None:
        assert not found.valid
        assert len(found.lines) == len(steps)
        assert np.isfinite(found.score)
