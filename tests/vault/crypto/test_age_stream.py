"""The payload: whole at every size, and nothing but an authentic prefix of a damaged one."""

import hashlib
import hmac
import itertools
import random
import tracemalloc
from collections.abc import Iterable, Iterator

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given, settings
from hypothesis import strategies as st

from vault.crypto.age_stream import CHUNK, decrypt_payload, encrypt_payload
from vault.crypto.errors import CryptoError, KeyFormatError, PayloadError

SEALED = CHUNK + 16
FILE_KEY = bytes(range(16))
BORDERS = sorted({max(0, chunks * CHUNK + step) for chunks in (0, 1, 2, 3, 16, 32) for step in (-1, 0, 1)})


def noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def sealed(plaintext: bytes) -> bytes:
    return b"".join(encrypt_payload(FILE_KEY, [plaintext]))


def opened(payload: bytes) -> bytes:
    return b"".join(decrypt_payload(FILE_KEY, [payload]))


def collected(payload: bytes) -> tuple[bytes, CryptoError | None]:
    """All that comes out, and the error that ended it."""
    pieces: list[bytes] = []
    try:
        for piece in decrypt_payload(FILE_KEY, [payload]):
            pieces.append(piece)
    except CryptoError as error:
        return b"".join(pieces), error
    return b"".join(pieces), None


def cut_at(data: bytes, sizes: Iterable[int]) -> Iterator[bytes]:
    start = 0
    for size in sizes:
        yield data[start : start + size]
        start += size
    yield data[start:]


def opened_by_the_book(payload: bytes) -> bytes:
    """SPEC.md A.1 once more, in one piece, with HKDF from the standard library."""
    nonce, chunks = payload[:16], payload[16:]
    extracted = hmac.digest(nonce, FILE_KEY, hashlib.sha256)
    payload_key = hmac.digest(extracted, b"payload\x01", hashlib.sha256)
    starts = range(0, len(chunks), SEALED)
    plain = []
    for number, start in enumerate(starts):
        final = b"\x01" if start == starts[-1] else b"\x00"
        chunk_nonce = number.to_bytes(11, "big") + final
        plain.append(ChaCha20Poly1305(payload_key).decrypt(chunk_nonce, chunks[start : start + SEALED], None))
    return b"".join(plain)


@pytest.mark.parametrize("size", BORDERS)
def test_round_trip_at_every_border(size: int) -> None:
    plaintext = noise(size)
    payload = sealed(plaintext)
    assert len(payload) == 16 + size + 16 * max(1, -(-size // CHUNK))
    assert opened(payload) == plaintext
    assert opened_by_the_book(payload) == plaintext


@settings(max_examples=60, deadline=None)
@given(
    chunks=st.integers(0, 3),
    step=st.integers(-20, 20),
    cuts_in=st.lists(st.integers(0, 70_000), max_size=8),
    cuts_out=st.lists(st.integers(0, 70_000), max_size=8),
)
def test_how_the_data_is_cut_does_not_matter(
    chunks: int, step: int, cuts_in: list[int], cuts_out: list[int]
) -> None:
    plaintext = noise(max(0, chunks * CHUNK + step))
    payload = b"".join(encrypt_payload(FILE_KEY, cut_at(plaintext, cuts_in)))
    assert opened_by_the_book(payload) == plaintext
    assert b"".join(decrypt_payload(FILE_KEY, cut_at(payload, cuts_out))) == plaintext


def test_byte_by_byte() -> None:
    plaintext = noise(CHUNK + 5)
    payload = b"".join(encrypt_payload(FILE_KEY, (plaintext[i : i + 1] for i in range(len(plaintext)))))
    assert b"".join(decrypt_payload(FILE_KEY, (payload[i : i + 1] for i in range(len(payload))))) == plaintext


def test_two_payloads_of_one_text_differ_everywhere() -> None:
    first, second = sealed(noise(CHUNK)), sealed(noise(CHUNK))
    assert first[:16] != second[:16]
    assert first[16:48] != second[16:48]


THREE = noise(2 * CHUNK + 100)
PAYLOAD = sealed(THREE)
PARTS = [PAYLOAD[:16], *(PAYLOAD[start : start + SEALED] for start in range(16, len(PAYLOAD), SEALED))]
ANYWHERE = st.one_of(
    st.integers(0, len(PAYLOAD) - 1),
    st.sampled_from(
        [16, 16 + SEALED - 1, 16 + SEALED, 16 + 2 * SEALED - 1, 16 + 2 * SEALED, len(PAYLOAD) - 1]
    ),
)


@settings(max_examples=100, deadline=None)
@given(position=ANYWHERE, flipped=st.integers(1, 255))
def test_a_flipped_byte_is_refused_and_the_chunks_before_it_come_out(position: int, flipped: int) -> None:
    damaged = bytearray(PAYLOAD)
    damaged[position] ^= flipped
    intact = max(0, position - 16) // SEALED if position >= 16 else 0
    out, error = collected(bytes(damaged))
    assert isinstance(error, PayloadError)
    assert out == THREE[: intact * CHUNK]


@settings(max_examples=100, deadline=None)
@given(size=ANYWHERE)
def test_a_truncated_payload_is_refused_and_its_whole_chunks_come_out(size: int) -> None:
    out, error = collected(PAYLOAD[:size])
    assert isinstance(error, PayloadError)
    whole = max(0, size - 16) // SEALED
    assert out == THREE[: whole * CHUNK]


@settings(max_examples=60, deadline=None)
@given(position=ANYWHERE, repeated=st.booleans())
def test_a_dropped_or_repeated_byte_is_refused(position: int, repeated: bool) -> None:
    after = position if repeated else position + 1
    before = position + 1 if repeated else position
    out, error = collected(PAYLOAD[:before] + PAYLOAD[after:])
    assert isinstance(error, PayloadError)
    assert len(out) in (0, CHUNK, 2 * CHUNK)
    assert THREE.startswith(out)


@pytest.mark.parametrize(
    "order",
    sorted(
        set(itertools.permutations((1, 2, 3)))
        | set(itertools.permutations((1, 2, 3), 2))
        | {(1,), (2,), (3,), (), (1, 1, 2, 3), (1, 2, 2, 3), (1, 2, 3, 3), (1, 2, 3, 1)} - {(1, 2, 3)}
    ),
)
def test_chunks_dropped_repeated_or_reordered_are_refused(order: tuple[int, ...]) -> None:
    if order == (1, 2, 3):
        assert opened(PAYLOAD) == THREE
        return
    in_place = len(
        list(itertools.takewhile(lambda pair: pair[0] == pair[1], zip(order, (1, 2, 3), strict=False)))
    )
    out, error = collected(b"".join([PARTS[0], *(PARTS[number] for number in order)]))
    assert isinstance(error, PayloadError)
    assert THREE.startswith(out)
    assert len(out) <= in_place * CHUNK


@settings(max_examples=60, deadline=None)
@given(size=st.sampled_from([0, 1, 100, CHUNK - 1, CHUNK, CHUNK + 1, 16 * CHUNK]), tail=st.binary(min_size=1))
def test_data_after_the_end_is_refused(size: int, tail: bytes) -> None:
    out, error = collected(sealed(noise(size)) + tail)
    assert isinstance(error, PayloadError)
    assert noise(size).startswith(out)


def test_an_empty_final_chunk_after_a_full_one_is_refused() -> None:
    """It would give one document two sealed forms; made here by hand, since the writer never does."""
    nonce = bytes(16)
    payload_key = hmac.digest(hmac.digest(nonce, FILE_KEY, hashlib.sha256), b"payload\x01", hashlib.sha256)
    full = ChaCha20Poly1305(payload_key).encrypt(bytes(12), bytes(CHUNK), None)
    empty = ChaCha20Poly1305(payload_key).encrypt((1).to_bytes(11, "big") + b"\x01", b"", None)
    out, error = collected(nonce + full + empty)
    assert isinstance(error, PayloadError)
    assert out == bytes(CHUNK)


def test_chunks_of_two_payloads_do_not_mix() -> None:
    other = sealed(THREE)
    out, error = collected(PAYLOAD[: 16 + SEALED] + other[16 + SEALED :])
    assert isinstance(error, PayloadError)
    assert out == THREE[:CHUNK]


def test_another_file_key_opens_nothing() -> None:
    pieces: list[bytes] = []
    with pytest.raises(PayloadError):
        pieces.extend(decrypt_payload(bytes(16), [PAYLOAD]))
    assert pieces == []


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_refused(data: bytes) -> None:
    out, error = collected(data)
    assert isinstance(error, PayloadError)
    assert out == b""


@pytest.mark.parametrize("size", [0, 15, 17, 32])
def test_a_file_key_of_another_length_is_refused_at_the_call(size: int) -> None:
    with pytest.raises(KeyFormatError):
        encrypt_payload(bytes(size), [])
    with pytest.raises(KeyFormatError):
        decrypt_payload(bytes(size), [PAYLOAD])


@pytest.mark.parametrize("size", [0, 1, 15])
def test_a_cut_nonce_is_refused_at_the_call(size: int) -> None:
    with pytest.raises(PayloadError):
        decrypt_payload(FILE_KEY, [PAYLOAD[:size]])


def test_memory_stays_flat_and_pieces_small() -> None:
    piece = noise(300_000)
    tracemalloc.start()
    try:
        plaintext = itertools.repeat(piece, 100)
        largest = total = 0
        for opened_piece in decrypt_payload(FILE_KEY, encrypt_payload(FILE_KEY, plaintext)):
            largest, total = max(largest, len(opened_piece)), total + len(opened_piece)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert total == 30_000_000
    assert largest == CHUNK
    assert peak < 1 << 20


def test_the_first_piece_comes_before_the_last_byte_is_asked_for() -> None:
    asked = 0

    def counted() -> Iterator[bytes]:
        nonlocal asked
        for start in range(0, len(long), 10_000):
            asked += 1
            yield long[start : start + 10_000]

    long = sealed(noise(4 << 20))
    next(iter(decrypt_payload(FILE_KEY, counted())))
    assert asked * 10_000 < SEALED + 30_000
