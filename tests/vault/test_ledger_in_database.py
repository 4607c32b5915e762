"""The ledger where it lies: whoever edits its tables is found, and `check` names the first place."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlmodel import delete

from tests.vault.world import World
from vault.ledger import store
from vault.ledger.chain import Checkpoint, Fault, Verdict
from vault.tables import LedgerEntry, LedgerHead

SIZE = 12


def hold(world: World) -> World:
    """A ledger of exactly SIZE entries."""
    with world.vault.database.write() as session:
        for table in (LedgerEntry, LedgerHead):
            session.execute(delete(table))
    for number in range(1, SIZE + 1):
        with world.vault.database.write() as session:
            facts = {"holder_id": f"hld_{number % 2}", "centre_id": None, "pages": number}
            world.vault.record(session, "tested", **facts)
    return world


@pytest.fixture
def ledger(world: World) -> Iterator[tuple[World, sqlite3.Connection]]:
    """A whole ledger, and the hands of somebody who can edit the database file."""
    held = hold(world)
    hands = sqlite3.connect(held.database_path, isolation_level=None)
    yield held, hands
    hands.close()


def verdict(world: World, known: Checkpoint | None = None) -> Verdict:
    with world.vault.database.read() as session:
        return store.check(session, world.vault.ledger_key.public_key(), known)


def noted(world: World) -> Checkpoint:
    with world.vault.database.read() as session:
        checkpoint = store.checkpoint(session)
    assert checkpoint
    return checkpoint


COPY = "INSERT INTO ledger_entry SELECT {}, at, kind, body, holder_id, centre_id, previous, hash, signature"
EDITS: dict[str, tuple[tuple[str, ...], Fault]] = {
    "body": (
        ("UPDATE ledger_entry SET body = replace(body, '5', '6') WHERE number = 5",),
        Fault(5, "changed"),
    ),
    "kind": (("UPDATE ledger_entry SET kind = 'granted' WHERE number = 5",), Fault(5, "changed")),
    "time": (
        ("UPDATE ledger_entry SET at = '2020-01-01T00:00:00.000Z' WHERE number = 5",),
        Fault(5, "changed"),
    ),
    "look-up by holder": (
        ("UPDATE ledger_entry SET holder_id = 'hld_0' WHERE number = 5",),
        Fault(5, "changed"),
    ),
    "hidden from her": (
        ("UPDATE ledger_entry SET holder_id = NULL WHERE number = 5",),
        Fault(5, "changed"),
    ),
    "look-up by centre": (
        ("UPDATE ledger_entry SET centre_id = 'cen_1' WHERE number = 5",),
        Fault(5, "changed"),
    ),
    "hash": (("UPDATE ledger_entry SET hash = zeroblob(32) WHERE number = 5",), Fault(5, "changed")),
    "signature": (
        ("UPDATE ledger_entry SET signature = zeroblob(64) WHERE number = 5",),
        Fault(5, "changed"),
    ),
    "predecessor": (
        ("UPDATE ledger_entry SET previous = zeroblob(32) WHERE number = 5",),
        Fault(5, "changed"),
    ),
    "removed": (("DELETE FROM ledger_entry WHERE number = 5",), Fault(5, "removed")),
    "the first removed": (("DELETE FROM ledger_entry WHERE number = 1",), Fault(1, "removed")),
    "removed and closed up": (
        (
            "DELETE FROM ledger_entry WHERE number = 5",
            "UPDATE ledger_entry SET number = -number + 1 WHERE number > 5",
            "UPDATE ledger_entry SET number = -number WHERE number < 0",
        ),
        Fault(5, "removed"),
    ),
    "two exchanged": (
        (
            "UPDATE ledger_entry SET number = -5 WHERE number = 5",
            "UPDATE ledger_entry SET number = 5 WHERE number = 8",
            "UPDATE ledger_entry SET number = 8 WHERE number = -5",
        ),
        Fault(5, "reordered"),
    ),
    "one written twice": (
        (
            "UPDATE ledger_entry SET number = -number - 1 WHERE number > 5",
            "UPDATE ledger_entry SET number = -number WHERE number < 0",
            COPY.format(6) + " FROM ledger_entry WHERE number = 3",
        ),
        Fault(6, "inserted"),
    ),
    "number 0": ((COPY.format(0) + " FROM ledger_entry WHERE number = 3",), Fault(1, "inserted")),
    "a negative number": ((COPY.format(-7) + " FROM ledger_entry WHERE number = 3",), Fault(1, "inserted")),
    "one more at the end": (
        (COPY.format(SIZE + 1) + f" FROM ledger_entry WHERE number = {SIZE}",),
        Fault(SIZE + 1, "inserted"),
    ),
    "the tail cut": (("DELETE FROM ledger_entry WHERE number > 9",), Fault(10, "truncated")),
    "all of it": (("DELETE FROM ledger_entry",), Fault(1, "truncated")),
    "the head": (("DELETE FROM ledger_head",), Fault(SIZE, "head")),
    "the head's size": (
        ("DELETE FROM ledger_entry WHERE number > 9", "UPDATE ledger_head SET size = 9"),
        Fault(9, "head"),
    ),
}
STRANGE: dict[str, tuple[str, Fault]] = {
    # SQLite lets an editor leave any type in any column.
    "a hash that is text": ("UPDATE ledger_entry SET hash = 'x' WHERE number = 5", Fault(5, "changed")),
    "a hash that is a number": (
        "UPDATE ledger_entry SET hash = 123456789012345 WHERE number = 5",
        Fault(5, "changed"),
    ),
    "a signature that is text": (
        "UPDATE ledger_entry SET signature = 'x' WHERE number = 5",
        Fault(5, "changed"),
    ),
    "a predecessor that is text": (
        "UPDATE ledger_entry SET previous = 'x' WHERE number = 5",
        Fault(5, "changed"),
    ),
    "a kind of bytes": ("UPDATE ledger_entry SET kind = x'ff' WHERE number = 5", Fault(5, "changed")),
    "a time of bytes": ("UPDATE ledger_entry SET at = x'ff' WHERE number = 5", Fault(5, "changed")),
    "a holder of bytes": ("UPDATE ledger_entry SET holder_id = x'ff' WHERE number = 5", Fault(5, "changed")),
    "text that is no UTF-8": (
        "UPDATE ledger_entry SET kind = CAST(x'ff' AS TEXT) WHERE number = 5",
        Fault(5, "changed"),
    ),
    "a body of bytes": ("UPDATE ledger_entry SET body = x'ff00' WHERE number = 5", Fault(5, "changed")),
    "a body that is no object": ("UPDATE ledger_entry SET body = '[]' WHERE number = 5", Fault(5, "changed")),
    "a body that is no JSON": ("UPDATE ledger_entry SET body = '{' WHERE number = 5", Fault(5, "changed")),
    "a body without a bottom": (
        "UPDATE ledger_entry SET body = replace(hex(zeroblob(60000)), '0', '[') WHERE number = 5",
        Fault(5, "changed"),
    ),
    "a body with a huge number": (
        "UPDATE ledger_entry SET body = '{\"a\":' || replace(hex(zeroblob(9000)), '0', '9') || '}' WHERE number = 5",
        Fault(5, "changed"),
    ),
    "a head's hash that is text": ("UPDATE ledger_head SET hash = 'x'", Fault(SIZE, "head")),
    "a head's signature that is text": ("UPDATE ledger_head SET signature = 'x'", Fault(SIZE, "head")),
    "a head's size that is text": ("UPDATE ledger_head SET size = 'x'", Fault(SIZE, "head")),
}


def test_untouched_it_verifies(ledger: tuple[World, sqlite3.Connection]) -> None:
    assert verdict(ledger[0]) == Verdict(SIZE, None)


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_is_found_and_its_first_place_named(
    edit: str, ledger: tuple[World, sqlite3.Connection]
) -> None:
    world, hands = ledger
    statements, fault = EDITS[edit]
    for statement in statements:
        assert hands.execute(statement).rowcount > 0
    assert verdict(world).fault == fault


@pytest.mark.parametrize("edit", STRANGE)
def test_what_no_column_should_hold_is_a_fault_and_no_crash(
    edit: str, ledger: tuple[World, sqlite3.Connection]
) -> None:
    world, hands = ledger
    statement, fault = STRANGE[edit]
    assert hands.execute(statement).rowcount > 0
    assert verdict(world).fault == fault


def test_a_body_written_differently_is_changed_though_it_says_the_same(
    ledger: tuple[World, sqlite3.Connection],
) -> None:
    """A second member of the same name would hide in such a text: only the canonical one counts."""
    world, hands = ledger
    hands.execute("UPDATE ledger_entry SET body = replace(body, ':', ' : ') WHERE number = 5")
    assert verdict(world).fault == Fault(5, "changed")


def test_rewritten_from_a_point_on_without_the_ledger_key_it_is_found(
    ledger: tuple[World, sqlite3.Connection],
) -> None:
    """A thief of the database signs all of it again with a key of his own."""
    world, hands = ledger
    hands.execute("DELETE FROM ledger_entry")
    hands.execute("DELETE FROM ledger_head")
    own = Ed25519PrivateKey.generate()
    with world.vault.database.write() as session:
        for number in range(1, SIZE + 1):
            store.record(session, own, world.clock(), "tested", {"pages": number})
    found = verdict(world)
    assert found.size == 0
    assert found.fault
    assert found.fault.number == 1
    with world.vault.database.read() as session:
        assert store.check(session, own.public_key(), None).ok  # he did sign it well


def test_a_vault_builds_on_no_head_that_it_did_not_sign(
    ledger: tuple[World, sqlite3.Connection],
) -> None:
    world, hands = ledger
    hands.execute("UPDATE ledger_head SET size = size + 1")
    with (
        pytest.raises(ValueError, match="not signed with this ledger key"),
        world.vault.database.write() as session,
    ):
        world.vault.record(session, "tested")
    assert len(world.entries()) == SIZE


def test_a_checkpoint_noted_earlier_finds_the_tail_cut_and_the_old_head_put_back(
    ledger: tuple[World, sqlite3.Connection],
) -> None:
    world, hands = ledger
    old_head = hands.execute("SELECT size, hash, signature FROM ledger_head").fetchone()
    for _ in range(3):
        with world.vault.database.write() as session:
            world.vault.record(session, "released", holder_id="hld_1")
    known = noted(world)
    assert verdict(world, known).ok
    hands.execute(f"DELETE FROM ledger_entry WHERE number > {SIZE}")
    hands.execute("UPDATE ledger_head SET size = ?, hash = ?, signature = ?", old_head)
    assert verdict(world).ok  # the residual risk that SPEC.md 8 states
    assert verdict(world, known).fault == Fault(SIZE + 1, "truncated")


def test_a_checkpoint_of_another_history_forks(ledger: tuple[World, sqlite3.Connection]) -> None:
    world, _ = ledger
    known = noted(world)
    assert verdict(world, Checkpoint(known.size, bytes(32))).fault == Fault(SIZE, "forked")


def test_eight_threads_at_once_leave_one_whole_chain(world: World) -> None:
    world = hold(world)

    def write(number: int) -> list[int]:
        numbers = []
        for _ in range(10):
            with world.vault.database.write() as session:
                numbers.append(world.vault.record(session, "tested", pages=number))
        return numbers

    with ThreadPoolExecutor(8) as pool:
        numbers = [number for got in pool.map(write, range(8)) for number in got]
    assert sorted(numbers) == list(range(SIZE + 1, SIZE + 81))
    assert verdict(world) == Verdict(SIZE + 80, None)


def test_what_is_undone_leaves_no_entry_and_no_gap(world: World) -> None:
    world = hold(world)

    def fail() -> None:
        with world.vault.database.write() as session:
            world.vault.record(session, "tested")
            raise InterruptedError

    with pytest.raises(InterruptedError):
        fail()
    with world.vault.database.write() as session:
        assert world.vault.record(session, "tested") == SIZE + 1
    assert verdict(world) == Verdict(SIZE + 1, None)


def test_more_entries_than_one_batch_are_read_in_order(world: World) -> None:
    world = hold(world)
    with world.vault.database.write() as session:
        for _ in range(store.BATCH * 2 - SIZE):
            world.vault.record(session, "tested")
    assert verdict(world) == Verdict(store.BATCH * 2, None)
