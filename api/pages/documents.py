"""What was read from a deposited paper, for the desk that took it in."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.identity import TheVault
from api.pages.faces import PageStaff
from api.pages.page import render
from api.security import PICTURES_WITHIN
from vault.documents import see_content, see_document
from vault.holders import see_name

router = APIRouter(include_in_schema=False)


@router.get("/staff/documents/{document_id}")
def document_page(request: Request, vault: TheVault, staff: PageStaff, document_id: str) -> Response:
    """How far the reading has come; then the fields, with the doubtful ones marked, and the text."""
    document = see_document(vault, staff, document_id)
    content = see_content(vault, staff, document_id) if document.reading == "done" else None
    holder = see_name(vault, staff, document.holder_id)
    return render(
        request,
        "staff/document.html",
        headers=PICTURES_WITHIN,
        document=document,
        content=content,
        holder=holder,
    )
