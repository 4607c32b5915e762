"""One database, two ways in: `read` sees a snapshot, `write` is the only writer until it commits.

SQLite (one machine) is opened in WAL mode with synchronous=FULL, PostgreSQL (many) with synchronous_commit=on: an
acknowledged commit survives a power cut as far as the disk keeps its word. Writers take the lock at BEGIN (BEGIN
IMMEDIATE, or an advisory lock), never half-way, so that two use cases cannot both read a state and then both act on it.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, event, inspect, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session, create_engine

from vault import postgresql
from vault.errors import DatabaseBusy, DiskFull, Unavailable

BUSY_TIMEOUT_MS = 5_000
_WIPE_WAITS_MS = 250


class Database:
    """Sessions on one database. Every write block is one transaction, durable when the block has ended."""

    def __init__(self, url: str, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> None:
        """Opens nothing yet; `url` is sqlite:///path or postgresql+pg8000://user:password@host:port/name."""
        parsed = make_url(url)
        open_engine = _open_sqlite if parsed.get_backend_name() == "sqlite" else postgresql.open_engine
        self._reader = open_engine(parsed, busy_timeout_ms, writes=False)
        self._writer = open_engine(parsed, busy_timeout_ms, writes=True)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session on one consistent snapshot. What it changes is thrown away.

        Raises:
            DatabaseBusy: every connection was in use for longer than the busy timeout.
            Unavailable: the database could not be opened, or went away.
        """
        with _translated(), Session(self._reader, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that holds the write lock; commits when the block ends, rolls back if it raises.

        Raises:
            DatabaseBusy: others held the lock, or every connection, for longer than the busy timeout.
            DiskFull: no room for the journal or the pages; nothing was kept.
            Unavailable: the database could not be opened, or went away. A server that went away during the commit may
                have kept it all the same.
        """
        with _translated(), Session(self._writer, expire_on_commit=False) as session:
            session.connection()  # takes the lock: what the caller looks at after this, the clock too, is the present
            yield session
            session.commit()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection within one transaction, for migrations. Raises as `write` does."""
        with _translated(), self._writer.begin() as connection:
            yield connection

    @property
    def file(self) -> Path | None:
        """The SQLite file; None on PostgreSQL."""
        return Path(self._writer.url.database or "") if self._writer.dialect.name == "sqlite" else None

    def is_new(self) -> bool:
        """Whether no vault has been made here yet. Makes nothing.

        Raises:
            Unavailable: a PostgreSQL server could not be asked.
        """
        if self.file is not None:
            return not self.file.exists()
        with _translated(), self._reader.connect() as connection:
            return not inspect(connection).has_table("alembic_version")

    def wipe(self) -> bool:
        """Writes over what deleted keys have left in the database's files; False if it could not be done now.

        Never waits long. On PostgreSQL the write-ahead log keeps it until the server has used that again, and so do
        archives of it (docs/operator.md).

        Raises:
            DatabaseBusy: every connection was in use for longer than the busy timeout.
        """
        with _translated():
            return _wipe_sqlite(self._writer) if self.file else postgresql.wipe(self._writer)

    def close(self) -> None:
        """Lets go of every connection."""
        self._reader.dispose()
        self._writer.dispose()


def _open_sqlite(url: URL, busy_timeout_ms: int, *, writes: bool) -> Engine:
    engine = create_engine(
        url,
        connect_args={"check_same_thread": False},
        pool_timeout=busy_timeout_ms / 1000,
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        # sqlite3's own transaction handling starts transactions late and commits before DDL: we issue BEGIN ourselves.
        connection.isolation_level = None
        # Only tampering leaves text that is no UTF-8: it must be readable to be named, not fail every query.
        connection.text_factory = _lenient_text
        for pragma in (
            f"busy_timeout={busy_timeout_ms}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _wipe_sqlite(engine: Engine) -> bool:
    # secure_delete has written over the rows; what they were is still in the write-ahead log, which this empties.
    try:
        connection = engine.raw_connection()
    except sqlite3.OperationalError:
        return False
    connection.detach()  # it is not used again: its patience is shorter than the others'
    try:
        cursor = connection.cursor()
        # While it waits for readers, nobody else can write.
        cursor.execute(f"PRAGMA busy_timeout={_WIPE_WAITS_MS}")
        in_the_way: int = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        return not in_the_way
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()


def _lenient_text(raw: bytes) -> str:
    return raw.decode(errors="surrogateescape")


@contextmanager
def _translated() -> Iterator[None]:
    # The driver's message can quote bound values: `from None` keeps them out of every traceback and log.
    try:
        yield
    except PoolTimeout:
        raise DatabaseBusy from None
    except DBAPIError as error:
        meaning = postgresql.meaning(error.orig) if postgresql.spoke(error.orig) else _meaning(error)
        if meaning is None:
            raise
        raise meaning from None


def _meaning(error: DBAPIError) -> Unavailable | None:
    message = str(error.orig)
    if "disk is full" in message:
        return DiskFull()
    if not isinstance(error, OperationalError):
        return None
    if "locked" in message or "busy" in message:
        return DatabaseBusy()
    if "readonly" in message or "disk I/O" in message:
        return DiskFull()
    return Unavailable("database")
