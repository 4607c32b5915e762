"""Keys replaced from the command line while the vault serves, and a run that is killed half-way."""

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import func, select

from api.embedded_store import RunningStore
from tests.running import RunningVault, done
from tests.vault.test_places import holder_key
from vault import holder_keys
from vault.tables import Holder, HolderKey, RootVersion
from vault.vault import new_id

MORE = 1500


def command(vault: RunningVault, store: RunningStore, *arguments: str) -> "subprocess.Popen[str]":
    address = asdict(store.address)
    settings = {
        f"VAULT_STORE_{name.upper()}": address[name]
        for name in ("endpoint", "bucket", "access_key", "secret_key")
    }
    return subprocess.Popen(
        [sys.executable, "-m", "api.cli", *arguments],
        env={**os.environ, **settings, "VAULT_DATA_FOLDER": str(vault.world.folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def left(vault: RunningVault) -> int:
    """How many holder keys are under another version than the current one."""
    with vault.world.vault.database.read() as session:
        current = session.exec(select(RootVersion.version).where(RootVersion.state == "current")).one()
        query = select(func.count()).select_from(HolderKey).where(HolderKey.root_version != current)
        return session.exec(query).one()


def add_holders(vault: RunningVault, count: int) -> None:
    """Rows alone: enrolling as many would spend a minute on their PINs."""
    world = vault.world
    made = [holder_keys.make(world.vault, new_id("hld"))[1] for _ in range(count)]
    with world.vault.database.write() as session:
        for row in made:
            session.add(
                Holder(
                    id=row.holder_id,
                    origin_centre_id=world.seed.other_origin.centre_id,
                    pin_hash="",
                    name_sealed=b"",
                    language="vi",
                    notice_version="none",
                    consent_method="signature",
                    enrolled_by=world.seed.other_origin.staff_id,
                    created_at=datetime.now(UTC),
                )
            )
        session.flush()
        session.add_all(made)


def serves(vault: RunningVault) -> None:
    """A deposit and a release, over HTTP."""
    document_id, request_id = vault.deposited(), vault.asked()
    vault.granted(request_id, [document_id])
    copy = vault.staff("penang").post(f"/v1/requests/{request_id}/copies", {"form": "copy"})
    assert (copy.status_code, copy.content[:5]) == (200, b"%PDF-")


def test_the_root_key_is_replaced_under_a_running_vault_and_after_a_kill(
    running_vault: RunningVault, object_store: RunningStore
) -> None:
    serves(running_vault)
    add_holders(running_vault, MORE)
    killed = command(running_vault, object_store, "rotate-root")
    limit = time.monotonic() + 60
    while not (killed.poll() is None and 0 < left(running_vault) < MORE):
        assert time.monotonic() < limit, "never seen half-way"
        assert killed.poll() is None, "it ended before it was seen half-way"
    killed.send_signal(signal.SIGKILL)
    ended(killed)
    assert 0 < left(running_vault) < MORE
    serves(running_vault)

    again = command(running_vault, object_store, "rotate-root")
    while again.poll() is None:
        serves(running_vault)
    code, out, err = ended(again)
    assert (code, left(running_vault)) == (0, 0), err
    assert f"{MORE + 2} holder keys" in out
    assert re.search(r"\d+%", err)
    serves(running_vault)
    assert running_vault.world.verdict().ok


def test_what_is_refused_has_no_progress_and_one_key_is_one_key(
    running_vault: RunningVault, object_store: RunningStore
) -> None:
    def rotated(state: str) -> tuple[int, str, str]:
        with running_vault.world.vault.database.write() as session:
            session.exec(select(RootVersion)).one().state = state
        return ended(command(running_vault, object_store, "rotate-root"))

    with running_vault.world.vault.database.write() as session:
        session.delete(session.get_one(HolderKey, running_vault.world.seed.lan.holder_id))
    code, _, err = rotated("old")
    assert (code, err.count("\n")) == (1, 1)
    assert err.startswith("migrant-vault: the table root_version")
    code, out, err = rotated("current")
    assert (code, "replaced: 1 holder key is under" in out) == (0, True), err
    assert "100%" in err


def test_a_holders_key_and_her_papers_file_keys_are_replaced(
    running_vault: RunningVault, object_store: RunningStore
) -> None:
    document_id, hoa = running_vault.deposited(), running_vault.world.seed.hoa.holder_id
    before, names = holder_key(running_vault.world, hoa), stored(running_vault)
    assert ended(command(running_vault, object_store, "replace-holder-key", "--holder", hoa))[0] == 0
    assert holder_key(running_vault.world, hoa) != before
    assert stored(running_vault) == names
    assert ended(command(running_vault, object_store, "reseal", "--document", document_id))[0] == 0
    assert not stored(running_vault) & names
    serves(running_vault)


@pytest.mark.parametrize(
    "arguments", [("replace-holder-key", "--holder", "hld_0"), ("reseal", "--object", "obj_0")]
)
def test_an_unknown_id_changes_nothing(
    running_vault: RunningVault, object_store: RunningStore, arguments: tuple[str, ...]
) -> None:
    code, _, err = ended(command(running_vault, object_store, *arguments))
    assert (code, err) == (
        1,
        "migrant-vault: there is nothing and nobody with this id: nothing was changed\n",
    )


def stored(vault: RunningVault) -> set[str]:
    return {row.name for row in vault.world.objects()}


def test_health_tells_of_the_keyring(running_vault: RunningVault) -> None:
    assert done(running_vault.nobody().get("/health"), 200)["keyring"] == "up"
    root_key = Path(running_vault.world.folder) / "root.key"
    root_key.rename(root_key.with_suffix(".away"))
    limit = time.monotonic() + 30
    while running_vault.nobody().get("/health").json()["keyring"] == "up":
        assert time.monotonic() < limit
        time.sleep(0.1)
    assert running_vault.nobody().get("/health").status_code == 503
