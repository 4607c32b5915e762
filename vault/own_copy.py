"""Her own copy: she takes her paper home, to show an embassy or keep, whenever she wants and without asking anybody.

1  load the document
2  ask the policy
3  entry, commit
4  open the clean pages, authenticated to their end; mark; bind into a PDF
"""

from access_policies.request import Action, HolderPrincipal, Question
from ocr.pixels import open_page
from vault.documents import as_resource, load_document, open_object, page_objects
from vault.holders import load_holder
from vault.vault import Vault, new_id
from vault.watermark import COPY_LONG_SIDE, Copy, Mark, marked_pdf


def own_copy(vault: Vault, principal: HolderPrincipal, document_id: str) -> Copy:
    """The holder's own paper as a PDF, marked as her copy and with nothing that names her.

    Raises:
        NotFound: no such document, or not hers.
        Unavailable, CryptoError: it could not be opened; nothing was handed out.
    """
    now = vault.clock()
    with vault.database.write() as session:
        document = load_document(session, document_id)  # 1
        holder = load_holder(session, document.holder_id)
        decision = vault.reveal(
            Question(principal, Action.SEE_OWN_COPY, as_resource(document, holder), now)
        )  # 2
        release_id, rows, holder_key = (
            new_id("own"),
            page_objects(session, document.id),
            vault.holder_key(holder),
        )
        vault.record(  # 3
            session,
            "own_copy",
            holder_id=holder.id,
            document_id=document.id,
            release_id=release_id,
            policies=decision.policies,
        )
    mark = Mark(
        across="BẢN CỦA TÔI · MY COPY",
        below=(f"{now:%d %b %Y %H:%M} UTC · {release_id}",),
    )
    # The file name stays in the list of downloads of a phone that may be watched: it does not say what it is.
    pages = (open_page(open_object(vault, holder_key, row)) for row in rows)  # 4
    return Copy(release_id, "paper.pdf", "application/pdf", marked_pdf(pages, mark, COPY_LONG_SIDE))
