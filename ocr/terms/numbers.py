"""Numbers in digits and in words, as four languages write them. A digit is never guessed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from ocr.terms.folding import fold

_RUN = re.compile(
    r"(?:(?<![A-Za-z])[OoIlSB|](?=[\d.,]*\d))?\d(?:[\dOoIlSB|]|[.,'](?=[\dOoIlSB|])| ?[.,] ?(?=\d)| (?=\d{3}\b))*"
)
_TORN_AFTER = re.compile(r"[.,'][.,']\s?[\dOoIl]")
_TORN_BEFORE = re.compile(r"[\dOoIl][.,'][.,']\s?$")
_FORMS = (
    re.compile(r"(?P<whole>\d{1,3}(?:\.\d{3})+)(?:,(?P<part>\d{1,2}))?"),
    re.compile(r"(?P<whole>\d{1,3}(?:,\d{3})+)(?:\.(?P<part>\d{1,2}))?"),
    re.compile(r"(?P<whole>\d{1,3}(?: \d{3})+)(?:[.,](?P<part>\d{1,2}))?"),
    re.compile(r"(?P<whole>\d{1,3}(?:'\d{3})+)(?:\.(?P<part>\d{1,2}))?"),
    re.compile(r"(?P<whole>\d+)(?:[.,](?P<part>\d{1,2}))?"),
)
_UNITS: dict[str, int] = {
    "không": 0, "một": 1, "mốt": 1, "hai": 2, "ba": 3, "bốn": 4, "tư": 4, "năm": 5, "lăm": 5, "nhăm": 5, "sáu": 6,
    "bảy": 7, "bẩy": 7, "tám": 8, "chín": 9, "mười": 10,
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17,
    "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90,
    "satu": 1, "dua": 2, "tiga": 3, "empat": 4, "lima": 5, "enam": 6, "tujuh": 7, "lapan": 8, "delapan": 8,
    "sembilan": 9, "sepuluh": 10, "sebelas": 11,
}  # fmt: skip
_SCALES: dict[str, int] = {
    "mươi": 10, "chục": 10, "trăm": 100, "nghìn": 1000, "ngàn": 1000, "triệu": 10**6, "tỷ": 10**9, "tỉ": 10**9,
    "hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9,
    "puluh": 10, "ratus": 100, "ribu": 1000, "juta": 10**6, "seratus": 100, "seribu": 1000,
}  # fmt: skip
_FILLERS = frozenset(("linh", "le", "va", "and", "chan", "dong", "only", "ringgit", "sahaja", "-"))
_WORDS = {fold(word): value for word, value in _UNITS.items()}
_SCALE_WORDS = {fold(word): value for word, value in _SCALES.items()}
_THAI_UNITS = {
    "ศูนย์": 0,
    "หนึ่ง": 1,
    "เอ็ด": 1,
    "สอง": 2,
    "ยี่": 2,
    "สาม": 3,
    "สี่": 4,
    "ห้า": 5,
    "หก": 6,
    "เจ็ด": 7,
    "แปด": 8,
    "เก้า": 9,
}
_THAI_SCALES = {"สิบ": 10, "ร้อย": 100, "พัน": 1000, "หมื่น": 10**4, "แสน": 10**5, "ล้าน": 10**6}
_THAI = re.compile("|".join([*_THAI_UNITS, *_THAI_SCALES]))

SMALL_WORDS = "|".join(sorted(map(re.escape, _WORDS), key=len, reverse=True))
"""Folded words for 0 to 20 and the tens, as an alternative of a regular expression."""
THAI_WORDS = f"(?:{_THAI.pattern})+"


@dataclass(frozen=True)
class Number:
    """Digits at `start` up to `end`; `value` None where they are in doubt: O for 0, or groups that don't fit."""

    start: int
    end: int
    value: Decimal | None


def find_numbers(folded: str, text: str) -> Iterator[Number]:
    """Every run of digits. `folded` is `text` folded: there, Thai digits are ours."""
    signs = "".join(new if new.isdigit() else old for new, old in zip(folded, text, strict=True))
    for run in _RUN.finditer(signs):
        torn = _TORN_AFTER.match(signs, run.end()) or _TORN_BEFORE.search(
            signs[max(0, run.start() - 4) : run.start()]
        )
        yield Number(run.start(), run.end(), None if torn else amount(run[0]))


def amount(digits: str) -> Decimal | None:
    """What "5.000.000", "5,000,000", "1,700.00", "1.700,50" and "12 500" say; None where the groups don't fit.

    One group of three after one separator is thousands in either style: no contract here names thousandths.
    """
    for form in _FORMS:
        found = form.fullmatch(digits)
        if found:
            whole = re.sub(r"\D", "", found["whole"])
            if len(whole) > 1 and whole.startswith("0") and len(whole) > 3:
                return None
            return Decimal(f"{whole}.{found['part']}") if found["part"] else Decimal(whole)
    return None


def from_words(text: str) -> int | None:
    """The number that words in Vietnamese, English, Malay or Thai spell out; None where they spell none.

    One word that is no number's makes the whole none: a half-read number is no check on digits.
    """
    folded = fold(text).strip(" .,:;()")
    if re.search(r"[\u0e01-\u0e5b]", folded):
        return _from_thai(folded)
    total = group = 0
    seen = False
    for word in re.findall(r"[^\W\d]+", folded.replace("-", " ")):
        if word in ("muoi",) and group % 10 and seen:
            group = group - group % 10 + group % 10 * 10  # "hai mươi": twenty, not two and ten
        elif word == "belas" and seen:
            group += 10
        elif word in _WORDS:
            group += _WORDS[word]
            seen = True
        elif word in _SCALE_WORDS:
            total, group = _scaled(total, group, word)
            seen = True
        elif word not in _FILLERS:
            return None
    return total + group if seen else None


def _scaled(total: int, group: int, word: str) -> tuple[int, int]:
    scale = _SCALE_WORDS[word]
    if scale >= 1000:
        return total + max(group, 1) * scale, 0
    last = group % scale if scale == 100 else group % 10
    return total, group - last + max(last, 1) * scale


def _from_thai(text: str) -> int | None:
    text = re.sub(r"บาท|ถ้วน|\s", "", text)
    if not text or _THAI.sub("", text):
        return None
    total = group = digit = 0
    for word in _THAI.findall(text):
        if word in _THAI_UNITS:
            digit = _THAI_UNITS[word]
        elif word == "ล้าน":
            total, group, digit = (total + group + digit) * 10**6, 0, 0
        else:
            group, digit = group + (digit or 1) * _THAI_SCALES[word], 0
    return total + group + digit
