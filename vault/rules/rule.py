"""A rule of law as a row of the table, what a check may say, and the terms as checks ask for them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from ocr.terms.term import KINDS, Money, Term, money_of, number_of

Outcome = Literal["pass", "flag", "cannot_check"]
Mark = Literal["read", "second_hand", "general", "inferred", "mixed"]
"""How the law is known: its passage was read; an excerpt or a summary of it was; it is general knowledge, not confirmed
in a text; it follows from others; or parts of it differ."""


@dataclass(frozen=True)
class Verdict:
    """What a check says: `reason` is a stable id, `terms` are those that it rests on."""

    outcome: Outcome
    reason: str
    terms: tuple[Term, ...] = ()


@dataclass(frozen=True)
class Facts:
    """A contract's terms, and the day for which they are judged."""

    terms: tuple[Term, ...]
    day: date

    def said(self, name: str) -> tuple[Term, ...]:
        """Everything read for a term, in all language versions."""
        return tuple(term for term in self.terms if term.name == name)

    def known(self, name: str) -> Term | None:
        """The term where it was read for sure and no other language version that is sure says otherwise."""
        sure = [term for term in self.said(name) if term.sure]
        if KINDS.get(name) == "text":
            return sure[0] if sure else None
        return sure[0] if sure and len({term.value for term in sure}) == 1 else None

    def number(self, name: str) -> Decimal | None:
        """A known number."""
        term = self.known(name)
        return number_of(term.value) if term else None

    def money(self, name: str) -> Money | None:
        """A known amount."""
        term = self.known(name)
        return money_of(term.value) if term else None

    def unknown(self, *names: str) -> Verdict:
        """Why nothing can be said without `names`: one is not stated, doubtful, or the versions differ."""
        for name in names:
            if self.known(name) is None:
                said = self.said(name)
                differing = len({term.value for term in said if term.sure}) > 1
                return Verdict(
                    "cannot_check",
                    "versions_differ" if differing else "doubtful" if said else "not_stated",
                    said,
                )
        return Verdict("cannot_check", "not_comparable", self.used(*names))

    def used(self, *names: str) -> tuple[Term, ...]:
        """The known ones of `names`."""
        return tuple(term for name in names if (term := self.known(name)))


Check = Callable[[Facts], Verdict]


@dataclass(frozen=True)
class Rule:
    """One row. `countries` are where the work is done, ISO 3166 alpha-2, empty for all.

    It applies to days from `valid_from` to `valid_until`, both included, None for no known bound. `source` names the
    text that was read, by its key in docs of the project's law notes.
    """

    rule_id: str
    check: Check
    basis: str
    mark: Mark
    source: str
    countries: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None

    def applies(self, country: str, day: date) -> bool:
        """Whether it is the law for work in `country` on `day`."""
        return (
            (not self.countries or country in self.countries)
            and (self.valid_from is None or self.valid_from <= day)
            and (self.valid_until is None or day <= self.valid_until)
        )


@dataclass(frozen=True)
class Finding:
    """What one rule says of a contract, with what it rests on; the same terms and day give the same again."""

    rule_id: str
    outcome: Outcome
    reason_id: str
    terms: tuple[Term, ...]
    basis: str
    valid_from: date | None
    valid_until: date | None
    mark: Mark


def first_of(verdicts: Sequence[Verdict]) -> Verdict:
    """Of several questions one rule asks: a flag before a doubt, a doubt before a pass."""
    order = ("flag", "cannot_check", "pass")
    return min(verdicts, key=lambda verdict: order.index(verdict.outcome))
