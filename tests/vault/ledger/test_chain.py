"""Whoever edits the ledger is found, and the first place is named."""

import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from vault.ledger.chain import (
    ChainError,
    Checkpoint,
    Fault,
    Head,
    Sealed,
    append,
    parse_checkpoint,
    verify,
)
from vault.ledger.entry import EntryError, Value, entry_hash, sign

LEDGER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
PUBLIC = LEDGER_KEY.public_key()
AT = "2026-11-23T08:00:00.000Z"
SIZE = 6


def write(
    size: int, ledger_key: Ed25519PrivateKey = LEDGER_KEY, word: str = "d"
) -> tuple[list[Sealed], list[Head]]:
    """A ledger and the head after each entry."""
    chain: list[Sealed] = []
    heads: list[Head] = []
    for number in range(1, size + 1):
        body: dict[str, Value] = {
            "document": f"{word}-{number}",
            "pages": number,
            "policies": ["a", "b"],
            "grant": None,
        }
        sealed, head = append(heads[-1] if heads else None, AT, "deposit", body, ledger_key)
        chain.append(sealed)
        heads.append(head)
    return chain, heads


CHAIN, HEADS = write(SIZE)
HEAD = HEADS[-1]
KNOWN = HEAD.checkpoint()


def fault(chain: list[Sealed], head: Head | None = HEAD, known: Checkpoint | None = None) -> Fault | None:
    return verify(chain, head, PUBLIC, known).fault


def edited(position: int, **fields: Any) -> list[Sealed]:
    """The ledger with fields of one entry changed and nothing recomputed."""
    entry = replace(CHAIN[position].entry, **fields)
    return [*CHAIN[:position], replace(CHAIN[position], entry=entry), *CHAIN[position + 1 :]]


def rehashed(chain: list[Sealed], *, renumber: bool = True) -> list[Sealed]:
    """What an editor without the ledger key can do: make every number, link and hash fit, keep signatures."""
    result: list[Sealed] = []
    previous = bytes(32)
    for number, item in enumerate(chain, 1):
        entry = replace(item.entry, number=number if renumber else item.entry.number, previous=previous)
        previous = entry_hash(entry)
        result.append(Sealed(entry, previous, item.signature))
    return result


def test_what_was_written_is_whole_at_every_size() -> None:
    assert verify([], None, PUBLIC).ok
    for size in range(1, SIZE + 1):
        verdict = verify(iter(CHAIN[:size]), HEADS[size - 1], PUBLIC, HEADS[0].checkpoint())
        assert verdict.ok
        assert verdict.size == size


FIELDS: dict[str, dict[str, Any]] = {
    "body": {"body": {"document": "d-9"}},
    "one value": {"body": {**CHAIN[2].entry.body, "pages": 99}},
    "true for one": {"body": {**CHAIN[2].entry.body, "pages": True}},
    "kind": {"kind": "withdraw"},
    "moment": {"at": "2026-11-23T08:00:00.001Z"},
    "previous": {"previous": bytes(32)},
    "a moment that is none": {"at": "yesterday"},
    "a body that is none": {"body": None},
}


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("position", [1, 2, SIZE - 1])
def test_a_changed_field_is_named(field: str, position: int) -> None:
    assert fault(edited(position, **FIELDS[field])) == Fault(position + 1, "changed")


@pytest.mark.parametrize("position", [0, 2, SIZE - 1])
def test_a_changed_entry_with_its_hash_recomputed_is_named(position: int) -> None:
    chain = edited(position, kind="withdraw")
    chain[position] = replace(chain[position], hash=entry_hash(chain[position].entry))
    assert fault(chain) == Fault(position + 1, "changed")


@pytest.mark.parametrize("position", [0, 2, SIZE - 1])
def test_a_change_is_named_even_when_every_hash_after_it_is_recomputed(position: int) -> None:
    chain = rehashed(edited(position, kind="withdraw"))
    head = replace(HEAD, hash=chain[-1].hash)
    for given_head in (HEAD, head, None):
        assert fault(chain, given_head) == Fault(position + 1, "changed")


@pytest.mark.parametrize("position", [0, 2, SIZE - 1])
def test_a_change_signed_with_another_key_is_named(position: int) -> None:
    chain = rehashed(edited(position, kind="withdraw"))
    chain = [
        *chain[:position],
        *(replace(item, signature=sign(OTHER_KEY, item.hash)) for item in chain[position:]),
    ]
    _, other = write(SIZE, OTHER_KEY)
    assert fault(chain, other[-1]) == Fault(position + 1, "changed")


@pytest.mark.parametrize("field", ["hash", "signature"])
def test_a_changed_hash_or_signature_is_named(field: str) -> None:
    for rubbish in (b"", bytes(32), bytes(64), None, "text"):
        changed: dict[str, Any] = {field: rubbish}
        assert fault([*CHAIN[:3], replace(CHAIN[3], **changed), *CHAIN[4:]]) == Fault(4, "changed")


@pytest.mark.parametrize("position", range(SIZE - 1))
def test_a_removed_entry_is_named(position: int) -> None:
    chain = [*CHAIN[:position], *CHAIN[position + 1 :]]
    for head in (HEAD, None):
        assert fault(chain, head) == Fault(position + 1, "removed")


@pytest.mark.parametrize("position", range(SIZE - 1))
def test_a_removed_entry_is_named_even_when_the_rest_is_made_to_fit(position: int) -> None:
    chain = rehashed([*CHAIN[:position], *CHAIN[position + 1 :]])
    assert fault(chain) == Fault(position + 1, "removed")


def test_a_cut_tail_is_named() -> None:
    for size in range(SIZE):
        assert fault(CHAIN[:size]) == Fault(size + 1, "truncated")


def test_a_cut_tail_with_an_old_head_is_seen_only_against_a_checkpoint() -> None:
    for size in range(1, SIZE):
        assert fault(CHAIN[:size], HEADS[size - 1]) is None  # the residual risk
        assert fault(CHAIN[:size], HEADS[size - 1], KNOWN) == Fault(size + 1, "truncated")
    assert fault([], None) is None
    assert fault([], None, KNOWN) == Fault(1, "truncated")


@pytest.mark.parametrize(("one", "other"), [(0, 1), (0, SIZE - 1), (2, 3), (1, 4), (4, 5)])
def test_entries_that_changed_places_are_named(one: int, other: int) -> None:
    chain = list(CHAIN)
    chain[one], chain[other] = chain[other], chain[one]
    for head in (HEAD, None):
        assert fault(chain, head) == Fault(one + 1, "reordered")


@pytest.mark.parametrize(("one", "other"), [(0, 1), (0, SIZE - 1), (2, 3), (1, 4), (4, 5)])
@pytest.mark.parametrize("relink", [False, True])
def test_entries_that_changed_places_and_numbers_are_named(one: int, other: int, relink: bool) -> None:
    """As an editor of a table keyed by number would: each row takes the other's number."""
    chain = list(CHAIN)
    first, second = CHAIN[one].entry, CHAIN[other].entry
    links = (first.previous, second.previous) if relink else (second.previous, first.previous)
    chain[one] = replace(CHAIN[other], entry=replace(second, number=one + 1, previous=links[0]))
    chain[other] = replace(CHAIN[one], entry=replace(first, number=other + 1, previous=links[1]))
    assert fault(chain) == Fault(one + 1, "reordered")


@pytest.mark.parametrize(("start", "end"), [(1, 4), (4, 1), (0, 5), (5, 0)])
def test_an_entry_moved_elsewhere_is_named(start: int, end: int) -> None:
    chain = list(CHAIN)
    chain.insert(end, chain.pop(start))
    assert fault(chain) == Fault(min(start, end) + 1, "reordered")


def forged(number: int) -> Sealed:
    """A well-made entry that only lacks the ledger key."""
    previous = CHAIN[number - 2].hash if number > 1 else bytes(32)
    entry = replace(CHAIN[0].entry, number=number, previous=previous, kind="grant")
    hash_ = entry_hash(entry)
    return Sealed(entry, hash_, sign(OTHER_KEY, hash_))


@pytest.mark.parametrize("position", range(SIZE + 1))
def test_an_inserted_entry_is_named(position: int) -> None:
    chain = [*CHAIN[:position], forged(position + 1), *CHAIN[position:]]
    assert fault(chain) == Fault(position + 1, "inserted")


@pytest.mark.parametrize("position", range(SIZE + 1))
def test_an_inserted_entry_is_named_even_when_the_rest_is_made_to_fit(position: int) -> None:
    chain = rehashed([*CHAIN[:position], forged(position + 1), *CHAIN[position:]])
    assert fault(chain) == Fault(position + 1, "inserted")


@pytest.mark.parametrize("copied", range(SIZE))
@pytest.mark.parametrize("position", range(SIZE + 1))
def test_an_entry_put_in_twice_is_named(copied: int, position: int) -> None:
    chain = [*CHAIN[:position], CHAIN[copied], *CHAIN[position:]]
    # Put in right before itself, the second of the two is the one too many.
    number = position + 2 if copied == position else position + 1
    assert fault(chain) == Fault(number, "inserted")


def test_an_entry_overwritten_with_another_is_a_change() -> None:
    for other in (1, 4):
        assert fault([*CHAIN[:3], CHAIN[other], *CHAIN[4:]]) == Fault(4, "changed")


def test_the_word_holds_when_the_tail_is_cut_as_well() -> None:
    """The count then agrees with the head again; what follows the fault still tells."""
    assert fault(edited(2, kind="withdraw")[:-1]) == Fault(3, "changed")
    assert fault([CHAIN[0], CHAIN[4], *CHAIN[1:-1]]) == Fault(2, "inserted")
    assert fault([*CHAIN[:3], CHAIN[1], *CHAIN[3:-1]]) == Fault(4, "inserted")
    assert fault([*CHAIN[:2], *CHAIN[3:-1]]) == Fault(3, "removed")


def test_an_earlier_entry_put_in_again_under_a_fitting_number_is_named() -> None:
    again = replace(CHAIN[1], entry=replace(CHAIN[1].entry, number=4, previous=CHAIN[2].hash))
    assert fault([*CHAIN[:3], again, *CHAIN[3:]]) == Fault(4, "inserted")


def test_a_head_that_is_not_the_end_is_named() -> None:
    _, other = write(SIZE, OTHER_KEY)
    old = HEADS[2]
    as_head = Head(SIZE, CHAIN[-1].hash, CHAIN[-1].signature)  # an entry's signature is no head's
    wrong: list[Any] = [
        None,
        other[-1],
        old,
        as_head,
        replace(HEAD, size=SIZE + 1),
        replace(HEAD, hash=bytes(32)),
    ]
    wrong += [replace(HEAD, signature=b""), replace(HEAD, hash=None)]  # type: ignore[arg-type]
    for head in wrong:
        assert fault(CHAIN, head) == Fault(SIZE, "head")


def test_another_history_of_the_same_ledger_key_is_forked() -> None:
    chain, heads = write(SIZE, word="e")
    assert fault(chain, heads[-1]) is None  # the residual risk
    assert fault(chain, heads[-1], HEADS[2].checkpoint()) == Fault(3, "forked")
    assert fault([*CHAIN[:3], *chain[3:]], heads[-1]) == Fault(4, "forked")
    assert fault(CHAIN, heads[-1]) == Fault(SIZE, "head")


def test_append_builds_on_no_head_that_the_ledger_key_did_not_sign() -> None:
    for head in (replace(HEAD, size=SIZE - 1), write(1, OTHER_KEY)[1][0], replace(HEAD, hash=bytes(32))):
        with pytest.raises(ChainError):
            append(head, AT, "deposit", {}, LEDGER_KEY)


def test_append_refuses_what_an_entry_cannot_hold() -> None:
    with pytest.raises(EntryError):
        append(None, AT, "deposit", {"share": 0.5}, LEDGER_KEY)  # type: ignore[dict-item]


@given(st.integers(0, 10**15), st.binary(min_size=32, max_size=32))
def test_a_checkpoint_is_read_back(size: int, hash_: bytes) -> None:
    checkpoint = Checkpoint(size, hash_)
    assert parse_checkpoint(checkpoint.text()) == checkpoint


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text + "\n",
        lambda text: "0" + text,
        lambda text: text.upper(),
        lambda text: text[:-1],
        lambda text: text.replace(" ", "  "),
        lambda text: "-" + text,
        lambda text: "٣" + text[1:],
        lambda _: "",
    ],
)
def test_other_text_is_no_checkpoint(change: Callable[[str], str]) -> None:
    text = Checkpoint(6, bytes(range(200, 232))).text()
    assert parse_checkpoint(text)
    with pytest.raises(ChainError):
        parse_checkpoint(change(text))


@st.composite
def edits(draw: st.DrawFn) -> list[Sealed]:
    """Up to four random edits, then perhaps everything made to fit as well as an editor can."""
    chain = list(CHAIN)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(chain)))
        at = min(place, len(chain) - 1)
        match draw(st.sampled_from(["drop", "copy", "swap", "forge", "field", "cut"])) if chain else "forge":
            case "drop":
                del chain[at]
            case "copy":
                chain.insert(place, draw(st.sampled_from(chain)))
            case "swap":
                other = draw(st.integers(0, len(chain) - 1))
                chain[at], chain[other] = chain[other], chain[at]
            case "forge":
                chain.insert(place, forged(draw(st.integers(1, SIZE))))
            case "field":
                fields: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
                    {},
                    optional={
                        "number": st.integers(-1, SIZE + 1),
                        "previous": st.sampled_from([bytes(32), *(item.hash for item in CHAIN)]),
                        "kind": st.sampled_from(["deposit", "grant"]),
                        "at": st.sampled_from([AT, "2026-11-23T08:00:00.001Z"]),
                        "body": st.dictionaries(st.sampled_from("ab"), st.integers()),
                    },
                )
                chain[at] = replace(chain[at], entry=replace(chain[at].entry, **draw(fields)))
            case "cut":
                del chain[place:]
    return rehashed(chain) if draw(st.booleans()) and all(is_sound(item) for item in chain) else chain


def is_sound(item: Sealed) -> bool:
    try:
        entry_hash(replace(item.entry, number=1))
    except EntryError:
        return False
    return True


@settings(max_examples=500, deadline=None)
@given(edits(), st.sampled_from([None, *HEADS]), st.sampled_from([None, KNOWN]))
def test_no_edit_is_ever_called_whole(
    chain: list[Sealed], head: Head | None, known: Checkpoint | None
) -> None:
    assume(chain != CHAIN)
    untouched = next((at for at, item in enumerate(chain) if at >= SIZE or item != CHAIN[at]), len(chain))
    # An unedited beginning with the head of that time is the one thing only a checkpoint shows.
    old = None if untouched == 0 else HEADS[untouched - 1]
    assume(known is not None or untouched < len(chain) or head != old)
    verdict = verify(chain, head, PUBLIC, known)
    assert verdict.fault is not None
    assert verdict.size == untouched
    assert verdict.fault.number in (untouched, untouched + 1)
    assert verdict.fault.number == untouched + 1 or verdict.fault.what == "head"


def test_verifying_takes_no_more_memory_for_more_entries() -> None:
    def entries(size: int) -> Iterator[Sealed]:
        head = None
        for _ in range(size):
            sealed, head = append(head, AT, "deposit", {"document": "d" * 2_000}, LEDGER_KEY)
            yield sealed

    def peak(size: int) -> int:
        tracemalloc.start()
        verify(entries(size), None, PUBLIC)
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    peak(10)
    assert peak(500) < 2 * peak(20)
