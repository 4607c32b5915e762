"""Reads the published vectors of the C2SP/CCTV age test kit (tests/vectors/age)."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vault.crypto import age, armor, errors
from vault.crypto.recipients import parse_identity
from vault.crypto.scrypt import ScryptIdentity

FOLDER = Path(__file__).parents[2] / "vectors" / "age"
OUTCOMES: dict[str, type[errors.CryptoError] | None] = {
    "success": None,
    "no match": errors.NoMatch,
    "HMAC failure": errors.HeaderMacError,
    "header failure": errors.HeaderError,
    "armor failure": errors.ArmorError,
    "payload failure": errors.PayloadError,
}
KNOWN_KEYS = {
    "expect",
    "payload",
    "identity",
    "passphrase",
    "armored",
    "compressed",
    "file key",
    "comment",
}


@dataclass(frozen=True)
class Vector:
    expect: str
    payload_sha256: str
    file_key: bytes
    identities: Sequence[age.Identity]
    armored: bool
    file: bytes

    def binary(self) -> bytes:
        """The age file itself; raises ArmorError where it can't be read out of its armor."""
        # Latin-1 gives every byte a character, so that the armor's reader sees foreign ones too.
        return armor.decode(self.file.decode("latin-1")) if self.armored else self.file


def read_vector(path: Path) -> Vector:
    head, _, body = path.read_bytes().partition(b"\n\n")
    pairs = [line.split(": ", 1) for line in head.decode().split("\n")]
    assert {key for key, _ in pairs} <= KNOWN_KEYS, f"{path.name} says something that is not understood here"
    meta = dict(pairs)
    assert meta.get("compressed", "zlib") == "zlib"
    assert meta.get("armored", "yes") == "yes"
    identities: list[age.Identity] = [parse_identity(value) for key, value in pairs if key == "identity"]
    identities += [ScryptIdentity(value) for key, value in pairs if key == "passphrase"]
    return Vector(
        expect=meta["expect"],
        payload_sha256=meta.get("payload", ""),
        file_key=bytes.fromhex(meta["file key"]),
        identities=identities,
        armored="armored" in meta,
        file=zlib.decompress(body) if "compressed" in meta else body,
    )


PATHS = sorted(path for path in FOLDER.iterdir() if not path.suffix and not path.name.startswith("."))
NAMES = [path.name for path in PATHS]
