"""One writer at a time, whole transactions, and errors that say what happened without quoting anything.

The same on SQLite and on PostgreSQL. What only one of them can do wrong stands in files of their own.
"""

import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, SQLModel

from tests.postgres import RunningPostgres
from vault.database import Database
from vault.errors import DatabaseBusy, VaultError
from vault.migrate import migrate

HOLDER_OF_LOCK = """
import sys
from sqlalchemy import text
from vault.database import Database
with Database(sys.argv[1]).write() as session:
    session.execute(text("INSERT INTO thing VALUES ('before')"))
    print("locked", flush=True)
    sys.stdin.readline()
"""
DIES_WRITING = """
import os, signal, sys
from sqlalchemy import text
from vault.database import Database
with Database(sys.argv[1]).write() as session:
    session.execute(text("UPDATE thing SET value = 'lost'"))
    for number in range(2000):
        session.execute(text("INSERT INTO thing VALUES (:value)"), {"value": f"{number:01000}"})
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of this test's own."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'own.db'}"
    server: RunningPostgres = request.getfixturevalue("postgres")
    return server.url(server.new_database())


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """With one table and one row in it."""
    database = Database(url, busy_timeout_ms=300)
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


def test_locked_by_another_process_it_is_busy_and_can_still_be_read(database: Database, url: str) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", HOLDER_OF_LOCK, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE
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
    assert values(database) == ["before", "kept", "new"]


def test_who_waits_for_a_short_lock_sees_what_was_committed_meanwhile(database: Database, url: str) -> None:
    patient = Database(url, busy_timeout_ms=60_000)

    def insert_and_look() -> list[str]:
        with patient.write() as session:
            session.execute(text("INSERT INTO thing VALUES ('new')"))
            return values_in(session)

    with ThreadPoolExecutor(1) as pool:
        with database.write() as session:
            waiting = pool.submit(insert_and_look)
            session.execute(text("INSERT INTO thing VALUES ('before')"))
            with pytest.raises(TimeoutError):
                waiting.result(0.3)
        assert waiting.result() == ["before", "kept", "new"]
    patient.close()


def test_a_writer_holds_the_lock_from_its_first_moment(database: Database, url: str) -> None:
    other = Database(url, busy_timeout_ms=100)
    with database.write(), pytest.raises(DatabaseBusy):
        insert(other, "new")
    insert(other, "new")
    other.close()


def test_a_writer_that_rolls_back_and_goes_on_holds_the_lock_again(database: Database, url: str) -> None:
    other = Database(url, busy_timeout_ms=100)
    with database.write() as session:
        session.rollback()
        session.execute(text("INSERT INTO thing VALUES ('after all')"))
        with pytest.raises(DatabaseBusy):
            insert(other, "new")
    assert values(other) == ["after all", "kept"]
    other.close()


def test_killed_while_writing_it_is_as_before(database: Database, url: str) -> None:
    died = subprocess.run([sys.executable, "-c", DIES_WRITING, url], check=False)
    assert died.returncode == -signal.SIGKILL
    assert values(database) == ["kept"]
    patient = Database(url, busy_timeout_ms=60_000)  # until the server has seen that it is gone
    insert(patient, "new")
    patient.close()
    assert values(database) == ["kept", "new"]


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
    with pytest.raises(DatabaseError) as raised:
        insert(database, "a name")
    told: BaseException | None = raised.value
    while told is not None:
        assert "a name" not in str(told) + repr(told)
        told = told.__cause__ or told.__context__


def test_more_at_once_than_there_are_connections_are_all_served(url: str, database: Database) -> None:
    patient = Database(url, busy_timeout_ms=60_000)
    with ThreadPoolExecutor(40) as pool:
        list(pool.map(lambda number: insert(patient, f"{number:02}"), range(40)))
    assert len(values(patient)) == 41
    patient.close()


def test_when_every_connection_is_in_use_it_is_busy(url: str, database: Database) -> None:
    impatient = Database(url, busy_timeout_ms=100)
    with ExitStack() as held:
        for _ in range(15):
            values_in(held.enter_context(impatient.read()))
        with pytest.raises(DatabaseBusy):
            values(impatient)
    assert values(impatient) == ["kept"]
    impatient.close()


def test_migrating_twice_changes_nothing(url: str) -> None:
    database = Database(url)
    found = []
    for _ in range(2):
        migrate(database)
        with database.connection() as connection:
            looked = inspect(connection)
            found.append(
                {
                    name: (looked.get_columns(name), looked.get_indexes(name))
                    for name in looked.get_table_names()
                }
            )
    assert str(found[0]) == str(found[1])
    assert "ledger_entry" in found[0]
    database.close()


def test_the_migrations_make_the_tables_that_the_code_speaks_of(url: str) -> None:
    database = Database(url)
    migrate(database)
    with database.connection() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []
    database.close()
