"""Signing in: guessing is bounded and tells nothing, sessions end, and what is kept opens no door."""

import hashlib
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlmodel import select

from tests.vault.world import PASSWORD, PIN, World
from vault import credentials, identity
from vault.centres import deactivate_staff, set_password
from vault.credentials import LOCKED_FOR, TRIES
from vault.crypto.cards import new_card_code
from vault.crypto.indexes import card_index
from vault.errors import NotSignedIn, SignInFailed, TooManyTries, Unacceptable, VaultError
from vault.identity import HOLDER_IDLE, HOLDER_SESSION, STAFF_IDLE, STAFF_SESSION
from vault.tables import Holder, SignInAttempt, SignInSession
from vault.upkeep import sweep_rows

TICK = timedelta(microseconds=1)


def staff(world: World) -> str:
    return identity.sign_in_staff(world.vault, "hanoi", PASSWORD).token


def holder(world: World) -> str:
    return identity.sign_in_holder(world.vault, world.seed.hoa.card_code, PIN).token


def attempts(act: Callable[[], object], times: int) -> list[str]:
    """The names of the errors of that many tries."""
    outcomes = []
    for _ in range(times):
        try:
            act()
            outcomes.append("opened")
        except VaultError as error:
            outcomes.append(type(error).__name__)
    return outcomes


# Guessing

LOGINS = {
    "a login": lambda world: identity.sign_in_staff(world.vault, "hanoi", "wrong"),
    "no login": lambda world: identity.sign_in_staff(world.vault, "nobody", "wrong"),
    "a card": lambda world: identity.sign_in_holder(world.vault, world.seed.hoa.card_code, "000000"),
    "no card": lambda world: identity.sign_in_holder(world.vault, "0000-0000-0000-0", "000000"),
    "a mistyped card": lambda world: identity.sign_in_holder(world.vault, "mistyped", "000000"),
}


@pytest.mark.parametrize("who", LOGINS)
def test_five_wrong_tries_lock_whether_or_not_there_is_anybody(who: str, world: World) -> None:
    def guess() -> object:
        return LOGINS[who](world)

    assert attempts(guess, TRIES + 2) == ["SignInFailed"] * TRIES + ["TooManyTries"] * 2
    with pytest.raises(TooManyTries) as locked:
        guess()
    assert locked.value.until == world.clock() + LOCKED_FOR
    world.clock.move(LOCKED_FOR - TICK)
    assert attempts(guess, 1) == ["TooManyTries"]
    world.clock.move(TICK)
    assert attempts(guess, TRIES + 1) == ["SignInFailed"] * TRIES + ["TooManyTries"]


@pytest.mark.parametrize("who", ["a card", "no card", "a login"])
def test_twenty_at_once_get_no_more_than_five_tries(who: str, world: World) -> None:
    together = threading.Barrier(20)

    def guess(_: int) -> str:
        together.wait()
        return attempts(lambda: LOGINS[who](world), 1)[0]

    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(guess, range(20)))
    assert outcomes.count("SignInFailed") == TRIES
    # The others found the door locked, or too many before it: neither is a try.
    assert set(outcomes) <= {"SignInFailed", "TooManyTries", "TooBusy"}


def test_the_right_pin_opens_nothing_while_locked_and_everything_after(world: World) -> None:
    attempts(lambda: LOGINS["a card"](world), TRIES)
    with pytest.raises(TooManyTries):
        holder(world)
    world.clock.move(LOCKED_FOR)
    assert holder(world)


def test_a_success_forgets_the_failures_before_it(world: World) -> None:
    for _ in range(3):
        attempts(lambda: LOGINS["a card"](world), TRIES - 1)
        assert holder(world)


def test_however_the_card_is_written_its_tries_are_counted_together(world: World) -> None:
    code = world.seed.hoa.card_code
    for written in (code, code.lower(), code.replace("-", ""), code.replace("-", " "), f" {code} "):
        with pytest.raises(SignInFailed):
            identity.sign_in_holder(world.vault, written, "000000")
    with pytest.raises(TooManyTries):
        holder(world)


@pytest.mark.parametrize("typed", ["mistyped", "0000-0000-0000-1", "", "Nguyễn", "A" * 10_000])
def test_what_was_typed_is_kept_as_a_keyed_digest_only(typed: str, world: World) -> None:
    """A mistyped code is nearly the code: its bare digest could be searched for in a stolen database."""
    with pytest.raises(SignInFailed):
        identity.sign_in_holder(world.vault, typed, "000000")
    with world.vault.database.read() as session:
        kept = session.exec(select(SignInAttempt.subject_index)).all()
    assert hashlib.sha256(typed.encode()).digest() not in kept
    assert len(kept) == 1


@pytest.mark.parametrize("odd", ["", "\N{THAI DIGIT ONE}23456", "\0", "9" * 100_000])
def test_an_odd_secret_is_a_wrong_secret(odd: str, world: World) -> None:
    for act in (
        lambda: identity.sign_in_staff(world.vault, "hanoi", odd),
        lambda: identity.sign_in_staff(world.vault, odd, PASSWORD),
        lambda: identity.sign_in_holder(world.vault, world.seed.hoa.card_code, odd),
        lambda: identity.change_pin(world.vault, world.seed.hoa.principal, odd, "385029"),
    ):
        with pytest.raises(SignInFailed):
            act()


# Sessions


def test_a_session_ends_when_it_was_idle_for_too_long(world: World) -> None:
    for token, face, idle in ((staff(world), "staff", STAFF_IDLE), (holder(world), "holder", HOLDER_IDLE)):
        began = world.clock.now
        world.clock.move(idle - TICK)
        assert identity.principal_of(world.vault, token, face)
        world.clock.move(idle - TICK)
        assert identity.principal_of(world.vault, token, face)
        world.clock.move(idle)
        with pytest.raises(NotSignedIn):
            identity.principal_of(world.vault, token, face)
        world.clock.now = began


@pytest.mark.parametrize("face", ["staff", "holder"])
def test_a_session_ends_in_the_end_however_busy_it_was(face: str, world: World) -> None:
    token, lasts = (staff(world), STAFF_SESSION) if face == "staff" else (holder(world), HOLDER_SESSION)
    end = world.clock() + lasts
    while world.clock() + timedelta(minutes=1) < end:
        world.clock.move(timedelta(minutes=1))
        assert identity.principal_of(world.vault, token, face)
    world.clock.now = end - TICK
    assert identity.principal_of(world.vault, token, face)
    world.clock.now = end
    with pytest.raises(NotSignedIn):
        identity.principal_of(world.vault, token, face)


def test_a_token_is_for_one_face_only(world: World) -> None:
    for token, face in ((staff(world), "holder"), (holder(world), "staff"), ("", "staff"), ("x", "holder")):
        with pytest.raises(NotSignedIn):
            identity.principal_of(world.vault, token, face)


def test_who_was_switched_off_is_out_at_the_next_call(world: World) -> None:
    token = staff(world)
    deactivate_staff(world.vault, world.seed.origin.staff_id)
    with pytest.raises(NotSignedIn):
        identity.principal_of(world.vault, token, "staff")
    with pytest.raises(SignInFailed):
        staff(world)


def test_signed_out_is_out_and_only_that_session(world: World) -> None:
    one, two = staff(world), staff(world)
    for _ in range(2):
        identity.sign_out(world.vault, one)
    with pytest.raises(NotSignedIn):
        identity.principal_of(world.vault, one, "staff")
    assert identity.principal_of(world.vault, two, "staff")


def test_ended_sessions_are_swept_and_live_ones_are_not(world: World) -> None:
    with world.vault.database.write() as session:
        for row in session.exec(select(SignInSession)):
            session.delete(row)
    holder(world)
    world.clock.move(HOLDER_SESSION + TICK)
    live = staff(world)
    sweep_rows(world.vault)
    with world.vault.database.read() as session:
        assert len(session.exec(select(SignInSession)).all()) == 1
    assert identity.principal_of(world.vault, live, "staff")


# What is kept


def test_of_a_token_only_its_digest_is_kept(world: World) -> None:
    token = staff(world)
    with world.vault.database.read() as session:
        kept = session.exec(select(SignInSession.token_sha256)).all()
    assert hashlib.sha256(token.encode()).digest() in kept
    world.vault.database.close()
    content = world.database_path.read_bytes()
    assert token.encode() not in content
    assert PASSWORD.encode() not in content
    with pytest.raises(NotSignedIn):
        identity.principal_of(world.reopened().vault, hashlib.sha256(token.encode()).hexdigest(), "staff")


def test_a_pin_can_not_be_guessed_at_without_the_index_key(world: World) -> None:
    hoa = world.seed.hoa.holder_id
    connection = sqlite3.connect(world.database_path)
    (kept,) = connection.execute("SELECT pin_hash FROM holder WHERE id = ?", [hoa]).fetchone()
    connection.close()
    assert kept.startswith("$argon2id$")
    for guess in (PIN, f"pin:{hoa}:{PIN}", credentials.peppered_pin(bytes(32), hoa, PIN)):
        with pytest.raises(VerifyMismatchError):
            PasswordHasher().verify(kept, guess)
    assert PasswordHasher().verify(kept, credentials.peppered_pin(world.vault.index_key, hoa, PIN))


def test_a_card_is_known_by_its_keyed_digest_only(world: World) -> None:
    code = world.seed.hoa.card_code
    with world.vault.database.read() as session:
        row = session.get_one(Holder, world.seed.hoa.holder_id)
    assert row.card_index == card_index(world.vault.index_key, code)
    world.vault.database.close()
    content = world.database_path.read_bytes()
    for form in (code, code.replace("-", ""), code.lower()):
        assert form.encode() not in content
        assert hashlib.sha256(form.encode()).digest() not in content


# A PIN of her own


@pytest.mark.parametrize(
    ("new_pin", "code"),
    [
        ("12345", "pin-format"),
        ("1234567", "pin-format"),
        ("12345a", "pin-format"),
        ("\N{THAI DIGIT ONE}23456", "pin-format"),
        ("111111", "pin-too-simple"),
        ("121212", "pin-too-simple"),
        ("123456", "pin-too-simple"),
        ("987654", "pin-too-simple"),
        (PIN, "pin-unchanged"),
    ],
)
def test_a_pin_that_anybody_would_guess_is_not_taken(new_pin: str, code: str, world: World) -> None:
    with pytest.raises(Unacceptable) as refused:
        identity.change_pin(world.vault, world.seed.hoa.principal, PIN, new_pin)
    assert refused.value.code == code
    assert holder(world)


def test_a_new_pin_ends_every_session_and_the_old_pin(world: World) -> None:
    old = [holder(world), holder(world)]
    others = identity.sign_in_holder(world.vault, world.seed.lan.card_code, PIN).token
    identity.change_pin(world.vault, world.seed.hoa.principal, PIN, "385029")
    for token in old:
        with pytest.raises(NotSignedIn):
            identity.principal_of(world.vault, token, "holder")
    with pytest.raises(SignInFailed):
        holder(world)
    assert identity.sign_in_holder(world.vault, world.seed.hoa.card_code, "385029")
    assert identity.principal_of(world.vault, others, "holder")
    assert world.entries()[-1].kind == "pin_changed"
    assert world.verdict().ok


def test_the_wrong_pin_changes_nothing(world: World) -> None:
    with pytest.raises(SignInFailed):
        identity.change_pin(world.vault, world.seed.hoa.principal, "000000", "385029")
    assert holder(world)


def test_cards_are_all_different() -> None:
    assert len({new_card_code() for _ in range(200)}) == 200


def test_a_password_replaced_while_it_is_checked_opens_nothing(world: World) -> None:
    """The clock is asked twice: when the try is counted, and when the session would be opened."""
    asked: list[None] = []

    def clock() -> datetime:
        asked.append(None)
        if len(asked) == 2:
            set_password(world.vault, world.seed.origin.staff_id, "another long password")
        return world.clock()

    with pytest.raises(SignInFailed):
        identity.sign_in_staff(replace(world.vault, clock=clock), "hanoi", PASSWORD)
    assert len(asked) == 2
