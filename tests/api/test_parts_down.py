"""A part that is down: a clear answer, nothing kept by halves, and work goes on when it is back."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from api.embedded_store import PortInUse, RunningStore, StoreSettings, start
from tests.conftest import free_store_port
from tests.running import RunningVault, done, problem, serving
from tests.vault.world import World, copied, photo
from vault.blobs import StoreAddress
from vault.database import Database
from vault.history import verify_ledger


def half_stored(running: RunningVault) -> set[str]:
    """What lies in the bucket without a row, or in a row without an object."""
    rows = {each.name for each in running.world.objects()}
    return rows ^ {each.name for each in running.world.vault.blobs.names()}


@pytest.fixture
def own_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[RunningStore]]:
    """A store that a test may stop and start again: the running one, in a list that the test can change."""
    folder, port = tmp_path_factory.mktemp("own"), free_store_port(20_000)
    running: list[RunningStore] = []
    while not running:
        try:
            running = [start(StoreSettings(folder, port))]
        except PortInUse:
            port = free_store_port(port + 10)
    yield running
    running[0].stop()


def test_without_the_store_nothing_is_kept(
    bare_world: World, tmp_path: Path, own_store: list[RunningStore]
) -> None:
    world = copied(bare_world, tmp_path, own_store[0].address)
    with serving(world) as running:
        document_id, request_id = running.deposited(), running.asked()
        running.granted(request_id, [document_id])
        hanoi, penang = running.staff("hanoi"), running.staff("penang")
        own_store[0].stop()
        before = len(world.entries("deposited"))

        refused = hanoi.deposit(world.seed.hoa.holder_id, [photo()], key="while it is down")
        problem(refused, 503, "store-unavailable")
        assert int(refused.headers["retry-after"]) > 0
        copy = penang.post(f"/v1/requests/{request_id}/copies", {"form": "copy"}, key="this copy")
        problem(copy, 503, "store-unavailable")
        health = running.nobody().get("/health")
        assert (health.status_code, health.json()) == (
            503,
            {"database": "up", "store": "down", "keyring": "up"},
        )
        assert len(world.documents()) == before == len(world.entries("deposited")) == 1
        assert len(world.entries("release_failed")) == 1

        own_store[0] = start(own_store[0].settings)
        while running.nobody().get("/health").status_code != 200:  # it asks the store again when it is time
            pass
        done(hanoi.deposit(world.seed.hoa.holder_id, [photo()], key="while it is down"), 201)
        again = penang.post(f"/v1/requests/{request_id}/copies", {"form": "copy"}, key="this copy")
        assert again.status_code == 200
        grant = done(penang.get(f"/v1/requests/{request_id}/grant"), 200)
        assert grant["used"] == 1  # the failed attempt and its repeat are one use
        assert half_stored(running) == set()
    world.vault.database.close()


@contextmanager
def locked(database_path: Path) -> Iterator[None]:
    """Somebody else holds the database's write lock."""
    other = sqlite3.connect(database_path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


def test_a_locked_database_is_told_and_nothing_is_kept(
    bare_world: World, tmp_path: Path, own_bucket: StoreAddress
) -> None:
    world = copied(bare_world, tmp_path, own_bucket)
    world.vault.database.close()
    impatient = Database(f"sqlite:///{world.database_path}", busy_timeout_ms=200)
    world = replace(world, vault=replace(world.vault, database=impatient))
    with serving(world) as running:
        hanoi, penang, her = running.staff("hanoi"), running.staff("penang"), running.holder()
        case = {"card_code": world.seed.hoa.card_code, "dispute": "other"}
        with locked(world.database_path):
            for answer in (
                hanoi.deposit(world.seed.hoa.holder_id, [photo()], key="locked"),
                penang.post("/v1/cases", case, key="locked"),
                running.nobody().post("/v1/sessions", {"login": "hanoi", "password": "x"}),
            ):
                problem(answer, 503, "database-busy")
                assert int(answer.headers["retry-after"]) > 0
            assert done(her.get("/v1/me"), 200)["pin_is_her_own"]  # looking needs no lock
        assert world.documents() == []
        assert half_stored(running) == set()
        done(hanoi.deposit(world.seed.hoa.holder_id, [photo()], key="locked"), 201)
        done(penang.post("/v1/cases", case, key="locked"), 201)
    world.vault.database.close()


def limit_pages(world: World, most: int) -> None:
    """Lets the database file grow to so many pages and no further, on every connection of the pool."""
    with ExitStack() as stack:
        for _ in range(5):
            connection = world.vault.database._writer.raw_connection()
            stack.callback(connection.close)
            connection.cursor().execute(f"PRAGMA max_page_count={most}")


def test_a_full_disk_is_told_and_nothing_is_half_stored(lone_vault: RunningVault) -> None:
    world = lone_vault.world
    hanoi, holder_id = lone_vault.staff("hanoi"), world.seed.hoa.holder_id
    with sqlite3.connect(world.database_path) as own:
        pages = own.execute("PRAGMA page_count").fetchone()[0]
    limit_pages(world, pages)
    kept = 0
    for _ in range(20):  # the last page has room for one or two more
        answer = hanoi.deposit(holder_id, [photo()])
        if answer.status_code != 201:
            break
        kept += 1
    problem(answer, 507, "disk-full")
    assert len(world.documents()) == len(world.entries("deposited")) == kept
    assert half_stored(lone_vault) == set()
    assert verify_ledger(world.vault).ok
    limit_pages(world, 1_000_000)
    done(hanoi.deposit(holder_id, [photo()]), 201)
    assert half_stored(lone_vault) == set()


def test_what_nobody_expected_is_answered_and_its_words_stay_out_of_the_log(
    running_vault: RunningVault, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    penang = running_vault.staff("penang")
    with sqlite3.connect(running_vault.world.database_path) as own:
        own.execute("UPDATE ledger_head SET signature = zeroblob(64)")
    body = {"card_code": running_vault.world.seed.hoa.card_code, "dispute": "other"}
    answer = penang.post("/v1/cases", body)
    problem(answer, 500, "unexpected")
    assert answer.headers["cache-control"] == "no-store"
    captured = capfd.readouterr()
    log = captured.out + captured.err + caplog.text
    assert "ChainError" in log
    assert "Traceback" not in log
    assert "signed" not in log  # a word of the error's own
    assert done(penang.get("/v1/cases"), 200)["items"] == []
