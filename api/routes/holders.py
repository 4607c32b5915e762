"""Holders, for the deposit desk of an origin centre."""

from typing import Literal

from pydantic import Field

from api.idempotency import KEYED, IdempotencyKey
from api.identity import CallingStaff, TheVault
from api.routes import results
from api.routes.problems import creating, reading, writing
from api.routes.shapes import Body, Cursor, HolderId, Limit, Text, new_router
from vault import answers, documents, finding, holders
from vault.documents import DocumentSummary
from vault.finding import Found
from vault.holders import Card, Enrolment, HolderDetails, HolderSummary
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
    phone: Text | None = Field(
        default=None,
        description="Only a number that is hers alone. The vault never calls or writes to it yet. Without a country "
        "code it is one of your centre's country.",
        examples=["+84 900 000 000"],
    )


class Search(Body):
    """Whom the desk looks for."""

    query: Text = Field(
        description="Two parts of her name or more, in any order and with or without diacritics; or her whole "
        "telephone number; or a whole passport number that the vault has read.",
        examples=["hoa nguyen thi"],
    )


@router.post(
    "/holders",
    status_code=201,
    response_model=results.Card,
    responses=creating(
        "not-signed-in", "not-allowed", "consent-missing", "name-unusable", "phone-unusable", "too-busy"
    ),
    openapi_extra=KEYED,
)
def enrol_holder(vault: TheVault, staff: CallingStaff, key: IdempotencyKey, body: NewHolder) -> Card:
    """Enrol a holder at your own centre, with her consent, and get her card."""
    call = answers.new_call(vault, staff.staff_id, key, "enrol", body.model_dump_json())
    enrolment = Enrolment(body.name, body.language, body.consent_given, body.consent_method, body.phone)
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


@router.post(
    "/holders/search",
    response_model=results.Found,
    responses=writing("not-signed-in", "search-too-short"),
)
def find_holders(vault: TheVault, staff: CallingStaff, body: Search) -> Found:
    """Find a holder of your own centre again. A call with a body, because no address may hold a name.

    Every search is noted: who searched and who was found, never what was asked for. For a destination centre there is
    nobody to find.
    """
    return finding.find_holders(vault, staff, body.query)


@router.get(
    "/holders/{holder_id}",
    response_model=results.HolderDetails,
    responses=reading("not-signed-in", "not-found"),
)
def see_holder(vault: TheVault, staff: CallingStaff, holder_id: HolderId) -> HolderDetails:
    """One holder of your own centre. Each look is an entry in her history."""
    return holders.see_holder(vault, staff, holder_id)


@router.get(
    "/holders/{holder_id}/documents",
    response_model=results.DocumentList,
    responses=reading("not-signed-in", "not-found"),
)
def list_documents(vault: TheVault, staff: CallingStaff, holder_id: HolderId) -> Page[DocumentSummary]:
    """All documents of one holder of your own centre, newest first."""
    return Page(documents.list_documents(vault, staff, holder_id), None)
