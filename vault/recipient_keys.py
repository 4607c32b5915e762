"""A recipient as it is pasted, and as two people know it: its text and its fingerprint."""

import hmac
from functools import lru_cache

from vault.crypto.errors import KeyFormatError, MixedCase, UnknownType, WrongChecksum
from vault.crypto.hybrid import HybridRecipient
from vault.crypto.recipients import fingerprint as fingerprint_of
from vault.crypto.recipients import parse_recipient
from vault.errors import Unacceptable
from vault.tables import CentreRecipient

_SECRET = "age-secret-key-"  # noqa: S105  # how every identity begins, not one of them


def usable(text: str) -> HybridRecipient:
    """The post-quantum recipient of this text; white space in it does not matter.

    Raises:
        Unacceptable: recipient-mistyped, recipient-mixed-case, recipient-unknown-type, recipient-unusable,
            recipient-is-secret, recipient-not-post-quantum.
    """
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


def is_known_as(row: CentreRecipient, fingerprint: str) -> bool:
    """Whether this is the fingerprint of what would be sealed to, and not only of what the row says of itself."""
    true = _true_fingerprint(row.recipient)
    if true is None or row.fingerprint != true:
        return False
    return hmac.compare_digest(_digits(fingerprint), _digits(true))


# Public, and the same few are asked for at every handover: reading one takes milliseconds.
@lru_cache(maxsize=256)
def _true_fingerprint(text: str) -> str | None:
    try:
        return fingerprint_of(parse_recipient(text))
    except KeyFormatError:
        return None


def _digits(fingerprint: str) -> bytes:
    return "".join(fingerprint.split()).lower().encode()
