"""Cases: a dispute a destination centre works on, for the person behind a card code, if there is one.

A case is opened and answered alike whether or not the card belongs to anybody: the centre learns that a person is
registered only when she answers a request.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from access_policies.request import Action, CaseResource, CentreResource, Question, StaffPrincipal
from vault import answers, pages
from vault.answers import Call
from vault.centres import load_centre
from vault.errors import NotFound, Unacceptable
from vault.holders import find_by_card
from vault.tables import Case, Centre
from vault.vault import Vault, new_id

DISPUTES = (
    "unpaid_wages",
    "contract_substitution",
    "work_accident",
    "passport_kept",
    "non_deployment",
    "lost_contact",
    "other",
)
_NUMBER_SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True)
class CaseSummary:
    """A case as its own centre sees it."""

    case_id: str
    number: str
    dispute: str
    is_open: bool
    opened_at: datetime


def open_case(vault: Vault, staff: StaffPrincipal, card_code: str, dispute: str, call: Call) -> CaseSummary:
    """Opens a case at the staff member's own centre. The answer is the same for a card nobody has.

    Raises:
        AlreadyDone: this very call was carried out before.
        Refused: not a destination desk of this centre.
        Unacceptable: dispute-unknown, card-mistyped.
    """
    if dispute not in DISPUTES:
        raise Unacceptable("dispute-unknown")
    with vault.database.write() as session:
        centre = load_centre(vault, session, staff.centre_id)
        resource = CentreResource(centre.id, "origin" if centre.kind == "origin" else "destination")
        decision = vault.permit(session, Question(staff, Action.OPEN_CASE, resource, vault.clock()))
        holder = find_by_card(vault, session, card_code)
        case = Case(
            id=new_id("cas"),
            number=_new_number(centre, vault.clock()),
            centre_id=centre.id,
            holder_id=holder.id if holder else None,
            dispute=dispute,
            opened_by=staff.staff_id,
            opened_at=vault.clock(),
        )
        session.add(case)
        session.flush()
        opened = _summary(case)
        answers.keep(vault, session, call, opened)
        vault.record(
            session,
            "case_opened",
            holder_id=case.holder_id,
            centre_id=centre.id,
            staff_id=staff.staff_id,
            case_id=case.id,
            dispute=dispute,
            policies=decision.policies,
        )
    return opened


def list_cases(vault: Vault, staff: StaffPrincipal, after: str | None, limit: int) -> pages.Page[CaseSummary]:
    """The cases of the staff member's own centre, newest first."""
    with vault.database.read() as session:
        query = select(Case).where(Case.centre_id == staff.centre_id)
        rows = pages.newest_first(session, query, col(Case.opened_at), col(Case.id), after, limit)
        return pages.Page([_summary(row) for row in rows.items], rows.next_cursor)


def see_case(vault: Vault, staff: StaffPrincipal, case_id: str) -> CaseSummary:
    """One case of the staff member's own centre.

    Raises:
        NotFound: no such case, or another centre's.
    """
    with vault.database.read() as session:
        case = load_case(session, case_id)
        vault.reveal(Question(staff, Action.SEE_CASE, as_resource(case), vault.clock()))
        return _summary(case)


def load_case(session: Session, case_id: str) -> Case:
    """The case.

    Raises:
        NotFound: there is none.
    """
    case = session.get(Case, case_id)
    if case is None:
        raise NotFound
    return case


def as_resource(case: Case) -> CaseResource:
    """The case as the policy sees it."""
    return CaseResource(case.id, case.centre_id, case.is_open)


def _summary(case: Case) -> CaseSummary:
    return CaseSummary(case.id, case.number, case.dispute, case.is_open, case.opened_at)


def _new_number(centre: Centre, now: datetime) -> str:
    # Random, not counted: a number must not tell how many complaints a centre has.
    return f"{centre.country}-{now.year}-" + "".join(secrets.choice(_NUMBER_SYMBOLS) for _ in range(6))
