"""What a row is known by to whoever wrote it: a keyed digest over its place and content (SPEC.md B.9)."""

import hmac
from hashlib import sha256

from vault.crypto.context import Field, encode_context

BINDING_LABELS = {
    "centre": "migrant-vault/v1/bound/centre",
    "staff": "migrant-vault/v1/bound/staff",
    "holder": "migrant-vault/v1/bound/holder",
    "session": "migrant-vault/v1/bound/session",
}
ATTEMPT_LABEL = "migrant-vault/v1/attempt"


def binding(index_key: bytes, kind: str, *fields: Field) -> bytes | None:
    """Return the 32-byte binding of a row of one of `BINDING_LABELS`; None where a text in it has no UTF-8 form.

    Such a text was not written by us: a database file that somebody has edited can hold any bytes.
    """
    try:
        return hmac.digest(index_key, encode_context(BINDING_LABELS[kind], *fields), sha256)
    except UnicodeEncodeError:
        return None


def attempt_index(answers_key: bytes, staff_id: str, attempt: str) -> bytes:
    """Return the 32-byte index of what a member of staff called one attempt."""
    return hmac.digest(answers_key, encode_context(ATTEMPT_LABEL, staff_id, attempt), sha256)
