"""Machine-readable zones read from photographs: ours beside every peer, over the same pictures, in the same run.

    make bench-mrz                                        all readers, all sets that are there, and one drawn anew
    python -m tests.benchmarks.mrz.measure ours FOLDER    one reader, one folder of pictures with `truth.csv`

`truth.csv` has the columns file, doc_type, line1, line2, line3 and, where known, level. One thread a reader.
A bar that does not hold is printed as such and fails nothing.
"""

import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from tests.benchmarks.mrz.draw import draw
from tests.benchmarks.mrz.readers import READERS

ROOT = Path(__file__).resolve().parents[3]
SETS = {
    "real": ROOT.parent / "shared" / "samples" / "real",
    "synthetic": ROOT.parent / "shared" / "samples" / "passports",
    "of the tests": ROOT / "tests" / "samples" / "passports",
}
PEERS = ROOT / ".venv" / "mrz-peers"
ONE_THREAD = dict.fromkeys(
    (
        "OMP_THREAD_LIMIT",
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "OPENCV_FOR_THREADS_NUM",
    ),
    "1",
)
MOST_CONFUSIONS = 20


@dataclass(frozen=True)
class Outcome:
    """What one reader made of one picture."""

    file: str
    level: str
    truth: tuple[str, ...]
    lines: tuple[str, ...]
    valid: bool
    cpu: float

    @property
    def exact(self) -> bool:
        """All lines, every glyph."""
        return self.lines == self.truth


def truth_of(folder: Path) -> dict[str, tuple[tuple[str, ...], str]]:
    """Each picture's lines and its level (empty where the set has none)."""
    with (folder / "truth.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {
        row["file"]: (
            tuple(row[name] for name in ("line1", "line2", "line3") if row.get(name)),
            row.get("level", ""),
        )
        for row in rows
    }


def outcomes(reader: str, folder: Path) -> list[Outcome]:
    """Runs a reader in a process of its own; peers alone see their own packages."""
    surroundings = dict(os.environ) | ONE_THREAD
    if reader != "ours":
        surroundings["PYTHONPATH"] = os.pathsep.join((str(PEERS), str(ROOT)))
    command = [sys.executable, "-m", "tests.benchmarks.mrz.readers", reader, str(folder)]
    done = subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{reader}: did not run\n{done.stderr[-500:]}")
    truth = truth_of(folder)
    said = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return [
        Outcome(
            each["file"],
            truth[each["file"]][1],
            truth[each["file"]][0],
            tuple(each["lines"]),
            each["valid"],
            each["cpu"],
        )
        for each in said
    ]


def row(reader: str, seen: list[Outcome]) -> str:
    """One line of the table."""
    count, wrong = len(seen), sum(each.valid and not each.exact for each in seen)
    exact = 100 * sum(each.exact for each in seen) / count
    nothing = sum(not each.lines for each in seen)
    middle = statistics.median(each.cpu for each in seen)
    return f"{reader:14} {exact:6.1f} % {sum(each.valid for each in seen):6} {wrong:6} {nothing:8} {middle:9.2f} s"


def print_levels(seen: list[Outcome]) -> None:
    """Exact by severity, for sets that have levels."""
    levels = sorted({each.level for each in seen})
    if len(levels) > 1:
        shares = [[each.exact for each in seen if each.level == level] for level in levels]
        print(
            "  by level: "
            + ", ".join(f"{level}: {sum(s)} of {len(s)}" for level, s in zip(levels, shares, strict=True))
        )


def print_failures(seen: list[Outcome]) -> None:
    """What still fails: picture by picture, and which glyph was taken for which."""
    confusions: Counter[tuple[str, str]] = Counter()
    for each in seen:
        if each.exact:
            continue
        print(
            f"  {'VALID BUT WRONG ' if each.valid else ''}{each.file}: {' | '.join(each.lines) or 'nothing found'}"
        )
        for right, read in zip(each.truth, each.lines, strict=False):
            for what, a, b, c, d in SequenceMatcher(None, right, read, autojunk=False).get_opcodes():
                if what != "equal":
                    confusions[right[a:b][:8] or "nothing", read[c:d][:8] or "nothing"] += 1
    print("  what was read as what (glyphs, how often):")
    for (right, read), often in confusions.most_common(MOST_CONFUSIONS):
        print(f"    {right:8} as {read:8} {often}")


def measure(name: str, folder: Path, readers: list[str]) -> None:
    """Prints the table of one set, and what ours still fails at."""
    if not (folder / "truth.csv").is_file():
        print(f"== {name}: not measured, there is no truth.csv in its folder")
        return
    print(f"== {name}: {len(truth_of(folder))} pictures")
    print(f"{'reader':14} {'exact':>8} {'valid':>6} {'wrong':>6} {'nothing':>8} {'CPU, median':>11}")
    mine: list[Outcome] = []
    for reader in readers:
        seen = outcomes(reader, folder)
        if seen:
            print(row(reader, seen), flush=True)
            mine = seen if reader == "ours" else mine
    print_levels(mine)
    print_failures(mine)


def main() -> None:
    """All readers that can run here over all sets, or the ones named."""
    print(
        "bars: real set exact >= 90 %, valid but wrong 0, <= 0.40 s; synthetic levels 0-2 >= 99 %, level 3 >= 90 %\n"
    )
    if len(sys.argv) == 3:
        measure(sys.argv[2], Path(sys.argv[2]), [sys.argv[1]])
        return
    readers = list(READERS) if PEERS.is_dir() else ["ours"]
    for name, folder in SETS.items():
        measure(name, folder, readers)
    with tempfile.TemporaryDirectory() as drawn:
        try:
            draw(Path(drawn))
        except FileNotFoundError as missing:
            print(f"== drawn: not measured, {missing}")
            return
        measure("drawn", Path(drawn), readers)


if __name__ == "__main__":
    main()
