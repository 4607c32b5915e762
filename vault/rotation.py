"""Rotation: the root key, or one holder's key, replaced while the vault serves.

Root key (`rotate_root`):

1  a new version in the keyring; from now on it wraps
2  the database says so: what was wrapped under an older one and not yet committed is refused
3  every holder key wrapped anew, in small batches, each committed; then the vault's own secrets
4  nothing under an old version is left: the keyring forgets the old versions

Killed anywhere, running it again goes on where it stopped. Holder key (`replace_holder_key`): one transaction.
Payloads are untouched by either.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from vault import holder_keys
from vault.crypto.envelope import unwrap_file_key, wrap_file_key
from vault.crypto.errors import WrongPlace
from vault.crypto.records import Cell, open_record, seal
from vault.documents import text_cell
from vault.errors import RotationStopped, VaultError
from vault.fields import details_cell, field_cell
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


OLD = "old"
_ANOTHER = (
    "another rotation is at work, or the key table was changed meanwhile. Nothing is lost and the old version still "
    "opens: run rotate-root again when no other one runs"
)
_UNOPENED = (
    "the old version of the root key was not retired, because these holders' keys do not open: {}. All others are "
    "under the new version. Put their rows of the key table back from a backup, or erase them, and run it again"
)


class NotInPlace(VaultError):
    """Something of hers does not open where it stands."""

    def __init__(self, row_id: str) -> None:
        super().__init__(row_id)
        self.row_id = row_id

    def __str__(self) -> str:
        return (
            f"her key was not replaced, and nothing was changed: {self.row_id} does not open where it stands. Somebody "
            "changed the tables, or damaged them: put that row back from a backup, or erase that paper; run it again"
        )


@dataclass(frozen=True)
class Progress:
    """How many holder keys were looked at and are under the new version of the root key, of how many."""

    done: int
    of: int


def rotate_root(vault: Vault) -> Iterator[Progress]:
    """Moves everything to a new version of the root key; yields after every batch. Resumes a run that was ended.

    What a row says of its version is not believed: every wrap is looked at, and the old version is retired only when
    nothing is left under it.

    Raises:
        RotationStopped: another run is at work, a key could not be wrapped anew, or the table of versions is not what a
            rotation leaves. The old version still opens.
        KeyringUnavailable: the keyring does not answer; run it again later.
        KeyringError: this keyring may not be rotated with the rights it was given.
    """
    version = _begin(vault)  # 1, 2
    failed: list[str] = []
    for rows, progress in _batches(vault):  # 3
        failed += _rewrap_batch(vault, version, rows)
        yield progress
    if failed:
        raise RotationStopped(_UNOPENED.format(", ".join(failed[:20])))
    _rewrap_secrets(vault, version)
    _end(vault, version)  # 4


def replace_holder_key(vault: Vault, holder_id: str) -> None:
    """Gives one holder a new key: her file keys wrapped anew, her records sealed anew, her payloads untouched.

    Raises:
        NotFound: no such holder.
        KeyReplaced: somebody else replaced it, or the root key, meanwhile; nothing was changed.
        NotInPlace: something of hers is not in its place; nothing was changed, and that is an entry.
        WrongPlace: her key itself does not open; likewise.
        KeyringUnavailable: the keyring does not answer; nothing was changed.
    """
    with vault.database.read() as session:
        found = holder_keys.find(session, load_holder(vault, session, holder_id).id)
    try:
        _replace(vault, holder_keys.open_one(vault, found))
    except (NotInPlace, WrongPlace) as error:
        row_id = error.row_id if isinstance(error, NotInPlace) else holder_id
        vault.record_failed("holder_key_replace_failed", error, holder_id=holder_id, row_id=row_id)
        raise


def _replace(vault: Vault, old: KeyInHand) -> None:
    new, row = holder_keys.make(vault, old.holder_id, old.generation + 1)
    with vault.database.write() as session:
        holder_keys.require_unchanged(session, old)
        _rewrap_file_keys(session, old, new)
        _reseal_records(vault, session, old, new)
        holder_keys.keep(session, row)
        vault.record(session, "holder_key_replaced", holder_id=old.holder_id, generation=new.generation)


def _begin(vault: Vault) -> str:
    before = _versions(vault)
    if list(before.values()).count(CURRENT) != 1:
        raise RotationStopped("the table root_version does not name one current version: put back a backup")
    # A version that the keyring has made and the database not yet heard of is from a run that was ended in between.
    unfinished = OLD in before.values() or vault.keyring.current() not in before
    version = vault.keyring.current() if unfinished else vault.keyring.rotate()
    with vault.database.write() as session:
        if _states(session) != before:
            raise RotationStopped(_ANOTHER)
        if version in before:
            return version
        for row in session.exec(select(RootVersion).where(RootVersion.state == CURRENT)):
            row.state = OLD
            session.add(row)
        session.add(RootVersion(version=version, state=CURRENT, since=vault.clock()))
        session.flush()
        vault.record(session, "root_rotation_begun", root_version=version)
    return version


def _batches(vault: Vault) -> Iterator[tuple[list[HolderKey], Progress]]:
    """The key table in order of holder ids, a batch at a time, with how far it is read."""
    after, done = "", 0
    while True:
        with vault.database.read() as session:
            query = select(HolderKey).where(HolderKey.holder_id > after)
            rows = list(session.exec(query.order_by(HolderKey.holder_id).limit(BATCH)))
            of = session.exec(select(func.count()).select_from(HolderKey)).one()
        if not rows:
            return
        after, done = rows[-1].holder_id, done + len(rows)
        yield rows, Progress(done, max(of, done))


def _rewrap_batch(vault: Vault, version: str, rows: Sequence[HolderKey]) -> list[str]:
    """Wraps these keys anew where they are not yet; returns the holders whose key could not be."""
    stale = [row for row in rows if not _is_under(vault, version, row)]
    before = {row.holder_id: row.wrapped for row in stale}
    failed = _rewrapped(vault, stale)  # outside the transaction: a keyring may be slow
    moved_on = [row for row in stale if row.holder_id not in failed and row.root_version != version]
    if moved_on:
        raise RotationStopped(_ANOTHER)
    if all(row.root_version == version for row in rows) and not stale:
        return failed
    with vault.database.write() as session:
        for row in rows:
            present = session.get(HolderKey, row.holder_id)
            # Replaced or erased meanwhile: what stands there was made under the new version, or is gone.
            if present is None or present.wrapped != before.get(row.holder_id, row.wrapped):
                continue
            if row.holder_id not in failed:
                present.wrapped, present.root_version = row.wrapped, version
                session.add(present)
    return failed


def _rewrapped(vault: Vault, rows: Sequence[HolderKey]) -> list[str]:
    try:
        holder_keys.rewrap_many(vault, rows)
    except WrongPlace:
        if len(rows) == 1:
            return [rows[0].holder_id]
        return [holder_id for row in rows for holder_id in _rewrapped(vault, [row])]
    return []


def _rewrap_secrets(vault: Vault, version: str) -> None:
    with vault.database.read() as session:
        rows = [row for row in session.exec(select(VaultSecret)) if not _is_under(vault, version, row)]
    wrapped = vault.keyring.rewrap_many([(row.wrapped, secret_context(row.name)) for row in rows])
    with vault.database.write() as session:
        for row, new in zip(rows, wrapped, strict=True):
            present = session.get_one(VaultSecret, row.name)
            present.wrapped, present.root_version = new, vault.keyring.version_of(new)
            session.add(present)


def _end(vault: Vault, version: str) -> None:
    _require_all_under(vault, version)
    if vault.keyring.current() != version or _versions(vault).get(version) != CURRENT:
        raise RotationStopped(_ANOTHER)
    # Outside a transaction, for the same reason as above. Nothing can come in under an old version since step 2.
    vault.keyring.retire_all_but(version)
    with vault.database.write() as session:
        for row in session.exec(select(RootVersion).where(RootVersion.state == OLD)):
            row.state = "retired"
            session.add(row)
        session.flush()
        vault.record(session, "root_rotated", root_version=version)


def _require_all_under(vault: Vault, version: str) -> None:
    """Looks at every wrap itself, because what is left under an old version is lost with it."""
    for rows, _ in _batches(vault):
        if not all(_is_under(vault, version, row) for row in rows):
            raise RotationStopped(_ANOTHER)
    with vault.database.read() as session:
        if not all(_is_under(vault, version, row) for row in session.exec(select(VaultSecret))):
            raise RotationStopped(_ANOTHER)


def _is_under(vault: Vault, version: str, row: HolderKey | VaultSecret) -> bool:
    try:
        return vault.keyring.version_of(row.wrapped) == version
    except WrongPlace:
        return False


def _versions(vault: Vault) -> dict[str, str]:
    with vault.database.read() as session:
        return _states(session)


def _states(session: Session) -> dict[str, str]:
    return {row.version: row.state for row in session.exec(select(RootVersion))}


def _rewrap_file_keys(session: Session, old: KeyInHand, new: KeyInHand) -> None:
    for row in session.exec(select(StoredObject).where(StoredObject.holder_id == old.holder_id)):
        place = place_of(row)
        try:
            file_key = unwrap_file_key(old.key, row.wrapped_file_key, place)
        except (WrongPlace, ValueError):
            raise NotInPlace(row.id) from None
        row.wrapped_file_key = wrap_file_key(new.key, file_key, place)
        session.add(row)


def _reseal_records(vault: Vault, session: Session, old: KeyInHand, new: KeyInHand) -> None:
    def anew(sealed: bytes, cell: Cell) -> bytes:
        try:
            opened = open_record(old.key, sealed, cell)
        except WrongPlace:
            raise NotInPlace(cell.row) from None
        return seal(new.key, opened, cell)

    holder = load_holder(vault, session, old.holder_id)
    holder.name_sealed = anew(holder.name_sealed, name_cell(holder.id))
    if holder.phone_sealed is not None:
        holder.phone_sealed = anew(holder.phone_sealed, phone_cell(holder.id))
    session.add(holder)
    hers = select(Document.id).where(Document.holder_id == holder.id)
    for field in session.exec(select(DocumentField).where(col(DocumentField.document_id).in_(hers))):
        field.value_sealed = anew(field.value_sealed, field_cell(holder.id, field.id))
        field.details_sealed = anew(field.details_sealed, details_cell(holder.id, field.id))
        session.add(field)
    for page in session.exec(select(PageText).where(col(PageText.document_id).in_(hers))):
        page.text_sealed = anew(page.text_sealed, text_cell(holder.id, page.id))
        session.add(page)
    session.flush()
