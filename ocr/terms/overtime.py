"""What overtime is paid at: a percentage or a multiple of the ordinary wage, for each kind of day."""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence

from ocr.terms.candidate import Candidate
from ocr.terms.folding import fold
from ocr.terms.languages import language_of_text
from ocr.terms.passages import Passage
from ocr.terms.phrases import Found, find_phrases, holds
from ocr.terms.quantities import Quantity, find_quantities
from ocr.terms.term import plain

_LABELS = ("làm thêm", "tăng ca", "overtime", "kerja lebih masa", "ล่วงเวลา")
_DAYS: Mapping[str, tuple[str, ...]] = {
    "overtime_weekday_pct": (
        "ngày thường",
        "ngày làm việc",
        "ngày làm việc bình thường",
        "working days",
        "working day",
        "weekdays",
        "weekday",
        "normal days",
        "normal day",
        "normal working days",
        "ordinary days",
        "ordinary day",
        "ordinary working days",
        "hari bekerja",
        "hari biasa",
        "hari kerja",
        "hari kerja biasa",
        "วันทำงาน",
        "วันธรรมดา",
        "วันทำงานปกติ",
    ),
    "overtime_restday_pct": (
        "ngày nghỉ",
        "ngày nghỉ hằng tuần",
        "ngày nghỉ hàng tuần",
        "rest days",
        "rest day",
        "weekly holiday",
        "days off",
        "day off",
        "weekly rest day",
        "hari rehat",
        "hari cuti mingguan",
        "วันหยุด",
        "วันหยุดประจำสัปดาห์",
        "ngày chủ nhật",
        "sundays",
        "sunday",
    ),
    "overtime_holiday_pct": (
        "ngày lễ",
        "lễ, tết",
        "ngày nghỉ lễ",
        "ngày lễ, tết",
        "public holidays",
        "public holiday",
        "holidays",
        "hari kelepasan am",
        "cuti umum",
        "hari kelepasan",
        "วันหยุดประเพณี",
        "วันหยุดตามประเพณี",
        "วันหยุดนักขัตฤกษ์",
        "วันหยุดราชการ",
    ),
}
_PARTING = re.compile(r"[,;](?=\s)|\s(?:va|and|dan)\s|และ")
_KIND = {fold(phrase): name for name, phrases in _DAYS.items() for phrase in phrases}


def read_overtime(passages: Sequence[Passage]) -> Iterator[Candidate]:
    """The rate for each kind of day, in per cent of the ordinary wage; "1,5 lần" and "x 1.5" are 150."""
    for passage in passages:
        if passage.topic == "overtime" or holds(passage.folded, _LABELS):
            yield from _rates(passage)


def _rates(passage: Passage) -> Iterator[Candidate]:
    rates = [
        each for each in find_quantities(passage.folded, passage.text) if each.unit in ("percent", "times")
    ]
    if not rates:
        return
    begin, end = passage.sentence(rates[0].start)[0], passage.sentence(rates[-1].start)[1]
    days = [found for found in find_phrases(passage.folded, _KIND) if begin <= found.start <= end]
    pairs, clear = _paired(rates, days, passage)
    names = [name for name, _, _ in pairs]
    for name, rate, slips in pairs:
        yield Candidate(
            name,
            _percent(rate),
            passage,
            rate.start,
            rate.end,
            rate.language or language_of_text(passage.text) or passage.language,
            slips=slips,
            clear=clear and rate.value is not None and names.count(name) == 1,
        )


def _paired(
    rates: Sequence[Quantity], days: Sequence[Found], passage: Passage
) -> tuple[list[tuple[str, Quantity, int]], bool]:
    """Each rate with its kind of day: the print says either all days before their rates, or all after."""
    if not days:
        return ([("overtime_weekday_pct", rates[0], 0)], False) if len(rates) == 1 else ([], False)
    order = [
        kind for _, kind in sorted([(r.start, "rate") for r in rates] + [(d.start, "day") for d in days])
    ]
    alternating = all(first != second for first, second in itertools.pairwise(order))
    if len(rates) == len(days) and alternating and all(map(_together, [passage] * len(rates), rates, days)):
        return [(_name(day), rate, day.slips) for rate, day in zip(rates, days, strict=True)], True
    pairs = []
    for rate in rates:
        begin, end = _clause(passage.folded, rate)
        inside = [day for day in days if begin <= day.start < end]
        if len(inside) == 1:
            pairs.append((_name(inside[0]), rate, inside[0].slips))
    return pairs, False


def _together(passage: Passage, rate: Quantity, day: Found) -> bool:
    """Whether nothing parts a rate from its day: else one between them was not read, and each has slid to the next."""
    first, last = sorted(((rate.start, rate.end), (day.start, day.end)))
    return not _PARTING.search(passage.folded[first[1] : last[0]])


def _clause(folded: str, rate: Quantity) -> tuple[int, int]:
    stops = [stop.start() for stop in _PARTING.finditer(folded)]
    begin = max((stop for stop in stops if stop < rate.start), default=0)
    return begin, min((stop for stop in stops if stop >= rate.end), default=len(folded))


def _name(day: Found) -> str:
    return _KIND[day.phrase]


def _percent(rate: Quantity) -> str:
    if rate.value is None:
        return ""
    return plain(rate.value * 100 if rate.unit == "times" else rate.value)
