"""Her own copy: she takes her paper home, to show an embassy or keep, whenever she wants and without asking anybody.

1  load the document
2  ask the policy
3  entry, commit
4  open the clean pages, authenticated to their end; mark; bind into a PDF
"""

from sqlmodel import Session

from access_policies.request import Action, HolderPrincipal, Question
from ocr.pixels import open_page
from vault import holder_keys
from vault.documents import as_resource, load_document
from vault.holders import load_holder
from vault.objects import open_object, page_objects
from vault.tables import Document
from vault.vault import Vault, new_id
from vault.watermark import COPY_LONG_SIDE, Copy, Mark, marked_pdf


def own_copy(vault: Vault, principal: HolderPrincipal, document_id: str) -> Copy:
    """The holder's own paper as a PDF, marked as her copy and with nothing that names her.

    Raises:
        NotFound: no such document, or not hers.
        Unavailable, CryptoError: it could not be opened; nothing was handed out.
    """
    with vault.database.read() as session:
        document = load_document(session, document_id)
        question = _question(vault, session, principal, document)
        vault.reveal(question)
        found = holder_keys.find(session, document.holder_id)
    in_hand = holder_keys.open_one(vault, found)
    with vault.database.write() as session:
        document = load_document(session, document_id)  # 1
        question = _question(vault, session, principal, document)
        decision = vault.reveal(question)  # 2
        holder_keys.require_unchanged(session, in_hand)
        release_id, rows = new_id("own"), page_objects(session, document.id)
        vault.record(  # 3
            session,
            "own_copy",
            holder_id=document.holder_id,
            document_id=document.id,
            release_id=release_id,
            policies=decision.policies,
        )
    mark = Mark(
        across="BẢN CỦA TÔI · MY COPY",
        below=(f"{question.now:%d %b %Y %H:%M} UTC · {release_id}",),
    )
    # The file name stays in the list of downloads of a phone that may be watched: it does not say what it is.
    pages = (open_page(open_object(vault, in_hand.key, row)) for row in rows)  # 4
    try:
        pdf = marked_pdf(pages, mark, COPY_LONG_SIDE)
    except Exception as error:
        _record_failure(vault, document, release_id, error)
        raise
    return Copy(release_id, "paper.pdf", "application/pdf", pdf)


def _question(vault: Vault, session: Session, principal: HolderPrincipal, document: Document) -> Question:
    resource = as_resource(document, load_holder(session, document.holder_id))
    return Question(principal, Action.SEE_OWN_COPY, resource, vault.clock())


def _record_failure(vault: Vault, document: Document, release_id: str, error: Exception) -> None:
    with vault.database.write() as session:
        vault.record(
            session,
            "own_copy_failed",
            holder_id=document.holder_id,
            document_id=document.id,
            release_id=release_id,
            why=type(error).__name__,
        )
