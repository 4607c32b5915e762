"""One writer at a time, whole transactions, and errors that say what happened without quoting anything."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel

from vault.database import Database
from vault.errors import DatabaseBusy, DiskFull, Unavailable, VaultError
from vault.migrate import migrate

HOLDER_OF_LOCK = """
import sqlite3, sys
other = sqlite3.connect(sys.argv[1], isolation_level=None)
other.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.readline()
"""
DIES_WRITING = """
import os, signal, sys
from sqlalchemy import text
from vault.database import Database
with Database("sqlite:///" + sys.argv[1]).write() as session:
    session.execute(text("UPDATE thing SET value = 'lost'"))
    for number in range(2000):
        session.execute(text("INSERT INTO thing VALUES (:value)"), {"value": f"{number:01000}"})
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "own.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{path}", busy_timeout_ms=200)
    with database.connection() as connection:
        connection.execute(text("CREATE TABLE thing (value TEXT PRIMARY KEY)"))
        connection.execute(text("INSERT INTO thing VALUES ('kept')"))
    yield database
    database.close()


def values_in(session: Session) -> list[str]:
    return [row[0] for row in session.execute(text("SELECT value FROM thing ORDER BY value"))]


def values(database: Database) -> list[str]:
    with database.read() as session:
        return values_in(session)


def insert(database: Database, value: str) -> None:
    with database.write() as session:
        session.execute(text("INSERT INTO thing VALUES (:value)"), {"value": value})


def test_it_is_opened_for_durability(database: Database) -> None:
    for opened in (database.read, database.write):
        with opened() as session:
            found = {
                name: session.execute(text(f"PRAGMA {name}")).scalar_one()
                for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
            }
        assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}


def test_locked_by_another_process_it_is_busy_and_can_still_be_read(database: Database, path: Path) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", HOLDER_OF_LOCK, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdout
    assert other.stdout.readline() == b"locked\n"
    with pytest.raises(DatabaseBusy):
        insert(database, "new")
    with pytest.raises(DatabaseBusy):
        migrate(database)
    assert values(database) == ["kept"]
    other.communicate(b"\n")
    insert(database, "new")
    assert values(database) == ["kept", "new"]


def test_a_short_lock_is_waited_for(path: Path, database: Database) -> None:
    patient = Database(f"sqlite:///{path}", busy_timeout_ms=10_000)
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(insert, patient, "new")
        other.execute("INSERT INTO thing VALUES ('before')")
        other.execute("COMMIT")
        waiting.result()
    assert values(database) == ["before", "kept", "new"]
    patient.close()
    other.close()


def test_a_writer_holds_the_lock_from_its_first_moment(database: Database, path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None, timeout=0)
    with database.write(), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")
    other.close()


def test_a_full_disk_undoes_all_of_it(database: Database) -> None:
    def fill() -> None:
        with database.write() as session:
            pages = session.execute(text("PRAGMA page_count")).scalar_one()
            session.execute(text(f"PRAGMA max_page_count={pages + 20}"))
            session.execute(text("UPDATE thing SET value = 'lost'"))
            for number in range(1000):
                session.execute(text("INSERT INTO thing VALUES (:value)"), {"value": f"{number:01000}"})

    with pytest.raises(DiskFull):
        fill()
    assert values(database) == ["kept"]
    # With room again (another connection has no such limit) it goes on.
    database.close()
    insert(database, "new")
    assert values(database) == ["kept", "new"]


def test_killed_while_writing_it_is_as_before(database: Database, path: Path) -> None:
    died = subprocess.run([sys.executable, "-c", DIES_WRITING, str(path)], check=False)
    assert died.returncode == -signal.SIGKILL
    assert values(database) == ["kept"]
    insert(database, "new")
    with database.read() as session:
        assert session.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"


def test_what_raises_is_undone(database: Database) -> None:
    def fail() -> None:
        with database.write() as session:
            session.execute(text("INSERT INTO thing VALUES ('half')"))
            raise VaultError

    with pytest.raises(VaultError):
        fail()
    assert values(database) == ["kept"]


def test_what_a_reader_changes_is_thrown_away(database: Database) -> None:
    with database.read() as session:
        session.execute(text("INSERT INTO thing VALUES ('stray')"))
    assert values(database) == ["kept"]


def test_a_reader_sees_one_moment(database: Database) -> None:
    with database.read() as session:
        before = session.execute(text("SELECT count(*) FROM thing")).scalar_one()
        insert(database, "new")
        assert session.execute(text("SELECT count(*) FROM thing")).scalar_one() == before
    assert len(values(database)) == before + 1


def test_no_error_quotes_what_was_to_be_written(database: Database) -> None:
    insert(database, "a name")
    with pytest.raises(IntegrityError) as raised:
        insert(database, "a name")
    assert "a name" not in str(raised.value)
    assert "a name" not in repr(raised.value)


def test_a_folder_that_is_not_there_is_a_part_that_is_down(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as raised:
        insert(Database(f"sqlite:///{tmp_path / 'nowhere' / 'own.db'}"), "new")
    assert str(tmp_path) not in str(raised.value)


def test_more_at_once_than_there_are_connections_are_all_served(path: Path, database: Database) -> None:
    patient = Database(f"sqlite:///{path}")
    with ThreadPoolExecutor(40) as pool:
        list(pool.map(lambda number: insert(patient, f"{number:02}"), range(40)))
    assert len(values(patient)) == 41
    patient.close()


def test_when_every_connection_is_in_use_it_is_busy(database: Database) -> None:
    with ExitStack() as held:
        for _ in range(15):
            values_in(held.enter_context(database.read()))
        with pytest.raises(DatabaseBusy):
            values(database)
    assert values(database) == ["kept"]


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'migrated.db'}")
    migrate(database)
    with database.read() as session:
        before = session.execute(text("SELECT sql FROM sqlite_master")).all()
    migrate(database)
    with database.read() as session:
        assert session.execute(text("SELECT sql FROM sqlite_master")).all() == before
    database.close()


def test_the_migrations_make_the_tables_that_the_code_speaks_of(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'migrated.db'}")
    migrate(database)
    with database.connection() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []
    database.close()
    assert os.stat(tmp_path / "migrated.db").st_size > 0
