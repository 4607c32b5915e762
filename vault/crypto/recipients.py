"""Recipients and identities as people write, paste and compare them (SPEC.md A.7)."""

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import TypeVar

from vault.crypto import bech32
from vault.crypto.errors import KeyFormatError, UnknownType
from vault.crypto.hybrid import HybridIdentity, HybridRecipient
from vault.crypto.x25519 import X25519Identity, X25519Recipient

Parsed = TypeVar("Parsed")

MAX_TEXT = 4096
"""Characters of one recipient or identity that are looked at; the longest we know has 1959."""

_RECIPIENTS: Mapping[str, Callable[[str], X25519Recipient | HybridRecipient]] = {
    "age": X25519Recipient.parse,
    "age1pq": HybridRecipient.parse,
}
_IDENTITIES: Mapping[str, Callable[[str], X25519Identity | HybridIdentity]] = {
    "age-secret-key-": X25519Identity.parse,
    "age-secret-key-pq-": HybridIdentity.parse,
}
_FINGERPRINT_SIZE = 16


def parse_recipient(text: str) -> X25519Recipient | HybridRecipient:
    """Read `age1...` or `age1pq1...`, lower case, nothing around it.

    Raises:
        UnknownType: Anything else, a secret identity pasted by mistake included.
        MixedCase: Upper and lower case at once.
        WrongChecksum: Mistyped or cut.
        KeyFormatError: Well-formed, but nothing that could be sealed to.
    """
    if text[:MAX_TEXT].lower().startswith("age-secret-key-"):
        raise UnknownType("a secret identity, not a recipient: shown to others, it must be replaced")
    return _parse(text, "age1", _RECIPIENTS, "a recipient begins with age1 or age1pq1")


def parse_identity(text: str) -> X25519Identity | HybridIdentity:
    """Read `AGE-SECRET-KEY-1...` or `AGE-SECRET-KEY-PQ-1...`, upper case, nothing around it.

    Raises:
        UnknownType: Anything else.
        MixedCase: Upper and lower case at once.
        WrongChecksum: Mistyped or cut.
        KeyFormatError: Of another length.
    """
    return _parse(
        text,
        "age-secret-key-",
        _IDENTITIES,
        "an identity begins with AGE-SECRET-KEY-1 or AGE-SECRET-KEY-PQ-1",
    )


def read_identities(text: str) -> tuple[X25519Identity | HybridIdentity, ...]:
    """Read an identity file as the age command writes it: one a line; empty lines and `#` comments are passed over.

    Raises:
        KeyFormatError: A line is no identity (its own kind of error, which names the line), or there is none.
    """
    identities = []
    for number, ended in enumerate(text.split("\n"), start=1):
        line = ended.removesuffix("\r")
        if not line or line.startswith("#"):
            continue
        try:
            identities.append(parse_identity(line))
        except KeyFormatError as error:
            raise type(error)(f"line {number}: {error}") from None
    if not identities:
        raise KeyFormatError("there is no identity in the file")
    return tuple(identities)


def fingerprint(recipient: X25519Recipient | HybridRecipient) -> str:
    """Return 8 groups of 4 hex digits that two people can compare by telephone.

    The first 16 bytes of SHA-256 over the recipient as text (SPEC.md A.7, ours). Making a second recipient with
    the fingerprint of a given one takes 2^128 tries; two recipients of one maker with the same take 2^64.
    """
    digits = sha256(str(recipient).encode("ascii")).digest()[:_FINGERPRINT_SIZE].hex()
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))


def _parse(
    text: str, beginning: str, parsers: Mapping[str, Callable[[str], Parsed]], expected: str
) -> Parsed:
    if not text[:MAX_TEXT].lower().startswith(beginning):
        # Said before anything about case and checksums, which other kinds of text don't have.
        raise UnknownType(expected)
    if len(text) > MAX_TEXT:
        raise KeyFormatError(f"more than {MAX_TEXT} characters")
    prefix, _ = bech32.decode(text)
    if prefix not in parsers:
        raise UnknownType(expected)
    return parsers[prefix](text)
