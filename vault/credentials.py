"""Passwords and PINs: argon2id (RFC 9106), and the lock-out that is alike for people who exist and who don't.

A PIN has only a million values. It is therefore hashed together with a digest under the index key, so that a stolen
database alone cannot be searched for PINs. Residual risk: who knows a card code can lock its owner out for a while.
"""

import hashlib
import hmac
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from vault.errors import TooBusy, TooManyTries
from vault.tables import SignInAttempt
from vault.vault import Vault

TRIES = 5
LOCKED_FOR = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(days=1)
PIN_DIGITS = 6

HASHED_AT_ONCE = 2
"""Each takes 64 MiB and a core's full attention for a tenth of a second."""

WAITING_AT_MOST = 12
"""Sign-ins that may wait for their turn; the rest are told to come back, so that other calls find a free thread."""

_hasher = PasswordHasher()
_hashing = threading.BoundedSemaphore(HASHED_AT_ONCE)
_waiting = threading.BoundedSemaphore(HASHED_AT_ONCE + WAITING_AT_MOST)
# Verified when there is nobody to verify, so that the answer takes as long as for somebody.
_NOBODY = _hasher.hash(secrets.token_urlsafe(16))


def hash_password(password: str) -> str:
    """An argon2id hash in PHC string format.

    Raises:
        TooBusy: too many others wait for their turn.
    """
    with turn():
        return _hasher.hash(password)


def matches(kept_hash: str | None, offered: str) -> bool:
    """Whether `offered` is the secret behind the hash; with no hash at all, the same work and always no.

    Call it within `turn`.
    """
    try:
        return _hasher.verify(kept_hash or _NOBODY, offered) and kept_hash is not None
    except (VerificationError, InvalidHashError):
        return False


@contextmanager
def turn() -> Iterator[None]:
    """Waits for a turn to hash. Take it before a try is charged: who is turned away has not tried.

    Raises:
        TooBusy: too many others wait already.
    """
    if not _waiting.acquire(blocking=False):
        raise TooBusy
    try:
        with _hashing:
            yield
    finally:
        _waiting.release()


def peppered_pin(index_key: bytes, holder_id: str, pin: str) -> str:
    """The PIN as it is hashed: useless to guess at without the index key."""
    return hmac.new(index_key, f"pin:{holder_id}:{pin}".encode(), hashlib.sha256).hexdigest()


def new_pin() -> str:
    """A starting PIN, to be replaced by her own at the first sign-in."""
    return f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}d}"


def charge_try(vault: Vault, subject: bytes) -> None:
    """Counts a try before it is made, so that many at once are not free. `clear_tries` takes it back.

    Raises:
        TooManyTries: this subject is locked, whether or not it exists.
    """
    now = vault.clock()
    with vault.database.write() as session:
        attempt = session.get(SignInAttempt, subject)
        if attempt is None:
            attempt = SignInAttempt(subject_index=subject, failures=0, tried_at=now)
        if attempt.locked_until is not None and now < attempt.locked_until:
            raise TooManyTries(attempt.locked_until)
        if attempt.locked_until is not None or now - attempt.tried_at > FORGOTTEN_AFTER:
            attempt.failures, attempt.locked_until = 0, None
        attempt.failures += 1
        attempt.tried_at = now
        if attempt.failures >= TRIES:
            attempt.locked_until = now + LOCKED_FOR
        session.add(attempt)


def clear_tries(vault: Vault, subject: bytes) -> None:
    """Forgets the failed tries of a subject that has just proved itself."""
    with vault.database.write() as session:
        attempt = session.get(SignInAttempt, subject)
        if attempt is not None:
            session.delete(attempt)
