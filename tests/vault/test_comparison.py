"""Two contracts side by side: a poor scan never changes a term, and a changed term never hides."""

import random
from datetime import date

import pytest

from ocr.terms.read import read_terms
from ocr.terms.term import Term
from ocr.text.page_text import PageText
from tests.ocr.terms.rereading import noisy
from tests.vault.contract_text import ALTERED, contract
from vault.comparison import Comparison, compare

TODAY = date(2026, 11, 24)
FIRST = read_terms(contract(), TODAY)
CHANGED = ("better", "worse", "unclear")
WAYS = {
    "wage": "worse",
    "hours_per_day": "worse",
    "days_per_week": "worse",
    "rest_days_per_week": "better",
    "annual_leave_days": "worse",
    "service_fee": "worse",
    "deposit": "worse",
    "brokerage": "worse",
    "passport_kept_by": "worse",
    "travel_paid_by": "worse",
    "overtime_weekday_pct": "worse",
    "deduction_meals": "worse",
    "notice_days": "unclear",
    "position": "unclear",
}


def different(first: tuple[Term, ...], second: tuple[Term, ...]) -> list[Comparison]:
    return [each for each in compare(first, second) if each.outcome != "same"]


def test_the_contract_states_every_term_that_is_altered_below() -> None:
    assert {term.name for term in FIRST} == set(ALTERED)
    assert all(term.sure for term in FIRST)


def test_a_contract_is_the_same_as_itself() -> None:
    assert not different(FIRST, FIRST)


@pytest.mark.parametrize("name", sorted(ALTERED))
def test_one_altered_term_is_told_and_no_other(name: str) -> None:
    (found,) = different(FIRST, read_terms(contract(**ALTERED[name]), TODAY))
    assert found.name == name
    assert found.outcome in CHANGED
    assert found.first is not None
    assert found.second is not None
    assert found.first.value != found.second.value


@pytest.mark.parametrize("name", sorted(WAYS))
def test_the_way_of_a_change_is_the_workers(name: str) -> None:
    altered = read_terms(contract(**ALTERED[name]), TODAY)
    opposite = {"worse": "better", "better": "worse", "unclear": "unclear"}
    assert [each.outcome for each in different(FIRST, altered)] == [WAYS[name]]
    assert [each.outcome for each in different(altered, FIRST)] == [opposite[WAYS[name]]]


def the_numbers(page: PageText) -> PageText:
    """The sections on fees and wages alone: where a slip does most harm."""
    first = next(number for number, line in enumerate(page.lines) if line.text.startswith("Điều 3."))
    last = next(number for number, line in enumerate(page.lines) if line.text.startswith("Điều 5."))
    return PageText(page.lines[:5] + page.lines[first:last], page.width, page.height, ())


@pytest.mark.parametrize(("start", "end", "whole"), [(0, 100, True), (100, 550, False), (550, 1000, False)])
def test_no_rereading_of_one_contract_changes_a_term(start: int, end: int, whole: bool) -> None:
    (page,) = contract()
    pages = [page if whole else the_numbers(page)]
    first = read_terms(pages, TODAY)
    changed = []
    for seed in range(start, end):
        chance = random.Random(seed)
        reread = read_terms(noisy(pages, chance.uniform(0.005, 0.04), chance), TODAY)
        changed += [
            (seed, each.name, each.outcome) for each in compare(first, reread) if each.outcome in CHANGED
        ]
    assert not changed


def test_an_altered_wage_is_told_through_the_slips_of_a_scan() -> None:
    told = []
    for seed in range(20):
        reread = read_terms(noisy(contract(wage="1.850"), 0.01, random.Random(seed)), TODAY)
        (wage,) = (each for each in compare(FIRST, reread) if each.name == "wage")
        told.append(wage.outcome)
    assert set(told) <= {"worse", "doubtful"}
    assert told.count("worse") >= 14


def test_what_only_one_contract_states_is_missing() -> None:
    without = tuple(term for term in FIRST if term.name != "notice_days")
    (gone,) = different(FIRST, without)
    assert (gone.name, gone.outcome, gone.second) == ("notice_days", "missing", None)
    (new,) = different(without, FIRST)
    assert (new.name, new.outcome, new.first) == ("notice_days", "missing", None)


def test_what_was_altered_in_one_language_alone_is_not_the_same() -> None:
    texts = contract()[0].lines
    lines = tuple(line for line in contract(wage="1.850")[0].lines)
    mixed = [
        second if "Basic wage" in first.text else first for first, second in zip(texts, lines, strict=True)
    ]
    page = contract()[0]
    reread = read_terms([type(page)(tuple(mixed), page.width, page.height, ())], TODAY)
    assert [(each.name, each.outcome) for each in different(FIRST, reread)] == [("wage", "doubtful")]
