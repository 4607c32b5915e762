"""Runs a fuzz target for a bounded time, as anybody would from a command line."""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def fuzz(
    target: str, corpus: Path, scratch: Path, seconds: int, *options: str
) -> "subprocess.CompletedProcess[str]":
    """`seconds` of fuzzing, with its finds in `scratch`."""
    (scratch / "new").mkdir()
    usual = [f"-max_total_time={seconds}", f"-artifact_prefix={scratch}/", str(scratch / "new")]
    return subprocess.run(
        [sys.executable, "-m", "tests.fuzz.runner", f"tests.fuzz.{target}", str(corpus), *options, *usual],
        cwd=FOLDER.parents[1],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )


def found(scratch: Path) -> list[bytes]:
    """The inputs that hurt."""
    return [path.read_bytes() for path in scratch.iterdir() if path.is_file()]
