"""What SQLite is opened with, and how a full disk and a missing folder are told."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from vault.database import Database
from vault.errors import DiskFull, Unavailable
from vault.migrate import migrate


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'own.db'}")
    with database.connection() as connection:
        connection.execute(text("CREATE TABLE thing (value TEXT PRIMARY KEY)"))
        connection.execute(text("INSERT INTO thing VALUES ('kept')"))
    yield database
    database.close()


def insert(database: Database, value: str) -> None:
    with database.write() as session:
        session.execute(text("INSERT INTO thing VALUES (:value)"), {"value": value})


def values(database: Database) -> list[str]:
    with database.read() as session:
        return [row[0] for row in session.execute(text("SELECT value FROM thing ORDER BY value"))]


def test_it_is_opened_for_durability(database: Database) -> None:
    for opened in (database.read, database.write):
        with opened() as session:
            found = {
                name: session.execute(text(f"PRAGMA {name}")).scalar_one()
                for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
            }
        assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}


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


def test_a_folder_that_is_not_there_is_a_part_that_is_down(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as raised:
        insert(Database(f"sqlite:///{tmp_path / 'nowhere' / 'own.db'}"), "new")
    assert str(tmp_path) not in str(raised.value)


def test_a_migrated_database_is_a_file_that_passes_its_own_check(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'migrated.db'}")
    migrate(database)
    with database.read() as session:
        assert session.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
    database.close()
    assert os.stat(tmp_path / "migrated.db").st_size > 0
