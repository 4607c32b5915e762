"""age v1 files: header and payload together, and the two faces a recipient type has (SPEC.md A, C2SP age).

At rest only the payload is stored; `header(file_key, recipients) + payload` opens with any age tool.
"""

import itertools
import secrets
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from vault.crypto.age_header import (
    MAX_STANZAS,
    Header,
    Stanza,
    check_mac,
    make_header,
    parse_header,
    split_header,
)
from vault.crypto.age_stream import FILE_KEY_SIZE, NONCE_SIZE, decrypt_payload, encrypt_payload, split_nonce
from vault.crypto.errors import HeaderError, KeyFormatError, MixedRecipients, NoMatch, TooManyRecipients

__all__ = [
    "FILE_KEY_SIZE",
    "Header",
    "Identity",
    "Recipient",
    "Stanza",
    "decrypt",
    "decrypt_payload",
    "encrypt",
    "encrypt_payload",
    "header",
    "new_file_key",
    "open_header",
    "parse_header",
]


class Recipient(Protocol):
    """Someone a file key can be wrapped for."""

    def wrap(self, file_key: bytes) -> Stanza:
        """Return a new stanza that wraps this file key for this recipient."""


class Identity(Protocol):
    """Someone who can unwrap file keys."""

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """Return the file key from the first stanza that is for this identity, None if there is none.

        Gets all stanzas of a header, so that a type that does not mix with others can refuse company.

        Raises:
            HeaderError: A stanza of this identity's type is malformed.
        """


def new_file_key() -> bytes:
    """Return 16 fresh random bytes, for one payload only."""
    return secrets.token_bytes(FILE_KEY_SIZE)


def header(file_key: bytes, recipients: Sequence[Recipient]) -> bytes:
    """Return a new header that wraps the file key for each recipient.

    Recipients of one type only: a classic one beside a post-quantum one would undo what the other gives, and a
    passphrase promises that nobody else made the file.

    Raises:
        MixedRecipients: Recipients of several types, or a passphrase that is not alone.
        TooManyRecipients: More than 20.
        HeaderError: No recipient.
        KeyFormatError: The file key is not 16 bytes.
    """
    if len(file_key) != FILE_KEY_SIZE:
        raise KeyFormatError(f"a file key has {FILE_KEY_SIZE} bytes")
    if len(recipients) > MAX_STANZAS:
        raise TooManyRecipients(f"a file has at most {MAX_STANZAS} recipients")
    stanzas = [recipient.wrap(file_key) for recipient in recipients]
    types = {stanza.arguments[0] for stanza in stanzas}
    if len(types) > 1:
        raise MixedRecipients(
            "recipients of different types can't share a file: post-quantum, classic, passphrase"
        )
    if types == {"scrypt"} and len(stanzas) > 1:
        raise MixedRecipients("a passphrase must be the only recipient of a file")
    return make_header(file_key, stanzas).encode()


def open_header(parsed: Header, identities: Iterable[Identity]) -> bytes:
    """Return the file key of a header, its MAC checked.

    Raises:
        NoMatch: No stanza is for any of the identities.
        HeaderError: A stanza of an identity's type is malformed.
        HeaderMacError: The header was changed.
    """
    for identity in identities:
        file_key = identity.unwrap(parsed.stanzas)
        if file_key is not None:
            check_mac(parsed, file_key)
            return file_key
    raise NoMatch("the file is not for any of these identities")


def encrypt(plaintext: Iterable[bytes], recipients: Sequence[Recipient]) -> Iterator[bytes]:
    """Return a whole age file, piece by piece, under a file key of its own.

    Raises:
        HeaderError: Recipients that can't share a file, see `header`.
    """
    file_key = new_file_key()
    return itertools.chain((header(file_key, recipients),), encrypt_payload(file_key, plaintext))


def decrypt(ciphertext: Iterable[bytes], identities: Iterable[Identity]) -> Iterator[bytes]:
    """Open a whole age file. The header is read and checked at the call, the payload while iterating.

    Raises:
        HeaderError: The header, or the nonce after it, does not follow the grammar.
        NoMatch: The file is not for any of the identities.
        HeaderMacError: The header was changed.
        PayloadError: While iterating, see `decrypt_payload`.
    """
    parsed, rest = split_header(ciphertext)
    file_key = open_header(parsed, identities)
    payload_nonce, chunks = split_nonce(rest)
    if len(payload_nonce) != NONCE_SIZE:
        # The published vectors count the nonce as part of the header.
        raise HeaderError("the file is cut off before its payload")
    return decrypt_payload(file_key, itertools.chain((payload_nonce,), chunks))
