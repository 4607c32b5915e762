"""Holder keys: made, kept wrapped in the key table, and unwrapped for seconds when something of hers is opened."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from vault.crypto.context import encode_context
from vault.crypto.envelope import new_holder_key
from vault.crypto.errors import VersionRetired
from vault.errors import KeyReplaced, NotFound
from vault.tables import HolderKey, RootVersion
from vault.vault import Vault

CURRENT = "current"


@dataclass(frozen=True)
class KeyInHand:
    """A holder key, unwrapped for the use at hand: never keep it. `generation` tells whether it was replaced since."""

    holder_id: str
    generation: int
    key: bytes = field(repr=False)


def make(vault: Vault, holder_id: str, generation: int = 1) -> tuple[KeyInHand, HolderKey]:
    """A fresh holder key, and the row that keeps it. Call it before the transaction: a keyring may be slow.

    Raises:
        KeyringUnavailable: the keyring does not answer; try again later.
    """
    key = new_holder_key()
    wrapped = vault.keyring.wrap(key, _context(holder_id))
    root_version = vault.keyring.version_of(wrapped)
    row = HolderKey(holder_id=holder_id, generation=generation, root_version=root_version, wrapped=wrapped)
    return KeyInHand(holder_id, generation, key), row


def keep(session: Session, row: HolderKey) -> None:
    """Puts a key that was just made into the key table.

    Raises:
        KeyReplaced: the root key was rotated since it was made; nothing was kept, try again.
    """
    root = session.get(RootVersion, row.root_version)
    if root is not None and root.state != CURRENT:
        raise KeyReplaced
    session.merge(row)
    session.flush()


def unwrap(vault: Vault, session: Session, holder_id: str) -> KeyInHand:
    """One holder's key.

    Raises:
        NotFound: she has none: she was erased, or never was.
        WrongPlace: the wrapped key was made for another holder, or damaged.
        KeyringUnavailable: the keyring does not answer; try again later.
    """
    return unwrap_many(vault, session, [holder_id])[holder_id]


def unwrap_many(vault: Vault, session: Session, holder_ids: Sequence[str]) -> dict[str, KeyInHand]:
    """Several holders' keys, in one call to the keyring. Raises as `unwrap` does."""
    rows = _rows(session, holder_ids)
    try:
        return _unwrapped(vault, rows)
    except VersionRetired:
        # A rotation may have ended between the reading of the rows and the call: they were wrapped anew before it.
        with vault.database.read() as fresh:
            return _unwrapped(vault, _rows(fresh, holder_ids))


def require_unchanged(session: Session, in_hand: KeyInHand) -> None:
    """That what was sealed with this key can still be opened once the caller's transaction commits.

    Raises:
        KeyReplaced: her key was replaced meanwhile; nothing was kept, try again.
        NotFound: she was erased meanwhile.
    """
    row = session.get(HolderKey, in_hand.holder_id)
    if row is None:
        raise NotFound
    if row.generation != in_hand.generation:
        raise KeyReplaced


def rewrap_many(vault: Vault, rows: Sequence[HolderKey]) -> None:
    """Wraps these keys under the current version of the root key, in place; they are not seen unwrapped here.

    Raises:
        WrongPlace: a wrapped key was made for another holder, or damaged.
        KeyringUnavailable: the keyring does not answer; try again later.
    """
    items = [(row.wrapped, _context(row.holder_id)) for row in rows]
    for row, wrapped in zip(rows, vault.keyring.rewrap_many(items), strict=True):
        row.wrapped, row.root_version = wrapped, vault.keyring.version_of(wrapped)


def _rows(session: Session, holder_ids: Sequence[str]) -> list[HolderKey]:
    query = select(HolderKey).where(col(HolderKey.holder_id).in_(holder_ids))
    rows = list(session.exec(query))
    if len(rows) != len(set(holder_ids)):
        raise NotFound
    return rows


def _unwrapped(vault: Vault, rows: Sequence[HolderKey]) -> dict[str, KeyInHand]:
    keys = vault.keyring.unwrap_many([(row.wrapped, _context(row.holder_id)) for row in rows])
    return {
        row.holder_id: KeyInHand(row.holder_id, row.generation, key)
        for row, key in zip(rows, keys, strict=True)
    }


def _context(holder_id: str) -> bytes:
    return encode_context("holder key", holder_id)
