"""The published vectors of the C2SP/CCTV age test kit: each of the 143 gives exactly the stated result.

A payload failure must also have handed out exactly the authentic prefix whose digest the vector states.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.vault.crypto.published import NAMES, OUTCOMES, PATHS, read_vector
from vault.crypto import age, armor, errors
from vault.crypto.age_header import split_header
from vault.crypto.age_range import decrypt_range, plaintext_size
from vault.crypto.hybrid import HybridIdentity

COUNTS = {
    "success": 26,
    "header failure": 62,
    "armor failure": 22,
    "payload failure": 19,
    "no match": 13,
    "HMAC failure": 1,
}


def cut(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


def test_the_corpus_is_complete() -> None:
    assert len(PATHS) == 143
    assert Counter(read_vector(path).expect for path in PATHS) == COUNTS


@pytest.mark.parametrize("piece_size", [1 << 30, 1000, 7])
@pytest.mark.parametrize("path", PATHS, ids=NAMES)
def test_decryption_gives_the_stated_result(path: Path, piece_size: int) -> None:
    vector = read_vector(path)
    if piece_size == 7 and len(vector.file) > 1 << 20:
        piece_size = 4099  # millions of seven-byte pieces would show nothing more
    digest = hashlib.sha256()
    outcome: type[errors.CryptoError] | None = None
    began = False
    try:
        for piece in age.decrypt(cut(vector.binary(), piece_size), vector.identities):
            began = True
            digest.update(piece)
    except errors.CryptoError as error:
        outcome = type(error)
    expected = OUTCOMES[vector.expect]
    assert outcome is None if expected is None else outcome and issubclass(outcome, expected)
    if vector.payload_sha256:
        assert digest.hexdigest() == vector.payload_sha256
    else:
        assert not began


@pytest.mark.parametrize("path", PATHS, ids=NAMES)
def test_a_header_that_parses_encodes_to_the_same_bytes(path: Path) -> None:
    vector = read_vector(path)
    try:
        header, rest = split_header([vector.binary()])
    except errors.ArmorError:
        assert vector.expect == "armor failure"
    except errors.HeaderError:
        assert vector.expect == "header failure"
    else:
        assert header.encode() + b"".join(rest) == vector.binary()


@pytest.mark.parametrize(
    "path", [path for path in PATHS if read_vector(path).armored], ids=lambda path: str(path.name)
)
def test_armor_that_is_read_encodes_to_the_same_text(path: Path) -> None:
    """But for the white space around it and the kind of its line ends, both of which age leaves open."""
    vector = read_vector(path)
    if vector.expect == "armor failure":
        with pytest.raises(errors.ArmorError):
            vector.binary()
        return
    pasted = vector.file.decode().strip().replace("\r\n", "\n")
    assert armor.encode(vector.binary()) == pasted + "\n"


@pytest.mark.parametrize("path", PATHS, ids=NAMES)
def test_a_payload_opens_under_a_new_header_and_in_parts(path: Path) -> None:
    """What the vault does on release: the stored payload stays, the header is new. And a range of it opens alone."""
    vector = read_vector(path)
    if vector.expect != "success":
        with pytest.raises(errors.CryptoError):
            b"".join(age.decrypt([vector.binary()], vector.identities))
        return
    old, rest = split_header([vector.binary()])
    payload = b"".join(rest)
    file_key = age.open_header(old, vector.identities)
    assert file_key == vector.file_key
    centre = HybridIdentity.generate()
    opened = b"".join(age.decrypt([age.header(file_key, [centre.recipient]), payload], [centre]))
    assert hashlib.sha256(opened).hexdigest() == vector.payload_sha256
    assert plaintext_size(len(payload)) == len(opened)
    for start, stop in (
        (0, len(opened)),
        (len(opened) // 3, len(opened) // 2),
        (len(opened) - 1, len(opened)),
    ):
        parts = decrypt_range(file_key, len(payload), lambda a, b: [payload[a:b]], max(0, start), stop)
        assert b"".join(parts) == opened[max(0, start) : stop]


def handed_out(pieces: Callable[[], Iterator[bytes]]) -> tuple[bytes, type[errors.CryptoError] | None]:
    """All that comes out, and the kind of error that ended it."""
    out = b""
    try:
        for piece in pieces():
            out += piece
    except errors.CryptoError as error:
        return out, type(error)
    return out, None


@pytest.mark.parametrize(
    "path",
    [path for path in PATHS if read_vector(path).expect == "payload failure"],
    ids=lambda path: str(path.name),
)
def test_a_damaged_payload_gives_in_parts_no_more_than_in_order(path: Path) -> None:
    vector = read_vector(path)
    _, rest = split_header([vector.binary()])
    payload = b"".join(rest)

    def part() -> Iterator[bytes]:
        return decrypt_range(vector.file_key, len(payload), lambda a, b: [payload[a:b]], 0, len(payload))

    in_order, _ = handed_out(lambda: age.decrypt_payload(vector.file_key, [payload]))
    in_parts, error = handed_out(part)
    assert error is errors.PayloadError
    assert in_order.startswith(in_parts)
