"""Her own copy: she takes her paper home, to show an embassy or keep, whenever she wants and without asking anybody.

1  load the document
2  ask the policy
3  entry, commit
4  open the clean pages, authenticated to their end; mark; bind into a PDF
"""

from collections.abc import Iterator, Sequence

from sqlmodel import Session

from access_policies.request import Action, HolderPrincipal, Question
from ocr.pixels import Pixels, open_page
from vault import holder_keys
from vault.crypto.errors import OldVersion
from vault.documents import as_resource, load_document
from vault.errors import NotFound, StoreUnavailable
from vault.holder_keys import KeyInHand
from vault.holders import load_holder
from vault.objects import open_object, page_objects
from vault.tables import Document, StoredObject
from vault.vault import Vault, new_id
from vault.watermark import COPY_LONG_SIDE, Copy, Mark, marked_pdf


def own_copy(vault: Vault, principal: HolderPrincipal, document_id: str) -> Copy:
    """The holder's own paper as a PDF, marked as her copy and with nothing that names her.

    Raises:
        NotFound: no such document, or not hers.
        KeyReplaced: her key was replaced meanwhile; nothing was recorded, try again.
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
    try:
        pdf = marked_pdf(_pages(vault, in_hand, rows), mark, COPY_LONG_SIDE)  # 4
    except Exception as error:
        of_it = {"holder_id": document.holder_id, "document_id": document.id, "release_id": release_id}
        vault.record_failed("own_copy_failed", error, **of_it)
        raise
    return Copy(release_id, "paper.pdf", "application/pdf", pdf)


def _pages(vault: Vault, in_hand: KeyInHand, rows: Sequence[StoredObject]) -> Iterator[Pixels]:
    for row in rows:
        try:
            yield open_page(open_object(vault, in_hand.key, row))
        except NotFound:
            # Sealed anew between the entry and the fetch, or lost: the next try tells which.
            raise StoreUnavailable from None
        except OldVersion:
            if _still_stands(vault, row):
                raise
            raise StoreUnavailable from None


def _still_stands(vault: Vault, row: StoredObject) -> bool:
    """Whether this old row is in the table even now: then it was put back, and not only read too early."""
    with vault.database.read() as session:
        present = session.get(StoredObject, row.id)
    return present is not None and present.version == row.version


def _question(vault: Vault, session: Session, principal: HolderPrincipal, document: Document) -> Question:
    resource = as_resource(document, load_holder(vault, session, document.holder_id))
    return Question(principal, Action.SEE_OWN_COPY, resource, vault.clock())
