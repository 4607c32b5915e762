"""Numbers with a unit: months, days, hours, percent, times; and what they are counted per."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from ocr.terms.dates import find_dates
from ocr.terms.numbers import SMALL_WORDS, THAI_WORDS, find_numbers, from_words
from ocr.text.page_text import Language

Unit = Literal["hour", "day", "week", "month", "year", "percent", "times"]

_UNITS: tuple[tuple[Unit, Language, str], ...] = (
    ("hour", "vi", r"gio(?: dong ho)?|tieng|h"),
    ("hour", "en", r"hours?|hrs?\.?"),
    ("hour", "ms", r"jam"),
    ("hour", "th", r"ชั่วโมง|ชวโมง|ชม\."),
    ("day", "vi", r"ngay(?: lam viec| lich| phep)?"),
    ("day", "en", r"days?(?:\(s\))?"),
    ("day", "ms", r"hari"),
    ("day", "th", r"วัน(?:ทำการ)?"),
    ("week", "vi", r"tuan(?: le)?"),
    ("week", "en", r"weeks?(?:\(s\))?"),
    ("week", "ms", r"minggu"),
    ("week", "th", r"สัปดาห์|อาทิตย์"),
    ("month", "vi", r"thang"),
    ("month", "en", r"months?(?:\(s\))?"),
    ("month", "ms", r"bulan"),
    ("month", "th", r"เดือน"),
    ("year", "vi", r"nam"),
    ("year", "en", r"years?(?:\(s\))?"),
    ("year", "ms", r"tahun"),
    ("year", "th", r"ปี"),
    ("percent", "vi", r"%|phan tram"),
    ("percent", "en", r"per ?cent"),
    ("percent", "ms", r"peratus"),
    ("percent", "th", r"เปอร์เซ็นต์"),
    ("times", "vi", r"lan"),
    ("times", "en", r"times"),
    ("times", "ms", r"kali(?: ganda)?"),
    ("times", "th", r"เท่า"),
)
_ADJECTIVES = r"(?:full|consecutive|calendar|working|rest|ordinary|paid|clear|off|normal|public)"
_BETWEEN = rf"\s?(?:\((?P<words>[^()]{{1,40}})\)\s?)?-?\s?(?:{_ADJECTIVES}\s)?"
_UNIT = re.compile(
    _BETWEEN + "(?:" + "|".join(rf"(?P<{unit}_{lang}>{form})" for unit, lang, form in _UNITS) + r")(?![a-z])"
)
_WORDED = re.compile(
    rf"(?<![a-z])(?P<number>(?:{SMALL_WORDS})(?:[ -](?:{SMALL_WORDS}|belas|puluh)){{0,2}}|{THAI_WORDS})"
    rf"(?P<rest>{_UNIT.pattern})"
)
_PER = re.compile(
    r"^\s?(?:off\s|nghi\s|rehat\s|lam viec\s)?(?:(?:/|per|a|in a|in each|in one|each|every|moi|mot|hang|trong"
    r"|trong mot|trong moi|dalam|dalam satu|setiap|ต่อ|ใน)\s?"
    r"(?:/ ?)?(?:1\s|01\s|1|mot\s|one\s)?|se)"
    r"(?P<unit>ngay|days?|hari|วัน|tuan|weeks?|minggu|สัปดาห์|month|thang|bulan|เดือน|nam|years?|tahun|ปี)(?![a-z])"
)
_ADVERB = re.compile(
    r"^\s?(?:(?P<day>daily|hang ngay)|(?P<week>weekly|hang tuan|seminggu)|(?P<month>monthly|hang thang))(?![a-z])"
)
_PREFIX = re.compile(r"(?P<unit>วัน|สัปดาห์|เดือน|ปี)\s?ละ\s?(?:ไม่เกิน|อย่างน้อย)?\s?$")
_PREFIX_PERCENT = re.compile(r"ร้อยละ\s?$")
_PREFIX_TIMES = re.compile(r"(?:x|\u00d7)\s?$")
_PER_UNIT: dict[str, Unit] = {
    "ngay": "day", "day": "day", "days": "day", "hari": "day", "วัน": "day", "tuan": "week", "week": "week",
    "weeks": "week", "minggu": "week", "สัปดาห์": "week", "month": "month", "thang": "month", "bulan": "month",
    "เดือน": "month", "nam": "year", "year": "year", "years": "year", "tahun": "year", "ปี": "year",
}  # fmt: skip

_ADVERB_UNIT: dict[str, Unit] = {"day": "day", "week": "week", "month": "month"}


@dataclass(frozen=True)
class Quantity:
    """A number and its unit at `start` up to `end`; `value` None where the number is doubtful.

    `spelled` says whether a word in brackets beside the digits says the same; `language` is that of the unit.
    """

    start: int
    end: int
    value: Decimal | None
    unit: Unit
    per: Unit | None
    spelled: bool | None
    language: Language | None


def find_quantities(folded: str, text: str) -> list[Quantity]:
    """Every number with a unit, in the order of the text; the parts of dates are none."""
    dates = [(found.start, found.end) for found in find_dates(folded)]
    found = [*_in_digits(folded, text), *_in_words(folded)]
    kept: list[Quantity] = []
    for quantity in sorted(found, key=lambda each: (each.start, -each.end)):
        inside = any(start < quantity.end and quantity.start < end for start, end in dates)
        if not inside and not (kept and quantity.start < kept[-1].end):
            kept.append(quantity)
    return kept


def _in_digits(folded: str, text: str) -> Iterator[Quantity]:
    for number in find_numbers(folded, text):
        head = folded[max(0, number.start - 24) : number.start]
        unit = _UNIT.match(folded, number.end)
        if _PREFIX_PERCENT.search(head):
            yield Quantity(number.start, number.end, number.value, "percent", None, None, "th")
        elif unit:
            spelled = None
            if unit["words"]:
                words = from_words(unit["words"])
                spelled = None if words is None or number.value is None else words == number.value
            yield _quantity(folded, number.start, number.value, unit, spelled)
        elif _PREFIX_TIMES.search(head):
            yield Quantity(number.start, number.end, number.value, "times", None, None, None)


def _in_words(folded: str) -> Iterator[Quantity]:
    for found in _WORDED.finditer(folded):
        unit = _UNIT.match(folded, found.end("number"))
        value = from_words(found["number"])
        if unit is None or value is None:
            continue
        digits = re.fullmatch(r"\s?0?(\d{1,2})\s?(?:\w{1,12})?", unit["words"]) if unit["words"] else None
        yield _quantity(
            folded, found.start(), Decimal(value), unit, int(digits[1]) == value if digits else None
        )


def _quantity(
    folded: str, start: int, value: Decimal | None, unit: re.Match[str], spelled: bool | None
) -> Quantity:
    name, language = next(key for key, text in unit.groupdict().items() if text and key != "words").split("_")
    rest, head = folded[unit.end() : unit.end() + 30], folded[max(0, start - 24) : start]
    per: Unit | None = None
    if after := _PER.match(rest):
        per = _PER_UNIT[after["unit"]]
    elif adverb := _ADVERB.match(rest):
        per = _ADVERB_UNIT[adverb.lastgroup or ""]
    elif before := _PREFIX.search(head):
        per = _PER_UNIT[before["unit"]]
    kind: Unit = name  # type: ignore[assignment]
    told: Language | None = None if unit[0].strip().endswith("%") else language  # type: ignore[assignment]
    return Quantity(start, unit.end(), value, kind, per, spelled, told)
