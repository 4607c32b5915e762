"""So that a slow keyring does not tie up every thread: few calls are under way, and nobody waits long to make one."""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from vault.errors import KeyringUnavailable
from vault.keyring.protocol import Keyring

_log = logging.getLogger("vault.keyring")

PLACES = 12
"""Calls under way at once: well below the 40 threads that carry out what people ask of the vault."""

PATIENCE = 1.0
"""Seconds that a call waits for a place; none while the keyring takes longer than this for an answer."""


class BoundedKeyring:
    """A Keyring that asks another one, for a process in which others wait who need no key."""

    def __init__(self, keyring: Keyring, places: int = PLACES) -> None:
        """`keyring` is asked by at most `places` threads at once."""
        self._keyring = keyring
        self._places = threading.BoundedSemaphore(places)
        self._slow = False

    def current(self) -> str:
        """See Keyring."""
        with self._place():
            return self._keyring.current()

    def wrap(self, secret: bytes, context: bytes) -> bytes:
        """See Keyring."""
        with self._place():
            return self._keyring.wrap(secret, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """See Keyring."""
        with self._place():
            return self._keyring.unwrap(wrapped, context)

    def unwrap_many(self, items: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """See Keyring."""
        with self._place():
            return self._keyring.unwrap_many(items)

    def rewrap_many(self, items: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """See Keyring."""
        with self._place():
            return self._keyring.rewrap_many(items)

    def version_of(self, wrapped: bytes) -> str:
        """See Keyring: it asks nobody, and so needs no place."""
        return self._keyring.version_of(wrapped)

    def rotate(self) -> str:
        """See Keyring."""
        with self._place():
            return self._keyring.rotate()

    def retire_all_but(self, version: str) -> None:
        """See Keyring."""
        with self._place():
            self._keyring.retire_all_but(version)

    @contextmanager
    def _place(self) -> Iterator[None]:
        # Who waits holds a thread too: while the keyring is known to be slow, nobody does.
        if not self._places.acquire(timeout=0 if self._slow else PATIENCE):
            self._judge(slow=True)
            raise KeyringUnavailable("too many calls to the keyring are under way")
        since = time.monotonic()
        try:
            yield
        finally:
            self._judge(slow=time.monotonic() >= since + PATIENCE)
            self._places.release()

    def _judge(self, *, slow: bool) -> None:
        if slow and not self._slow:
            _log.warning("the keyring takes longer than %g s for an answer", PATIENCE)
        self._slow = slow
