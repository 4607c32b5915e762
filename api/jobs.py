"""The worker: one thread that reads what was deposited, seals anew what was withdrawn, and sweeps up now and then."""

import logging
import threading
from collections.abc import Callable

from vault import reading, resealing, upkeep
from vault.errors import VaultError
from vault.vault import Vault

POLL_SECONDS = 0.1
SWEEP_EVERY_SECONDS = 3600.0
_log = logging.getLogger("vault.jobs")


class Worker:
    """Runs jobs until it is stopped. Killing it is safe: a job it held is taken up again."""

    def __init__(self, vault: Vault) -> None:
        """Starts nothing yet."""
        self._vault = vault
        self._stop = threading.Event()
        self._asked = threading.Event()
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)

    def start(self) -> None:
        """Begins to work."""
        self._thread.start()

    def wake(self) -> None:
        """Says that a job was just asked for: somebody may be waiting for it at the counter."""
        self._asked.set()

    def stop(self) -> None:
        """Finishes the page in hand at most, then ends."""
        self._stop.set()
        self._asked.set()
        self._thread.join(timeout=10)

    def _run(self) -> None:
        since_sweep = SWEEP_EVERY_SECONDS
        while not self._stop.is_set():
            self._asked.clear()  # before looking, so that what is asked for meanwhile is not missed
            if self._step():
                continue
            if since_sweep >= SWEEP_EVERY_SECONDS:
                since_sweep = 0.0
                self._sweep()
            self._asked.wait(POLL_SECONDS)
            since_sweep += POLL_SECONDS

    def _step(self) -> bool:
        # Each kind has its turn: a row of deposits must not put off what a withdrawal asked for.
        return any([self._one(resealing.reseal_next), self._one(reading.read_next)])

    def _one(self, do_next: Callable[[Vault], bool]) -> bool:
        try:
            return do_next(self._vault)
        except Exception as error:  # the worker must outlive any one job
            # The type alone: a message could quote what was read.
            _log.error("a job failed: %s", type(error).__name__)
            return False

    def _sweep(self) -> None:
        try:
            upkeep.sweep_rows(self._vault)
            upkeep.sweep_orphans(self._vault)
        except VaultError as error:
            _log.warning("sweeping was put off: %s", type(error).__name__)
