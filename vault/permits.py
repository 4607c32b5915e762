"""Permits: her grant, asked of the policy at the moment of use, recorded and counted before anything leaves.

Steps 1 to 4 of every release (vault/release.py, vault/handover.py):

1  load the request, her grant, the document
2  ask the policy
3  refused: entry, commit, raise
4  allowed: entry with grant, policies and their digest, the use counted; commit
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, select

from access_policies.decide import Decision, decide
from access_policies.request import Action, DocumentResource, Question, StaffPrincipal
from vault import holder_keys
from vault.centres import load_centre
from vault.crypto.bindings import attempt_index
from vault.documents import as_resource, load_document
from vault.errors import KeyReplaced, Unacceptable
from vault.grants import as_live, grant_of_request
from vault.holder_keys import KeyInHand
from vault.holders import load_holder
from vault.objects import page_objects
from vault.recipients import confirmed_recipient
from vault.requests import as_resource as request_resource
from vault.requests import load_request
from vault.tables import (
    Case,
    Centre,
    CentreRecipient,
    Document,
    Grant,
    GrantedDocument,
    Release,
    Request,
    StoredObject,
)
from vault.vault import Vault, new_id

RETRY_WITHIN = timedelta(minutes=15)
"""How long the same attempt may be repeated without counting again: a lost connection or the next page."""

ACTIONS = {
    "view": Action.VIEW_DOCUMENT,
    "copy": Action.COPY_DOCUMENT,
    "handover": Action.HAND_OVER_DOCUMENT,
}


@dataclass(frozen=True)
class Ask:
    """What a centre wants now. `attempt` names this try: repeating it, for other pages too, is the same release.

    `page` is one page alone, from 1; without it all are meant. `sealed` asks for a copy that only the centre's
    recipient opens.
    """

    request_id: str
    document_id: str | None
    form: str
    attempt: str
    sealed: bool = False
    page: int | None = None


@dataclass(frozen=True)
class Permit:
    """What may now be opened or handed over, for whom, and on whose word."""

    release_id: str
    pages: tuple[StoredObject, ...]
    document: Document
    grant: Grant
    case: Case
    centre: Centre
    recipient: CentreRecipient | None
    at: datetime


@dataclass(frozen=True)
class _Loaded:
    """Step 1's outcome. Without a grant there is no document: nobody said yes, or there is nobody."""

    request: Request
    given: Grant | None
    document: Document | None
    earlier: Release | None
    question: Question

    @property
    def is_over(self) -> bool:
        """An attempt is over after a while: a retry is no way around the count."""
        return self.earlier is not None and self.question.now - self.earlier.released_at > RETRY_WITHIN


def take_permit(vault: Vault, staff: StaffPrincipal, ask: Ask) -> tuple[Permit, KeyInHand]:
    """Steps 1 to 4. The entry is durable when this returns. The holder key is for at once: a permit may live longer.

    Raises:
        NotFound: no such request, or another centre's.
        Refused: anything but a live grant for exactly this; the reasons say which.
        Unacceptable: form-unknown, document-missing, page-missing, centre-has-no-recipient, attempt-over.
        Unavailable: the keyring or the database does not answer; nothing was counted or recorded.
    """
    if ask.form not in ACTIONS:
        raise Unacceptable("form-unknown")
    in_hand = _key_if_allowed(vault, staff, ask)
    with vault.database.write() as session:
        loaded = _load(vault, session, staff, ask)  # 1
        recipient = confirmed_recipient(vault, session, staff.centre_id)
        decision = vault.permit(session, loaded.question, **_facts(loaded))  # 2, 3
        # Only after the policy, so that what she has not allowed is always a refusal in her history.
        if loaded.is_over:
            raise Unacceptable("attempt-over")
        if recipient is None and (ask.sealed or ask.form == "handover"):
            raise Unacceptable("centre-has-no-recipient")
        if (
            loaded.given is None or loaded.document is None
        ):  # the policy never allows this; the type checker can't know
            raise Unacceptable("document-missing")
        if in_hand is None:
            raise KeyReplaced  # her yes came between the two looks
        holder_keys.require_unchanged(session, in_hand)
        permit = Permit(  # 4
            loaded.earlier.id if loaded.earlier else _count(vault, session, loaded, staff, ask),
            _pages(session, loaded.document, ask),
            loaded.document,
            loaded.given,
            session.get_one(Case, loaded.given.case_id),
            load_centre(vault, session, staff.centre_id),
            recipient,
            loaded.question.now,
        )
        _record(vault, session, staff, ask, permit, decision)
    return permit, in_hand


def record_failure(vault: Vault, staff: StaffPrincipal, permit: Permit, error: Exception) -> None:
    """Notes that what was allowed could not be handed out, and the kind of error."""
    vault.record_failed(
        "release_failed",
        error,
        holder_id=permit.document.holder_id,
        centre_id=staff.centre_id,
        staff_id=staff.staff_id,
        release_id=permit.release_id,
        document_id=permit.document.id,
    )


def _key_if_allowed(vault: Vault, staff: StaffPrincipal, ask: Ask) -> KeyInHand | None:
    """The holder key, if the policy would say yes: a keyring that is down is found out before anything is counted."""
    with vault.database.read() as session:
        loaded = _load(vault, session, staff, ask)
        if loaded.document is None or not decide(vault.policies, loaded.question).allowed:
            return None
        found = holder_keys.find(session, loaded.document.holder_id)
    return holder_keys.open_one(vault, found)


def _load(vault: Vault, session: Session, staff: StaffPrincipal, ask: Ask) -> _Loaded:
    now = vault.clock()
    request = load_request(session, ask.request_id)
    vault.reveal(Question(staff, Action.SEE_REQUEST, request_resource(request), now))
    given = grant_of_request(session, request.id)
    document = _document(session, given, ask)
    earlier = _earlier(vault, session, given, document, staff, ask)
    if document is None:
        # Nobody answered, or there is nobody: the same question, and so the same refusal.
        resource = DocumentResource("none", "none", "none")
    else:
        resource = as_resource(document, load_holder(vault, session, document.holder_id))
    question = Question(
        principal=staff,
        action=ACTIONS[ask.form],
        resource=resource,
        now=now,
        grant=as_live(vault, session, given, counted=earlier is not None) if given else None,
        case_id=request.case_id,
        purpose=request.purpose,
    )
    return _Loaded(request, given, document, earlier, question)


def _document(session: Session, given: Grant | None, ask: Ask) -> Document | None:
    """The document that was asked for, or the only one granted. None while nobody has said yes."""
    if given is None:
        return None
    if ask.document_id is not None:
        return load_document(session, ask.document_id)
    query = select(GrantedDocument.document_id).where(GrantedDocument.grant_id == given.id)
    document_ids = session.exec(query).all()
    if len(document_ids) != 1:
        raise Unacceptable("document-missing")
    return load_document(session, document_ids[0])


def _facts(loaded: _Loaded) -> dict[str, str | None]:
    return {
        "holder_id": loaded.request.holder_id,
        "case_id": loaded.request.case_id,
        "request_id": loaded.request.id,
        "grant_id": loaded.given.id if loaded.given else None,
        "document_id": loaded.document.id if loaded.document else None,
    }


def _earlier(
    vault: Vault,
    session: Session,
    given: Grant | None,
    document: Document | None,
    staff: StaffPrincipal,
    ask: Ask,
) -> Release | None:
    """The release this attempt already is, or was."""
    if given is None or document is None:
        return None
    query = select(Release).where(
        Release.grant_id == given.id,
        Release.document_id == document.id,
        Release.staff_id == staff.staff_id,
        Release.form == ask.form,
        Release.attempt_index == attempt_index(vault.answers_key, staff.staff_id, ask.attempt),
    )
    return session.exec(query).first()


def _count(vault: Vault, session: Session, loaded: _Loaded, staff: StaffPrincipal, ask: Ask) -> str:
    if loaded.given is None or loaded.document is None:
        raise Unacceptable("document-missing")
    release_id = new_id("rel")
    loaded.given.used += 1
    session.add(loaded.given)
    session.add(
        Release(
            id=release_id,
            grant_id=loaded.given.id,
            document_id=loaded.document.id,
            staff_id=staff.staff_id,
            form=ask.form,
            attempt_index=attempt_index(vault.answers_key, staff.staff_id, ask.attempt),
            released_at=loaded.question.now,
        )
    )
    session.flush()
    return release_id


def _pages(session: Session, document: Document, ask: Ask) -> tuple[StoredObject, ...]:
    rows = page_objects(session, document.id)
    if ask.page is None:
        return tuple(rows)
    if not 1 <= ask.page <= len(rows):
        raise Unacceptable("page-missing")
    return (rows[ask.page - 1],)


def _record(
    vault: Vault, session: Session, staff: StaffPrincipal, ask: Ask, permit: Permit, decision: Decision
) -> None:
    sealed_to = permit.recipient if ask.sealed or ask.form == "handover" else None
    vault.record(
        session,
        "released",
        holder_id=permit.document.holder_id,
        centre_id=staff.centre_id,
        staff_id=staff.staff_id,
        case_id=permit.case.id,
        grant_id=permit.grant.id,
        document_id=permit.document.id,
        document_kind=permit.document.kind,
        release_id=permit.release_id,
        form=ask.form,
        page=ask.page,
        sealed=int(sealed_to is not None),
        recipient=sealed_to.fingerprint if sealed_to else None,
        policies=decision.policies,
        policy_set=vault.policies.digest,
    )
