"""What papers are sealed to when they are handed over to a centre: proposed, confirmed and ended by its own staff."""

from pydantic import Field

from api.idempotency import KEYED, IdempotencyKey
from api.identity import CallingStaff, TheVault
from api.routes import results
from api.routes.problems import creating, reading, writing
from api.routes.shapes import Body, Cursor, Limit, LongText, RecipientId, Text, new_router
from vault import answers, recipients
from vault.pages import Page
from vault.recipients import RecipientSummary

router = new_router("Recipients")


class NewRecipient(Body):
    """The public line alone. The identity that opens what is sealed to it stays with you."""

    recipient: LongText = Field(
        description=(
            "A post-quantum age recipient, as `migrant-vault new-identity` or `age-keygen -pq` (age 1.3 or newer) "
            "print it. White space in it does not matter."
        ),
        examples=["age1pq1..."],
    )


class Comparison(Body):
    """The fingerprint as you have it from the first person, in person or by telephone."""

    fingerprint: Text = Field(
        description="Spaces and case do not matter.", examples=["6d8f 02c4 91be 7a35 e0d1 4c77 b8a9 f326"]
    )


@router.post(
    "/recipients",
    status_code=201,
    response_model=results.Recipient,
    responses=creating(
        "not-signed-in",
        "not-allowed",
        "recipient-mistyped",
        "recipient-mixed-case",
        "recipient-unknown-type",
        "recipient-unusable",
        "recipient-is-secret",
        "recipient-not-post-quantum",
        "recipient-ended-before",
    ),
    openapi_extra=KEYED,
)
def propose_recipient(
    vault: TheVault, staff: CallingStaff, key: IdempotencyKey, body: NewRecipient
) -> RecipientSummary:
    """Propose a recipient for your own centre. Nothing is sealed to it before a second person has confirmed it.

    It takes the place of one that still waits; the one in use stays in use until the new one is confirmed.
    """
    call = answers.new_call(vault, staff.staff_id, key, "propose recipient", body.model_dump_json())
    return recipients.propose(vault, staff, body.recipient, call)


@router.get(
    "/recipients",
    response_model=results.RecipientPage,
    responses=reading("not-signed-in", "not-found", "cursor-unusable"),
)
def list_recipients(
    vault: TheVault, staff: CallingStaff, limit: Limit = 50, cursor: Cursor = None
) -> Page[RecipientSummary]:
    """The recipients of your own centre, those that ended too, newest first. For destination centres only."""
    return recipients.list_recipients(vault, staff, cursor, limit)


@router.post(
    "/recipients/{recipient_id}/confirmation",
    response_model=results.Recipient,
    responses=writing(
        "not-signed-in",
        "recipient-second-person",
        "not-found",
        "fingerprint-wrong",
        "recipient-ended",
        "recipient-ended-before",
    ),
)
def confirm_recipient(
    vault: TheVault, staff: CallingStaff, recipient_id: RecipientId, body: Comparison
) -> RecipientSummary:
    """Confirm, as the second person, what somebody else proposed. It is used from now on; the one before is ended.

    Never as whoever proposed it. A wrong fingerprint is written into the ledger. Confirming twice is no error.
    """
    return recipients.confirm(vault, staff, recipient_id, body.fingerprint)


@router.post(
    "/recipients/{recipient_id}/end",
    response_model=results.Recipient,
    responses=writing("not-signed-in", "not-found"),
)
def end_recipient(vault: TheVault, staff: CallingStaff, recipient_id: RecipientId) -> RecipientSummary:
    """End a recipient, as when its identity is lost or known to others: from the very next release on.

    One person is enough. What was handed over before stays readable for whoever has the identity. Doing it twice is
    no error.
    """
    return recipients.end(vault, staff, recipient_id)
