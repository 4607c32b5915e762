"""Files for their owner only, on the disk when the call returns: whole, or not there."""

import os
from collections.abc import Iterable
from pathlib import Path

DRAFT = ".new"
"""How the name of a file ends that is still being written; what is left of one may be removed at any time."""


def write_new(path: Path, pieces: Iterable[bytes]) -> None:
    """Writes a file (0600) that must not be there yet.

    Raises:
        FileExistsError: it is there.
        OSError: it could not be written; nothing stands under its name.
    """
    draft = open_draft(path)
    try:
        with draft.open("r+b") as file:
            for piece in pieces:
                file.write(piece)
        keep(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def replace(path: Path, content: bytes) -> None:
    """Puts a new file (0600) in the place of one that is there: whoever reads meets the one or the other, whole.

    Raises:
        OSError: it could not be written; the file is as before, or replaced but not yet surely on the disk.
    """
    draft = open_draft(path)
    try:
        draft.write_bytes(content)
        _sync(draft)
        draft.replace(path)
        _sync(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def open_draft(path: Path) -> Path:
    """An empty draft of a file (0600), to be given its name by `keep`. What an ended run left of it is removed.

    Raises:
        OSError: it cannot be made.
    """
    draft = path.with_name(path.name + DRAFT)
    draft.unlink(missing_ok=True)
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    return draft


def keep(draft: Path, path: Path) -> None:
    """Gives a finished draft its name, durably.

    Raises:
        FileExistsError: the name is taken; the draft stays.
        OSError: it is not there, or not surely on the disk.
    """
    _sync(draft)
    os.link(draft, path)  # unlike a renaming, refuses a name that is taken
    try:
        draft.unlink()
        _sync(path.parent)
    except BaseException:
        path.unlink(missing_ok=True)  # only now is it surely ours
        raise


def remove(path: Path) -> None:
    """Removes a file, durably; one that is not there is no error."""
    path.unlink(missing_ok=True)
    _sync(path.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
