"""A part of a payload: the same as a slice of the whole, authenticated, and little is fetched for it."""

import random
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vault.crypto.age_range import decrypt_range, plaintext_size
from vault.crypto.age_stream import CHUNK, SEALED_CHUNK, encrypt_payload
from vault.crypto.errors import KeyFormatError, PayloadError

FILE_KEY = bytes(range(16))
SIZES = [0, 1, 100, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK - 1, 3 * CHUNK, 3 * CHUNK + 70]


def noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)


PAYLOADS = {size: b"".join(encrypt_payload(FILE_KEY, [noise(size)])) for size in SIZES}
LONG = 3 * CHUNK + 70


class Store:
    """A stored payload that notes what is asked of it and gives it in small pieces."""

    def __init__(self, payload: bytes, piece: int = 10_000) -> None:
        self.payload, self.piece = payload, piece
        self.asked: list[tuple[int, int]] = []

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        assert 0 <= start < stop <= len(self.payload)
        self.asked.append((start, stop))
        return (self.payload[at : min(at + self.piece, stop)] for at in range(start, stop, self.piece))


def part(payload: bytes, start: int, stop: int, file_key: bytes = FILE_KEY) -> bytes:
    return b"".join(decrypt_range(file_key, len(payload), Store(payload).read, start, stop))


near_borders = st.builds(
    lambda chunks, step: max(0, chunks * CHUNK + step), st.integers(0, 4), st.integers(-20, 90)
)
positions = st.one_of(near_borders, st.integers(0, LONG + 100))


@settings(max_examples=300, deadline=None)
@given(size=st.sampled_from(SIZES), one=positions, other=positions, piece=st.integers(1000, 200_000))
@example(size=0, one=0, other=0, piece=1000)
@example(size=LONG, one=LONG, other=LONG, piece=1000)
@example(size=LONG, one=0, other=1 << 60, piece=1000)
def test_it_is_the_slice_of_the_whole(size: int, one: int, other: int, piece: int) -> None:
    start, stop = sorted((one, other))
    store = Store(PAYLOADS[size], piece)
    opened = b"".join(decrypt_range(FILE_KEY, len(store.payload), store.read, start, stop))
    assert opened == noise(size)[start:stop]


@settings(max_examples=200, deadline=None)
@given(one=positions, other=positions)
def test_only_what_is_needed_is_fetched(one: int, other: int) -> None:
    """Nonce, last chunk, and in one request the chunks of the part: none twice, none besides."""
    start, stop = sorted((one, other))
    store = Store(PAYLOADS[LONG])
    list(decrypt_range(FILE_KEY, len(store.payload), store.read, start, stop))
    end_starts = 16 + 3 * SEALED_CHUNK
    expected = [(0, 16), (end_starts, len(store.payload))]
    first, behind = start // CHUNK, min(3, -(-stop // CHUNK))
    if start < stop and first < behind:
        expected.append((16 + first * SEALED_CHUNK, 16 + behind * SEALED_CHUNK))
    assert store.asked == expected


def test_a_payload_of_one_chunk_is_fetched_once() -> None:
    store = Store(PAYLOADS[100])
    assert b"".join(decrypt_range(FILE_KEY, len(store.payload), store.read, 10, 20)) == noise(100)[10:20]
    assert store.asked == [(0, len(store.payload))]


@pytest.mark.parametrize("size", SIZES)
def test_the_size_of_the_plaintext_is_known_from_the_stored_size(size: int) -> None:
    assert plaintext_size(len(PAYLOADS[size])) == size


@given(st.integers(-5, 5 * SEALED_CHUNK))
def test_a_size_that_no_payload_has_is_refused(stored: int) -> None:
    possible = {16 + size + 16 * max(1, -(-size // CHUNK)) for size in range_around(stored)}
    if stored in possible:
        assert plaintext_size(stored) >= 0
    else:
        with pytest.raises(PayloadError):
            plaintext_size(stored)
        with pytest.raises(PayloadError):
            decrypt_range(FILE_KEY, stored, lambda _start, _stop: [], 0, 1)


def range_around(stored: int) -> range:
    """Every plaintext size whose payload could have this stored size."""
    return range(max(0, stored - 16 * 10), max(0, stored) + 1)


@settings(max_examples=100, deadline=None)
@given(cut=st.integers(1, LONG))
def test_a_payload_that_was_cut_off_gives_no_part_at_all(cut: int) -> None:
    """Whether the size given is the true one, as the database has it, or the one the store now tells."""
    shorter = PAYLOADS[LONG][:-cut]
    with pytest.raises(PayloadError):
        decrypt_range(FILE_KEY, len(shorter), Store(shorter).read, 0, 10)
    with pytest.raises(PayloadError):
        decrypt_range(FILE_KEY, len(PAYLOADS[LONG]), lambda a, b: [shorter[a:b]], 0, 10)


@settings(max_examples=60, deadline=None)
@given(tail=st.binary(min_size=1, max_size=40) | st.just(bytes(SEALED_CHUNK)))
def test_a_payload_that_was_extended_gives_no_part_at_all(tail: bytes) -> None:
    for payload in (PAYLOADS[LONG], PAYLOADS[CHUNK], PAYLOADS[0]):
        longer = payload + tail
        with pytest.raises(PayloadError):
            decrypt_range(FILE_KEY, len(longer), Store(longer).read, 0, 10)


@settings(max_examples=150, deadline=None)
@given(position=st.integers(0, len(PAYLOADS[LONG]) - 1), flipped=st.integers(1, 255), chunk=st.integers(0, 3))
def test_a_flipped_byte_is_refused_where_it_is_looked_at(position: int, flipped: int, chunk: int) -> None:
    damaged = bytearray(PAYLOADS[LONG])
    damaged[position] ^= flipped
    start, stop = chunk * CHUNK + 5, chunk * CHUNK + 50
    hit = position < 16 or (position - 16) // SEALED_CHUNK in (chunk, 3)
    if hit:
        with pytest.raises(PayloadError):
            part(bytes(damaged), start, stop)
    else:
        assert part(bytes(damaged), start, stop) == noise(LONG)[start:stop]


def test_chunks_out_of_their_place_are_refused() -> None:
    payload = PAYLOADS[LONG]
    first, second = payload[16 : 16 + SEALED_CHUNK], payload[16 + SEALED_CHUNK : 16 + 2 * SEALED_CHUNK]
    swapped = payload[:16] + second + first + payload[16 + 2 * SEALED_CHUNK :]
    for start in (0, CHUNK):
        with pytest.raises(PayloadError):
            part(swapped, start, start + 10)
    # A last chunk that was one, in the middle: authentic under its final byte only.
    ended = payload[: 16 + 2 * SEALED_CHUNK] + PAYLOADS[3 * CHUNK][-SEALED_CHUNK:] + payload[-86:]
    with pytest.raises(PayloadError):
        part(ended, 2 * CHUNK, 2 * CHUNK + 10)


def test_a_store_that_gives_another_part_or_too_little_is_found_out() -> None:
    payload = PAYLOADS[LONG]
    size = len(payload)

    def whole(_start: int, _stop: int) -> list[bytes]:
        return [payload]

    def short_in_the_middle(start: int, stop: int) -> list[bytes]:
        return [payload[start : stop - 1] if stop - start > 100 else payload[start:stop]]

    def whole_chunks_too_few(start: int, stop: int) -> list[bytes]:
        return [payload[start : start + SEALED_CHUNK] if stop - start > SEALED_CHUNK else payload[start:stop]]

    for read in (whole, short_in_the_middle, whole_chunks_too_few):
        with pytest.raises(PayloadError):
            list(decrypt_range(FILE_KEY, size, read, 0, 3 * CHUNK))


def test_another_file_key_opens_nothing() -> None:
    with pytest.raises(PayloadError):
        decrypt_range(bytes(16), len(PAYLOADS[LONG]), Store(PAYLOADS[LONG]).read, 0, 10)
    with pytest.raises(KeyFormatError):
        decrypt_range(bytes(32), len(PAYLOADS[LONG]), Store(PAYLOADS[LONG]).read, 0, 10)


@pytest.mark.parametrize(("start", "stop"), [(-1, 5), (5, 4), (-5, -1)])
def test_a_range_that_is_none_is_refused(start: int, stop: int) -> None:
    with pytest.raises(ValueError, match="range"):
        decrypt_range(FILE_KEY, len(PAYLOADS[100]), Store(PAYLOADS[100]).read, start, stop)


def test_memory_stays_flat_over_a_long_range() -> None:
    size = 20 << 20
    payload = b"".join(encrypt_payload(FILE_KEY, [bytes(size)]))
    view = memoryview(payload)
    tracemalloc.start()
    try:
        store = Store(view, 1 << 16)  # type: ignore[arg-type]  # slices of a view copy nothing
        opened = sum(map(len, decrypt_range(FILE_KEY, len(payload), store.read, CHUNK // 2, size)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert opened == size - CHUNK // 2
    assert peak < 1 << 20
