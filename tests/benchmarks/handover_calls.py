"""Calls that are timed to their first and to their last byte, one at a time and several at once, in turns."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import TypeVar


@dataclass(frozen=True)
class Call:
    """What is asked of the server on this port of this machine."""

    port: int
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes | None = None


Way = TypeVar("Way")
Calls = Mapping[str, Callable[[], Call]]
"""By name, what makes a call; making it is not timed."""


@dataclass(frozen=True)
class Fetched:
    """One answer: seconds until its first byte and until its last, and the answer itself."""

    first: float
    last: float
    body: bytes


def fetch(line: HTTPConnection, call: Call, status: int = 200) -> Fetched:
    """Makes the call and reads the answer whole; another status ends the measurement."""
    began = time.perf_counter()
    line.request(call.method, call.path, call.body, dict(call.headers))
    answer = line.getresponse()
    beginning = answer.read(1)
    first = time.perf_counter() - began
    body = beginning + answer.read()
    last = time.perf_counter() - began
    if answer.status != status:
        raise SystemExit(f"{call.method} {call.path.partition('?')[0]}: {answer.status} {body[:300]!r}")
    return Fetched(first, last, body)


def fetch_once(call: Call, status: int = 200) -> bytes:
    """The answer alone."""
    with line_to(call.port) as line:
        return fetch(line, call, status).body


def one_at_a_time(calls: Calls, turns: int) -> dict[str, list[Fetched]]:
    """Each call so many times, in turns, each on a connection of its own that stays open."""
    took: dict[str, list[Fetched]] = {name: [] for name in calls}
    with ExitStack() as stack:
        lines = {name: stack.enter_context(line_to(make().port)) for name, make in calls.items()}
        for number in range(turns + 1):
            for name, make in rotated(calls, number):
                took[name].append(fetch(lines[name], make()))
    return {name: fetched[1:] for name, fetched in took.items()}


def at_once(calls: Calls, rounds: int, threads: int, each: int) -> dict[str, list[float]]:
    """Calls a second, round by round: so many threads, each with a connection, each making so many calls."""

    def work(call: Call) -> None:
        with line_to(call.port) as line:
            for _ in range(each):
                fetch(line, call)

    rates: dict[str, list[float]] = {name: [] for name in calls}
    with ThreadPoolExecutor(threads) as pool:
        for number in range(rounds + 1):
            for name, make in rotated(calls, number):
                call = make()
                began = time.perf_counter()
                for done in [pool.submit(work, call) for _ in range(threads)]:
                    done.result()
                rates[name].append(threads * each / (time.perf_counter() - began))
    return {name: found[1:] for name, found in rates.items()}


def cpu_a_call(calls: Mapping[str, tuple[int, Call]], rounds: int, each: int) -> dict[str, float]:
    """Seconds of processor time that a server, known by its process id, spends on each call, at the median of rounds.

    Hardly moved by what else the machine does.
    """
    spent: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(rounds):
        for name, (pid, call) in rotated(calls, number):
            with line_to(call.port) as line:
                fetch(line, call)
                before = cpu(pid)
                for _ in range(each):
                    fetch(line, call)
                spent[name].append((cpu(pid) - before) / each)
    return {name: median(found) for name, found in spent.items()}


def cpu(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rotated(calls: Mapping[str, Way], number: int) -> Iterator[tuple[str, Way]]:
    """All of them, another one first each time."""
    return islice(cycle(calls.items()), number % len(calls), number % len(calls) + len(calls))


@contextmanager
def line_to(port: int) -> Iterator[HTTPConnection]:
    """A connection to a server of this machine."""
    line = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        yield line
    finally:
        line.close()


@contextmanager
def server(environment: Mapping[str, str], port: int, *arguments: str) -> Iterator[int]:
    """One of handover_servers.py, from its first answer until it has ended: its process id."""
    command = [sys.executable, "-m", "tests.benchmarks.handover_servers", *arguments]
    process = subprocess.Popen(command, env=dict(environment), stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while not answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"the server did not come up: {' '.join(arguments)}")
            time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        process.wait(30)


def answers(port: int) -> bool:
    """Whether somebody answers there, whatever the answer is."""
    with line_to(port) as line:
        try:
            line.request("GET", "/")
            return line.getresponse().status > 0
        except OSError:
            return False
