"""Runs a use case in a process that dies by SIGKILL at a chosen statement. Started by `crashes.py`.

Reads one task a line from stdin, forks, lets the child work and be killed, and answers with a line: so that the
libraries are loaded once and not for every death. Production code has no hooks: the child follows its own steps by
tracing. A point is the moment before a statement of one of the traced functions.
"""

import ast
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any

from access_policies.request import StaffPrincipal
from tests.vault.world import Clock, ask_for, open_vault
from vault import (
    answers,
    database,
    deposit,
    erasure,
    erasures,
    files,
    jobs,
    permits,
    reading,
    release,
    resealing,
    rotation,
)
from vault.blobs import Blobs, StoreAddress
from vault.vault import Vault

Task = Mapping[str, Any]


def _deposit(vault: Vault, task: Task) -> None:
    call = answers.new_call(vault, "anybody", task["key"])
    files = [Path(path).read_bytes() for path in task["files"]]
    deposit.deposit(vault, StaffPrincipal(**task["staff"]), task["holder_id"], "contract", files, call)


def _release(vault: Vault, task: Task) -> None:
    release.release(vault, StaffPrincipal(**task["staff"]), ask_for(task["request_id"], task["key"]))


def _read(vault: Vault, _task: Task) -> None:
    reading.read_next(vault)


def _reseal(vault: Vault, task: Task) -> None:
    resealing.reseal_object(vault, task["object_id"])


def _rotate(vault: Vault, _task: Task) -> None:
    for _ in rotation.rotate_root(vault):
        pass


def _erase(vault: Vault, task: Task) -> None:
    erasure.erase_holder(vault, task["holder_id"])


SCENARIOS: dict[str, Callable[[Vault, Task], None]] = {
    "deposit": _deposit,
    "release": _release,
    "read": _read,
    "reseal": _reseal,
    "rotate": _rotate,
    "erase": _erase,
}
TRACED = {
    deposit.__file__: {"deposit", "_clean", "_commit"},
    release.__file__: {"release", "_open", "_hand_out"},
    permits.__file__: {"take_permit"},
    resealing.__file__: {"_seal_object", "_commit"},
    rotation.__file__: {"rotate_root", "_begin", "_rewrap_batch", "_rewrap_secrets", "_end"},
    reading.__file__: {"_read", "_report_progress", "_commit"},
    erasure.__file__: {"_erase", "_carry_out", "_clean_up", "_erase_document_rows", "_erase_holder_rows"},
    erasures.__file__: {"add", "_put"},
    files.__file__: {"write_new", "keep"},
    jobs.__file__: {"claim"},
    database.__file__: {"write"},
}


def statements(file: str) -> dict[int, int]:
    """The first line of the statement, or of the compound statement's head, that each line belongs to."""
    lines: dict[int, int] = {}
    nodes = [node for node in ast.walk(ast.parse(Path(file).read_bytes())) if isinstance(node, ast.stmt)]
    for node in sorted(nodes, key=lambda node: node.lineno):
        body = getattr(node, "body", None)
        end = body[0].lineno - 1 if body else (node.end_lineno or node.lineno)
        lines.update(dict.fromkeys(range(node.lineno, end + 1), node.lineno))
    return lines


class Tracer:
    """Counts the statements of the traced functions as they are reached, and kills this process before one."""

    def __init__(self, kill_at: int | None) -> None:
        self.points: list[str] = []
        self._kill_at = kill_at
        self._starts = {file: statements(file) for file in TRACED}
        self._last = ("", 0)

    def __call__(self, frame: FrameType, event: str, argument: object) -> Any:
        code = frame.f_code
        return self._line if code.co_name in TRACED.get(code.co_filename, ()) else None

    def _line(self, frame: FrameType, event: str, argument: object) -> Any:
        code = frame.f_code
        here = (code.co_filename, self._starts[code.co_filename].get(frame.f_lineno, 0))
        if event != "line" or here == self._last:
            return self._line
        self._last = here
        self.points.append(f"{Path(code.co_filename).name}:{code.co_name}:{here[1]}")
        if len(self.points) - 1 == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return self._line


def work(task: Task) -> None:
    """Does the task under the tracer and leaves the list of points behind, if it lives to see the end."""
    clock = Clock()
    clock.now = datetime.fromisoformat(task["now"])
    vault = open_vault(Path(task["folder"]), Blobs(StoreAddress(**task["address"])), clock)
    tracer = Tracer(task["kill_at"])
    sys.settrace(tracer)
    try:
        SCENARIOS[task["scenario"]](vault, task)
    finally:
        sys.settrace(None)
    Path(task["report"]).write_text(json.dumps(tracer.points))


def main() -> None:
    """Serves tasks until stdin ends."""
    for line in sys.stdin:
        process = os.fork()
        if process == 0:
            try:
                work(json.loads(line))
            except BaseException as error:
                print(type(error).__name__, error, file=sys.stderr, flush=True)
                os._exit(1)
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
