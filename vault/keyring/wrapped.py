"""The outer form of a wrapped secret: which kind of keyring, which version, and what it made (SPEC.md B.5)."""

from vault.crypto.errors import WrongPlace

LOCAL = b"\x01"
OPENBAO = b"\x02"
AWS_KMS = b"\x03"


def encode_wrapped(kind: bytes, version: str, body: bytes) -> bytes:
    """Kind (1 byte) || length of version (1 byte) || version || body.

    Raises:
        ValueError: the version is empty, longer than 255 bytes, or not ASCII.
    """
    named = version.encode("ascii")
    if not 0 < len(named) < 256:
        raise ValueError("a version of the root key has a name of 1 to 255 bytes")
    return kind + bytes([len(named)]) + named + body


def decode_wrapped(kind: bytes, wrapped: bytes) -> tuple[str, bytes]:
    """Version and body of what a keyring of this kind wrapped.

    Raises:
        WrongPlace: another kind of keyring's, or damaged.
    """
    length = wrapped[1] if len(wrapped) > 1 else 0
    named = wrapped[2 : 2 + length]
    if wrapped[:1] != kind or not length or len(named) != length or not named.isascii():
        raise WrongPlace("not wrapped by this keyring, or damaged")
    return named.decode("ascii"), wrapped[2 + length :]
