"""The published vectors of the C2SP/CCTV age test kit: each gives exactly the stated result.

A payload failure must also have handed out exactly the authentic prefix whose digest the vector states.
"""

import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from vault.crypto import age, errors
from vault.crypto.age_header import split_header
from vault.crypto.x25519 import X25519Identity

FOLDER = Path(__file__).parents[2] / "vectors" / "age"
COUNT = 67
KNOWN_KEYS = {"expect", "payload", "identity", "compressed", "file key", "comment"}
OUTCOMES: dict[str, type[errors.CryptoError] | None] = {
    "success": None,
    "no match": errors.NoMatch,
    "HMAC failure": errors.HeaderMacError,
    "header failure": errors.HeaderError,
    "payload failure": errors.PayloadError,
}


@dataclass(frozen=True)
class Vector:
    expect: str
    payload_sha256: str
    identities: tuple[X25519Identity, ...]
    file: bytes


def read_vector(path: Path) -> Vector:
    head, _, body = path.read_bytes().partition(b"\n\n")
    pairs = [line.split(": ", 1) for line in head.decode().split("\n")]
    meta = {key: value for key, value in pairs if key != "identity"}
    assert {key for key, _ in pairs} <= KNOWN_KEYS, (
        f"{path.name} says something this loader does not understand"
    )
    assert meta.get("compressed", "zlib") == "zlib"
    return Vector(
        expect=meta["expect"],
        payload_sha256=meta.get("payload", ""),
        identities=tuple(X25519Identity.parse(value) for key, value in pairs if key == "identity"),
        file=zlib.decompress(body) if "compressed" in meta else body,
    )


PATHS = sorted(path for path in FOLDER.iterdir() if path.name not in ("README.md", ".gitattributes"))
NAMES = [path.name for path in PATHS]


def cut(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


def test_the_corpus_is_complete() -> None:
    assert len(PATHS) == COUNT
    assert {read_vector(path).expect for path in PATHS} == set(OUTCOMES)


@pytest.mark.parametrize("piece_size", [1 << 30, 1000, 7])
@pytest.mark.parametrize("path", PATHS, ids=NAMES)
def test_decryption_gives_the_stated_result(path: Path, piece_size: int) -> None:
    vector = read_vector(path)
    if piece_size == 7 and len(vector.file) > 1 << 20:
        piece_size = 4099  # millions of seven-byte pieces would show nothing more
    handed_out = hashlib.sha256()
    outcome: type[errors.CryptoError] | None = None
    began = False
    try:
        for piece in age.decrypt(cut(vector.file, piece_size), vector.identities):
            began = True
            handed_out.update(piece)
    except errors.CryptoError as error:
        outcome = type(error)
    expected = OUTCOMES[vector.expect]
    assert outcome is None if expected is None else outcome and issubclass(outcome, expected)
    if vector.payload_sha256:
        assert handed_out.hexdigest() == vector.payload_sha256
    else:
        assert not began


@pytest.mark.parametrize("path", PATHS, ids=NAMES)
def test_a_header_that_parses_encodes_to_the_same_bytes(path: Path) -> None:
    vector = read_vector(path)
    try:
        header, rest = split_header([vector.file])
    except errors.HeaderError:
        assert vector.expect == "header failure"
    else:
        assert header.encode() + b"".join(rest) == vector.file


@pytest.mark.parametrize("path", PATHS, ids=NAMES)
def test_a_payload_opens_under_a_new_header(path: Path) -> None:
    """What the vault does on release: the stored payload stays, the header is new."""
    vector = read_vector(path)
    if vector.expect != "success":
        with pytest.raises(errors.CryptoError):
            b"".join(age.decrypt([vector.file], vector.identities))
        return
    old, payload = split_header([vector.file])
    centre = X25519Identity.generate()
    new = age.header(age.open_header(old, vector.identities), [centre.recipient])
    opened = b"".join(age.decrypt([new, *payload], [centre]))
    assert hashlib.sha256(opened).hexdigest() == vector.payload_sha256
