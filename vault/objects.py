"""Objects: the sealed payloads of a document in the store, each with the row that alone can open it."""

import hashlib
import hmac
import logging
import re

from sqlmodel import Session, col, delete, select

from vault.crypto.age import new_file_key
from vault.crypto.age_stream import decrypt_payload, encrypt_payload
from vault.crypto.envelope import FilePlace, unwrap_file_key, wrap_file_key
from vault.crypto.errors import MovedRow, OldVersion, SwappedObject, WrongPlace
from vault.ledger import store
from vault.tables import BegunObject, StoredObject
from vault.vault import Vault, new_id

ORIGINAL, PAGE = "original", "page"

_PREFIX = "sealed"
_NAME = re.compile(rf"{_PREFIX}_[0-9a-f]{{32}}")
_log = logging.getLogger("vault.objects")


def seal_object(
    holder_key: bytes, holder_id: str, document_id: str, name: str, role: str, page: int, content: bytes
) -> tuple[StoredObject, bytes]:
    """Seals `content` under a file key of its own: the row that can open it, and the payload to store as `name`."""
    row = StoredObject(
        id=new_id("obj"),
        document_id=document_id,
        holder_id=holder_id,
        role=role,
        page=page,
        version=1,
        name=name,
        size=0,
        payload_sha256=b"",
        wrapped_file_key=b"",
    )
    return row, seal_into(holder_key, row, content)


def seal_into(holder_key: bytes, row: StoredObject, content: bytes) -> bytes:
    """Seals `content` under a fresh file key for this row, whose digest, size and wrap are set; returns the payload."""
    file_key = new_file_key()
    payload = b"".join(encrypt_payload(file_key, [content]))
    row.size, row.payload_sha256 = len(payload), hashlib.sha256(payload).digest()
    row.wrapped_file_key = wrap_file_key(holder_key, file_key, place_of(row))
    return payload


def place_of(row: StoredObject) -> FilePlace:
    """What a row's file key is bound to.

    Role and page count as part of the object's name: were an original called a page, a stranger's bytes would be
    decoded outside the jail.
    """
    name = f"{row.id} {row.role} {row.page}"
    return FilePlace(row.holder_id, row.document_id, name, row.version, row.payload_sha256)


def file_key_of(vault: Vault, holder_key: bytes, row: StoredObject) -> bytes:
    """The file key of a row that is in its place, and is the newest of its object.

    It speaks for the payload only once the payload's digest is found to be the row's.

    Raises:
        MovedRow: the row was made for another holder, document, object, role, page or version; or damaged.
        OldVersion: the ledger knows that the object was sealed anew since: an older row was put back.
    """
    try:
        file_key = unwrap_file_key(holder_key, row.wrapped_file_key, place_of(row))
    except (WrongPlace, ValueError):
        raise MovedRow from None
    if row.version < _newest_version(vault, row):
        raise OldVersion
    return file_key


def open_object(vault: Vault, holder_key: bytes, row: StoredObject) -> bytes:
    """The content behind a row, authenticated to its end.

    Raises:
        MovedRow, OldVersion: the row is not in its place, or not the newest.
        SwappedObject: the store gave another payload.
        PayloadError: the payload does not open.
        NotFound, StoreUnavailable: the store does not have or give it.
    """
    file_key = file_key_of(vault, holder_key, row)
    payload = b"".join(vault.blobs.get(row.name))
    if not hmac.compare_digest(hashlib.sha256(payload).digest(), row.payload_sha256):
        raise SwappedObject
    return b"".join(decrypt_payload(file_key, [payload]))


def page_objects(session: Session, document_id: str) -> list[StoredObject]:
    """The rows of a document's clean pages, in order."""
    return [row for row in all_objects(session, document_id) if row.role == PAGE]


def all_objects(session: Session, document_id: str) -> list[StoredObject]:
    """The rows of a document's originals and clean pages, in order."""
    query = select(StoredObject).where(StoredObject.document_id == document_id)
    return list(session.exec(query.order_by(col(StoredObject.role), col(StoredObject.page))))


def _newest_version(vault: Vault, row: StoredObject) -> int:
    """The version that the ledger's signed entries name: nobody can take it back by writing to a table."""
    public_key = vault.ledger_key.public_key()
    with vault.database.read() as session:
        entries = store.signed_entries(session, public_key, row.holder_id, ("resealed",), about=row.id)
    versions = [entry.body["version"] for entry in entries if entry.body.get("object_id") == row.id]
    return max((version for version in versions if isinstance(version, int)), default=1)


def note_names(vault: Vault, count: int) -> list[str]:
    """Names for objects to come, committed before the first is put: what is interrupted then is known and swept."""
    names = [new_id(_PREFIX) for _ in range(count)]
    with vault.database.write() as session:
        session.add_all(BegunObject(name=name, begun_at=vault.clock()) for name in names)
    return names


def names_kept(session: Session, names: list[str]) -> None:
    """Says, in the transaction that adds their rows, that these objects are no longer only begun."""
    session.execute(delete(BegunObject).where(col(BegunObject.name).in_(names)))


def names_dropped(vault: Vault, session: Session, names: list[str]) -> None:
    """Says, in the transaction that removes their rows, that these objects have to go: at once, or by the sweep."""
    session.add_all(BegunObject(name=name, begun_at=vault.clock()) for name in names)
    session.flush()


def remove(vault: Vault, names: list[str]) -> None:
    """Removes dropped objects from the store, with every version of them.

    Raises:
        StoreUnavailable: the sweep will remove what is left.
    """
    for name in names:
        delete_sealed(vault, name)
        with vault.database.write() as session:
            names_kept(session, [name])


def delete_sealed(vault: Vault, name: str) -> bool:
    """Removes an object from the store, with every version; says whether the name is one that an object can have.

    What else lies in the bucket, such as the erasure list, stays: a name comes from a table that somebody may have
    written to.

    Raises:
        StoreUnavailable: it may still be there.
    """
    if _NAME.fullmatch(name) is None:
        _log.warning(
            "a table names %s as an object to be removed, which no object is called", ascii(name)[:100]
        )
        return False
    vault.blobs.delete(name)
    return True
