"""The root key file: private, never replaced, whole or not there."""

import json
import os
from pathlib import Path

import pytest

from api.embedded_store import RunningStore
from tests.vault.world import POLICIES, World
from vault.crypto.errors import WrongPlace
from vault.database import Database
from vault.keyring import KeyringError, create_local, open_local
from vault.vault import assemble


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "root.key"


def test_made_it_opens_what_it_wrapped(path: Path) -> None:
    wrapped = create_local(path).wrap(b"secret", b"place")
    assert open_local(path).unwrap(wrapped, b"place") == b"secret"
    with pytest.raises(WrongPlace):
        open_local(path).unwrap(wrapped, b"elsewhere")


def test_made_under_a_careless_umask_it_is_for_its_owner_only(path: Path) -> None:
    before = os.umask(0)
    try:
        create_local(path)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["root.key"]


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o602, 0o660, 0o644])
def test_a_file_that_others_reach_is_refused(mode: int, path: Path) -> None:
    create_local(path)
    path.chmod(mode)
    with pytest.raises(KeyringError, match="chmod 600"):
        open_local(path)


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o701, 0o770, 0o777])
def test_a_folder_that_others_reach_is_refused(mode: int, path: Path) -> None:
    create_local(path)
    path.parent.chmod(mode)
    with pytest.raises(KeyringError, match="700 its folder"):
        open_local(path)


@pytest.mark.parametrize(
    "content", [b"", bytes(32), b"{}", b"[]", b'{"format": "migrant-vault/v1/root-keys"}']
)
def test_what_is_no_root_key_file_is_refused(content: bytes, path: Path) -> None:
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(KeyringError, match="not a root key file"):
        open_local(path)


def test_a_missing_key_is_told_and_not_made(path: Path) -> None:
    with pytest.raises(KeyringError, match=r"cannot read root\.key"):
        open_local(path)
    assert not path.exists()


def test_an_existing_key_is_never_replaced(path: Path) -> None:
    create_local(path)
    before = path.read_bytes()
    with pytest.raises(KeyringError, match="refusing to replace"):
        create_local(path)
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == ["root.key"]


def test_nor_where_the_making_was_killed_before_its_draft_was_removed(path: Path) -> None:
    """Then both names are one file: writing to the draft would overwrite the key."""
    create_local(path)
    before = path.read_bytes()
    os.link(path, path.with_suffix(".new"))
    with pytest.raises(KeyringError, match="refusing to replace"):
        create_local(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"half of a key", bytes(32)])
def test_an_interrupted_making_leaves_a_way_on(content: bytes, path: Path) -> None:
    draft = path.with_name(path.name + ".new")
    draft.write_bytes(content)
    draft.chmod(0o644)
    wrapped = create_local(path).wrap(b"secret", b"place")
    assert open_local(path).unwrap(wrapped, b"place") == b"secret"
    assert path.read_bytes() != content
    assert not draft.exists()


def test_another_root_key_does_not_open_the_vault(world: World, path: Path) -> None:
    path.unlink()
    other = create_local(path)
    database = Database(f"sqlite:///{world.database_path}")
    entries = world.entries()
    with pytest.raises(WrongPlace):
        assemble(database, world.vault.blobs, other, POLICIES, world.clock, world.folder)
    assert [entry.hash for entry in world.entries()] == [entry.hash for entry in entries]


def test_no_repr_shows_the_key(path: Path) -> None:
    keyring = create_local(path)
    shown = repr(keyring) + repr(vars(keyring))
    for root_key in json.loads(path.read_text())["root_keys"].values():
        assert root_key not in shown
        assert repr(bytes.fromhex(root_key)) not in shown


def test_neither_a_vault_nor_an_address_shows_its_secrets(world: World, object_store: RunningStore) -> None:
    for secret in (world.vault.index_key, world.vault.answers_key):
        assert repr(secret) not in repr(world.vault)
    assert object_store.secret_key not in repr(object_store.address)
