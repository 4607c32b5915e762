"""One term of a contract: what it says, in which words, where, and how far it can be trusted."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Literal

from ocr.text.page_text import Box, Language

Kind = Literal[
    "money", "date", "months", "days", "hours", "percent", "count", "code", "name", "text", "choice"
]

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "contract_no": "code",
        "sign_date": "date",
        "start_date": "date",
        "end_date": "date",
        "employer_name": "name",
        "employer_address": "text",
        "agency_name": "name",
        "agency_address": "text",
        "agency_licence": "code",
        "worker_name": "name",
        "worker_address": "text",
        "worker_dob": "date",
        "passport_no": "code",
        "passport_issue_date": "date",
        "passport_expiry_date": "date",
        "worker_id_no": "code",
        "position": "text",
        "workplace": "text",
        "country": "choice",
        "term_months": "months",
        "probation_days": "days",
        "wage": "money",
        "pay_day": "count",
        "hours_per_day": "hours",
        "hours_per_week": "hours",
        "days_per_week": "days",
        "rest_days_per_week": "days",
        "annual_leave_days": "days",
        "overtime_weekday_pct": "percent",
        "overtime_restday_pct": "percent",
        "overtime_holiday_pct": "percent",
        "deduction_cap_pct": "percent",
        "deductions_total": "money",
        "deduction_meals": "money",
        "deduction_lodging": "money",
        "deduction_utility": "money",
        "deduction_health": "money",
        "deduction_social": "money",
        "deduction_broker": "money",
        "deduction_tax": "money",
        "deduction_levy": "money",
        "deduction_insurance": "money",
        "deduction_transport": "money",
        "service_fee": "money",
        "brokerage": "money",
        "deposit": "money",
        "deposit_bank": "name",
        "insurance": "choice",
        "accommodation": "choice",
        "accommodation_amount": "money",
        "meals": "choice",
        "passport_kept_by": "choice",
        "travel_paid_by": "choice",
        "remains_paid_by": "choice",
        "notice_days": "days",
        "penalty_months": "months",
        "disputes": "text",
        "governing_law": "choice",
    }
)
"""Every term that can be read, and what kind of value it has. `signatures`, `seals` and `pages_missing` come on top."""


@dataclass(frozen=True)
class Term:
    """`value` is normalised, see `KINDS`; empty where something stands there that cannot be read, never guessed.

    money: decimal amount, ISO 4217 currency, period where one is stated: "2150.00 MYR month"; "0" where none is
    asked for. date: ISO 8601. months, days, hours, percent, count: a decimal number. code: letters and signs as
    printed. choice: one of the words that ocr/terms/choices.py names; country: ISO 3166 alpha-2.

    `wording` is the print itself; `page` counts from 1 and `box` is that of the lines it stands in, None for what
    has no one place. `confidence`, 0 to 1, is that of its weakest word. `sure` only where form, label and words leave
    no doubt. `language` is that of the label.
    """

    name: str
    value: str
    wording: str
    page: int
    box: Box | None
    confidence: float
    sure: bool
    language: Language | None


@dataclass(frozen=True)
class Money:
    """An amount; `currency` ISO 4217 or empty, `period` "hour", "day", "week", "month", "year" or empty."""

    amount: Decimal
    currency: str = ""
    period: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (plain(self.amount), self.currency, self.period) if part)


def money_of(value: str) -> Money | None:
    """What `str(Money)` wrote; None for anything else, the empty value of a doubtful term included."""
    amount, _, rest = value.partition(" ")
    currency, _, period = rest.partition(" ")
    number = number_of(amount)
    return None if number is None else Money(number, currency, period)


def number_of(value: str) -> Decimal | None:
    """The decimal number that `value` is; None where it is none."""
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def plain(number: Decimal) -> str:
    """A number as values are written: no exponent, no idle zeros, so that 2,150.00 and 2.150 are one value."""
    return f"{number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize():f}"
