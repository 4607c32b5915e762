"""The questions that rules ask of a contract's terms. Where a term is absent or doubtful they don't answer."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from ocr.terms.folding import fold
from ocr.terms.phrases import holds
from vault.rules.provinces import daily_rates
from vault.rules.rule import Check, Facts, Verdict, first_of

DOMESTIC = (
    "giúp việc",
    "giúp việc gia đình",
    "domestic worker",
    "domestic helper",
    "housemaid",
    "pembantu rumah",
    "แม่บ้าน",
    "งานบ้าน",
    "domestic servant",
)
HOTEL = ("khách sạn", "hotel", "โรงแรม", "quán bar", "entertainment", "สถานบริการ")
SHIP_OFFICERS = (
    "sĩ quan",
    "thuyền viên",
    "thuyền trưởng",
    "ship officer",
    "seafarer",
    "ship crew",
    "crew member",
    "anak kapal",
    "ลูกเรือ",
)
FORBIDDEN_WORK = (
    "massage",
    "mát-xa",
    "xoa bóp",
    "luyện kim",
    "phóng xạ",
    "radiation",
    "radioactive",
    "hóa chất độc",
    "toxic chemical",
    "săn bắt thú",
    "hunting",
    "thợ lặn",
    "diver",
    "chôn cất",
    "mai táng",
    "burial",
)
_FULL_TERM_MONTHS = 36
_WEEKS_OF_ANY_MONTH = 4
_MOST_DAYS_OF_A_MONTH = 31


def unknowable(reason: str) -> Check:
    """A rule that no contract's words can answer, or whose own value was not found."""
    return lambda facts: Verdict("cannot_check", reason)


def fee_ceiling(name: str, a_year: str, at_most: str, crew: str | None = None) -> Check:
    """At most `a_year` months' wages for every 12 months, and `at_most` from 36 months on; `crew`: for ships' crews."""

    def check(facts: Facts) -> Verdict:
        fee, wage, months = facts.money(name), facts.money("wage"), facts.number("term_months")
        if fee is not None and fee.amount == 0:
            return Verdict("pass", "none_asked", facts.used(name))
        if fee is None or wage is None or months is None:
            return facts.unknown(name, "wage", "term_months")
        used = facts.used(name, "wage", "term_months")
        if wage.period != "month" or fee.currency != wage.currency or not fee.currency:
            return Verdict(
                "cannot_check",
                "currencies_differ" if fee.currency != wage.currency else "not_comparable",
                used,
            )
        position = facts.known("position")
        if crew and position is None and fee.amount > _ceiling(wage.amount, months, a_year, at_most):
            return facts.unknown("position")
        on_ship = bool(crew and position and holds(fold(position.value), SHIP_OFFICERS))
        ceiling = _ceiling(wage.amount, months, crew if crew and on_ship else a_year, at_most)
        return Verdict(
            "flag" if fee.amount > ceiling else "pass",
            "above_ceiling" if fee.amount > ceiling else "within",
            used,
        )

    return check


def _ceiling(wage: Decimal, months: Decimal, a_year: str, at_most: str) -> Decimal:
    if months >= _FULL_TERM_MONTHS:
        return wage * Decimal(at_most)
    return wage * Decimal(a_year) * months / 12


def no_money(*names: str) -> Check:
    """Nothing may be taken under these names."""

    def check(facts: Facts) -> Verdict:
        asked = [
            term
            for name in names
            for term in facts.used(name)
            if (money := facts.money(name)) and money.amount > 0
        ]
        if asked:
            return Verdict("flag", "money_taken", tuple(asked))
        if all(facts.money(name) is not None for name in names):
            return Verdict("pass", "none_asked", facts.used(*names))
        return facts.unknown(*names)

    return check


def only_if(name: str, reason: str) -> Check:
    """Cannot be answered from the contract where money is taken under `name`; passes where it says that none is."""

    def check(facts: Facts) -> Verdict:
        money = facts.money(name)
        if money is not None and money.amount == 0:
            return Verdict("pass", "none_asked", facts.used(name))
        return Verdict("cannot_check", reason, facts.used(name)) if money else facts.unknown(name)

    return check


def passport_with_worker(facts: Facts) -> Verdict:
    """Nobody but the worker keeps the passport; whether keeping it "on request" is free, a person must judge."""
    term = facts.known("passport_kept_by")
    if term is None:
        return facts.unknown("passport_kept_by")
    if term.value in ("employer", "agency"):
        return Verdict("flag", "passport_kept", (term,))
    return (
        Verdict("pass", "with_worker", (term,))
        if term.value == "worker"
        else Verdict("cannot_check", "on_request", (term,))
    )


def monthly_floor(amount: str, currency: str, not_for: Sequence[str]) -> Check:
    """The monthly wage is at least `amount`; work that `not_for` names is not covered."""

    def check(facts: Facts) -> Verdict:
        wage = facts.money("wage")
        if wage is None:
            return facts.unknown("wage")
        used = facts.used("wage", "position")
        if wage.currency != currency or wage.period != "month":
            return Verdict("cannot_check", "not_comparable", used)
        if wage.amount >= Decimal(amount):
            return Verdict("pass", "at_least", used)
        position = facts.known("position")
        if position is None:
            return facts.unknown("position")
        covered = not any(holds(fold(term.value), not_for) for term in facts.said("position"))
        return (
            Verdict("flag", "below_minimum", used)
            if covered
            else Verdict("cannot_check", "not_covered", used)
        )

    return check


def thai_daily_floor(facts: Facts) -> Verdict:
    """The wage of a day is at least the province's rate on that day.

    A monthly wage is compared only where the answer is certain: it passes if it pays the rate for 31 days, and is
    flagged if it doesn't pay it for the days worked in four weeks.
    """
    wage, place = facts.money("wage"), facts.known("workplace")
    if wage is None or place is None:
        return facts.unknown("wage", "workplace")
    used = facts.used("wage", "workplace")
    texts = [fold(term.value) for term in facts.said("workplace") if term.sure]
    work = [fold(term.value) for name in ("position", "employer_name") for term in facts.said(name)]
    rates = daily_rates(texts, facts.day, in_hotel=any(holds(text, HOTEL) for text in work))
    if rates is None:
        return Verdict("cannot_check", "province_not_known", used)
    if wage.currency != "THB":
        return Verdict("cannot_check", "not_comparable", used)
    least, most = wage.amount, wage.amount
    if wage.period == "month":
        days = facts.number("days_per_week") or Decimal(1)
        least, most = wage.amount / _MOST_DAYS_OF_A_MONTH, wage.amount / (days * _WEEKS_OF_ANY_MONTH)
    elif wage.period != "day":
        return Verdict("cannot_check", "not_comparable", used)
    if most < rates[0]:
        return Verdict("flag", "below_minimum", used)
    return (
        Verdict("pass", "at_least", used)
        if least >= rates[1]
        else Verdict("cannot_check", "not_comparable", used)
    )


def hours_at_most(a_week: int, a_day: int | None = None) -> Check:
    """Normal hours: at most so many a week, and a day where the law says so."""

    def check(facts: Facts) -> Verdict:
        day, days = facts.number("hours_per_day"), facts.number("days_per_week")
        week = facts.number("hours_per_week")
        if week is None and day is not None and days is not None:
            week = day * days
        used = facts.used("hours_per_week", "hours_per_day", "days_per_week")
        if a_day is not None and day is not None and day > a_day:
            return Verdict("flag", "too_many_hours", used)
        if week is None:
            return facts.unknown("hours_per_day", "days_per_week")
        if week > a_week:
            return Verdict("flag", "too_many_hours", used)
        if a_day is not None and day is None:
            return facts.unknown("hours_per_day")
        return Verdict("pass", "within", used)

    return check


def overtime_at_least(percent: int) -> Check:
    """Overtime on ordinary days is paid at `percent` of the ordinary wage or more."""

    def check(facts: Facts) -> Verdict:
        rate = facts.number("overtime_weekday_pct")
        if rate is None:
            return facts.unknown("overtime_weekday_pct")
        used = facts.used("overtime_weekday_pct")
        return (
            Verdict("pass", "at_least", used)
            if rate >= percent
            else Verdict("flag", "overtime_too_low", used)
        )

    return check


def malaysian_deductions(facts: Facts) -> Verdict:
    """No levy and no cost of recruitment is deducted, and not more than half of the wage in all."""
    taken = [
        term
        for name in (
            "deduction_levy",
            "deduction_broker",
        )
        for term in facts.used(name)
        if (m := facts.money(name)) and m.amount
    ]
    if taken:
        return Verdict("flag", "unlawful_item", tuple(taken))
    cap, total, wage = facts.number("deduction_cap_pct"), facts.money("deductions_total"), facts.money("wage")
    used = facts.used("deduction_cap_pct", "deductions_total", "wage")
    if cap is not None and cap > 50:
        return Verdict("flag", "above_half", used)
    comparable = total and wage and total.currency == wage.currency and wage.period == "month"
    if total and wage and comparable:
        return (
            Verdict("flag", "above_half", used)
            if total.amount * 2 > wage.amount
            else Verdict("pass", "within", used)
        )
    return facts.unknown("deductions_total", "wage")


def named_work(words: Sequence[str]) -> Check:
    """Work that the law forbids is flagged by its name; that it is not named proves nothing."""

    def check(facts: Facts) -> Verdict:
        named = [term for term in facts.said("position") if term.sure and holds(fold(term.value), words)]
        if named:
            return Verdict("flag", "forbidden_work", tuple(named))
        position = facts.known("position")
        return (
            Verdict("cannot_check", "needs_a_person", (position,)) if position else facts.unknown("position")
        )

    return check


def dates_in_order(facts: Facts) -> Verdict:
    """It ends after it starts, as long after as its term says, and six months before the passport expires."""
    start, end, expiry = (
        _day(facts, "start_date"),
        _day(facts, "end_date"),
        _day(facts, "passport_expiry_date"),
    )
    months = facts.number("term_months")
    verdicts = []
    if start and end:
        used = facts.used("start_date", "end_date", "term_months")
        days = (end - start).days
        wrong = days <= 0 or (months is not None and abs(Decimal(days) - months * Decimal("30.44")) > 40)
        verdicts.append(
            Verdict("flag" if wrong else "pass", "dates_illogical" if wrong else "in_order", used)
        )
    if end and expiry:
        used = facts.used("end_date", "passport_expiry_date")
        late = end > expiry - timedelta(days=182)
        verdicts.append(
            Verdict("flag" if late else "pass", "passport_too_short" if late else "in_order", used)
        )
    return first_of(verdicts) if verdicts else facts.unknown("start_date", "end_date")


def _day(facts: Facts, name: str) -> date | None:
    term = facts.known(name)
    return date.fromisoformat(term.value) if term else None


def every(*checks: Check) -> Check:
    """Several questions of one rule: a flag before a doubt, a doubt before a pass."""
    return lambda facts: first_of([check(facts) for check in checks])
