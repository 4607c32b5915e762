"""Root key -> holder key -> file key: each wrapped under the last, bound to its place (SPEC.md B.4, B.5)."""

import secrets
from dataclasses import dataclass

from vault.crypto.age import FILE_KEY_SIZE
from vault.crypto.errors import KeyFormatError, WrongPlace
from vault.crypto.siv import KEY_SIZE, OVERHEAD, Place, open_bytes, seal_bytes

FILE_KEY_LABEL = "migrant-vault/v1/file-key"
SECRET_LABEL = "migrant-vault/v1/secret"  # noqa: S105  # a label, not a secret
ROOT_FILE_LABEL = "migrant-vault/v1/root-keys"
WRAPPED_FILE_KEY_SIZE = FILE_KEY_SIZE + OVERHEAD


@dataclass(frozen=True)
class FilePlace:
    """Where a payload belongs. `payload_sha256` is the digest of the stored object (nonce || chunks).

    Raises:
        ValueError: The digest is not 32 bytes.
    """

    holder_id: str
    document_id: str
    object_id: str
    version: int
    payload_sha256: bytes

    def __post_init__(self) -> None:
        if len(self.payload_sha256) != 32:
            raise ValueError("a SHA-256 digest has 32 bytes")


def new_holder_key() -> bytes:
    """Return 32 fresh random bytes: opens one holder's file keys and records, and nothing of anyone else."""
    return secrets.token_bytes(KEY_SIZE)


def wrap_file_key(holder_key: bytes, file_key: bytes, place: FilePlace) -> bytes:
    """Wrap a file key for exactly this place: 45 bytes (SPEC.md B.4).

    Raises:
        KeyFormatError: The holder key is not 32 bytes or the file key not 16.
    """
    if len(file_key) != FILE_KEY_SIZE:
        raise KeyFormatError(f"a file key has {FILE_KEY_SIZE} bytes")
    return seal_bytes(holder_key, file_key, _file_place(place))


def unwrap_file_key(holder_key: bytes, wrapped: bytes, place: FilePlace) -> bytes:
    """Return the file key that was wrapped for exactly this place (SPEC.md B.4).

    This proves that the row is in its place. It speaks for the object only if `place.payload_sha256` is the
    digest of the bytes that were fetched.

    Raises:
        WrongPlace: Another holder, document, object, version, payload or holder key; or damaged.
        KeyFormatError: The holder key is not 32 bytes.
    """
    if len(wrapped) != WRAPPED_FILE_KEY_SIZE:
        raise WrongPlace("not sealed for this place, or damaged")
    return open_bytes(holder_key, wrapped, _file_place(place))


def wrap_secret(root_key: bytes, version: str, secret: bytes, context: bytes) -> bytes:
    """Wrap a holder key (context: her id) or a secret of the vault's own (context: its name) (SPEC.md B.5).

    `version` is that of the root key. Contexts of different kinds must not collide: build them with `encode_context`.

    Raises:
        KeyFormatError: The root key is not 32 bytes.
    """
    return seal_bytes(root_key, secret, Place(SECRET_LABEL, (version, context)))


def unwrap_secret(root_key: bytes, version: str, wrapped: bytes, context: bytes) -> bytes:
    """Return the secret that was wrapped under this version of the root key for exactly this context (SPEC.md B.5).

    Raises:
        WrongPlace: Another root key, version or context, or damaged.
        KeyFormatError: The root key is not 32 bytes.
    """
    return open_bytes(root_key, wrapped, Place(SECRET_LABEL, (version, context)))


def _file_place(place: FilePlace) -> Place:
    fields = (place.holder_id, place.document_id, place.object_id, place.version, place.payload_sha256)
    return Place(FILE_KEY_LABEL, fields)
