"""Centre recipients: the age public keys that papers are sealed to when they are handed over to a centre.

Whoever puts in a false one could read the papers. So one person proposes it, and a second person confirms it with the
fingerprint that she got from the first in person or by telephone, not from here. The operator counts as one of the two,
for a centre where only one person works.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlmodel import Session, col, select

from access_policies.request import (
    Action,
    CentreResource,
    Question,
    RecipientResource,
    StaffPrincipal,
)
from vault import answers, pages
from vault.answers import Call
from vault.crypto.errors import KeyFormatError, MixedCase, UnknownType, WrongChecksum
from vault.crypto.hybrid import HybridRecipient
from vault.crypto.recipients import fingerprint as fingerprint_of
from vault.crypto.recipients import parse_recipient
from vault.errors import NotFound, Unacceptable
from vault.ledger import store
from vault.ledger.store import Fact
from vault.tables import Centre, CentreRecipient, Staff
from vault.vault import Vault, new_id

_SECRET = "age-secret-key-"  # noqa: S105  # how every identity begins, not one of them


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
            recipient-is-secret, recipient-not-post-quantum.
    """
    with vault.database.write() as session:
        centre = _resource(session, staff.centre_id)
        decision = vault.permit(session, Question(staff, Action.PROPOSE_RECIPIENT, centre, vault.clock()))
        recipient = _parsed(text)
        replaced = _end_those(session, centre.centre_id, "waiting", vault.clock())
        row = _add(vault, session, centre.centre_id, recipient, staff.staff_id)
        proposed = _summary(session, row, staff.staff_id)
        answers.keep(vault, session, call, proposed)
        _record_ended(vault, session, replaced, staff.staff_id, decision.policies)
        vault.record(session, "recipient_proposed", **_facts(row, staff.staff_id, decision.policies))
    return proposed


def propose_as_operator(vault: Vault, centre_id: str, text: str) -> RecipientSummary:
    """As `propose`, for the operator: a member of the centre's staff must confirm it.

    Raises:
        NotFound: no such centre.
        Unacceptable: as `propose`, and recipient-not-for-origin.
    """
    recipient = _parsed(text)
    with vault.database.write() as session:
        if _resource(session, centre_id).kind != "destination":
            raise Unacceptable("recipient-not-for-origin")
        replaced = _end_those(session, centre_id, "waiting", vault.clock())
        row = _add(vault, session, centre_id, recipient, None)
        _record_ended(vault, session, replaced, None, ())
        vault.record(session, "recipient_proposed", **_facts(row, None, ()))
        return _summary(session, row, None)


def confirm(vault: Vault, staff: StaffPrincipal, recipient_id: str, fingerprint: str) -> RecipientSummary:
    """The second person's yes: from the next handover on it is sealed to this one, and the one before is ended.

    Spaces and case of `fingerprint` do not matter. Confirming it once more changes and records nothing.

    Raises:
        NotFound: no such recipient, or another centre's.
        Refused: whoever proposed it cannot confirm it.
        Unacceptable: fingerprint-wrong (with an entry), recipient-ended.
    """
    with vault.database.write() as session:
        row, resource = _load(vault, session, staff, recipient_id)
        question = Question(staff, Action.CONFIRM_RECIPIENT, resource, vault.clock())
        decision = vault.permit(session, question, recipient_id=row.id, fingerprint=row.fingerprint)
        _confirm(vault, session, row, fingerprint, staff.staff_id, decision.policies)
        return _summary(session, row, staff.staff_id)


def confirm_as_operator(vault: Vault, centre_id: str, fingerprint: str) -> RecipientSummary:
    """As `confirm`, for the operator: of the recipient that waits, if a member of staff proposed it.

    Raises:
        NotFound: no such centre.
        Unacceptable: recipient-not-waiting, recipient-second-person, fingerprint-wrong (with an entry).
    """
    with vault.database.write() as session:
        centre = _resource(session, centre_id)
        row = _newest(session, centre.centre_id, "waiting")
        if row is None:
            raise Unacceptable("recipient-not-waiting")
        if row.proposed_by is None:
            raise Unacceptable("recipient-second-person")
        _confirm(vault, session, row, fingerprint, None, ())
        return _summary(session, row, None)


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
        if row.state != "ended":
            _end(session, row, vault.clock())
            _record_ended(vault, session, [row], staff.staff_id, decision.policies)
        return _summary(session, row, staff.staff_id)


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
        return pages.Page([_summary(session, row, staff.staff_id) for row in rows.items], rows.next_cursor)


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
        return Standing(*(_summary(session, row, staff.staff_id) if row else None for row in rows))


def confirmed_recipient(vault: Vault, session: Session, centre_id: str) -> CentreRecipient | None:
    """What may be sealed to for this centre at this moment: the newest confirmed one that has not ended.

    None unless the ledger holds the signed confirmation of exactly this recipient and no end of it: one that somebody
    wrote into the table gets nothing, and an end that somebody wiped from it still counts.
    """
    row = _newest(session, centre_id, "confirmed")
    if row is None:
        return None
    kinds = ("recipient_confirmed", "recipient_ended")
    entries = [
        entry
        for entry in store.signed_entries_at(session, vault.ledger_key.public_key(), centre_id, kinds)
        if entry.body.get("recipient_id") == row.id
    ]
    if any(entry.kind == "recipient_ended" for entry in entries):
        return None
    return row if any(_is(row, str(entry.body.get("fingerprint"))) for entry in entries) else None


def _parsed(text: str) -> HybridRecipient:
    text = "".join(text.split())
    if text.lower().startswith(_SECRET):
        raise Unacceptable("recipient-is-secret")
    try:
        recipient = parse_recipient(text)
    except WrongChecksum:
        raise Unacceptable("recipient-mistyped") from None
    except MixedCase:
        raise Unacceptable("recipient-mixed-case") from None
    except UnknownType:
        raise Unacceptable("recipient-unknown-type") from None
    except KeyFormatError:
        raise Unacceptable("recipient-unusable") from None
    if not isinstance(recipient, HybridRecipient):
        raise Unacceptable("recipient-not-post-quantum")
    return recipient


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
    return row, RecipientResource(row.id, row.centre_id, row.proposed_by)


def _newest(session: Session, centre_id: str, state: str) -> CentreRecipient | None:
    query = select(CentreRecipient).where(
        CentreRecipient.centre_id == centre_id, CentreRecipient.state == state
    )
    moment = col(CentreRecipient.confirmed_at if state == "confirmed" else CentreRecipient.proposed_at)
    return session.exec(query.order_by(moment.desc())).first()


def _add(
    vault: Vault, session: Session, centre_id: str, recipient: HybridRecipient, staff_id: str | None
) -> CentreRecipient:
    row = CentreRecipient(
        id=new_id("rcp"),
        centre_id=centre_id,
        recipient=str(recipient),
        fingerprint=fingerprint_of(recipient),
        state="waiting",
        proposed_by=staff_id,
        proposed_at=vault.clock(),
    )
    session.add(row)
    session.flush()
    return row


def _confirm(
    vault: Vault,
    session: Session,
    row: CentreRecipient,
    typed: str,
    staff_id: str | None,
    policies: tuple[str, ...],
) -> None:
    if row.state == "ended":
        raise Unacceptable("recipient-ended")
    if not _is(row, typed):
        # Committed before it is told: a wrong fingerprint may be somebody else's recipient, put in the way.
        vault.record(session, "recipient_not_confirmed", **_facts(row, staff_id, policies))
        session.commit()
        raise Unacceptable("fingerprint-wrong")
    if row.state == "confirmed":
        return
    replaced = _end_those(session, row.centre_id, "confirmed", vault.clock())
    row.state, row.confirmed_by, row.confirmed_at = "confirmed", staff_id, vault.clock()
    session.add(row)
    session.flush()
    _record_ended(vault, session, replaced, staff_id, policies)
    vault.record(session, "recipient_confirmed", **_facts(row, staff_id, policies))


def _is(row: CentreRecipient, fingerprint: str) -> bool:
    """Whether this is the fingerprint of what would be sealed to, and not only of what the row says of itself."""
    true = _true_fingerprint(row.recipient)
    if true is None or row.fingerprint != true:
        return False
    return hmac.compare_digest(_digits(fingerprint), _digits(true))


@lru_cache(
    maxsize=256
)  # public, and the same few are asked for at every handover: reading one takes milliseconds
def _true_fingerprint(text: str) -> str | None:
    try:
        return fingerprint_of(parse_recipient(text))
    except KeyFormatError:
        return None


def _digits(fingerprint: str) -> bytes:
    return "".join(fingerprint.split()).lower().encode()


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
    rows: Sequence[CentreRecipient],
    staff_id: str | None,
    policies: tuple[str, ...],
) -> None:
    for row in rows:
        vault.record(session, "recipient_ended", **_facts(row, staff_id, policies))


def _facts(row: CentreRecipient, staff_id: str | None, policies: tuple[str, ...]) -> dict[str, Fact]:
    return {
        "centre_id": row.centre_id,
        "staff_id": staff_id,
        "recipient_id": row.id,
        "fingerprint": row.fingerprint,
        "policies": policies,
    }


def _summary(session: Session, row: CentreRecipient, asker: str | None) -> RecipientSummary:
    yours = row.proposed_by == asker
    return RecipientSummary(
        recipient_id=row.id,
        state=row.state,
        fingerprint=row.fingerprint if yours or row.state != "waiting" else None,
        proposed_by=_label(session, row.proposed_by),
        proposed_by_you=yours,
        proposed_at=row.proposed_at,
        confirmed_by=_label(session, row.confirmed_by),
        confirmed_at=row.confirmed_at,
        ended_at=row.ended_at,
    )


def _label(session: Session, staff_id: str | None) -> str | None:
    return session.get_one(Staff, staff_id).label if staff_id is not None else None
