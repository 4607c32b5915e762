"""The terms of a contract, and where its language versions differ."""

from collections.abc import Sequence
from datetime import date

from ocr.terms.certainty import settle
from ocr.terms.choices import read_choices
from ocr.terms.clauses import read_clauses
from ocr.terms.deductions import read_deductions
from ocr.terms.labelled import read_labelled
from ocr.terms.overtime import read_overtime
from ocr.terms.parties import read_parties
from ocr.terms.passages import flowing_lines, passages
from ocr.terms.sheets import missing_pages
from ocr.terms.term import KINDS, Term, money_of
from ocr.terms.work import read_work
from ocr.text.page_text import PageText

_COMPARED = ("money", "date", "months", "days", "hours", "percent", "count", "code", "choice")


def read_terms(
    pages: Sequence[PageText], today: date, *, signatures: int | None = None, seals: int | None = None
) -> tuple[Term, ...]:
    """Every term that the pages say, once for each language version, in the order of `KINDS`.

    What they don't say is absent. `today` bounds what dates are likely. `signatures` and `seals` are what the pictures
    showed, None where nobody looked. `pages_missing` lists the numbers that the printed page numbers leave out.
    """
    lines = flowing_lines(pages)
    if not lines:
        return ()
    width = max(page.width for page in pages)
    text = passages(pages)
    labelled = tuple(read_labelled(lines, width))
    found = [
        *read_parties(labelled, text),
        *read_work(labelled, lines, text),
        *read_clauses(text),
        *read_overtime(text),
        *read_deductions(text, lines),
        *read_choices(text),
    ]
    order = list(KINDS)
    settled = sorted(settle(found, today), key=lambda term: order.index(term.name))
    return (*settled, *_of_the_sheets(pages, signatures, seals))


def disagreements(terms: Sequence[Term]) -> tuple[tuple[Term, Term], ...]:
    """Pairs of one term that two language versions state differently: numbers, dates, amounts, codes and choices.

    Free text is not compared, since one is the other's translation; what is unreadable in one differs from nothing.
    """
    return tuple(
        (first, second)
        for number, first in enumerate(terms)
        for second in terms[number + 1 :]
        if first.name == second.name and first.language != second.language and _differ(first, second)
    )


def _differ(first: Term, second: Term) -> bool:
    kind = KINDS.get(first.name)
    if kind not in _COMPARED or not first.value or not second.value:
        return False
    one, two = money_of(first.value), money_of(second.value)
    if kind == "money" and one and two:
        return (
            one.amount != two.amount
            or (one.currency != two.currency and bool(one.currency and two.currency))
            or (one.period != two.period and bool(one.period and two.period))
        )
    return first.value != second.value


def _of_the_sheets(pages: Sequence[PageText], signatures: int | None, seals: int | None) -> tuple[Term, ...]:
    missing = missing_pages(pages)
    counted = (("signatures", signatures), ("seals", seals))
    terms = [
        Term(name, str(count), "", 0, None, 0.0, False, None) for name, count in counted if count is not None
    ]
    if missing:
        terms.append(Term("pages_missing", " ".join(map(str, missing)), "", 0, None, 0.0, False, None))
    return tuple(terms)
