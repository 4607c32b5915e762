"""Sealed records: any text comes back from its own cell, and from no other."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vault.crypto.errors import CryptoError, KeyFormatError, WrongPlace
from vault.crypto.records import RECORD_LABEL, Cell, open_record, seal
from vault.crypto.siv import Place, seal_bytes

HOLDER_KEY = bytes(range(32))
CELL = Cell("holder-1", "field", "row-1", "value")

names = st.text(max_size=10)
cells = st.builds(Cell, names, names, names, names)


@settings(deadline=None)
@given(st.text(), cells)
def test_round_trip(text: str, cell: Cell) -> None:
    sealed = seal(HOLDER_KEY, text, cell)
    assert len(sealed) == len(text.encode()) + 29
    assert open_record(HOLDER_KEY, sealed, cell) == text


@pytest.mark.parametrize("field", ["holder_id", "table", "row", "column"])
def test_a_record_copied_to_another_cell_does_not_open(field: str) -> None:
    sealed = seal(HOLDER_KEY, "C1234567", CELL)
    with pytest.raises(WrongPlace):
        open_record(HOLDER_KEY, sealed, replace(CELL, **{field: "another"}))


@settings(deadline=None)
@given(cells, cells)
def test_no_two_cells_are_one(one: Cell, other: Cell) -> None:
    sealed = seal(HOLDER_KEY, "C1234567", one)
    if one == other:
        assert open_record(HOLDER_KEY, sealed, other) == "C1234567"
    else:
        with pytest.raises(WrongPlace):
            open_record(HOLDER_KEY, sealed, other)


@settings(deadline=None)
@given(st.text(max_size=30), st.integers(0), st.integers(1, 255))
def test_a_damaged_record_does_not_open(text: str, position: int, flipped: int) -> None:
    damaged = bytearray(seal(HOLDER_KEY, text, CELL))
    damaged[position % len(damaged)] ^= flipped
    with pytest.raises(WrongPlace):
        open_record(HOLDER_KEY, bytes(damaged), CELL)


@given(st.binary(max_size=80))
def test_arbitrary_bytes_are_refused_in_one_way(data: bytes) -> None:
    with pytest.raises(WrongPlace):
        open_record(HOLDER_KEY, data, CELL)


def test_another_holder_key_does_not_open() -> None:
    with pytest.raises(WrongPlace):
        open_record(bytes(32), seal(HOLDER_KEY, "C1234567", CELL), CELL)


def test_equal_texts_do_not_look_equal() -> None:
    assert seal(HOLDER_KEY, "C1234567", CELL)[13:] != seal(HOLDER_KEY, "C1234567", CELL)[13:]


def test_sealed_bytes_that_are_not_text_are_refused_in_the_same_way() -> None:
    place = Place(RECORD_LABEL, (CELL.holder_id, CELL.table, CELL.row, CELL.column))
    with pytest.raises(WrongPlace):
        open_record(HOLDER_KEY, seal_bytes(HOLDER_KEY, b"\xff", place), CELL)


def test_text_without_an_encoding_is_refused_and_not_repeated() -> None:
    with pytest.raises(CryptoError) as refusal:
        seal(HOLDER_KEY, "C1234567\ud800", CELL)
    assert "C1234567" not in str(refusal.value)
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_holder_key_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(KeyFormatError):
        seal(bytes(size), "", CELL)
    with pytest.raises(KeyFormatError):
        open_record(bytes(size), bytes(29), CELL)
