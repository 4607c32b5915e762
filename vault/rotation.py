"""Rotation: the root key, or one holder's key, replaced while the vault serves.

Root key (`rotate_root`):

1  a new version in the keyring; from now on it wraps
2  the database says so: what was wrapped under an older one and not yet committed is refused
3  every holder key wrapped anew, in small batches, each committed; then the vault's own secrets
4  nothing under an old version is left: the keyring forgets the old versions

Killed anywhere, running it again goes on where it stopped. Holder key (`replace_holder_key`): one transaction.
Payloads are untouched by either.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from vault import holder_keys
from vault.crypto.envelope import unwrap_file_key, wrap_file_key
from vault.crypto.records import Cell, open_record, seal
from vault.documents import field_cell, text_cell
from vault.errors import KeyReplaced
from vault.holder_keys import CURRENT, KeyInHand
from vault.holders import load_holder, name_cell, phone_cell
from vault.objects import place_of
from vault.tables import (
    Document,
    DocumentField,
    HolderKey,
    PageText,
    RootVersion,
    StoredObject,
    VaultSecret,
)
from vault.vault import Vault, secret_context

BATCH = 100
"""Holder keys wrapped anew in one transaction: a few milliseconds without other writers."""


@dataclass(frozen=True)
class Progress:
    """How many holder keys are under the new version of the root key, of how many."""

    done: int
    of: int


def rotate_root(vault: Vault) -> Iterator[Progress]:
    """Moves everything to a new version of the root key; yields after every batch. Resumes a run that was ended.

    Raises:
        KeyringUnavailable: the keyring does not answer; run it again later.
        KeyReplaced: a restored or foreign row came in meanwhile; run it again.
        KeyringError: this keyring may not be rotated with the rights it was given.
    """
    version = _begin(vault)  # 1, 2
    yield (progress := _progress(vault, version))
    while progress.done < progress.of:  # 3
        _rewrap_batch(vault, version)
        yield (progress := _progress(vault, version))
    _rewrap_secrets(vault, version)
    _end(vault, version)  # 4


def replace_holder_key(vault: Vault, holder_id: str) -> None:
    """Gives one holder a new key: her file keys wrapped anew, her records sealed anew, her payloads untouched.

    Raises:
        NotFound: no such holder.
        KeyReplaced: somebody else replaced it, or the root key, meanwhile; nothing was changed.
        MovedRow, WrongPlace: something of hers is not in its place; nothing was changed.
        KeyringUnavailable: the keyring does not answer; nothing was changed.
    """
    with vault.database.read() as session:
        old = holder_keys.unwrap(vault, session, load_holder(session, holder_id).id)
    new, row = holder_keys.make(vault, holder_id, old.generation + 1)
    with vault.database.write() as session:
        holder_keys.require_unchanged(session, old)
        _rewrap_file_keys(session, old, new)
        _reseal_records(session, old, new)
        holder_keys.keep(session, row)
        vault.record(session, "holder_key_replaced", holder_id=holder_id, generation=new.generation)


def _begin(vault: Vault) -> str:
    with vault.database.read() as session:
        unfinished = session.exec(select(RootVersion).where(RootVersion.state == "old")).first()
        known = session.get(RootVersion, vault.keyring.current())
    # A version that the keyring has made and the database not yet heard of is from a run that was ended in between.
    version = vault.keyring.current() if unfinished or known is None else vault.keyring.rotate()
    with vault.database.write() as session:
        if session.get(RootVersion, version) is None:
            for row in session.exec(select(RootVersion).where(RootVersion.state == CURRENT)):
                row.state = "old"
                session.add(row)
            session.add(RootVersion(version=version, state=CURRENT, since=vault.clock()))
            session.flush()
            vault.record(session, "root_rotation_begun", root_version=version)
    return version


def _rewrap_batch(vault: Vault, version: str) -> None:
    with vault.database.read() as session:
        query = select(HolderKey).where(HolderKey.root_version != version)
        rows = list(session.exec(query.order_by(HolderKey.holder_id).limit(BATCH)))
    before = {row.holder_id: row.wrapped for row in rows}
    holder_keys.rewrap_many(vault, rows)  # outside the transaction: a keyring may be slow
    with vault.database.write() as session:
        for row in rows:
            present = session.get(HolderKey, row.holder_id)
            # Replaced or erased meanwhile: what stands there is left to the next batch, if it needs one.
            if present is not None and present.wrapped == before[row.holder_id]:
                present.wrapped, present.root_version = row.wrapped, row.root_version
                session.add(present)


def _rewrap_secrets(vault: Vault, version: str) -> None:
    with vault.database.read() as session:
        rows = list(session.exec(select(VaultSecret).where(VaultSecret.root_version != version)))
    wrapped = vault.keyring.rewrap_many([(row.wrapped, secret_context(row.name)) for row in rows])
    with vault.database.write() as session:
        for row, new in zip(rows, wrapped, strict=True):
            present = session.get_one(VaultSecret, row.name)
            present.wrapped, present.root_version = new, vault.keyring.version_of(new)
            session.add(present)


def _end(vault: Vault, version: str) -> None:
    with vault.database.write() as session:
        if _count(session, version):
            raise KeyReplaced
        vault.keyring.retire_all_but(version)
        for row in session.exec(select(RootVersion).where(RootVersion.state == "old")):
            row.state = "retired"
            session.add(row)
        session.flush()
        vault.record(session, "root_rotated", root_version=version)


def _progress(vault: Vault, version: str) -> Progress:
    with vault.database.read() as session:
        of = session.exec(select(func.count()).select_from(HolderKey)).one()
        return Progress(of - _count(session, version), of)


def _count(session: Session, version: str) -> int:
    query = select(func.count()).select_from(HolderKey).where(HolderKey.root_version != version)
    return session.exec(query).one()


def _rewrap_file_keys(session: Session, old: KeyInHand, new: KeyInHand) -> None:
    for row in session.exec(select(StoredObject).where(StoredObject.holder_id == old.holder_id)):
        place = place_of(row)
        row.wrapped_file_key = wrap_file_key(
            new.key, unwrap_file_key(old.key, row.wrapped_file_key, place), place
        )
        session.add(row)


def _reseal_records(session: Session, old: KeyInHand, new: KeyInHand) -> None:
    def anew(sealed: bytes, cell: Cell) -> bytes:
        return seal(new.key, open_record(old.key, sealed, cell), cell)

    holder = load_holder(session, old.holder_id)
    holder.name_sealed = anew(holder.name_sealed, name_cell(holder.id))
    if holder.phone_sealed is not None:
        holder.phone_sealed = anew(holder.phone_sealed, phone_cell(holder.id))
    session.add(holder)
    hers = select(Document.id).where(Document.holder_id == holder.id)
    for field in session.exec(select(DocumentField).where(col(DocumentField.document_id).in_(hers))):
        field.value_sealed = anew(field.value_sealed, field_cell(holder.id, field.id))
        session.add(field)
    for page in session.exec(select(PageText).where(col(PageText.document_id).in_(hers))):
        page.text_sealed = anew(page.text_sealed, text_cell(holder.id, page.id))
        session.add(page)
    session.flush()
