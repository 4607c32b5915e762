"""A PostgreSQL named in the settings: a vault is made there when it is asked for, found again, and never replaced."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from api import demo
from api.running import StartError
from api.settings import Settings
from api.wiring import open_vault
from tests.postgres import RunningPostgres
from tests.vault.world import NOBODY_THERE
from vault.centres import add_centre
from vault.errors import Unavailable
from vault.history import verify_ledger
from vault.keyring import KeyringError


@pytest.fixture
def url(postgres: RunningPostgres) -> str:
    return postgres.url(postgres.new_database())


def settings(folder: Path, url: str) -> Settings:
    return Settings.model_validate({"data_folder": folder, "database_url": url})


def refused(folder: Path, url: str, command: str) -> str:
    """The sentence that the command line ends with: one line, no trace of a program, nothing of how to sign in."""
    done = subprocess.run(
        [sys.executable, "-m", "api.cli", command],
        env={**os.environ, "VAULT_DATA_FOLDER": str(folder), "VAULT_DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "@" not in done.stderr
    return done.stderr


def test_a_vault_is_made_there_and_found_again(url: str, tmp_path: Path) -> None:
    for _ in range(2):
        vault = open_vault(settings(tmp_path, url), NOBODY_THERE)
        add_centre(vault, "Hà Nội", "VN", "origin")
        assert verify_ledger(vault).ok
        vault.database.close()
    assert not (tmp_path / "vault.db").exists()


def test_where_there_is_none_only_what_may_make_one_does(url: str, tmp_path: Path) -> None:
    assert "there is no vault in the database: set VAULT_DATABASE_URL" in refused(tmp_path, url, "verify")


def test_a_root_key_that_is_lost_is_told_and_no_new_one_made(url: str, tmp_path: Path) -> None:
    open_vault(settings(tmp_path, url), NOBODY_THERE).database.close()
    (tmp_path / "root.key").unlink()
    with pytest.raises(KeyringError):
        open_vault(settings(tmp_path, url), NOBODY_THERE)
    assert not (tmp_path / "root.key").exists()


def test_another_kind_of_database_is_refused_without_its_password(tmp_path: Path) -> None:
    said = refused(tmp_path, "mysql://vault:secret@127.0.0.1/vault", "migrate")
    assert "VAULT_DATABASE_URL" in said
    assert "secret" not in said


def test_a_server_that_is_down_is_told_and_no_root_key_made(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as raised:
        open_vault(settings(tmp_path, "postgresql://vault:secret@127.0.0.1:1/vault"), NOBODY_THERE)
    assert "secret" not in repr(raised.value)
    assert not (tmp_path / "root.key").exists()


def test_the_demonstration_stays_out_of_a_database_that_is_named(url: str, tmp_path: Path) -> None:
    with pytest.raises(StartError, match="unset VAULT_DATABASE_URL"):
        demo.prepare(settings(tmp_path / "demo", url))
