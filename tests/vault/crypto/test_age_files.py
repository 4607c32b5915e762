"""Whole files, of every type of recipient: they open for whom they are for, and no change to one goes unseen."""

import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vault.crypto import age
from vault.crypto.errors import CryptoError, NoMatch
from vault.crypto.hybrid import HybridIdentity
from vault.crypto.scrypt import ScryptIdentity, ScryptRecipient
from vault.crypto.x25519 import X25519Identity

CHUNK = 64 * 1024
CLASSIC, HYBRID = X25519Identity(bytes(range(32))), HybridIdentity(bytes(range(32)))
PASSPHRASE = ScryptIdentity("a passphrase")
PAIRS: dict[str, tuple[age.Recipient, age.Identity]] = {
    "X25519": (CLASSIC.recipient, CLASSIC),
    "mlkem768x25519": (HYBRID.recipient, HYBRID),
    "scrypt": (ScryptRecipient(PASSPHRASE.passphrase, 2), PASSPHRASE),
}
KINDS = sorted(PAIRS)
TEXT = "Hợp đồng lao động".encode()
FILES = {kind: b"".join(age.encrypt([TEXT], [recipient])) for kind, (recipient, _) in PAIRS.items()}


def opened(kind: str, file: bytes) -> bytes:
    return b"".join(age.decrypt([file], [PAIRS[kind][1]]))


sizes = st.builds(lambda chunks, step: max(0, chunks * CHUNK + step), st.integers(0, 3), st.integers(-17, 17))


@settings(max_examples=60, deadline=None)
@given(kind=st.sampled_from(KINDS), size=sizes, pieces=st.integers(1000, 200_000))
def test_a_file_of_any_size_opens_for_whom_it_is_for(kind: str, size: int, pieces: int) -> None:
    plaintext = random.Random(size).randbytes(size)
    file = b"".join(age.encrypt([plaintext], [PAIRS[kind][0]]))
    cut = (file[start : start + pieces] for start in range(0, len(file), pieces))
    assert b"".join(age.decrypt(cut, [PAIRS[kind][1]])) == plaintext


@pytest.mark.parametrize("kind", KINDS)
def test_it_opens_for_nobody_else(kind: str) -> None:
    strangers: list[age.Identity] = [
        X25519Identity.generate(),
        HybridIdentity.generate(),
        ScryptIdentity("another"),
    ]
    others = [identity for other, (_, identity) in PAIRS.items() if other != kind]
    with pytest.raises(NoMatch):
        age.decrypt([FILES[kind]], [*strangers, *others])
    assert opened(kind, FILES[kind]) == TEXT


@pytest.mark.parametrize("kind", KINDS)
def test_no_flipped_byte_anywhere_goes_unseen(kind: str) -> None:
    file = FILES[kind]
    for position in range(len(file)):
        damaged = bytearray(file)
        damaged[position] ^= 1 << position % 8
        with pytest.raises(CryptoError):
            opened(kind, bytes(damaged))


@pytest.mark.parametrize("kind", KINDS)
def test_no_cut_or_lengthened_file_goes_unseen(kind: str) -> None:
    file = FILES[kind]
    for size in range(len(file)):
        with pytest.raises(CryptoError):
            opened(kind, file[:size])
    for tail in (b"\0", b"\n", file):
        with pytest.raises(CryptoError):
            opened(kind, file + tail)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["X25519", "mlkem768x25519"]), st.data()
)  # moved digits can make scrypt work for seconds
def test_no_dropped_repeated_or_moved_part_goes_unseen(kind: str, data: st.DataObject) -> None:
    file = FILES[kind]
    start = data.draw(st.integers(0, len(file) - 1))
    stop = data.draw(st.integers(start + 1, len(file)))
    target = data.draw(st.integers(0, len(file)))
    part, rest = file[start:stop], file[:start] + file[stop:]
    for damaged in (rest, rest[:target] + part + rest[target:], file[:target] + part + file[target:]):
        if damaged != file:
            with pytest.raises(CryptoError):
                opened(kind, damaged)


def test_the_header_is_read_at_the_call_and_the_payload_while_iterating() -> None:
    asked: list[str] = []

    def file() -> Iterator[bytes]:
        asked.append("header and nonce")
        yield FILES["mlkem768x25519"][: -len(TEXT) - 16]
        asked.append("payload")
        yield FILES["mlkem768x25519"][-len(TEXT) - 16 :]

    pieces = age.decrypt(file(), [HYBRID])
    assert asked == ["header and nonce"]
    assert b"".join(pieces) == TEXT
