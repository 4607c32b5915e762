"""The holder's own face: her papers, who asks for them, what she allows, and what was done."""

from anyio import to_thread
from fastapi import Request, Response
from pydantic import Field

from api.idempotency import KEYED, IdempotencyKey
from api.identity import CallingHolder, TheVault
from api.routes import results
from api.routes.problems import creating, reading, writing
from api.routes.requests import Form
from api.routes.shapes import (
    AnyId,
    Body,
    Cursor,
    DocumentId,
    GrantId,
    Limit,
    Moment,
    RequestId,
    Result,
    Secret,
    new_router,
)
from vault import answers, documents, grants, history, holders, identity, requests
from vault.documents import DocumentSummary, OpenedContent
from vault.grants import Answer, GrantSummary
from vault.history import HistoryItem
from vault.own_copy import own_copy
from vault.pages import Page
from vault.requests import MOST_USES, RequestSummary

router = new_router("Me")


class Me(Result):
    """The signed-in holder."""

    name: str = Field(examples=["Quách Minh Phúc"])
    pin_is_her_own: bool = Field(description="While false she can look, but not answer.", examples=[True])


class NewPin(Body):
    """Her present PIN and the one she wants."""

    pin: Secret = Field(examples=["402913"])
    new_pin: Secret = Field(description="6 digits, not all alike, not in a row.", examples=["758203"])


class NewGrant(Body):
    """What she allows: at most what was asked. Nothing here has a default."""

    document_ids: list[AnyId] = Field(
        min_length=1,
        max_length=100,
        description="Chosen from the request's `documents`.",
        examples=[["doc_5f0c7a1e9b3d4c26a8f2e4d6c8b0a1f3"]],
    )
    form: Form
    until: Moment = Field(description="No later than was asked.")
    uses: int = Field(ge=1, le=MOST_USES, description="No more than was asked.", examples=[1])
    pin: Secret = Field(description="Her own PIN, again: this is her signature.", examples=["758203"])


@router.get("/me", responses=reading("not-signed-in"))
def see_me(vault: TheVault, holder: CallingHolder) -> Me:
    """Who is signed in."""
    return Me(name=holders.own_name(vault, holder.holder_id), pin_is_her_own=holder.pin_is_her_own)


@router.post(
    "/me/pin",
    status_code=204,
    responses=writing(
        "not-signed-in",
        "sign-in-failed",
        "too-many-tries",
        "too-busy",
        "pin-format",
        "pin-too-simple",
        "pin-unchanged",
    ),
)
def change_pin(vault: TheVault, holder: CallingHolder, body: NewPin) -> Response:
    """Replace the PIN by one of her own. All her sessions end: sign in again with the new one."""
    identity.change_pin(vault, holder, body.pin, body.new_pin)
    return Response(status_code=204)


@router.get("/me/documents", response_model=results.DocumentList, responses=reading("not-signed-in"))
def list_my_documents(vault: TheVault, holder: CallingHolder) -> Page[DocumentSummary]:
    """All her papers, newest first."""
    return Page(documents.list_documents(vault, holder, holder.holder_id), None)


@router.get(
    "/me/documents/{document_id}/content",
    response_model=results.Content,
    responses=writing("not-signed-in", "not-found", "sealed-damaged"),
)
def see_my_content(vault: TheVault, holder: CallingHolder, document_id: DocumentId) -> OpenedContent:
    """What was read from one of her papers."""
    return documents.see_content(vault, holder, document_id)


@router.post(
    "/me/documents/{document_id}/copy",
    status_code=200,
    response_class=Response,
    responses={
        200: {
            "description": "The paper as a PDF, marked as her own copy.",
            "content": {"application/pdf": {}},
        },
        **writing("not-signed-in", "not-found", "sealed-damaged", "store-unavailable", "unavailable"),
    },
)
async def take_my_copy(
    request: Request, vault: TheVault, holder: CallingHolder, document_id: DocumentId
) -> Response:
    """Her own copy of one of her papers. Each is an entry in her history; nobody else is asked or told."""
    copy = await to_thread.run_sync(own_copy, vault, holder, document_id, limiter=request.app.state.copies)
    headers = {"Content-Disposition": f'attachment; filename="{copy.name}"', "Release-Id": copy.release_id}
    return Response(copy.content, 200, headers, copy.media_type)


@router.get(
    "/me/requests",
    response_model=results.RequestPage,
    responses=reading("not-signed-in", "cursor-unusable"),
)
def list_my_requests(
    vault: TheVault, holder: CallingHolder, limit: Limit = 50, cursor: Cursor = None
) -> Page[RequestSummary]:
    """Every request for her papers, newest first."""
    return requests.list_own_requests(vault, holder, cursor, limit)


@router.get("/me/requests/{request_id}", responses=reading("not-signed-in", "not-found"))
def see_my_request(vault: TheVault, holder: CallingHolder, request_id: RequestId) -> results.RequestToAnswer:
    """One request, with those of her papers that she can choose from."""
    request = requests.see_request(vault, holder, request_id)
    papers = documents.documents_of_kinds(vault, holder, request.kinds)
    return results.RequestToAnswer(
        **answers.as_json(request), documents=[results.Document.model_validate(each) for each in papers]
    )


@router.post(
    "/me/requests/{request_id}/grant",
    status_code=201,
    response_model=results.Grant,
    responses=creating(
        "not-signed-in",
        "not-found",
        "sign-in-failed",
        "too-many-tries",
        "too-busy",
        "pin-not-her-own",
        "request-answered",
        "request-expired",
        "more-than-asked",
        "until-out-of-range",
        "uses-out-of-range",
    ),
    openapi_extra=KEYED,
)
def grant_request(
    vault: TheVault, holder: CallingHolder, key: IdempotencyKey, request_id: RequestId, body: NewGrant
) -> GrantSummary:
    """Her yes, in full or narrowed, proved by her PIN at this moment."""
    # Without the PIN: that a repeat differs in nothing but its PIN must not say whether the PIN is right.
    asked = body.model_dump_json(exclude={"pin"})
    call = answers.new_call(vault, holder.holder_id, key, "grant", request_id, asked)
    answers.replay(vault, call)
    answer = Answer(body.document_ids, body.form, body.until, body.uses)
    return grants.grant(vault, holder, request_id, answer, body.pin, call)


@router.post(
    "/me/requests/{request_id}/refusal",
    status_code=204,
    responses=writing("not-signed-in", "not-found", "request-answered", "request-expired", "pin-not-her-own"),
)
def refuse_request(vault: TheVault, holder: CallingHolder, request_id: RequestId) -> Response:
    """Her no. It needs no PIN and no reason."""
    grants.refuse(vault, holder, request_id)
    return Response(status_code=204)


@router.get(
    "/me/grants", response_model=results.GrantPage, responses=reading("not-signed-in", "cursor-unusable")
)
def list_my_grants(
    vault: TheVault, holder: CallingHolder, limit: Limit = 50, cursor: Cursor = None
) -> Page[GrantSummary]:
    """Every consent she has given, newest first."""
    return grants.list_own_grants(vault, holder, cursor, limit)


@router.post(
    "/me/grants/{grant_id}/withdrawal",
    response_model=results.Grant,
    responses=writing("not-signed-in", "not-found"),
)
def withdraw_grant(vault: TheVault, holder: CallingHolder, grant_id: GrantId) -> GrantSummary:
    """Take a consent back, with effect from the very next use. Doing it twice is no error."""
    return grants.withdraw(vault, holder, grant_id)


@router.get(
    "/me/history", response_model=results.HistoryPage, responses=reading("not-signed-in", "cursor-unusable")
)
def see_my_history(
    vault: TheVault, holder: CallingHolder, limit: Limit = 50, cursor: Cursor = None
) -> Page[HistoryItem]:
    """Everything that was done with her papers, newest first: deposits, looks, requests, refusals, releases."""
    return history.own_history(vault, holder, cursor, limit)
