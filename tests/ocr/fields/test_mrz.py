"""The passport's zone after ICAO Doc 9303-3 and -4: published vectors, every single error, the odd dates."""

import datetime
import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ocr.fields.mrz import ALPHABET, NotAnMrz, Td3, check_digit, parse_td3

TODAY = datetime.date(2026, 11, 23)
# Doc 9303-4, appendix A: the specimen of Utopia
UTO_1 = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
UTO_2 = "L898902C36UTO7408122F1204159ZE184226B<<<<<10"
VNM_1 = "P<VNMNGUYEN<<THI<DUOM<<<<<<<<<<<<<<<<<<<<<<<"
VNM_2 = "C0000001<7VNM9502149F3507016034195000001<<30"
VNM_2_LONG = "P000000120VNM9502149F3507016034195000001<<34"


def line_2(number: str, birth: str, expiry: str, optional: str = "", sex: str = "F") -> str:
    """A second line with all its check digits, from its elements."""
    number, optional = number.ljust(9, "<"), optional.ljust(14, "<")
    first = number + check_digit(number)
    dates = birth + check_digit(birth), expiry + check_digit(expiry)
    last = optional + check_digit(optional)
    composite = check_digit(first + dates[0] + dates[1] + last)
    return first + "VNM" + dates[0] + sex + dates[1] + last + composite


def values(zone: Td3) -> dict[str, str]:
    names = ("document_number", "surname", "given_names", "nationality", "birth_date", "sex", "expiry_date")
    return {name: getattr(zone, name).text for name in names}


def doubts(zone: Td3) -> dict[str, str]:
    found = {name: getattr(zone, name) for name in zone.__dataclass_fields__}
    return {name: value.why for name, value in found.items() if getattr(value, "why", None)}


@pytest.mark.parametrize(
    ("text", "digit"),
    [
        ("520727", "3"),
        ("AB2134<<<", "5"),
        ("HA672242<", "6"),
        ("L898902C3", "6"),
        ("D23145890", "7"),
        ("<" * 14, "0"),
    ],
)
def test_published_check_digits(text: str, digit: str) -> None:
    assert check_digit(text) == digit


def test_the_specimen_of_utopia() -> None:
    zone = parse_td3(UTO_1, UTO_2, TODAY)
    assert values(zone) == {
        "document_number": "L898902C3",
        "surname": "ERIKSSON",
        "given_names": "ANNA MARIA",
        "nationality": "UTO",
        "birth_date": "1974-08-12",
        "sex": "F",
        "expiry_date": "2012-04-15",
    }
    assert zone.personal_number is not None
    assert zone.personal_number.text == "ZE184226B"
    assert (zone.issuing_state.text, zone.document_code.text) == ("UTO", "P")
    assert zone.verified
    assert not doubts(zone)


@pytest.mark.parametrize(("second", "number"), [(VNM_2, "C0000001"), (VNM_2_LONG, "P00000012")])
def test_vietnamese_vectors(second: str, number: str) -> None:
    zone = parse_td3(VNM_1, second, TODAY)
    assert (zone.document_number.text, zone.surname.text, zone.given_names.text) == (
        number,
        "NGUYEN",
        "THI DUOM",
    )
    assert zone.birth_date.text == "1995-02-14"
    assert zone.expiry_date.text == "2035-07-01"
    assert zone.verified


@given(st.integers(0, 43), st.sampled_from(ALPHABET))
def test_one_wrong_character_under_a_check_digit_is_never_sure(place: int, wrong: str) -> None:
    assume(place not in (10, 11, 12, 20) and UTO_2[place] != wrong)
    # Weights 7, 3, 1 modulo 10 cannot tell characters apart whose values differ by ten: 0, A, K and U.
    assume((ALPHABET.index(wrong) % 36 - ALPHABET.index(UTO_2[place]) % 36) % 10)
    zone = parse_td3(UTO_1, UTO_2[:place] + wrong + UTO_2[place + 1 :], TODAY)
    assert not zone.verified
    assert {"document_number", "birth_date", "expiry_date"} <= set(doubts(zone))


@given(st.text(ALPHABET, min_size=44, max_size=44), st.text(ALPHABET, min_size=43, max_size=43))
def test_any_88_characters_parse_or_are_no_zone(second: str, rest: str) -> None:
    zone = parse_td3("P" + rest, second, TODAY)
    for name, value in values(zone).items():
        if name not in doubts(zone):
            assert "<" not in value


@given(st.text(max_size=50), st.text(max_size=50))
def test_other_text_is_no_zone(first: str, second: str) -> None:
    assume(
        len(first) != 44 or len(second) != 44 or not set(first + second) <= set(ALPHABET) or first[0] != "P"
    )
    with pytest.raises(NotAnMrz):
        parse_td3(first, second, TODAY)


dates = st.dates(datetime.date(1927, 1, 1), TODAY)
names = st.lists(st.text(string.ascii_uppercase, min_size=1, max_size=6), min_size=1, max_size=2)


@given(st.text(string.ascii_uppercase + string.digits, min_size=1, max_size=9), dates, names, names)
def test_what_is_written_is_read_back(
    number: str, birth: datetime.date, family: list[str], given_: list[str]
) -> None:
    first = ("P<VNM" + "<".join(family) + "<<" + "<".join(given_)).ljust(44, "<")
    zone = parse_td3(first, line_2(number, birth.strftime("%y%m%d"), "350701"), TODAY)
    assert zone.document_number.text == number
    assert zone.birth_date.text == birth.isoformat()
    assert (zone.surname.text, zone.given_names.text) == (" ".join(family), " ".join(given_))
    assert zone.verified
    assert not doubts(zone)


@pytest.mark.parametrize(
    ("birth", "shown", "why"),
    [
        ("261123", "2026-11-23", None),  # born today
        ("261124", "1926-11-24", None),  # nobody is born tomorrow
        ("95<<<<", "1995-XX-XX", None),
        ("9502<<", "1995-02-XX", None),
        ("<<<<<<", "XXXX-XX-XX", None),
        ("95<<14", "1995-XX-14", "implausible"),
        ("950230", "1995-02-30", "implausible"),
        ("95O214", "95O214", "implausible"),
    ],
)
def test_dates(birth: str, shown: str, why: str | None) -> None:
    zone = parse_td3(VNM_1, line_2("C0000001", birth, "350701"), TODAY)
    assert (zone.birth_date.text, zone.birth_date.why) == (shown, why)


def test_an_expiry_is_read_into_the_future() -> None:
    assert parse_td3(VNM_1, line_2("C1", "950214", "360101"), TODAY).expiry_date.text == "2036-01-01"
    assert parse_td3(VNM_1, line_2("C1", "950214", "990101"), TODAY).expiry_date.text == "1999-01-01"


def test_empty_optional_data_may_have_a_filler_for_a_check_digit() -> None:
    second = line_2("C0000001", "950214", "350701")
    zone = parse_td3(VNM_1, second[:42] + "<" + second[43:], TODAY)
    assert zone.verified
    assert zone.personal_number is None


@pytest.mark.parametrize(
    ("names", "surname", "given_names", "doubtful"),
    [
        ("NGUYEN<<THI<DUOM", "NGUYEN", "THI DUOM", set()),
        ("SUKARNO", "SUKARNO", "", set()),  # one name only
        ("A" * 39, "A" * 39, "", {"surname"}),  # may be cut off
        (
            "VAN<DER<MUELLEN<<ANNA<MARIA<LOUISE<VICTORIA",
            "VAN DER MUELLEN",
            "ANNA MARIA LOUISE VICT",
            {"given_names"},
        ),
        ("N6UYEN<<THI", "N6UYEN", "THI", {"surname"}),
        ("<<THI", "", "THI", {"surname"}),
        ("NGUYEN<<THI<<DUOM", "NGUYEN", "THI DUOM", {"given_names"}),
    ],
)
def test_names(names: str, surname: str, given_names: str, doubtful: set[str]) -> None:
    zone = parse_td3(("P<VNM" + names).ljust(44, "<")[:44], VNM_2, TODAY)
    assert (zone.surname.text, zone.given_names.text) == (surname, given_names)
    assert {"surname", "given_names"} & set(doubts(zone)) == doubtful


@pytest.mark.parametrize(
    ("letter", "sex", "why"), [("<", "X", None), ("M", "M", None), ("N", "N", "implausible")]
)
def test_sex(letter: str, sex: str, why: str | None) -> None:
    zone = parse_td3(VNM_1, line_2("C0000001", "950214", "350701", sex=letter), TODAY)
    assert (zone.sex.text, zone.sex.why) == (sex, why)
