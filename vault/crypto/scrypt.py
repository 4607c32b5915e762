"""Passphrase recipients and identities of age: the `scrypt` stanza (SPEC.md A.5, C2SP age, RFC 7914)."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from vault.crypto.age_header import Stanza, decode_base64, encode_base64
from vault.crypto.errors import HeaderError, KeyFormatError, MixedRecipients, WorkFactorTooHigh

TYPE = "scrypt"
WORK_FACTOR = 18
"""Binary logarithm of scrypt's N that we write, as the age command does: 256 MiB and about a second."""
MAX_WORK_FACTOR = 20
"""The highest that we read: 1 GiB and some seconds. A file must not decide how much of a machine it takes."""

_SALT_PREFIX = b"age-encryption.org/v1/scrypt"
_SALT_SIZE = 16
_BODY_SIZE = 32  # a 16-byte file key and its tag
_DECIMAL = re.compile(r"[1-9][0-9]*")
# One wrap key seals one file key: the salt, and so the wrap key, is new for every stanza.
_NONCE = bytes(12)


@dataclass(frozen=True)
class ScryptRecipient:
    """A passphrase to seal under, the only recipient of its file. Its UTF-8 bytes are used as they are.

    How hard it is to guess is the caller's to see to: whoever has the file can try passphrases.

    Raises:
        KeyFormatError: The passphrase is empty, or no Unicode text.
        ValueError: A work factor that `ScryptIdentity` would not read.
    """

    passphrase: str = field(repr=False)
    work_factor: int = WORK_FACTOR

    def __post_init__(self) -> None:
        _utf8(self.passphrase)
        if not 1 <= self.work_factor <= MAX_WORK_FACTOR:
            raise ValueError(f"a work factor is 1 to {MAX_WORK_FACTOR}")

    def wrap(self, file_key: bytes) -> Stanza:
        """Return a new stanza; takes as long as opening it does."""
        salt = secrets.token_bytes(_SALT_SIZE)
        body = _wrap_cipher(self.passphrase, salt, self.work_factor).encrypt(_NONCE, file_key, None)
        return Stanza((TYPE, encode_base64(salt), str(self.work_factor)), body)


@dataclass(frozen=True)
class ScryptIdentity:
    """A passphrase to open with.

    Raises:
        KeyFormatError: The passphrase is empty, or no Unicode text.
    """

    passphrase: str = field(repr=False)

    def __post_init__(self) -> None:
        _utf8(self.passphrase)

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """Return the file key, None if the file has no passphrase or another one.

        Raises:
            MixedRecipients: A passphrase stanza is not alone: the file was not made by one who knows it.
            WorkFactorTooHigh: Opening would cost more than `MAX_WORK_FACTOR`.
            HeaderError: A passphrase stanza is malformed (SPEC.md A.5).
        """
        mine = [stanza for stanza in stanzas if stanza.arguments[0] == TYPE]
        if not mine:
            return None
        if len(stanzas) > 1:
            raise MixedRecipients("a passphrase must be the only recipient of a file")
        salt, work_factor = _checked(mine[0])
        try:
            return _wrap_cipher(self.passphrase, salt, work_factor).decrypt(_NONCE, mine[0].body, None)
        except InvalidTag:
            return None


def _utf8(passphrase: str) -> bytes:
    if not passphrase:
        raise KeyFormatError("a passphrase can't be empty")
    try:
        return passphrase.encode("utf-8")
    except UnicodeEncodeError:
        # Half a surrogate pair, as Python reads bytes of another encoding from a command line.
        raise KeyFormatError("a passphrase is Unicode text") from None


def _checked(stanza: Stanza) -> tuple[bytes, int]:
    """Return salt and work factor, everything about the stanza checked but its tag, and before any work is done."""
    if len(stanza.arguments) != 3:
        raise HeaderError("a scrypt stanza has three arguments")
    salt = decode_base64(stanza.arguments[1])
    if len(salt) != _SALT_SIZE:
        raise HeaderError(f"a scrypt salt has {_SALT_SIZE} bytes")
    # Checked before opening: a longer body could be made to open under many passphrases (partitioning oracle).
    if len(stanza.body) != _BODY_SIZE:
        raise HeaderError(f"the body of a scrypt stanza has {_BODY_SIZE} bytes")
    if not _DECIMAL.fullmatch(stanza.arguments[2]):
        raise HeaderError("a scrypt work factor is a decimal number without leading zeros")
    # By its length first: a number of thousands of digits is not worth reading.
    if len(stanza.arguments[2]) > 2 or int(stanza.arguments[2]) > MAX_WORK_FACTOR:
        raise WorkFactorTooHigh(f"the passphrase asks for more work than a factor of {MAX_WORK_FACTOR}")
    return salt, int(stanza.arguments[2])


def _wrap_cipher(passphrase: str, salt: bytes, work_factor: int) -> ChaCha20Poly1305:
    scrypt = Scrypt(salt=_SALT_PREFIX + salt, length=32, n=1 << work_factor, r=8, p=1)
    return ChaCha20Poly1305(scrypt.derive(_utf8(passphrase)))
