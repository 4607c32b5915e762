"""Zones of every format: the published examples of Doc 9303, documents made up, and every single substitution."""

import datetime
import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ocr.mrz.alphabet import ALPHABET
from ocr.mrz.check_digits import check_digit, unseen
from ocr.mrz.document import MrzDocument, Value, parse
from ocr.mrz.formats import FORMATS, Format, NotAnMrz, layout_of

TODAY = datetime.date(2026, 11, 23)
TD3 = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
TD1 = ("I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<")
TD2 = ("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6")
MRV_A = ("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C<3UTO6908061F9406236ZE184226B<<<<<<<")
MRV_B = ("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "L898902C<3UTO6908061F9406236ZE184226")
# Part 11, appendix D.2: document numbers of twelve characters
LONG_TD1 = (
    "I<UTOD23145890<7349<<<<<<<<<<<",
    "3407127M9507122UTO<<<<<<<<<<<2",
    "STEVENSON<<PETER<JOHN<<<<<<<<<",
)
LONG_TD2 = ("I<UTOSTEVENSON<<PETER<JOHN<<<<<<<<<<", "D23145890<UTO3407127M95071227349<<<8")
# The specimen that the French administration showed of its old card
IDFRA = ("IDFRABERTHIER<<<<<<<<<<<<<<<<<<<<<<<", "8806923102858CORINNE<<<<<<<6512068F6")
VNM = ("P<VNMNGUYEN<<THI<DUOM<<<<<<<<<<<<<<<<<<<<<<<", "C0000001<7VNM9502149F3507016034195000001<<30")
EXAMPLES = (TD3, TD1, TD2, MRV_A, MRV_B, LONG_TD1, LONG_TD2, IDFRA, VNM)


def values(zone: MrzDocument) -> dict[str, Value]:
    return {name: value for name, value in vars(zone).items() if isinstance(value, Value)}


def texts(zone: MrzDocument) -> list[str]:
    names = ("document_number", "surname", "given_names", "nationality", "birth_date", "sex", "expiry_date")
    found = values(zone)
    return [found[name].text if name in found else "-" for name in names]


@pytest.mark.parametrize(
    ("lines", "kind", "expected"),
    [
        (TD3, "TD3", "L898902C3 ERIKSSON ANNA_MARIA UTO 1974-08-12 F 2012-04-15"),
        (TD1, "TD1", "D23145890 ERIKSSON ANNA_MARIA UTO 1974-08-12 F 2012-04-15"),
        (TD2, "TD2", "D23145890 ERIKSSON ANNA_MARIA UTO 1974-08-12 F 2012-04-15"),
        (MRV_A, "MRV-A", "L898902C ERIKSSON ANNA_MARIA UTO 1969-08-06 F 1994-06-23"),
        (MRV_B, "MRV-B", "L898902C ERIKSSON ANNA_MARIA UTO 1969-08-06 F 1994-06-23"),
        (LONG_TD1, "TD1", "D23145890734 STEVENSON PETER_JOHN UTO 1934-07-12 M 1995-07-12"),
        (LONG_TD2, "TD2", "D23145890734 STEVENSON PETER_JOHN UTO 1934-07-12 M 1995-07-12"),
        (IDFRA, "IDFRA", "880692310285 BERTHIER CORINNE - 1965-12-06 F -"),
        (VNM, "TD3", "C0000001 NGUYEN THI_DUOM VNM 1995-02-14 F 2035-07-01"),
    ],
)
def test_published_zones(lines: tuple[str, ...], kind: str, expected: str) -> None:
    zone = parse(lines, TODAY)
    assert zone.kind == kind
    assert [text.replace(" ", "_") for text in texts(zone)] == expected.split()
    assert zone.verified
    assert not [name for name, value in values(zone).items() if value.doubts]


def test_optional_data_stay_raw() -> None:
    assert parse(TD3, TODAY).personal_number == Value("ZE184226B")
    assert parse(TD3, TODAY).optional_data == ("ZE184226B<<<<<",)
    assert parse(TD1, TODAY).optional_data == ("<" * 15, "<" * 11)
    assert parse(LONG_TD1, TODAY).optional_data == ("<" * 11, "<" * 11)
    assert parse(MRV_B, TODAY).optional_data == ("ZE184226",)
    assert parse(TD1, TODAY).personal_number is None


def test_both_ways_of_counting_belgian_long_numbers() -> None:
    for upper in (
        "IDBEL000590240<6013<<<<<<<<<<<",
        "IDBEL600001795<0152<<<<<<<<<<<",
    ):  # as published specimens
        passed = dict(parse((upper, *TD1[1:]), TODAY).checks)
        assert passed["document_number"]
    # Elsewhere only part 5, 4.2.4 holds: the filler is left out.
    for upper, right in (("I<UTO000590240<6013<<<<<<<<<<<", False), ("I<UTO600001795<0152<<<<<<<<<<<", True)):
        assert dict(parse((upper, *TD1[1:]), TODAY).checks)["document_number"] == right


def test_empty_personal_number_may_have_a_filler_for_its_digit() -> None:
    for digit, right in (("<", True), ("0", True), ("1", False)):
        body = "C0000001<7VNM9502149F3507016" + "<" * 14 + digit
        composite = check_digit(body[0:10] + body[13:20] + body[21:43])
        zone = parse((VNM[0], body + composite), TODAY)
        assert zone.verified == right
        assert zone.personal_number is None


@pytest.mark.parametrize("lines", EXAMPLES)
def test_every_substitution_in_a_checked_field_is_seen_but_for_the_unseen(lines: tuple[str, ...]) -> None:
    form = layout_of(lines)
    for check in form.checks:
        for line, column in (*check.places, check.digit):
            for wrong in set(form.allowed[line][column]) - {lines[line][column]}:
                row = lines[line][:column] + wrong + lines[line][column + 1 :]
                changed = (*lines[:line], row, *lines[line + 1 :])
                if layout_of(changed).elements == form.elements:  # another layout has other digits
                    blind = (line, column) != check.digit and wrong in unseen(lines[line][column])
                    assert check.passes(changed) == blind


def test_a_failing_digit_makes_its_field_doubtful_and_the_composite_all_checked_ones() -> None:
    zone = parse((TD3[0], TD3[1][:14] + "5" + TD3[1][15:]), TODAY)
    assert zone.birth_date.doubts == ("check_digit", "composite")
    assert zone.document_number.doubts == ("composite",)
    assert dict(zone.checks) == {
        "document_number": True,
        "birth_date": False,
        "expiry_date": True,
        "personal_number": True,
        "composite": False,
    }


@pytest.mark.parametrize(
    ("lines", "element"),
    [
        (("P<XYZ" + TD3[0][5:], TD3[1]), "issuing_state"),
        ((TD3[0], TD3[1].replace("UTO", "U2O")), "nationality"),
        ((TD3[0], TD3[1].replace("F12", "N12")), "sex"),
        (("Q" + TD3[0][1:], TD3[1]), "document_code"),
        ((TD3[0].replace("ANNA", "ANN4"), TD3[1]), "given_names"),
        ((TD3[0], "<" * 9 + "0" + TD3[1][10:]), "document_number"),
    ],
)
def test_what_nobody_was_given_is_implausible(lines: tuple[str, ...], element: str) -> None:
    assert "implausible" in values(parse(lines, TODAY))[element].doubts


@pytest.mark.parametrize(("letter", "shown"), [("<", "X"), ("M", "M"), ("X", "X")])
def test_sex(letter: str, shown: str) -> None:
    assert parse((TD3[0], TD3[1].replace("F12", letter + "12")), TODAY).sex == Value(shown)


@pytest.mark.parametrize(
    "state", ["D<<", "GBN", "XXA", "XXB", "XXC", "XXX", "UNO", "EUE", "XOM", "XPO", "RKS", "VNM"]
)
def test_codes_of_states_organisations_and_persons(state: str) -> None:
    zone = parse(("P<" + state + TD3[0][5:], TD3[1]), TODAY)
    assert zone.issuing_state == Value(state.rstrip("<"))


def test_a_name_that_fills_its_field_may_have_been_cut() -> None:
    zone = parse(("P<UTOBENNEL<WOOLOO<WARRAN<WARNAM<<DINGO<POTO", TD3[1]), TODAY)
    assert zone.surname.doubts == zone.given_names.doubts == ("truncated",)


@given(st.lists(st.text(ALPHABET + "a ", max_size=45), max_size=4))
def test_other_lines_are_no_zone(lines: list[str]) -> None:
    shapes = {form.shape for form in FORMATS}
    assume(len({len(line) for line in lines}) != 1 or (len(lines), len(lines[0])) not in shapes)
    with pytest.raises(NotAnMrz):
        parse(lines, TODAY)


@given(st.sampled_from(FORMATS), st.data())
def test_any_characters_of_the_right_shape_parse(form: Format, data: st.DataObject) -> None:
    rows, width = form.shape
    lines = [data.draw(st.text(ALPHABET, min_size=width, max_size=width)) for _ in range(rows)]
    for value in values(parse(lines, TODAY)).values():
        assert value.doubts or "<" not in value.text


def written(kind: str, number: str, birth: str, expiry: str, name: str, optional: str) -> tuple[str, ...]:
    """A zone with all its check digits, from its elements, by nothing but the tables of parts 4 to 7."""
    first, dates = number.ljust(9, "<"), (birth + check_digit(birth), expiry + check_digit(expiry))
    first += check_digit(first)
    if kind == "TD1":
        upper = "I<VNM" + first + optional.ljust(15, "<")
        composite = check_digit(upper[5:] + dates[0] + dates[1] + "<" * 11)
        return upper, dates[0] + "F" + dates[1] + "VNM" + "<" * 11 + composite, name.ljust(30, "<")
    width = 44 if kind in ("TD3", "MRV-A") else 36
    code = {"TD3": "P<", "TD2": "I<"}.get(kind, "V<")
    room = {"TD3": 14, "TD2": 7, "MRV-A": 16, "MRV-B": 8}[kind]
    last = optional.ljust(room, "<")
    last += check_digit(last) if kind == "TD3" else ""
    lower = first + "VNM" + dates[0] + "F" + dates[1] + last
    if kind in ("TD3", "TD2"):
        lower += check_digit(first + dates[0] + dates[1] + last)
    return (code + "VNM" + name).ljust(width, "<"), lower


capitals = st.text(string.ascii_uppercase, min_size=1, max_size=5)
words = st.lists(capitals, min_size=1, max_size=2)


@given(
    st.sampled_from(["TD3", "TD1", "TD2", "MRV-A", "MRV-B"]),
    st.text(string.ascii_uppercase + string.digits, min_size=1, max_size=9),
    st.dates(datetime.date(1927, 1, 1), TODAY),
    words,
    words,
    st.text(string.digits, max_size=7),
)
def test_what_is_written_is_read_back(
    kind: str, number: str, birth: datetime.date, family: list[str], given_: list[str], optional: str
) -> None:
    name = "<".join(family) + "<<" + "<".join(given_)
    zone = parse(written(kind, number, birth.strftime("%y%m%d"), "350701", name, optional), TODAY)
    assert texts(zone) == [
        number,
        " ".join(family),
        " ".join(given_),
        "VNM",
        birth.isoformat(),
        "F",
        "2035-07-01",
    ]
    assert zone.kind == kind
    assert zone.optional_data[0].rstrip("<") == optional
    assert zone.verified
    assert not [name for name, value in values(zone).items() if value.doubts]


@given(
    st.text(string.ascii_uppercase + string.digits, min_size=10, max_size=22), st.sampled_from(["TD1", "TD2"])
)
def test_long_numbers_are_read_back(number: str, kind: str) -> None:
    assume(kind == "TD1" or len(number) <= 14)
    rest = number[9:] + check_digit(number)
    lines: tuple[str, ...]
    if kind == "TD1":
        upper, middle = "I<VNM" + number[:9] + "<" + rest.ljust(15, "<"), "9502149F3507016VNM" + "<" * 11
        lines = (
            upper,
            middle + check_digit(upper[5:] + "9502149" + "3507016" + "<" * 11),
            "NGUYEN<<THI".ljust(30, "<"),
        )
    else:
        lower = number[:9] + "<VNM9502149F3507016" + rest.ljust(7, "<")
        lines = (
            "I<VNMNGUYEN<<THI".ljust(36, "<"),
            lower + check_digit(lower[0:10] + lower[13:20] + lower[21:35]),
        )
    zone = parse(lines, TODAY)
    assert zone.document_number == Value(number)
    assert zone.verified
