"""Release: a copy goes out, if she says so at this very moment.

1  load the request, her grant, the document
2  ask the policy
3  refused: entry, commit, raise
4  allowed: entry with grant, policies and their digest, the use counted; commit
5  open the clean pages, authenticated to their end; watermark; bind into a PDF
6  hand it out, plain or sealed to the centre's own recipient

The entry is durable before the first byte leaves. A retry of the same attempt is one use, but is asked anew: a grant
that was withdrawn in between refuses it.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session, select

from access_policies.decide import Decision
from access_policies.request import Action, DocumentResource, LiveGrant, Question, StaffPrincipal
from ocr.pixels import open_page
from vault.centres import load_centre
from vault.crypto.age import encrypt
from vault.crypto.x25519 import X25519Recipient
from vault.documents import as_resource, load_document, open_object, page_objects
from vault.errors import Unacceptable
from vault.grants import as_live, grant_of_request
from vault.holders import load_holder
from vault.requests import as_resource as request_resource
from vault.requests import load_request
from vault.tables import Case, Centre, Document, Grant, GrantedDocument, Release, Request, StoredObject
from vault.vault import Vault, new_id
from vault.watermark import COPY_LONG_SIDE, VIEW_LONG_SIDE, Copy, Mark, marked_pdf

RETRY_WITHIN = timedelta(minutes=15)
"""How long the same attempt may be repeated without counting again: a lost connection, not a second copy."""

_ACTIONS = {"view": Action.VIEW_DOCUMENT, "copy": Action.COPY_DOCUMENT}


@dataclass(frozen=True)
class Ask:
    """What a centre wants handed out now. `attempt` names this try: repeating it repeats the same release."""

    request_id: str
    document_id: str | None
    form: str
    attempt: str
    sealed: bool = False


@dataclass(frozen=True)
class _Allowed:
    """Steps 1 to 4's outcome: what may now be opened, for whom, and on whose word."""

    release_id: str
    holder_id: str
    holder_key: bytes = field(repr=False)
    pages: tuple[StoredObject, ...]
    document: Document
    grant: Grant
    case: Case
    centre: Centre
    at: datetime


def release(vault: Vault, staff: StaffPrincipal, ask: Ask) -> Copy:
    """Hands out a watermarked copy under a live grant.

    Raises:
        NotFound: no such request, or another centre's.
        Refused: anything but a live grant for exactly this; the reasons say which.
        Unacceptable: form-unknown, document-missing, centre-has-no-recipient, attempt-over.
        Unavailable, CryptoError: it was allowed but could not be opened; the same attempt may be tried again.
    """
    if ask.form not in _ACTIONS:
        raise Unacceptable("form-unknown")
    allowed = _allow(vault, staff, ask)  # 1, 2, 3, 4
    try:
        pdf = _open(vault, allowed, ask)  # 5
    except Exception:
        _record_failure(vault, staff, allowed)
        raise
    return _hand_out(allowed, ask, pdf)  # 6


def _allow(vault: Vault, staff: StaffPrincipal, ask: Ask) -> _Allowed:
    with vault.database.write() as session:
        now = vault.clock()
        request = load_request(session, ask.request_id)  # 1
        vault.reveal(Question(staff, Action.SEE_REQUEST, request_resource(request), now))
        given = grant_of_request(session, request.id)
        document = _document(session, given, ask)
        centre = load_centre(session, staff.centre_id)
        if ask.sealed and centre.recipient is None:
            raise Unacceptable("centre-has-no-recipient")
        earlier = _earlier(session, given, document, staff, ask, now)
        live = as_live(vault, session, given, counted=earlier is not None) if given else None
        question = _question(session, staff, ask, request, live, document, now)
        decision = vault.permit(session, question, **_facts(request, given, document))  # 2, 3
        if given is None or document is None:  # the policy never allows this; the type checker can't know
            raise Unacceptable("document-missing")
        release_id = earlier.id if earlier else _count(session, given, document, staff, ask, now)  # 4
        holder = load_holder(session, document.holder_id)
        allowed = _Allowed(
            release_id,
            holder.id,
            vault.holder_key(holder),
            tuple(page_objects(session, document.id)),
            document,
            given,
            session.get_one(Case, given.case_id),
            centre,
            now,
        )
        _record(vault, session, staff, ask, allowed, decision)
    return allowed


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


def _question(
    session: Session,
    staff: StaffPrincipal,
    ask: Ask,
    request: Request,
    live: LiveGrant | None,
    document: Document | None,
    now: datetime,
) -> Question:
    if document is None:
        # Nobody answered, or there is nobody: the same question, and so the same refusal.
        resource = DocumentResource("none", "none", "none")
    else:
        resource = as_resource(document, load_holder(session, document.holder_id))
    return Question(
        principal=staff,
        action=_ACTIONS[ask.form],
        resource=resource,
        now=now,
        grant=live,
        case_id=request.case_id,
        purpose=request.purpose,
    )


def _facts(request: Request, given: Grant | None, document: Document | None) -> dict[str, str | None]:
    return {
        "holder_id": request.holder_id,
        "case_id": request.case_id,
        "request_id": request.id,
        "grant_id": given.id if given else None,
        "document_id": document.id if document else None,
    }


def _earlier(
    session: Session,
    given: Grant | None,
    document: Document | None,
    staff: StaffPrincipal,
    ask: Ask,
    now: datetime,
) -> Release | None:
    """The release this attempt already is. An attempt is over after a while: a retry is no way around the count."""
    if given is None or document is None:
        return None
    query = select(Release).where(
        Release.grant_id == given.id,
        Release.document_id == document.id,
        Release.staff_id == staff.staff_id,
        Release.form == ask.form,
        Release.attempt == ask.attempt,
    )
    earlier = session.exec(query).first()
    if earlier is not None and now - earlier.released_at > RETRY_WITHIN:
        raise Unacceptable("attempt-over")
    return earlier


def _count(
    session: Session, given: Grant, document: Document, staff: StaffPrincipal, ask: Ask, now: datetime
) -> str:
    release_id = new_id("rel")
    given.used += 1
    session.add(given)
    session.add(
        Release(
            id=release_id,
            grant_id=given.id,
            document_id=document.id,
            staff_id=staff.staff_id,
            form=ask.form,
            attempt=ask.attempt,
            released_at=now,
        )
    )
    session.flush()
    return release_id


def _record(
    vault: Vault, session: Session, staff: StaffPrincipal, ask: Ask, allowed: _Allowed, decision: Decision
) -> None:
    vault.record(
        session,
        "released",
        holder_id=allowed.holder_id,
        centre_id=staff.centre_id,
        staff_id=staff.staff_id,
        case_id=allowed.case.id,
        grant_id=allowed.grant.id,
        document_id=allowed.document.id,
        document_kind=allowed.document.kind,
        release_id=allowed.release_id,
        form=ask.form,
        sealed=int(ask.sealed),
        policies=decision.policies,
        policy_set=vault.policies.digest,
    )


def _open(vault: Vault, allowed: _Allowed, ask: Ask) -> bytes:
    pages = (open_page(open_object(vault, allowed.holder_key, row)) for row in allowed.pages)
    return marked_pdf(pages, _mark(allowed, ask), COPY_LONG_SIDE if ask.form == "copy" else VIEW_LONG_SIDE)


def _mark(allowed: _Allowed, ask: Ask) -> Mark:
    label = "COPY / BẢN SAO" if ask.form == "copy" else "VIEW ONLY / CHỈ XEM"
    at, until = (moment.strftime("%d %b %Y %H:%M UTC") for moment in (allowed.at, allowed.grant.until))
    return Mark(
        across=f"{allowed.centre.name} · {allowed.case.number}",
        below=(
            f"{label} · {allowed.centre.name} ({allowed.centre.country}) · case / vụ việc {allowed.case.number}",
            f"released / cấp lúc {at} · valid until / có giá trị đến {until} · {allowed.release_id}",
        ),
    )


def _record_failure(vault: Vault, staff: StaffPrincipal, allowed: _Allowed) -> None:
    with vault.database.write() as session:
        vault.record(
            session,
            "release_failed",
            holder_id=allowed.holder_id,
            centre_id=staff.centre_id,
            staff_id=staff.staff_id,
            release_id=allowed.release_id,
            document_id=allowed.document.id,
        )


def _hand_out(allowed: _Allowed, ask: Ask, pdf: bytes) -> Copy:
    name = f"{allowed.document.kind}-{allowed.case.number}.pdf"
    if not ask.sealed or allowed.centre.recipient is None:
        return Copy(allowed.release_id, name, "application/pdf", pdf)
    recipient = X25519Recipient.parse(allowed.centre.recipient)
    return Copy(allowed.release_id, f"{name}.age", "application/age", b"".join(encrypt([pdf], [recipient])))
