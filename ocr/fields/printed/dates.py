"""Dates as people's part of a travel document prints them."""

import datetime
import re
import unicodedata
from collections.abc import Iterator

_BETWEEN = r"\s?[./\-\s]\s?"
_NUMBERS = re.compile(
    rf"(?<![0-9])([0-9]{{2}}){_BETWEEN}([0-9]{{2}}){_BETWEEN}([0-9]{{4}}|[0-9]{{2}})(?![0-9])"
)
_YEAR_FIRST = re.compile(r"(?<![0-9])([0-9]{4})[./\-]([0-9]{2})[./\-]([0-9]{2})(?![0-9])")
_WORDED = re.compile(
    r"(?<![0-9])([0-9]{2})\s?([A-Z]{3,}(?:\s?/\s?[A-Z]{3,})?)\.?\s?/?\s?([0-9]{4}|[0-9]{2})(?![0-9])"
)
# English, French and Spanish, without marks (Doc 9303 part 3, section 3.6, asks for one of them); the first letters
_MONTHS = (
    ("JAN", "ENE"),
    ("FEB", "FEV"),
    ("MAR",),
    ("APR", "AVR", "ABR"),
    ("MAY", "MAI"),
    ("JUN", "JUIN"),
    ("JUL", "JUIL"),
    ("AUG", "AOU", "AGO"),
    ("SEP",),
    ("OCT",),
    ("NOV",),
    ("DEC", "DIC"),
)
_BUDDHIST = 543
_FIRST_BUDDHIST = 2400  # no Christian year that a document can name

Candidate = tuple[int, int, int]
"""Year (below 100 where only two digits are printed), month and day."""


def dates_in(text: str) -> list[Candidate]:
    """Every date in a stretch of print, days before months; only such as exist.

    A day or month of one digit is left out: it is a misread one of two more often than it is printed.
    """
    plain = unicodedata.normalize("NFD", text.upper())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return [date for date in _written(plain) if _exists(date)]


def same(date: Candidate, iso: str) -> bool:
    """Whether a printed date is the zone's, which is ISO 8601; never where the zone leaves a part unknown."""
    if "X" in iso:
        return False
    try:
        zone = datetime.date.fromisoformat(iso)
    except ValueError:
        return False
    year = zone.year if date[0] > 99 else zone.year % 100
    return date == (year, zone.month, zone.day)


def _written(text: str) -> Iterator[Candidate]:
    for year, month, day in _YEAR_FIRST.findall(text):
        yield _christian(int(year)), int(month), int(day)
    for day, month, year in _NUMBERS.findall(text):
        yield _christian(int(year)), int(month), int(day)
    for day, words, year in _WORDED.findall(text):
        for month in sorted({month for word in re.split(r"[^A-Z]+", words) for month in _months(word)}):
            yield _christian(int(year)), month, int(day)


def _months(word: str) -> list[int]:
    return [number for number, starts in enumerate(_MONTHS, 1) if word.startswith(starts)]


def _christian(year: int) -> int:
    return year - _BUDDHIST if year >= _FIRST_BUDDHIST else year


def _exists(date: Candidate) -> bool:
    year, month, day = date
    try:
        datetime.date(year if year > 99 else 2000 + year, month, day)
    except ValueError:
        return False
    return True
