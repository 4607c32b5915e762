"""Handover: the pages themselves, sealed to the centre's own recipient, under her grant."""

from base64 import b64encode
from typing import Any

from fastapi import Response
from pydantic import Field

from api.errors import RELEASE_REFUSALS
from api.handing_over import sealed_page
from api.idempotency import KEYED, IdempotencyKey
from api.identity import CallingStaff, TheVault
from api.routes import results
from api.routes.problems import creating
from api.routes.requests import PageNumber
from api.routes.shapes import AnyId, Body, RequestId, new_router
from vault.handover import Handover, PageLink, hand_over, links, require_links
from vault.permits import Ask
from vault.requests import see_request

router = new_router("Requests")

_DOCUMENT = Field(
    default=None,
    description="Needed only when her grant covers several documents.",
    examples=["doc_5f0c7a1e9b3d4c26a8f2e4d6c8b0a1f3"],
)
_PROBLEMS = (
    "not-signed-in",
    *RELEASE_REFUSALS,
    "not-found",
    "document-missing",
    "attempt-over",
    "centre-has-no-recipient",
    "sealed-moved",
    "sealed-old",
    "keyring-unavailable",
    "key-replaced",
    "unavailable",
)
_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The page as an age file, as long as `Content-Length` says. If it is shorter, it is not whole.",
        "content": {"application/age": {}},
        "headers": {
            "Release-Id": {
                "description": "This release in the ledger.",
                "schema": {"type": "string"},
                "example": "rel_4b6d8f0a2c3e5b7d9f1a3c5e7b9d0f2a",
            },
            "Content-Disposition": {
                "description": "attachment, with a file name that names nobody.",
                "schema": {"type": "string"},
            },
        },
    }
}


class NewHandover(Body):
    """Which page is wanted now."""

    document_id: AnyId | None = _DOCUMENT
    page: PageNumber


class NewLinks(Body):
    """Which document is wanted now."""

    document_id: AnyId | None = _DOCUMENT


@router.post(
    "/requests/{request_id}/handovers",
    status_code=200,
    response_class=Response,
    responses={**_FILE, **creating(*_PROBLEMS, "page-missing", "sealed-swapped", "store-unavailable")},
    openapi_extra=KEYED,
)
async def hand_over_page(
    vault: TheVault, staff: CallingStaff, key: IdempotencyKey, request_id: RequestId, body: NewHandover
) -> Response:
    """Get one page itself, without any mark, sealed so that only your centre's identity opens it.

    The grant must be for `handover`. It is asked for at this very moment, and the ledger entry is durable before the
    first byte leaves; the vault does not open the page. All pages of a document fetched under one Idempotency-Key
    within 15 minutes are one use. What is wrong in the store is found before the last piece leaves: the transfer then
    breaks off, and what has arrived does not open as whole.
    """
    return await sealed_page(vault, staff, Ask(request_id, body.document_id, "handover", key, page=body.page))


@router.post(
    "/requests/{request_id}/handover-links",
    status_code=200,
    responses=creating(*_PROBLEMS, "links-unavailable"),
    openapi_extra=KEYED,
)
def link_pages(
    vault: TheVault, staff: CallingStaff, key: IdempotencyKey, request_id: RequestId, body: NewLinks
) -> results.HandoverLinks:
    """Get every page's header, and a link to its payload in the store: the fast way, past the vault.

    For each page fetch `payload_url` before `until`, check size and SHA-256, and put the bytes of `header` in front:
    that is the age file. Nothing is counted or written down if this vault has no such links.
    """
    see_request(vault, staff, request_id)  # to strangers it is not there, links or no links
    require_links(vault)
    handover = hand_over(vault, staff, Ask(request_id, body.document_id, "handover", key))
    return _as_result(handover, links(vault, handover))


def _as_result(handover: Handover, found: list[PageLink]) -> results.HandoverLinks:
    pages = [
        results.LinkedPage(
            page=each.page.page,
            name=each.page.name,
            header=b64encode(each.page.header).decode(),
            payload_url=each.url,
            payload_bytes=each.page.size,
            payload_sha256=each.page.payload_sha256.hex(),
            until=each.until,
        )
        for each in found
    ]
    return results.HandoverLinks(
        release_id=handover.release_id, recipient_fingerprint=handover.fingerprint, pages=pages
    )
