"""Who made the contract: names, addresses, papers and their dates, from labelled lines and from running text."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from ocr.terms.candidate import Candidate
from ocr.terms.dates import find_dates
from ocr.terms.folding import fold
from ocr.terms.labelled import Labelled
from ocr.terms.languages import language_of_text
from ocr.terms.party_words import ROLES
from ocr.terms.passages import Passage
from ocr.terms.phrases import find_phrases, holds

_PASSPORT = re.compile(r"(?<![A-Z\d])[A-Z]{1,2}\s?\d{6,8}(?!\d)")
_CITIZEN = re.compile(r"(?<!\d)(?:\d{12}|\d{9}|\d{3} \d{3} \d{3} \d{3}|\d \d{4} \d{5} \d{2} \d)(?!\d)")
_LICENCE = re.compile(r"\d{1,5}\s?/\s?[A-ZĐ][A-ZĐa-z\d]*(?:\s?-\s?[A-ZĐ]{1,6})*")
_CONTRACT = re.compile(r"(?=[^\s]*\d)[\w.]+(?:\s?[/-]\s?[\w.]+)*")
_CODES = {
    "passport": ("passport_no", _PASSPORT),
    "citizen": ("worker_id_no", _CITIZEN),
    "licence": ("agency_licence", _LICENCE),
    "contract": ("contract_no", _CONTRACT),
}
_DATES = {"birth": "worker_dob", "issued": "passport_issue_date", "expires": "passport_expiry_date"}
_CALLED = re.compile(
    r"(?:hereinafter|hereafter|sau day (?:duoc )?goi|goi tat la|selepas ini|seterusnya"
    r"|ซึ่งต่อไปในสัญญานี้|ซึ่งต่อไปนี้|ต่อไปนี้เรียก|ซึ่งต่อไป)"
)
_PARTING = re.compile(
    r"(?:^|\s)(?:between|giua|antara|and|va|dan|of the one part|one part|mot ben la)[\s:]+|ระหว่าง|กับ|และ"
)
_NAME_ENDS = re.compile(
    r"\s?\(|,\s(?!ltd|inc|llc|limited)|\s(?:a company|having its|with its|co tru so|dia chi|bearing|holder of|"
    r"passport|ho chieu|beralamat|yang beralamat|no\. pasport|ตั้งอยู่|โดย|ถือ)"
)

_DEPOSIT = ("ký quỹ", "deposit", "escrow", "cagaran", "เงินประกัน")
_BANK = (
    "nộp tại ngân hàng",
    "tại ngân hàng",
    "gửi tại ngân hàng",
    "mở tại ngân hàng",
    "placed with",
    "deposited with",
    "deposited at",
    "deposited in",
    "held at",
    "held with",
    "di bank",
    "disimpan di",
    "ธนาคาร",
)
_BANK_ENDS = re.compile(
    r"[;,]|[.](?=\s|$)|\s(?:duoc|va|and|dan|trong|within|account|so tai khoan|ซึ่ง|และ)(?![a-z])"
)


def read_parties(found: Sequence[Labelled], passages: Sequence[Passage]) -> Iterator[Candidate]:
    """Names, addresses, numbers and dates of the parties."""
    paper = ""
    for each in found:
        if each.label in ("passport", "citizen", "licence"):
            paper = each.label
        yield from _named(each)
        if each.label in _CODES:
            yield from _coded(each)
        elif each.label in _DATES and not (each.label != "birth" and paper != "passport"):
            yield from _dated(each, _DATES[each.label])
    yield from _in_prose(passages)
    yield from _banks(passages)


def _banks(passages: Sequence[Passage]) -> Iterator[Candidate]:
    """Where the deposit lies, from the sentence that speaks of it."""
    for passage in passages:
        if passage.heading or not holds(passage.folded, _DEPOSIT):
            continue
        for cue in find_phrases(passage.folded, _BANK):
            end_match = _BANK_ENDS.search(passage.folded, cue.end)
            end = end_match.start() if end_match else len(passage.folded)
            value = " ".join(passage.text[cue.end : end].split()).strip(" :,.")
            if 2 < len(value) < 60:
                start = passage.text.index(value.split()[0], cue.end)
                yield Candidate("deposit_bank", value, passage, start, end, passage.language, slips=cue.slips)
                break


def _named(each: Labelled) -> Iterator[Candidate]:
    role = each.role
    if each.label == "party" and role:
        yield _text(each, f"{role}_name", clear=each.told)
    elif each.label == "company" and role in ("employer", "agency", ""):
        yield _text(each, f"{role or 'employer'}_name", clear=bool(role) and each.told)
    elif each.label == "person" and each.preamble:
        yield _text(each, f"{role or 'worker'}_name", clear=role == "worker" and each.told)
    elif each.label in ("address", "home") and each.preamble and (role or each.label == "home"):
        name = "worker" if each.label == "home" else role
        yield _text(
            each,
            f"{name}_address",
            clear=each.label == "home" or (name != "worker" and each.told),
        )


def _text(each: Labelled, name: str, *, clear: bool = True) -> Candidate:
    value = " ".join(each.text.split())
    return Candidate(
        name,
        value,
        each.passage,
        each.start,
        each.end,
        language_of_text(each.passage.text) or each.passage.language,
        slips=each.slips,
        clear=clear and each.colon,
        said=(0, len(each.passage.text)),
        weight=1.0 + clear,
    )


def _coded(each: Labelled) -> Iterator[Candidate]:
    """A number as printed: where its form is another than such numbers have, it is given and not sure."""
    name, form = _CODES[each.label]
    if not any(map(str.isdigit, each.text)) or (
        each.label == "contract" and (not each.preamble or each.role)
    ):
        return
    match = form.search(each.text)
    value = _our_digits(re.sub(r"\s", "", match[0] if match else re.split(r"\.{2,}|…", each.text)[0]))
    start = each.start + (match.start() if match else 0)
    end = each.start + match.end() if match else each.end
    clear = match is not None and (each.label != "contract" or "/" in value or "-" in value)
    yield Candidate(
        name,
        value[:40],
        each.passage,
        start,
        end,
        each.passage.language,
        slips=each.slips,
        clear=clear,
        said=(0, len(each.passage.text)),
        weight=1.0 + (match is not None),
    )


def _our_digits(text: str) -> str:
    # Recognisers read the Icelandic letter for the Vietnamese one that looks the same.
    text = text.replace("\u00d0", "Đ")
    return "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in text)


def _dated(each: Labelled, name: str) -> Iterator[Candidate]:
    for date in find_dates(each.passage.folded[each.start : each.end]):
        value = date.value.isoformat() if date.value else ""
        yield Candidate(
            name,
            value,
            each.passage,
            each.start + date.start,
            each.start + date.end,
            each.passage.language,
            slips=each.slips,
            clear=bool(value),
            said=(0, len(each.passage.text)),
            weight=2.0,
        )
        return


def _in_prose(passages: Sequence[Passage]) -> Iterator[Candidate]:
    """Names that a sentence gives: between ABC Sdn. Bhd., a company …, hereinafter called the Employer, and …."""
    for passage in passages[:60]:
        begin = 0
        for called in _CALLED.finditer(passage.folded):
            roles = find_phrases(
                passage.folded[called.end() : called.end() + 70],
                [p for words in ROLES.values() for p in words],
            )
            head = passage.folded[begin : called.start()]
            starts = [match.end() for match in _PARTING.finditer(head)]
            start = begin + (starts[0] if starts else 0)
            end_match = _NAME_ENDS.search(passage.folded, start + 3, called.start())
            end = end_match.start() if end_match else called.start()
            value = " ".join(passage.text[start:end].split()).strip(" ,:;.-")
            begin = called.end()
            if roles and 4 < len(value) < 90:
                role = next(name for name, words in ROLES.items() if roles[0].phrase in map(fold, words))
                yield Candidate(
                    f"{role}_name",
                    value,
                    passage,
                    start,
                    end,
                    passage.language,
                    clear=False,
                    weight=0.5,
                    said=(start, called.end() + roles[0].end),
                )
