"""Centre recipients: the age public keys that papers are sealed to when they are handed over to a centre.

Whoever puts in a false one could read the papers. So one person proposes it, and a second person confirms it with the
fingerprint that she got from the first in person or by telephone, not from here. The operator counts as one of the two,
for a centre where only one person works.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from access_policies.request import (
    Action,
    CentreResource,
    Question,
    RecipientResource,
    StaffPrincipal,
)
from vault import answers, pages, proofs
from vault.answers import Call
from vault.crypto.hybrid import HybridRecipient
from vault.crypto.recipients import fingerprint as fingerprint_of
from vault.errors import NotFound, Unacceptable
from vault.ledger.store import Fact
from vault.proofs import Proved, RecipientProofs
from vault.recipient_keys import is_known_as, usable
from vault.tables import Centre, CentreRecipient, Staff
from vault.vault import Vault, new_id


@dataclass(frozen=True)
class RecipientSummary:
    """A recipient as its own centre sees it. `state`: waiting, confirmed or ended.

    `fingerprint` is None for whoever must confirm it: she is to have it from the first person, not from here.
    `proposed_by` and `confirmed_by` are work labels, and None for the operator.
    """

    recipient_id: str
    state: str
    fingerprint: str | None
    proposed_by: str | None
    proposed_by_you: bool
    proposed_at: datetime
    confirmed_by: str | None
    confirmed_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True)
class Standing:
    """What a centre has at this moment: the one that is sealed to, and the one that waits to take its place."""

    confirmed: RecipientSummary | None
    waiting: RecipientSummary | None


def propose(vault: Vault, staff: StaffPrincipal, text: str, call: Call) -> RecipientSummary:
    """Proposes a recipient for the staff member's own centre, in place of one that still waits. It is not used yet.

    `text` is `age1pq1...`; white space in it, as mail programs leave it, does not matter.

    Raises:
        AlreadyDone: this very call was carried out before.
        Refused: not a destination desk of this centre.
        Unacceptable: recipient-mistyped, recipient-mixed-case, recipient-unknown-type, recipient-unusable,
            recipient-is-secret, recipient-not-post-quantum, recipient-ended-before.
    """
    with vault.database.write() as session:
        centre = _resource(session, staff.centre_id)
        decision = vault.permit(session, Question(staff, Action.PROPOSE_RECIPIENT, centre, vault.clock()))
        recipient = usable(text)
        row, replaced = _add(vault, session, centre.centre_id, recipient, staff.staff_id)
        proposed = _seen(vault, session, row, staff.staff_id)
        answers.keep(vault, session, call, proposed)
        _record_ended(vault, session, row.centre_id, replaced, staff.staff_id, decision.policies)
        facts = _facts(row.centre_id, _named(row), staff.staff_id, decision.policies)
        vault.record(session, "recipient_proposed", **facts)
    return proposed


def propose_as_operator(vault: Vault, centre_id: str, text: str) -> RecipientSummary:
    """As `propose`, for the operator: a member of the centre's staff must confirm it.

    Raises:
        NotFound: no such centre.
        Unacceptable: as `propose`, and recipient-not-for-origin.
    """
    recipient = usable(text)
    with vault.database.write() as session:
        if _resource(session, centre_id).kind != "destination":
            raise Unacceptable("recipient-not-for-origin")
        row, replaced = _add(vault, session, centre_id, recipient, None)
        _record_ended(vault, session, centre_id, replaced, None, ())
        vault.record(session, "recipient_proposed", **_facts(centre_id, _named(row), None, ()))
        return _seen(vault, session, row, None)


def confirm(vault: Vault, staff: StaffPrincipal, recipient_id: str, fingerprint: str) -> RecipientSummary:
    """The second person's yes: from the next handover on it is sealed to this one, and the one before is ended.

    Spaces and case of `fingerprint` do not matter. Confirming it once more changes and records nothing.

    Raises:
        NotFound: no such recipient, or another centre's.
        Refused: whoever proposed it cannot confirm it.
        Unacceptable: fingerprint-wrong (with an entry), recipient-ended, recipient-ended-before.
    """
    with vault.database.write() as session:
        row, resource = _load(vault, session, staff, recipient_id)
        question = Question(staff, Action.CONFIRM_RECIPIENT, resource, vault.clock())
        decision = vault.permit(session, question, recipient_id=row.id, fingerprint=row.fingerprint)
        _confirm(vault, session, row, fingerprint, staff.staff_id, decision.policies)
        return _seen(vault, session, row, staff.staff_id)


def confirm_as_operator(vault: Vault, centre_id: str, fingerprint: str) -> RecipientSummary:
    """As `confirm`, for the operator: of the recipient that waits, if a member of staff proposed it.

    Raises:
        NotFound: no such centre.
        Unacceptable: recipient-not-waiting, recipient-second-person, fingerprint-wrong (with an entry),
            recipient-ended-before.
    """
    with vault.database.write() as session:
        centre = _resource(session, centre_id)
        row = _newest(session, centre.centre_id, "waiting")
        if row is None:
            raise Unacceptable("recipient-not-waiting")
        if _proposed_by(vault, session, row) is None:
            raise Unacceptable("recipient-second-person")
        _confirm(vault, session, row, fingerprint, None, ())
        return _seen(vault, session, row, None)


def end(vault: Vault, staff: StaffPrincipal, recipient_id: str) -> RecipientSummary:
    """Ends a recipient, as when its identity is lost: from the very next release on nothing is sealed to it.

    One that still waits can be ended too. What was handed over before stays readable for whoever has the identity.
    Ending it twice is no error.

    Raises:
        NotFound: no such recipient, or another centre's.
        Refused: not a destination desk of this centre.
    """
    with vault.database.write() as session:
        row, resource = _load(vault, session, staff, recipient_id)
        decision = vault.permit(session, Question(staff, Action.END_RECIPIENT, resource, vault.clock()))
        # By the signed entries: a row that somebody marked beforehand must not swallow this.
        ended_at = proofs.recipients_at(vault, session, row.centre_id).ended.get(row.id)
        if ended_at is None or row.state != "ended":
            _end(session, row, ended_at or vault.clock())
        if ended_at is None:
            _record_ended(vault, session, row.centre_id, [_named(row)], staff.staff_id, decision.policies)
        return _seen(vault, session, row, staff.staff_id)


def list_recipients(
    vault: Vault, staff: StaffPrincipal, after: str | None, limit: int
) -> pages.Page[RecipientSummary]:
    """The recipients of the staff member's own centre, those that ended too, newest first.

    Raises:
        NotFound: not a destination desk.
    """
    with vault.database.read() as session:
        centre = _resource(session, staff.centre_id)
        vault.reveal(Question(staff, Action.SEE_RECIPIENTS, centre, vault.clock()))
        query = select(CentreRecipient).where(CentreRecipient.centre_id == staff.centre_id)
        moment, row_id = col(CentreRecipient.proposed_at), col(CentreRecipient.id)
        rows = pages.newest_first(session, query, moment, row_id, after, limit)
        proved = proofs.recipients_at(vault, session, centre.centre_id)
        items = [_summary(session, row, staff.staff_id, proved) for row in rows.items]
        return pages.Page(items, rows.next_cursor)


def own_standing(vault: Vault, staff: StaffPrincipal) -> Standing:
    """What is sealed to for the staff member's own centre, and what waits.

    Raises:
        NotFound: not a destination desk.
    """
    with vault.database.read() as session:
        centre = _resource(session, staff.centre_id)
        vault.reveal(Question(staff, Action.SEE_RECIPIENTS, centre, vault.clock()))
        rows = (
            confirmed_recipient(vault, session, centre.centre_id),
            _newest(session, centre.centre_id, "waiting"),
        )
        return Standing(*(_seen(vault, session, row, staff.staff_id) if row else None for row in rows))


def confirmed_recipient(vault: Vault, session: Session, centre_id: str) -> CentreRecipient | None:
    """What may be sealed to for this centre at this moment: the one that was confirmed last, if it has not ended.

    The ledger's signed entries alone say which that is. A recipient that somebody wrote into the table gets nothing,
    an end that somebody wiped from it still counts, and one that was hidden from it while a newer one was confirmed
    does not come back.
    """
    proved = proofs.recipients_at(vault, session, centre_id).in_use
    if proved is None:
        return None
    row = session.get(CentreRecipient, proved.recipient_id)
    return (
        row
        if row is not None and row.centre_id == centre_id and is_known_as(row, proved.fingerprint)
        else None
    )


def _resource(session: Session, centre_id: str) -> CentreResource:
    centre = session.get(Centre, centre_id)
    if centre is None:
        raise NotFound
    return CentreResource(centre.id, "origin" if centre.kind == "origin" else "destination")


def _load(
    vault: Vault, session: Session, staff: StaffPrincipal, recipient_id: str
) -> tuple[CentreRecipient, RecipientResource]:
    row = session.get(CentreRecipient, recipient_id)
    if row is None:
        raise NotFound
    centre = _resource(session, row.centre_id)
    vault.reveal(Question(staff, Action.SEE_RECIPIENTS, centre, vault.clock()))
    return row, RecipientResource(row.id, row.centre_id, _proposed_by(vault, session, row))


def _proposed_by(vault: Vault, session: Session, row: CentreRecipient) -> str | None:
    """Who proposed it, None for the operator: as it was signed, so that nobody becomes her own second person.

    Raises:
        NotFound: nobody did: somebody wrote it into the table.
    """
    proposals = proofs.recipients_at(vault, session, row.centre_id).proposals
    if row.id not in proposals:
        raise NotFound
    return proposals[row.id]


def _newest(session: Session, centre_id: str, state: str) -> CentreRecipient | None:
    query = select(CentreRecipient).where(
        CentreRecipient.centre_id == centre_id, CentreRecipient.state == state
    )
    moment = col(CentreRecipient.confirmed_at if state == "confirmed" else CentreRecipient.proposed_at)
    return session.exec(query.order_by(moment.desc())).first()


def _add(
    vault: Vault, session: Session, centre_id: str, recipient: HybridRecipient, staff_id: str | None
) -> tuple[CentreRecipient, list[Proved]]:
    """The new row, and what waited before it and does no more."""
    fingerprint, now = fingerprint_of(recipient), vault.clock()
    _require_not_ended(proofs.recipients_at(vault, session, centre_id), fingerprint)
    replaced = [_named(row) for row in _end_those(session, centre_id, "waiting", now)]
    row = CentreRecipient(
        id=new_id("rcp"),
        centre_id=centre_id,
        recipient=str(recipient),
        fingerprint=fingerprint,
        state="waiting",
        proposed_by=staff_id,
        proposed_at=now,
    )
    session.add(row)
    session.flush()
    return row, replaced


def _require_not_ended(proved: RecipientProofs, fingerprint: str) -> None:
    """Its identity may be lost or known to others. One that was never confirmed may be proposed once more."""
    if proved.was_in_use(fingerprint):
        raise Unacceptable("recipient-ended-before")


def _confirm(
    vault: Vault,
    session: Session,
    row: CentreRecipient,
    typed: str,
    staff_id: str | None,
    policies: tuple[str, ...],
) -> None:
    proved, now = proofs.recipients_at(vault, session, row.centre_id), vault.clock()
    if _state(row, proved) == "ended":
        raise Unacceptable("recipient-ended")
    if not is_known_as(row, typed):
        # Committed before it is told: a wrong fingerprint may be somebody else's recipient, put in the way.
        facts = _facts(row.centre_id, _named(row), staff_id, policies)
        vault.record(session, "recipient_not_confirmed", **facts)
        session.commit()
        raise Unacceptable("fingerprint-wrong")
    if proved.was_confirmed(row.id):
        row.state = "confirmed"  # so it is: whoever wrote something else here gains nothing
        session.add(row)
        return
    _require_not_ended(proved, row.fingerprint)
    replaced = {each.recipient_id: each for each in proved.not_ended}
    in_table = _end_those(session, row.centre_id, "confirmed", now)
    replaced |= {each.id: _named(each) for each in in_table if each.id not in {row.id, *proved.ended}}
    row.state, row.confirmed_by, row.confirmed_at, row.ended_at = "confirmed", staff_id, now, None
    session.add(row)
    session.flush()
    _record_ended(vault, session, row.centre_id, list(replaced.values()), staff_id, policies)
    vault.record(session, "recipient_confirmed", **_facts(row.centre_id, _named(row), staff_id, policies))


def _end_those(session: Session, centre_id: str, state: str, now: datetime) -> Sequence[CentreRecipient]:
    query = select(CentreRecipient).where(
        CentreRecipient.centre_id == centre_id, CentreRecipient.state == state
    )
    rows = session.exec(query).all()
    for row in rows:
        _end(session, row, now)
    return rows


def _end(session: Session, row: CentreRecipient, now: datetime) -> None:
    row.state, row.ended_at = "ended", now
    session.add(row)
    session.flush()


def _record_ended(
    vault: Vault,
    session: Session,
    centre_id: str,
    ended: Sequence[Proved],
    staff_id: str | None,
    policies: tuple[str, ...],
) -> None:
    for each in ended:
        vault.record(session, "recipient_ended", **_facts(centre_id, each, staff_id, policies))


def _named(row: CentreRecipient) -> Proved:
    return Proved(row.id, row.fingerprint)


def _facts(
    centre_id: str, recipient: Proved, staff_id: str | None, policies: tuple[str, ...]
) -> dict[str, Fact]:
    return {
        "centre_id": centre_id,
        "staff_id": staff_id,
        "recipient_id": recipient.recipient_id,
        "fingerprint": recipient.fingerprint,
        "policies": policies,
    }


def _state(row: CentreRecipient, proved: RecipientProofs) -> str:
    if proved.in_use is not None and proved.in_use.recipient_id == row.id:
        return "confirmed"
    ended = row.id in proved.ended or proved.was_confirmed(row.id) or row.state == "ended"
    return "ended" if ended else "waiting"


def _seen(vault: Vault, session: Session, row: CentreRecipient, asker: str | None) -> RecipientSummary:
    return _summary(session, row, asker, proofs.recipients_at(vault, session, row.centre_id))


def _summary(
    session: Session, row: CentreRecipient, asker: str | None, proved: RecipientProofs
) -> RecipientSummary:
    state = _state(row, proved)
    proposed_by = proved.proposals.get(row.id, row.proposed_by)
    yours = proposed_by == asker
    return RecipientSummary(
        recipient_id=row.id,
        state=state,
        fingerprint=row.fingerprint if yours or state != "waiting" else None,
        proposed_by=_label(session, proposed_by),
        proposed_by_you=yours,
        proposed_at=row.proposed_at,
        confirmed_by=_label(session, row.confirmed_by),
        confirmed_at=row.confirmed_at,
        ended_at=row.ended_at if state == "ended" else None,
    )


def _label(session: Session, staff_id: str | None) -> str | None:
    return session.get_one(Staff, staff_id).label if staff_id is not None else None
