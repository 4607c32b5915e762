"""What every keyring promises, whoever keeps the root key."""

import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import product
from typing import TypeVar

import pytest

from tests.vault.keyring.conftest import Kind
from vault.crypto.context import encode_context
from vault.crypto.errors import VersionRetired, WrongPlace
from vault.errors import KeyringUnavailable
from vault.keyring import KeyringError

HOLDER_KEY = bytes(range(32))
PLACE = encode_context("holder key", "holder-1")
ELSEWHERE = encode_context("holder key", "holder-2")

T = TypeVar("T")


def test_what_is_wrapped_opens_in_its_place(kind: Kind) -> None:
    keyring, another_process = kind.opened(), kind.opened()
    for secret, context in product([b"\0", HOLDER_KEY, bytes(4096)], [b"", PLACE, bytes(range(256))]):
        wrapped = keyring.wrap(secret, context)
        assert keyring.unwrap(wrapped, context) == secret
        assert another_process.unwrap(wrapped, context) == secret
        assert len(secret) == 1 or secret not in wrapped


def test_it_names_the_version_that_wrapped_it(kind: Kind) -> None:
    keyring = kind.opened()
    wrapped = keyring.wrap(HOLDER_KEY, PLACE)
    assert keyring.version_of(wrapped) == keyring.current()
    assert keyring.wrap(HOLDER_KEY, PLACE) != wrapped


def test_it_opens_in_no_other_place(kind: Kind) -> None:
    keyring = kind.opened()
    wrapped = keyring.wrap(HOLDER_KEY, PLACE)
    for context in (b"", ELSEWHERE, PLACE + b"\0", PLACE[:-1]):
        refused(WrongPlace, partial(keyring.unwrap, wrapped, context))
        refused(WrongPlace, partial(keyring.rewrap_many, [(wrapped, context)]))


def test_whatever_is_changed_in_it_it_does_not_open(kind: Kind) -> None:
    keyring = kind.opened()
    wrapped = keyring.wrap(HOLDER_KEY, PLACE)
    for position in range(len(wrapped)):
        damaged = bytearray(wrapped)
        damaged[position] ^= 1 + position % 255
        refused(WrongPlace, partial(keyring.unwrap, bytes(damaged), PLACE))
    for shorter in (b"", wrapped[:1], wrapped[:2], wrapped[:3], wrapped[: len(wrapped) // 2], wrapped[:-1]):
        refused(WrongPlace, partial(keyring.unwrap, shorter, PLACE))
    refused(WrongPlace, lambda: keyring.unwrap(wrapped + b"\0", PLACE))


def test_what_another_keyring_wrapped_does_not_open(kind: Kind) -> None:
    wrapped = kind.other().wrap(HOLDER_KEY, PLACE)
    refused(WrongPlace, lambda: kind.opened().unwrap(wrapped, PLACE))
    refused(WrongPlace, lambda: kind.opened().rewrap_many([(wrapped, PLACE)]))


def test_what_no_keyring_of_the_kind_wrapped_has_no_version(kind: Kind) -> None:
    keyring = kind.opened()
    for wrapped in (b"", b"\0", bytes(64), b"\4\0011" + bytes(40)):
        refused(WrongPlace, partial(keyring.version_of, wrapped))
        refused(WrongPlace, partial(keyring.unwrap, wrapped, PLACE))


def test_many_open_at_once_in_their_order(kind: Kind) -> None:
    keyring = kind.opened()
    places = [encode_context("holder key", f"holder-{number}") for number in range(5)]
    pairs = [(secrets.token_bytes(32), place) for place in places]
    items = [(keyring.wrap(secret, place), place) for secret, place in pairs]
    # More than any of them takes in one request.
    assert keyring.unwrap_many(items * 81) == [secret for secret, _ in pairs] * 81
    assert keyring.unwrap_many([]) == []
    assert keyring.rewrap_many([]) == []


def test_one_that_does_not_open_fails_them_all(kind: Kind) -> None:
    keyring = kind.opened()
    good = (keyring.wrap(HOLDER_KEY, PLACE), PLACE)
    for ask in (keyring.unwrap_many, keyring.rewrap_many):
        refused(WrongPlace, partial(ask, [good, (good[0], ELSEWHERE), good]))


def test_after_a_rotation_new_and_old_open_and_another_process_wraps_anew(kind: Kind) -> None:
    serving, managing = kind.opened(), kind.managed()
    old = serving.wrap(HOLDER_KEY, PLACE)
    before = serving.current()
    rotated = managing.rotate()
    assert rotated != before
    assert (managing.current(), serving.current()) == (rotated, rotated)
    new = serving.wrap(HOLDER_KEY, PLACE)
    assert (serving.version_of(old), serving.version_of(new)) == (before, rotated)
    assert serving.unwrap_many([(old, PLACE), (new, PLACE)]) == [HOLDER_KEY, HOLDER_KEY]


def test_rewrapped_it_is_under_the_current_version_in_the_same_place(kind: Kind) -> None:
    serving, managing = kind.opened(), kind.managed()
    old = [
        (serving.wrap(bytes([number]) * 32, place), place) for number, place in enumerate([PLACE, ELSEWHERE])
    ]
    rotated = managing.rotate()
    new = managing.rewrap_many(old)
    assert {serving.version_of(wrapped) for wrapped in new} == {rotated}
    assert serving.unwrap(new[0], PLACE) == bytes(32)
    assert serving.unwrap(new[1], ELSEWHERE) == b"\1" * 32
    refused(WrongPlace, lambda: serving.unwrap(new[0], ELSEWHERE))


def test_retired_versions_are_refused_and_the_current_one_goes_on(kind: Kind) -> None:
    serving, managing = kind.opened(), kind.managed()
    first = serving.wrap(HOLDER_KEY, PLACE)
    managing.rotate()
    second = serving.wrap(HOLDER_KEY, PLACE)
    current = managing.rotate()
    third = serving.wrap(HOLDER_KEY, PLACE)
    for _ in range(2):  # again changes nothing
        managing.retire_all_but(current)
        for retired in (first, second):
            refused(VersionRetired, partial(serving.unwrap, retired, PLACE))
            refused(VersionRetired, partial(serving.unwrap_many, [(third, PLACE), (retired, PLACE)]))
            refused(VersionRetired, partial(managing.rewrap_many, [(retired, PLACE)]))
        assert serving.unwrap(third, PLACE) == HOLDER_KEY
        assert serving.current() == current


def test_only_the_current_version_can_be_the_one_that_stays(kind: Kind) -> None:
    serving, managing = kind.opened(), kind.managed()
    before = serving.current()
    old = serving.wrap(HOLDER_KEY, PLACE)
    managing.rotate()
    for version in (before, "", "99"):
        with pytest.raises(KeyringError, match="not the current one"):
            managing.retire_all_but(version)
    assert serving.unwrap(old, PLACE) == HOLDER_KEY


def test_while_it_is_down_everything_is_to_be_tried_again_later_and_then_works(
    kind: Kind, caplog: pytest.LogCaptureFixture
) -> None:
    keyring = kind.opened()
    wrapped = keyring.wrap(HOLDER_KEY, PLACE)
    asked: list[Callable[[], object]] = [
        keyring.current,
        lambda: keyring.wrap(HOLDER_KEY, PLACE),
        lambda: keyring.unwrap(wrapped, PLACE),
        lambda: keyring.unwrap_many([(wrapped, PLACE)] * 3),
        lambda: keyring.rewrap_many([(wrapped, PLACE)] * 3),
    ]
    with kind.down():
        for ask in asked:
            with pytest.raises(KeyringUnavailable):
                ask()
        assert keyring.version_of(wrapped)
    assert any(record.name == "vault.keyring" for record in caplog.records), "the operator is not told why"
    assert when_back(lambda: keyring.unwrap(wrapped, PLACE)) == HOLDER_KEY
    assert keyring.unwrap_many([(wrapped, PLACE)] * 3) == [HOLDER_KEY] * 3


def test_threads_share_it_while_it_is_rotated(kind: Kind) -> None:
    serving, managing = kind.opened(), kind.managed()

    def use(number: int) -> bool:
        place = encode_context("holder key", f"holder-{number}")
        secret = number.to_bytes(32, "big")
        wrapped = serving.wrap(secret, place)
        if number == 20:
            managing.rotate()
        [again] = serving.rewrap_many([(wrapped, place)])
        return serving.unwrap_many([(wrapped, place), (again, place)]) == [secret, secret]

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(use, range(60)))


def test_nothing_that_can_be_printed_shows_a_secret(kind: Kind) -> None:
    keyring = kind.opened()
    wrapped = keyring.wrap(HOLDER_KEY, PLACE)
    keyring.unwrap(wrapped, PLACE)
    with pytest.raises(WrongPlace) as refusal:
        keyring.unwrap(wrapped, ELSEWHERE)
    shown = f"{keyring!r} {vars(keyring)!r} {refusal.value!r} {refusal.value.__cause__!r}"
    assert HOLDER_KEY.hex() not in shown
    assert repr(HOLDER_KEY)[2:-1] not in shown


def refused(error: type[Exception], ask: Callable[[], object]) -> None:
    """Fails unless `ask` raises exactly this error: VersionRetired is a WrongPlace too, but tells more."""
    with pytest.raises(error) as refusal:
        ask()
    assert type(refusal.value) is error


def when_back(ask: Callable[[], T]) -> T:
    """The answer of a keyring that holds off for a moment after it has failed."""
    end = time.monotonic() + 60
    while True:
        try:
            return ask()
        except KeyringUnavailable:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
