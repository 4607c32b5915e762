"""Two contracts of one person laid beside each other, term by term, from the worker's side.

"better" and "worse" are said only of values that were read for sure in both; whatever a poor scan can do to a word ends
as "same" or "doubtful". A term that one contract states and the other does not is "missing": the second may be shorter
on purpose, or a page or a line was not read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from ocr.terms.folding import fold
from ocr.terms.term import KINDS, Term, money_of, number_of

Outcome = Literal["same", "better", "worse", "unclear", "missing", "doubtful"]

_MORE_IS_BETTER = frozenset(
    (
        "wage",
        "rest_days_per_week",
        "annual_leave_days",
        "overtime_weekday_pct",
        "overtime_restday_pct",
        "overtime_holiday_pct",
    )
)
_MORE_IS_WORSE = frozenset(
    (
        "hours_per_day",
        "hours_per_week",
        "days_per_week",
        "probation_days",
        "deduction_cap_pct",
        "service_fee",
        "brokerage",
        "deposit",
        "accommodation_amount",
        "penalty_months",
        "deductions_total",
        *(name for name in KINDS if name.startswith("deduction_")),
    )
)
_RANKS: dict[str, tuple[str, ...]] = {
    # From the worst to the best for the worker; the rest of what they may say has no rank.
    "passport_kept_by": ("employer", "on_request", "worker"),
    "accommodation": ("charged", "free"),
    "meals": ("charged", "free"),
    "travel_paid_by": ("worker", "split", "employer"),
    "remains_paid_by": ("worker", "employer"),
}
_NEAR = 0.25
"""Of a text's length: two readings that differ in fewer signs may be one text."""
_NOT_COMPARED = frozenset(("signatures", "seals", "pages_missing"))


@dataclass(frozen=True)
class Comparison:
    """One term in both contracts: `first` and `second` are what was read there, None where it does not stand."""

    name: str
    outcome: Outcome
    first: Term | None
    second: Term | None


def compare(first: Sequence[Term], second: Sequence[Term]) -> tuple[Comparison, ...]:
    """Every term of either contract, in the order of `KINDS`.

    Versions in one language are compared with each other where both contracts have it. A change is told only where no
    common language says otherwise.
    """
    names = [name for name in KINDS if any(term.name == name for term in (*first, *second))]
    return tuple(
        _compared(name, _of(first, name), _of(second, name)) for name in names if name not in _NOT_COMPARED
    )


def _of(terms: Sequence[Term], name: str) -> tuple[Term, ...]:
    return tuple(term for term in terms if term.name == name)


def _compared(name: str, first: Sequence[Term], second: Sequence[Term]) -> Comparison:
    if not first or not second:
        return Comparison(name, "missing", _shown(first), _shown(second))
    pairs = [(one, two) for one in first for two in second if one.language == two.language]
    if not pairs:
        pairs = [(first[0], second[0])] if KINDS[name] != "text" else []
    if not pairs:
        return Comparison(name, "doubtful", _shown(first), _shown(second))  # no language in common
    told = [(_outcome(name, one, two), one, two) for one, two in pairs]
    outcomes = {outcome for outcome, _, _ in told}
    if outcomes == {"same"}:
        return Comparison(name, *told[0])
    changed = [each for each in told if each[0] in ("better", "worse", "unclear")]
    if (
        changed
        and len({outcome for outcome, _, _ in changed}) == 1
        and outcomes <= {changed[0][0], "doubtful"}
    ):
        return Comparison(name, *changed[0])
    if changed and "same" in outcomes and KINDS[name] != "text":
        # One version was changed and the other was not: both were read for sure, so it is told, and not judged.
        return Comparison(name, "unclear", *changed[0][1:])
    return Comparison(name, *((changed[0]) if changed and "doubtful" not in outcomes else _worst(told)))


def _worst(told: Sequence[tuple[Outcome, Term, Term]]) -> tuple[Outcome, Term, Term]:
    """Where nothing is told as changed: same if any sure pair says so, else doubtful."""
    same = [each for each in told if each[0] == "same" and each[1].sure and each[2].sure]
    if same and not any(each[0] in ("better", "worse", "unclear") for each in told):
        return same[0]
    _, one, two = next((each for each in told if each[0] == "doubtful"), told[0])
    return "doubtful", one, two


def _shown(terms: Sequence[Term]) -> Term | None:
    return max(terms, key=lambda term: (term.sure, term.confidence), default=None)


def _outcome(name: str, one: Term, two: Term) -> Outcome:
    if _equal(name, one, two):
        return "same" if one.value else "doubtful"
    if not (one.sure and two.sure) or (KINDS[name] in ("text", "name") and _near(one.value, two.value)):
        return "doubtful"
    return _judged(name, one.value, two.value)


def _equal(name: str, one: Term, two: Term) -> bool:
    if KINDS[name] in ("text", "name", "code"):
        return _bare(one.value) == _bare(two.value)
    if KINDS[name] == "money" and (first := money_of(one.value)) and (second := money_of(two.value)):
        alike = first.currency == second.currency or not (first.currency and second.currency)
        return (
            first.amount == second.amount
            and alike
            and (first.period == second.period or not (first.period and second.period))
        )
    return one.value == two.value


def _bare(text: str) -> str:
    return "".join(filter(str.isalnum, fold(text)))


def _judged(name: str, one: str, two: str) -> Outcome:
    """Which way a change goes for the worker."""
    if name in _RANKS:
        ranks = _RANKS[name]
        if one not in ranks or two not in ranks:
            return "unclear"
        return "better" if ranks.index(two) > ranks.index(one) else "worse"
    numbers = _numbers(name, one, two)
    if numbers is None or not (name in _MORE_IS_BETTER or name in _MORE_IS_WORSE):
        return "unclear"
    return "better" if (numbers[1] > numbers[0]) == (name in _MORE_IS_BETTER) else "worse"


def _numbers(name: str, one: str, two: str) -> tuple[Decimal, Decimal] | None:
    """Both as numbers of one measure; None where currency or period differ."""
    if KINDS[name] != "money":
        first, second = number_of(one), number_of(two)
        return (first, second) if first is not None and second is not None else None
    former, latter = money_of(one), money_of(two)
    if former is None or latter is None:
        return None
    nothing = not former.amount or not latter.amount  # "none" has no currency
    if (former.currency, former.period) != (latter.currency, latter.period) and not nothing:
        return None
    return former.amount, latter.amount


def _near(one: str, two: str) -> bool:
    """Whether two texts differ in so few signs that a recogniser may have made the difference."""
    first, second = sorted((_bare(one), _bare(two)), key=len)
    return first in second or _distance(first, second) <= max(2, int(_NEAR * max(len(first), len(second))))


def _distance(one: str, two: str) -> int:
    costs = list(range(len(two) + 1))
    for row, sign in enumerate(one, start=1):
        corner, costs[0] = costs[0], row
        for column, other in enumerate(two, start=1):
            corner, costs[column] = (
                costs[column],
                min(corner + (sign != other), costs[column] + 1, costs[column - 1] + 1),
            )
    return costs[-1]
