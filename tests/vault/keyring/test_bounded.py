"""A slow keyring is asked by few threads at once, and who finds no place is told so soon."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.vault.keyring.test_keyring_contract import HOLDER_KEY, PLACE
from vault.errors import KeyringUnavailable
from vault.keyring import bounded, create_local
from vault.keyring.bounded import BoundedKeyring
from vault.keyring.protocol import Keyring

NO_PLACE = "too many calls"


class Held:
    """A keyring whose calls are held until they are let go."""

    def __init__(self, keyring: Keyring) -> None:
        self.keyring = keyring
        self.begun = threading.Semaphore(0)
        self.let_go = threading.Event()

    def __getattr__(self, name: str) -> Any:
        def asked(*given: Any) -> Any:
            self.begun.release()
            assert self.let_go.wait(60)
            return getattr(self.keyring, name)(*given)

        return asked


CALLS: dict[str, Callable[[Keyring, bytes], object]] = {
    "current": lambda keyring, _: keyring.current(),
    "wrap": lambda keyring, _: keyring.wrap(HOLDER_KEY, PLACE),
    "unwrap": lambda keyring, wrapped: keyring.unwrap(wrapped, PLACE),
    "unwrap_many": lambda keyring, wrapped: keyring.unwrap_many([(wrapped, PLACE)]),
    "rewrap_many": lambda keyring, wrapped: keyring.rewrap_many([(wrapped, PLACE)]),
    "rotate": lambda keyring, _: keyring.rotate(),
    "retire_all_but": lambda keyring, _: keyring.retire_all_but("1"),
}


@pytest.fixture
def threads() -> Any:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def filled(held: Held, tried: Keyring, threads: ThreadPoolExecutor, places: int) -> Sequence[Future[Any]]:
    """As many calls under way as there are places."""
    under_way = [threads.submit(tried.wrap, HOLDER_KEY, PLACE) for _ in range(places)]
    for _ in range(places):
        assert held.begun.acquire(timeout=60)
    return under_way


@pytest.mark.parametrize("call", CALLS)
def test_every_call_but_looking_at_the_version_needs_a_place(
    call: str, tmp_path: Path, threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded, "PATIENCE", 0.01)
    local = create_local(tmp_path / "root.key")
    wrapped, held = local.wrap(HOLDER_KEY, PLACE), Held(local)
    tried = BoundedKeyring(held, places=2)
    under_way = filled(held, tried, threads, 2)
    with pytest.raises(KeyringUnavailable, match=NO_PLACE):
        CALLS[call](tried, wrapped)
    assert not held.begun.acquire(blocking=False)
    held.let_go.set()
    assert [local.unwrap(each.result(60), PLACE) for each in under_way] == [HOLDER_KEY] * 2
    assert CALLS[call](tried, wrapped) is not NO_PLACE
    assert tried.version_of(wrapped) == "1"


def test_who_comes_while_others_are_served_waits_for_a_place(
    tmp_path: Path, threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded, "PATIENCE", 60)
    held = Held(create_local(tmp_path / "root.key"))
    tried = BoundedKeyring(held, places=2)
    filled(held, tried, threads, 2)
    later = [threads.submit(tried.current) for _ in range(6)]
    assert not held.begun.acquire(timeout=0.1)
    held.let_go.set()
    assert [each.result(60) for each in later] == ["1"] * 6


def test_while_it_is_slow_nobody_waits_and_as_soon_as_it_is_not_they_do_again(
    tmp_path: Path,
    threads: ThreadPoolExecutor,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(bounded, "PATIENCE", 0.01)
    held = Held(create_local(tmp_path / "root.key"))
    tried = BoundedKeyring(held, places=2)
    under_way = filled(held, tried, threads, 2)
    with pytest.raises(KeyringUnavailable, match=NO_PLACE):
        tried.current()
    monkeypatch.setattr(bounded, "PATIENCE", 3600)  # whoever waited now would not come back
    for _ in range(100):
        with pytest.raises(KeyringUnavailable, match=NO_PLACE):
            tried.current()
    assert caplog.messages == [
        "the keyring takes longer than 0.01 s for an answer"
    ]  # once, not a hundred times
    held.let_go.set()
    for each in under_way:
        each.result(60)
    held.let_go.clear()
    filled(held, tried, threads, 2)
    waiting = threads.submit(tried.current)
    assert not held.begun.acquire(timeout=0.1)
    held.let_go.set()
    assert waiting.result(60) == "1"
