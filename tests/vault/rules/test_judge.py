"""What the law says of terms: flagged, passed or not to be checked, on any day alike."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from ocr.terms.term import Term
from vault.rules.judge import judge
from vault.rules.rule import Finding
from vault.rules.table import RULES

DAY = date(2026, 3, 5)
PLACES = {"MY": "Klang, Selangor", "TH": "Samut Sakhon"}


def term(name: str, value: str, *, sure: bool = True, language: str | None = "vi") -> Term:
    return Term(name, value, value, 1, (0, 0, 10, 10), 0.95 if sure else 0.4, sure, language)  # type: ignore[arg-type]


def found(rule_id: str, country: str = "MY", day: date = DAY, **values: str) -> Finding:
    (finding,) = (
        each
        for each in judge([term(*item) for item in values.items()], country, day)
        if each.rule_id == rule_id
    )
    return finding


def said(rule_id: str, country: str = "MY", day: date = DAY, **values: str) -> tuple[str, str]:
    finding = found(rule_id, country, day, **values)
    return finding.outcome, finding.reason_id


FEE: dict[str, Any] = {"wage": "600 USD month", "position": "thợ hàn"}


@pytest.mark.parametrize(
    ("fee", "months", "outcome"),
    [
        ("1200 USD", "24", "pass"),
        ("1201 USD", "24", "flag"),
        ("1800 USD", "36", "pass"),
        ("1801 USD", "36", "flag"),
        ("1801 USD", "60", "flag"),
        ("900 USD", "18", "pass"),
        ("0", "24", "pass"),
    ],
)
def test_the_service_fee_has_a_ceiling(fee: str, months: str, outcome: str) -> None:
    assert said("VN-FEE-1", service_fee=fee, term_months=months, **FEE)[0] == outcome


def test_ships_crews_may_be_asked_more() -> None:
    crew: dict[str, Any] = {**FEE, "position": "thuyền viên tàu cá"}
    assert said("VN-FEE-1", service_fee="1800 USD", term_months="24", **crew)[0] == "pass"
    without: dict[str, Any] = {name: value for name, value in FEE.items() if name != "position"}
    assert said("VN-FEE-1", service_fee="1800 USD", term_months="24", **without) == (
        "cannot_check",
        "not_stated",
    )


def test_a_fee_in_another_currency_is_not_compared() -> None:
    assert said("VN-FEE-1", service_fee="99000000 VND", term_months="24", **FEE) == (
        "cannot_check",
        "currencies_differ",
    )


def test_brokerage_is_never_to_be_taken() -> None:
    assert said("VN-BRK-1", brokerage="5000000 VND") == ("flag", "money_taken")
    assert said("VN-BRK-1", brokerage="0") == ("pass", "none_asked")
    assert said("VN-BRK-1") == ("cannot_check", "not_stated")


@pytest.mark.parametrize("rule_id", ["VN-FEE-3", "VN-DEP-1"])
def test_a_ceiling_that_was_not_found_is_never_guessed(rule_id: str) -> None:
    assert said(rule_id, service_fee="1 USD", deposit="1 USD") == ("cannot_check", "value_not_found")
    assert said(rule_id, service_fee="0", deposit="0") == ("pass", "none_asked")


@pytest.mark.parametrize(
    "rule_id",
    [
        "VN-FEE-2",
        "VN-FEE-4",
        "VN-FEE-5",
        "VN-FEE-6",
        "VN-BRK-2",
        "VN-REC-1",
        "VN-DEP-2",
        "VN-DEP-3",
        "VN-DEP-4",
        "VN-WAIT",
        "VN-LIQ",
        "VN-ORI",
        "VN-MIS",
        "VN-LIC",
    ],
)
def test_what_no_contract_says_is_not_checked(rule_id: str) -> None:
    assert said(rule_id, service_fee="100 USD", deposit="100 USD")[0] == "cannot_check"


def test_forbidden_work_is_flagged_by_its_name() -> None:
    assert said("VN-JOB", position="nhân viên massage khách sạn") == ("flag", "forbidden_work")
    assert said("VN-JOB", position="thợ hàn") == ("cannot_check", "needs_a_person")


@pytest.mark.parametrize("country", ["MY", "TH"])
@pytest.mark.parametrize(
    ("keeper", "outcome"),
    [("employer", "flag"), ("agency", "flag"), ("worker", "pass"), ("on_request", "cannot_check")],
)
def test_nobody_else_keeps_the_passport(country: str, keeper: str, outcome: str) -> None:
    assert said("PASS-1", country, passport_kept_by=keeper)[0] == outcome


def test_malaysias_minimum_wage() -> None:
    for wage, outcome in (
        ("1699.99 MYR month", "flag"),
        ("1700 MYR month", "pass"),
        ("80 MYR day", "cannot_check"),
    ):
        assert said("MY-WAGE", wage=wage, position="công nhân")[0] == outcome, wage
    assert said("MY-WAGE", wage="1500 MYR month", position="giúp việc gia đình") == (
        "cannot_check",
        "not_covered",
    )
    assert said("MY-WAGE", wage="1500 MYR month") == ("cannot_check", "not_stated")


def test_a_day_before_the_order_has_no_known_value() -> None:
    order = date(2025, 8, 1)
    wage: dict[str, Any] = {"wage": "1500 MYR month", "position": "công nhân"}
    assert said("MY-WAGE", day=order, **wage) == ("flag", "below_minimum")
    assert said("MY-WAGE", day=order - timedelta(days=1), **wage) == ("cannot_check", "value_not_found")


def test_malaysian_deductions() -> None:
    assert said("MY-DED", deduction_levy="150 MYR") == ("flag", "unlawful_item")
    assert said("MY-DED", deduction_broker="150 MYR") == ("flag", "unlawful_item")
    assert said("MY-DED", deduction_cap_pct="60") == ("flag", "above_half")
    assert said("MY-DED", deductions_total="900 MYR", wage="1700 MYR month") == ("flag", "above_half")
    assert said("MY-DED", deductions_total="245 MYR", wage="1700 MYR month") == ("pass", "within")
    assert said("MY-DED") == ("cannot_check", "not_stated")


def test_malaysian_hours_and_overtime() -> None:
    assert said("MY-HRS", hours_per_day="8", days_per_week="6", overtime_weekday_pct="150")[0] == "flag"
    assert said("MY-HRS", hours_per_day="7.5", days_per_week="6", overtime_weekday_pct="125") == (
        "flag",
        "overtime_too_low",
    )
    assert said("MY-HRS", hours_per_day="7.5", days_per_week="6", overtime_weekday_pct="150")[0] == "pass"
    assert said("MY-HRS", hours_per_day="7.5", days_per_week="6")[0] == "cannot_check"


@pytest.mark.parametrize(
    ("wage", "place", "day", "outcome"),
    [
        ("371 THB day", "Samut Sakhon", DAY, "flag"),
        ("372 THB day", "Mueang, Samut Sakhon", DAY, "pass"),
        ("372 THB day", "จังหวัดสมุทรสาคร", DAY, "pass"),
        ("372 THB day", "Bangkok", date(2025, 6, 30), "pass"),
        ("372 THB day", "Bangkok", date(2025, 7, 1), "flag"),
        ("360 THB day", "Songkhla", DAY, "cannot_check"),  # Hat Yai has its own rate
        ("360 THB day", "Hat Yai, Songkhla", DAY, "flag"),
        ("380 THB day", "Songkhla", DAY, "pass"),
        ("371 THB day", "Samut Sakhon", date(2024, 12, 31), "cannot_check"),
        ("371 THB day", "somewhere", DAY, "cannot_check"),
        ("371 MYR day", "Samut Sakhon", DAY, "cannot_check"),
        ("11532 THB month", "Samut Sakhon", DAY, "pass"),  # 372 for every day of any month
        ("11000 THB month", "Samut Sakhon", DAY, "cannot_check"),
        ("8900 THB month", "Samut Sakhon", DAY, "flag"),  # not 372 for the 24 days of four weeks
    ],
)
def test_thailands_minimum_wage(wage: str, place: str, day: date, outcome: str) -> None:
    assert said("TH-WAGE", "TH", day, wage=wage, workplace=place, days_per_week="6")[0] == outcome


def test_work_in_a_hotel_may_have_a_rate_of_its_own() -> None:
    terms: dict[str, Any] = {"wage": "380 THB day", "workplace": "Krabi", "position": "nhân viên khách sạn"}
    assert said("TH-WAGE", "TH", **terms)[0] == "cannot_check"
    assert said("TH-WAGE", "TH", date(2025, 6, 30), **terms)[0] == "pass"


def test_thai_fees_and_hours() -> None:
    assert said("TH-FEE", "TH", brokerage="100 USD")[0] == "flag"
    assert said("TH-HRS", "TH", hours_per_day="9", days_per_week="5")[0] == "flag"
    assert said("TH-HRS", "TH", hours_per_day="8", days_per_week="7")[0] == "flag"
    assert said("TH-HRS", "TH", hours_per_day="8", days_per_week="6")[0] == "pass"
    assert said("TH-HRS", "TH", hours_per_week="48")[0] == "cannot_check"


def test_dates_in_order() -> None:
    assert said("TERM", start_date="2026-05-01", end_date="2028-04-30", term_months="24") == (
        "pass",
        "in_order",
    )
    assert said("TERM", start_date="2026-05-01", end_date="2026-04-30") == ("flag", "dates_illogical")
    assert said("TERM", start_date="2026-05-01", end_date="2028-04-30", term_months="36") == (
        "flag",
        "dates_illogical",
    )
    assert said("TERM", end_date="2028-04-30", passport_expiry_date="2028-08-01") == (
        "flag",
        "passport_too_short",
    )
    assert said("TERM") == ("cannot_check", "not_stated")


def test_what_is_doubtful_or_told_in_two_ways_is_neither_flagged_nor_passed() -> None:
    doubtful = [term("brokerage", "5000000 VND", sure=False)]
    two_ways = [term("brokerage", "5000000 VND"), term("brokerage", "0", language="en")]
    for terms, reason in ((doubtful, "doubtful"), (two_ways, "versions_differ")):
        (finding,) = (each for each in judge(terms, "MY", DAY) if each.rule_id == "VN-BRK-1")
        assert (finding.outcome, finding.reason_id) == ("cannot_check", reason)
        assert finding.terms == tuple(terms)


def test_a_finding_names_the_law_its_days_and_how_well_it_is_known() -> None:
    finding = found("MY-WAGE", wage="1500 MYR month", position="công nhân")
    assert finding.basis == "Minimum Wages Order 2024; Act 732 s. 43"
    assert (finding.valid_from, finding.valid_until, finding.mark) == (date(2025, 8, 1), None, "read")
    assert [each.name for each in finding.terms] == ["wage", "position"]


def test_a_rule_that_was_not_yet_law_says_nothing() -> None:
    before = judge([term("brokerage", "5000000 VND")], "MY", date(2021, 12, 31))
    assert not [each for each in before if each.rule_id.startswith("VN-")]


def test_rules_of_other_countries_say_nothing() -> None:
    assert {each.rule_id[:2] for each in judge([], "JP", DAY)} == {"VN", "TE"}
    assert "TH-WAGE" not in {each.rule_id for each in judge([], "MY", DAY)}


@pytest.mark.parametrize(
    "day", [date(2019, 1, 1), date(2022, 1, 1), date(2025, 7, 31), date(2025, 8, 1), DAY]
)
@pytest.mark.parametrize("country", ["MY", "TH", "TW"])
def test_on_every_day_each_rule_speaks_once_and_says_the_same_again(country: str, day: date) -> None:
    terms = [
        term("wage", "1500 MYR month"),
        term("position", "thợ hàn"),
        term("passport_kept_by", "employer"),
    ]
    first = judge(terms, country, day)
    assert first == judge(terms, country, day)
    ids = [each.rule_id for each in first]
    assert len(ids) == len(set(ids))


def test_a_rule_is_a_row() -> None:
    stricter = replace(
        next(rule for rule in RULES if rule.rule_id == "VN-BRK-1"), rule_id="NEW-1", countries=("KR",)
    )
    (finding,) = judge([term("brokerage", "1 USD")], "KR", DAY, rules=[stricter])
    assert (finding.rule_id, finding.outcome) == ("NEW-1", "flag")


def test_every_row_names_its_law_and_its_days_make_sense() -> None:
    for rule in RULES:
        assert rule.basis or rule.mark == "inferred", rule.rule_id
        assert rule.source or rule.mark != "read", rule.rule_id
        assert not (rule.valid_from and rule.valid_until) or rule.valid_from <= rule.valid_until
