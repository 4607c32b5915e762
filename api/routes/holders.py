"""Holders, for the deposit desk of an origin centre."""

from typing import Literal

from pydantic import Field

from api.idempotency import KEYED, IdempotencyKey
from api.identity import CallingStaff, TheVault
from api.routes import results
from api.routes.problems import creating, reading
from api.routes.shapes import Body, Cursor, HolderId, Limit, Text, new_router
from vault import answers, documents, holders
from vault.documents import DocumentSummary
from vault.holders import Card, Enrolment, HolderSummary
from vault.pages import Page

router = new_router("Holders")


class NewHolder(Body):
    """What the desk asks."""

    name: Text = Field(description="As it stands in her passport.", examples=["Quách Minh Phúc"])
    language: Literal["vi", "en"] = Field(examples=["vi"])
    consent_given: bool = Field(
        description="She was read the notice and agreed that her papers are kept.", examples=[True]
    )
    consent_method: Literal["signature", "thumbprint", "recorded_voice"] = Field(examples=["signature"])


@router.post(
    "/holders",
    status_code=201,
    response_model=results.Card,
    responses=creating("not-signed-in", "not-allowed", "consent-missing", "name-unusable", "too-busy"),
    openapi_extra=KEYED,
)
def enrol_holder(vault: TheVault, staff: CallingStaff, key: IdempotencyKey, body: NewHolder) -> Card:
    """Enrol a holder at your own centre, with her consent, and get her card."""
    call = answers.new_call(vault, staff.staff_id, key, "enrol", body.model_dump_json())
    enrolment = Enrolment(body.name, body.language, body.consent_given, body.consent_method)
    return holders.enrol(vault, staff, enrolment, call)


@router.get(
    "/holders",
    response_model=results.HolderPage,
    responses=reading("not-signed-in", "cursor-unusable"),
)
def list_holders(
    vault: TheVault, staff: CallingStaff, limit: Limit = 50, cursor: Cursor = None
) -> Page[HolderSummary]:
    """The holders enrolled at your own centre, newest first. For a destination centre there are none."""
    return holders.list_holders(vault, staff, cursor, limit)


@router.get(
    "/holders/{holder_id}",
    response_model=results.Holder,
    responses=reading("not-signed-in", "not-found"),
)
def see_holder(vault: TheVault, staff: CallingStaff, holder_id: HolderId) -> HolderSummary:
    """One holder of your own centre."""
    return holders.see_holder(vault, staff, holder_id)


@router.get(
    "/holders/{holder_id}/documents",
    response_model=results.DocumentList,
    responses=reading("not-signed-in", "not-found"),
)
def list_documents(vault: TheVault, staff: CallingStaff, holder_id: HolderId) -> Page[DocumentSummary]:
    """All documents of one holder of your own centre, newest first."""
    return Page(documents.list_documents(vault, staff, holder_id), None)
