"""What only a database server can do to us: go away, come back, refuse, quote, or be somebody else."""

import socket
import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from tests.postgres import NAME_ELSEWHERE, RunningPostgres
from vault.database import Database
from vault.errors import DatabaseBusy, DiskFull, Unavailable

MEANT = {
    "53100": DiskFull,
    "53200": Unavailable,
    "53300": DatabaseBusy,
    "40001": DatabaseBusy,
    "40P01": DatabaseBusy,
    "57014": DatabaseBusy,
    "57P01": Unavailable,
    "58030": Unavailable,
    "25006": Unavailable,
}
"""What PostgreSQL says when there is no room, no memory, no connection, ... (its manual, appendix A)."""


@pytest.fixture
def name(postgres: RunningPostgres) -> str:
    """A database of this test's own."""
    return postgres.new_database()


@pytest.fixture
def database(postgres: RunningPostgres, name: str) -> Iterator[Database]:
    database = Database(postgres.url(name))
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


def test_it_is_opened_for_durability_and_snapshots(
    database: Database, postgres: RunningPostgres, name: str
) -> None:
    postgres.tell(f"ALTER DATABASE {name} SET synchronous_commit = off")
    for opened, isolation in ((database.read, "repeatable read"), (database.write, "read committed")):
        with opened() as session:
            assert session.execute(text("SHOW transaction_isolation")).scalar_one() == isolation
            assert session.execute(text("SHOW synchronous_commit")).scalar_one() == "on"
            assert session.execute(text("SHOW fsync")).scalar_one() == "on"


@pytest.mark.parametrize("when", ["while it is written", "at the commit"])
def test_what_the_server_cannot_do_is_told_by_what_it_means(
    database: Database, postgres: RunningPostgres, name: str, when: str
) -> None:
    refuse = "BEGIN RAISE EXCEPTION 'a name' USING ERRCODE = NEW.value; END"
    postgres.tell(f"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $${refuse}$$", name)
    constraint, late = (
        ("CONSTRAINT", "DEFERRABLE INITIALLY DEFERRED") if when == "at the commit" else ("", "")
    )
    postgres.tell(
        f"CREATE {constraint} TRIGGER refuse AFTER INSERT ON thing {late} FOR EACH ROW EXECUTE FUNCTION refuse()",
        name,
    )
    for state, meant in MEANT.items():
        with pytest.raises(meant) as raised:
            insert(database, state)
        assert type(raised.value) is meant
        assert "a name" not in repr(raised.value)
    assert values(database) == ["kept"]


def test_a_commit_after_a_swallowed_failure_keeps_nothing_and_says_so(database: Database) -> None:
    def swallow() -> None:
        with database.write() as session:
            session.execute(text("INSERT INTO thing VALUES ('half')"))
            with pytest.raises(DatabaseError):
                session.execute(text("INSERT INTO thing VALUES ('kept')"))

    with pytest.raises(DatabaseError):
        swallow()
    assert values(database) == ["kept"]


def test_a_writer_that_is_sent_away_is_undone_and_the_next_one_served(
    database: Database, postgres: RunningPostgres
) -> None:
    def sent_away() -> None:
        with database.write() as session:
            session.execute(text("INSERT INTO thing VALUES ('lost')"))
            process = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
            postgres.tell(f"SELECT pg_terminate_backend({process}, 60000)")
            session.execute(text("INSERT INTO thing VALUES ('lost too')"))

    with pytest.raises(Unavailable):
        sent_away()
    insert(database, "new")
    assert values(database) == ["kept", "new"]


def test_a_server_that_is_stopped_is_told_and_used_again_when_it_is_back(
    database: Database, postgres: RunningPostgres
) -> None:
    insert(database, "before")
    assert values(database) == ["before", "kept"]
    postgres.stop()
    for attempt in (lambda: insert(database, "lost"), lambda: values(database)):
        with pytest.raises(Unavailable) as raised:
            attempt()
        assert postgres.password not in repr(raised.value)
    postgres.start()
    insert(database, "new")
    assert values(database) == ["before", "kept", "new"]


def test_a_server_that_was_restarted_meanwhile_is_nobodys_failed_call(
    database: Database, postgres: RunningPostgres
) -> None:
    assert values(database) == ["kept"]
    postgres.stop()
    postgres.start()
    assert values(database) == ["kept"]
    insert(database, "new")


def test_what_was_acknowledged_outlives_a_crash_of_the_server(
    database: Database, postgres: RunningPostgres
) -> None:
    for number in range(10):
        insert(database, f"{number}")
    postgres.kill()
    postgres.start()
    assert values(database) == [*"0123456789", "kept"]


def test_a_server_that_says_nothing_counts_as_gone(
    postgres: RunningPostgres, name: str, database: Database
) -> None:
    impatient = Database(postgres.url(name), busy_timeout_ms=100)
    with impatient.read() as session:
        process = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with pytest.raises(Unavailable), impatient.read() as session:
        session.execute(text("SELECT pg_sleep(600)"))
    postgres.tell(f"SELECT pg_terminate_backend({process})")
    assert values(impatient) == ["kept"]  # on a connection of its own, not on what is left of that one
    impatient.close()


def test_a_wrong_password_and_a_missing_database_are_parts_that_are_down(
    postgres: RunningPostgres, name: str
) -> None:
    right = postgres.url(name)
    for wrong in (right.replace(postgres.password, "guess-me-not"), right.replace(name, "nowhere")):
        with pytest.raises(Unavailable) as raised:
            values(Database(wrong))
        assert "guess-me-not" not in repr(raised.value)
        assert "nowhere" not in repr(raised.value)


def test_a_server_elsewhere_must_prove_itself(
    postgres: RunningPostgres, name: str, database: Database
) -> None:
    elsewhere = postgres.url(name, NAME_ELSEWHERE)
    with pytest.raises(Unavailable):
        values(Database(elsewhere))
    proved = Database(f"{elsewhere}?sslrootcert={postgres.certificate}")
    with proved.read() as session:
        encrypted = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
        assert session.execute(text(encrypted)).scalar_one() is True
    proved.close()


def test_nothing_is_said_to_a_server_elsewhere_that_has_no_certificate() -> None:
    heard = b""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def refuse_tls() -> None:
            nonlocal heard
            taken, _ = server.accept()
            with taken:
                heard += taken.recv(8)
                taken.sendall(b"N")
                while more := taken.recv(4096):
                    heard += more

        listening = threading.Thread(target=refuse_tls)
        listening.start()
        port = server.getsockname()[1]
        with pytest.raises(Unavailable):
            values(Database(f"postgresql+pg8000://somebody:something@{NAME_ELSEWHERE}:{port}/vault"))
        listening.join()
    assert heard == (8).to_bytes(4, "big") + (80877103).to_bytes(4, "big")  # "do you speak TLS?", and no more


def test_what_answers_but_is_no_database_is_a_part_that_is_down() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            taken, _ = server.accept()
            with taken:
                taken.recv(8)
                taken.sendall(b"N")
                taken.recv(4096)
                taken.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        listening = threading.Thread(target=answer)
        listening.start()
        with pytest.raises(Unavailable):
            values(Database(f"postgresql+pg8000://a:b@127.0.0.1:{server.getsockname()[1]}/vault"))
        listening.join()
