"""Resealing: an object under a new file key, so that whoever had the old one can open nothing that is in the store.

1  load the row, open what it stands for, authenticated to its end
2  seal it under a new file key; put it into the store under a new name, which is noted first
3  row moved on by one version, ledger entry; commit
4  remove the old object, with every version that the store has kept

Killed anywhere, either the old row and object stand or the new ones do; what is left over is swept. The ledger's entry
names the new version: putting the old row and object back is noticed.
"""

from datetime import timedelta

from sqlmodel import select

from vault import holder_keys, jobs, objects
from vault.crypto.errors import CryptoError
from vault.documents import load_document
from vault.errors import KeyReplaced, NotFound, Unavailable, VaultError
from vault.holder_keys import KeyInHand
from vault.jobs import Claim
from vault.tables import StoredObject
from vault.vault import Vault

TRY_AGAIN_AFTER = timedelta(seconds=20)


def reseal_next(vault: Vault) -> bool:
    """Does one waiting resealing job, if there is one; says whether there was. What is down is tried again later."""
    held = jobs.claim(vault, "reseal")
    if held is None:
        return False
    try:
        reseal_document(vault, held.document_id)
    except NotFound:
        _finish(vault, held, "done")  # erased meanwhile: there is nothing left to seal
    except Unavailable:
        jobs.put_back(vault, held, TRY_AGAIN_AFTER, counted=False)
    except (VaultError, CryptoError):
        if held.attempt < jobs.MOST_ATTEMPTS:
            jobs.put_back(vault, held, TRY_AGAIN_AFTER, counted=True)
        else:
            _finish(vault, held, "failed")
    else:
        _finish(vault, held, "done")
    return True


def reseal_document(vault: Vault, document_id: str) -> int:
    """Seals every object of a document anew; returns how many. Doing it twice does it twice, and harms nothing.

    Raises:
        NotFound: no such document.
        Unavailable, CryptoError: some objects may have been sealed anew, each whole.
    """
    with vault.database.read() as session:
        rows = objects.all_objects(session, load_document(session, document_id).id)
    for row in rows:
        reseal_object(vault, row.id)
    return len(rows)


def reseal_object(vault: Vault, object_id: str) -> int:
    """Seals one object under a new file key; returns its new version.

    Raises:
        NotFound: no such object.
        MovedRow, SwappedObject, OldVersion, PayloadError: it is not what was deposited; it stays as it is.
        Unavailable: a part is down; the object is as it was.
    """
    old, in_hand = _load(vault, object_id)  # 1
    content = objects.open_object(vault, in_hand.key, old)
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
        return row, holder_keys.unwrap(vault, session, row.holder_id)


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


def _finish(vault: Vault, held: Claim, state: str) -> None:
    with vault.database.write() as session:
        jobs.finish(session, held, state)
