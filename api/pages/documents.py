"""What was read from a deposited paper, for the desk that took it in."""

import time
from functools import partial

import anyio
from anyio import to_thread
from fastapi import APIRouter, Request
from starlette.responses import Response

from access_policies.request import StaffPrincipal
from api.identity import TheVault
from api.pages.faces import PageStaff
from api.pages.page import render
from api.security import PICTURES_WITHIN
from vault.documents import see_content, see_document
from vault.holders import see_name
from vault.vault import Vault

router = APIRouter(include_in_schema=False)

LONGEST_WAIT = 4.0
"""Seconds after which a page that waits is answered in any case: a proxy or browser must not think it dead."""

_LOOK_EVERY = 0.05


@router.get("/staff/documents/{document_id}")
async def document_page(
    request: Request, vault: TheVault, staff: PageStaff, document_id: str, wait: str | None = None
) -> Response:
    """How far the reading has come; then the fields, with the doubtful ones marked, and the text.

    With `wait`, answered when there is something new to show. Without scripts a page cannot ask on its own: while the
    paper is read it leads to itself with `wait`, and the browser goes on showing it until that is answered.
    """
    if wait is not None:
        await _something_new(request, vault, staff, document_id)
    return await to_thread.run_sync(_document_page, request, vault, staff, document_id)


async def _something_new(request: Request, vault: Vault, staff: StaffPrincipal, document_id: str) -> None:
    """Returns when the reading has come further or has ended, when nobody waits any more, or after a while."""
    look = partial(see_document, vault, staff, document_id)
    first = await to_thread.run_sync(look)
    ends = time.monotonic() + LONGEST_WAIT
    now = first
    while now.reading == "waiting" and now.pages_read == first.pages_read and time.monotonic() < ends:
        if await request.is_disconnected():
            return
        await anyio.sleep(_LOOK_EVERY)
        now = await to_thread.run_sync(look)


def _document_page(request: Request, vault: Vault, staff: StaffPrincipal, document_id: str) -> Response:
    document = see_document(vault, staff, document_id)
    content = see_content(vault, staff, document_id) if document.reading == "done" else None
    holder = see_name(vault, staff, document.holder_id)
    return render(
        request,
        "staff/document.html",
        headers=PICTURES_WITHIN,
        here=f"/staff/documents/{document_id}",
        document=document,
        content=content,
        holder=holder,
    )
