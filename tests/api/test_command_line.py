"""The command line as an operator meets it: every refusal is one sentence that says what to do."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from api.embedded_store import RunningStore


def run(folder: Path, *arguments: str, given: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "api.cli", *arguments],
        env={**os.environ, "VAULT_DATA_FOLDER": str(folder), **settings},
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "vault"


def test_a_centre_is_added_and_the_ledger_tells(folder: Path) -> None:
    added = run(folder, "add-centre", "--name", "Hà Nội", "--country", "vn", "--kind", "origin")
    assert re.fullmatch(r"cen_[0-9a-f]{32}\n", added.stdout), added.stderr
    verified = run(folder, "verify")
    assert verified.returncode == 0
    assert "whole: 1 entries" in verified.stdout


def test_the_data_folder_and_the_root_key_are_for_the_owner_alone(folder: Path) -> None:
    run(folder, "migrate")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "root.key").stat().st_mode & 0o777 == 0o600


def test_verify_names_the_first_changed_entry_and_fails(folder: Path) -> None:
    for name in ("a", "b", "c"):
        run(folder, "add-centre", "--name", name, "--country", "VN", "--kind", "origin")
    with sqlite3.connect(folder / "vault.db") as database:
        database.execute("UPDATE ledger_entry SET body = replace(body, 'VN', 'MY') WHERE number = 2")
    verified = run(folder, "verify")
    assert verified.returncode == 1
    assert "entry 2: changed" in verified.stdout


def test_a_checkpoint_noted_earlier_finds_a_database_put_back(folder: Path) -> None:
    run(folder, "add-centre", "--name", "a", "--country", "VN", "--kind", "origin")
    with sqlite3.connect(folder / "vault.db") as database:
        early = "\n".join(database.iterdump())
    run(folder, "add-centre", "--name", "b", "--country", "VN", "--kind", "origin")
    noted = re.search(r"check:\s+(\d+ [0-9a-f]{64})", run(folder, "verify").stdout)
    assert noted is not None
    for each in folder.glob("vault.db*"):
        each.unlink()
    with sqlite3.connect(folder / "vault.db") as database:
        database.executescript(early)
    assert run(folder, "verify").returncode == 0
    verified = run(folder, "verify", "--checkpoint", noted[1])
    assert verified.returncode == 1
    assert "truncated" in verified.stdout


def test_a_missing_root_key_beside_a_database_is_told_and_not_replaced(folder: Path) -> None:
    run(folder, "migrate")
    (folder / "root.key").unlink()
    refused = run(folder, "verify")
    assert refused.returncode == 1
    assert "root.key" in refused.stderr
    assert not (folder / "root.key").exists()


def test_a_root_key_others_can_read_is_refused(folder: Path) -> None:
    run(folder, "migrate")
    (folder / "root.key").chmod(0o644)
    refused = run(folder, "verify")
    assert refused.returncode == 1
    assert "chmod 600" in refused.stderr


def test_another_root_key_opens_nothing(folder: Path) -> None:
    run(folder, "migrate")
    (folder / "root.key").write_bytes(bytes(32))
    refused = run(folder, "verify")
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr


def test_a_port_in_use_is_named_with_a_way_on(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = run(folder, "serve", VAULT_PORT=str(port))
    assert refused.returncode == 1
    assert f"port {port}" in refused.stderr
    assert "VAULT_PORT=" in refused.stderr


def test_without_tesseract_it_says_how_to_get_it(folder: Path, tmp_path: Path) -> None:
    refused = run(folder, "migrate", PATH=str(tmp_path))
    assert refused.returncode == 1
    assert "make setup" in refused.stderr


def test_a_data_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "a-file").touch()
    refused = run(tmp_path / "a-file" / "vault", "migrate")
    assert refused.returncode == 1
    assert "cannot make the data folder" in refused.stderr


def test_a_wrong_setting_is_named(folder: Path) -> None:
    refused = run(folder, "migrate", VAULT_PORT="eight thousand")
    assert refused.returncode == 1
    assert "VAULT_PORT" in refused.stderr


@pytest.mark.parametrize("recipient", ["age1nonsense", "AGE-SECRET-KEY-1QQ"])
def test_a_recipient_that_is_none_is_refused(folder: Path, recipient: str) -> None:
    refused = run(
        folder,
        "add-centre",
        "--name",
        "x",
        "--country",
        "MY",
        "--kind",
        "destination",
        "--recipient",
        recipient,
    )
    assert refused.returncode == 1
    assert "age public key" in refused.stderr


def test_serve_answers_beside_other_commands_and_stops_on_sigterm(
    folder: Path, object_store: RunningStore
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    settings = {
        "VAULT_PORT": str(port),
        "VAULT_STORE_ENDPOINT": object_store.endpoint,
        "VAULT_STORE_BUCKET": object_store.bucket,
        "VAULT_STORE_ACCESS_KEY": object_store.access_key,
        "VAULT_STORE_SECRET_KEY": object_store.secret_key,
    }
    server = subprocess.Popen(
        [sys.executable, "-m", "api.cli", "serve"],
        env={**os.environ, "VAULT_DATA_FOLDER": str(folder), **settings},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        assert f"http://127.0.0.1:{port}" in server.stdout.readline()
        assert httpx.get(f"http://127.0.0.1:{port}/health").status_code == 200
        assert run(folder, "verify", **settings).returncode == 0
    finally:
        server.send_signal(signal.SIGTERM)
        began = time.monotonic()
        code = server.wait(20)
    assert code == 130
    assert time.monotonic() - began < 20
