"""The closed lists that calls choose from and answers use. Tests hold each of them together with the code behind it."""

from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator

Kind = Literal["passport", "contract"]
Purpose = Literal["wage_claim", "contract_dispute", "accident_claim", "passport_return", "identity_proof"]
Form = Literal["view", "copy", "handover"]
CopyForm = Literal["view", "copy"]
Dispute = Literal[
    "unpaid_wages",
    "contract_substitution",
    "work_accident",
    "passport_kept",
    "non_deployment",
    "lost_contact",
    "other",
]
Role = Literal["deposit", "destination"]
Reading = Literal["waiting", "done", "failed"]
RequestState = Literal["pending", "granted", "refused", "expired"]
GrantState = Literal["live", "withdrawn", "erased", "expired", "used_up"]
RecipientState = Literal["waiting", "confirmed", "ended"]
FieldName = Literal[
    "document_number",
    "surname",
    "given_names",
    "nationality",
    "birth_date",
    "sex",
    "expiry_date",
    "issuing_state",
    "personal_number",
    "place_of_birth",
    "mrz_line_1",
    "mrz_line_2",
    "mrz_line_3",
    "document_kind",
]
Doubt = Literal["check_digit", "composite", "unconfirmed", "implausible", "truncated"]
Source = Literal["mrz", "text"]
Flaw = Literal[
    "blurred", "glare", "cut_edge", "too_small", "too_dark", "wrong_side", "finger", "mrz_missing", "blank"
]
Overrule = Literal["only_copy", "paper_damaged", "cannot_return", "verdict_wrong"]
Agreement = Literal["agrees", "conflicts", "not_read"]
Recorded = Literal[
    "holder_enrolled",
    "holder_seen",
    "pin_changed",
    "deposited",
    "read",
    "reading_failed",
    "fields_seen",
    "content_failed",
    "case_opened",
    "request_made",
    "request_refused",
    "granted",
    "withdrawn",
    "released",
    "release_failed",
    "refused",
    "own_copy",
    "own_copy_failed",
    "resealed",
    "reseal_failed",
    "holder_key_replaced",
    "holder_key_replace_failed",
    "document_erased",
    "other",
]


def _known(kind: str) -> str:
    return kind if kind in get_args(Recorded) else "other"


Happened = Annotated[Recorded, BeforeValidator(_known)]
"""What an entry says happened; `other` for what this program never records: one odd entry must not hide the rest."""
