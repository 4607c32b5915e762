"""Upkeep: are the parts up? And what an interrupted deposit left, or what has had its time, is removed."""

from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import col, delete, select

from vault.answers import KEEP_FOR
from vault.errors import StoreUnavailable, Unavailable
from vault.tables import KeptAnswer, LedgerHead, SignInSession, StoredObject
from vault.vault import Vault

ORPHAN_AFTER = timedelta(hours=1)
"""Longer than any deposit takes: a younger object may belong to one that is about to commit."""


@dataclass(frozen=True)
class PartsUp:
    """Which parts answer right now."""

    database: bool
    store: bool


def parts_up(vault: Vault) -> PartsUp:
    """Asks each part whether it answers; a part that doesn't is told, not raised."""
    database = store = True
    try:
        with vault.database.read() as session:
            session.exec(select(LedgerHead.size)).first()
    except Unavailable:
        database = False
    try:
        vault.blobs.ping()
    except StoreUnavailable:
        store = False
    return PartsUp(database, store)


def sweep_orphans(vault: Vault, older_than: timedelta = ORPHAN_AFTER) -> int:
    """Removes objects that no row knows, and returns how many.

    Raises:
        StoreUnavailable: the store did not answer; what was not removed is found the next time.
    """
    edge = vault.clock() - older_than
    removed = 0
    for stored in vault.blobs.names():
        if stored.modified > edge or not stored.name.startswith("sealed_"):
            continue
        with vault.database.read() as session:
            known = session.exec(select(StoredObject.id).where(StoredObject.name == stored.name)).first()
        if known is None:
            vault.blobs.delete(stored.name)
            removed += 1
    return removed


def sweep_rows(vault: Vault) -> None:
    """Removes ended sessions and kept answers past their time."""
    now = vault.clock()
    with vault.database.write() as session:
        session.execute(delete(SignInSession).where(col(SignInSession.expires_at) < now))
        session.execute(delete(KeptAnswer).where(col(KeptAnswer.created_at) < now - KEEP_FOR))
