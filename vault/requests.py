"""Requests: a centre asks for named kinds of papers, for a purpose, until a date. Silence expires them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from access_policies.request import (
    Action,
    Form,
    HolderPrincipal,
    Principal,
    Question,
    RequestResource,
    StaffPrincipal,
)
from vault import answers, pages
from vault.answers import Call
from vault.cases import as_resource as case_resource
from vault.cases import load_case
from vault.centres import load_centre
from vault.errors import NotFound, Unacceptable
from vault.tables import Case, Request, RequestedKind
from vault.vault import Vault, new_id

KINDS = ("passport", "contract")
PURPOSES = (
    "wage_claim",
    "contract_dispute",
    "accident_claim",
    "passport_return",
    "identity_proof",
)
FORMS: tuple[Form, ...] = ("view", "copy", "handover")
"""From the least to the most; each includes the ones before it."""

ANSWER_WITHIN = timedelta(days=14)
LONGEST_USE = timedelta(days=180)
MOST_USES = 20


@dataclass(frozen=True)
class Wish:
    """What a centre asks for. `until` is the last moment of use, `uses` how many releases."""

    kinds: Sequence[str]
    purpose: str
    form: str
    until: datetime
    uses: int


@dataclass(frozen=True)
class RequestSummary:
    """A request as both sides see it. `state`: pending, granted, refused or expired."""

    request_id: str
    case_id: str
    case_number: str
    dispute: str
    centre_name: str
    centre_country: str
    kinds: tuple[str, ...]
    purpose: str
    form: str
    until: datetime
    uses: int
    state: str
    made_at: datetime
    expires_at: datetime


def make_request(vault: Vault, staff: StaffPrincipal, case_id: str, wish: Wish, call: Call) -> RequestSummary:
    """Asks for papers in an open case of the staff member's own centre.

    Raises:
        AlreadyDone: this very call was carried out before.
        NotFound: no such case, or another centre's.
        Refused: the case is closed.
        Unacceptable: kind-unknown, purpose-unknown, form-unknown, until-out-of-range, uses-out-of-range.
    """
    now = vault.clock()
    _check_wish(wish, now)
    with vault.database.write() as session:
        case = load_case(session, case_id)
        vault.reveal(Question(staff, Action.SEE_CASE, case_resource(case), now))
        decision = vault.permit(
            session, Question(staff, Action.MAKE_REQUEST, case_resource(case), now), case_id=case.id
        )
        request = Request(
            id=new_id("req"),
            case_id=case.id,
            centre_id=case.centre_id,
            holder_id=case.holder_id,
            purpose=wish.purpose,
            form=wish.form,
            until=wish.until,
            uses=wish.uses,
            state="pending",
            made_by=staff.staff_id,
            made_at=now,
            expires_at=now + ANSWER_WITHIN,
        )
        session.add(request)
        session.flush()
        session.add_all(RequestedKind(request_id=request.id, kind=kind) for kind in set(wish.kinds))
        session.flush()
        made = summary(vault, session, request, now)
        answers.keep(vault, session, call, made, request.holder_id)
        vault.record(
            session,
            "request_made",
            holder_id=request.holder_id,
            centre_id=request.centre_id,
            staff_id=staff.staff_id,
            case_id=case.id,
            request_id=request.id,
            kinds=sorted(set(wish.kinds)),
            purpose=wish.purpose,
            form=wish.form,
            policies=decision.policies,
        )
    return made


def see_request(vault: Vault, principal: Principal, request_id: str) -> RequestSummary:
    """One request, for its own centre or for the holder it asks.

    Raises:
        NotFound: no such request, or somebody else's.
    """
    now = vault.clock()
    with vault.database.read() as session:
        request = load_request(session, request_id)
        vault.reveal(Question(principal, Action.SEE_REQUEST, as_resource(request), now))
        return summary(vault, session, request, now)


def list_case_requests(vault: Vault, staff: StaffPrincipal, case_id: str) -> list[RequestSummary]:
    """Every request of one case, newest first.

    Raises:
        NotFound: no such case, or another centre's.
    """
    now = vault.clock()
    with vault.database.read() as session:
        case = load_case(session, case_id)
        vault.reveal(Question(staff, Action.SEE_CASE, case_resource(case), now))
        query = select(Request).where(Request.case_id == case_id).order_by(col(Request.made_at).desc())
        return [summary(vault, session, row, now) for row in session.exec(query)]


def list_own_requests(
    vault: Vault, holder: HolderPrincipal, after: str | None, limit: int
) -> pages.Page[RequestSummary]:
    """Every request that asks this holder, newest first."""
    now = vault.clock()
    with vault.database.read() as session:
        query = select(Request).where(Request.holder_id == holder.holder_id)
        rows = pages.newest_first(session, query, col(Request.made_at), col(Request.id), after, limit)
        return pages.Page([summary(vault, session, row, now) for row in rows.items], rows.next_cursor)


def load_request(session: Session, request_id: str) -> Request:
    """The request.

    Raises:
        NotFound: there is none.
    """
    request = session.get(Request, request_id)
    if request is None:
        raise NotFound
    return request


def as_resource(request: Request) -> RequestResource:
    """The request as the policy sees it."""
    return RequestResource(
        request.id, request.centre_id, request.holder_id, request.state == "pending", request.expires_at
    )


def summary(vault: Vault, session: Session, request: Request, now: datetime) -> RequestSummary:
    """The request as both sides see it at `now`."""
    case, centre = session.get_one(Case, request.case_id), load_centre(vault, session, request.centre_id)
    kinds = session.exec(select(RequestedKind.kind).where(RequestedKind.request_id == request.id))
    expired = request.state == "pending" and now >= request.expires_at
    return RequestSummary(
        request_id=request.id,
        case_id=case.id,
        case_number=case.number,
        dispute=case.dispute,
        centre_name=centre.name,
        centre_country=centre.country,
        kinds=tuple(sorted(kinds)),
        purpose=request.purpose,
        form=request.form,
        until=request.until,
        uses=request.uses,
        state="expired" if expired else request.state,
        made_at=request.made_at,
        expires_at=request.expires_at,
    )


def _check_wish(wish: Wish, now: datetime) -> None:
    if not wish.kinds or any(kind not in KINDS for kind in wish.kinds):
        raise Unacceptable("kind-unknown")
    if wish.purpose not in PURPOSES:
        raise Unacceptable("purpose-unknown")
    if wish.form not in FORMS:
        raise Unacceptable("form-unknown")
    if not now < wish.until <= now + LONGEST_USE:
        raise Unacceptable("until-out-of-range")
    if not 1 <= wish.uses <= MOST_USES:
        raise Unacceptable("uses-out-of-range")
