"""Passwords and PINs: argon2id (RFC 9106), and the lock-out that is alike for people who exist and who don't.

A PIN has only a million values. It is therefore hashed together with a digest under the index key, so that a stolen
database alone cannot be searched for PINs. Residual risk: who knows a card code can lock its owner out for a while.
"""

import hashlib
import hmac
import secrets
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from vault.errors import TooManyTries
from vault.tables import SignInAttempt
from vault.vault import Vault

TRIES = 5
LOCKED_FOR = timedelta(minutes=15)
PIN_DIGITS = 6

_hasher = PasswordHasher()
# Verified when there is nobody to verify, so that the answer takes as long as for somebody.
_NOBODY = _hasher.hash(secrets.token_urlsafe(16))


def hash_password(password: str) -> str:
    """An argon2id hash in PHC string format."""
    return _hasher.hash(password)


def matches(kept_hash: str | None, offered: str) -> bool:
    """Whether `offered` is the secret behind the hash; with no hash at all, the same work and always no."""
    try:
        return _hasher.verify(kept_hash or _NOBODY, offered) and kept_hash is not None
    except (VerificationError, InvalidHashError):
        return False


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
        attempt = session.get(SignInAttempt, subject) or SignInAttempt(subject_index=subject, failures=0)
        if attempt.locked_until is not None:
            if now < attempt.locked_until:
                raise TooManyTries(attempt.locked_until)
            attempt.failures, attempt.locked_until = 0, None
        attempt.failures += 1
        if attempt.failures >= TRIES:
            attempt.locked_until = now + LOCKED_FOR
        session.add(attempt)


def clear_tries(vault: Vault, subject: bytes) -> None:
    """Forgets the failed tries of a subject that has just proved itself."""
    with vault.database.write() as session:
        attempt = session.get(SignInAttempt, subject)
        if attempt is not None:
            session.delete(attempt)
