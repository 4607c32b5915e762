"""How many passports of a folder are read exactly, and how many fields are called sure and are wrong.

    python tests/benchmarks/bench_mrz_samples.py [FOLDER]

FOLDER holds pictures and `truth.csv` (columns file, doc_type, line1, line2). Without it: the synthetic passports of
`tests/samples`, and the real ones of `../shared/samples/real` where that folder stands beside the checkout.
Every file takes the whole way: jail, clean copy, reading. Truth of other kinds than TD3 counts as not read.
"""

import csv
import datetime
import resource
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ocr.errors import OcrError
from ocr.fields.field import Field
from ocr.fields.mrz import parse_td3
from ocr.pixels import encode_page, open_page
from ocr.reading import read_page
from ocr.sanitise import sanitise

SYNTHETIC = Path(__file__).resolve().parents[1] / "samples" / "passports"
REAL = Path(__file__).resolve().parents[3] / "shared" / "samples" / "real"
TODAY = datetime.date(2026, 11, 23)


@dataclass(frozen=True)
class Outcome:
    """One file: its two lines exact, the reading without any doubt, sure fields, those of them that are wrong."""

    exact: bool
    valid: bool
    sure: int
    wrong: tuple[str, ...]
    cpu: float


def cpu() -> float:
    """CPU seconds of this process and its ended children."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def fields_of(path: Path) -> tuple[Field, ...]:
    """Nothing for a file that is refused or cannot be read."""
    try:
        page = open_page(encode_page(next(sanitise(path.read_bytes()))))
        return read_page("passport", page, 1, TODAY).fields
    except OcrError:
        return ()


def expected(row: dict[str, str]) -> dict[str, str]:
    """The truth, field by field; a passport's fields only."""
    known = {"mrz_line_1": row["line1"], "mrz_line_2": row["line2"]}
    if row["doc_type"] != "TD3":
        return known
    zone = parse_td3(row["line1"], row["line2"], TODAY)
    values = {name: getattr(zone, name) for name in zone.__dataclass_fields__ if name != "checks_passed"}
    return known | {name: value.text for name, value in values.items() if value is not None}


def measure(folder: Path) -> Iterator[tuple[str, Outcome]]:
    """File by file, as the truth lists them."""
    with (folder / "truth.csv").open(encoding="utf-8") as truth:
        rows = list(csv.DictReader(truth))
    for row in rows:
        before = cpu()
        fields = {field.name: field for field in fields_of(folder / row["file"])}
        spent, right = cpu() - before, expected(row)
        sure = [field for field in fields.values() if not field.doubtful]
        wrong = tuple(field.name for field in sure if right.get(field.name) != field.value)
        lines = [fields[name].value if name in fields else "" for name in ("mrz_line_1", "mrz_line_2")]
        exact = lines == [row["line1"], row["line2"]] and not row.get("line3")
        yield row["file"], Outcome(exact, bool(fields) and len(sure) == len(fields), len(sure), wrong, spent)


def main() -> None:
    """Measure the folder that was given, or those that are there."""
    for folder in [Path(sys.argv[1])] if len(sys.argv) > 1 else [SYNTHETIC, REAL]:
        if (folder / "truth.csv").is_file():
            print(f"-- {folder.parent.name}/{folder.name}")
            report(folder)
        else:
            print(f"-- {folder.parent.name}/{folder.name}: not measured, there is no truth.csv")


def report(folder: Path) -> None:
    """Print a line for each file and the sums."""
    outcomes = []
    for name, outcome in measure(folder):
        outcomes.append(outcome)
        print(
            f"{'exact' if outcome.exact else '-':6}{'valid' if outcome.valid else '-':6}{outcome.cpu:5.2f} s  {name}"
        )
        if outcome.wrong:
            print(f"      SURE AND WRONG: {', '.join(outcome.wrong)}")
    exact, count = sum(outcome.exact for outcome in outcomes), len(outcomes)
    valid = [outcome for outcome in outcomes if outcome.valid]
    print(f"exact on all lines   {exact} of {count} ({100 * exact / count:.1f} %)")
    print(f"called valid         {len(valid)}, of which wrong {sum(not outcome.exact for outcome in valid)}")
    print(
        f"sure fields          {sum(o.sure for o in outcomes)}, of which wrong {sum(len(o.wrong) for o in outcomes)}"
    )
    print(f"CPU, median          {statistics.median(outcome.cpu for outcome in outcomes):.2f} s a file")


if __name__ == "__main__":
    main()
