"""Upkeep: are the parts up? And what an interrupted deposit left, or what has had its time, is removed."""

from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import col, delete, select

from vault import objects
from vault.answers import KEEP_FOR
from vault.credentials import FORGOTTEN_AFTER
from vault.crypto.errors import WrongPlace
from vault.errors import KeyringUnavailable, StoreUnavailable, Unavailable
from vault.tables import (
    BegunObject,
    KeptAnswer,
    LedgerHead,
    SignInAttempt,
    SignInSession,
    StoredObject,
    VaultSecret,
)
from vault.vault import Vault, secret_context

ORPHAN_AFTER = timedelta(hours=1)
"""Longer than any deposit takes: a younger object may belong to one that is about to commit."""


@dataclass(frozen=True)
class PartsUp:
    """Which parts answer right now."""

    database: bool
    store: bool
    keyring: bool


def parts_up(vault: Vault) -> PartsUp:
    """Asks each part whether it answers; a part that doesn't is told, not raised."""
    database = store = keyring = True
    try:
        with vault.database.read() as session:
            session.exec(select(LedgerHead.size)).first()
            kept = session.exec(select(VaultSecret)).first()
    except Unavailable:
        database, kept = False, None
    try:
        vault.blobs.ping()
    except StoreUnavailable:
        store = False
    try:
        if kept is not None:
            vault.keyring.unwrap(kept.wrapped, secret_context(kept.name))
    except (KeyringUnavailable, WrongPlace):
        keyring = False
    return PartsUp(database, store, keyring)


def sweep_orphans(vault: Vault, older_than: timedelta = ORPHAN_AFTER) -> int:
    """Removes the objects of deposits that began and were never committed, and returns how many.

    Only what this database began is looked at: an object it does not know may belong to another vault on the same
    bucket, or to a newer state than a backup that was put back.

    Raises:
        StoreUnavailable: the store did not answer; what was not removed is found the next time.
    """
    edge = vault.clock() - older_than
    with vault.database.read() as session:
        begun = session.exec(select(BegunObject.name).where(col(BegunObject.begun_at) <= edge)).all()
    removed = 0
    for name in begun:
        with vault.database.read() as session:
            known = session.exec(select(StoredObject.id).where(StoredObject.name == name)).first()
        if known is None:
            removed += objects.delete_sealed(vault, name)
        with vault.database.write() as session:
            session.execute(delete(BegunObject).where(col(BegunObject.name) == name))
    return removed


def sweep_rows(vault: Vault) -> None:
    """Removes ended sessions, old failed sign-ins, kept answers past their time, and what deleted keys left behind."""
    now = vault.clock()
    with vault.database.write() as session:
        session.execute(delete(SignInSession).where(col(SignInSession.expires_at) < now))
        session.execute(delete(SignInAttempt).where(col(SignInAttempt.tried_at) < now - FORGOTTEN_AFTER))
        session.execute(delete(KeptAnswer).where(col(KeptAnswer.created_at) < now - KEEP_FOR))
    vault.database.wipe()
