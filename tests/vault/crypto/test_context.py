"""The context encoding: no two different places look alike."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.crypto.context import encode_context

fields = st.one_of(st.text(max_size=6), st.binary(max_size=6), st.integers(0, (1 << 64) - 1))
contexts = st.tuples(st.text(max_size=6), st.lists(fields, max_size=4).map(tuple))


def decoded(encoding: bytes) -> tuple[str, tuple[Any, ...]]:
    """Read SPEC.md B.1 backwards: what can be read back in one way only is injective."""

    def take(size: int) -> bytes:
        nonlocal encoding
        taken, encoding = encoding[:size], encoding[size:]
        assert len(taken) == size
        return taken

    label = take(int.from_bytes(take(4), "big")).decode()
    found: list[Any] = []
    for _ in range(int.from_bytes(take(4), "big")):
        kind = take(1)
        value = take(int.from_bytes(take(4), "big"))
        if kind == b"\x01":
            found.append(value.decode())
        else:
            found.append({b"\x02": value, b"\x03": int.from_bytes(value, "big")}[kind])
    assert encoding == b""
    return label, tuple(found)


@given(contexts)
def test_a_context_can_be_read_back(context: tuple[str, tuple[Any, ...]]) -> None:
    assert decoded(encode_context(context[0], *context[1])) == context


@given(contexts, contexts)
def test_none_is_the_beginning_of_another(
    one: tuple[str, tuple[Any, ...]], other: tuple[str, tuple[Any, ...]]
) -> None:
    if one != other:
        assert not encode_context(one[0], *one[1]).startswith(encode_context(other[0], *other[1]))


def test_look_alikes_differ() -> None:
    alike: list[tuple[str | bytes | int, ...]] = [
        ("ab", "c"),
        ("a", "bc"),
        ("abc",),
        ("abc", ""),
        ("", "abc"),
        (b"abc",),
        ("1",),
        (1,),
        (b"\0\0\0\0\0\0\0\1",),
        (),
        ("",),
        (b"",),
        (0,),
    ]
    encodings = {encode_context("label", *fields) for fields in alike}
    encodings |= {encode_context("labe", "l"), encode_context("label1"), encode_context("")}
    assert len(encodings) == len(alike) + 3


def test_text_is_taken_as_it_is() -> None:
    assert encode_context("l", "e\u0301") != encode_context("l", "\u00e9")


@pytest.mark.parametrize("wrong", [-1, 1 << 64, "\ud800"])
def test_what_has_no_encoding_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"64 unsigned bits|surrogates"):
        encode_context("l", wrong)


@pytest.mark.parametrize("wrong", [True, False, None, 1.0, ("a",), bytearray(b"a")])
def test_other_types_are_refused(wrong: Any) -> None:
    with pytest.raises(TypeError):
        encode_context("l", wrong)
