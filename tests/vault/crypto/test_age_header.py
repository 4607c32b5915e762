"""The header parser: what it accepts it would have written itself; everything else is one kind of refusal."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vault.crypto.published import PATHS, read_vector
from vault.crypto import age
from vault.crypto.age_header import (
    MAX_HEADER,
    Header,
    Stanza,
    decode_base64,
    encode_base64,
    make_header,
    parse_header,
    split_header,
)
from vault.crypto.errors import (
    CryptoError,
    ForeignVersion,
    HeaderError,
    HeaderMacError,
    HeaderTooLong,
    KeyFormatError,
    NoMatch,
    TooManyRecipients,
)
from vault.crypto.x25519 import X25519Identity

FILE_KEY = bytes(range(16))
MINE, OTHER = X25519Identity.generate(), X25519Identity.generate()

arguments = st.lists(
    st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1), min_size=1, max_size=4
)
bodies = st.one_of(st.binary(max_size=200), st.sampled_from([47, 48, 49, 96, 144]).map(bytes))
stanzas = st.builds(Stanza, arguments.map(tuple), bodies)
headers = st.lists(stanzas, min_size=1, max_size=20).map(lambda made: make_header(FILE_KEY, made))


def mutated(data: bytes, position: int, insert: bytes, drop: int) -> bytes:
    position %= len(data) + 1
    return data[:position] + insert + data[position + drop :]


@settings(deadline=None)
@given(headers)
def test_what_is_written_is_read_back(header: Header) -> None:
    assert parse_header(header.encode()) == header


@settings(deadline=None)
@given(headers, st.binary(max_size=100), st.lists(st.integers(0, 50), max_size=10))
def test_the_front_of_a_stream_is_split_off_however_it_is_cut(
    header: Header, rest: bytes, cuts: list[int]
) -> None:
    data = header.encode() + rest
    ends = [0, *itertools.accumulate(cuts), len(data)]
    found, remaining = split_header(data[start:end] for start, end in itertools.pairwise(ends))
    assert found == header
    assert b"".join(remaining) == rest


def read(data: bytes) -> Header | None:
    try:
        return parse_header(data)
    except HeaderError:
        return None


@settings(max_examples=300, deadline=None)
@given(headers, st.integers(0, 1 << 20), st.binary(max_size=3), st.integers(0, 3))
def test_a_damaged_header_is_refused_or_is_canonical(
    header: Header, position: int, insert: bytes, drop: int
) -> None:
    damaged = mutated(header.encode(), position, insert, drop)
    accepted = read(damaged)
    assert accepted is None or accepted.encode() == damaged


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(), st.text().map(str.encode)))
def test_arbitrary_bytes_raise_nothing_else(data: bytes) -> None:
    for attempt in (data, b"age-encryption.org/v1\n" + data, b"age-encryption.org/v1\n-> " + data):
        accepted = read(attempt)
        assert accepted is None or accepted.encode() == attempt
        with pytest.raises(CryptoError):
            b"".join(age.decrypt([attempt], [MINE]))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(PATHS), st.integers(0, 1 << 12), st.binary(max_size=3), st.integers(0, 3))
def test_damaged_published_files_raise_nothing_else(
    path: Path, position: int, insert: bytes, drop: int
) -> None:
    file = read_vector(path).file
    with pytest.raises(CryptoError):
        b"".join(age.decrypt([mutated(file, position, insert, drop)], [MINE]))


GOOD = age.header(FILE_KEY, [MINE.recipient])


@pytest.mark.parametrize(
    "damage",
    [
        GOOD.replace(b"/v1", b"/v2"),
        GOOD.replace(b"\n", b"\r\n"),
        b" " + GOOD,
        b"\n" + GOOD,
        GOOD[:-1],
        GOOD.replace(b"-> X25519 ", b"-> X25519  "),
        GOOD.replace(b"-> ", b"->"),
        GOOD.replace(b"--- ", b"---"),
        GOOD.replace(b"--- ", b"---  "),
        GOOD[:-1] + b"=\n",
        b"age-encryption.org/v1\n" + GOOD[GOOD.index(b"--- ") :],
        b"",
        b"age-encryption.org/v1",
        b"age-encryption.org/v1\n",
        b"-----BEGIN AGE ENCRYPTED FILE-----\n",
    ],
    ids=lambda _damage: "",  # the good header is made afresh in every process: its bytes name nothing
)
def test_everything_outside_the_grammar_is_refused(damage: bytes) -> None:
    with pytest.raises(HeaderError):
        parse_header(damage)
    with pytest.raises(HeaderError):
        age.decrypt([damage, bytes(100)], [MINE])


def test_nothing_may_follow_a_header_that_stands_alone() -> None:
    with pytest.raises(HeaderError):
        parse_header(GOOD + b"\n")


@pytest.mark.parametrize("text", ["A", "AA==", "AB", "A A=", "AAAA\n", "AAA-", "AAA_", "AAB"])
def test_base64_that_we_would_not_write_is_refused(text: str) -> None:
    with pytest.raises(HeaderError):
        decode_base64(text)


@given(st.binary())
def test_base64_that_we_write_is_read(data: bytes) -> None:
    assert decode_base64(encode_base64(data)) == data


@pytest.mark.parametrize("argument", ["", " ", "a b", "a\n", "é", "\x7f"])
def test_a_stanza_can_not_smuggle_a_line_into_a_header(argument: str) -> None:
    with pytest.raises(HeaderError):
        Stanza(("type", argument), b"")


def test_twenty_recipients_are_the_limit() -> None:
    twenty = [OTHER.recipient] * 19 + [MINE.recipient]
    assert age.open_header(parse_header(age.header(FILE_KEY, twenty)), [MINE]) == FILE_KEY
    with pytest.raises(TooManyRecipients):
        age.header(FILE_KEY, [*twenty, MINE.recipient])
    with pytest.raises(HeaderError):
        age.header(FILE_KEY, [])


def test_recipients_beyond_the_limit_are_refused_before_any_is_wrapped_for() -> None:
    class Expensive:
        def wrap(self, file_key: bytes) -> Stanza:
            raise AssertionError("wrapped")

    with pytest.raises(TooManyRecipients):
        age.header(FILE_KEY, [Expensive()] * 21)


def test_a_header_with_a_stanza_too_many_is_refused() -> None:
    stanza = MINE.recipient.wrap(FILE_KEY).encode()
    beginning, end = GOOD.split(b"\n", 1)[0] + b"\n", GOOD[GOOD.index(b"--- ") :]
    assert len(parse_header(beginning + stanza.encode() * 20 + end).stanzas) == 20
    many = beginning + stanza.encode() * 21 + end
    for refuse in (parse_header, lambda data: split_header([data])):
        with pytest.raises(TooManyRecipients):
            refuse(many)


@pytest.mark.parametrize("version", [b"v2", b"v", b"v10", b"v1x", b"V1", b"v01", b"next"])
def test_another_version_is_told_from_what_is_no_age_file(version: bytes) -> None:
    foreign = GOOD.replace(b"/v1\n", b"/" + version + b"\n")
    for cut in (1, 7, 1 << 20):
        pieces = [foreign[start : start + cut] for start in range(0, len(foreign), cut)]
        with pytest.raises(ForeignVersion):
            split_header(pieces)
    with pytest.raises(ForeignVersion):
        parse_header(foreign)


@pytest.mark.parametrize(
    "text",
    [b"age-encryption.org/\n", b"age-encryption.org/v1\r\n", b"age-encryption.com/v2\n", b"%PDF-1.7\n"],
)
def test_what_is_no_age_file_is_not_called_another_version(text: bytes) -> None:
    for refuse in (parse_header, lambda data: split_header([data])):
        with pytest.raises(HeaderError) as caught:
            refuse(text)
        assert caught.type is HeaderError


def test_what_is_no_age_file_is_refused_without_reading_on() -> None:
    def endless() -> Iterator[bytes]:
        yield b"%PDF-1.7\n"
        raise AssertionError("read on")

    with pytest.raises(HeaderError):
        split_header(endless())


def test_a_header_without_an_end_is_refused_after_64_kib() -> None:
    asked = 0

    def very_long() -> Iterator[bytes]:
        nonlocal asked
        yield b"age-encryption.org/v1\n"
        for _ in range(1000):
            asked += 1000
            yield b"-> a b\n" + bytes(993)

    with pytest.raises(HeaderTooLong):
        split_header(very_long())
    assert asked <= MAX_HEADER + 1000


def test_a_header_over_64_kib_is_refused_in_one_piece() -> None:
    large = make_header(FILE_KEY, [Stanza(("grease",), bytes(MAX_HEADER))]).encode()
    for refuse in (parse_header, lambda data: split_header([data])):
        with pytest.raises(HeaderTooLong):
            refuse(large)


def test_a_header_changed_without_the_file_key_is_refused() -> None:
    header = parse_header(age.header(FILE_KEY, [MINE.recipient, OTHER.recipient]))
    mine, other = header.stanzas
    for changed in ([mine], [other, mine], [mine, other, mine], [mine, Stanza(("grease",), b"")]):
        with pytest.raises(HeaderMacError):
            age.open_header(Header(tuple(changed), header.mac), [MINE])
    with pytest.raises(HeaderMacError):
        age.open_header(Header(header.stanzas, bytes(32)), [MINE])


def test_stanzas_of_unknown_types_are_passed_over() -> None:
    header = make_header(FILE_KEY, [Stanza(("vault.example/x", "1"), b"?"), MINE.recipient.wrap(FILE_KEY)])
    assert age.open_header(header, [OTHER, MINE]) == FILE_KEY


def test_no_identity_or_another_is_no_match() -> None:
    header = parse_header(GOOD)
    for identities in ([], [OTHER]):
        with pytest.raises(NoMatch):
            age.open_header(header, identities)


def test_a_file_key_of_another_length_gets_no_header() -> None:
    with pytest.raises(KeyFormatError):
        age.header(bytes(32), [MINE.recipient])
