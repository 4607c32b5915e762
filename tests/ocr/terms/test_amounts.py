"""Numbers, dates, money and quantities as four languages write them."""

from datetime import date
from decimal import Decimal

import pytest

from ocr.terms.dates import find_dates
from ocr.terms.folding import fold
from ocr.terms.money import find_money
from ocr.terms.numbers import amount, find_numbers, from_words
from ocr.terms.quantities import find_quantities


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("5.000.000", "5000000"),
        ("5,000,000", "5000000"),
        ("1,700.00", "1700.00"),
        ("1.700,50", "1700.50"),
        ("12 500", "12500"),
        ("27.680", "27680"),
        ("8", "8"),
        ("16.35.000", None),  # a digit was lost
        ("16.350.00", None),
        ("1,23,456", None),
        ("016.350", None),
    ],
)
def test_groups_of_digits(printed: str, value: str | None) -> None:
    assert amount(printed) == (None if value is None else Decimal(value))


@pytest.mark.parametrize(
    "printed", ["2O.000.000", "16.35O.000", "1.8l0", "20.0O0.000", "16.350. 000", "S.000.000"]
)
def test_a_digit_is_never_guessed(printed: str) -> None:
    (number,) = find_numbers(fold(printed), printed)
    assert number.value is None
    (money,) = find_money(fold(f"{printed} đồng"), f"{printed} đồng")
    assert money.value is None


def test_digits_torn_apart_are_no_smaller_number() -> None:
    printed = "20.000..000"
    assert [number.value for number in find_numbers(fold(printed), printed)] == [None, None]


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("năm triệu đồng", 5_000_000),
        ("mười tám triệu tám trăm năm mươi nghìn đồng", 18_850_000),
        ("một trăm linh năm", 105),
        ("hai mươi mốt triệu", 21_000_000),
        ("ba mươi sáu", 36),
        ("two thousand one hundred and fifty", 2150),
        ("forty-five", 45),
        ("dua ribu seratus lima puluh", 2150),
        ("dua belas", 12),
        ("หนึ่งหมื่นสามพันสองร้อยบาทถ้วน", 13_200),
        ("ยี่สิบเอ็ด", 21),
        ("mười tám triệu rưởi gì đó", None),
        ("người lao động", None),
    ],
)
def test_numbers_in_words(words: str, value: int | None) -> None:
    assert from_words(words) == value


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("ngày 05 tháng 3 năm 2026", date(2026, 3, 5)),
        ("Ngay 5 thanq 03 nam 2026", date(2026, 3, 5)),
        ("05/03/2026", date(2026, 3, 5)),
        ("5.3.2026", date(2026, 3, 5)),
        ("5-3-2026", date(2026, 3, 5)),
        ("2026-03-05", date(2026, 3, 5)),
        ("this 5th day of March 2026", date(2026, 3, 5)),
        ("March 5, 2026", date(2026, 3, 5)),
        ("5 Mac 2026", date(2026, 3, 5)),
        ("23 Disember 2023", date(2023, 12, 23)),
        ("เมื่อ23 ธันวาคม 2566 ณ", date(2023, 12, 23)),
        ("๒๓ ธันวาคม พ.ศ. ๒๕๖๖", date(2023, 12, 23)),
        ("วันที่ 5 เดือน มีนาคม พ.ศ. 2569", date(2026, 3, 5)),
        ("05/03/2569", date(2026, 3, 5)),
        ("31/02/2026", None),
        ("03/25/2026", None),  # months stand second in all four languages: not turned round
        ("ngày 2O tháng 10 năm 2023", None),
        ("05/03/1826", None),
    ],
)
def test_dates(printed: str, value: date | None) -> None:
    (found,) = find_dates(fold(printed))
    assert found.value == value


def test_what_is_no_date() -> None:
    assert not list(find_dates(fold("Số 201/2023/HĐLĐ-TW, 093/LĐTBXH-GP, 3/9, 84000 Johor")))


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("NT$27.680/tháng", "27680 TWD month"),
        ("VND 16,350,000.", "16350000 VND"),
        ("16.350.000 đồng", "16350000 VND"),
        ("20.000.000 đ", "20000000 VND"),
        ("5 triệu đồng", "5000000 VND"),
        ("5,5 triệu đồng mỗi tháng", "5500000 VND month"),
        ("RM2,150.00 sebulan", "2150 MYR month"),
        ("RM 1,700.50 per month", "1700.5 MYR month"),
        ("RM 1,700.00 per mouth", "1700 MYR month"),
        ("1.500 ringgit", "1500 MYR"),
        ("ค่าจ้างเดือนละ 13,200 บาท", "13200 THB month"),
        ("วันละ ๔๐๐ บาท", "400 THB day"),
        ("13.200 Bạt/tháng", "13200 THB month"),
        ("178.500 Yên", "178500 JPY"),
        ("USD 5,000", "5000 USD"),
        ("5.000 đô la Mỹ", "5000 USD"),
    ],
)
def test_money(printed: str, value: str) -> None:
    (found,) = find_money(fold(printed), printed)
    assert str(found.value) == value


def test_what_is_no_money() -> None:
    for printed in ("36 d", "8 giờ/ngày", "Điều 4", "250 hợp đồng"):
        assert not list(find_money(fold(printed), printed)), printed


def test_a_rate_times_days_is_no_amount() -> None:
    (found,) = find_money(fold("RM45.00/8hrs x 26 days"), "RM45.00/8hrs x 26 days")
    assert found.value is None


@pytest.mark.parametrize(
    ("printed", "spelled"),
    [
        ("18.850.000 đồng (bằng chữ: mười tám triệu tám trăm năm mươi nghìn đồng)", True),
        ("18.350.000 đồng (bằng chữ: mười tám triệu tám trăm năm mươi nghìn đồng)", False),
        ("18.850.000 đồng (nộp một lần)", None),
    ],
)
def test_words_beside_digits_are_a_check_on_them(printed: str, spelled: bool | None) -> None:
    (found,) = find_money(fold(printed), printed)
    assert found.spelled is spelled


@pytest.mark.parametrize(
    ("printed", "found"),
    [
        ("8 giờ/ngày, 6 ngày/tuần", [("8", "hour", "day"), ("6", "day", "week")]),
        ("8 jam sehari, 6 hari seminggu", [("8", "hour", "day"), ("6", "day", "week")]),
        ("วันละ 8 ชั่วโมง สัปดาห์ละ 5 วัน", [("8", "hour", "day"), ("5", "day", "week")]),
        ("eight (8) hours a day", [("8", "hour", "day")]),
        ("Three (03) years", [("3", "year", None)]),
        ("36 (ba mươi sáu) tháng", [("36", "month", None)]),
        ("hai tháng lương", [("2", "month", None)]),
        ("ค่าจ้างสองเดือน", [("2", "month", None)]),
        ("ร้อยละ 150", [("150", "percent", None)]),
        ("1,5 lần", [("1.5", "times", None)]),
        ("6O ngày", [(None, "day", None)]),
        ("ngày 05 tháng 3 năm 2026", []),
    ],
)
def test_quantities(printed: str, found: list[tuple[str | None, str, str | None]]) -> None:
    quantities = find_quantities(fold(printed), printed)
    assert [(each.value and str(each.value), each.unit, each.per) for each in quantities] == found
