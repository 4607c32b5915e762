"""A keyring that fails is left alone for a while, and then tried by one caller at a time."""

import threading

import pytest

from vault.crypto.errors import WrongPlace
from vault.errors import KeyringUnavailable
from vault.keyring import breaker
from vault.keyring.breaker import PAUSE, Breaker


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(breaker, "time", clock)
    return clock


def fail(tried: Breaker) -> None:
    with pytest.raises(KeyringUnavailable, match="down"), tried.attempt():
        raise KeyringUnavailable("down")


def admitted(tried: Breaker) -> bool:
    """Whether a call that succeeds is let through."""
    try:
        with tried.attempt():
            return True
    except KeyringUnavailable:
        return False


def test_after_a_failure_nobody_asks_for_a_while(clock: Clock) -> None:
    tried = Breaker()
    fail(tried)
    assert not admitted(tried)
    with pytest.raises(KeyringUnavailable):
        tried.refuse_if_failing()
    clock.now += PAUSE - 0.01
    assert not admitted(tried)
    clock.now += 0.01
    assert admitted(tried)
    tried.refuse_if_failing()
    assert admitted(tried)


def test_a_failure_while_trying_again_begins_a_new_pause(clock: Clock) -> None:
    tried = Breaker()
    fail(tried)
    clock.now += PAUSE
    fail(tried)
    assert not admitted(tried)
    clock.now += PAUSE
    assert admitted(tried)


def test_while_one_tries_again_the_others_are_not_let_through(clock: Clock) -> None:
    tried = Breaker()
    fail(tried)
    clock.now += PAUSE
    trying, over = threading.Event(), threading.Event()

    def try_again() -> None:
        with tried.attempt():
            trying.set()
            over.wait(60)

    one = threading.Thread(target=try_again)
    one.start()
    assert trying.wait(60)
    clock.now += 10 * PAUSE
    assert not admitted(tried)
    over.set()
    one.join(60)
    assert admitted(tried)


@pytest.mark.parametrize("answer", [WrongPlace, KeyboardInterrupt])
def test_a_refusal_is_an_answer(clock: Clock, answer: type[BaseException]) -> None:
    tried = Breaker()
    fail(tried)
    clock.now += PAUSE
    with pytest.raises(answer), tried.attempt():
        raise answer
    assert admitted(tried)


def test_a_failure_is_known_before_the_call_is_over(clock: Clock) -> None:
    tried = Breaker()

    def call() -> None:
        with tried.attempt():
            tried.note_failure()
            assert not admitted(tried)
            with pytest.raises(KeyringUnavailable):
                tried.refuse_if_failing()
            raise KeyringUnavailable("down")

    with pytest.raises(KeyringUnavailable, match="down"):
        call()
    assert not admitted(tried)
    clock.now += PAUSE
    assert admitted(tried)
