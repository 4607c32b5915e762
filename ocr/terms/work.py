"""What is worked, where, in which country, from when to when; when the contract was signed and on which day it pays."""

import re
from collections.abc import Iterator, Sequence

from ocr.terms.candidate import Candidate
from ocr.terms.countries import countries_in
from ocr.terms.dates import find_dates
from ocr.terms.labelled import Labelled
from ocr.terms.languages import language_of_text
from ocr.terms.party_words import LABELS, SIGNED
from ocr.terms.passages import Passage, is_heading, passage_of
from ocr.terms.phrases import find_phrases
from ocr.text.page_text import Language, Line

_AS = (
    "đảm nhận vị trí",
    "đảm nhận công việc",
    "làm công việc",
    "làm việc với vị trí",
    "với vị trí",
    "làm nghề",
    "đảm nhiệm vị trí",
    "đảm nhiệm công việc",
    "is employed as",
    "employed as",
    "to work as",
    "shall work as",
    "works as",
    "in the position of",
    "in the capacity of",
    "engaged as",
    "as a",
    "work as",
    "bekerja sebagai",
    "diambil bekerja sebagai",
    "sebagai",
    "ในตำแหน่ง",
    "ตำแหน่ง",
    "ทำหน้าที่",
)
_AT = re.compile(r"\s(?:tai|o|at|di|in)\s|\sณ\s?|\sที่\s?")
_LANGUAGE_OF_AT: dict[str, Language] = {
    "tai": "vi",
    "o": "vi",
    "at": "en",
    "in": "en",
    "di": "ms",
    "ณ": "th",
    "ที่": "th",
}
_PAID = (
    "trả lương",
    "lương được trả",
    "thanh toán lương",
    "lương được thanh toán",
    "wages are paid",
    "wages shall be paid",
    "salary shall be paid",
    "paid not later than",
    "pay day",
    "payment of wages",
    "wages will be paid",
    "salary is paid",
    "shall pay the wages",
    "gaji dibayar",
    "gaji hendaklah dibayar",
    "pembayaran gaji",
    "จ่ายค่าจ้าง",
    "kỳ trả lương",
)
_ORDINALS = {
    word: number
    for number, word in enumerate(
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"],
        start=1,
    )
} | {"fifteenth": 15, "twentieth": 20, "twenty-fifth": 25, "thirtieth": 30}
_DIGITS = r"(?P<day>[\dolis|]{1,2})"
_PAY_DAYS = (
    re.compile(
        rf"ng[a-z]{{1,3}} {_DIGITS}(?: \([a-z ]+\))? ?(?:cua |hang |hang |moi |trong )*th[a-z]{{1,3}}(?![a-z])(?! \d)"
    ),
    re.compile(rf"(?<![a-z])day {_DIGITS} of"),
    re.compile(rf"(?<![\da-z]){_DIGITS} ?(?:st|nd|rd|th) (?:day )?(?:of|day)"),
    re.compile(rf"(?P<word>{'|'.join(_ORDINALS)})(?: \({_DIGITS}(?:st|nd|rd|th)?\))? day of"),
    re.compile(
        rf"hari ?ke ?-? ?{_DIGITS}|(?<!\d)(?P<alt>\d{{1,2}}) ?hb|(?<!\d)(?P<alt2>\d{{1,2}}) haribulan"
    ),
    re.compile(rf"วันที่ ?{_DIGITS}"),
)
_PREAMBLE, _LAST = 40, 12
_SPAN = (("start_date", "start"), ("end_date", "finish"))


def read_work(
    found: Sequence[Labelled], lines: Sequence[tuple[int, Line]], passages: Sequence[Passage]
) -> Iterator[Candidate]:
    """Position, workplace and country from labelled lines and from the sentence that employs; dates; pay day."""
    for each in found:
        if each.label in ("position", "workplace", "country") and each.colon and len(each.text) < 160:
            yield from _labelled(each)
    for number, passage in enumerate(passages):
        if passage.topic == "work" or number < 80:
            yield from _employed(passage)
        yield from _pay_day(passage)
        if passage.topic in ("", "term", "work"):
            yield from _span(passage)
    for passage in _where_signed(lines, passages):
        yield from _signed(passage)


def _where_signed(lines: Sequence[tuple[int, Line]], passages: Sequence[Passage]) -> Iterator[Passage]:
    """The lines before the first section, and the last paragraphs: nowhere else does a contract say its own day."""
    for number, line in enumerate(lines[:_PREAMBLE]):
        passage = passage_of(*line)
        if passage.folded and is_heading(passage.folded) and number > 3:
            break
        yield passage
    yield from passages[-_LAST:]


def _labelled(each: Labelled) -> Iterator[Candidate]:
    text, end = each.text, each.end
    if each.label == "country":
        for code, place in countries_in(each.passage.folded[each.start : each.end])[:1]:
            yield _candidate(
                "country",
                code,
                each.passage,
                each.start + place.start,
                each.start + place.end,
                slips=place.slips,
            )
        return
    stop = re.search(r"[;.](?=\s|$)", text)
    if stop and not re.search(r"\b(?:No|Co|Ltd|Sdn|Bhd|TP)\.$", text[: stop.end()]):
        end = each.start + stop.start()
    if each.label == "workplace":
        yield from _place(each.passage, each.start, end, each.slips, 2.0)
    elif not each.preamble or each.role in ("", "worker"):
        yield _candidate("position", "", each.passage, each.start, end, slips=each.slips, weight=2.0)


def _employed(passage: Passage) -> Iterator[Candidate]:
    for cue in find_phrases(passage.folded, _AS):
        stop = re.search(r"[.;](?=\s|$)", passage.folded[cue.end :])
        end = cue.end + (stop.start() if stop else len(passage.folded) - cue.end)
        at = _AT.search(passage.folded, cue.end, end)
        if not at or at.start() - cue.end > 90 or at.start() - cue.end < 3 or end - at.end() > 140:
            continue
        weight = 1.0 + (passage.topic == "work")
        language = _LANGUAGE_OF_AT.get(at[0].strip()) or passage.language
        yield _candidate(
            "position", "", passage, cue.end, at.start(), slips=cue.slips, weight=weight, language=language
        )
        yield from _place(passage, at.end(), end, cue.slips, weight, language)
        return


def _place(
    passage: Passage, start: int, end: int, slips: int, weight: float, language: Language | None = None
) -> Iterator[Candidate]:
    """A workplace, and the country at its end as a term of its own."""
    named = countries_in(passage.folded[start:end])
    if named:
        code, place = named[-1]
        yield _candidate(
            "country",
            code,
            passage,
            start + place.start,
            start + place.end,
            slips=place.slips,
            weight=weight,
            language=language,
        )
        if not passage.folded[start + place.end : end].strip(" ,.()"):
            end = start + place.start
    if end - start > 2:
        candidate = _candidate(
            "workplace", "", passage, start, end, slips=slips, weight=weight, language=language
        )
        if len(candidate.value) > 2:
            yield candidate


def _candidate(  # noqa: PLR0913 - it is what a Candidate is made of
    name: str,
    value: str,
    passage: Passage,
    start: int,
    end: int,
    *,
    slips: int = 0,
    weight: float = 1.0,
    language: Language | None = None,
    clear: bool = True,
) -> Candidate:
    while start < end and not passage.text[start].isalnum():
        start += 1
    while end > start and not (
        passage.text[end - 1].isalnum()
        or passage.text[end - 1] in ")."
        or "\u0e30" <= passage.text[end - 1] <= "\u0e4e"
    ):
        end -= 1
    if not value and name in ("position", "workplace"):
        value = " ".join(passage.text[start:end].split()).rstrip(".")
    language = language or language_of_text(passage.text) or passage.language
    return Candidate(name, value, passage, start, end, language, slips=slips, weight=weight, clear=clear)


def _signed(passage: Passage) -> Iterator[Candidate]:
    dates = list(find_dates(passage.folded))
    cues = find_phrases(passage.folded, SIGNED)
    for date in dates:
        before = [cue for cue in cues if 0 <= date.start - cue.end <= 60]
        plain = (
            bool(re.match(r"^[^\d:]{2,40}, ?(?:ngay)? ?$", passage.folded[: date.start]))
            and len(passage.text) < 70
        )
        if before or plain:
            value = date.value.isoformat() if date.value else ""
            yield _candidate(
                "sign_date",
                value,
                passage,
                date.start,
                date.end,
                slips=before[-1].slips if before else 0,
                weight=2.0 if before else 1.0,
                clear=bool(value) and bool(before or "ngay" in passage.folded),
            )
            return


def _span(passage: Passage) -> Iterator[Candidate]:
    dates = list(find_dates(passage.folded))
    for name, label in _SPAN:
        for cue in find_phrases(passage.folded, LABELS[label]) if dates else ():
            near = [date for date in dates if 0 <= date.start - cue.end <= 14]
            if near:
                value = near[0].value.isoformat() if near[0].value else ""
                yield _candidate(
                    name,
                    value,
                    passage,
                    near[0].start,
                    near[0].end,
                    slips=cue.slips,
                    weight=1.0 + (passage.topic == "term"),
                    clear=bool(value) and len(dates) >= 2,
                )
                break


def _pay_day(passage: Passage) -> Iterator[Candidate]:
    for cue in find_phrases(passage.folded, _PAID):
        end = min(passage.sentence(cue.end)[1], cue.end + 130)
        for form in _PAY_DAYS:
            match = form.search(passage.folded, cue.end, end)
            if match:
                groups = match.groupdict()
                digits = (
                    groups.get("day")
                    or groups.get("alt")
                    or groups.get("alt2")
                    or str(_ORDINALS.get(groups.get("word") or "", ""))
                )
                value = str(int(digits)) if digits.isdigit() and 1 <= int(digits) <= 31 else ""
                yield _candidate(
                    "pay_day",
                    value,
                    passage,
                    match.start(),
                    match.end(),
                    slips=cue.slips,
                    clear=bool(value),
                    weight=1.0 + (passage.topic == "wage"),
                )
                return
