"""Dates as passports print them."""

import pytest

from ocr.fields.printed.dates import dates_in, same


@pytest.mark.parametrize(
    "printed",
    [
        "14/02/1995",
        "14.02.1995.",
        "14-02-1995",
        "14 02 1995",
        "14. 02. 1995",
        "1995-02-14",
        "14 FEB 1995",
        "14FEB1995",
        "14 FEB/FEV 95",
        "14 FEB /FEB 95",
        "14 LUT/FEB 1995",
        "14 Février 1995",
        "14/02/2538",
    ],
)
def test_each_way_to_print_a_date_is_the_zone_s_date(printed: str) -> None:
    assert any(same(date, "1995-02-14") for date in dates_in(printed))
    assert not any(same(date, "1995-02-15") for date in dates_in(printed))


@pytest.mark.parametrize(
    "printed", ["31/02/1995", "4/02/1995", "114/02/1995", "123456789012", "14 XYZ 1995", ""]
)
def test_what_is_no_date_or_has_lost_a_digit_is_none(printed: str) -> None:
    assert dates_in(printed) == []


def test_a_date_that_the_zone_does_not_know_whole_is_never_confirmed() -> None:
    assert not any(same(date, "1995-XX-XX") for date in dates_in("14/02/1995"))
