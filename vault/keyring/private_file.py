"""Files for their owner only: read if nobody else can reach them, made and replaced whole or not at all."""

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from vault import files
from vault.keyring.protocol import KeyringError

MOST_BYTES = 1 << 16

Stamp: TypeAlias = tuple[int, int, int, int]
"""What changes whenever a file is replaced, or its permissions are: inode, size, modification and change time."""


def stamp(path: Path) -> Stamp:
    """What `read_private` would return as the stamp now: one call to the system.

    Raises:
        OSError: the file cannot be reached.
    """
    return _stamp(path.stat())


def read_private(path: Path) -> tuple[bytes, Stamp]:
    """The content of a file that only its owner reaches, in a folder that only its owner enters.

    Raises:
        KeyringError: missing, reachable by others, or far too long.
    """
    content, status = _read(path)
    folder_mode = path.parent.stat().st_mode
    if (stat.S_IMODE(status.st_mode) | stat.S_IMODE(folder_mode)) & 0o077:
        raise KeyringError(f"{path.name} can be reached by others: chmod 600 the file and 700 its folder")
    return content, _stamp(status)


def read_line(path: Path) -> bytes:
    """A secret that somebody put into a file of its own, as a line: a passphrase, a secret id.

    Its folder may be open to others, as the folders are where service managers put such files.

    Raises:
        KeyringError: missing, reachable by others, empty, or of more than one line.
    """
    content, status = _read(path)
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise KeyringError(f"{path.name} can be read by others: chmod 600 it")
    line = content.removesuffix(b"\n").removesuffix(b"\r")
    if not line or b"\n" in line:
        raise KeyringError(f"{path.name} must hold one line")
    return line


def create_private(path: Path, content: bytes) -> None:
    """Makes a file (0600) that is not there yet; it appears whole or not at all.

    Raises:
        KeyringError: it is there already, or cannot be written.
    """
    try:
        files.write_new(path, [content])
    except FileExistsError:
        raise KeyringError(f"{path.name} exists already: refusing to replace it") from None
    except OSError as error:
        raise KeyringError(f"cannot write {path.name}: {error.strerror}") from None


def replace_private(path: Path, content: bytes) -> None:
    """Puts a new file in the place of one that is there: whoever reads meets the one or the other, whole.

    Raises:
        KeyringError: it cannot be written; the file is as before, or replaced but not yet surely on the disk.
    """
    try:
        files.replace(path, content)
    except OSError as error:
        raise KeyringError(f"cannot write {path.name}: {error.strerror}") from None


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """No other process is in such a block for the same folder: what is read in it is still true when it is written.

    Raises:
        KeyringError: the folder cannot be entered.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise KeyringError(f"cannot enter {folder.name}: {error.strerror}") from None
    try:
        # Of the folder and not of the file, which is replaced while it is held.
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _read(path: Path) -> tuple[bytes, os.stat_result]:
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise KeyringError(f"cannot read {path.name}: {error.strerror}") from None
    if len(content) > MOST_BYTES:
        raise KeyringError(f"{path.name} is longer than {MOST_BYTES} bytes: this is some other file")
    return content, status


def _stamp(status: os.stat_result) -> Stamp:
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
