"""Documents: the rows behind a deposited paper, its sealed objects, fields and text, and who may look at them."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from access_policies.request import (
    Action,
    DocumentResource,
    HolderPrincipal,
    Principal,
    Question,
    StaffPrincipal,
)
from vault.crypto.age import new_file_key
from vault.crypto.age_stream import decrypt_payload, encrypt_payload
from vault.crypto.envelope import FilePlace, unwrap_file_key, wrap_file_key
from vault.crypto.records import Cell, open_record
from vault.errors import NotFound
from vault.holders import as_resource as holder_resource
from vault.holders import load_holder
from vault.tables import Document, DocumentField, Holder, PageText, StoredObject
from vault.vault import Vault, new_id, who

ORIGINAL, PAGE = "original", "page"


@dataclass(frozen=True)
class DocumentSummary:
    """A document without its content. `reading`: waiting, done or failed."""

    document_id: str
    holder_id: str
    kind: str
    pages: int
    reading: str
    pages_read: int
    deposited_at: datetime


@dataclass(frozen=True)
class OpenedField:
    """A field, opened. `doubtful` says that it must be checked against the paper; `why` says for what reason."""

    name: str
    value: str
    doubtful: bool
    why: str | None
    source: str
    page: int


@dataclass(frozen=True)
class OpenedContent:
    """What was read from a document: fields, and text by page."""

    fields: tuple[OpenedField, ...]
    texts: tuple[str, ...]


def seal_object(
    holder_key: bytes, holder_id: str, document_id: str, name: str, role: str, page: int, content: bytes
) -> tuple[StoredObject, bytes]:
    """Seals `content` under a file key of its own: the row that can open it, and the payload to store as `name`."""
    file_key = new_file_key()
    payload = b"".join(encrypt_payload(file_key, [content]))
    row = StoredObject(
        id=new_id("obj"),
        document_id=document_id,
        holder_id=holder_id,
        role=role,
        page=page,
        version=1,
        name=name,
        size=len(payload),
        payload_sha256=hashlib.sha256(payload).digest(),
        wrapped_file_key=b"",
    )
    row.wrapped_file_key = wrap_file_key(holder_key, file_key, place_of(row, payload))
    return row, payload


def place_of(row: StoredObject, payload: bytes) -> FilePlace:
    """What a row's file key is bound to. `payload` is what the store gave, not what the row says it should be.

    Role and page count as part of the object's name: were an original called a page, a stranger's bytes would be
    decoded outside the jail.
    """
    digest = hashlib.sha256(payload).digest()
    return FilePlace(row.holder_id, row.document_id, f"{row.id} {row.role} {row.page}", row.version, digest)


def open_object(vault: Vault, holder_key: bytes, row: StoredObject) -> bytes:
    """The content behind a row, authenticated to its end.

    Raises:
        WrongPlace: the row was made for another holder, document, object, role, page or version, or the store gave
            another payload.
        PayloadError: the payload does not open.
        NotFound, StoreUnavailable: the store does not have or give it.
    """
    payload = b"".join(vault.blobs.get(row.name))
    file_key = unwrap_file_key(holder_key, row.wrapped_file_key, place_of(row, payload))
    return b"".join(decrypt_payload(file_key, [payload]))


def list_documents(vault: Vault, principal: Principal, holder_id: str) -> list[DocumentSummary]:
    """The papers of one holder: for her, or for a deposit desk of her origin centre.

    Raises:
        NotFound: no such holder, or not for the asker.
    """
    with vault.database.read() as session:
        holder = load_holder(session, holder_id)
        if isinstance(principal, StaffPrincipal):
            vault.reveal(Question(principal, Action.SEE_HOLDER, holder_resource(holder), vault.clock()))
        elif principal.holder_id != holder_id:
            raise NotFound
        query = (
            select(Document)
            .where(Document.holder_id == holder_id)
            .order_by(col(Document.deposited_at).desc())
        )
        return [summary(row) for row in session.exec(query)]


def documents_of_kinds(
    vault: Vault, holder: HolderPrincipal, kinds: tuple[str, ...]
) -> list[DocumentSummary]:
    """The holder's own papers of the kinds a request names: what she can choose from."""
    return [each for each in list_documents(vault, holder, holder.holder_id) if each.kind in kinds]


def see_document(vault: Vault, principal: Principal, document_id: str) -> DocumentSummary:
    """One document's state, without its content.

    Raises:
        NotFound: no such document, or not for the asker.
    """
    with vault.database.read() as session:
        document, holder = _load(session, document_id)
        vault.reveal(_may_see(vault, principal, document, holder))
        return summary(document)


def see_content(vault: Vault, principal: Principal, document_id: str) -> OpenedContent:
    """The fields and text of a document, opened. Each look is an entry.

    Raises:
        NotFound: no such document, or not for the asker.
    """
    with vault.database.write() as session:
        document, holder = _load(session, document_id)
        decision = vault.reveal(_may_see(vault, principal, document, holder))
        content = _open_content(session, vault.holder_key(holder), document)
        facts = {**who(principal), "holder_id": holder.id, "document_id": document.id}
        vault.record(session, "fields_seen", **facts, policies=decision.policies)
    return content


def load_document(session: Session, document_id: str) -> Document:
    """The document.

    Raises:
        NotFound: there is none.
    """
    document = session.get(Document, document_id)
    if document is None:
        raise NotFound
    return document


def page_objects(session: Session, document_id: str) -> list[StoredObject]:
    """The rows of a document's clean pages, in order."""
    query = select(StoredObject).where(StoredObject.document_id == document_id, StoredObject.role == PAGE)
    return list(session.exec(query.order_by(col(StoredObject.page))))


def as_resource(document: Document, holder: Holder) -> DocumentResource:
    """The document as the policy sees it."""
    return DocumentResource(document.id, document.holder_id, holder.origin_centre_id)


def field_cell(holder_id: str, field_id: str) -> Cell:
    """Where a field's value is sealed to."""
    return Cell(holder_id, "document_field", field_id, "value")


def text_cell(holder_id: str, text_id: str) -> Cell:
    """Where a page's text is sealed to."""
    return Cell(holder_id, "page_text", text_id, "text")


def summary(document: Document) -> DocumentSummary:
    """A document without its content."""
    return DocumentSummary(
        document.id,
        document.holder_id,
        document.kind,
        document.pages,
        document.reading,
        document.pages_read,
        document.deposited_at,
    )


def _load(session: Session, document_id: str) -> tuple[Document, Holder]:
    document = load_document(session, document_id)
    return document, load_holder(session, document.holder_id)


def _may_see(vault: Vault, principal: Principal, document: Document, holder: Holder) -> Question:
    return Question(principal, Action.SEE_FIELDS, as_resource(document, holder), vault.clock())


def _open_content(session: Session, holder_key: bytes, document: Document) -> OpenedContent:
    fields = session.exec(select(DocumentField).where(DocumentField.document_id == document.id))
    texts = session.exec(
        select(PageText).where(PageText.document_id == document.id).order_by(col(PageText.page))
    )
    return OpenedContent(
        fields=tuple(
            OpenedField(
                row.name,
                open_record(holder_key, row.value_sealed, field_cell(document.holder_id, row.id)),
                row.doubtful,
                row.why,
                row.source,
                row.page,
            )
            for row in fields
        ),
        texts=tuple(
            open_record(holder_key, row.text_sealed, text_cell(document.holder_id, row.id)) for row in texts
        ),
    )
