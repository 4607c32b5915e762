"""An entry has exactly one form in bytes, and SPEC.md's example is what the code makes."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import example, given
from hypothesis import strategies as st

from vault.ledger.chain import append, parse_checkpoint
from vault.ledger.entry import Entry, EntryError, Value, canonical, entry_hash, parse, sign, signed

SPEC = Path(__file__).parents[3] / "vault" / "ledger" / "SPEC.md"
LEDGER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ENTRY = Entry(1, bytes(32), "2026-11-23T08:00:00.000Z", "document.deposited", {"document": "d-1"})

texts = st.text(st.characters(exclude_categories=["Cs"]))
names = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,63}", fullmatch=True)
whole = st.integers(-(2**53) + 1, 2**53 - 1)
values: st.SearchStrategy[Value] = st.one_of(st.none(), texts, whole, st.lists(texts, max_size=3))
moments = st.datetimes().map(lambda moment: moment.isoformat(timespec="milliseconds") + "Z")
entries = st.builds(
    Entry,
    number=st.integers(1, 2**53 - 1),
    previous=st.binary(min_size=32, max_size=32),
    at=moments,
    kind=st.from_regex(r"[A-Za-z][A-Za-z0-9._-]{0,63}", fullmatch=True),
    body=st.dictionaries(names, values, max_size=4),
)


@given(entries)
def test_parsing_what_was_written_gives_the_entry_and_the_same_bytes(entry: Entry) -> None:
    assert parse(canonical(entry)) == entry
    assert canonical(parse(canonical(entry))) == canonical(entry)


@given(entries, entries)
def test_different_entries_have_different_bytes_and_hashes(one: Entry, other: Entry) -> None:
    assert (canonical(one) == canonical(other)) is (one == other)
    assert (entry_hash(one) == entry_hash(other)) is (one == other)


@given(st.binary())
@example(b"[" * 100_000)
@example(b"1" * 10_000)
def test_other_bytes_are_refused_and_nothing_else_happens(data: bytes) -> None:
    with pytest.raises(EntryError):
        parse(data)


GOOD = canonical(ENTRY)
NOT_CANONICAL = {
    "white space": GOOD.replace(b":", b": ", 1),
    "another order": b'{"kind":"document.deposited",'
    + GOOD[1:].replace(b'"kind":"document.deposited",', b""),
    "a needless escape": GOOD.replace(b"d-1", b"\\u0064-1"),
    "an upper-case hash": GOOD.replace(b"0" * 64, b"A" * 64),
    "a member twice": GOOD.replace(b'"number":1', b'"number":1,"number":1'),
    "a name in the body twice": GOOD.replace(b'"document":"d-1"', b'"document":"x","document":"d-1"'),
    "a member more": GOOD.replace(b'"number":1', b'"number":1,"o":1'),
    "a member less": GOOD.replace(b'"number":1,', b""),
    "a fraction": GOOD.replace(b'"number":1', b'"number":1.0'),
    "an exponent": GOOD.replace(b'"number":1', b'"number":1e0'),
    "a boolean": GOOD.replace(b'"d-1"', b"true"),
    "not a number": GOOD.replace(b'"d-1"', b"NaN"),
    "nesting": GOOD.replace(b'"d-1"', b'{"a":1}'),
    "a list of numbers": GOOD.replace(b'"d-1"', b"[1]"),
    "a lone surrogate": GOOD.replace(b"d-1", b"\\ud800"),
    "a newline after it": GOOD + b"\n",
    "a byte order mark": b"\xef\xbb\xbf" + GOOD,
    "not UTF-8": GOOD.replace(b"d-1", b"\xff"),
    "number zero": GOOD.replace(b'"number":1', b'"number":0'),
    "a body that is a list": GOOD.replace(b'{"document":"d-1"}', b"[]"),
}


@pytest.mark.parametrize("fault", NOT_CANONICAL)
def test_bytes_that_are_not_the_one_form_are_refused(fault: str) -> None:
    assert parse(GOOD) == ENTRY
    assert NOT_CANONICAL[fault] != GOOD
    with pytest.raises(EntryError):
        parse(NOT_CANONICAL[fault])


NOT_ALLOWED = {
    "a number past 2^53": {"body": {"a": 2**53}},
    "a float": {"body": {"a": 1.5}},
    "a boolean": {"body": {"a": True}},
    "bytes": {"body": {"a": b"x"}},
    "a tuple": {"body": {"a": ("x",)}},
    "a dictionary": {"body": {"a": {}}},
    "None in a list": {"body": {"a": [None]}},
    "a lone surrogate in a list": {"body": {"a": ["\ud800"]}},
    "a name with a space": {"body": {"a b": 1}},
    "a name that is no text": {"body": {1: 1}},
    "no kind": {"kind": ""},
    "a kind with a line after it": {"kind": "deposit\n"},
    "number zero": {"number": 0},
    "a boolean number": {"number": True},
    "a short hash": {"previous": bytes(31)},
    "a hash in hex": {"previous": "00" * 16},
    "no zone": {"at": "2026-11-23T08:00:00.000"},
    "another zone": {"at": "2026-11-23T08:00:00.000+07:00"},
    "whole seconds": {"at": "2026-11-23T08:00:00Z"},
    "a day that is none": {"at": "2026-02-30T08:00:00.000Z"},
}


@pytest.mark.parametrize("fault", NOT_ALLOWED)
def test_what_an_entry_cannot_hold_is_refused(fault: str) -> None:
    with pytest.raises(EntryError):
        canonical(replace(ENTRY, **NOT_ALLOWED[fault]))  # type: ignore[arg-type]


def test_the_escapes_are_those_of_rfc_8785() -> None:
    """The string of RFC 8785, section 3.2.2, byte for byte."""
    body: dict[str, Value] = {"string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/"}
    assert rb'"string":"' + "€".encode() + rb"$\u000f\nA'B\"\\\\\"/" + b'"' in canonical(
        replace(ENTRY, body=body)
    )


def test_a_signature_holds_for_its_hash_and_key_only() -> None:
    hash_ = entry_hash(ENTRY)
    signature = sign(LEDGER_KEY, hash_)
    public_key = LEDGER_KEY.public_key()
    assert signed(public_key, hash_, signature)
    assert not signed(public_key, bytes(32), signature)
    assert not signed(public_key, hash_, signature[:-1])
    assert not signed(Ed25519PrivateKey.generate().public_key(), hash_, signature)


def test_the_example_of_the_specification_is_what_the_code_makes() -> None:
    block = re.search(r"## 9 Example.*?```\n(.*?)```", SPEC.read_text(encoding="utf-8"), re.S)
    assert block is not None
    lines = [line.split(" ", 1) for line in block[1].splitlines()]
    told: dict[str, list[str]] = {}
    for name, value in lines:
        told.setdefault(name, []).append(value)
    public_key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(told["public-key"][0]))
    assert public_key == LEDGER_KEY.public_key()
    head = None
    for text, hash_, signature in zip(told["canonical"], told["hash"], told["signature"], strict=True):
        entry = parse(text.encode())
        sealed, head = append(head, entry.at, entry.kind, entry.body, LEDGER_KEY)
        assert sealed.entry == entry
        assert (sealed.hash.hex(), sealed.signature.hex()) == (hash_, signature)
    assert head is not None
    assert head.signature.hex() == told["head-signature"][0]
    assert head.checkpoint() == parse_checkpoint(told["checkpoint"][0])
    assert head.checkpoint().text() == told["checkpoint"][0]
