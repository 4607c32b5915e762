"""Dates as Vietnamese, English, Malay and Thai contracts write them; Buddhist years are brought to ours."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from ocr.terms.folding import fold

_BUDDHIST = 543
_EARLIEST, _LATEST = 1930, 2100
_MONTHS = (
    ("january januari jan มกราคม ม.ค.", 1), ("february februari feb กุมภาพันธ์ ก.พ.", 2),
    ("march mac mar มีนาคม มี.ค.", 3), ("april apr เมษายน เม.ย.", 4), ("may mei พฤษภาคม พ.ค.", 5),
    ("june jun มิถุนายน มิ.ย.", 6), ("july julai jul กรกฎาคม ก.ค.", 7), ("august ogos aug ogo สิงหาคม ส.ค.", 8),
    ("september sept sep กันยายน ก.ย.", 9), ("october oktober oct okt ตุลาคม ต.ค.", 10),
    ("november nov พฤศจิกายน พ.ย.", 11), ("december disember dec dis ธันวาคม ธ.ค.", 12),
)  # fmt: skip
_MONTH = {fold(name): number for names, number in _MONTHS for name in names.split()}
_NAMES = "|".join(sorted(map(re.escape, _MONTH), key=len, reverse=True))
_D = r"(?P<day>[\dolis|]{1,2})"
_M = r"(?P<month>[\dolis|]{1,2})"
_Y = r"(?P<year>[\dolis|]{4})"
_FORMS = (
    # The words between the digits may be misread: their order and number is what makes the form.
    re.compile(rf"(?<![\d/.]){_D} ?th[a-z]{{1,4}} ?{_M} ?n[a-z]{{1,3}} ?{_Y}(?!\d)"),
    re.compile(
        rf"(?<![a-z\d/.]){_D}(?:st|nd|rd|th|hb|haribulan)?[ ,]{{0,2}}(?:day of |of )?(?P<name>{_NAMES})"
        rf"[.,]? ?(?:พ\.ศ\. ?|พุทธศักราช ?)?{_Y}(?!\d)"
    ),
    re.compile(rf"(?<![a-z])(?P<name>{_NAMES}) {_D}(?:st|nd|rd|th)?,? {_Y}(?!\d)"),
    re.compile(r"(?<![\d/.-])(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})(?![\d/-])"),
    re.compile(rf"(?<![\d/.-]){_D} ?(?P<mark>[/.-]) ?{_M} ?(?P=mark) ?{_Y}(?![\d/])"),
)  # fmt: skip
_THAI_DAY_MONTH = re.compile(rf"{_D} ?เดือน ?(?P<name>{_NAMES}) ?(?:พ\.ศ\.|พุทธศักราช|ปี)? ?{_Y}(?!\d)")


@dataclass(frozen=True)
class FoundDate:
    """A date's print at `start` up to `end`; `value` None where it is no day of a calendar or a digit is doubtful."""

    start: int
    end: int
    value: date | None


def find_dates(folded: str) -> Iterator[FoundDate]:
    """Every date in a folded text, in the order of the text. The day stands before the month in all four languages."""
    taken: list[tuple[int, int]] = []
    found = []
    for form in (*_FORMS, _THAI_DAY_MONTH):
        for match in form.finditer(folded):
            if any(match.start() < end and start < match.end() for start, end in taken) or not re.search(
                r"\d", match["year"]
            ):
                continue
            taken.append(match.span())
            found.append(FoundDate(match.start(), match.end(), _value(match)))
    yield from sorted(found, key=lambda each: each.start)


def _value(match: re.Match[str]) -> date | None:
    parts = match.groupdict()
    month = str(_MONTH[parts["name"]]) if parts.get("name") else parts["month"]
    if not (match["day"].isdigit() and month.isdigit() and match["year"].isdigit()):
        return None
    year = int(match["year"])
    year -= _BUDDHIST if year > _LATEST + _BUDDHIST // 2 else 0
    if not _EARLIEST <= year <= _LATEST:
        return None
    try:
        return date(year, int(month), int(match["day"]))
    except ValueError:
        return None
