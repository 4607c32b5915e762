"""Sealing and opening a file, beside the limit and beside what others use; and how much memory each takes.

    make bench
    .venv/bin/python -m tests.benchmarks.bench_envelope     once `make bench` has installed the peers

File to file in a folder in memory, so that no disk is measured. All ways take turns within a round. Ratios are of
processor time, the kernel's included, within a round: the same as of time on a quiet machine, as nothing here waits,
and hardly moved by what else a busy one does. docs/benchmarks.md says what each figure means.
"""

import filecmp
import os
import resource
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from statistics import median

from tests.benchmarks.envelope_ways import COMMAND, OURS, PYTHON, Files, Way, file_ways, memory_ways

ROUNDS = {300_000: 31, 3_000_000: 21, 30_000_000: 7, 300_000_000: 3}
DIRECTIONS = ("seal", "open")
BARS_FROM, OF_THE_LIMIT, MEMORY_MB = 3_000_000, 0.8, 8.0


@dataclass(frozen=True)
class Spent:
    """Seconds on the clock, and of processor time by this process and its ended children."""

    time: float
    cpu: float


@dataclass(frozen=True)
class Result:
    """What one size took, by direction and way, round by round."""

    size: int
    spent: Mapping[tuple[str, str], Sequence[Spent]]

    def speed(self, direction: str, name: str) -> str:
        """Megabytes a second: median (slowest..fastest)."""
        speeds = [self.size / 1e6 / spent.time for spent in self.spent[direction, name]]
        return f"{median(speeds):6.0f} {f'({min(speeds):.0f}..{max(speeds):.0f})':13}"

    def times(self, direction: str, name: str, other: str) -> float:
        """How many times as fast as `other`, by processor time: the median of the rounds' ratios."""
        pairs = zip(self.spent[direction, name], self.spent[direction, other], strict=True)
        return median(theirs.cpu / ours.cpu for ours, theirs in pairs)


def main() -> None:
    """Measure everything, then say which bars hold."""
    began = time.monotonic()
    print(f"machine: {processor()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.2f}")
    print("MB/s: median (slowest..fastest), and by processor time how many times as fast as the limit")
    with tempfile.TemporaryDirectory(dir=memory_folder()) as name:
        files = Files(Path(name))
        ways = file_ways(files)
        results = [from_file_to_file(ways, files, size, rounds) for size, rounds in ROUNDS.items()]
        grown = [(way, growth(files, way)) for way in ways if way.kind != COMMAND]
    for size in (3_000_000, 30_000_000):
        in_memory(size, ROUNDS[size])
    print("\nbars")
    for line in bars(ways, results, grown):
        print(f"  {line}")
    print(f"load {os.getloadavg()[0]:.2f} at the end, after {time.monotonic() - began:.0f} s")


def from_file_to_file(ways: Sequence[Way], files: Files, size: int, rounds: int) -> Result:
    """Every way on a file of this size; each must give back what it was given."""
    files.plain.write_bytes(secrets.token_bytes(size))

    def check(way: Way) -> None:
        if not filecmp.cmp(files.plain, files.opened, shallow=False):
            raise SystemExit(f"{way.name} gave back something else")
        files.sealed.unlink()
        files.opened.unlink()

    result = Result(size, take_turns(ways, rounds, check))
    show(f"{size / 1e6:g} MB, file to file, {rounds} rounds", ways, result)
    return result


def in_memory(size: int, rounds: int) -> None:
    """Ours and the limit without files: the strictest comparison, for nothing else shares the time."""
    ways = memory_ways(secrets.token_bytes(size))
    result = Result(size, take_turns(ways, rounds, lambda way: None))
    show(f"{size / 1e6:g} MB, from memory and thrown away, {rounds} rounds", ways, result)


def take_turns(
    ways: Sequence[Way], rounds: int, after: Callable[[Way], None]
) -> dict[tuple[str, str], list[Spent]]:
    """What was spent, by direction and way. Each round begins with another way; `after` is not timed."""
    spent: dict[tuple[str, str], list[Spent]] = {(d, way.name): [] for d in DIRECTIONS for way in ways}
    for number in range(rounds):
        for way in islice(cycle(ways), number, number + len(ways)):
            spent["seal", way.name].append(timed(way.seal))
            spent["open", way.name].append(timed(way.open))
            after(way)
    return spent


def timed(do: Callable[[], None]) -> Spent:
    """What it takes to do this."""
    began, used = time.perf_counter(), processor_time()
    do()
    return Spent(time.perf_counter() - began, processor_time() - used)


def processor_time() -> float:
    """Seconds that this process and its ended children have used."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def show(title: str, ways: Sequence[Way], result: Result) -> None:
    """A line for each way."""
    print(f"\n{title:38} {'seal':^27} {'open':^27}")
    for way in ways:
        cells = [
            f"{result.speed(direction, way.name)} {result.times(direction, way.name, 'limit'):5.2f} x"
            for direction in DIRECTIONS
        ]
        print(f"  {way.name:36} {'  '.join(cells)}")


def growth(files: Files, way: Way) -> list[float]:
    """By how many megabytes the peak of a process rises while it seals, and opens, the file that lies there."""
    command = [sys.executable, "-m", "tests.benchmarks.envelope_memory", str(files.folder), way.name]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    files.sealed.unlink()
    files.opened.unlink()
    return [float(line) for line in answer.split()]


def bars(
    ways: Sequence[Way], results: Sequence[Result], grown: Sequence[tuple[Way, list[float]]]
) -> Iterator[str]:
    """What we promised ourselves, and whether this run kept it."""
    cases = [
        (result, direction) for result in results if result.size >= BARS_FROM for direction in DIRECTIONS
    ]
    of_limit = {place(*case): case[0].times(case[1], "ours", "limit") for case in cases}
    worst = min(of_limit, key=lambda each: of_limit[each])
    yield verdict(of_limit[worst] >= OF_THE_LIMIT) + (
        f"at least {OF_THE_LIMIT} of the limit from 3 MB on: lowest {of_limit[worst]:.2f} x, {worst}"
    )
    for peer in (way.name for way in ways if way.kind == PYTHON):
        faster = {place(*case): case[0].times(case[1], "ours", peer) for case in cases}
        slower = [f"{times:.2f} x, {each}" for each, times in faster.items() if times <= 1]
        told = "; ".join(slower) or f"{min(faster.values()):.2f} to {max(faster.values()):.2f} x"
        yield f"{verdict(not slower)}faster than {peer}: {told}"
    for way, (seal, unseal) in grown:
        told = f"memory above base at 300 MB, {way.name}: seal +{seal:.1f} MB, open +{unseal:.1f} MB"
        yield (verdict(max(seal, unseal) < MEMORY_MB) if way.kind == OURS else " " * 14) + told


def place(result: Result, direction: str) -> str:
    """Where in the tables a figure stands."""
    return f"{direction} at {result.size / 1e6:g} MB"


def verdict(holds: bool) -> str:
    """The beginning of a bar's line."""
    return f"{'holds' if holds else 'DOES NOT HOLD':14}"


def memory_folder() -> str | None:
    """A folder in memory where the system has one."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def processor() -> str:
    """Its name and what it has to make ciphers fast, where the system tells."""
    try:
        rows = Path("/proc/cpuinfo").read_text().splitlines()
    except FileNotFoundError:
        return "unknown processor"
    told = {name.strip(): value.strip() for name, _, value in (row.partition(":") for row in rows)}
    fast = [flag for flag in ("aes", "vaes", "avx2", "avx512f") if flag in told.get("flags", "").split()]
    return f"{told.get('model name', 'unknown processor')} ({' '.join(fast)})"


if __name__ == "__main__":
    main()
