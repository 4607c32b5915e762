"""Grants: her answer. She can allow, allow less, refuse, and withdraw at any time; silence grants nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlmodel import Session, col, select

from access_policies.request import (
    Action,
    Form,
    GrantResource,
    HolderPrincipal,
    LiveGrant,
    Principal,
    Question,
    StaffPrincipal,
)
from vault import answers, jobs, pages, proofs
from vault.answers import Call
from vault.errors import NotFound, Unacceptable
from vault.identity import confirm_pin
from vault.ledger import store
from vault.ledger.store import Fact
from vault.proofs import GrantProof
from vault.requests import FORMS, load_request
from vault.requests import as_resource as request_resource
from vault.tables import Case, Centre, Document, Grant, GrantedDocument, Request, RequestedKind
from vault.vault import Vault, new_id


@dataclass(frozen=True)
class Answer:
    """What she allows: at most what was asked. Nothing here has a default."""

    document_ids: Sequence[str]
    form: str
    until: datetime
    uses: int


@dataclass(frozen=True)
class GrantedPaper:
    """A document covered by a grant, as the centre may know it."""

    document_id: str
    kind: str
    pages: int
    deposited_at: datetime


@dataclass(frozen=True)
class GrantSummary:
    """A grant as both sides see it. `state`: live, withdrawn, erased, expired or used_up.

    `papers` are those that are still there; a grant none of whose papers is counts as erased. `handed_over`: pages
    themselves went out under it, so that taking it back has an effect even when it is over.
    """

    grant_id: str
    request_id: str
    case_id: str
    case_number: str
    centre_name: str
    centre_country: str
    purpose: str
    form: str
    until: datetime
    uses: int
    used: int
    state: str
    papers: tuple[GrantedPaper, ...]
    granted_at: datetime
    withdrawn_at: datetime | None
    handed_over: bool


def grant(
    vault: Vault, holder: HolderPrincipal, request_id: str, answer: Answer, pin: str, call: Call
) -> GrantSummary:
    """Her yes, in full or narrowed, proved by her PIN at this very moment.

    Raises:
        AlreadyDone: this very call was carried out before.
        NotFound: no such request, or not hers.
        Refused: answered already, expired, or her PIN is still the starting one.
        SignInFailed, TooManyTries: the PIN is wrong.
        Unacceptable: more-than-asked, documents-missing, until-out-of-range, uses-out-of-range.
    """
    with vault.database.read() as session:
        request = load_request(session, request_id)
        vault.reveal(Question(holder, Action.SEE_REQUEST, request_resource(request), vault.clock()))
    confirm_pin(vault, holder, pin)
    with vault.database.write() as session:
        now = vault.clock()
        # Before the policy: a second click is the same answer again, not an attempt to answer twice.
        answers.require_new(vault, session, call)
        request = load_request(session, request_id)
        question = Question(holder, Action.ANSWER_REQUEST, request_resource(request), now)
        decision = vault.permit(session, question, request_id=request.id, centre_id=request.centre_id)
        _check_answer(session, request, answer, now)
        given = _add_grant(session, request, holder, answer, now)
        granted = _summary(session, given, now, GrantProof())
        answers.keep(vault, session, call, granted, holder.holder_id)
        vault.record(
            session,
            "granted",
            **_terms(given, sorted(set(answer.document_ids))),
            policies=decision.policies,
        )
    return granted


def refuse(vault: Vault, holder: HolderPrincipal, request_id: str) -> None:
    """Her no. It asks for no PIN and no reason.

    Raises:
        NotFound: no such request, or not hers.
        Refused: answered already, or expired.
    """
    with vault.database.write() as session:
        now = vault.clock()
        request = load_request(session, request_id)
        vault.reveal(Question(holder, Action.SEE_REQUEST, request_resource(request), now))
        question = Question(holder, Action.ANSWER_REQUEST, request_resource(request), now)
        decision = vault.permit(session, question, request_id=request.id, centre_id=request.centre_id)
        request.state, request.answered_at = "refused", now
        session.add(request)
        session.flush()
        vault.record(
            session,
            "request_refused",
            holder_id=holder.holder_id,
            centre_id=request.centre_id,
            case_id=request.case_id,
            request_id=request.id,
            policies=decision.policies,
        )


def withdraw(vault: Vault, holder: HolderPrincipal, grant_id: str) -> GrantSummary:
    """Takes a grant back, with effect from the very next use. Doing it twice is no error.

    One that is over can be taken back too: what was handed over under it is then sealed anew.

    Raises:
        NotFound: no such grant, or not hers.
    """
    with vault.database.write() as session:
        now = vault.clock()
        given = load_grant(session, grant_id)
        decision = vault.reveal(Question(holder, Action.WITHDRAW_GRANT, as_resource(given), now))
        # By her signed entries: a row that somebody marked beforehand must not swallow her word.
        withdrawn_at = _proof(vault, session, given).withdrawn_at
        given.withdrawn_at = withdrawn_at or now
        session.add(given)
        session.flush()
        if withdrawn_at is None:
            vault.record(
                session,
                "withdrawn",
                holder_id=holder.holder_id,
                centre_id=given.centre_id,
                case_id=given.case_id,
                grant_id=given.id,
                policies=decision.policies,
            )
            _seal_anew(vault, session, given)
        return _summary(session, given, now, _proof(vault, session, given))


def _seal_anew(vault: Vault, session: Session, given: Grant) -> None:
    """Asks that what was handed over under this grant gets new file keys: the centre has the present ones.

    What was handed over is what signed entries say: nobody can take it back by writing to a table.
    """
    public_key = vault.ledger_key.public_key()
    entries = store.signed_entries(session, public_key, given.holder_id, ("released",), about=given.id)
    handed_over = {
        str(entry.body.get("document_id"))
        for entry in entries
        if entry.body.get("form") == "handover" and entry.body.get("grant_id") == given.id
    }
    for document_id in sorted(handed_over):
        if session.get(Document, document_id) is not None:
            jobs.ask(vault, session, "reseal", document_id)


def see_grant(vault: Vault, principal: Principal, grant_id: str) -> GrantSummary:
    """One grant, for the holder who gave it or the centre it was given to.

    Raises:
        NotFound: no such grant, or somebody else's.
    """
    now = vault.clock()
    with vault.database.read() as session:
        given = load_grant(session, grant_id)
        vault.reveal(Question(principal, Action.SEE_GRANT, as_resource(given), now))
        return _summary(session, given, now, _proof(vault, session, given))


def list_own_grants(
    vault: Vault, holder: HolderPrincipal, after: str | None, limit: int
) -> pages.Page[GrantSummary]:
    """Every grant this holder gave, newest first."""
    now = vault.clock()
    with vault.database.read() as session:
        query = select(Grant).where(Grant.holder_id == holder.holder_id)
        rows = pages.newest_first(session, query, col(Grant.granted_at), col(Grant.id), after, limit)
        proved = proofs.grants_of(vault, session, holder.holder_id) if rows.items else {}
        items = [_summary(session, row, now, proved.get(row.id, GrantProof())) for row in rows.items]
        return pages.Page(items, rows.next_cursor)


def grant_for_request(vault: Vault, staff: StaffPrincipal, request_id: str) -> GrantSummary:
    """The grant that answered a request, for the centre that asked.

    Raises:
        NotFound: no such request, another centre's, or not granted: silence and a refusal look alike here.
    """
    now = vault.clock()
    with vault.database.read() as session:
        request = load_request(session, request_id)
        vault.reveal(Question(staff, Action.SEE_REQUEST, request_resource(request), now))
        given = grant_of_request(session, request.id)
        if given is None:
            raise NotFound
        vault.reveal(Question(staff, Action.SEE_GRANT, as_resource(given), now))
        return _summary(session, given, now, _proof(vault, session, given))


def grant_of_request(session: Session, request_id: str) -> Grant | None:
    """The grant that answered a request, if she gave one."""
    return session.exec(select(Grant).where(Grant.request_id == request_id)).first()


def load_grant(session: Session, grant_id: str) -> Grant:
    """The grant.

    Raises:
        NotFound: there is none.
    """
    given = session.get(Grant, grant_id)
    if given is None:
        raise NotFound
    return given


def as_resource(given: Grant) -> GrantResource:
    """The grant as something to see or to take back."""
    return GrantResource(given.id, given.holder_id, given.centre_id)


def as_live(vault: Vault, session: Session, given: Grant, *, counted: bool) -> LiveGrant | None:
    """The grant as it stands, for the policy. `counted` says that this use is in `used` already.

    None unless the ledger holds her signed answer with exactly these terms: a row somebody wrote into the tables gives
    nobody anything, and a withdrawal that somebody wiped from them still counts. Residual risk: who writes to the
    database can reset `used`.
    """
    documents = sorted(
        session.exec(select(GrantedDocument.document_id).where(GrantedDocument.grant_id == given.id))
    )
    entries = [
        entry
        for entry in store.signed_entries(
            session, vault.ledger_key.public_key(), given.holder_id, ("granted", "withdrawn")
        )
        if entry.body.get("grant_id") == given.id
    ]
    terms = _terms(given, documents)
    if not any(entry.kind == "granted" and terms.items() <= entry.body.items() for entry in entries):
        return None
    return LiveGrant(
        grant_id=given.id,
        holder_id=given.holder_id,
        centre_id=given.centre_id,
        case_id=given.case_id,
        purpose=given.purpose,
        document_ids=frozenset(documents),
        form=_form(given.form),
        until=given.until,
        withdrawn=given.withdrawn_at is not None or any(entry.kind == "withdrawn" for entry in entries),
        uses_left=given.uses - given.used + (1 if counted else 0),
    )


def _terms(given: Grant, document_ids: list[str]) -> dict[str, Fact]:
    """What a grant says, as its ledger entry has it."""
    return {
        "holder_id": given.holder_id,
        "centre_id": given.centre_id,
        "case_id": given.case_id,
        "request_id": given.request_id,
        "grant_id": given.id,
        "document_ids": document_ids,
        "purpose": given.purpose,
        "form": given.form,
        "until": given.until.astimezone(UTC).isoformat(),
        "uses": given.uses,
        "evidence": given.evidence,
    }


def _proof(vault: Vault, session: Session, given: Grant) -> GrantProof:
    return proofs.grants_of(vault, session, given.holder_id, given.id).get(given.id, GrantProof())


def _summary(session: Session, given: Grant, now: datetime, proof: GrantProof) -> GrantSummary:
    case, centre = session.get_one(Case, given.case_id), session.get_one(Centre, given.centre_id)
    papers = session.exec(
        select(Document)
        .join(GrantedDocument, col(GrantedDocument.document_id) == Document.id)
        .where(GrantedDocument.grant_id == given.id, col(Document.erased_at).is_(None))
        .order_by(col(Document.deposited_at))
    ).all()
    return GrantSummary(
        grant_id=given.id,
        request_id=given.request_id,
        case_id=case.id,
        case_number=case.number,
        centre_name=centre.name,
        centre_country=centre.country,
        purpose=given.purpose,
        form=given.form,
        until=given.until,
        uses=given.uses,
        used=given.used,
        state=_state(given, now, proof, has_papers=bool(papers)),
        papers=tuple(GrantedPaper(row.id, row.kind, row.pages, row.deposited_at) for row in papers),
        granted_at=given.granted_at,
        withdrawn_at=proof.withdrawn_at,
        handed_over=proof.handed_over,
    )


def _state(given: Grant, now: datetime, proof: GrantProof, *, has_papers: bool) -> str:
    if proof.withdrawn_at is not None:
        return "withdrawn"
    if not has_papers:
        return "erased"
    if now >= given.until:
        return "expired"
    return "used_up" if given.used >= given.uses else "live"


def _form(form: str) -> Form:
    return next((each for each in FORMS if each == form), "view")


def _check_answer(session: Session, request: Request, answer: Answer, now: datetime) -> None:
    if not answer.document_ids:
        raise Unacceptable("documents-missing")
    kinds = set(session.exec(select(RequestedKind.kind).where(RequestedKind.request_id == request.id)))
    for document_id in answer.document_ids:
        document = session.get(Document, document_id)
        if document is None or document.erased_at is not None:
            raise Unacceptable("more-than-asked")
        if document.holder_id != request.holder_id or document.kind not in kinds:
            raise Unacceptable("more-than-asked")
    if answer.form not in FORMS or FORMS.index(_form(answer.form)) > FORMS.index(_form(request.form)):
        raise Unacceptable("more-than-asked")
    if not now < answer.until <= request.until:
        raise Unacceptable("until-out-of-range")
    if not 1 <= answer.uses <= request.uses:
        raise Unacceptable("uses-out-of-range")


def _add_grant(
    session: Session, request: Request, holder: HolderPrincipal, answer: Answer, now: datetime
) -> Grant:
    given = Grant(
        id=new_id("gra"),
        request_id=request.id,
        holder_id=holder.holder_id,
        centre_id=request.centre_id,
        case_id=request.case_id,
        purpose=request.purpose,
        form=answer.form,
        until=answer.until,
        uses=answer.uses,
        evidence="card_and_pin",
        granted_at=now,
    )
    request.state, request.answered_at = "granted", now
    session.add(request)
    session.add(given)
    session.flush()
    session.add_all(GrantedDocument(grant_id=given.id, document_id=each) for each in set(answer.document_ids))
    session.flush()
    return given
