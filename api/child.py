"""A child process that does not outlive the vault, and what to do about one that did."""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def die_with_parent() -> Callable[[], None] | None:
    """What a Popen needs as `preexec_fn` so that Linux kills the child with the thread that started it.

    That holds however the thread ends, SIGKILL included.

    None elsewhere: there the next start finds the noted pid.
    """
    if sys.platform != "linux":
        return None
    # Loaded before the fork: between fork and exec nothing may be imported, and no lock taken.
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return ask


def note(file: Path, pid: int) -> None:
    """Writes down which process was started, and when, so that a reused pid is never taken for it."""
    file.write_text(json.dumps({"pid": pid, "started": _started(pid)}))


def stop_noted(file: Path, patience: float) -> bool:
    """Stops the process noted in `file` if it still runs: gently, after `patience` seconds by force.

    Says whether there was one. A file that was only half written names nobody: nothing is stopped by guessing.
    """
    try:
        noted = json.loads(file.read_text())
        pid, started = int(noted["pid"]), noted["started"]
    except (OSError, ValueError, KeyError, TypeError):
        return False

    def still_there() -> bool:
        return started is not None and _started(pid) == started

    found = still_there()
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if still_there():
            with suppress(ProcessLookupError):
                os.kill(pid, sign)
            _wait(still_there, patience)
    file.unlink(missing_ok=True)
    return found


def _wait(while_true: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while while_true() and time.monotonic() < end:
        time.sleep(0.1)


def _started(pid: int) -> str | None:
    """When process `pid` started, in the system's own words; None if it does not run."""
    if sys.platform == "linux":
        try:
            state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return None if state == "Z" else f"{boot} {fields[18]}"
    asked = ["/bin/ps", "-o", "lstart=", "-p", str(pid)]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip() or None  # noqa: S603 - a fixed program and a number
