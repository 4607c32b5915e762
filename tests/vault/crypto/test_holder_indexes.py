"""What a holder is found by: however a name or number is written, it is the same one, and others stay others."""

import unicodedata
from typing import Literal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from vault.crypto.errors import KeyFormatError
from vault.crypto.indexes import (
    HOLDER_LABELS,
    holder_index,
    name_readings,
    name_tokens,
    normalise_passport_number,
    normalise_phone,
)

INDEX_KEY = bytes(range(32))
MOBILE = "+84912345678"
ASCII = "0123456789"
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u202a\u202c"
"""Zero-width characters, a soft hyphen, and the marks of direction that telephones paste around numbers."""


def wide(text: str) -> str:
    """In the full-width forms that East Asian keyboards give."""
    return "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in text)


DIGITS = (ASCII, wide(ASCII), "๐๑๒๓๔๕๖๗๘๙", "០១២៣៤៥៦៧៨៩")


def test_an_index_differs_by_kind_value_centre_and_key() -> None:
    asked = [("centre-1", "A"), ("centre-1", "B"), ("centre-2", "A"), ("centre-1A", ""), ("", "centre-1A")]
    indexes = {
        holder_index(key, kind, centre_id, value)
        for key in (INDEX_KEY, bytes(32))
        for kind in HOLDER_LABELS
        for centre_id, value in asked
    }
    assert len(indexes) == 2 * 3 * len(asked)
    assert {len(index) for index in indexes} == {32}
    assert holder_index(INDEX_KEY, "name", "centre-1", "A") in indexes
    with pytest.raises(KeyFormatError):
        holder_index(bytes(31), "name", "centre-1", "A")


@pytest.mark.parametrize(
    "written",
    [
        "Đỗ Thị Hoa",
        "DO THI HOA",
        "Hoa, Do Thi",
        "do  thi\thoa",
        "ĐỖ-THỊ-HOA",
        "đỗ thị hoa",
        "DO<THI<<HOA<<<<",
        "Ðỗ Thị Hoa",  # the Icelandic letter, as old Vietnamese typefaces leave it
        "Ɖỗ Thị Hoa",
        wide("Do Thi Hoa"),
        "Đ\u200bỗ Thị\u00a0Ho\u200da\ufeff",
        "Đỗ\u2010Thị\u2013Hoa",
    ],
)
def test_one_name_however_it_is_written(written: str) -> None:
    assert name_tokens(written) == {"DO", "THI", "HOA"}
    assert name_tokens(unicodedata.normalize("NFD", written)) == {"DO", "THI", "HOA"}


@pytest.mark.parametrize(
    ("written", "tokens"),
    [
        ("", set()),
        (" ., ", set()),
        ("Nguyễn Thị Ước", {"NGUYEN", "THI", "UOC"}),
        ("Nur Aisyah binti Abdullah", {"NUR", "AISYAH", "BINTI", "ABDULLAH"}),
        # Marks above and below are vowels and tones in Thai: without them other words would be the same.
        ("กิน กุ้ง", {"กิน", "กุ้ง"}),
        ("H'Hen Niê", {"H", "HEN", "HHEN", "NIE"}),
        ("Nguyễn Thị Ước Ưng Ơi", {"NGUYEN", "THI", "UOC", "UNG", "OI"}),
        ("Åsa Øst Müller", {"ASA", "ØST", "MULLER"}),
    ],
)
def test_names_of_other_kinds(written: str, tokens: set[str]) -> None:
    assert name_tokens(written) == tokens


@settings(deadline=None)
@given(st.text())
def test_tokens_are_their_own_tokens(name: str) -> None:
    tokens = name_tokens(name)
    assert name_tokens(" ".join(sorted(tokens))) == tokens


@settings(deadline=None)
@given(st.lists(st.text(st.characters(categories=["Lu", "Ll"]), min_size=1), max_size=5))
def test_order_does_not_matter(parts: list[str]) -> None:
    assert name_tokens(" ".join(parts)) == name_tokens(", ".join(reversed(parts)))


@pytest.mark.parametrize("mark", [*"'`\u2018\u2019\u02bc\u00b4\u2032", wide("'")])
def test_an_apostrophe_is_a_cut_or_nothing(mark: str) -> None:
    cut, left_out = name_readings(f"H{mark}Đơm Niê")
    assert cut == {"H", "DOM", "NIE"}
    assert left_out == {"HDOM", "NIE"}
    kept = name_tokens(f"H{mark}Đơm Niê")
    for written in ("H Dom Nie", "HDOM NIE", "nie, h'dom", "H-Đơm  Niê"):
        assert any(reading <= kept for reading in name_readings(written)), written
    # Kept without one, asked for with one.
    assert any(reading <= name_tokens("HDOM NIE") for reading in name_readings(f"H{mark}Đơm Niê"))


@settings(deadline=None)
@given(st.text(), st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_the_form_of_the_text_makes_no_other_name(
    name: str, form: Literal["NFC", "NFD", "NFKC", "NFKD"]
) -> None:
    assume("\u00b4" not in name)  # the compatibility forms make a space of it
    assert name_readings(unicodedata.normalize(form, name)) == name_readings(name)


@settings(deadline=None)
@given(st.text("aưĐ' \u0301\u0323\u0327กุ้", min_size=1), st.data())
def test_what_cannot_be_seen_makes_no_other_name(name: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(name)))
    between = data.draw(st.text(INVISIBLE, min_size=1))
    assert name_readings(name[:at] + between + name[at:]) == name_readings(name)


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("C1234567", "C1234567"),
        (" c 1234-567 ", "C1234567"),
        ("C.123.45\u201367", "C1234567"),
        (wide("C1234567"), "C1234567"),
        ("c๑๒๓๔๕๖๗", "C1234567"),
        ("C12\u200b34\u00a0567\ufeff", "C1234567"),
        ("CO123456", "CO123456"),
        ("C0123456", "C0123456"),
        ("", ""),
    ],
)
def test_a_passport_number_however_it_is_typed(typed: str, normal: str) -> None:
    assert normalise_passport_number(typed) == normal


@settings(deadline=None)
@given(st.text())
def test_the_normal_passport_number_is_its_own(text: str) -> None:
    normal = normalise_passport_number(text)
    assert normalise_passport_number(normal) == normal
    for form in ("NFC", "NFD"):
        assert normalise_passport_number(unicodedata.normalize(form, text)) == normal


@settings(deadline=None)
@given(
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=12),
    st.sampled_from(DIGITS),
    st.lists(st.sampled_from([*" .-\u2013", *INVISIBLE]), max_size=5),
    st.data(),
)
def test_only_the_symbols_of_a_passport_number_count(
    number: str, digits: str, between: list[str], data: st.DataObject
) -> None:
    typed = number.lower().translate(str.maketrans(ASCII, digits))
    for each in between:
        at = data.draw(st.integers(0, len(typed)))
        typed = typed[:at] + each + typed[at:]
    assert normalise_passport_number(typed) == number


@pytest.mark.parametrize(
    ("typed", "country", "normal"),
    [
        ("0912 345 678", "VN", MOBILE),
        ("+84 (0) 912.345.678", "VN", MOBILE),
        ("0084 912 345 678", "VN", MOBILE),
        ("\u202a+84 912\u2011345\u2011678\u202c", "VN", MOBILE),
        ("๐๙๑๒ ๓๔๕ ๖๗๘", "VN", MOBILE),
        (wide("+84 912 345 678"), "TH", MOBILE),
        ("012-345 6789", "MY", "+60123456789"),
        ("081 234 5678", "TH", "+66812345678"),
        ("+60 12-345 6789", "VN", "+60123456789"),
        ("+84 912 345 678", "XX", MOBILE),
    ],
)
def test_a_telephone_number_however_it_is_typed(typed: str, country: str, normal: str) -> None:
    assert normalise_phone(typed, country) == normal
    assert normalise_phone(normal, country) == normal


@pytest.mark.parametrize(
    "typed",
    [
        *("", " ", "0", "+", "()", "+84", "12345678", "0912 345 67", "0912 345 678 90", "+84 912 345 67890"),
        *("0912 345 678 ext. 5", "0912 345 678;ext=5", "tel:+84912345678", "call 0912345678"),
        *("0912 345 678 / 0987 654 321", "0912345678, 0987654321", "0912E5", "1-800-FLOWERS", "9" * 300),
        *("C1234567", "Nguyễn Thị Hoa", "0912 345 678 a", "\u0660", "²" * 9),
    ],
)
def test_what_is_no_whole_telephone_number_has_no_normal_form(typed: str) -> None:
    assert normalise_phone(typed, "VN") is None


def test_without_its_country_a_national_number_is_nobodys() -> None:
    assert normalise_phone("0912 345 678", "XX") is None


@settings(deadline=None)
@given(st.text())
def test_whatever_is_typed_as_a_telephone_gives_one_number_or_none(text: str) -> None:
    normal = normalise_phone(text, "VN")
    assert normal is None or normalise_phone(normal, "VN") == normal


@settings(deadline=None)
@given(st.integers(10**7, 10**8 - 1), st.sampled_from("35789"), st.sampled_from(DIGITS))
def test_all_ways_of_writing_a_mobile_number_are_one(rest: int, first: str, digits: str) -> None:
    national = f"{first}{rest}"
    normal = normalise_phone(f"0{national}", "VN")
    assume(normal is not None)  # not every prefix is in use
    assert normal == f"+84{national}"
    for written in (
        f"+84{national}",
        f"84 {national}",
        f"0084-{national}",
        f"(0{national[:2]}) {national[2:]}",
    ):
        assert normalise_phone(written.translate(str.maketrans(ASCII, digits)), "VN") == normal
