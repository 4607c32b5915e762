"""Documents: the rows behind a deposited paper, its fields and text, and who may look at them."""

from collections.abc import Sequence
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
from vault import holder_keys
from vault.crypto.errors import WrongPlace
from vault.crypto.records import Cell, open_record
from vault.errors import NotFound
from vault.fields import OpenedField, open_field
from vault.holders import as_resource as holder_resource
from vault.holders import load_holder
from vault.intake import FLAWS, OVERRULES, PageFlaw
from vault.tables import Document, DocumentField, Holder, PageText
from vault.vault import Vault, who


@dataclass(frozen=True)
class DocumentSummary:
    """A document without its content. `reading`: waiting, done or failed.

    `flaws` is what staff overruled when they took it in, and `overruled_because` why (`intake.OVERRULES`).
    """

    document_id: str
    holder_id: str
    kind: str
    pages: int
    reading: str
    pages_read: int
    deposited_at: datetime
    flaws: tuple[PageFlaw, ...]
    overruled_because: str | None


@dataclass(frozen=True)
class OpenedContent:
    """What was read from a document: fields, and text by page."""

    fields: tuple[OpenedField, ...]
    texts: tuple[str, ...]


def list_documents(vault: Vault, principal: Principal, holder_id: str) -> list[DocumentSummary]:
    """The papers of one holder: for her, or for a deposit desk of her origin centre.

    Raises:
        NotFound: no such holder, or not for the asker.
    """
    with vault.database.read() as session:
        holder = load_holder(vault, session, holder_id)
        if isinstance(principal, StaffPrincipal):
            vault.reveal(Question(principal, Action.SEE_HOLDER, holder_resource(holder), vault.clock()))
        elif principal.holder_id != holder_id:
            raise NotFound
        query = (
            select(Document)
            .where(Document.holder_id == holder_id, col(Document.erased_at).is_(None))
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
        document, holder = _load(vault, session, document_id)
        vault.reveal(_may_see(vault, principal, document, holder))
        return summary(document)


def see_content(vault: Vault, principal: Principal, document_id: str) -> OpenedContent:
    """The fields and text of a document, opened. Each look is an entry.

    Raises:
        NotFound: no such document, or not for the asker.
        KeyringUnavailable, KeyReplaced: nothing was shown, and nothing recorded.
        WrongPlace: something of it is not in its place; nothing was shown, and that is an entry too.
    """
    with vault.database.read() as session:
        document, holder = _load(vault, session, document_id)
        vault.reveal(_may_see(vault, principal, document, holder))
        found = holder_keys.find(session, holder.id)
    in_hand = holder_keys.open_one(vault, found)
    facts = {**who(principal), "holder_id": holder.id, "document_id": document.id}
    # Asked again, for the entry: what was allowed when the keyring was asked may have ended since.
    try:
        with vault.database.write() as session:
            document, holder = _load(vault, session, document_id)
            decision = vault.reveal(_may_see(vault, principal, document, holder))
            holder_keys.require_unchanged(session, in_hand)
            content = _open_content(session, in_hand.key, document)
            vault.record(session, "fields_seen", **facts, policies=decision.policies)
    except WrongPlace as error:
        vault.record_failed("content_failed", error, **facts)
        raise
    return content


def load_document(session: Session, document_id: str) -> Document:
    """The document.

    Raises:
        NotFound: there is none, or it was erased.
    """
    document = session.get(Document, document_id)
    if document is None or document.erased_at is not None:
        raise NotFound
    return document


def as_resource(document: Document, holder: Holder) -> DocumentResource:
    """The document as the policy sees it."""
    return DocumentResource(document.id, document.holder_id, holder.origin_centre_id)


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
        _flaws(document.flaws),
        document.overruled_because if document.overruled_because in OVERRULES else None,
    )


def flaws_as_kept(flaws: Sequence[PageFlaw]) -> str:
    """Flaws as a row and the ledger hold them: "1 blurred,2 glare"."""
    return ",".join(dict.fromkeys(f"{each.page} {each.flaw}" for each in flaws))


def _flaws(kept: str) -> tuple[PageFlaw, ...]:
    """What `flaws_as_kept` wrote; what it cannot have written is left out."""
    pairs = (each.partition(" ") for each in kept.split(","))
    return tuple(PageFlaw(int(page), flaw) for page, _, flaw in pairs if page.isdecimal() and flaw in FLAWS)


def _load(vault: Vault, session: Session, document_id: str) -> tuple[Document, Holder]:
    document = load_document(session, document_id)
    return document, load_holder(vault, session, document.holder_id)


def _may_see(vault: Vault, principal: Principal, document: Document, holder: Holder) -> Question:
    return Question(principal, Action.SEE_FIELDS, as_resource(document, holder), vault.clock())


def _open_content(session: Session, holder_key: bytes, document: Document) -> OpenedContent:
    fields = session.exec(select(DocumentField).where(DocumentField.document_id == document.id))
    texts = session.exec(
        select(PageText).where(PageText.document_id == document.id).order_by(col(PageText.page))
    )
    return OpenedContent(
        fields=tuple(open_field(holder_key, document.holder_id, row) for row in fields),
        texts=tuple(
            open_record(holder_key, row.text_sealed, text_cell(document.holder_id, row.id)) for row in texts
        ),
    )
