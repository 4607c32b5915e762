"""Documents: depositing a paper, and what was read from it."""

from typing import Annotated, Any

from fastapi import Query, Request

from access_policies.request import StaffPrincipal
from api.errors import HttpProblem
from api.idempotency import DOCUMENTED, IdempotencyKey
from api.identity import CallingStaff, TheVault
from api.routes import choices, results
from api.routes.problems import UNSUITABLE_FILES, creating, reading, writing
from api.routes.shapes import DocumentId, HolderId, new_router, parameters
from api.uploads import UploadGate, read_form
from vault import answers, documents
from vault.deposit import MOST_FILES, deposit
from vault.documents import DocumentSummary, OpenedContent
from vault.vault import Vault

router = new_router("Documents")

Kind = Annotated[choices.Kind, Query(description="What the paper is.")]
Overrule = Annotated[
    choices.Overrule | None,
    Query(
        description=(
            "Takes in pages that cannot be read well (`pages-flawed`) all the same: there is no other copy, the paper "
            "itself is damaged, the holder cannot come back, or it reads well. Recorded, with what it overruled."
        )
    ),
]

_FORM: dict[str, Any] = {
    "parameters": [DOCUMENTED],
    "requestBody": {
        "required": True,
        "description": (
            f"1 to {MOST_FILES} parts named `files`: one PDF, or photographs (JPEG, PNG, HEIC, WebP, TIFF) in page "
            "order. 40 pages, 50 MB a file and 51 MB together at most, unless the operator set other limits: a refusal "
            "names the one that was passed. File names and types are ignored."
        ),
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["files"],
                    "additionalProperties": False,
                    "properties": {
                        "files": {
                            "type": "array",
                            "minItems": 1,
                            "maxItems": MOST_FILES,
                            "items": {"type": "string", "contentMediaType": "application/octet-stream"},
                        }
                    },
                }
            }
        },
    },
}


@router.post(
    "/holders/{holder_id}/documents",
    status_code=201,
    response_model=results.Document,
    responses=creating(
        "not-signed-in",
        "not-found",
        "not-a-form",
        "upload-too-slow",
        "files-missing",
        "too-many-files",
        "too-many-pages",
        "pages-flawed",
        *UNSUITABLE_FILES,
        "store-unavailable",
        "unavailable",
    ),
    openapi_extra=_FORM,
)
async def deposit_document(
    request: Request,
    vault: TheVault,
    staff: CallingStaff,
    key: IdempotencyKey,
    holder_id: HolderId,
    kind: Kind,
    overrule: Overrule = None,
) -> DocumentSummary:
    """Deposit one paper for a holder of your own centre.

    Each page is judged first: what cannot be read well is answered with `pages-flawed`, which says what is wrong,
    where, and what to do. Take the picture again, or send the same with `overrule`.

    201 means that the sealed paper and its ledger entry survive any crash from now on. Reading it goes on in the
    background: ask for the document until `reading` is no longer `waiting`. Nothing is kept unless all of it is.
    """
    gate: UploadGate = request.app.state.uploads
    async with gate.place():
        form = await read_form(request, most_files=MOST_FILES + 1)
        strange = {*form.lists, *form.files.keys() - {"files"}}
        if strange:
            raise HttpProblem(422, "call-malformed", *parameters(strange))
        files = form.files.get("files", ())
        done = await gate.deposit(_deposit_once, vault, staff, key, holder_id, kind, files, overrule)
    request.app.state.worker.wake()
    return done


def _deposit_once(
    vault: Vault,
    staff: StaffPrincipal,
    key: str,
    holder_id: str,
    kind: str,
    files: tuple[bytes, ...],
    overrule: str | None,
) -> DocumentSummary:
    asked: tuple[str | bytes, ...] = (holder_id, kind, overrule or "", *files)
    call = answers.new_call(vault, staff.staff_id, key, "deposit", *asked)
    answers.replay(vault, call)  # a repeat must not decode the files again
    return deposit(vault, staff, holder_id, kind, files, call, overrule)


@router.get(
    "/documents/{document_id}",
    response_model=results.Document,
    responses=reading("not-signed-in", "not-found"),
)
def see_document(vault: TheVault, staff: CallingStaff, document_id: DocumentId) -> DocumentSummary:
    """A document's state: how far its reading has come. For the origin centre that keeps it."""
    return documents.see_document(vault, staff, document_id)


@router.get(
    "/documents/{document_id}/content",
    response_model=results.Content,
    responses=writing("not-signed-in", "not-found", "sealed-damaged"),
)
def see_content(vault: TheVault, staff: CallingStaff, document_id: DocumentId) -> OpenedContent:
    """The fields and text read from a document, opened. Each look is an entry in the holder's history."""
    return documents.see_content(vault, staff, document_id)
