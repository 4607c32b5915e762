"""Post-quantum recipients and identities of age: ML-KEM-768 with X25519, `mlkem768x25519` (SPEC.md A.4, C2SP age).

A file key wrapped here is safe as long as either of the two holds: X25519 today, ML-KEM-768 (FIPS 203) against
a quantum computer. The KEM is MLKEM768-X25519 of draft-ietf-hpke-pq, also known as X-Wing.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from vault.crypto import bech32
from vault.crypto.age_header import Stanza, decode_base64, encode_base64
from vault.crypto.errors import HeaderError, KeyFormatError, UnknownType
from vault.crypto.x25519 import is_low_order

TYPE = "mlkem768x25519"

_PREFIX = "age1pq"
_SECRET_PREFIX = "age-secret-key-pq-"  # noqa: S105  # how every identity begins, not one of them
_INFO = b"age-encryption.org/mlkem768x25519"
_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
_SEED_SIZE = 32
_MLKEM_SEED_SIZE = 64
_MLKEM_PUBLIC_SIZE = 1184
_MLKEM_CIPHERTEXT_SIZE = 1088
_X25519_SIZE = 32
_PUBLIC_SIZE = _MLKEM_PUBLIC_SIZE + _X25519_SIZE
_SHARE_SIZE = _MLKEM_CIPHERTEXT_SIZE + _X25519_SIZE
_BODY_SIZE = 32  # a 16-byte file key and its tag


@dataclass(frozen=True)
class HybridRecipient:
    """A post-quantum public key that file keys can be wrapped for: 1216 bytes, written `age1pq1...`.

    Raises:
        KeyFormatError: Not 1216 bytes, not a valid ML-KEM-768 public key (FIPS 203 section 7.2), or of low order.
    """

    public_key: bytes

    def __post_init__(self) -> None:
        if len(self.public_key) != _PUBLIC_SIZE:
            raise KeyFormatError(f"a post-quantum recipient has {_PUBLIC_SIZE} bytes")
        if is_low_order(self.public_key[_MLKEM_PUBLIC_SIZE:]):
            raise KeyFormatError("a post-quantum recipient of low order")
        _public_key(self.public_key)

    @classmethod
    def parse(cls, text: str) -> "HybridRecipient":
        """Read `age1pq1...`, lower case, nothing around it.

        Raises:
            UnknownType: Of another type.
            KeyFormatError: Mistyped, or not a valid public key.
        """
        prefix, public_key = bech32.decode(text)
        if prefix != _PREFIX or text != text.lower():
            raise UnknownType("a post-quantum recipient begins with age1pq1, in lower case")
        return cls(public_key)

    def __str__(self) -> str:
        return bech32.encode(_PREFIX, self.public_key)

    def wrap(self, file_key: bytes) -> Stanza:
        """Return a new stanza; two for the same recipient can't be linked."""
        sealed = _SUITE.encrypt(file_key, _public_key(self.public_key), info=_INFO)
        return Stanza((TYPE, encode_base64(sealed[:_SHARE_SIZE])), sealed[_SHARE_SIZE:])


@dataclass(frozen=True)
class HybridIdentity:
    """The secret of a post-quantum recipient: a seed of 32 bytes, written `AGE-SECRET-KEY-PQ-1...`.

    `str()` is that text, so never put an identity in a message or a log; `repr()` does not show it.

    Raises:
        KeyFormatError: Not 32 bytes.
    """

    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.seed) != _SEED_SIZE:
            raise KeyFormatError(f"a post-quantum identity has {_SEED_SIZE} bytes")

    @classmethod
    def generate(cls) -> "HybridIdentity":
        """Return a new identity."""
        return cls(secrets.token_bytes(_SEED_SIZE))

    @classmethod
    def parse(cls, text: str) -> "HybridIdentity":
        """Read `AGE-SECRET-KEY-PQ-1...`, upper case, nothing around it.

        Raises:
            UnknownType: Of another type.
            KeyFormatError: Mistyped.
        """
        prefix, seed = bech32.decode(text)
        if prefix != _SECRET_PREFIX or text != text.upper():
            raise UnknownType("a post-quantum identity begins with AGE-SECRET-KEY-PQ-1, in upper case")
        return cls(seed)

    def __str__(self) -> str:
        return bech32.encode(_SECRET_PREFIX, self.seed).upper()

    @property
    def recipient(self) -> HybridRecipient:
        """The recipient whose stanzas this identity unwraps."""
        mlkem, x25519 = self._private_keys()
        return HybridRecipient(mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw())

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """Return the file key from the first stanza that is for this identity, None if there is none.

        Raises:
            HeaderError: An mlkem768x25519 stanza is malformed (SPEC.md A.4).
        """
        mine = [stanza for stanza in stanzas if stanza.arguments[0] == TYPE]
        if not mine:
            return None
        private_key = MLKEM768X25519PrivateKey(*self._private_keys())
        for stanza in mine:
            share = _share_of(stanza)
            try:
                return _SUITE.decrypt(share + stanza.body, private_key, info=_INFO)
            except InvalidTag:
                continue
        return None

    def _private_keys(self) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
        expanded = hashlib.shake_256(self.seed).digest(_MLKEM_SEED_SIZE + _X25519_SIZE)
        return (
            MLKEM768PrivateKey.from_seed_bytes(expanded[:_MLKEM_SEED_SIZE]),
            X25519PrivateKey.from_private_bytes(expanded[_MLKEM_SEED_SIZE:]),
        )


def _public_key(encoded: bytes) -> MLKEM768X25519PublicKey:
    try:
        mlkem = MLKEM768PublicKey.from_public_bytes(encoded[:_MLKEM_PUBLIC_SIZE])
    except ValueError:
        raise KeyFormatError("not a valid ML-KEM-768 public key") from None
    return MLKEM768X25519PublicKey(mlkem, X25519PublicKey.from_public_bytes(encoded[_MLKEM_PUBLIC_SIZE:]))


def _share_of(stanza: Stanza) -> bytes:
    """Return the encapsulated key (`enc` of RFC 9180), everything about the stanza checked but its tag."""
    if len(stanza.arguments) != 2:
        raise HeaderError("an mlkem768x25519 stanza has two arguments")
    share = decode_base64(stanza.arguments[1])
    if len(share) != _SHARE_SIZE:
        raise HeaderError(f"an mlkem768x25519 share has {_SHARE_SIZE} bytes")
    # Checked before opening: a longer body could be made to open under many identities (partitioning oracle).
    if len(stanza.body) != _BODY_SIZE:
        raise HeaderError(f"the body of an mlkem768x25519 stanza has {_BODY_SIZE} bytes")
    # The library tells this as a wrong tag, which would read as "for somebody else".
    if is_low_order(share[_MLKEM_CIPHERTEXT_SIZE:]):
        raise HeaderError("an mlkem768x25519 share of low order")
    return share
