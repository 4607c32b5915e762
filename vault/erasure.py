"""Erasure: a paper, or a holder with all that is hers, is destroyed for good.

1  is there such a paper or holder, not yet erased?
2  a signed record on the erasure list, in both its places (vault/erasures.py)
3  her wrapped key, the wrapped file keys, what was read and what she is found by go; ledger entry; commit
4  the objects leave the store, with every version of them
5  what the deleted keys left in the database's files is written over

Killed before step 2 nothing has happened. From there on the list decides: `replay`, before the vault serves, does to
the database what the list says and the database has not heard of, be it killed or put back from a backup. Whatever
steps 4 and 5 did not get done is done by the sweep.

Only objects of the paper's own holder go: a table that calls another holder's objects hers destroys none of them.

What is left of an erased paper or holder is a row that says when, without anything of hers in it, and the ledger's
entries. What is left elsewhere, and for how long, is said in docs/threat-model.md.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, true
from sqlmodel import Session, col, delete, select

from vault import bindings, erasures, objects
from vault.erasures import Erasure, StillListed
from vault.errors import NotFound, Unavailable, VaultError
from vault.ledger import store
from vault.ledger.store import Recorded
from vault.tables import (
    Centre,
    Document,
    DocumentField,
    Holder,
    HolderIndex,
    HolderKey,
    Job,
    KeptAnswer,
    PageText,
    SignInSession,
    StoredObject,
)
from vault.vault import Vault

_AT_ONCE = 500
"""Ids asked for in one query: databases take some thousands at most."""


class ForeignObjects(VaultError):
    """Something of a paper is another holder's, as its rows say: erasing it would destroy what is hers."""

    def __str__(self) -> str:
        return (
            "something of this paper is another holder's: nothing was erased. Somebody changed the tables, or damaged "
            "them: put back a backup from before, and erase it there"
        )


@dataclass(frozen=True)
class Extent:
    """What an erasure would take away, of whom, and what was let out before: no erasure reaches that.

    Attributes:
        releases: how often something was let out, as signed entries say.
        centres: to whom, each as its name and id.
        erased_at: when it was erased already; None while anything of it is left.
    """

    holder_id: str
    documents: int
    releases: int
    centres: tuple[str, ...]
    erased_at: datetime | None


@dataclass(frozen=True)
class Erased:
    """What an erasure has destroyed.

    `finished` says whether store and files are clean already; if not, the next sweep goes on.
    """

    documents: int
    objects: int
    finished: bool


@dataclass(frozen=True)
class Replayed:
    """What the erasure list did: erasures carried out, records copied from the one place to the other.

    `unsigned` names what lies on it and counts for nothing, as somebody else wrote it or it was damaged.
    """

    erased: int
    copied: int
    unsigned: tuple[str, ...]


def extent(vault: Vault, kind: str, id_: str) -> Extent:
    """What erasing this holder or document would take away. `kind` is "holder" or "document".

    Raises:
        NotFound: there never was such a one.
    """
    with vault.database.read() as session:
        documents = _documents(session, kind, id_)
        row = session.get_one(Holder, id_) if kind == "holder" else session.get_one(Document, id_)
        holder_id = row.id if isinstance(row, Holder) else row.holder_id
        released = _released(vault, session, holder_id, id_ if kind == "document" else "")
        done = _is_done(session, Erasure(kind, id_, vault.clock()))
        return Extent(
            holder_id=holder_id,
            documents=len(documents),
            releases=len({str(entry.body.get("release_id")) for entry in released}),
            centres=_centres(session, released),
            erased_at=row.erased_at if done else None,
        )


def erase_document(vault: Vault, document_id: str) -> Erased:
    """Destroys one paper: its file keys, objects, fields and text. Doing it twice is no error.

    Raises:
        NotFound: there never was such a document.
        ForeignObjects: the tables say that something of it is another holder's; nothing was erased.
        Unavailable, ListUnusable: a part is down; nothing was erased.
        StillListed: nothing was erased yet, but will be when the vault opens next.
    """
    return _erase(vault, "document", document_id)


def erase_holder(vault: Vault, holder_id: str) -> Erased:
    """Destroys a holder's key and all that was hers: nothing sealed to her opens any more, wherever it lies.

    Her card is from then on like a card that nobody has. Doing it twice is no error. Raises as `erase_document` does.
    """
    return _erase(vault, "holder", holder_id)


def replay(vault: Vault) -> Replayed:
    """Carries out what is on the erasure list and not yet in the database: call it before anything is served.

    Raises:
        ListUnusable: a place of the list cannot be read or written: nothing may be served.
        Unavailable: the database does not answer.
    """
    found = erasures.read(vault.erasures, vault.ledger_key.public_key())
    copied = erasures.copy_over(vault.erasures, found)
    pending = _pending(vault, found.erasures)
    for erasure in pending:
        _carry_out(vault, erasure)
    vault.database.wipe()
    return Replayed(len(pending), copied, found.unsigned)


def _erase(vault: Vault, kind: str, id_: str) -> Erased:
    erasure = Erasure(kind, id_, vault.clock())
    with vault.database.read() as session:  # 1
        if _is_done(session, erasure):
            return Erased(0, 0, finished=True)
        if kind == "document":
            _require_own_objects(session, id_)
    name = erasures.add(vault.erasures, vault.ledger_key, erasure)  # 2
    try:
        return _carry_out(vault, erasure)
    except BaseException:
        _take_back(vault, erasure, name)
        raise


def _carry_out(vault: Vault, erasure: Erasure) -> Erased:
    """Steps 3 to 5."""
    with vault.database.write() as session:  # 3
        documents = _documents(session, erasure.kind, erasure.id)
        names = []
        for document in documents:
            names += _erase_document_rows(vault, session, document, erasure)
        if erasure.kind == "holder" and not _is_done(session, erasure):
            _erase_holder_rows(vault, session, erasure)
    return Erased(len(documents), len(names), finished=_clean_up(vault, names))


def _clean_up(vault: Vault, names: list[str]) -> bool:
    try:
        objects.remove(vault, names)  # 4
        return vault.database.wipe()  # 5
    except Unavailable:
        return False  # it is erased: what is left opens nothing, and the sweep removes it


def _erase_document_rows(vault: Vault, session: Session, document: Document, erasure: Erasure) -> list[str]:
    own = (
        col(StoredObject.document_id) == document.id,
        col(StoredObject.holder_id) == document.holder_id,
    )
    names = list(session.exec(select(StoredObject.name).where(*own)))
    objects.names_kept(session, names)  # a mixed backup can hold a name as dropped already
    objects.names_dropped(vault, session, names)
    session.execute(delete(StoredObject).where(*own))
    for table in (DocumentField, PageText, HolderIndex, Job):
        session.execute(delete(table).where(col(table.document_id) == document.id))
    document.erased_at = erasure.at
    session.add(document)
    session.flush()
    vault.record(session, "document_erased", holder_id=document.holder_id, document_id=document.id)
    return names


def _erase_holder_rows(vault: Vault, session: Session, erasure: Erasure) -> None:
    for table in (HolderKey, HolderIndex, KeptAnswer):
        session.execute(delete(table).where(col(table.holder_id) == erasure.id))
    session.execute(delete(SignInSession).where(col(SignInSession.principal_id) == erasure.id))
    holder = session.get_one(Holder, erasure.id)
    holder.name_sealed, holder.phone_sealed = b"", None
    holder.card_index, holder.pin_hash = None, ""  # no hash: nothing is ever found to match it
    holder.erased_at = erasure.at
    session.add(holder)
    row = bindings.bind(vault, holder)
    session.flush()
    vault.record(session, "holder_erased", holder_id=holder.id, row=row)


def _documents(session: Session, kind: str, id_: str) -> list[Document]:
    """The papers that are not wholly erased yet; of a holder's, those that are not another's by their objects."""
    if session.get(Holder if kind == "holder" else Document, id_) is None:
        raise NotFound
    of = Document.holder_id if kind == "holder" else Document.id
    may_go = ~_has_objects() if kind == "holder" else true()
    present = col(Document.erased_at).is_(None) & may_go
    return list(session.exec(select(Document).where(of == id_, present | _has_own_objects())))


def _has_objects() -> ColumnElement[bool]:
    return select(StoredObject.id).where(StoredObject.document_id == Document.id).exists()


def _has_own_objects() -> ColumnElement[bool]:
    of_it = (StoredObject.document_id == Document.id, StoredObject.holder_id == Document.holder_id)
    return select(StoredObject.id).where(*of_it).exists()


def _require_own_objects(session: Session, document_id: str) -> None:
    query = (
        select(StoredObject.id)
        .join(Document, col(Document.id) == StoredObject.document_id)
        .where(Document.id == document_id, StoredObject.holder_id != Document.holder_id)
    )
    if session.exec(query).first() is not None:
        raise ForeignObjects


def _released(vault: Vault, session: Session, holder_id: str, document_id: str) -> list[Recorded]:
    """The signed entries of what was let out of hers, or of one of her papers. They outlive what they are about."""
    ledger_key = vault.ledger_key.public_key()
    entries = store.signed_entries(session, ledger_key, holder_id, ("released",), about=document_id)
    return [entry for entry in entries if document_id in ("", entry.body.get("document_id"))]


def _centres(session: Session, released: Iterable[Recorded]) -> tuple[str, ...]:
    ids = dict.fromkeys(str(entry.body.get("centre_id")) for entry in released)
    found = {id_: session.get(Centre, id_) for id_ in ids}
    return tuple(f"{centre.name} ({id_})" if centre else id_ for id_, centre in found.items())


def _is_done(session: Session, erasure: Erasure) -> bool:
    if _documents(session, erasure.kind, erasure.id):
        return False
    if erasure.kind == "document":
        return True
    holder = session.get_one(Holder, erasure.id)
    return holder.erased_at is not None and session.get(HolderKey, holder.id) is None


def _done_holders(session: Session) -> set[str]:
    # A key put back from a backup of the key table alone must go again, although the row says that she was erased.
    has_key = select(HolderKey.holder_id).where(HolderKey.holder_id == Holder.id).exists()
    return set(session.exec(select(Holder.id).where(col(Holder.erased_at).is_not(None), ~has_key)))


def _done_documents(session: Session) -> set[str]:
    done = (col(Document.erased_at).is_not(None), ~_has_own_objects())
    return set(session.exec(select(Document.id).where(*done)))


def _pending(vault: Vault, listed: Iterable[Erasure]) -> list[Erasure]:
    """What is listed and in the database, but not erased there: nothing, unless it was put back or ended half-way."""
    with vault.database.read() as session:
        done = _done_holders(session) | _done_documents(session)
        newest_first = sorted(listed, key=lambda erasure: erasure.at, reverse=True)
        open_ = {erasure.id: erasure for erasure in newest_first if erasure.id not in done}
        ids = list(open_)
        there: set[str] = set()
        for start in range(0, len(ids), _AT_ONCE):
            some = ids[start : start + _AT_ONCE]
            there |= {*session.exec(select(Holder.id).where(col(Holder.id).in_(some)))}
            there |= {*session.exec(select(Document.id).where(col(Document.id).in_(some)))}
    return [open_[id_] for id_ in ids if id_ in there]


def _take_back(vault: Vault, erasure: Erasure, name: str) -> None:
    try:
        with vault.database.read() as session:
            if _is_done(session, erasure):
                return  # a commit that reports an error may have happened: then the record must stay
    except Unavailable:
        raise StillListed from None
    erasures.take_back(vault.erasures, name)
