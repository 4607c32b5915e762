"""The questions the vault asks, in its own words: no Cedar here, so that callers never see it.

Every moment must carry a time zone: a naive one raises ValueError where it is made, because an
expiry read in the wrong zone would hold hours too long.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal


class Action(StrEnum):
    """What somebody wants to do; the values are the schema's action names."""

    ENROL_HOLDER = "enrolHolder"
    SEE_HOLDER = "seeHolder"
    DEPOSIT_DOCUMENT = "depositDocument"
    SEE_FIELDS = "seeFields"
    OPEN_CASE = "openCase"
    SEE_CASE = "seeCase"
    MAKE_REQUEST = "makeRequest"
    PROPOSE_RECIPIENT = "proposeRecipient"
    SEE_RECIPIENTS = "seeRecipients"
    CONFIRM_RECIPIENT = "confirmRecipient"
    END_RECIPIENT = "endRecipient"
    SEE_REQUEST = "seeRequest"
    ANSWER_REQUEST = "answerRequest"
    WITHDRAW_GRANT = "withdrawGrant"
    SEE_GRANT = "seeGrant"
    SEE_HISTORY = "seeHistory"
    SEE_OWN_COPY = "seeOwnCopy"
    VIEW_DOCUMENT = "viewDocument"
    COPY_DOCUMENT = "copyDocument"
    HAND_OVER_DOCUMENT = "handOverDocument"


Form = Literal["view", "copy", "handover"]
"""What a consent allows at most, from the least to the most; each includes the ones before it.

view: to look at a marked copy. copy: to keep one. handover: the clean pages without a mark, sealed to the
centre's own recipient, so that only that centre opens them.
"""


@dataclass(frozen=True)
class StaffPrincipal:
    """A signed-in member of staff, acting for one centre in one role."""

    staff_id: str
    centre_id: str
    role: Literal["deposit", "destination"]
    active: bool


@dataclass(frozen=True)
class HolderPrincipal:
    """A signed-in holder; `pin_is_her_own` is False while she still has the PIN a centre handed her."""

    holder_id: str
    pin_is_her_own: bool


@dataclass(frozen=True)
class CentreResource:
    """A centre, as the place where somebody is enrolled or a case is opened."""

    centre_id: str
    kind: Literal["origin", "destination"]


@dataclass(frozen=True)
class HolderResource:
    """A holder, as the one a question is about."""

    holder_id: str
    origin_centre_id: str


@dataclass(frozen=True)
class DocumentResource:
    """A deposited paper."""

    document_id: str
    holder_id: str
    origin_centre_id: str


@dataclass(frozen=True)
class CaseResource:
    """A case of a destination centre."""

    case_id: str
    centre_id: str
    open: bool


@dataclass(frozen=True)
class RequestResource:
    """A centre's request; `holder_id` is None where it reached nobody. At `expires_at` it is over."""

    request_id: str
    centre_id: str
    holder_id: str | None
    pending: bool
    expires_at: datetime

    def __post_init__(self) -> None:
        _require_zone(self.expires_at)


@dataclass(frozen=True)
class GrantResource:
    """A consent, as something to see or to take back."""

    grant_id: str
    holder_id: str
    centre_id: str


@dataclass(frozen=True)
class RecipientResource:
    """A recipient of a destination centre. `proposed_by` is a staff id, or None where the operator proposed it."""

    recipient_id: str
    centre_id: str
    proposed_by: str | None


@dataclass(frozen=True)
class LiveGrant:
    """A consent as it stands when somebody wants to use it. At `until` it is over."""

    grant_id: str
    holder_id: str
    centre_id: str
    case_id: str
    purpose: str
    document_ids: frozenset[str]
    form: Form
    until: datetime
    withdrawn: bool
    uses_left: int

    def __post_init__(self) -> None:
        _require_zone(self.until)


Principal = StaffPrincipal | HolderPrincipal
Resource = (
    CentreResource
    | HolderResource
    | DocumentResource
    | CaseResource
    | RequestResource
    | GrantResource
    | RecipientResource
)


@dataclass(frozen=True)
class Question:
    """May this one do this to that, now?

    `case_id` and `purpose` must be given for viewDocument, copyDocument and handOverDocument (without them the
    answer is a refusal with alarm), and `grant` where there is one. Other actions ignore the three.
    """

    principal: Principal
    action: Action
    resource: Resource
    now: datetime
    grant: LiveGrant | None = None
    case_id: str | None = None
    purpose: str | None = None

    def __post_init__(self) -> None:
        _require_zone(self.now)


def _require_zone(moment: datetime) -> None:
    if moment.utcoffset() is None:
        raise ValueError("a moment without a time zone cannot be compared")
