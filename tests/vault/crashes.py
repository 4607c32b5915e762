"""The test's end of `crash_server.py`: have a use case killed at a chosen point and look at what is left."""

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from api.embedded_store import RunningStore
from tests.vault.world import World

KILLED = -9
_ROOT = Path(__file__).parents[2]


class Crashes:
    """A server of dying processes. `run` lets one work to its end, `kill` ends it before its n-th statement."""

    def __init__(self, store: RunningStore) -> None:
        self._store = store
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.vault.crash_server"],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, world: World, scenario: str, **task: Any) -> list[str]:
        """Works to the end; the points that were passed, each as file:function:line."""
        report = world.folder / "points.json"
        assert self._answer(world, scenario, None, report, task) == 0
        points: list[str] = json.loads(report.read_text())
        return points

    def kill(self, world: World, scenario: str, point: int, **task: Any) -> None:
        """Works until just before `point`, and is killed there."""
        unwritten = world.folder / "never.json"
        assert self._answer(world, scenario, point, unwritten, task) == KILLED
        assert not unwritten.exists()

    def kill_if_reached(self, world: World, scenario: str, point: int, **task: Any) -> bool:
        """As `kill`, for work that is shorter where it goes on from an earlier death; says whether it was killed."""
        answer = self._answer(world, scenario, point, world.folder / "perhaps.json", task)
        assert answer in (KILLED, 0)
        return answer == KILLED

    def stop(self) -> None:
        self._server.communicate()

    def _answer(
        self, world: World, scenario: str, point: int | None, report: Path, task: dict[str, Any]
    ) -> int:
        address = {**asdict(self._store.address), "bucket": world.vault.blobs.bucket}
        whole = {
            "folder": str(world.folder),
            "address": address,
            "now": world.clock().isoformat(),
            "scenario": scenario,
            "kill_at": point,
            "report": str(report),
            **task,
        }
        assert self._server.stdin
        assert self._server.stdout
        self._server.stdin.write(json.dumps(whole) + "\n")
        self._server.stdin.flush()
        return int(self._server.stdout.readline())
