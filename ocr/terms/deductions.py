"""What is taken off the wage: the rows of the table of deductions, or the sentences that name an item and an amount."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ocr.terms.candidate import Candidate
from ocr.terms.folding import fold
from ocr.terms.languages import language_of_text
from ocr.terms.money import FoundMoney, find_money
from ocr.terms.passages import Passage, passage_of
from ocr.terms.phrases import Found, find_phrases
from ocr.text.page_text import Language, Line

_ITEMS: Mapping[str, tuple[str, ...]] = {
    "deduction_meals": (
        "tiền ăn",
        "bữa ăn",
        "ăn uống",
        "suất ăn",
        "meals",
        "meal",
        "food",
        "board",
        "makanan",
        "makan",
        "ค่าอาหาร",
        "อาหาร",
    ),
    "deduction_lodging": (
        "tiền ở",
        "tiền nhà",
        "chỗ ở",
        "nhà ở",
        "ký túc xá",
        "tiền thuê nhà",
        "lodging",
        "accommodation",
        "housing",
        "dormitory",
        "rent",
        "hostel",
        "penginapan",
        "asrama",
        "sewa",
        "ค่าที่พัก",
        "ที่พัก",
        "หอพัก",
    ),
    "deduction_utility": (
        "điện, nước",
        "điện nước",
        "tiền điện nước",
        "điện, nước, ga",
        "tiện ích",
        "electricity and water",
        "utilities",
        "utility",
        "water and electricity",
        "electricity",
        "elektrik dan air",
        "air dan elektrik",
        "utiliti",
        "ค่าน้ำค่าไฟ",
        "ค่าน้ำ",
        "ค่าไฟ",
    ),
    "deduction_health": (
        "bảo hiểm y tế",
        "health insurance",
        "insurans kesihatan",
        "ประกันสุขภาพ",
        "medical insurance",
    ),
    "deduction_social": (
        "bảo hiểm xã hội",
        "social insurance",
        "social security",
        "perkeso",
        "socso",
        "ประกันสังคม",
        "bảo hiểm lao động",
        "labour insurance",
        "labor insurance",
        "kwsp",
        "epf",
    ),
    "deduction_broker": (
        "phí phục vụ công ty môi giới",
        "phí phục vụ",
        "phí môi giới",
        "broker monthly service fee",
        "broker service fee",
        "broker fee",
        "monthly service fee",
        "agency fee",
        "fi broker",
        "bayaran agensi",
        "ค่านายหน้า",
        "phí quản lý",
        "management fee",
    ),
    "deduction_tax": (
        "thuế thu nhập",
        "thuế",
        "income tax",
        "tax",
        "cukai pendapatan",
        "cukai",
        "ภาษีเงินได้",
        "ภาษี",
    ),
    "deduction_levy": ("levy", "levi", "tiền levy", "thuế levy", "ค่าธรรมเนียมแรงงานต่างด้าว"),
    "deduction_insurance": ("bảo hiểm tai nạn", "accident insurance", "insurans kemalangan", "ประกันอุบัติเหตุ"),
    "deduction_transport": (
        "tiền xe",
        "đi lại",
        "transport",
        "transportation",
        "pengangkutan",
        "ค่ารถ",
        "ค่าเดินทาง",
    ),
    "deductions_total": (
        "tổng cộng",
        "tổng số",
        "tổng khấu trừ",
        "total",
        "grand total",
        "total deductions",
        "jumlah besar",
        "jumlah keseluruhan",
        "รวม",
        "รวมทั้งสิ้น",
        "รวมเป็นเงิน",
    ),
}
_NAME = {fold(phrase): name for name, phrases in _ITEMS.items() for phrase in phrases}
_FARTHEST = 70
_ROW_START = 3
_SENTENCE = re.compile(r"[.;:]\s|[.]$")


@dataclass(frozen=True)
class _Item:
    name: str
    first: Found
    end: int
    language: Language | None
    passage: Passage


@dataclass(frozen=True)
class _Amount:
    passage: Passage
    money: FoundMoney


def read_deductions(passages: Sequence[Passage], lines: Sequence[tuple[int, Line]]) -> Iterator[Candidate]:
    """The amount of every item in the sections on deductions. An item in two rows is read from the first.

    Where the columns were read one after the other, items and amounts are paired in their order if there are as many of
    both; then only a total that fits can make them sure.
    """
    inside = [passage for passage in passages if passage.topic == "deductions" and not passage.heading]
    found = list(_read(inside))
    yield from found or _strayed(lines)


def _strayed(lines: Sequence[tuple[int, Line]]) -> Iterator[Candidate]:
    """The rows of a table that the reading order put elsewhere: an item at the start of each, one of them the total."""
    rows = []
    for page, line in lines:
        passage = passage_of(page, line)
        if any(find_money(passage.folded, passage.text)):
            items = _items(passage)
            if items and items[0].first.start <= _ROW_START and not _SENTENCE.search(passage.text):
                rows.append(passage)
    found = [each for row in rows for each in _read([row])]
    names = {each.name for each in found}
    if "deductions_total" in names and len(names) > 2:
        yield from found


def _read(passages: Sequence[Passage]) -> Iterator[Candidate]:
    items: list[_Item] = []
    amounts: list[_Amount] = []
    for passage in passages:
        for each in _in_order(passage):
            if isinstance(each, _Item) and amounts:
                yield from _paired(items, amounts)
                items, amounts = [], []
            if isinstance(each, _Item):
                items.append(each)
            else:
                amounts.append(each)
    yield from _paired(items, amounts)


def _in_order(passage: Passage) -> list["_Item | _Amount"]:
    # The sentence that caps the deductions names their total and no amount.
    found: list[_Item | _Amount] = (
        [] if "%" in passage.text or "ร้อยละ" in passage.text else list(_items(passage))
    )
    found += [_Amount(passage, money) for money in find_money(passage.folded, passage.text)]
    return sorted(found, key=lambda each: each.first.start if isinstance(each, _Item) else each.money.start)


def _paired(items: Sequence[_Item], amounts: Sequence[_Amount]) -> Iterator[Candidate]:
    """An amount after one item is that item's; of several in a row only as many as there are items."""
    if not items or not amounts:
        return
    if len(amounts) == 1 or len(items) == 1:
        item, amount = items[-1], amounts[0]
        if item.passage is not amount.passage or amount.money.start - item.end < _FARTHEST:
            yield _candidate(item, amount, alone=True)
    elif len(items) == len(amounts):
        for item, amount in zip(items, amounts, strict=True):
            yield _candidate(item, amount, alone=False)


def _items(passage: Passage) -> list[_Item]:
    """The items in the order of the print; one named in two languages side by side is one."""
    items: list[_Item] = []
    for found in find_phrases(passage.folded, _NAME):
        name = _NAME[found.phrase]
        if (
            items
            and items[-1].name == name
            and found.start - items[-1].end < 45
            and not any(map(str.isdigit, passage.folded[items[-1].end : found.start]))
        ):
            items[-1] = _Item(name, items[-1].first, found.end, items[-1].language, passage)
        else:
            language = language_of_text(passage.text[found.start : found.end]) or passage.language
            items.append(_Item(name, found, found.end, language, passage))
    return items


def _candidate(item: _Item, amount: _Amount, *, alone: bool) -> Candidate:
    money, passage = amount.money, amount.passage
    start = item.first.start if item.passage is passage and alone else money.start
    return Candidate(
        item.name,
        str(money.value) if money.value else "",
        passage,
        money.start,
        money.end,
        item.language,
        slips=item.first.slips,
        clear=money.value is not None,
        spelled=money.spelled,
        said=(start, money.end),
        alone=alone,
    )
