"""PostgreSQL kept to the promises of `vault.database`: one writer at a time, snapshots, commits that stay.

Errors are told apart by their SQLSTATE (PostgreSQL manual, appendix A), never by their words, and their words go no
further: PostgreSQL quotes the row that it refuses.
"""

import ssl
from collections.abc import Callable
from typing import Any

from pg8000 import dbapi
from sqlalchemy import URL, Connection, Engine, ExceptionContext, event
from sqlalchemy.exc import DBAPIError
from sqlmodel import create_engine

from vault.errors import DatabaseBusy, DiskFull, NotFound, Unavailable, VaultError

SILENT_AFTER = 12
"""A server that says nothing for so many busy timeouts counts as gone."""

IDLE_WRITER_MS = 60_000
"""Milliseconds after which the server lets a writer go that does nothing."""

_WIPE_WAITS_MS = 250

_WRITE_LOCK = int.from_bytes(b"vault", "big")
"""The advisory lock that every writer takes: any number would do, as long as it is the same."""

_NO_SUCH_TEXT = "22021"
"""Said of a text with a NUL in it, which no row can hold: whatever is looked up by it is not there."""

_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
_MEANINGS: dict[str, type[Unavailable]] = {
    "53100": DiskFull,
    "53300": DatabaseBusy,  # no connection left
    "55P03": DatabaseBusy,  # the write lock was not to be had in time
    "57014": DatabaseBusy,  # cancelled by the server's own time limit
    "40001": DatabaseBusy,
    "40P01": DatabaseBusy,
    "25006": Unavailable,  # a standby: it takes no writes
    "25P03": Unavailable,  # we did nothing for too long, and it let us go
    "3D000": Unavailable,  # there is no such database (yet)
}
_MEANING_OF_CLASS: dict[str, type[Unavailable]] = {
    "08": Unavailable,  # the connection failed
    "28": Unavailable,  # the sign-in was refused
    "53": Unavailable,  # out of something: memory, files
    "57": Unavailable,  # it is shutting down, or not up yet
    "58": Unavailable,  # the machine's own fault: an unreadable disk
}


def open_engine(url: URL, busy_timeout_ms: int, *, writes: bool) -> Engine:
    """Connections for reading, or for writing: every transaction of the latter holds the write lock from its start.

    A server on another machine must prove itself with a certificate for the host's name. `?sslrootcert=path` in the
    URL names the authority that signed it, where the system does not know it.
    """
    engine = create_engine(
        url.set(drivername="postgresql+pg8000", query={}),
        creator=_connector(url, busy_timeout_ms, writes=writes),
        pool_pre_ping=True,  # a server that was restarted meanwhile is nobody's failed call
        pool_timeout=busy_timeout_ms / 1000,
        hide_parameters=True,
    )
    event.listen(engine, "handle_error", _keep_words_back)
    if writes:
        event.listen(engine, "begin", _lock)
        event.listen(engine, "commit", _require_whole)
    return engine


def spoke(error: BaseException | None) -> bool:
    """Whether an error is PostgreSQL's, or its driver's."""
    return isinstance(error, dbapi.Error)


def meaning(error: BaseException | None) -> VaultError | None:
    """What a driver's error means to the vault; None for what only a fault in our own code brings about."""
    if _state(error) == _NO_SUCH_TEXT:
        return NotFound()
    if isinstance(error, dbapi.InterfaceError):
        return Unavailable("database")
    state = _state(error)
    kind = _MEANINGS.get(state) or _MEANING_OF_CLASS.get(state[:2])
    return None if kind is None else kind("database")


def wipe(engine: Engine) -> bool:
    """Writes the key table anew, without what was deleted from it; False if it could not be done now.

    VACUUM alone would leave the bytes of deleted rows in the pages until something else is put there. Files of a
    server's past stay: its write-ahead log until that is used again, archives of it, and what the disk itself keeps.
    """
    try:
        connection = engine.raw_connection()
    except (dbapi.Error, OSError):
        return False
    connection.detach()  # it is not used again: its patience is shorter than the others'
    try:
        connection.rollback()  # whether it is alive has been asked for within a transaction
        connection.dbapi_connection.autocommit = True  # type: ignore[union-attr]
        cursor = connection.cursor()
        # FULL takes the table for itself, for as long as a small table takes; whoever comes meanwhile waits for it.
        cursor.execute(f"SET lock_timeout = {_WIPE_WAITS_MS}")
        cursor.execute("VACUUM (FULL) holder_key")
        cursor.execute("VACUUM stored_object")
    except (dbapi.Error, OSError):
        return False
    finally:
        connection.close()
    return True


def _connector(url: URL, busy_timeout_ms: int, *, writes: bool) -> Callable[[], Any]:
    arguments: dict[str, Any] = url.translate_connect_args(username="user") | dict(url.query)
    authority = arguments.pop("sslrootcert", None)
    if "unix_sock" not in arguments and arguments.setdefault("host", "localhost") not in _THIS_MACHINE:
        # The driver's own choice is TLS with whoever answers, and none at all if he says that he has none.
        arguments["ssl_context"] = ssl.create_default_context(cafile=authority)
    arguments["timeout"] = SILENT_AFTER * busy_timeout_ms / 1000
    arguments["startup_params"] = {
        # A writer looks when it has the lock: its every statement must see what has been committed by then.
        "default_transaction_isolation": "read committed" if writes else "repeatable read",
        "synchronous_commit": "on",
        "lock_timeout": str(busy_timeout_ms),
        # A writer that was cut off must not keep all others waiting until the network notices.
        "idle_in_transaction_session_timeout": str(IDLE_WRITER_MS if writes else 0),
        "client_encoding": "UTF8",
    }

    def connect() -> Any:
        try:
            return dbapi.connect(**arguments)
        except dbapi.Error:
            raise
        except Exception:
            # No certificate or a wrong one, or an answer that is none of PostgreSQL's.
            raise dbapi.InterfaceError("cannot connect") from None

    return connect


def _lock(connection: Connection) -> None:
    # Let go of by the server when the commit can be seen, so that the next writer sees all of it.
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITE_LOCK})")


def _require_whole(connection: Connection) -> None:
    # PostgreSQL answers the COMMIT of a transaction that has failed with a ROLLBACK, and calls that success.
    connection.exec_driver_sql("SELECT 1")


def _keep_words_back(context: ExceptionContext) -> Unavailable | None:
    error, wrapped = context.original_exception, context.sqlalchemy_exception
    if isinstance(error, OSError):
        # The socket's time ran out, or it broke: nothing more can be asked on it.
        context.is_disconnect = True
        return Unavailable("database")
    if isinstance(error, dbapi.DatabaseError):
        error.args = ({"C": _state(error)},)
    if isinstance(wrapped, DBAPIError):
        wrapped.args = (f"SQLSTATE {_state(error) or 'none'}",)
    return None


def _state(error: BaseException | None) -> str:
    told = error.args[0] if error is not None and error.args else None
    return str(told.get("C", "")) if isinstance(told, dict) else ""
