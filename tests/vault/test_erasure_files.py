"""What deleted keys leave behind in a database's own files is written over, or the caller is told that it was not."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.postgres import RunningPostgres
from vault.database import Database

ERASED, LIVE = 50, 150


@pytest.fixture
def keys() -> list[bytes]:
    """Of this test alone: a server keeps the databases of all tests in one folder."""
    return [secrets.token_bytes(70) for _ in range(ERASED + LIVE)]


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path, keys: list[bytes]) -> Iterator[Database]:
    """A key table as full as that of a small centre."""
    if request.param == "sqlite":
        opened = Database(f"sqlite:///{tmp_path / 'vault.db'}")
    else:
        postgres: RunningPostgres = request.getfixturevalue("postgres")
        opened = Database(postgres.url(postgres.new_database()))
    wrapped = "BLOB" if opened.file else "BYTEA"
    with opened.connection() as connection:
        connection.execute(
            text(f"CREATE TABLE holder_key (holder_id INTEGER PRIMARY KEY, wrapped {wrapped})")
        )
        connection.execute(text("CREATE TABLE stored_object (id INTEGER)"))
    for number, key in enumerate(keys):
        with opened.write() as session:
            session.execute(text("INSERT INTO holder_key VALUES (:id, :key)"), {"id": number, "key": key})
    yield opened
    opened.close()


def found(database: Database, keys: list[bytes], request: pytest.FixtureRequest) -> int:
    """How many of the keys are in the database's files. Of PostgreSQL's, its write-ahead log is left out."""
    if database.file:
        files = list(database.file.parent.iterdir())
    else:
        postgres: RunningPostgres = request.getfixturevalue("postgres")
        postgres.tell("CHECKPOINT")
        files = [path for path in (postgres.data / "base").rglob("*") if path.is_file()]
    content = b"".join(path.read_bytes() for path in files)
    return sum(key in content for key in keys)


def erase(database: Database) -> None:
    with database.write() as session:
        session.execute(text("DELETE FROM holder_key WHERE holder_id < :count"), {"count": ERASED})


def test_no_deleted_key_is_left_in_the_files(
    database: Database, keys: list[bytes], request: pytest.FixtureRequest
) -> None:
    erase(database)
    assert found(database, keys, request) == ERASED + LIVE
    assert database.wipe()
    assert found(database, keys[:ERASED], request) == 0
    assert found(database, keys[ERASED:], request) == LIVE


def test_who_is_in_the_way_is_told_and_not_waited_for(
    database: Database, keys: list[bytes], request: pytest.FixtureRequest
) -> None:
    with database.read() as session:
        assert session.execute(text("SELECT count(*) FROM holder_key")).scalar_one() == ERASED + LIVE
        erase(database)
        assert not database.wipe()
        assert found(database, keys[:ERASED], request) == ERASED
    assert database.wipe()
    assert found(database, keys[:ERASED], request) == 0


def test_wiping_disturbs_neither_the_next_writer_nor_the_next_reader(database: Database) -> None:
    for _ in range(3):
        assert database.wipe()
        erase(database)
        with database.read() as session:
            assert session.execute(text("SELECT count(*) FROM holder_key")).scalar_one() == LIVE
