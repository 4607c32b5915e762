"""How well terms are read from known texts, and from the same texts with the slips of a recogniser.

    python -m tests.benchmarks.bench_terms FOLDER [--order cell|col] [--rereadings 20] [--misses]

FOLDER holds `text/PAGE.json` (printed lines with places, text in reading order) and `truth/DOCUMENT.json`.
"""

import argparse
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from ocr.terms.folding import fold
from ocr.terms.read import read_terms
from ocr.terms.term import KINDS, Term, money_of
from ocr.text.page_text import Line, PageText, Word
from tests.ocr.terms.rereading import noisy

TODAY = date(2026, 11, 24)
MONEY = {
    "wage_amount": "wage",
    "service_fee_vnd": "service_fee",
    "brokerage_vnd": "brokerage",
    "deposit_vnd": "deposit",
    "accommodation_amount": "accommodation_amount",
    "deductions_total": "deductions_total",
}
RATES = (0.0, 0.01, 0.02, 0.03, 0.04)


def pages_of(folder: Path, names: Sequence[str], order: str) -> list[PageText]:
    return [_page(json.loads((folder / "text" / f"{name}.json").read_text()), order) for name in names]


def _page(data: dict[str, Any], order: str) -> PageText:
    places = defaultdict(list)
    for line in data["lines"]:
        places[line["t"]].append(line["bbox"])
    lines = []
    for text in data["text"][order].splitlines():
        if text.strip():
            box = places[text].pop(0) if places[text] else (250, 250, 1500, 300)
            lines.append(_line(text, *box))
    width, height = data["size"]
    return PageText(tuple(lines), width, height, ())


def _line(text: str, left: int, top: int, right: int, bottom: int) -> Line:
    letter = (right - left) / max(len(text), 1)
    words, at = [], 0
    for word in text.split():
        at = text.index(word, at)
        words.append(Word(word, (int(left + at * letter), top, int(len(word) * letter), bottom - top), 0.99))
        at += len(word)
    return Line(tuple(words), (left, top, right - left, bottom - top), None)


def answers(fields: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The truth as terms: name and value."""
    for name, value in fields.items():
        if name == "deductions":
            for item in value:
                yield f"deduction_{item['item']}", str(item["amount"])
        elif name in ("wage_currency", "wage_period"):
            yield name, value
        elif value is not None:
            yield MONEY.get(name, name), str(value)


def said(terms: Sequence[Term], name: str) -> list[Term]:
    if name in ("wage_currency", "wage_period"):
        return [term for term in terms if term.name == "wage"]
    return [term for term in terms if term.name == name]


def is_right(name: str, truth: str, term: Term) -> bool:
    money = (
        money_of(term.value) if name in ("wage_currency", "wage_period") or KINDS[name] == "money" else None
    )
    if name == "wage_currency":
        return money is not None and money.currency == truth
    if name == "wage_period":
        return money is not None and money.period == truth
    if KINDS[name] == "money":
        return money is not None and money.amount == Decimal(truth)
    return "".join(filter(str.isalnum, fold(term.value))) == "".join(filter(str.isalnum, fold(truth)))


def reading_of(clean: Sequence[PageText], rate: float, overconfident: float, seed: int) -> tuple[Term, ...]:
    chance = random.Random(seed)
    return read_terms(noisy(clean, rate, chance, overconfident) if rate else clean, TODAY)


def count(name: str, value: str, terms: Sequence[Term]) -> Counter[str]:
    found = said(terms, name)
    right = [term for term in found if is_right(name, value, term)]
    # A position in the other language is no error: the truth is written in one.
    told = [
        term for term in found if KINDS.get(name) not in ("text", "name") or term.language in (None, "vi")
    ]
    wrong = [term for term in told if term.sure and not is_right(name, value, term)]
    counts = {"n": True, "found": bool(found), "right": bool(right), "sure": any(term.sure for term in right)}
    strict = name in ("wage_currency", "wage_period") or KINDS[name] in ("money", "date")
    counts |= {"wrong_sure": bool(wrong), "wrong_sure_money": bool(wrong) and strict}
    counts |= {"money": strict, "money_sure": strict and any(term.sure for term in told)}
    return Counter({key: int(flag) for key, flag in counts.items()})


def invented(fields: dict[str, Any], terms: Sequence[Term]) -> list[Term]:
    """Terms that the truth does not have and would name if they stood there."""
    known = {name for name, _ in answers(fields)} | set(fields)
    named = set(MONEY.values()) | {"agency_name", "agency_licence", "deposit_bank", "penalty_months"}
    return [
        term
        for term in terms
        if term.name not in known and (term.name in named or term.name.startswith("deduction_"))
    ]


def score(
    folder: Path, options: argparse.Namespace, rate: float
) -> tuple[Counter[str], dict[str, Counter[str]]]:
    total: Counter[str] = Counter()
    each: dict[str, Counter[str]] = defaultdict(Counter)
    for path in sorted((folder / "truth").glob("*.json")):
        truth = json.loads(path.read_text())
        clean = pages_of(folder, truth["pages"], options.order)
        for seed in range(options.rereadings if rate else 1):
            terms = reading_of(clean, rate, options.overconfident, seed)
            for name, value in answers(truth["fields"]):
                counts = count(name, value, terms)
                total += counts
                each[name] += counts
                if options.misses and (not counts["right"] or counts["wrong_sure"]):
                    print(
                        path.stem,
                        rate,
                        seed,
                        name,
                        repr(value),
                        [(t.value, t.sure, t.wording[:70]) for t in said(terms, name)],
                    )
            total["invented"] += len(invented(truth["fields"], terms))
    return total, each


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--order", default="cell")
    parser.add_argument("--rereadings", type=int, default=10)
    parser.add_argument(
        "--overconfident", type=float, default=0.0, help="share of harmed words read as if sure"
    )
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("--rates", type=float, nargs="*", default=RATES)
    options = parser.parse_args()
    print("rate    n  precision recall   F1  sure  wrong-and-sure  of money and dates sure: wrong  invented")
    for rate in options.rates:
        total, each = score(options.folder, options, rate)
        precision, recall = total["right"] / max(total["found"], 1), total["right"] / total["n"]
        f1 = 2 * precision * recall / max(precision + recall, 1e-9)
        print(
            f"{rate:.2f} {total['n']:5} {precision:9.3f} {recall:7.3f} {f1:6.3f} {total['sure'] / total['n']:5.3f} "
            f"{total['wrong_sure']:6} {total['money_sure']:16} of {total['money']}: {total['wrong_sure_money']} "
            f"{total['invented']:8}"
        )
        print(
            "   below 90 %:",
            {name: f"{c['right']}/{c['n']}" for name, c in each.items() if c["right"] < 0.9 * c["n"]},
        )
        print("   wrong and sure:", {name: c["wrong_sure"] for name, c in each.items() if c["wrong_sure"]})


if __name__ == "__main__":
    main()
