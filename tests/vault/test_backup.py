"""A backup can be put back whole; its two files tell nothing of each other; what was erased stays closed."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from tests.vault.world import PIN, POLICIES, World, open_vault, photo
from vault import documents, holder_keys, holders, identity
from vault.backup import KEY_TABLE, KEYS, RECORDS, BackupError, Restored, backup, restore
from vault.crypto.errors import VersionRetired
from vault.database import Database
from vault.erasure import erase_document, erase_holder, replay
from vault.errors import NotFound, NotSignedIn, SecretsLost
from vault.keyring import open_local
from vault.objects import open_object
from vault.rotation import rotate_root
from vault.tables import Document, Holder, HolderKey, KeptAnswer, SignInSession, StoredObject, VaultSecret
from vault.vault import assemble


def saved(world: World, name: str = "backup") -> Path:
    backup(world.vault, world.folder / name)
    return world.folder / name


def put_back(world: World, folder: Path) -> World:
    """A vault on what was restored: with its root key and its erasure list, as the guide says."""
    restored = world.folder / "restored"
    restore(folder, restored)
    shutil.copy(world.folder / "root.key", restored)
    shutil.copytree(world.folder / "erasures", restored / "erasures")
    return replace(world, folder=restored, vault=open_vault(restored, world.vault.blobs, world.clock))


def opens(world: World, document_id: str) -> bool:
    """Whether everything of this document opens; if not, there is nothing of it."""
    rows = world.objects(document_id)
    try:
        documents.see_content(world.vault, world.seed.origin, document_id)
    except NotFound:
        assert not rows
        return False
    with world.vault.database.read() as session:
        key = holder_keys.open_one(world.vault, holder_keys.find(session, rows[0].holder_id)).key
    assert all(open_object(world.vault, key, row) for row in rows)
    return True


def wrapped(world: World) -> list[bytes]:
    """Every wrapped key of the vault."""
    with world.vault.database.read() as session:
        keys = [*session.exec(select(HolderKey.wrapped)), *session.exec(select(VaultSecret.wrapped))]
        return keys + [row.wrapped_file_key for row in session.exec(select(StoredObject))]


def test_what_was_backed_up_can_be_put_back_and_used(own_world: World) -> None:
    token = identity.sign_in_holder(own_world.vault, own_world.seed.hoa.card_code, PIN).token
    folder, size = saved(own_world), len(own_world.entries())
    own_world.deposit([photo("after the backup")])

    again = put_back(own_world, folder)
    assert (len(again.entries()), again.verdict().size, again.verdict().ok) == (size, size, True)
    assert holders.own_name(again.vault, again.seed.hoa.holder_id) == "Nguyễn Thị Hoa"
    assert all(opens(again, each) for each in (again.passport, again.contract, again.lans_contract))
    with again.vault.database.read() as session:
        assert not session.exec(select(KeptAnswer)).all()
        assert not session.exec(select(SignInSession)).all()
    with pytest.raises(NotSignedIn):
        identity.principal_of(again.vault, token, "holder")
    assert identity.sign_in_holder(again.vault, again.seed.hoa.card_code, PIN).token
    assert opens(again, again.deposit([photo()]).document_id)
    again.vault.database.close()


def test_both_files_are_of_one_moment_and_nobody_need_stop_for_them(own_world: World) -> None:
    with own_world.vault.database.write() as session:
        session.delete(session.get_one(HolderKey, own_world.seed.lan.holder_id))
        session.get_one(Document, own_world.passport).reading = "failed"
        session.flush()
        folder = saved(own_world)
    again = put_back(own_world, folder)
    with again.vault.database.read() as session:
        assert session.get_one(HolderKey, again.seed.lan.holder_id)
        assert session.get_one(Document, again.passport).reading != "failed"
    again.vault.database.close()


def test_neither_file_holds_anything_of_the_other(own_world: World) -> None:
    folder = saved(own_world)
    records, keys = (folder / RECORDS).read_bytes(), (folder / KEYS).read_text()
    assert len(wrapped(own_world)) == 2 + 3 + 8
    with own_world.vault.database.read() as session:
        names = [row.name_sealed for row in session.exec(select(Holder))]
    assert not [each for each in wrapped(own_world) if each in records or each.hex().encode() in records]
    assert all(each.hex() in keys for each in wrapped(own_world))
    assert all(each in records and each.hex() not in keys for each in names)
    assert [(folder / each).stat().st_mode & 0o777 for each in (RECORDS, KEYS)] == [0o600, 0o600]
    assert {each.name for each in folder.iterdir()} == {RECORDS, KEYS}
    with pytest.raises(SecretsLost):
        assemble(
            Database(f"sqlite:///{folder / RECORDS}"),
            own_world.vault.blobs,
            open_local(own_world.folder / "root.key"),
            POLICIES,
            own_world.clock,
            folder,
        )


def test_what_was_erased_after_the_backup_stays_closed(own_world: World) -> None:
    folder = saved(own_world)
    erase_document(own_world.vault, own_world.lans_contract)
    erase_holder(own_world.vault, own_world.seed.hoa.holder_id)
    again = put_back(own_world, folder)
    assert replay(again.vault).erased == 2
    assert not any(opens(again, each) for each in (again.passport, again.contract, again.lans_contract))
    with pytest.raises(NotFound):
        holders.own_name(again.vault, again.seed.hoa.holder_id)
    assert holders.own_name(again.vault, again.seed.lan.holder_id) == "Lê Thị Lan"
    again.vault.database.close()


def mixed(world: World, records: Path, keys: Path) -> Path:
    folder = world.folder / "mixed"
    folder.mkdir()
    shutil.copy(records / RECORDS, folder)
    shutil.copy(keys / KEYS, folder)
    return folder


def test_older_keys_do_not_bring_back_what_newer_records_call_erased(own_world: World) -> None:
    old = saved(own_world, "old")
    erase_document(own_world.vault, own_world.lans_contract)
    erase_holder(own_world.vault, own_world.seed.hoa.holder_id)
    folder = mixed(own_world, saved(own_world, "new"), old)
    assert restore(folder, own_world.folder / "elsewhere") == Restored(1, 0, 0, 0)
    with closing(sqlite3.connect(own_world.folder / "elsewhere" / "vault.db")) as database:
        assert database.execute("SELECT holder_id FROM holder_key").fetchall() == [
            (own_world.seed.lan.holder_id,)
        ]
        assert not database.execute("SELECT * FROM stored_object").fetchall()


def test_what_has_no_key_in_an_older_backup_of_the_keys_is_counted(own_world: World) -> None:
    old = saved(own_world, "old")
    later = own_world.deposit([photo()])
    folder = mixed(own_world, saved(own_world, "new"), old)
    assert restore(folder, own_world.folder / "elsewhere") == Restored(2, 3, 0, 1)
    assert later.document_id not in (folder / KEYS).read_text()


def test_after_the_root_key_was_replaced_older_keys_open_nothing(own_world: World) -> None:
    folder = saved(own_world)
    list(rotate_root(own_world.vault))
    with pytest.raises(VersionRetired):
        put_back(own_world, folder)
    again = replace(own_world, folder=own_world.folder / "later")
    restore(mixed(own_world, folder, saved(own_world, "new")), again.folder)
    shutil.copy(own_world.folder / "root.key", again.folder)
    again = replace(again, vault=open_vault(again.folder, own_world.vault.blobs, own_world.clock))
    assert opens(again, again.contract)
    again.vault.database.close()


def test_a_backup_is_never_overwritten(own_world: World) -> None:
    folder = saved(own_world)
    before = {each.name: each.read_bytes() for each in folder.iterdir()}
    own_world.deposit([photo()])
    with pytest.raises(BackupError, match="already"):
        backup(own_world.vault, folder)
    assert {each.name: each.read_bytes() for each in folder.iterdir()} == before


def test_a_backup_that_cannot_be_written_leaves_nothing(own_world: World) -> None:
    (own_world.folder / "a file").touch()
    with pytest.raises(BackupError, match="cannot write"):
        backup(own_world.vault, own_world.folder / "a file" / "backup")


def test_where_a_vault_is_none_is_put_back(own_world: World) -> None:
    folder = saved(own_world)
    before = own_world.database_path.read_bytes()
    for name in ("vault.db", "vault.db-wal"):
        data_folder = own_world.folder / f"with {name}"
        data_folder.mkdir()
        (data_folder / name).write_bytes(before)
        with pytest.raises(BackupError, match="there is a vault"):
            restore(folder, data_folder)
        assert [(each.name, each.read_bytes()) for each in data_folder.iterdir()] == [(name, before)]


def test_what_an_ended_run_left_does_not_matter(own_world: World) -> None:
    folder, data_folder = own_world.folder / "backup", own_world.folder / "restored"
    for each in (folder / f"{RECORDS}.new", folder / f"{KEYS}.new", data_folder / "vault.db.new"):
        each.parent.mkdir(exist_ok=True)
        each.write_bytes(b"half")
    backup(own_world.vault, folder)
    assert restore(folder, data_folder) == Restored(2, 3, 0, 0)
    assert [each.name for each in data_folder.iterdir()] == ["vault.db"]


def _cut(folder: Path) -> None:
    (folder / RECORDS).write_bytes((folder / RECORDS).read_bytes()[:-4096])


def _overwritten(folder: Path) -> None:
    content = bytearray((folder / RECORDS).read_bytes())
    content[4096:12288] = bytes(8192)
    (folder / RECORDS).write_bytes(content)


def _keys_as(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        keys = json.loads((folder / KEYS).read_text())
        change(keys)
        (folder / KEYS).write_text(json.dumps(keys))

    return damage


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / RECORDS).unlink(),
        lambda folder: (folder / KEYS).unlink(),
        lambda folder: (folder / RECORDS).write_bytes(b"not a database, but long enough to be looked at"),
        _cut,
        _overwritten,
        lambda folder: (folder / KEYS).write_text("{"),
        lambda folder: (folder / KEYS).write_text("[]"),
        _keys_as(lambda keys: keys.update(format="another")),
        _keys_as(lambda keys: keys.pop("vault_secret")),
        _keys_as(lambda keys: keys.update(holder_key=[7])),
        _keys_as(lambda keys: keys["holder_key"][0].pop("generation")),
        _keys_as(lambda keys: keys["stored_object"][0].update(wrapped_file_key="no hex")),
        _keys_as(lambda keys: keys["stored_object"][0].update(wrapped_file_key=None)),
        _keys_as(lambda keys: keys["stored_object"].append(keys["stored_object"][0])),
    ],
)
def test_of_a_damaged_backup_no_vault_is_made(own_world: World, damage: Callable[[Path], object]) -> None:
    folder, data_folder = saved(own_world), own_world.folder / "restored"
    damage(folder)
    with pytest.raises(BackupError):
        restore(folder, data_folder)
    assert not data_folder.exists() or not list(data_folder.iterdir())


def test_on_postgresql_it_says_which_tables_go_where(own_world: World) -> None:
    elsewhere = Database("postgresql+pg8000://nobody@127.0.0.1:9/vault")
    with pytest.raises(BackupError, match="pg_dump") as told:
        backup(replace(own_world.vault, database=elsewhere), own_world.folder / "backup")
    assert all(table in str(told.value) for table in KEY_TABLE)
    assert not (own_world.folder / "backup").exists()
