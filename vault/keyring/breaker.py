"""So that a dead keyring does not tie up every thread: after a failure, calls fail at once for a while."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from vault.errors import KeyringUnavailable

PAUSE = 1.0
"""Seconds for which nobody asks again after a failure."""


class Breaker:
    """Lets calls through as long as they succeed. After a failure and a pause, one at a time, until one succeeds."""

    def __init__(self) -> None:
        """Closed: everything passes."""
        self._turn = threading.Lock()
        self._failed_at: float | None = None
        self._trying = False

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """One call. Only a KeyringUnavailable is a failure: every other error is an answer.

        Raises:
            KeyringUnavailable: it failed a moment ago, or is being tried by somebody else; nothing was asked.
        """
        trying = self._admit()
        try:
            yield
        except KeyringUnavailable:
            self._settle(trying, time.monotonic())
            raise
        except BaseException:
            self._settle(trying, None)
            raise
        self._settle(trying, None)

    def note_failure(self) -> None:
        """Says that the call under way has failed, before it has come to its end."""
        self._failed_at = time.monotonic()

    def refuse_if_failing(self) -> None:
        """For a call that was let through long ago and is about to begin something new.

        Raises:
            KeyringUnavailable: it failed a moment ago.
        """
        failed_at = self._failed_at
        if failed_at is not None and time.monotonic() < failed_at + PAUSE:
            raise KeyringUnavailable("the keyring did not answer a moment ago")

    def _admit(self) -> bool:
        """Whether this call is the one that tries a failing keyring again."""
        with self._turn:
            if self._failed_at is None:
                return False
            self.refuse_if_failing()
            if self._trying:
                raise KeyringUnavailable("the keyring did not answer a moment ago")
            self._trying = True
            return True

    def _settle(self, trying: bool, failed_at: float | None) -> None:
        with self._turn:
            self._failed_at = failed_at
            if trying:
                self._trying = False
