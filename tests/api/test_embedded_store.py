"""The embedded store: hardened, ready when it says so, and never left behind."""

import http.client
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from api import child, weed
from api.embedded_store import (
    FolderInUse,
    NotReady,
    PortInUse,
    PortUnsuitable,
    RunningStore,
    StoreSettings,
    end,
    start,
)
from vault.blobs import Blobs
from vault.errors import NotFound

STARTER = """
import sys, time
from pathlib import Path
from api.embedded_store import StoreSettings, start
running = start(StoreSettings(Path(sys.argv[1]), int(sys.argv[2])))
print(running._process.pid, flush=True)
time.sleep(600)
"""


def started_elsewhere(folder: Path, port: int, before: str = "") -> tuple[subprocess.Popen[str], int]:
    """A process of its own that started a store, and the store's pid."""
    process = subprocess.Popen(
        [sys.executable, "-c", before + STARTER, str(folder), str(port)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def runs(pid: int) -> bool:
    return child._started(pid) is not None


def eventually(true: Callable[[], bool]) -> bool:
    end_of_patience = time.monotonic() + 20
    while time.monotonic() < end_of_patience:
        if true():
            return True
        time.sleep(0.05)
    return False


def ports(running: RunningStore) -> dict[str, int]:
    return {name: running.settings.port + n for n, name in enumerate(weed.SERVICES)}


def answer(port: int, method: str, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request(method, path)
    return connection.getresponse().status


def test_what_is_put_comes_back_after_a_restart_on_the_same_secrets(tmp_path: Path, free_port: int) -> None:
    settings = StoreSettings(tmp_path / "store", free_port)
    with start(settings) as first:
        Blobs(first.address).put("kept", b"sealed")
        assert first.alive()
    assert not first.alive()
    with start(settings) as second:
        assert second.address == first.address
        assert b"".join(Blobs(second.address).get("kept")) == b"sealed"
        assert [stored.name for stored in Blobs(second.address).names()] == ["kept"], (
            "the probe was left behind"
        )


def test_secrets_are_their_owners_and_not_on_the_command_line_or_in_the_log(
    object_store: RunningStore,
) -> None:
    folder = object_store.settings.folder
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    file = folder / "credentials.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    kept = json.loads(file.read_text())
    # The access key is a name, not a secret: the store's log names it where somebody signs wrongly.
    hidden = [value for name, value in kept.items() if name != "access_key"]
    assert len(set(hidden)) == 5
    seen = Path(f"/proc/{object_store._process.pid}/cmdline").read_text() + repr(object_store)
    seen += "".join(log.read_text(errors="replace") for log in (folder / "logs").iterdir())
    assert not [value for value in hidden if value in seen]


def test_nobody_without_a_name_reads_writes_or_deletes_over_http(object_store: RunningStore) -> None:
    Blobs(object_store.address).put("mine", b"sealed")
    bucket, port = object_store.bucket, ports(object_store)
    for method in ("GET", "PUT", "DELETE"):
        assert answer(port["s3"], method, f"/{bucket}/mine") == 403
        assert answer(port["filer"], method, f"/buckets/{bucket}/mine") in (401, 404)
        assert answer(port["volume"], method, "/1,0142176059") == 401
    assert answer(port["s3"], "GET", "/") == 403
    assert answer(port["filer"], "GET", "/") in (401, 404)
    assert answer(port["admin"], "GET", "/") == 404
    # With its HTTP door open, the master obeys this one from anybody, and the objects are gone.
    assert answer(port["master"], "POST", f"/col/delete?collection={bucket}") == 404
    assert b"".join(Blobs(object_store.address).get("mine")) == b"sealed"


def test_it_listens_on_loopback_only_and_on_no_port_it_did_not_name(object_store: RunningStore) -> None:
    listening = listeners(object_store._process.pid)
    expected = {p + offset for p in ports(object_store).values() for offset in (0, 10_000)}
    assert listening == {("0100007F", port) for port in expected}


def listeners(pid: int) -> set[tuple[str, int]]:
    """The (address in hex, port) pairs that process `pid` listens on, IPv6 ones included."""
    inodes = {os.readlink(f)[8:-1] for f in Path(f"/proc/{pid}/fd").iterdir() if ":[" in os.readlink(f)}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                address, port = fields[1].split(":")
                found.add((address, int(port, 16)))
    return found


def test_metadata_lies_in_sqlite_and_the_bucket_is_written_synchronously(object_store: RunningStore) -> None:
    folder, master = object_store.settings.folder, ports(object_store)["master"]
    assert (folder / "filer.db").read_bytes()[:15] == b"SQLite format 3"
    assert not (folder / "data" / "filerldb2").exists()
    said = subprocess.run(
        [str(weed.program()), "shell", f"-master=127.0.0.1:{master}.{master + 10_000}"],
        input=b"fs.configure\n",
        capture_output=True,
        env={"HOME": str(folder)},
        cwd=folder,
        timeout=20,
        check=True,
    ).stdout
    locations = json.loads(said[said.index(b"{") : said.rindex(b"}") + 1])["locations"]
    assert [(place["locationPrefix"], place["fsync"]) for place in locations] == [
        (f"/buckets/{object_store.bucket}", True)
    ]


def test_a_port_in_use_is_named_and_nothing_is_left_running(tmp_path: Path, free_port: int) -> None:
    with (
        socket.create_server(("127.0.0.1", free_port + 2)),
        pytest.raises(PortInUse, match=str(free_port + 2)) as refused,
    ):
        start(StoreSettings(tmp_path, free_port))
    assert refused.value.port == free_port + 2
    start(StoreSettings(tmp_path, free_port)).stop()


def test_the_store_dies_with_a_vault_that_was_killed(tmp_path: Path, free_port: int) -> None:
    vault, store = started_elsewhere(tmp_path, free_port)
    assert runs(store)
    vault.send_signal(signal.SIGKILL)
    vault.wait()
    assert eventually(lambda: not runs(store))


def test_a_store_left_behind_is_stopped_by_the_next_start(tmp_path: Path, free_port: int) -> None:
    # Where the system has no death signal, as here by taking it away, a killed vault leaves its store running.
    vault, store = started_elsewhere(
        tmp_path, free_port, "from api import child\nchild.die_with_parent = lambda: None\n"
    )
    with pytest.raises(FolderInUse):
        start(StoreSettings(tmp_path, free_port))
    assert runs(store), "a store in use was stopped"
    vault.send_signal(signal.SIGKILL)
    vault.wait()
    assert runs(store)
    with start(StoreSettings(tmp_path, free_port)) as running:
        assert running.alive()
        assert not runs(store)


def test_end_stops_a_running_vault_and_its_store(tmp_path: Path, free_port: int) -> None:
    vault, store = started_elsewhere(tmp_path, free_port)
    assert end(tmp_path)
    assert vault.wait() == -signal.SIGTERM
    assert eventually(lambda: not runs(store))
    assert not end(tmp_path)


def test_a_reused_pid_or_half_a_note_stops_nobody(tmp_path: Path) -> None:
    bystander = subprocess.Popen(["sleep", "600"])
    note = tmp_path / "pid"
    try:
        child.note(note, bystander.pid)
        whole = json.loads(note.read_text())
        for text in (
            json.dumps(whole | {"started": "another time"}),
            json.dumps(whole | {"started": None}),
            json.dumps(whole)[:20],
            "",
        ):
            note.write_text(text)
            assert not child.stop_noted(note, 1)
            assert bystander.poll() is None
        child.note(note, bystander.pid)
        assert child.stop_noted(note, 5)
        assert bystander.wait() == -signal.SIGTERM
    finally:
        bystander.kill()
        bystander.wait()


def test_a_store_that_cannot_start_says_why_without_its_secrets(tmp_path: Path, free_port: int) -> None:
    settings = StoreSettings(tmp_path, free_port)
    start(settings).stop()
    # The store repeats in its log what it cannot use: here the name of its database, made of one of its secrets.
    credentials = json.loads((tmp_path / "credentials.json").read_text())
    credentials["access_key"] = "filer.db"
    (tmp_path / "credentials.json").write_text(json.dumps(credentials))
    (tmp_path / "filer.db").write_bytes(
        b"this is no database, and long enough not to be taken for an empty one" * 99
    )
    with pytest.raises(NotReady) as refused:
        start(settings)
    assert refused.value.log
    assert not [value for value in credentials.values() if value in refused.value.log + str(refused.value)]
    assert "[secret]" in refused.value.log
    assert not (tmp_path / "pid").exists()


def test_stopping_a_dead_store_twice_is_no_error_and_leaves_no_socket(tmp_path: Path, free_port: int) -> None:
    running = start(StoreSettings(tmp_path, free_port))
    with pytest.raises(NotFound):
        next(Blobs(running.address).get("never-put"))
    os.kill(running._process.pid, signal.SIGKILL)
    running.stop()
    running.stop()
    assert not list(Path("/tmp").glob(f"seaweedfs-*-{str(free_port + 10_000)[:4]}?.sock"))
    assert not replace(running).alive()


@pytest.mark.parametrize("port", [0, 80, 55_531, 70_000])
def test_a_port_that_leaves_no_room_for_the_others_is_refused(tmp_path: Path, port: int) -> None:
    with pytest.raises(PortUnsuitable, match="between 1024 and 55530"):
        StoreSettings(tmp_path, port)
