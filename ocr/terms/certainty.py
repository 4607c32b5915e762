"""From everything found for a term in one language to one Term, and whether it may be shown as sure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from ocr.terms.candidate import Candidate
from ocr.terms.folding import fold
from ocr.terms.term import KINDS, Term, money_of, number_of

SOLID = 0.9
"""A word at least this sure stands by itself."""
FAINT = 0.5
"""A word below this backs nothing."""
_BOTH_WRONG = 0.06
_UNREAD = 0.3
_MOST_SLIPS = 2
_RANGES: dict[str, tuple[int, int]] = {
    "term_months": (1, 120),
    "probation_days": (1, 365),
    "pay_day": (1, 31),
    "hours_per_day": (1, 16),
    "hours_per_week": (8, 100),
    "days_per_week": (4, 7),
    "rest_days_per_week": (1, 3),
    "annual_leave_days": (1, 60),
    "overtime_weekday_pct": (100, 400),
    "overtime_restday_pct": (100, 500),
    "overtime_holiday_pct": (100, 600),
    "deduction_cap_pct": (1, 100),
    "notice_days": (1, 180),
    "penalty_months": (1, 24),
}
_SMALLEST = {"VND": Decimal(1000), "KRW": Decimal(10), "IDR": Decimal(100)}
_YEAR = timedelta(days=366)


@dataclass(frozen=True)
class _Group:
    """What one language says of a term: the candidate that is shown, and whether its own others say the same."""

    shown: Candidate
    others: tuple[Candidate, ...]


def settle(candidates: Iterable[Candidate], today: date) -> tuple[Term, ...]:
    """One Term for each name and language. A value is sure where its form, label and words leave no doubt.

    That is: the words stand firm by themselves, or the same value stands in a second place (another language, words
    beside digits); nothing contradicts it; and such a term can have such a value.
    """
    groups = _grouped(candidates)
    by_name: dict[str, list[_Group]] = defaultdict(list)
    for group in groups:
        by_name[group.shown.name].append(group)
    summing = _sums(by_name)
    return tuple(_term(group, by_name[group.shown.name], summing, today) for group in groups)


def _grouped(candidates: Iterable[Candidate]) -> list[_Group]:
    found: dict[tuple[str, str | None], list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        found[candidate.name, candidate.language].append(candidate)
    groups = [_group(each) for each in found.values()]
    return [group for group in groups if not _repeats(group, groups)]


def _group(found: Sequence[Candidate]) -> _Group:
    # An unreadable amount beside its own label stays in sight: a weaker label's amount does not take its place.
    shown = min(
        found, key=lambda each: (_UNREAD * (not each.value) - each.weight, not each.clear, each.slips)
    )
    return _Group(shown, tuple(each for each in found if each is not shown))


def _repeats(group: _Group, groups: Sequence[_Group]) -> bool:
    """Whether another group shows the very same print: a bilingual label has one value."""
    for other in groups:
        if other is group:
            return False
        one, two = other.shown, group.shown
        if (
            one.name == two.name
            and one.passage.place(one.start, one.end) == two.passage.place(two.start, two.end)
            and one.value == two.value
        ):
            return True
    return False


def _term(group: _Group, same_name: Sequence[_Group], summing: set[int], today: date) -> Term:
    shown = group.shown
    place = shown.passage.place(shown.start, shown.end)
    elsewhere = [other.shown for other in same_name if other is not group] + list(group.others)
    likely = _likely(shown, today)
    sure = (
        bool(shown.value)
        and likely
        and shown.spelled is not False
        and not any(_against(shown, other) for other in elsewhere)
        and (_firm(shown) or (shown.clear and _backed(shown, elsewhere, summing)))
    )
    return Term(
        shown.name,
        shown.value,
        shown.wording,
        place.page,
        place.box,
        round(place.confidence, 3),
        sure,
        shown.language,
    )


def _firm(shown: Candidate) -> bool:
    return shown.clear and shown.alone and shown.slips <= _MOST_SLIPS and shown.confidence >= SOLID


def _backed(shown: Candidate, elsewhere: Sequence[Candidate], summing: set[int]) -> bool:
    if shown.confidence < FAINT:
        return False
    # One face of type misleads a recogniser twice alike: two weak readings that agree are still weak.
    agreeing = any(
        other.value == shown.value
        and other.clear
        and other.passage is not shown.passage
        and other.confidence >= FAINT
        and (1 - other.confidence) * (1 - shown.confidence) <= _BOTH_WRONG
        for other in elsewhere
    )
    return (
        bool(shown.spelled)
        or id(shown) in summing
        or (agreeing and KINDS[shown.name] not in ("text", "name"))
    )


def _against(shown: Candidate, other: Candidate) -> bool:
    """Whether another reading of the term contradicts: free text in two languages never does."""
    if (
        not other.value
        or KINDS[shown.name] in ("text",)
        or (KINDS[shown.name] == "name" and shown.language != other.language)
    ):
        return False
    if KINDS[shown.name] in ("name", "code"):
        return (
            shown.language == other.language
            and other.clear
            and fold(shown.value) != fold(other.value)
            and other.weight >= shown.weight
        )
    if KINDS[shown.name] == "money":
        return other.clear and _money_differs(shown.value, other.value)
    return (
        other.clear
        and other.value != shown.value
        and (other.weight >= shown.weight or other.language != shown.language)
    )


def _money_differs(one: str, two: str) -> bool:
    first, second = money_of(one), money_of(two)
    if first is None or second is None:
        return True
    same_currency = not (first.currency and second.currency) or first.currency == second.currency
    same_period = not (first.period and second.period) or first.period == second.period
    return first.amount != second.amount or not same_currency or not same_period


def _likely(shown: Candidate, today: date) -> bool:
    """Whether such a term can have such a value at all."""
    kind = KINDS[shown.name]
    if kind == "money":
        money = money_of(shown.value)
        if money is None:
            return False
        if shown.name == "wage" and not (money.currency and money.period):
            return False
        return not money.amount % _SMALLEST.get(money.currency, Decimal("0.01")) and (
            money.amount > 0 or not money.currency
        )
    if kind == "date":
        return _likely_day(shown, today)
    bounds = _RANGES.get(shown.name)
    number = number_of(shown.value)
    return bounds is None or (number is not None and bounds[0] <= number <= bounds[1])


def _likely_day(shown: Candidate, today: date) -> bool:
    try:
        day = date.fromisoformat(shown.value)
    except ValueError:
        return False
    if shown.name == "worker_dob":
        return today - 80 * _YEAR <= day <= today - 15 * _YEAR
    if shown.name in ("end_date", "passport_expiry_date"):
        return today - 30 * _YEAR <= day <= today + 15 * _YEAR
    return today - 30 * _YEAR <= day <= today + 2 * _YEAR


def _sums(by_name: dict[str, list[_Group]]) -> set[int]:
    """The `id`s of the amounts that a table's total confirms: all of its items add up to it."""
    items = [
        group.shown
        for name, groups in by_name.items()
        if name.startswith("deduction_") and name != "deduction_cap_pct"
        for group in groups
    ]
    totals = [group.shown for group in by_name.get("deductions_total", [])]
    amounts = [money_of(item.value) for item in items]
    if len(items) < 2 or not totals or any(amount is None for amount in amounts):
        return set()
    total = money_of(totals[0].value)
    if total is None or sum(amount.amount for amount in amounts if amount) != total.amount:
        return set()
    return {id(each) for each in (*items, *totals)}
