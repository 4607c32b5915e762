"""Dates of a zone: unknown parts, centuries, and what is no date."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.mrz.dates import birth_date, expiry_date

TODAY = datetime.date(2026, 11, 23)


@pytest.mark.parametrize(
    ("places", "text", "plausible"),
    [
        ("420712", "1942-07-12", True),  # the example of part 3, section 4.8
        ("261123", "2026-11-23", True),  # born today
        ("261124", "1926-11-24", True),  # nobody is born tomorrow
        ("95<<<<", "1995-XX-XX", True),
        ("9502<<", "1995-02-XX", True),
        ("<<<<<<", "XXXX-XX-XX", True),
        ("<<0229", "XXXX-02-29", True),
        ("26<<<<", "2026-XX-XX", True),
        ("95<<14", "1995-XX-14", False),  # a day without its month
        ("9<0214", "199X-02-14", False),  # half a number
        ("950230", "1995-02-30", False),
        ("951302", "1995-13-02", False),
        ("950000", "1995-XX-XX", False),  # some States write 00
        ("95XXXX", "1995-XX-XX", False),  # and some X
        ("95O214", "95O214", False),
    ],
)
def test_births(places: str, text: str, plausible: bool) -> None:
    date = birth_date(places, TODAY)
    assert (date.text, date.plausible) == (text, plausible)


@pytest.mark.parametrize(
    ("places", "text"),
    [("360101", "2036-01-01"), ("761231", "2076-12-31"), ("770101", "1977-01-01"), ("990101", "1999-01-01")],
)
def test_an_expiry_lies_within_fifty_years(places: str, text: str) -> None:
    assert expiry_date(places, TODAY).text == text


@given(st.dates(datetime.date(1926, 11, 24), TODAY))
def test_every_birth_of_the_last_hundred_years_is_read_back(day: datetime.date) -> None:
    date = birth_date(day.strftime("%y%m%d"), TODAY)
    assert (date.text, date.plausible) == (day.isoformat(), True)


@given(st.text(st.sampled_from("0123456789<XOI"), min_size=6, max_size=6))
def test_a_plausible_date_is_one(places: str) -> None:
    date = birth_date(places, TODAY)
    if date.plausible and "X" not in date.text:
        assert datetime.date.fromisoformat(date.text) <= TODAY
