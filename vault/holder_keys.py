"""Holder keys: made, kept wrapped in the key table, and unwrapped for seconds when something of hers is opened."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from vault.crypto.context import encode_context
from vault.crypto.envelope import new_holder_key
from vault.crypto.errors import VersionRetired, WrongPlace
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


@dataclass(frozen=True)
class WrappedKey:
    """A holder key as it lies in the table: nothing without the keyring."""

    holder_id: str
    generation: int
    wrapped: bytes = field(repr=False)


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


def find(session: Session, holder_id: str) -> WrappedKey:
    """One holder's key as it lies in the table, to be opened once the session is closed.

    Raises:
        NotFound: she has none: she was erased, or never was.
    """
    found = find_many(session, [holder_id])
    if not found:
        raise NotFound
    return found[0]


def find_many(session: Session, holder_ids: Sequence[str]) -> tuple[WrappedKey, ...]:
    """As `find` for several holders; whoever has no key is left out."""
    rows = session.exec(select(HolderKey).where(col(HolderKey.holder_id).in_(holder_ids)))
    return tuple(WrappedKey(row.holder_id, row.generation, row.wrapped) for row in rows)


def open_one(vault: Vault, found: WrappedKey) -> KeyInHand:
    """One holder's key, unwrapped. Call it while no session is open: a keyring may be slow, connections are few.

    Raises:
        NotFound: she was erased meanwhile.
        WrongPlace: the wrapped key was made for another holder, or damaged.
        KeyReplaced: her key was replaced meanwhile; what was read with it may not open, try again.
        KeyringUnavailable: the keyring does not answer; try again later.
    """
    try:
        return _unwrapped(vault, [found])[0]
    except VersionRetired:
        # A rotation may have ended between the reading of the row and the call: it was wrapped anew before it.
        with vault.database.read() as session:
            again = find(session, found.holder_id)
        if again.generation != found.generation:
            raise KeyReplaced from None
        return _unwrapped(vault, [again])[0]


def open_each(vault: Vault, found: Sequence[WrappedKey]) -> dict[str, KeyInHand]:
    """Several holders' keys, in one call to the keyring; what does not open is left out. As `open_one`, no session.

    Raises:
        KeyringUnavailable: the keyring does not answer; try again later.
    """
    if not found:
        return {}
    try:
        opened = _unwrapped(vault, found)
    except VersionRetired:
        with vault.database.read() as session:
            again = find_many(session, [each.holder_id for each in found])
        opened = _what_opens(vault, again)
    except WrongPlace:
        opened = _what_opens(vault, found)
    return {each.holder_id: each for each in opened}


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


def _unwrapped(vault: Vault, found: Sequence[WrappedKey]) -> list[KeyInHand]:
    keys = vault.keyring.unwrap_many([(each.wrapped, _context(each.holder_id)) for each in found])
    return [KeyInHand(each.holder_id, each.generation, key) for each, key in zip(found, keys, strict=True)]


def _what_opens(vault: Vault, found: Sequence[WrappedKey]) -> list[KeyInHand]:
    if not found:
        return []
    # By halves: one damaged key among a hundred takes a dozen calls more, not a hundred.
    try:
        return _unwrapped(vault, found)
    except WrongPlace:
        if len(found) == 1:
            return []
    middle = len(found) // 2
    return _what_opens(vault, found[:middle]) + _what_opens(vault, found[middle:])


def _context(holder_id: str) -> bytes:
    return encode_context("holder key", holder_id)
