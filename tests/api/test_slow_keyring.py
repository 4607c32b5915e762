"""A keyring that takes its time takes neither the threads nor the connections of those who need no key."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from api.embedded_store import RunningStore
from tests.running import RunningVault, done, serving
from tests.vault.world import World, copied
from vault.keyring import Keyring
from vault.keyring.bounded import PLACES

CALLERS = 60
"""More than there are threads, and far more than connections to the database."""


class Slow:
    """A keyring whose calls, once it is slow, are held until they are let go."""

    def __init__(self, keyring: Keyring) -> None:
        self.keyring, self.slow = keyring, False
        self.begun = threading.Semaphore(0)
        self.let_go = threading.Event()

    def __getattr__(self, name: str) -> Any:
        def asked(*given: Any) -> Any:
            if self.slow:
                self.begun.release()
                assert self.let_go.wait(120)
            return getattr(self.keyring, name)(*given)

        return asked


@pytest.fixture
def slow(bare_world: World, tmp_path: Path, object_store: RunningStore) -> Iterator[RunningVault]:
    world = copied(bare_world, tmp_path, object_store.address)
    keyring = Slow(world.vault.keyring)
    with serving(replace(world, vault=replace(world.vault, keyring=keyring))) as running:
        yield running
        keyring.let_go.set()
    world.vault.database.close()


def test_while_many_names_wait_for_the_keyring_she_withdraws(slow: RunningVault) -> None:
    grant = slow.granted(slow.asked(), [slow.deposited()])
    hanoi, hoa, hers = slow.staff("hanoi"), slow.holder(), slow.world.seed.hoa.holder_id
    keyring: Any = slow.world.vault.keyring
    keyring.slow = True
    with ThreadPoolExecutor(CALLERS) as threads:
        try:
            looks = [threads.submit(hanoi.get, f"/v1/holders/{hers}") for _ in range(CALLERS)]
            for _ in range(PLACES):
                assert keyring.begun.acquire(timeout=60)
            withdrawn = hoa.post(f"/v1/me/grants/{grant['grant_id']}/withdrawal")
            assert done(withdrawn, 200)["state"] == "withdrawn"
            assert slow.staff("penang").get("/v1/cases").status_code == 200
            assert not keyring.begun.acquire(blocking=False)
        finally:
            keyring.let_go.set()
        answers = [each.result(120) for each in looks]
    told = [(each.status_code, each.json().get("code")) for each in answers]
    # Of those under way, nearly all: whoever asks the keyring once more may find every place taken by then.
    assert told.count((200, None)) >= PLACES // 2
    assert set(told) <= {(200, None), (503, "keyring-unavailable")}
    assert all(int(each.headers["retry-after"]) > 0 for each in answers if each.status_code == 503)
    assert slow.world.entries("withdrawn")
