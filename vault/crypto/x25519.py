"""X25519 recipients and identities of age (SPEC.md A.3, C2SP age, RFC 7748)."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from vault.crypto import bech32
from vault.crypto.age_header import Stanza, decode_base64, encode_base64
from vault.crypto.errors import HeaderError, KeyFormatError, UnknownType

_TYPE = "X25519"
_INFO = b"age-encryption.org/v1/X25519"
_SIZE = 32
_BODY_SIZE = 32  # a 16-byte file key and its tag
# One wrap key seals one file key: the share, and so the wrap key, is new for every stanza.
_NONCE = bytes(12)


@dataclass(frozen=True)
class X25519Recipient:
    """A public key that file keys can be wrapped for: 32 bytes, written `age1...`.

    Raises:
        KeyFormatError: Not 32 bytes, or a point of low order, for which anyone could unwrap.
    """

    public_key: bytes

    def __post_init__(self) -> None:
        if len(self.public_key) != _SIZE:
            raise KeyFormatError(f"an X25519 recipient has {_SIZE} bytes")
        if is_low_order(self.public_key):
            raise KeyFormatError("an X25519 recipient of low order")

    @classmethod
    def parse(cls, text: str) -> "X25519Recipient":
        """Read `age1...`, lower case, nothing around it.

        Raises:
            UnknownType: Of another type.
            KeyFormatError: Mistyped, or of low order.
        """
        prefix, public_key = bech32.decode(text)
        if prefix != "age" or text != text.lower():
            raise UnknownType("an X25519 recipient begins with age1, in lower case")
        return cls(public_key)

    def __str__(self) -> str:
        return bech32.encode("age", self.public_key)

    def wrap(self, file_key: bytes) -> Stanza:
        """Return a new stanza; two for the same recipient can't be linked."""
        ephemeral = secrets.token_bytes(_SIZE)
        share = _public_key(ephemeral)
        shared = _shared_secret(ephemeral, self.public_key)
        if shared is None:
            raise KeyFormatError("an X25519 recipient of low order")
        body = _wrap_cipher(shared, share, self.public_key).encrypt(_NONCE, file_key, None)
        return Stanza((_TYPE, encode_base64(share)), body)


@dataclass(frozen=True)
class X25519Identity:
    """The secret of a recipient: 32 bytes, written `AGE-SECRET-KEY-1...`.

    `str()` is that text, so never put an identity in a message or a log; `repr()` does not show it.

    Raises:
        KeyFormatError: Not 32 bytes.
    """

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != _SIZE:
            raise KeyFormatError(f"an X25519 identity has {_SIZE} bytes")

    @classmethod
    def generate(cls) -> "X25519Identity":
        """Return a new identity."""
        return cls(secrets.token_bytes(_SIZE))

    @classmethod
    def parse(cls, text: str) -> "X25519Identity":
        """Read `AGE-SECRET-KEY-1...`, upper case, nothing around it.

        Raises:
            UnknownType: Of another type.
            KeyFormatError: Mistyped.
        """
        prefix, secret = bech32.decode(text)
        if prefix != "age-secret-key-" or text != text.upper():
            raise UnknownType("an X25519 identity begins with AGE-SECRET-KEY-1, in upper case")
        return cls(secret)

    def __str__(self) -> str:
        return bech32.encode("age-secret-key-", self.secret).upper()

    @property
    def recipient(self) -> X25519Recipient:
        """The recipient whose stanzas this identity unwraps."""
        return X25519Recipient(_public_key(self.secret))

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """Return the file key from the first stanza that is for this identity, None if there is none.

        Raises:
            HeaderError: An X25519 stanza is malformed (SPEC.md A.3).
        """
        public_key = _public_key(self.secret)
        for stanza in stanzas:
            if stanza.arguments[0] != _TYPE:
                continue
            share = _share_of(stanza)
            shared = _shared_secret(self.secret, share)
            if shared is None:
                raise HeaderError("an X25519 share of low order")
            try:
                return _wrap_cipher(shared, share, public_key).decrypt(_NONCE, stanza.body, None)
            except InvalidTag:
                continue
        return None


def is_low_order(public_key: bytes) -> bool:
    """Tell whether every secret gives the same, all-zero result with this point (RFC 7748 section 6.1)."""
    # So any secret shows it.
    return _shared_secret(secrets.token_bytes(_SIZE), public_key) is None


def _share_of(stanza: Stanza) -> bytes:
    if len(stanza.arguments) != 2:
        raise HeaderError("an X25519 stanza has two arguments")
    share = decode_base64(stanza.arguments[1])
    if len(share) != _SIZE:
        raise HeaderError(f"an X25519 share has {_SIZE} bytes")
    # Checked before opening: a longer body could be made to open under many identities (partitioning oracle).
    if len(stanza.body) != _BODY_SIZE:
        raise HeaderError(f"the body of an X25519 stanza has {_BODY_SIZE} bytes")
    return share


def _public_key(secret: bytes) -> bytes:
    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def _shared_secret(secret: bytes, public_key: bytes) -> bytes | None:
    """Return X25519(secret, public_key), None where it is all zero (RFC 7748 section 6.1)."""
    try:
        return X25519PrivateKey.from_private_bytes(secret).exchange(
            X25519PublicKey.from_public_bytes(public_key)
        )
    except ValueError:
        # The library's way to report the all-zero secret; both lengths are checked before.
        return None


def _wrap_cipher(shared: bytes, share: bytes, public_key: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(HKDF(SHA256(), 32, salt=share + public_key, info=_INFO).derive(shared))
