"""The command line and the server on PostgreSQL: everything is told and kept as it is on a file."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.postgres import RunningPostgres

NOWHERE = {"VAULT_STORE_ENDPOINT": "http://127.0.0.1:9"}


@pytest.fixture
def url(postgres: RunningPostgres) -> str:
    return postgres.url(postgres.new_database())


def run(folder: Path, url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "api.cli", *arguments],
        env={**os.environ, **NOWHERE, "VAULT_DATA_FOLDER": str(folder), "VAULT_DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def refused(done: subprocess.CompletedProcess[str], says: str) -> None:
    """One sentence, no trace of a program, and no word of how to sign in."""
    assert (done.returncode, done.stdout) == (1, "")
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    assert "@" not in done.stderr


def test_a_vault_is_made_there_when_it_is_asked_for_and_found_again(url: str, tmp_path: Path) -> None:
    folder = tmp_path / "vault"
    refused(run(folder, url, "verify"), "there is no vault in the database: set VAULT_DATABASE_URL")
    assert run(folder, url, "migrate").returncode == 0
    added = run(folder, url, "add-centre", "--name", "Hà Nội", "--country", "VN", "--kind", "origin")
    assert added.stdout.startswith("cen_"), added.stderr
    assert "is whole" in run(folder, url, "verify").stdout
    assert not (folder / "vault.db").exists()


def test_a_root_key_that_is_lost_is_told_and_no_new_one_made(url: str, tmp_path: Path) -> None:
    folder = tmp_path / "vault"
    assert run(folder, url, "migrate").returncode == 0
    (folder / "root.key").unlink()
    for command in ("migrate", "verify"):
        refused(run(folder, url, command), "root")
    assert not (folder / "root.key").exists()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("mysql://vault:secret@127.0.0.1/vault", "VAULT_DATABASE_URL"),
        ("vault.db", "VAULT_DATABASE_URL"),
        ("postgresql://vault:secret@127.0.0.1:1/vault", "does not answer"),
    ],
)
def test_a_database_that_cannot_be_used_is_told_without_its_password(
    wrong: str, says: str, tmp_path: Path
) -> None:
    answered = run(tmp_path / "vault", wrong, "migrate")
    refused(answered, says)
    assert "secret" not in answered.stderr


def test_the_demonstration_stays_out_of_a_database_that_is_named(url: str, tmp_path: Path) -> None:
    refused(run(tmp_path / "vault", url, "demo", "--exit"), "unset VAULT_DATABASE_URL")
