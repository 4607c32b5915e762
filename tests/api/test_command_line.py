"""The command line as an operator meets it: every refusal is one sentence that says what to do."""

import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest

from access_policies.request import StaffPrincipal
from api.embedded_store import RunningStore
from api.settings import Settings
from api.wiring import open_vault
from tests.vault.world import NOBODY_THERE
from vault import answers, centres, recipients
from vault.crypto.hybrid import HybridIdentity
from vault.crypto.recipients import fingerprint
from vault.crypto.x25519 import X25519Identity
from vault.errors import Unacceptable
from vault.keyring import create_local
from vault.vault import Vault

PASSWORD = "long enough to be a password"
OTHER_PASSWORD = "another one, as long as that"


def run(folder: Path, *arguments: str, given: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "api.cli", *arguments],
        env={**os.environ, "VAULT_DATA_FOLDER": str(folder), **settings},
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        start_new_session=True,  # without a terminal, passwords are read from `given`
    )


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def in_database(folder: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "vault.db")) as database:
        return database.execute(query).fetchall()


def entries(folder: Path) -> list[str]:
    return [str(kind) for (kind,) in in_database(folder, "SELECT kind FROM ledger_entry ORDER BY number")]


def added_centre(folder: Path, kind: str = "origin") -> str:
    added = run(folder, "add-centre", "--name", "Hà Nội", "--country", "VN", "--kind", kind)
    assert added.returncode == 0, added.stderr
    return added.stdout.strip()


def added_staff(folder: Path, centre_id: str) -> str:
    asked = ("--centre", centre_id, "--login", "desk-1", "--label", "counsellor 1")
    added = run(folder, "add-staff", *asked, given=f"{PASSWORD}\n{PASSWORD}\n")
    assert added.returncode == 0, added.stderr
    return added.stdout.strip()


def store_settings(object_store: RunningStore, port: int) -> dict[str, str]:
    return {
        "VAULT_PORT": str(port),
        "VAULT_STORE_ENDPOINT": object_store.endpoint,
        "VAULT_STORE_BUCKET": object_store.bucket,
        "VAULT_STORE_ACCESS_KEY": object_store.access_key,
        "VAULT_STORE_SECRET_KEY": object_store.secret_key,
    }


@contextmanager
def served(folder: Path, settings: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    server = subprocess.Popen(
        [sys.executable, "-m", "api.cli", "serve"],
        env={**os.environ, "VAULT_DATA_FOLDER": str(folder), **settings},
        stdout=subprocess.PIPE,
        text=True,
        # Tests that run in the background of a shell inherit that Ctrl-C is ignored.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - one system call
    )
    try:
        assert server.stdout is not None
        assert f"http://127.0.0.1:{settings['VAULT_PORT']}" in server.stdout.readline()
        yield server
    finally:
        server.kill()
        server.wait()


@pytest.fixture
def no_vault(tmp_path: Path) -> Path:
    return tmp_path / "vault"


@pytest.fixture(scope="session")
def bare_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once for each test process and then only copied."""
    made = tmp_path_factory.mktemp("bare") / "vault"
    migrated = run(made, "migrate")
    assert migrated.returncode == 0, migrated.stderr
    return made


@pytest.fixture
def folder(bare_folder: Path, no_vault: Path) -> Path:
    """The folder of a vault in which nobody is registered yet."""
    return shutil.copytree(bare_folder, no_vault)


@pytest.fixture
def vault(folder: Path) -> Iterator[Vault]:
    """The same vault, opened beside the command line."""
    opened = open_vault(Settings(data_folder=folder), NOBODY_THERE)
    yield opened
    opened.database.close()


def test_a_centre_is_added_and_the_ledger_tells(folder: Path) -> None:
    before = entries(folder)
    added = run(folder, "add-centre", "--name", "Hà Nội", "--country", "vn", "--kind", "origin")
    assert re.fullmatch(r"cen_[0-9a-f]{32}\n", added.stdout), added.stderr
    assert entries(folder) == [*before, "centre_added"]
    assert in_database(folder, "SELECT country FROM centre") == [("VN",)]
    verified = run(folder, "verify")
    assert verified.returncode == 0
    assert f"whole: {len(before) + 1} entries" in verified.stdout


def test_everything_in_the_data_folder_is_for_the_owner_alone(folder: Path) -> None:
    assert folder.stat().st_mode & 0o777 == 0o700
    kept = [each for each in folder.rglob("*") if each.is_file()]
    assert {"root.key", "vault.db"} <= {each.name for each in kept}
    assert {each.name: oct(each.stat().st_mode & 0o077) for each in kept} == {
        each.name: "0o0" for each in kept
    }


def test_a_folder_that_others_may_enter_is_refused_and_nothing_is_made_in_it(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o755)
    refused = run(shared, "migrate")
    assert refused.returncode == 1
    assert "chmod 700" in refused.stderr
    assert not list(shared.iterdir())


@pytest.mark.parametrize(
    "command",
    [
        ("verify",),
        ("sweep",),
        ("add-staff", "--centre", "cen_0", "--login", "x", "--label", "x"),
        ("set-password", "--staff", "stf_0"),
    ],
)
def test_where_there_is_no_vault_none_is_made_by_accident(no_vault: Path, command: tuple[str, ...]) -> None:
    refused = run(no_vault, *command)
    assert refused.returncode == 1
    assert f"there is no vault in {no_vault}: set VAULT_DATA_FOLDER" in refused.stderr
    assert "migrant-vault migrate" in refused.stderr
    assert not no_vault.exists()


def test_the_demonstration_leaves_a_real_vault_alone(folder: Path) -> None:
    before = {each: each.read_bytes() for each in folder.rglob("*") if each.is_file()}
    refused = run(folder, "demo", "--exit", VAULT_PORT=str(free_port()))
    assert refused.returncode == 1
    assert "not the demonstration's" in refused.stderr
    assert {each: each.read_bytes() for each in folder.rglob("*") if each.is_file()} == before


def test_staff_sign_in_until_their_password_is_replaced_or_they_are_deactivated(
    folder: Path, object_store: RunningStore
) -> None:
    staff_id = added_staff(folder, added_centre(folder))
    port = free_port()
    with (
        served(folder, store_settings(object_store, port)),
        httpx.Client(base_url=f"http://127.0.0.1:{port}") as http,
    ):

        def signed_in(password: str) -> httpx.Response:
            return http.post("/v1/sessions", json={"login": "desk-1", "password": password})

        def sees(token: str) -> int:
            return http.get("/v1/holders", headers={"Authorization": f"Bearer {token}"}).status_code

        first = signed_in(PASSWORD).json()["token"]
        assert sees(first) == 200
        given = f"{OTHER_PASSWORD}\n{OTHER_PASSWORD}\n"
        assert run(folder, "set-password", "--staff", staff_id, given=given).returncode == 0
        assert sees(first) == 401
        assert signed_in(PASSWORD).status_code == 401
        second = signed_in(OTHER_PASSWORD).json()["token"]
        assert sees(second) == 200
        for _ in range(2):
            assert run(folder, "deactivate-staff", "--staff", staff_id).returncode == 0
        assert sees(second) == 401
        assert signed_in(OTHER_PASSWORD).status_code == 401
    assert entries(folder)[-3:] == ["staff_added", "password_changed", "staff_deactivated"]
    assert run(folder, "verify").returncode == 0


def test_of_two_people_who_register_a_recipient_the_operator_may_be_one(folder: Path, vault: Vault) -> None:
    centre_id = centres.add_centre(vault, "Penang", "MY", "destination")
    staff_id = centres.add_staff(vault, centre_id, "desk-1", PASSWORD, "counsellor 1")
    staff = StaffPrincipal(staff_id, centre_id, "destination", True)
    first, second = (HybridIdentity.generate().recipient for _ in range(2))
    asked = ("--centre", centre_id, "--fingerprint")

    proposed = run(folder, "set-recipient", "--centre", centre_id, "--recipient", str(first))
    assert f"    {fingerprint(first)}\n" in proposed.stdout, proposed.stderr
    alone = run(folder, "confirm-recipient", *asked, fingerprint(first))
    assert (alone.returncode, "a second person must confirm it" in alone.stderr) == (1, True)

    recipients.propose(vault, staff, str(second), answers.new_call(vault, staff_id, "once"))
    right = run(folder, "confirm-recipient", *asked, *fingerprint(second).split())
    assert (right.returncode, right.stderr) == (0, "")
    assert entries(folder)[-2:] == ["recipient_proposed", "recipient_confirmed"]


def test_a_password_that_cannot_be_taken_changes_nothing(folder: Path, vault: Vault) -> None:
    centre_id = centres.add_centre(vault, "x", "VN", "origin")
    staff_id = centres.add_staff(vault, centre_id, "desk-1", PASSWORD, "x")
    before = in_database(folder, "SELECT password_hash FROM staff"), entries(folder)
    for given, says in (
        (f"{PASSWORD}\n{OTHER_PASSWORD}\n", "not the same"),
        ("", "no password was typed"),
        ("short\nshort\n", "too short"),
    ):
        refused = run(folder, "set-password", "--staff", staff_id, given=given)
        assert refused.returncode == 1
        assert says in refused.stderr
    assert (in_database(folder, "SELECT password_hash FROM staff"), entries(folder)) == before


@pytest.mark.parametrize("name", ["", " \n", "x" * 201, "x\x1b[2J", "x\x00", "x\u202e"])
def test_a_name_nobody_could_read_is_refused(folder: Path, vault: Vault, name: str) -> None:
    centre_id = centres.add_centre(vault, "x" * 200, "VN", "origin")
    before = entries(folder)
    with pytest.raises(Unacceptable, match="name-unusable"):
        centres.add_centre(vault, name, "VN", "origin")
    for login, label in ((name, "x"), ("x", name)):
        with pytest.raises(Unacceptable, match="name-unusable"):
            centres.add_staff(vault, centre_id, login, PASSWORD, label)
    assert entries(folder) == before


@pytest.mark.parametrize("country", ["", "V", "VNM", "V1", "ß", "ÐŁ", "VN\n"])
def test_a_country_that_is_not_two_letters_is_refused(folder: Path, vault: Vault, country: str) -> None:
    with pytest.raises(Unacceptable, match="country-unusable"):
        centres.add_centre(vault, "x", country, "origin")
    assert in_database(folder, "SELECT * FROM centre") == []


@pytest.mark.parametrize(
    ("name", "country", "says"), [("x", "VNM", "two letters"), (" ", "VN", "a name, login or label is empty")]
)
def test_what_is_refused_is_refused_in_words(folder: Path, name: str, country: str, says: str) -> None:
    refused = run(folder, "add-centre", "--name", name, "--country", country, "--kind", "origin")
    assert refused.returncode == 1
    assert says in refused.stderr


@pytest.mark.parametrize("command", [("deactivate-staff",), ("set-password",)])
def test_an_id_that_nobody_has_is_told(folder: Path, command: tuple[str, ...]) -> None:
    refused = run(folder, *command, "--staff", "stf_0", given=f"{PASSWORD}\n{PASSWORD}\n")
    assert refused.returncode == 1
    assert "with this id" in refused.stderr


def test_verify_names_the_first_changed_entry_and_fails(folder: Path) -> None:
    for name in ("a", "b", "c"):
        run(folder, "add-centre", "--name", name, "--country", "VN", "--kind", "origin")
    with sqlite3.connect(folder / "vault.db") as database:
        database.execute("UPDATE ledger_entry SET body = replace(body, 'VN', 'MY') WHERE number = 3")
    verified = run(folder, "verify")
    assert verified.returncode == 1
    assert "entry 3: changed" in verified.stdout


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
    (folder / "root.key").unlink()
    refused = run(folder, "verify")
    assert refused.returncode == 1
    assert "root.key" in refused.stderr
    assert not (folder / "root.key").exists()


def test_a_root_key_others_can_read_is_refused(folder: Path) -> None:
    (folder / "root.key").chmod(0o644)
    refused = run(folder, "verify")
    assert refused.returncode == 1
    assert "chmod 600" in refused.stderr


def test_another_root_key_opens_nothing(folder: Path) -> None:
    (folder / "root.key").unlink()
    create_local(folder / "root.key")
    refused = run(folder, "verify")
    assert refused.returncode == 1
    assert "the root key does not belong to this database" in refused.stderr


def test_a_port_in_use_is_named_with_a_way_on(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = run(folder, "serve", VAULT_PORT=str(port))
    assert refused.returncode == 1
    assert f"port {port}" in refused.stderr
    assert "VAULT_PORT=" in refused.stderr


def test_without_tesseract_serving_says_how_to_get_it_and_the_ledger_can_be_checked(
    folder: Path, tmp_path: Path
) -> None:
    refused = run(folder, "serve", PATH=str(tmp_path), VAULT_PORT=str(free_port()))
    assert refused.returncode == 1
    assert "make setup" in refused.stderr
    assert run(folder, "verify", PATH=str(tmp_path)).returncode == 0


def test_a_data_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "a-file").touch()
    refused = run(tmp_path / "a-file" / "vault", "migrate")
    assert refused.returncode == 1
    assert "cannot make or enter the data folder" in refused.stderr


def test_a_wrong_setting_is_named(folder: Path) -> None:
    refused = run(folder, "migrate", VAULT_PORT="eight thousand")
    assert refused.returncode == 1
    assert "VAULT_PORT" in refused.stderr


def test_a_recipient_of_the_older_kind_is_refused_with_the_way_to_a_newer(folder: Path, vault: Vault) -> None:
    centre_id = centres.add_centre(vault, "Penang", "MY", "destination")
    older = str(X25519Identity.generate().recipient)
    refused = run(folder, "set-recipient", "--centre", centre_id, "--recipient", older)
    assert (refused.returncode, "age-keygen -pq" in refused.stderr) == (1, True)
    assert in_database(folder, "SELECT * FROM centre_recipient") == []


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_serve_answers_beside_other_commands_and_stops_well(
    folder: Path, object_store: RunningStore, sign: signal.Signals
) -> None:
    port = free_port()
    settings = store_settings(object_store, port)
    with served(folder, settings) as server:
        assert httpx.get(f"http://127.0.0.1:{port}/health").status_code == 200
        assert run(folder, "verify", **settings).returncode == 0
        server.send_signal(sign)
        told, _ = server.communicate(timeout=20)
    assert told.splitlines()[-1] == "Stopped."
    assert server.returncode == 0
