"""Resealing: an object under a new file key, so that whoever had the old one can open nothing that is in the store.

1  load the row, open what it stands for, authenticated to its end
2  seal it under a new file key; put it into the store under a new name, which is noted first
3  row moved on by one version, ledger entry; commit
4  remove the old object, with every version that the store has kept

Killed anywhere, either the old row and object stand or the new ones do; what is left over is swept. The ledger's entry
names the new version: putting the old row and object back is noticed.

Of a document, the clean pages come first, as they are what was handed over; an object that cannot be sealed anew keeps
none of the others from it. What a job gives up is an entry `reseal_failed` for each such object, and a line in the log;
done by hand it is an entry at once, and told to whoever did it. Until somebody looks after it, whoever had its old file
key can open what is in the store.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session, select

from vault import holder_keys, jobs, objects
from vault.crypto.errors import CryptoError
from vault.documents import load_document
from vault.errors import KeyReplaced, NotFound, StoreUnavailable, Unavailable, VaultError
from vault.holder_keys import KeyInHand
from vault.jobs import Claim
from vault.tables import Document, StoredObject
from vault.vault import Vault

TRY_AGAIN_AFTER = timedelta(seconds=20)

_log = logging.getLogger("vault.resealing")


class LostObject(StoreUnavailable):
    """The store does not have an object that a row stands for."""


@dataclass(frozen=True)
class Failure:
    """An object that could not be sealed anew, and why; without an object, what kept all of the document from it."""

    object_id: str | None
    error: Exception

    @property
    def may_pass(self) -> bool:
        """Whether a part was down, and the same may work later."""
        return isinstance(self.error, Unavailable) and not isinstance(self.error, LostObject)


class WorkerDied(VaultError):
    """Every worker that took the job up ended before it had done it."""


class NotAllSealed(VaultError):
    """Of a document, `done` objects were sealed anew, and these were not: each stays as it was."""

    def __init__(self, done: int, failures: Sequence[Failure]) -> None:
        super().__init__("not all sealed anew")
        self.done = done
        self.failures = tuple(failures)

    def __str__(self) -> str:
        told = "; ".join(f"{each.object_id}: {type(each.error).__name__}" for each in self.failures)
        return f"sealed anew: {self.done}; not sealed anew, and as they were before: {told}"


def reseal_next(vault: Vault) -> bool:
    """Does one waiting resealing job, if there is one; says whether there was. What is down is tried again later."""
    held = jobs.claim(vault, "reseal")
    if held is None:
        return False
    if held.attempt > jobs.MOST_ATTEMPTS:
        # Every worker before died over it: one paper must not keep all others waiting.
        _give_up(vault, held, [Failure(None, WorkerDied())])
        return True
    try:
        _seal_document(vault, held.document_id)
    except NotAllSealed as error:
        _try_again(vault, held, error.failures)
    except (VaultError, CryptoError) as error:
        _try_again(vault, held, [Failure(None, error)])
    else:
        _finish(vault, held)
    return True


def reseal_document(vault: Vault, document_id: str) -> int:
    """Seals every object of a document anew; returns how many. Doing it twice does it twice, and harms nothing.

    Raises:
        NotFound: no such document, or it was erased.
        NotAllSealed: some objects were sealed anew, each whole, and others stay as they were; it says which, and each
            is an entry.
        Unavailable: a part is down; some objects may have been sealed anew, each whole.
    """
    try:
        return _seal_document(vault, document_id)
    except NotAllSealed as error:
        with vault.database.write() as session:
            _record(vault, session, document_id, error.failures)
        raise


def reseal_object(vault: Vault, object_id: str) -> int:
    """Seals one object under a new file key; returns its new version.

    Raises:
        NotFound: no such object.
        LostObject: the store does not have it; that is an entry.
        MovedRow, SwappedObject, OldVersion, PayloadError: it is not what was deposited; it stays as it is, and that is
            an entry.
        Unavailable: a part is down; the object is as it was.
    """
    try:
        return _seal_object(vault, object_id)
    except (LostObject, CryptoError) as error:
        with vault.database.write() as session:
            row = session.get(StoredObject, object_id)
            if row is not None:
                _record(vault, session, row.document_id, [Failure(object_id, error)])
        raise


def _seal_document(vault: Vault, document_id: str) -> int:
    with vault.database.read() as session:
        rows = objects.all_objects(session, load_document(session, document_id).id)
    failures = []
    for row in sorted(rows, key=lambda row: row.role != objects.PAGE):
        try:
            _seal_object(vault, row.id)
        except StoreUnavailable as error:
            vault.blobs.ping()  # a store that is down is not asked for one object after the other
            failures.append(Failure(row.id, error))
        except Unavailable:
            raise
        except (VaultError, CryptoError) as error:
            if _is_erased(vault, document_id):
                raise NotFound from None
            failures.append(Failure(row.id, error))
    if failures:
        raise NotAllSealed(len(rows) - len(failures), failures)
    return len(rows)


def _seal_object(vault: Vault, object_id: str) -> int:
    old, in_hand = _load(vault, object_id)  # 1
    content = _open(vault, in_hand, old)
    new = _next_version(old, objects.note_names(vault, 1)[0])  # 2
    payload = objects.seal_into(in_hand.key, new, content)
    vault.blobs.put(new.name, payload)
    _commit(vault, in_hand, old, new)  # 3
    objects.remove(vault, [old.name])  # 4
    return new.version


def _load(vault: Vault, object_id: str) -> tuple[StoredObject, KeyInHand]:
    with vault.database.read() as session:
        row = session.get(StoredObject, object_id)
        if row is None:
            raise NotFound
        load_document(session, row.document_id)
        found = holder_keys.find(session, row.holder_id)
    return row, holder_keys.open_one(vault, found)


def _open(vault: Vault, in_hand: KeyInHand, row: StoredObject) -> bytes:
    try:
        return objects.open_object(vault, in_hand.key, row)
    except NotFound:
        with vault.database.read() as session:
            present = session.get(StoredObject, row.id)
        if present is None:
            raise
        if present.name != row.name:
            raise KeyReplaced from None  # somebody else sealed it anew meanwhile
        raise LostObject from None


def _is_erased(vault: Vault, document_id: str) -> bool:
    with vault.database.read() as session:
        document = session.get(Document, document_id)
    return document is not None and document.erased_at is not None


def _next_version(old: StoredObject, name: str) -> StoredObject:
    return StoredObject(
        id=old.id,
        document_id=old.document_id,
        holder_id=old.holder_id,
        role=old.role,
        page=old.page,
        version=old.version + 1,
        name=name,
        size=0,
        payload_sha256=b"",
        wrapped_file_key=b"",
    )


def _commit(vault: Vault, in_hand: KeyInHand, old: StoredObject, new: StoredObject) -> None:
    with vault.database.write() as session:
        holder_keys.require_unchanged(session, in_hand)
        present = session.exec(select(StoredObject.version).where(StoredObject.id == old.id)).first()
        if present is None:
            raise NotFound
        if present != old.version:
            raise KeyReplaced
        objects.names_kept(session, [new.name])
        session.merge(new)
        objects.names_dropped(vault, session, [old.name])
        vault.record(
            session,
            "resealed",
            holder_id=new.holder_id,
            document_id=new.document_id,
            object_id=new.id,
            version=new.version,
        )


def _try_again(vault: Vault, held: Claim, failures: Sequence[Failure]) -> None:
    if _is_erased(vault, held.document_id):
        _finish(vault, held)  # there is nothing left to seal
    elif all(each.may_pass for each in failures):
        jobs.put_back(vault, held, TRY_AGAIN_AFTER, counted=False)
    elif held.attempt < jobs.MOST_ATTEMPTS:
        jobs.put_back(vault, held, TRY_AGAIN_AFTER, counted=True)
    else:
        _give_up(vault, held, failures)


def _finish(vault: Vault, held: Claim) -> None:
    with vault.database.write() as session:
        jobs.finish(session, held, "done")


def _give_up(vault: Vault, held: Claim, failures: Sequence[Failure]) -> None:
    with vault.database.write() as session:
        if not jobs.finish(session, held, "failed"):
            return
        session.flush()
        _record(vault, session, held.document_id, failures)
    for each in failures:
        why = type(each.error).__name__
        _log.error("not sealed anew: %s of %s: %s", each.object_id or "all", held.document_id, why)


def _record(vault: Vault, session: Session, document_id: str, failures: Sequence[Failure]) -> None:
    document = session.get(Document, document_id)
    for each in failures:
        vault.record(
            session,
            "reseal_failed",
            holder_id=document.holder_id if document else None,
            document_id=document_id,
            object_id=each.object_id,
            why=type(each.error).__name__,
        )
