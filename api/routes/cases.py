"""Cases, for a destination centre."""

from pydantic import Field

from api.idempotency import KEYED, IdempotencyKey
from api.identity import CallingStaff, TheVault
from api.routes import choices, results
from api.routes.problems import creating, reading
from api.routes.shapes import Body, CaseId, Cursor, Limit, Text, new_router
from vault import answers, cases
from vault.cases import CaseSummary
from vault.pages import Page

router = new_router("Cases")


class NewCase(Body):
    """The card she shows, and what the dispute is about."""

    card_code: Text = Field(
        description="Spaces, dashes and case do not matter.", examples=["7QX4-KD2M-9PTR-5"]
    )
    dispute: choices.Dispute = Field(examples=["unpaid_wages"])


@router.post(
    "/cases",
    status_code=201,
    response_model=results.Case,
    responses=creating("not-signed-in", "not-allowed", "card-mistyped"),
    openapi_extra=KEYED,
)
def open_case(vault: TheVault, staff: CallingStaff, key: IdempotencyKey, body: NewCase) -> CaseSummary:
    """Open a case for the person with this card.

    The answer is the same whether or not the card belongs to anybody. `card-mistyped` says only that the code's own
    check symbol is wrong.
    """
    call = answers.new_call(vault, staff.staff_id, key, "open case", body.model_dump_json())
    return cases.open_case(vault, staff, body.card_code, body.dispute, call)


@router.get("/cases", response_model=results.CasePage, responses=reading("not-signed-in", "cursor-unusable"))
def list_cases(
    vault: TheVault, staff: CallingStaff, limit: Limit = 50, cursor: Cursor = None
) -> Page[CaseSummary]:
    """The cases of your own centre, newest first."""
    return cases.list_cases(vault, staff, cursor, limit)


@router.get("/cases/{case_id}", response_model=results.Case, responses=reading("not-signed-in", "not-found"))
def see_case(vault: TheVault, staff: CallingStaff, case_id: CaseId) -> CaseSummary:
    """One case of your own centre."""
    return cases.see_case(vault, staff, case_id)
