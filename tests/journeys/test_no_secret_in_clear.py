"""No secret lies in clear: whatever people do, and whatever breaks, nothing that was planted is found anywhere.

On both databases: what people do, through the API and the pages, with refusals, mistakes, an unexpected fault, parts
that die and a crash in the middle of reading. Then every byte that was written is searched: database, write-ahead log,
dump, store, logs, temporary folders, and what errors were answered with.
"""

import hashlib
import json
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.journeys.clear_text import Find, Searcher
from tests.journeys.planted import Plants, Wire, refilled
from tests.journeys.served_vault import ServedVault, served_vault
from tests.journeys.whole_journey import (
    PATIENCE,
    SAMPLES,
    Journey,
    Somebody,
    backed_up,
    by_pages,
    consented,
    deposited,
    enrolled,
    keys_of,
    mistaken,
    password_replaced,
    read,
    registered,
    replaced_and_erased,
    searched,
)
from tests.postgres import RunningPostgres, running_postgres
from tests.running import Caller, done, problem
from tests.vault.world import photo
from vault.blobs import Blobs, StoreAddress
from vault.crypto.hybrid import HybridIdentity
from vault.history import verify_ledger

IN_CLEAR = {"a kind of dispute": "unpaid_wages", "a centre": "Penang Centre", "an entry": "holder_enrolled"}
"""Lies in clear by design (vault/tables.py): found everywhere that a secret would be, so that nothing is overlooked."""


@dataclass
class Seen:
    """Everything that was found lying somewhere, each content once, however often it was looked at."""

    contents: dict[bytes, tuple[str, bytes]] = field(default_factory=dict)

    def add(self, stage: str, files: dict[str, bytes]) -> None:
        for name, content in files.items():
            self.contents.setdefault(hashlib.sha256(content).digest(), (f"{stage}: {name}", content))

    def search(self, searcher: Searcher, named: str = "") -> set[Find]:
        finds: set[Find] = set()
        for place, content in self.contents.values():
            if named in place:
                finds |= searcher.search(content, place)
        return finds


@pytest.fixture
def own_postgres() -> Iterator[RunningPostgres]:
    """A server that holds nothing but this test's database, so that all its files can be searched."""
    with running_postgres() as running:
        yield running


def sample(name: str) -> bytes:
    return (SAMPLES / "journey" / name).read_bytes()


def signed_in(journey: Journey) -> Caller:
    return journey.staff("desk-hanoi-7", str(journey.plants.secrets["password of desk-hanoi-7"]))


def lived_through(journey: Journey) -> tuple[Caller, Somebody]:
    """What people do and what they do wrong, and what the operator does: the desk that is signed in, and her."""
    registered(journey)
    journey.served.start()
    desk = signed_in(journey)
    journey.plants.took("login desk-hanoi-7", "password of desk-hanoi-7")
    somebody = enrolled(journey, desk)
    passport, contract = deposited(journey, desk, somebody)
    consented(journey, somebody, passport, contract)
    searched(journey, desk, somebody)
    another = by_pages(journey)
    mistaken(journey, desk, somebody)
    replaced_and_erased(journey, somebody, another)
    return desk, somebody


def crashed_while_reading(journey: Journey, desk: Caller, somebody: Somebody) -> None:
    """The server dies while a page lies open before the recogniser."""
    content = sample("contract-1.jpg")
    done(desk.deposit(somebody.holder_id, [content]), 201)
    journey.plants.carried("contract that was being read", content)
    until = time.monotonic() + PATIENCE
    while not any(journey.served.scratch.rglob("*.pnm")):
        assert time.monotonic() < until, "reading never began"
        time.sleep(0.005)
    journey.served.crash()


def fault_inside(journey: Journey, desk: Caller) -> None:
    """A fault that nobody expected, in the middle of a call that carries a name: the ledger's head is not ours."""
    name = journey.plants.plant("name in a call that failed", "Hoàng Thị Khuyênmây")
    body = {"name": name, "language": "vi", "consent_given": True, "consent_method": "signature"}
    problem(desk.post("/v1/holders", body), 500, "unexpected")
    journey.plants.took("name in a call that failed")


def assert_quiet(journey: Journey) -> None:
    """Nothing planted stands in an error, a header, an address or a command line.

    A page that shows a fault may show what was typed into it, and what it shows without a fault; and who was sent to
    sign in comes back to the address that he gave.
    """
    searcher, told, pages = Searcher(journey.plants.secrets), 0, dict[str, bytes]()
    for each in journey.wire.exchanges:
        place = f"{each.method} {each.status}"
        given = {find.secret for find in searcher.search(each.address.encode(), place)}
        assert {find.secret for find in searcher.search(each.headers.encode(), place)} <= given, each.path
        if each.status >= 400:
            of_page = {find.secret for find in searcher.search(pages.get(each.path, b""), place)}
            finds = {find.secret for find in searcher.search(each.content, place)}
            assert finds <= refilled(journey.plants.secrets, each.typed) | of_page, (place, each.path)
            told += 1
        elif each.method == "GET":
            pages[each.path] = each.content
    assert told >= 25
    for line in journey.served.command_lines:
        assert searcher.search(line, "a command line") == set()


def assert_nothing_in_clear(journey: Journey, seen: Seen) -> None:
    plants = journey.plants
    assert plants.proved == plants.secrets.keys()
    assert len(plants.secrets) >= 50
    finds = seen.search(Searcher(plants.secrets))
    at_home = {each for each in finds if each.secret.startswith("root key") and "data/root.key" in each.place}
    assert finds - at_home == set()


def assert_no_core_files(served: ServedVault) -> None:
    """Not of the server, nor of the store: Linux says so of each process."""
    if sys.platform != "linux":
        return
    for pid in served.family():
        limit = next(line for line in Path(f"/proc/{pid}/limits").read_text().splitlines() if "core" in line)
        assert limit.split()[4:6] == ["0", "0"], pid
    # Of a process that may be looked into, these belong to its account and group; of one that may not, to root.
    assert served.process
    owner = os.stat(f"/proc/{served.process.pid}/environ")
    assert (owner.st_uid, owner.st_gid) == (0, 0)
    assert os.stat("/proc/self/environ").st_uid == os.geteuid()


def test_on_sqlite_and_the_embedded_store(tmp_path: Path, free_port: int) -> None:
    seen = Seen()
    with served_vault(tmp_path, VAULT_EMBEDDED_STORE_PORT=str(free_port)) as served:
        journey = Journey(served, Plants(), Wire(), HybridIdentity.generate())
        desk, somebody = lived_through(journey)
        password_replaced(journey)
        backed_up(journey)
        assert_no_core_files(served)
        seen.add("while it served", served.files())
        crashed_while_reading(journey, desk, somebody)
        assert list(served.folder.rglob("core*")) == []
        # What the recogniser was looking at lies in memory until somebody reads again: see ocr/recognise.py.
        seen.add(
            "after the crash", {name: each for name, each in served.files().items() if "scratch" not in name}
        )
        served.start()
        desk = signed_in(journey)
        read(desk, done(desk.deposit(somebody.holder_id, [photo("ANOTHER PAPER")]), 201)["document_id"])
        keys_of(journey)
        os.kill(json.loads((served.data / "store" / "pid").read_text())["pid"], signal.SIGKILL)
        problem(desk.deposit(somebody.holder_id, [sample("contract-2.jpg")]), 503, "store-unavailable")
        with closing(sqlite3.connect(served.data / "vault.db", isolation_level=None)) as hands:
            (signature,) = hands.execute("SELECT signature FROM ledger_head").fetchone()
            hands.execute("UPDATE ledger_head SET signature = zeroblob(64)")
            fault_inside(journey, desk)
            hands.execute("UPDATE ledger_head SET signature = ?", (signature,))
        with served.opened() as vault:
            assert verify_ledger(vault).ok
        seen.add("before it stopped", served.files())
        served.stop()
        seen.add("when it had stopped", served.files())
        assert [each for each in served.scratch.rglob("*") if each.suffix] == []
    assert_quiet(journey)
    assert_nothing_in_clear(journey, seen)
    assert {find.secret for find in seen.search(Searcher(IN_CLEAR), "/vault.db")} == set(IN_CLEAR)
    assert {find.secret for find in seen.search(Searcher(IN_CLEAR), "/vault.db-wal")} >= {"an entry"}
    assert any(place.endswith("vault.db-shm") for place, _ in seen.contents.values())
    assert len(list((served.data / "store").rglob("*.dat"))) > 0


def test_on_postgresql_and_a_store_elsewhere(
    tmp_path: Path, own_postgres: RunningPostgres, own_bucket: StoreAddress
) -> None:
    seen, name = Seen(), own_postgres.new_database()
    settings = {
        "VAULT_DATABASE_URL": own_postgres.url(name),
        "VAULT_STORE_ENDPOINT": own_bucket.endpoint,
        "VAULT_STORE_BUCKET": own_bucket.bucket,
        "VAULT_STORE_ACCESS_KEY": own_bucket.access_key,
        "VAULT_STORE_SECRET_KEY": own_bucket.secret_key,
    }
    with served_vault(tmp_path, **settings) as served:
        journey = Journey(served, Plants(), Wire(), HybridIdentity.generate())
        journey.plants.held("password of the database", own_postgres.password.encode())
        desk, somebody = lived_through(journey)
        assert_no_core_files(served)
        keys_of(journey)
        own_postgres.kill()
        problem(desk.deposit(somebody.holder_id, [sample("contract-2.jpg")]), 503, "unavailable")
        own_postgres.start()
        [(signature,)] = own_postgres.tell("SELECT encode(signature, 'hex') FROM ledger_head", name)
        own_postgres.tell("UPDATE ledger_head SET signature = ''", name)
        fault_inside(journey, desk)
        own_postgres.tell(f"UPDATE ledger_head SET signature = decode('{signature}', 'hex')", name)
        with served.opened() as vault:
            assert verify_ledger(vault).ok
        served.stop()
        seen.add("when it had stopped", served.files())
    own_postgres.tell("CHECKPOINT")
    seen.add("dump", {"pg_dump": own_postgres.dump(name)})
    seen.add("server", own_postgres.files())
    objects = Blobs(own_bucket)
    seen.add("store", {each.name: b"".join(objects.get(each.name)) for each in objects.names()})
    assert_quiet(journey)
    assert_nothing_in_clear(journey, seen)
    for named in ("dump: pg_dump", "server: data/base", "server: data/pg_wal"):
        assert {find.secret for find in seen.search(Searcher(IN_CLEAR), named)} == set(IN_CLEAR), named
    assert len([place for place, _ in seen.contents.values() if place.startswith("store: ")]) >= 4
