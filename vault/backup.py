"""Backup and restore of a vault on SQLite: what is kept in one file, the keys to it in another.

    records.db  the database without any wrapped key, and without sessions and kept answers, which live for days
    keys.json   the key table: wrapped holder keys, objects with their wrapped file keys, the vault's wrapped secrets

Both are from one moment, and each can be read alone. They are two files so that the keys can be kept for a shorter
time: what was erased opens with the root key and a backup of the key table from before, and not without
(docs/threat-model.md). The bucket is backed up by its operator; the erasure list must not go back in time at all.
"""

import json
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vault import files
from vault.errors import VaultError
from vault.vault import Vault

RECORDS, KEYS = "records.db", "keys.json"
KEY_TABLE = ("holder_key", "stored_object", "vault_secret")
FORMAT = "migrant-vault/v1/key-table"

_SHORT_LIVED = ("kept_answer", "sign_in_session")
RESTORE_ON_POSTGRESQL = (
    "this vault's database is PostgreSQL (VAULT_DATABASE_URL is set), and what `backup` writes is of a vault on a "
    "file: put PostgreSQL back with pg_restore (docs/operator.md), or unset VAULT_DATABASE_URL. Nothing was written"
)
_ON_POSTGRESQL = (
    "this vault's database is PostgreSQL: back it up with pg_dump, once with --exclude-table-data for each of "
    f"{', '.join(KEY_TABLE + _SHORT_LIVED)}, and once with --data-only and --table for each of {', '.join(KEY_TABLE)}, "
    "to be kept for a shorter time (docs/operator.md)"
)

Row = Mapping[str, Any]


class BackupError(VaultError):
    """A backup cannot be made, or not put back. The message says why and what to do; nothing was changed."""


@dataclass(frozen=True)
class Restored:
    """What a restored database can open, and what not: the keys were from another moment than the records."""

    holders: int
    documents: int
    holders_without_key: int
    documents_without_key: int


def backup(vault: Vault, folder: Path) -> None:
    """Writes both files (0600) into `folder`, which is made if it is not there; the vault may serve meanwhile.

    Raises:
        BackupError: there is a backup in it already, it cannot be written, or the database is not SQLite.
    """
    if vault.database.file is None:
        raise BackupError(_ON_POSTGRESQL)
    if any((folder / name).exists() for name in (RECORDS, KEYS)):
        raise BackupError(f"there is a backup in {folder} already: name a folder of its own for each")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = files.open_draft(folder / RECORDS)
        try:
            _write(vault.database.file, draft, folder / KEYS)
            files.keep(draft, folder / RECORDS)
        except BaseException:
            files.remove(folder / KEYS)
            raise
        finally:
            draft.unlink(missing_ok=True)
    except (OSError, sqlite3.Error) as error:
        raise BackupError(f"cannot write a backup into {folder}: {_why(error)}") from None


def restore(folder: Path, data_folder: Path) -> Restored:
    """Makes the database in `data_folder` from both files. Of whoever the records call erased no key is put back.

    Raises:
        BackupError: there is a database in it already; a file is missing, damaged or from another version; it cannot
            be written. There is no database in it then.
    """
    target = data_folder / "vault.db"
    if any(target.with_name(target.name + suffix).exists() for suffix in ("", "-wal", "-shm")):
        raise BackupError(f"there is a vault in {data_folder}: restore into a data folder without one")
    keys = _read_keys(folder / KEYS)
    try:
        data_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = files.open_draft(target)
        try:
            shutil.copyfile(folder / RECORDS, draft)
            restored = _put_back(draft, keys)
            files.keep(draft, target)
        finally:
            draft.unlink(missing_ok=True)
    except (OSError, sqlite3.Error) as error:
        raise BackupError(f"cannot restore {folder} into {data_folder}: {_why(error)}") from None
    return restored


def _write(source: Path, draft: Path, keys: Path) -> None:
    with closing(_opened(draft)) as copy:
        copy.execute("ATTACH ? AS vault", (str(source),))
        copy.execute("BEGIN")  # both files are read from one snapshot
        schema = copy.execute("SELECT type, name, sql FROM vault.sqlite_master ORDER BY type DESC").fetchall()
        for kind, name, statement in schema:  # tables come before their indexes
            if statement is None or name.startswith("sqlite_"):
                continue  # SQLite's own, which it makes by itself
            copy.execute(statement)
            # Left out, not removed afterwards: so they are in no free page of the copy either.
            if kind == "table" and name not in KEY_TABLE + _SHORT_LIVED:
                copy.execute(f'INSERT INTO main."{name}" SELECT * FROM vault."{name}"')  # noqa: S608
        files.write_new(keys, _key_table(copy))
        copy.execute("COMMIT")
        _require_whole(copy)


def _key_table(copy: sqlite3.Connection) -> Iterator[bytes]:
    yield f'{{"format": "{FORMAT}"'.encode()
    for table in KEY_TABLE:
        yield f',\n"{table}": ['.encode()
        rows = copy.execute(f'SELECT * FROM vault."{table}"')  # noqa: S608
        names = [column[0] for column in rows.description]
        for number, row in enumerate(rows):
            shown = {
                name: value.hex() if isinstance(value, bytes) else value
                for name, value in zip(names, row, strict=True)
            }
            yield (",\n" if number else "\n").encode() + json.dumps(shown).encode()
        yield b"]"
    yield b"}\n"


def _read_keys(path: Path) -> Mapping[str, Sequence[Row]]:
    try:
        keys = json.loads(path.read_bytes())
    except OSError as error:
        raise BackupError(f"cannot read {path}: {_why(error)}") from None
    except ValueError:
        raise _foreign(path) from None
    if not isinstance(keys, dict) or keys.pop("format", None) != FORMAT or set(keys) != set(KEY_TABLE):
        raise _foreign(path)
    if not all(
        isinstance(rows, list) and all(isinstance(row, dict) for row in rows) for rows in keys.values()
    ):
        raise _foreign(path)
    return keys


def _put_back(draft: Path, keys: Mapping[str, Sequence[Row]]) -> Restored:
    with closing(_opened(draft)) as database:
        _require_whole(database)
        holders, documents = (
            {row[0] for row in database.execute(f"SELECT id FROM {table} WHERE erased_at IS NULL")}  # noqa: S608
            for table in ("holder", "document")
        )
        holder_keys = [row for row in keys["holder_key"] if row.get("holder_id") in holders]
        objects = [row for row in keys["stored_object"] if row.get("document_id") in documents]
        database.execute("BEGIN")
        for table, rows in zip(KEY_TABLE, (holder_keys, objects, keys["vault_secret"]), strict=True):
            _insert(database, table, rows)
        database.execute("COMMIT")
    opened = len({row["document_id"] for row in objects})
    return Restored(len(holder_keys), opened, len(holders) - len(holder_keys), len(documents) - opened)


def _insert(database: sqlite3.Connection, table: str, rows: Sequence[Row]) -> None:
    columns = {row[1]: row[2] for row in database.execute(f'PRAGMA table_info("{table}")')}
    names, marks = ", ".join(f'"{name}"' for name in columns), ", ".join("?" * len(columns))
    for row in rows:
        if set(row) != set(columns):
            raise BackupError(f"{KEYS} and {RECORDS} are from different versions of the program")
        try:
            values = [
                bytes.fromhex(row[name]) if kind == "BLOB" else row[name] for name, kind in columns.items()
            ]
        except (TypeError, ValueError):
            raise BackupError(f"{KEYS} is damaged: a key in it is no key") from None
        database.execute(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', values)  # noqa: S608


def _opened(draft: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(draft, isolation_level=None)
    connection.execute("PRAGMA journal_mode=OFF")  # a draft that does not become whole is thrown away
    return connection


def _require_whole(database: sqlite3.Connection) -> None:
    if database.execute("PRAGMA main.integrity_check").fetchall() != [("ok",)]:
        raise BackupError(
            "the database is damaged: put back a backup from before (SQLite's own check found faults)"
        )


def _foreign(path: Path) -> BackupError:
    return BackupError(f"{path} is not a key table that this program wrote, or it is damaged")


def _why(error: OSError | sqlite3.Error) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
