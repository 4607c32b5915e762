"""Applies the table to a contract's terms."""

from collections.abc import Sequence
from datetime import date

from ocr.terms.term import Term
from vault.rules.rule import Facts, Finding, Rule
from vault.rules.table import RULES


def judge(
    terms: Sequence[Term], country: str, signed_on: date, rules: Sequence[Rule] = RULES
) -> tuple[Finding, ...]:
    """What every rule that was in force on `signed_on` for work in `country` (ISO 3166 alpha-2) says of the terms.

    pass and flag rest on terms that were read for sure and that no language version contradicts; everything else is
    cannot_check with its reason. The same terms, country and day give the same findings whenever it is asked.
    """
    facts = Facts(tuple(terms), signed_on)
    findings = []
    for rule in rules:
        if rule.applies(country, signed_on):
            verdict = rule.check(facts)
            findings.append(
                Finding(
                    rule.rule_id,
                    verdict.outcome,
                    verdict.reason,
                    verdict.terms,
                    rule.basis,
                    rule.valid_from,
                    rule.valid_until,
                    rule.mark,
                )
            )
    return tuple(findings)
