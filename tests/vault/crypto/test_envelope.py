"""The envelope: a wrapped key opens in its own place and nowhere else, and says no more than that."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from hypothesis import given, settings
from hypothesis import strategies as st

from vault.crypto.age import new_file_key
from vault.crypto.envelope import (
    FILE_KEY_LABEL,
    FilePlace,
    new_holder_key,
    unwrap_file_key,
    unwrap_secret,
    wrap_file_key,
    wrap_secret,
)
from vault.crypto.errors import KeyFormatError, WrongPlace
from vault.crypto.records import Cell, open_record, seal
from vault.crypto.siv import Place, seal_bytes

HOLDER_KEY = bytes(range(32))
FILE_KEY = bytes(range(16))
PLACE = FilePlace("holder-1", "document-1", "object-1", 1, bytes(32))
WRAPPED = wrap_file_key(HOLDER_KEY, FILE_KEY, PLACE)

ids = st.text(max_size=20)
places = st.builds(
    FilePlace, ids, ids, ids, st.integers(0, (1 << 64) - 1), st.binary(min_size=32, max_size=32)
)


# RFC 8452 appendix C.2, the first two: what the library calls AES-256-GCM-SIV is what the specification means.
@pytest.mark.parametrize(
    ("plaintext", "result"),
    [
        ("", "07f5f4169bbf55a8400cd47ea6fd400f"),
        ("0100000000000000", "c2ef328e5c71c83b843122130f7364b761e0b97427e3df28"),
    ],
)
def test_rfc_8452_vectors(plaintext: str, result: str) -> None:
    cipher = AESGCMSIV(b"\x01" + bytes(31))
    assert cipher.encrypt(b"\x03" + bytes(11), bytes.fromhex(plaintext), b"").hex() == result


@settings(deadline=None)
@given(places)
def test_a_file_key_opens_in_its_place(place: FilePlace) -> None:
    file_key, holder_key = new_file_key(), new_holder_key()
    wrapped = wrap_file_key(holder_key, file_key, place)
    assert len(wrapped) == 45
    assert file_key not in wrapped
    assert unwrap_file_key(holder_key, wrapped, place) == file_key


@pytest.mark.parametrize(
    "moved",
    [
        {"holder_id": "holder-2"},
        {"document_id": "document-2"},
        {"object_id": "object-2"},
        {"version": 0},
        {"version": 2},
        {"payload_sha256": b"\1" + bytes(31)},
        {"holder_id": "document-1", "document_id": "holder-1"},
        {"holder_id": "holder-1document-1", "document_id": ""},
    ],
)
def test_a_moved_file_key_does_not_open(moved: dict[str, Any]) -> None:
    with pytest.raises(WrongPlace):
        unwrap_file_key(HOLDER_KEY, WRAPPED, replace(PLACE, **moved))


@settings(deadline=None)
@given(places, places)
def test_no_two_places_are_one(one: FilePlace, other: FilePlace) -> None:
    wrapped = wrap_file_key(HOLDER_KEY, FILE_KEY, one)
    if one == other:
        assert unwrap_file_key(HOLDER_KEY, wrapped, other) == FILE_KEY
    else:
        with pytest.raises(WrongPlace):
            unwrap_file_key(HOLDER_KEY, wrapped, other)


def test_another_holder_key_does_not_open() -> None:
    with pytest.raises(WrongPlace):
        unwrap_file_key(new_holder_key(), WRAPPED, PLACE)


@pytest.mark.parametrize("position", range(45))
def test_any_flipped_byte_is_refused(position: int) -> None:
    for flipped in (0x01, 0x80, 0xFF):
        damaged = bytearray(WRAPPED)
        damaged[position] ^= flipped
        with pytest.raises(WrongPlace):
            unwrap_file_key(HOLDER_KEY, bytes(damaged), PLACE)


@pytest.mark.parametrize("size", [*range(45), 46, 90])
def test_any_other_length_is_refused(size: int) -> None:
    with pytest.raises(WrongPlace):
        unwrap_file_key(HOLDER_KEY, (WRAPPED * 2)[:size], PLACE)


@pytest.mark.parametrize("size", [0, 15, 17, 32])
def test_an_authentic_file_key_of_another_length_is_refused(size: int) -> None:
    """Whoever has the holder key can seal anything; what comes out is still a file key or nothing."""
    fields = (PLACE.holder_id, PLACE.document_id, PLACE.object_id, PLACE.version, PLACE.payload_sha256)
    with pytest.raises(WrongPlace):
        unwrap_file_key(HOLDER_KEY, seal_bytes(HOLDER_KEY, bytes(size), Place(FILE_KEY_LABEL, fields)), PLACE)


@given(st.binary(max_size=100))
def test_arbitrary_bytes_are_refused_in_one_way(data: bytes) -> None:
    with pytest.raises(WrongPlace):
        unwrap_file_key(HOLDER_KEY, data, PLACE)
    with pytest.raises(WrongPlace):
        unwrap_secret(HOLDER_KEY, "1", data, b"holder-1")


def test_every_refusal_reads_the_same() -> None:
    messages = set()
    damaged = WRAPPED[:-1] + bytes([WRAPPED[-1] ^ 1])
    for wrapped, place in [
        (WRAPPED, replace(PLACE, version=2)),
        (damaged, PLACE),
        (WRAPPED[:-1], PLACE),
        (b"\2" + WRAPPED[1:], PLACE),
    ]:
        with pytest.raises(WrongPlace) as refusal:
            unwrap_file_key(HOLDER_KEY, wrapped, place)
        messages.add(str(refusal.value))
        assert refusal.value.__cause__ is None
    assert len(messages) == 1


def test_two_wraps_of_one_file_key_differ() -> None:
    assert wrap_file_key(HOLDER_KEY, FILE_KEY, PLACE) != WRAPPED


@settings(deadline=None)
@given(st.binary(max_size=64), st.binary(max_size=40))
def test_a_secret_opens_in_its_context(secret: bytes, context: bytes) -> None:
    wrapped = wrap_secret(HOLDER_KEY, "1", secret, context)
    assert len(wrapped) == len(secret) + 29
    assert unwrap_secret(HOLDER_KEY, "1", wrapped, context) == secret
    with pytest.raises(WrongPlace):
        unwrap_secret(HOLDER_KEY, "1", wrapped, context + b"\0")
    with pytest.raises(WrongPlace):
        unwrap_secret(new_holder_key(), "1", wrapped, context)
    with pytest.raises(WrongPlace):
        unwrap_secret(HOLDER_KEY, "2", wrapped, context)


@settings(deadline=None)
@given(st.binary(max_size=40), st.integers(0), st.integers(1, 255))
def test_a_damaged_secret_does_not_open(secret: bytes, position: int, flipped: int) -> None:
    damaged = bytearray(wrap_secret(HOLDER_KEY, "1", secret, b"holder-1"))
    damaged[position % len(damaged)] ^= flipped
    with pytest.raises(WrongPlace):
        unwrap_secret(HOLDER_KEY, "1", bytes(damaged), b"holder-1")


def test_one_kind_of_sealed_thing_is_not_another() -> None:
    """Same key bytes, same length, another label: the three kinds never open as each other."""
    record = seal(HOLDER_KEY, "0123456789abcdef", Cell("holder-1", "t", "r", "c"))
    secret = wrap_secret(HOLDER_KEY, "1", FILE_KEY, b"holder-1")
    assert len(record) == len(secret) == len(WRAPPED)
    for foreign in (record, secret):
        with pytest.raises(WrongPlace):
            unwrap_file_key(HOLDER_KEY, foreign, PLACE)
    for foreign in (WRAPPED, secret):
        with pytest.raises(WrongPlace):
            open_record(HOLDER_KEY, foreign, Cell("holder-1", "t", "r", "c"))
    for foreign in (WRAPPED, record):
        with pytest.raises(WrongPlace):
            unwrap_secret(HOLDER_KEY, "1", foreign, b"holder-1")


@pytest.mark.parametrize("size", [0, 16, 31, 33, 64])
def test_keys_of_another_length_are_refused(size: int) -> None:
    attempts: list[Callable[[], bytes]] = [
        lambda: wrap_file_key(bytes(size), FILE_KEY, PLACE),
        lambda: unwrap_file_key(bytes(size), WRAPPED, PLACE),
        lambda: wrap_secret(bytes(size), "1", FILE_KEY, b""),
        lambda: unwrap_secret(bytes(size), "1", WRAPPED, b""),
    ]
    for attempt in attempts:
        with pytest.raises(KeyFormatError):
            attempt()
    with pytest.raises(KeyFormatError):
        wrap_file_key(HOLDER_KEY, bytes(size + 1), PLACE)


def test_a_digest_of_another_length_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        replace(PLACE, payload_sha256=b"")


def test_keys_are_fresh_and_sized() -> None:
    assert len({new_holder_key() for _ in range(100)}) == len({new_file_key() for _ in range(100)}) == 100
    assert (len(new_holder_key()), len(new_file_key())) == (32, 16)
