"""Terms that are numbers, found by the label that announces them and the value nearest to it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ocr.terms.candidate import Candidate
from ocr.terms.clue_words import CLUES, MONEY_CLUES, NO_SUCH, NOTHING, Clue
from ocr.terms.money import FoundMoney, find_money
from ocr.terms.passages import Passage
from ocr.terms.phrases import Found, find_phrases, holds
from ocr.terms.quantities import Quantity, find_quantities
from ocr.terms.term import KINDS, plain
from ocr.text.page_text import Language

_WEAK_REACH = 14
_DAYS = {"day": 1, "week": 7, "month": 30}
_MONTHLY = ("tháng", "monthly", "per month", "bulanan", "sebulan", "เดือน")
_DAILY = ("lương ngày", "daily", "harian", "วันละ", "รายวัน")

_SAYING_NOTHING = tuple(word for each in (NOTHING, NO_SUCH) for words in each.values() for word in words)


@dataclass(frozen=True)
class _Label:
    clue: Clue
    language: Language
    found: Found
    weak: bool


def read_clauses(passages: Sequence[Passage]) -> Iterator[Candidate]:
    """Every value that stands where a clue expects it, in every language version."""
    for passage in passages:
        yield from _amounts(passage)
        yield from _counts(passage)


def _labels(passage: Passage, clues: Sequence[Clue]) -> list[_Label]:
    found = [
        _Label(clue, language, place, weak)
        for clue in clues
        for words, weak in ((clue.labels, False), (clue.weak, True))
        if words
        for language, phrases in words.items()
        for place in find_phrases(passage.folded, phrases)
    ]
    strong = [label.found for label in found if not label.weak]
    return [
        label
        for label in found
        if not label.weak or not any(label.found.start < s.end and s.start < label.found.end for s in strong)
    ]


def _amounts(passage: Passage) -> Iterator[Candidate]:
    amounts = list(find_money(passage.folded, passage.text))
    if not amounts and not holds(passage.folded, _SAYING_NOTHING):
        return
    labels = [label for label in _labels(passage, MONEY_CLUES) if _fits(label, passage)]
    taken: set[tuple[str, int]] = set()
    for label in sorted(labels, key=lambda each: (each.found.start, each.found.slips)):
        nothing = _nothing(label, passage) if label.clue.may_be_none else None
        amount = _next_amount(label, labels, amounts, passage)
        if amount and _taken_away(label, (amount.start, amount.end), passage):
            continue
        if nothing and (amount is None or nothing[1] <= amount.start):
            yield _candidate(label, passage, "0", nothing, clear=True)
        elif amount and (label.clue.name, amount.start) not in taken:
            taken.add((label.clue.name, amount.start))
            yield _candidate(
                label,
                passage,
                _money_value(label, amount, passage),
                (amount.start, amount.end),
                clear=not label.weak or passage.topic == label.clue.topic,
                spelled=amount.spelled,
            )


def _money_value(label: _Label, amount: FoundMoney, passage: Passage) -> str:
    money = amount.value
    if money is None:
        return ""
    if label.clue.name == "wage" and not money.period:
        said = passage.folded[max(0, label.found.start - 12) : amount.start]
        period = "month" if holds(said, _MONTHLY) else "day" if holds(said, _DAILY) else ""
        return f"{money} {period}".strip()
    return str(money)


def _next_amount(
    label: _Label, labels: Sequence[_Label], amounts: Sequence[FoundMoney], passage: Passage
) -> FoundMoney | None:
    """The first amount after the label in its sentence, unless another term's label stands between them."""
    end = passage.sentence(label.found.end)[1]
    reach = _reach(label, passage)
    for amount in amounts:
        way = amount.start - label.found.end
        if not 0 <= way <= reach or amount.start >= end:
            continue
        between = (
            other
            for other in labels
            if other.clue is not label.clue
            and label.found.end <= other.found.start
            and other.found.end <= amount.start
        )
        return None if any(not other.weak for other in between) else amount
    return None


def _nothing(label: _Label, passage: Passage) -> tuple[int, int] | None:
    """Where it says, right beside the label, that nothing is asked for."""
    after = passage.folded[label.found.end : label.found.end + 24]
    for found in find_phrases(after, (word for words in NOTHING.values() for word in words)):
        if not after[: found.start].strip(" :-./()\t") and not after[found.end :].lstrip()[:1].isdigit():
            return label.found.start, label.found.end + found.end
    head = passage.folded[max(0, label.found.start - 40) : label.found.start]
    for found in find_phrases(head, NO_SUCH.get(label.language, ())):
        if len(head[found.end :].strip()) <= 12 and not any(map(str.isdigit, head[found.end :])):
            return label.found.start - len(head) + found.start, label.found.end
    return None


def _counts(passage: Passage) -> Iterator[Candidate]:
    quantities = find_quantities(passage.folded, passage.text)
    if not quantities:
        return
    taken: set[tuple[str, int]] = set()
    for label in _labels(passage, CLUES) + _leading(passage):
        if not _fits(label, passage):
            continue
        quantity = _next_quantity(label, quantities, passage)
        if quantity and _taken_away(label, (quantity.start, quantity.end), passage):
            continue
        if quantity and (label.clue.name, quantity.start) not in taken:
            taken.add((label.clue.name, quantity.start))
            value, exact = _counted(label.clue, quantity)
            clear = exact and (
                not label.clue.topic or passage.topic in ("", label.clue.topic) or not label.weak
            )
            yield _candidate(
                label, passage, value, (quantity.start, quantity.end), clear=clear, spelled=quantity.spelled
            )


def _leading(passage: Passage) -> list[_Label]:
    """Labels that stand in the heading above, for a paragraph that goes straight to the value."""
    return [
        _Label(clue, language, Found(0, 0, found.slips, found.phrase), weak=False)
        for clue in CLUES
        if passage.lead and clue.topic and clue.topic == passage.topic and clue.name == "term_months"
        for language, phrases in clue.labels.items()
        for found in find_phrases(passage.lead, phrases)
    ]


def _fits(label: _Label, passage: Passage) -> bool:
    """Whether the label may be believed where it stands."""
    if passage.topic == "deductions" and label.clue.topic not in ("deductions",):
        return False
    return not (label.weak and label.clue.topic != passage.topic and passage.topic)


def _taken_away(label: _Label, span: tuple[int, int], passage: Passage) -> bool:
    """Whether words between or just before label and value say that it is another matter's."""
    start = max(passage.sentence(label.found.start)[0], min(label.found.start, span[0]) - 30)
    return holds(passage.folded[start : max(label.found.end, span[1]) + 2], label.clue.unless)


def _reach(label: _Label, passage: Passage) -> int:
    return label.clue.near if not label.weak or passage.topic == label.clue.topic else _WEAK_REACH


def _next_quantity(label: _Label, quantities: Sequence[Quantity], passage: Passage) -> Quantity | None:
    """The nearest fitting quantity in the label's sentence: after it, or before it where the clue allows."""
    begin, end = passage.sentence(label.found.start)
    fitting = [
        quantity
        for quantity in quantities
        if quantity.unit in label.clue.units
        and (label.clue.per is None or quantity.per in label.clue.per)
        and begin <= quantity.start < end
    ]
    own = [quantity for quantity in fitting if quantity.language in (None, label.language)]
    reach = _reach(label, passage)
    after = [each for each in own or fitting if 0 <= each.start - label.found.end <= reach]
    backward = label.language in label.clue.before
    before = [each for each in own or fitting if backward and 0 <= label.found.start - each.end <= reach]
    # A value that runs into its label ("1 rest day") is the label's own.
    inside = [each for each in own if backward and each.start < label.found.start < each.end]
    ways = [(each.start - label.found.end, each) for each in after[:1]]
    ways += [(label.found.start - each.end + 3, each) for each in before[-1:]] + [
        (0, each) for each in inside[:1]
    ]
    return min(ways, key=lambda way: way[0])[1] if ways else None


def _counted(clue: Clue, quantity: Quantity) -> tuple[str, bool]:
    """The value in the term's own unit, and whether it was said in that unit."""
    if quantity.value is None:
        return "", False
    kind = KINDS[clue.name]
    if kind == "months":
        return plain(quantity.value * (12 if quantity.unit == "year" else 1)), True
    if kind == "days":
        return plain(quantity.value * Decimal(_DAYS[quantity.unit])), quantity.unit != "month"
    return plain(quantity.value), True


def _candidate(
    label: _Label,
    passage: Passage,
    value: str,
    span: tuple[int, int],
    *,
    clear: bool,
    spelled: bool | None = None,
) -> Candidate:
    way = max(0, span[0] - label.found.end)
    weight = (passage.topic == label.clue.topic) + (not label.weak) - way / 200 - label.found.slips / 4
    return Candidate(
        label.clue.name,
        value,
        passage,
        *span,
        label.language,
        slips=label.found.slips,
        clear=clear and bool(value),
        spelled=spelled,
        weight=weight,
    )
