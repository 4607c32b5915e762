"""Requests and what comes of them, for the centre that asks."""

from functools import partial
from typing import Annotated

from anyio import to_thread
from fastapi import Request, Response
from pydantic import Field

from api.errors import RELEASE_REFUSALS
from api.idempotency import KEYED, IdempotencyKey
from api.identity import CallingStaff, TheVault
from api.routes import choices, results
from api.routes.problems import creating, reading
from api.routes.shapes import AnyId, Body, CaseId, Moment, RequestId, new_router
from vault import answers, grants, permits, release, requests
from vault.grants import GrantSummary
from vault.intake import MOST_PAGES
from vault.pages import Page
from vault.requests import MOST_USES, RequestSummary, Wish

router = new_router("Requests")

Form = Annotated[
    choices.Form,
    Field(
        description=(
            "view: to look at. copy: to keep, marked. handover: the pages themselves, without marks, sealed to the "
            "centre. Each includes the ones before it."
        ),
        examples=["copy"],
    ),
]
PageNumber = Annotated[int, Field(ge=1, le=MOST_PAGES, description="Counted from 1.", examples=[1])]


class NewRequest(Body):
    """What the centre asks for. She can allow less, never more."""

    kinds: list[choices.Kind] = Field(min_length=1, max_length=2, examples=[["contract"]])
    purpose: choices.Purpose = Field(examples=["wage_claim"])
    form: Form
    until: Moment = Field(description="The last moment of use; 180 days from now at most.")
    uses: int = Field(ge=1, le=MOST_USES, description="How many releases.", examples=[3])


class NewCopy(Body):
    """What is wanted now, under her grant."""

    document_id: AnyId | None = Field(
        default=None,
        description="Needed only when her grant covers several documents.",
        examples=["doc_5f0c7a1e9b3d4c26a8f2e4d6c8b0a1f3"],
    )
    form: choices.CopyForm = Field(description="view: to look at. copy: to keep.", examples=["copy"])
    sealed: bool = Field(
        default=False,
        description="As an age file that only your centre's recipient opens.",
        examples=[False],
    )
    page: PageNumber | None = Field(
        default=None, description="One page alone; the others are not even opened.", examples=[1]
    )


@router.post(
    "/cases/{case_id}/requests",
    status_code=201,
    response_model=results.Request,
    responses=creating(
        "not-signed-in", "not-found", "case-closed", "until-out-of-range", "uses-out-of-range"
    ),
    openapi_extra=KEYED,
)
def make_request(
    vault: TheVault, staff: CallingStaff, key: IdempotencyKey, case_id: CaseId, body: NewRequest
) -> RequestSummary:
    """Ask the holder of a case for papers. She has 14 days to answer; silence grants nothing.

    The answer is the same whether or not the case's card belongs to anybody.
    """
    call = answers.new_call(vault, staff.staff_id, key, "make request", case_id, body.model_dump_json())
    wish = Wish(body.kinds, body.purpose, body.form, body.until, body.uses)
    return requests.make_request(vault, staff, case_id, wish, call)


@router.get(
    "/cases/{case_id}/requests",
    response_model=results.RequestList,
    responses=reading("not-signed-in", "not-found"),
)
def list_requests(vault: TheVault, staff: CallingStaff, case_id: CaseId) -> Page[RequestSummary]:
    """All requests of one case, newest first."""
    return Page(requests.list_case_requests(vault, staff, case_id), None)


@router.get(
    "/requests/{request_id}",
    response_model=results.Request,
    responses=reading("not-signed-in", "not-found"),
)
def see_request(vault: TheVault, staff: CallingStaff, request_id: RequestId) -> RequestSummary:
    """One request of your own centre: poll it to learn of her answer."""
    return requests.see_request(vault, staff, request_id)


@router.get(
    "/requests/{request_id}/grant",
    response_model=results.Grant,
    responses=reading("not-signed-in", "not-found"),
)
def see_grant(vault: TheVault, staff: CallingStaff, request_id: RequestId) -> GrantSummary:
    """The grant that answered a request: which papers, until when. 404 as long as there is none."""
    return grants.grant_for_request(vault, staff, request_id)


@router.post(
    "/requests/{request_id}/copies",
    status_code=200,
    response_class=Response,
    responses={
        200: {
            "description": "The copy, watermarked with your centre, the case and the moment.",
            "content": {"application/pdf": {}, "application/age": {}},
            "headers": {
                "Release-Id": {
                    "description": "This release in the ledger and on every page.",
                    "schema": {"type": "string"},
                    "example": "rel_4b6d8f0a2c3e5b7d9f1a3c5e7b9d0f2a",
                },
                "Content-Disposition": {
                    "description": "attachment for a copy or sealed file, inline for a view.",
                    "schema": {"type": "string"},
                },
            },
        },
        **creating(
            "not-signed-in",
            *RELEASE_REFUSALS,
            "not-found",
            "document-missing",
            "page-missing",
            "attempt-over",
            "centre-has-no-recipient",
            "sealed-damaged",
            "sealed-moved",
            "sealed-swapped",
            "sealed-old",
            "store-unavailable",
            "keyring-unavailable",
            "unavailable",
        ),
    },
    openapi_extra=KEYED,
)
async def release_copy(
    request: Request,
    vault: TheVault,
    staff: CallingStaff,
    key: IdempotencyKey,
    request_id: RequestId,
    body: NewCopy,
) -> Response:
    """Get a copy under the holder's grant.

    Her grant is asked for at this very moment, and the ledger entry is durable before the first byte leaves. The same
    Idempotency-Key again is the same release and costs no further use, but is decided anew: after a withdrawal it is
    refused, and after 15 minutes it is over. Pages of one document, one by one under the same key, are one use. Until
    she has said yes the answer is `no-grant`, whoever the card belongs to. A few copies are made at once; the others
    wait for their turn.
    """
    ask = permits.Ask(request_id, body.document_id, body.form, key, body.sealed, body.page)
    do = partial(release.release, vault, staff, ask)
    copy = await to_thread.run_sync(do, limiter=request.app.state.copies)
    disposition = "inline" if body.form == "view" and not body.sealed else "attachment"
    headers = {"Content-Disposition": f'{disposition}; filename="{copy.name}"', "Release-Id": copy.release_id}
    return Response(copy.content, 200, headers, copy.media_type)
