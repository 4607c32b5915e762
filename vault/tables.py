"""Every table, in one file, so that "what does a stolen database reveal?" is one file to read.

In clear: random ids, centres, kinds, states, counts and times; who asked whom for what kind of paper, and when.
Sealed to the holder's key (columns ending in `_sealed`): her name, her telephone number, every field and text read
from her papers.
Keyed digests (columns ending in `_index`): card codes, logins, and what holders are found by at their own centre;
useless without the index key, but equal values show as equal within one centre.
Bindings (columns `bound`): keyed digests of the row they stand in. What somebody else wrote there does not count
(vault/bindings.py).
Wrapped keys are useless without the root key, which is never in the database.

`holder_key` is the *key table*: with the bucket and the root key it opens everything (docs/rescue.md), and without
it nothing opens. It is therefore backed up apart, and kept for a shorter time (docs/operator.md).
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, Index, LargeBinary, TypeDecorator, UniqueConstraint
from sqlmodel import Field, SQLModel


class Moment(TypeDecorator[datetime]):
    """An instant, stored as naive UTC and always read back as aware UTC."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware to naive UTC; a naive value is a programming error and is refused."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Naive UTC to aware UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


class Centre(SQLModel, table=True):
    """A registered Migrant Worker Resource Centre."""

    id: str = Field(primary_key=True)
    name: str
    country: str
    kind: str
    created_at: datetime = Field(sa_type=Moment)
    bound: bytes = Field(default=b"", sa_type=LargeBinary)


class CentreRecipient(SQLModel, table=True):
    """An age public key that papers can be sealed to for a centre: used once a second person has confirmed it.

    `state` is waiting, confirmed or ended; `proposed_by` is empty where the operator entered it.
    """

    __tablename__ = "centre_recipient"

    id: str = Field(primary_key=True)
    centre_id: str = Field(foreign_key="centre.id", index=True)
    recipient: str
    fingerprint: str
    state: str
    proposed_by: str | None = Field(default=None, foreign_key="staff.id")
    proposed_at: datetime = Field(sa_type=Moment)
    confirmed_by: str | None = Field(default=None, foreign_key="staff.id")
    confirmed_at: datetime | None = Field(default=None, sa_type=Moment)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)


class Staff(SQLModel, table=True):
    """A member of staff. `label` is a work label ("counsellor 2"), shown in histories: never a personal name."""

    id: str = Field(primary_key=True)
    centre_id: str = Field(foreign_key="centre.id", index=True)
    role: str
    label: str
    login_index: bytes = Field(sa_type=LargeBinary, unique=True)
    password_hash: str
    active: bool = True
    created_at: datetime = Field(sa_type=Moment)
    bound: bytes = Field(default=b"", sa_type=LargeBinary)


class Holder(SQLModel, table=True):
    """The migrant. Name and telephone are sealed; her card code is known only by its keyed digest.

    Of an erased holder this row stays, with nothing of hers in it, so that what happened can still be counted.
    """

    id: str = Field(primary_key=True)
    origin_centre_id: str = Field(foreign_key="centre.id", index=True)
    card_index: bytes | None = Field(default=None, sa_type=LargeBinary, unique=True)
    pin_hash: str
    pin_is_her_own: bool = False
    name_sealed: bytes = Field(sa_type=LargeBinary)
    phone_sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    language: str
    notice_version: str
    consent_method: str
    enrolled_by: str = Field(foreign_key="staff.id")
    created_at: datetime = Field(sa_type=Moment)
    erased_at: datetime | None = Field(default=None, sa_type=Moment)
    bound: bytes = Field(default=b"", sa_type=LargeBinary)


class HolderKey(SQLModel, table=True):
    """The key table: one holder key each, wrapped under a version of the root key. Gone once she is erased.

    `generation` grows when her key is replaced: what was sealed under an earlier one is never committed after it.
    """

    __tablename__ = "holder_key"

    holder_id: str = Field(foreign_key="holder.id", primary_key=True)
    generation: int = 1
    root_version: str = Field(index=True)
    wrapped: bytes = Field(sa_type=LargeBinary)


class HolderIndex(SQLModel, table=True):
    """One keyed digest a holder is found by at her origin centre: a part of her name, a telephone or passport number.

    `document_id` names the paper that the value was read from, and goes with it.
    """

    __tablename__ = "holder_index"

    id: str = Field(primary_key=True)
    holder_id: str = Field(foreign_key="holder.id", index=True)
    kind: str
    value_index: bytes = Field(sa_type=LargeBinary, index=True)
    document_id: str | None = Field(default=None, foreign_key="document.id", index=True)


class Document(SQLModel, table=True):
    """One deposited paper. `reading` is waiting, done or failed; `pages_read` moves while it is read.

    `flaws` is what was found wrong with its pages ("1 blurred,2 glare") where staff overruled it, and why.

    Of an erased one this row stays: it says that there was a paper of this kind, and nothing of what it said.
    """

    id: str = Field(primary_key=True)
    holder_id: str = Field(foreign_key="holder.id", index=True)
    kind: str
    pages: int
    reading: str
    pages_read: int = 0
    flaws: str = ""
    overruled_because: str | None = None
    deposited_by: str = Field(foreign_key="staff.id")
    deposited_at: datetime = Field(sa_type=Moment)
    erased_at: datetime | None = Field(default=None, sa_type=Moment)


class StoredObject(SQLModel, table=True):
    """One sealed object in the store: an original file or one clean page. Its file key is bound to this very place.

    `version` grows when it is sealed anew; `size` is that of the payload, in bytes.
    """

    __tablename__ = "stored_object"

    id: str = Field(primary_key=True)
    document_id: str = Field(foreign_key="document.id", index=True)
    holder_id: str = Field(foreign_key="holder.id")
    role: str
    page: int
    version: int = 1
    name: str = Field(unique=True)
    size: int
    payload_sha256: bytes = Field(sa_type=LargeBinary)
    wrapped_file_key: bytes = Field(sa_type=LargeBinary)


class DocumentField(SQLModel, table=True):
    """One field read from a document. Its value and how it was read are sealed; whether to doubt it is not."""

    __tablename__ = "document_field"

    id: str = Field(primary_key=True)
    document_id: str = Field(foreign_key="document.id", index=True)
    name: str
    value_sealed: bytes = Field(sa_type=LargeBinary)
    details_sealed: bytes = Field(sa_type=LargeBinary)
    doubtful: bool
    why: str | None = None
    source: str
    page: int


class PageText(SQLModel, table=True):
    """The text read from one page, sealed. `confidence` is the recogniser's own, 0 to 1."""

    __tablename__ = "page_text"

    id: str = Field(primary_key=True)
    document_id: str = Field(foreign_key="document.id", index=True)
    page: int
    text_sealed: bytes = Field(sa_type=LargeBinary)
    confidence: float


class Job(SQLModel, table=True):
    """Work to be done once its transaction has committed. Carries ids only; leased, fenced, retried."""

    id: str = Field(primary_key=True)
    kind: str
    document_id: str = Field(foreign_key="document.id", index=True)
    state: str = Field(index=True)
    attempts: int = 0
    fence: int = 0
    lease_until: datetime | None = Field(default=None, sa_type=Moment)
    created_at: datetime = Field(sa_type=Moment)


class Case(SQLModel, table=True):
    """A dispute a destination centre works on. `holder_id` is empty when the card code matched nobody."""

    id: str = Field(primary_key=True)
    number: str = Field(unique=True)
    centre_id: str = Field(foreign_key="centre.id", index=True)
    holder_id: str | None = Field(default=None, foreign_key="holder.id", index=True)
    dispute: str
    is_open: bool = True
    opened_by: str = Field(foreign_key="staff.id")
    opened_at: datetime = Field(sa_type=Moment)


class Request(SQLModel, table=True):
    """A centre asks to see papers. `state` is pending, granted or refused; expiry is a matter of time, not of state."""

    id: str = Field(primary_key=True)
    case_id: str = Field(foreign_key="case.id", index=True)
    centre_id: str = Field(foreign_key="centre.id", index=True)
    holder_id: str | None = Field(default=None, foreign_key="holder.id", index=True)
    purpose: str
    form: str
    until: datetime = Field(sa_type=Moment)
    uses: int
    state: str
    made_by: str = Field(foreign_key="staff.id")
    made_at: datetime = Field(sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)
    answered_at: datetime | None = Field(default=None, sa_type=Moment)


class RequestedKind(SQLModel, table=True):
    """One kind of paper a request names."""

    __tablename__ = "requested_kind"

    request_id: str = Field(foreign_key="request.id", primary_key=True)
    kind: str = Field(primary_key=True)


class Grant(SQLModel, table=True):
    """Her consent: these documents, this centre, this case and purpose, this form, until then, so many times."""

    id: str = Field(primary_key=True)
    request_id: str = Field(foreign_key="request.id", unique=True)
    holder_id: str = Field(foreign_key="holder.id", index=True)
    centre_id: str = Field(foreign_key="centre.id", index=True)
    case_id: str = Field(foreign_key="case.id", index=True)
    purpose: str
    form: str
    until: datetime = Field(sa_type=Moment)
    uses: int
    used: int = 0
    evidence: str
    granted_at: datetime = Field(sa_type=Moment)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Moment)


class GrantedDocument(SQLModel, table=True):
    """One document a grant covers."""

    __tablename__ = "granted_document"

    grant_id: str = Field(foreign_key="grant.id", primary_key=True)
    document_id: str = Field(foreign_key="document.id", primary_key=True)


class Release(SQLModel, table=True):
    """A copy that was let out. The same attempt by the same staff member is one release, however often retried."""

    __table_args__ = (UniqueConstraint("grant_id", "staff_id", "document_id", "form", "attempt_index"),)

    id: str = Field(primary_key=True)
    grant_id: str = Field(foreign_key="grant.id", index=True)
    document_id: str = Field(foreign_key="document.id")
    staff_id: str = Field(foreign_key="staff.id")
    form: str
    attempt_index: bytes = Field(sa_type=LargeBinary)
    released_at: datetime = Field(sa_type=Moment)


class LedgerEntry(SQLModel, table=True):
    """One entry of the ledger (vault/ledger/SPEC.md). Holds ids and keyed digests only.

    `holder_id` and `centre_id` repeat what the body says, for look-ups; verification checks that they agree.
    """

    __tablename__ = "ledger_entry"
    # Every call of a member of staff looks for one kind of entry among all of a centre's.
    __table_args__ = (Index("ix_ledger_entry_centre_id_kind", "centre_id", "kind"),)

    number: int = Field(primary_key=True)
    at: str
    kind: str
    body: str
    holder_id: str | None = Field(default=None, index=True)
    centre_id: str | None = None
    previous: bytes = Field(sa_type=LargeBinary)
    hash: bytes = Field(sa_type=LargeBinary)
    signature: bytes = Field(sa_type=LargeBinary)


class LedgerHead(SQLModel, table=True):
    """The signed size and hash of the ledger: one row."""

    __tablename__ = "ledger_head"

    id: int = Field(default=1, primary_key=True)
    size: int
    hash: bytes = Field(sa_type=LargeBinary)
    signature: bytes = Field(sa_type=LargeBinary)


class BegunObject(SQLModel, table=True):
    """A name in the store that no row stands for: not yet, or no more. What is still here after a while is swept."""

    __tablename__ = "begun_object"

    name: str = Field(primary_key=True)
    begun_at: datetime = Field(sa_type=Moment)


class VaultSecret(SQLModel, table=True):
    """A secret of the vault itself (index key, ledger key), wrapped under a version of the root key."""

    __tablename__ = "vault_secret"

    name: str = Field(primary_key=True)
    root_version: str = Field(index=True)
    wrapped: bytes = Field(sa_type=LargeBinary)


class RootVersion(SQLModel, table=True):
    """A version of the root key: current, old (still opened while `rotate-root` is at work) or retired."""

    __tablename__ = "root_version"

    version: str = Field(primary_key=True)
    state: str
    since: datetime = Field(sa_type=Moment)


class SignInSession(SQLModel, table=True):
    """A signed-in principal. Only the digest of its token is kept."""

    __tablename__ = "sign_in_session"

    token_sha256: bytes = Field(sa_type=LargeBinary, primary_key=True)
    face: str
    principal_id: str = Field(index=True)
    created_at: datetime = Field(sa_type=Moment)
    last_used_at: datetime = Field(sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)
    bound: bytes = Field(default=b"", sa_type=LargeBinary)


class SignInAttempt(SQLModel, table=True):
    """Failed sign-ins by what was typed, existing or not, so that locking tells nothing."""

    __tablename__ = "sign_in_attempt"

    subject_index: bytes = Field(sa_type=LargeBinary, primary_key=True)
    failures: int
    tried_at: datetime = Field(sa_type=Moment)
    locked_until: datetime | None = Field(default=None, sa_type=Moment)


class KeptAnswer(SQLModel, table=True):
    """The answer to an idempotent call, sealed, so that a retry gets the same one. `holder_id`: whom it is about."""

    __tablename__ = "kept_answer"

    call_index: bytes = Field(sa_type=LargeBinary, primary_key=True)
    request_digest: bytes = Field(sa_type=LargeBinary)
    answer_sealed: bytes = Field(sa_type=LargeBinary)
    holder_id: str | None = Field(default=None, index=True)
    created_at: datetime = Field(sa_type=Moment)
