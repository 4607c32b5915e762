"""Dates of machine-readable zones: six places YYMMDD (Doc 9303 part 3, section 4.8) to ISO 8601.

Unknown parts of a birth date are fillers in the zone and `X` here (ISO 8601-2). Some States write `X` or `00` in the
zone itself: read the same way, and called implausible.
"""

import datetime
from dataclasses import dataclass

_YEARS_TO_COME = 50


@dataclass(frozen=True)
class Date:
    """`text` is YYYY-MM-DD with `X` for what is unknown, or the six places as they stand where they are no date."""

    text: str
    plausible: bool


def birth_date(places: str, today: datetime.date) -> Date:
    """A birth lies in the latest century that does not put it after `today`.

    Residual risk: whoever is a hundred or older is read as a child. Nothing in the zone tells the two apart.
    """
    return _date(places, today.strftime("%Y%m%d"))


def expiry_date(places: str, today: datetime.date) -> Date:
    """An expiry lies within the fifty years from `today`, or in the fifty before.

    Passports run for ten years at most and cards seldom for more than fifteen; fifty leave room for every oddity and
    still read an old document of the last century rightly.
    """
    return _date(places, f"{today.year + _YEARS_TO_COME}1231")


def _date(places: str, limit: str) -> Date:
    shown = places.replace("X", "<")
    if len(shown) != 6 or not set(shown) <= set("0123456789<"):
        return Date(places, plausible=False)
    year, month, day = shown[:2].replace("<", "X"), _part(shown[2:4]), _part(shown[4:])
    unusual = "X" in places or places[2:4] == "00" or places[4:6] == "00"
    century = _century(shown, limit)
    text = f"{'XXXX' if year == 'XX' else century + year}-{month}-{day}"
    return Date(text, plausible=not unusual and _exists(text))


def _part(two: str) -> str:
    """A month or a day; a year may well be 00, these cannot."""
    return "XX" if two == "00" else two.replace("<", "X")


def _century(places: str, limit: str) -> str:
    """The latest that keeps the date within `limit`; unknown parts count as zero, so they never push it out."""
    century = int(limit[:2])
    return str(century if f"{century}{places.replace('<', '0')}" <= limit else century - 1)


def _exists(date: str) -> bool:
    """A real day as far as it is known; a day without its month, or half a number, is no date."""
    year, month, day = date.split("-")
    if "X" in month and day != "XX":
        return False
    if any(part.count("X") % len(part) for part in (year, month, day)):
        return False
    numbers = [int(part) if "X" not in part else 0 for part in (year, month, day)]
    try:
        # 2000 is a leap year: 29 February of an unknown year exists.
        datetime.date(numbers[0] or 2000, numbers[1] or 1, numbers[2] or 1)
    except ValueError:
        return False
    return True
