"""Nurseries whose children misbehave, in a jail of chosen layers, and what such a child made of its deed."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ocr.jail.layers import Layer
from ocr.jail.nursery import Nursery
from ocr.jail.orders import LAYERS, Order

ROOT = Path(__file__).parents[2]
HOSTILE = Path(__file__).with_name("hostile_child.py")
_PROGRAM = (
    f"import sys, runpy; sys.path.insert(0, {str(ROOT)!r}); "
    f"runpy.run_path({str(HOSTILE)!r}, run_name='__main__')"
)
ORDER = Order(pages=10, page_pixels=400_000, cpu_seconds=1, memory=1 << 29)


@contextmanager
def hostile_nursery(layers: Layer) -> Iterator[Nursery]:
    with closing(Nursery((sys.executable, "-I", "-B", "-c", _PROGRAM, str(int(layers))))) as nursery:
        yield nursery


@dataclass(frozen=True)
class Outcome:
    """Which layers held, and what came of it: `done`, the name of an error, or that of the signal that ended it."""

    layers: Layer
    what: str


def attempt(nursery: Nursery, deed: str, *, threads: bool = False) -> Outcome:
    """What a child said when told to do this."""
    order = Order(ORDER.pages, ORDER.page_pixels, ORDER.cpu_seconds, ORDER.memory, threads)
    born = nursery.bear(order)
    try:
        os.write(born.stdin, deed.encode())
        os.close(born.stdin)
        said = b""
        while part := os.read(born.stdout, 1 << 16):
            said += part
        status = born.wait(30)
    finally:
        os.close(born.stdout)
        born.end()
    assert status is not None
    assert said, f"the walls did not stand: exit status {status}"
    layers = Layer(LAYERS.unpack(said[: LAYERS.size])[0])
    what = said[LAYERS.size :].decode(errors="replace")
    return Outcome(layers, signal.Signals(-status).name if status < 0 else what)


def below(process: int) -> set[int]:
    """The processes that this one started, and theirs."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = {process}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {process}


def until(condition: Callable[[], bool]) -> None:
    """Waits for a condition, with a limit that only a fault can pass."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
