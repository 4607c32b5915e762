"""The object store that comes with the vault: SeaweedFS as a child process, on this machine's loopback only.

What is switched off, and why: telemetry (this machine tells nobody anything), WebDAV, the admin pages, Iceberg and
Lance (doors nobody uses), buckets that appear by being written to, and the HTTP doors of master and filer. Through
the master's, one unsigned call deletes all objects (`/col/delete`), and any web page open in a browser here could
send it. Four JWT keys close what is left of volume server and filer. File metadata lies in SQLite and the bucket is
written with fsync, because an acknowledged deposit must survive a power cut.

Residual risk accepted here: the gRPC ports of SeaweedFS ask nobody for a name. Another user or program *of this
machine* that speaks their protocol can list and delete objects, though read only ciphertext. No browser can. Run the
vault on a machine, or in a container, that runs nothing else, or point it at a real S3.
"""

import fcntl
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import Self

from api import child, weed
from vault import errors
from vault.blobs import Blobs, StoreAddress

READY_WITHIN = 30.0
"""Seconds until the store must take a probe write; about one restart in seven needs 5 to 20."""

PORTS_FREE_WITHIN = 3.0
"""Seconds a port may still be taken by a store that has just ended."""

STOP_WITHIN = 10.0
"""Seconds a stopping store may take before it is killed. What it acknowledged is on the disk either way."""

LEAST_FREE = 256 * 1024 * 1024
"""Bytes that must be free before the store starts: below, SeaweedFS starts and then takes nothing."""

LOWEST_PORT = 1024
HIGHEST_PORT = 65535 - weed.GRPC_OFFSET - len(weed.SERVICES)
_LOG_TAIL = 2000


class StoreError(Exception):
    """Root of everything that keeps the embedded store from running."""


class BinaryMissing(StoreError):
    """The package that carries SeaweedFS is not installed for this Python or this kind of machine."""


class PortInUse(StoreError):
    """Someone else listens on `port`, one of the ten ports that follow from the settings."""

    def __init__(self, port: int) -> None:
        super().__init__(
            f"port {port} on {weed.HOST} is in use: stop what listens there, "
            "or choose other ports for the store with VAULT_EMBEDDED_STORE_PORT"
        )
        self.port = port


class PortUnsuitable(StoreError):
    """The port leaves no room for the nine others, or is not for ordinary users."""

    def __init__(self) -> None:
        super().__init__(f"the store's port must lie between {LOWEST_PORT} and {HIGHEST_PORT}")


class FolderInUse(StoreError):
    """Another running vault keeps its store in `folder`."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"another vault is running on {folder}: stop it first")
        self.folder = folder


class DiskFull(StoreError):
    """There is too little room on the disk for the store to take anything."""


class NotReady(StoreError):
    """The store did not start, or took no probe write in time. `log` is the end of its log, without secrets."""

    def __init__(self, log: str) -> None:
        super().__init__(
            f"the object store took no probe write within {READY_WITHIN:.0f} s: try again; "
            "why is said in store/logs/output.log in the data folder"
        )
        self.log = log


@dataclass(frozen=True)
class StoreSettings:
    """Where the store keeps its data, and its S3 port.

    Four more services listen on the next four ports, and each of the five has a gRPC port 10,000 above it.
    """

    folder: Path
    port: int

    def __post_init__(self) -> None:
        if not LOWEST_PORT <= self.port <= HIGHEST_PORT:
            raise PortUnsuitable


@dataclass(frozen=True, repr=False)
class RunningStore:
    """A started store. Also a context manager that stops it.

    The child dies with the thread that called `start` (Linux): start it from one that lives as long as the vault.
    """

    settings: StoreSettings
    access_key: str
    secret_key: str
    _process: subprocess.Popen[bytes]
    _lock: TextIOWrapper

    @property
    def bucket(self) -> str:
        """The name of its one bucket."""
        return weed.BUCKET

    @property
    def endpoint(self) -> str:
        """The S3 address, for path-style requests."""
        return self.address.endpoint

    @property
    def address(self) -> StoreAddress:
        """All that `vault.blobs` needs to talk to it."""
        return _address(self.settings.port, self.access_key, self.secret_key)

    def alive(self) -> bool:
        """Whether the child process runs; not whether it takes writes."""
        return self._process.poll() is None

    def stop(self) -> None:
        """Ends the child, gently and then by force, and gives the folder free. Stopping twice is no error."""
        if self.alive():
            self._process.terminate()
            try:
                self._process.wait(STOP_WITHIN)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if not self._lock.closed:
            weed.remove_sockets(self.settings.port)
            for name in ("pid", "owner"):
                (self.settings.folder / name).unlink(missing_ok=True)
            self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def start(settings: StoreSettings) -> RunningStore:
    """Starts the store and returns once it has taken, given back and deleted a probe object.

    A store left running on this folder by a vault that was killed is stopped first.

    Raises:
        StoreError: one of its kinds; nothing is left running.
    """
    program = weed.program()
    if program is None:
        raise BinaryMissing("SeaweedFS is not installed in this Python environment: run `make setup`")
    folder = settings.folder
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    lock = _take(folder)
    try:
        child.stop_noted(folder / "pid", STOP_WITHIN)
        _need_room(folder)
        _need_ports(settings)
        weed.remove_sockets(settings.port)
        kept = weed.credentials(folder)
        process = weed.spawn(program, folder, settings.port, kept)
    except BaseException:
        lock.close()
        raise
    running = RunningStore(settings, kept["access_key"], kept["secret_key"], process, lock)
    try:
        child.note(folder / "owner", os.getpid())
        child.note(folder / "pid", process.pid)
        _await_ready(program, running, kept)
    except BaseException:
        running.stop()
        raise
    return running


def end(folder: Path) -> bool:
    """Ends the vault that runs on `folder`, and a store that a killed one left there; says whether there was either."""
    owner = child.stop_noted(folder / "owner", STOP_WITHIN)
    return child.stop_noted(folder / "pid", STOP_WITHIN) or owner


def address_beside(settings: StoreSettings) -> StoreAddress:
    """How to talk to the store that another process runs with these settings. Whether it does is not asked."""
    kept = weed.credentials(settings.folder)
    return _address(settings.port, kept["access_key"], kept["secret_key"])


def _address(port: int, access_key: str, secret_key: str) -> StoreAddress:
    return StoreAddress(f"http://{weed.HOST}:{port}", "us-east-1", weed.BUCKET, access_key, secret_key)


def _take(folder: Path) -> TextIOWrapper:
    """Holds the folder for this process: the system gives it free when the process ends, however it ends."""
    lock = (folder / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise FolderInUse(folder) from None
    return lock


def _need_room(folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE:
        raise DiskFull(
            f"only {free >> 20} MB are free where the vault keeps its data; it needs {LEAST_FREE >> 20}"
        )


def _need_ports(settings: StoreSettings) -> None:
    """Waits a little: the kernel closes the doors of a store that was killed a moment after it is gone."""
    deadline = time.monotonic() + PORTS_FREE_WITHIN
    for number in range(len(weed.SERVICES)):
        for port in (settings.port + number, settings.port + number + weed.GRPC_OFFSET):
            while not _is_free(port):
                if time.monotonic() > deadline:
                    raise PortInUse(port)
                time.sleep(0.1)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As the store itself does: connections of an earlier run that linger are no listener.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((weed.HOST, port))
        except OSError:
            return False
    return True


def _await_ready(program: Path, running: RunningStore, kept: Mapping[str, str]) -> None:
    """Ready is a probe object written, read and deleted: the store's own health page says yes too early."""
    blobs = Blobs(running.address)
    synchronous = False
    end = time.monotonic() + READY_WITHIN
    while running.alive() and time.monotonic() < end:
        if not _listening(running.settings.port):
            time.sleep(0.1)
            continue
        synchronous = synchronous or weed.make_synchronous(
            program, running.settings.folder, running.settings.port
        )
        if synchronous and _probe(blobs):
            return
        time.sleep(0.3)
    log = weed.log_of(running.settings.folder).read_text(errors="replace")[-_LOG_TAIL:]
    if "no space left on device" in log.lower():
        raise DiskFull("the disk is full where the vault keeps its data")
    for value in kept.values():
        log = log.replace(value, "[secret]")
    raise NotReady(log)


def _listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((weed.HOST, port)) == 0


def _probe(blobs: Blobs) -> bool:
    name, content = f"probe-{secrets.token_hex(8)}", secrets.token_bytes(32)
    try:
        blobs.put(name, content)
        same = b"".join(blobs.get(name)) == content
        blobs.delete(name)
    except errors.DiskFull:
        raise DiskFull("the disk is full where the vault keeps its data") from None
    except (errors.StoreUnavailable, errors.NotFound):
        return False
    return same
