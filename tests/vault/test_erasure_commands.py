"""The operator erases, backs up and restores at the command line, also beside a running server."""

import shutil
import socket
import sqlite3
from contextlib import closing
from pathlib import Path
from subprocess import CompletedProcess

import httpx
import pytest

from api.embedded_store import RunningStore
from tests.api.test_command_line import free_port, run, served, store_settings
from tests.running import Caller, done
from tests.vault.world import PASSWORD, PIN, World, ask_for, photo
from vault.erasure import erase_holder
from vault.release import release


class Operator:
    """Somebody at a shell on the machine of this vault."""

    def __init__(self, world: World, store: RunningStore) -> None:
        world.vault.database.close()
        self.settings = {**store_settings(store, free_port()), "VAULT_STORE_BUCKET": world.vault.blobs.bucket}
        self.folder = world.folder

    def __call__(self, *arguments: str, given: str = "", folder: Path | None = None) -> CompletedProcess[str]:
        return run(folder or self.folder, *arguments, given=given, **self.settings)


@pytest.fixture
def operator(own_world: World, object_store: RunningStore) -> Operator:
    return Operator(own_world, object_store)


def erased(folder: Path, table: str) -> list[str]:
    with closing(sqlite3.connect(folder / "vault.db")) as database:
        return [row[0] for row in database.execute(f"SELECT id FROM {table} WHERE erased_at IS NOT NULL")]


def test_a_holder_is_destroyed_once_her_id_was_typed_again(own_world: World, operator: Operator) -> None:
    given = own_world.granted()
    release(own_world.vault, own_world.seed.centre, ask_for(given.request_id))
    hoa = own_world.seed.hoa.holder_id
    for wrong in ("", f"{hoa[:-1]}\n"):
        refused = operator("erase-holder", "--holder", hoa, given=wrong)
        assert (refused.returncode, "nothing was destroyed" in refused.stderr) == (1, True)
    assert not erased(operator.folder, "holder")

    done = operator("erase-holder", "--holder", hoa, given=f"{hoa}\n")
    assert (done.returncode, done.stderr) == (0, "")
    centre = f"Penang Centre ({own_world.seed.centre.centre_id})"
    for told in ("2 papers with 6 sealed objects", "1 release", f"ask them to destroy it.\n    {centre}\n"):
        assert told in done.stdout, told
    for told in (
        "erased again before it serves",
        "(keys.json) from before still opens it",
        "20 days from now",
    ):
        assert told in done.stdout, told
    assert "next sweep" not in done.stdout
    assert erased(operator.folder, "holder") == [hoa]
    again = operator("erase-holder", "--holder", hoa, given=f"{hoa}\n")
    assert (again.returncode, "Type the id" in again.stdout) == (0, False)
    assert f"Erased already, on {own_world.clock():%Y-%m-%d}" in again.stdout
    assert centre in again.stdout


def test_a_paper_is_destroyed_and_it_says_how_to_close_what_backups_hold(
    own_world: World, operator: Operator
) -> None:
    done = operator("erase-document", "--document", own_world.passport, given=f"{own_world.passport}\n")
    assert done.returncode == 0, done.stderr
    assert "1 paper with 2 sealed objects" in done.stdout
    assert f"replace-holder-key --holder {own_world.seed.hoa.holder_id}" in done.stdout
    assert "ask them" not in done.stdout
    assert erased(operator.folder, "document") == [own_world.passport]
    again = operator("erase-document", "--document", own_world.passport)
    assert (again.returncode, "Erased already, on 20" in again.stdout) == (0, True)
    unknown = operator("erase-document", "--document", "doc_0", given="doc_0\n")
    assert (unknown.returncode, "with this id" in unknown.stderr) == (1, True)


def test_a_backup_is_written_and_put_back_where_there_is_no_vault(
    own_world: World, operator: Operator
) -> None:
    saved, restored = own_world.folder / "saved", own_world.folder / "restored"
    done = operator("backup", "--to", str(saved))
    assert done.returncode == 0, done.stderr
    assert {each.name: each.stat().st_mode & 0o777 for each in saved.iterdir()} == {
        "keys.json": 0o600,
        "records.db": 0o600,
    }
    again = operator("backup", "--to", str(saved))
    assert (again.returncode, "already" in again.stderr) == (1, True)
    refused = operator("restore", "--from", str(saved))
    assert (refused.returncode, "there is a vault" in refused.stderr) == (1, True)

    put_back = operator("restore", "--from", str(saved), folder=restored)
    assert put_back.returncode == 0, put_back.stderr
    assert "2 holders and 3 papers" in put_back.stdout
    assert restored.stat().st_mode & 0o777 == 0o700
    shutil.copy(own_world.folder / "root.key", restored)
    assert operator("verify", folder=restored).returncode == 0


def test_nothing_is_put_back_beside_a_database_that_is_used(own_world: World, operator: Operator) -> None:
    saved, restored = own_world.folder / "saved", own_world.folder / "restored"
    assert operator("backup", "--to", str(saved)).returncode == 0
    operator.settings["VAULT_DATABASE_URL"] = "postgresql://vault:secret@127.0.0.1:1/vault"
    refused = operator("restore", "--from", str(saved), folder=restored)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "pg_restore" in refused.stderr
    assert "secret" not in refused.stderr
    assert not restored.exists()


def test_whatever_somebody_else_put_on_the_list_is_one_warning(own_world: World, operator: Operator) -> None:
    for number in range(5):
        own_world.vault.blobs.put(f"erasures/{own_world.contract}-{number:016x}.json", b"{}")
    refused = operator("erase-document", "--document", "doc_0", given="doc_0\n")
    warning, refusal = refused.stderr.splitlines()
    assert "did not sign" in warning
    assert f"5, such as '{own_world.contract}-{0:016x}.json'" in warning
    assert "with this id" in refusal


@pytest.mark.parametrize(
    ("settings", "warned"),
    [
        ({}, True),
        ({"VAULT_ERASURE_FOLDER": "{folder}/erasures/deeper"}, True),
        ({"VAULT_ERASURE_FOLDER": "{folder}/../elsewhere"}, False),
        ({"VAULT_STORE_ENDPOINT": "http://127.0.0.1:9"}, False),
    ],
)
def test_where_one_folder_holds_the_list_twice_it_is_told_at_the_start(
    tmp_path: Path, settings: dict[str, str], warned: bool
) -> None:
    folder = tmp_path / "vault"
    settings = {name: value.format(folder=folder) for name, value in settings.items()}
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = run(folder, "serve", VAULT_PORT=str(taken.getsockname()[1]), **settings)
    assert "cannot be used" in refused.stderr
    assert ("VAULT_ERASURE_FOLDER" in refused.stderr) is warned


def test_a_restored_backup_is_erased_before_it_serves_and_not_served_without_the_list(
    own_world: World, operator: Operator
) -> None:
    saved, restored = own_world.folder / "saved", own_world.folder / "restored"
    assert operator("backup", "--to", str(saved)).returncode == 0
    erase_holder(own_world.vault, own_world.seed.hoa.holder_id)
    own_world.vault.database.close()
    assert operator("restore", "--from", str(saved), folder=restored).returncode == 0
    shutil.copy(own_world.folder / "root.key", restored)
    assert not erased(restored, "holder")

    operator.settings["VAULT_ERASURE_FOLDER"] = str(own_world.folder / "not mounted")
    refused = operator("serve", folder=restored)
    assert (refused.returncode, "VAULT_ERASURE_FOLDER" in refused.stderr) == (1, True)
    del operator.settings["VAULT_ERASURE_FOLDER"]
    with served(restored, operator.settings):
        assert erased(restored, "holder") == [own_world.seed.hoa.holder_id]
        card = {"card_code": own_world.seed.hoa.card_code, "pin": PIN}
        at = f"http://127.0.0.1:{operator.settings['VAULT_PORT']}"
        headers = {"Idempotency-Key": "once"}
        assert httpx.post(f"{at}/v1/card-sessions", json=card, headers=headers).status_code == 401


def test_a_paper_is_sealed_anew_and_a_holder_erased_beside_a_server_with_its_own_store(
    own_world: World, free_port: int
) -> None:
    hoa, folder = own_world.seed.hoa, own_world.folder
    own_world.vault.database.close()
    settings = {"VAULT_PORT": str(free_port + 9), "VAULT_EMBEDDED_STORE_PORT": str(free_port)}
    at = f"http://127.0.0.1:{settings['VAULT_PORT']}"

    def tell(*command: str, given: str = "") -> CompletedProcess[str]:
        return run(folder, *command, given=given, **settings)

    with served(folder, settings), httpx.Client(base_url=at, timeout=60) as http:
        desk = Caller(http)

        def signs_in() -> int:
            return desk.post("/v1/card-sessions", {"card_code": hoa.card_code, "pin": PIN}).status_code

        token = done(desk.post("/v1/sessions", {"login": "hanoi", "password": PASSWORD}), 201)["token"]
        http.headers["Authorization"] = f"Bearer {token}"
        document_id = done(desk.deposit(hoa.holder_id, [photo()]), 201)["document_id"]
        resealed = tell("reseal", "--document", document_id)
        assert (resealed.returncode, "Sealed anew: 2." in resealed.stdout) == (0, True), resealed.stderr

        assert signs_in() == 201
        erased = tell("erase-holder", "--holder", hoa.holder_id, given=f"{hoa.holder_id}\n")
        assert erased.returncode == 0, erased.stderr
        assert signs_in() == 401
        assert done(http.get("/health"), 200)
    assert len(list((folder / "erasures").iterdir())) == 1
