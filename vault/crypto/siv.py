"""The one sealed form of everything small: AES-256-GCM-SIV under a derived key (SPEC.md B.3, RFC 8452)."""

import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from vault.crypto.context import Field, encode_context
from vault.crypto.errors import KeyFormatError, WrongPlace

KEY_SIZE = 32
OVERHEAD = 29
"""Bytes a sealed form is longer than its plaintext: version, nonce, tag."""

_VERSION = b"\x01"
_NONCE_SIZE = 12


@dataclass(frozen=True)
class Place:
    """What a sealed thing is (its label) and where it belongs (the fields), SPEC.md B.1 and B.2."""

    label: str
    fields: tuple[Field, ...]


def seal_bytes(secret: bytes, plaintext: bytes, place: Place) -> bytes:
    """Seal `plaintext` to its place: version (1) || nonce (12) || ciphertext and tag.

    Raises:
        KeyFormatError: `secret` is not 32 bytes.
    """
    nonce = secrets.token_bytes(_NONCE_SIZE)
    cipher, associated = _cipher(secret, place)
    return _VERSION + nonce + cipher.encrypt(nonce, plaintext, associated)


def open_bytes(secret: bytes, sealed: bytes, place: Place) -> bytes:
    """Open what `seal_bytes` made for exactly this place.

    Raises:
        WrongPlace: Another key, another place, another version, or damaged.
        KeyFormatError: `secret` is not 32 bytes.
    """
    cipher, associated = _cipher(secret, place)
    if len(sealed) < OVERHEAD or sealed[:1] != _VERSION:
        raise WrongPlace("not sealed for this place, or damaged")
    nonce, ciphertext = sealed[1 : 1 + _NONCE_SIZE], sealed[1 + _NONCE_SIZE :]
    try:
        return cipher.decrypt(nonce, ciphertext, associated)
    except InvalidTag:
        raise WrongPlace("not sealed for this place, or damaged") from None


def _cipher(secret: bytes, place: Place) -> tuple[AESGCMSIV, bytes]:
    if len(secret) != KEY_SIZE:
        raise KeyFormatError(f"a key for sealing has {KEY_SIZE} bytes")
    sealing_key = HKDF(SHA256(), KEY_SIZE, salt=None, info=encode_context(place.label)).derive(secret)
    return AESGCMSIV(sealing_key), encode_context(place.label, *place.fields)
