"""Amounts of money in running text: currency before or after, "triệu" and "million", the period they are paid for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from ocr.terms.folding import fold
from ocr.terms.numbers import Number, find_numbers, from_words
from ocr.terms.term import Money

_BEFORE = (
    ("NT$", "TWD"),
    ("NTS$", "TWD"),
    ("NTD", "TWD"),
    ("TWD", "TWD"),
    ("RM", "MYR"),
    ("MYR", "MYR"),
    ("US$", "USD"),
    ("USD", "USD"),
    ("S$", "SGD"),
    ("SGD", "SGD"),
    ("HK$", "HKD"),
    ("HKD", "HKD"),
    ("VNĐ", "VND"),
    ("VND", "VND"),
    ("THB", "THB"),
    ("JPY", "JPY"),
    ("KRW", "KRW"),
    ("EUR", "EUR"),
    ("AED", "AED"),
    ("SAR", "SAR"),
    ("CNY", "CNY"),
    ("RMB", "CNY"),
    ("¥", "JPY"),
    ("￥", "JPY"),
    ("฿", "THB"),
    ("₩", "KRW"),
    ("€", "EUR"),
    ("₫", "VND"),
    ("Baht", "THB"),
    ("Ringgit Malaysia", "MYR"),
    ("Ringgit", "MYR"),
)
_AFTER = (
    ("đồng Việt Nam", "VND"),
    ("Việt Nam đồng", "VND"),
    ("đồng", "VND"),
    ("VNĐ", "VND"),
    ("VND", "VND"),
    ("đ", "VND"),
    ("₫", "VND"),
    ("dong", "VND"),
    ("đô la Mỹ", "USD"),
    ("đô la", "USD"),
    ("US dollars", "USD"),
    ("dollars", "USD"),
    ("USD", "USD"),
    ("US$", "USD"),
    ("ringgit Malaysia", "MYR"),
    ("ringgit", "MYR"),
    ("rinh-git", "MYR"),
    ("RM", "MYR"),
    ("MYR", "MYR"),
    ("bạt Thái", "THB"),
    ("bạt", "THB"),
    ("baht", "THB"),
    ("บาท", "THB"),
    ("THB", "THB"),
    ("yên Nhật", "JPY"),
    ("yên", "JPY"),
    ("yen", "JPY"),
    ("JPY", "JPY"),
    ("円", "JPY"),
    ("đài tệ", "TWD"),
    ("Đài tệ", "TWD"),
    ("NT$", "TWD"),
    ("NTD", "TWD"),
    ("TWD", "TWD"),
    ("元", "TWD"),
    ("won", "KRW"),
    ("KRW", "KRW"),
    ("원", "KRW"),
    ("đô la Singapore", "SGD"),
    ("SGD", "SGD"),
    ("euro", "EUR"),
    ("EUR", "EUR"),
    ("riyal", "SAR"),
    ("dirham", "AED"),
    ("nhân dân tệ", "CNY"),
    ("ดอง", "VND"),
)


_BEFORE_RE = re.compile(
    rf"(?<![a-z])(?P<sign>{'|'.join(re.escape(fold(sign)) for sign, _ in _BEFORE)})\s?\.?\s?$"
)
_AFTER_RE = re.compile(
    r"\s?(?P<scale>trieu|nghin|ngan|ty|million|thousand|juta|ribu|ล้าน|แสน|หมื่น|พัน)?\s?"
    r"(?:\((?P<words>[^()]{2,120})\)\s?)?"
    rf"(?P<sign>{'|'.join(sorted((re.escape(fold(sign)) for sign, _ in _AFTER), key=len, reverse=True))})?(?![a-z])"
)
_CURRENCY_BEFORE = {fold(sign): code for sign, code in _BEFORE}
_CURRENCY_AFTER = {fold(sign): code for sign, code in _AFTER}
_SCALE = {
    "trieu": 10**6,
    "million": 10**6,
    "juta": 10**6,
    "ล้าน": 10**6,
    "nghin": 1000,
    "ngan": 1000,
    "thousand": 1000,
    "ribu": 1000,
    "พัน": 1000,
    "ty": 10**9,
    "แสน": 10**5,
    "หมื่น": 10**4,
}
_WORDS_AFTER = re.compile(
    r"^[\s,]{0,2}\(?\s?(?:(?:viet )?bang chu|in words|so tien bang chu|dalam perkataan|ตัวอักษร)?"
    r"\s?:?\s?(?P<words>[^()\d.;]{6,120})\)"
)
_PERIODS = (
    ("hour", r"gio|hours?|hr|jam|ชั่วโมง"),
    ("day", r"ngay|days?|hari|วัน"),
    ("week", r"tuan|weeks?|minggu|สัปดาห์"),
    ("month", r"thang|months?|bulan|เดือน"),
    ("year", r"nam|years?|annum|tahun|ปี"),
)
_PERIOD_AFTER = [
    (
        name,
        re.compile(
            rf"^\s?\)?\s?(?:(?:/|per|a|an|each|every|moi|mot|hang|trong mot|tiap|setiap|ต่อ|/ ?1|/ ?mot)"
            rf"\s?(?:{units})(?![a-z])"
            rf"|(?:{name}ly|se(?:{units})|(?:{units})an)(?![a-z]))"
        ),
    )
    for name, units in _PERIODS
]
_PERIOD_BEFORE = [
    (name, re.compile(rf"(?:{units})\s?ละ\s?(?:[a-z$฿]{{0,4}}\s?)$")) for name, units in _PERIODS
]
_PER_WORD = re.compile(r"^\s?(?:(?:/|per|pcr|pet|a|each|moi|hang|setiap)\s?)?(?P<word>[a-z.]{3,8})(?![a-z])")
_PERIOD_WORDS = (
    ("month", ("month", "thang", "sebulan", "monthly")),
    ("hour", ("hour", "sejam")),
    ("day", ("sehari", "daily")),
)
_RATE = re.compile(r"^\s?(?:/ ?\d|\(?x\s?\d|@)")


@dataclass(frozen=True)
class FoundMoney:
    """An amount's print at `start` up to `end`; `value` None where its digits are doubtful.

    `spelled` says whether words beside the digits say the same (True), something else (False) or nothing (None).
    """

    start: int
    end: int
    value: Money | None
    spelled: bool | None


def find_money(folded: str, text: str) -> Iterator[FoundMoney]:
    """Every number with a currency before or after it, or spelled out in words that name one."""
    for number in find_numbers(folded, text):
        found = _money(number, folded, text)
        if found:
            yield found


def _money(number: Number, folded: str, text: str) -> FoundMoney | None:
    before = _BEFORE_RE.search(folded[max(0, number.start - 20) : number.start])
    after = _AFTER_RE.match(folded, number.end)
    sign_after = (
        after["sign"] if after and not (after["sign"] == "d" and text[after.end() - 1] not in "đĐ₫") else None
    )
    if after and sign_after == fold("đ") and text[after.end("sign") - 1] not in "đĐ₫":
        sign_after = None
    if not before and not sign_after:
        return None
    currency = _CURRENCY_BEFORE[before["sign"]] if before else _CURRENCY_AFTER[sign_after or ""]
    start = number.start - (len(before[0]) if before else 0)
    end = after.end("sign") if after and sign_after else number.end
    value, scale = number.value, after["scale"] if after else None
    if scale and value is not None:
        value *= _SCALE[scale]
        end = max(end, after.end("scale") if after else end)
    if before and not sign_after and not scale and _glued(folded, number.end):
        value = None
    if _RATE.match(folded[end:]):
        value = None
    spelled = _spelled(folded, end, after["words"] if after else None, value)
    period = _period(folded, start, _past_words(folded, end))
    return FoundMoney(start, end, None if value is None else Money(value, currency, period), spelled)


def _glued(folded: str, end: int) -> bool:
    """Whether a letter touches the last digit: then it may have been a digit."""
    return folded[end : end + 1].isascii() and folded[end : end + 1].isalpha()


def _spelled(folded: str, end: int, inner: str | None, value: Decimal | None) -> bool | None:
    found = _WORDS_AFTER.match(folded[end : end + 160])
    words = inner or (found["words"] if found else None)
    spelled = from_words(words.partition(":")[2] or words) if words else None
    return None if spelled is None or value is None else spelled == value


def _past_words(folded: str, end: int) -> int:
    found = _WORDS_AFTER.match(folded[end : end + 160])
    return end + found.end() if found else end


def _period(folded: str, start: int, end: int) -> str:
    rest, head = folded[end : end + 30], folded[max(0, start - 20) : start]
    for name, form in _PERIOD_AFTER:
        if form.match(rest):
            return name
    return next((name for name, form in _PERIOD_BEFORE if form.search(head)), "") or _misread_period(rest)


def _misread_period(rest: str) -> str:
    """A word after "per" or a stroke that is one letter from that of a period."""
    said = _PER_WORD.match(rest)
    found = [
        name
        for name, words in _PERIOD_WORDS
        if said and any(_one_letter_off(said["word"], word) for word in words)
    ]
    return found[0] if len(found) == 1 else ""


def _one_letter_off(word: str, meant: str) -> bool:
    if len(meant) < 4 or abs(len(word) - len(meant)) > 1:
        return False
    start = next(
        (n for n, (one, two) in enumerate(zip(word, meant, strict=False)) if one != two),
        min(len(word), len(meant)),
    )
    rest, due = word[start:], meant[start:]
    return rest[1:] == due[1:] or rest[1:] == due or rest == due[1:]
