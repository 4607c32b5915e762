"""At the centre that receives: `new-identity` makes what papers are sealed to, `open` opens what was handed over.

Both need no vault and no settings: they run wherever the centre keeps its identity. A file is opened into a draft
beside it, which gets its name only when everything was found authentic to the end. Residual risk: killed outright or
without power, an unfinished draft stays (`.NAME.*.part`, readable by its owner only).
"""

import argparse
import errno
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from vault import files
from vault.clock import wall_clock
from vault.crypto import armor
from vault.crypto.age import Identity, decrypt
from vault.crypto.errors import (
    ArmorError,
    CryptoError,
    ForeignVersion,
    HeaderError,
    KeyFormatError,
    NoMatch,
)
from vault.crypto.hybrid import HybridIdentity, HybridRecipient
from vault.crypto.recipients import fingerprint, read_identities

_PIECE = 1 << 20
_MOST_IDENTITIES = 1 << 20
"""Bytes of an identity file that are looked at."""

_MAGIC = b"age-encryption.org/"
_ARMOR = b"-----BEGIN "
_MOST_ARMORED = 32 << 20
"""Characters of text that are decoded, all at once: armor is for what somebody pastes."""


class NotDone(Exception):
    """No identity was made, or nothing was opened. The message says why and what to do; nothing was left behind."""


def run_new_identity(chosen: argparse.Namespace) -> int:
    """The command `new-identity`."""
    recipient = new_identity(chosen.to)
    print(
        f"Made the identity {_shown(chosen.to)}. Whoever has this file can open what is sealed to you; "
        "without it nobody can."
    )
    print("Keep it where only you get at it, and one copy in a safe place. Never send it to anybody.")
    print(f"\nRecipient, to be registered at the vault:\n{recipient}")
    print(f"\nFingerprint, to be read to the second person, not sent:\n{fingerprint(recipient)}")
    return 0


def run_open(chosen: argparse.Namespace) -> int:
    """The command `open`."""
    size = open_sealed(chosen.identity, chosen.sealed, chosen.to)
    print(
        f"Opened to its end: {_shown(chosen.to)} ({size} bytes). Who made it is not proved: anybody can seal a file to "
        "your recipient. From here on nothing protects it but you."
    )
    return 0


def new_identity(path: Path) -> HybridRecipient:
    """Makes a post-quantum identity and writes it to a new file (0600), as `age-keygen -pq` does.

    Raises:
        NotDone: the file is there already, or cannot be written.
    """
    identity = HybridIdentity.generate()
    lines = (
        f"# created: {wall_clock():%Y-%m-%dT%H:%M:%SZ}",
        f"# public key: {identity.recipient}",
        str(identity),
    )
    try:
        with _draft_of(path) as draft:
            draft.write("".join(f"{line}\n" for line in lines).encode())
    except OSError as error:
        raise NotDone(f"cannot write {_shown(path)}: {error.strerror}. No identity was made") from None
    return identity.recipient


def open_sealed(identity: Path, sealed: Path | None, target: Path) -> int:
    """Opens one age file, standard input if none is named, into a new file (0600); returns its size in bytes.

    Works through pieces: a file of any size takes a few MB of memory. One that came as text (ASCII armor, SPEC.md A.6)
    is decoded whole first.

    Raises:
        NotDone: the identity cannot be used, the target is there already, or the sealed file is for somebody else,
            cut off, damaged or no age file.
    """
    identities, name = _identities(identity), _shown(sealed) if sealed else "the file"
    with _source(sealed) as source:
        try:
            with _draft_of(target) as draft:
                return sum(draft.write(piece) for piece in _opened(name, source, identities))
        except OSError as error:
            raise NotDone(f"cannot write {_shown(target)}: {error.strerror}. Nothing was opened") from None


def _opened(name: str, source: BinaryIO, identities: tuple[Identity, ...]) -> Iterator[bytes]:
    pieces = _pieces_of(name, source)
    first = next(pieces, b"")
    try:
        if first.lstrip().startswith(_ARMOR):
            first = _dearmored(name, chain((first,), pieces))
        yield from decrypt(chain((first,), pieces), identities)
    except CryptoError as error:
        raise NotDone(f"{name} was not opened, and nothing of it was kept: {_why(error, first)}") from None


def _pieces_of(name: str, source: BinaryIO) -> Iterator[bytes]:
    try:
        yield from iter(partial(source.read, _PIECE), b"")
    except OSError as error:
        raise NotDone(f"cannot read {name}: {error.strerror}. Nothing of it was kept") from None


def _dearmored(name: str, pieces: Iterator[bytes]) -> bytes:
    text = bytearray()
    for piece in pieces:
        text += piece
        if len(text) > _MOST_ARMORED:
            raise NotDone(
                f"{name} was not opened: it is text of more than {_MOST_ARMORED >> 20} MB. Fetch the file itself, or "
                "open it with the `age` command"
            )
    try:
        return armor.decode(text.decode("ascii"))
    except UnicodeDecodeError:
        raise ArmorError("it holds more than ASCII text") from None


def _why(error: CryptoError, beginning: bytes) -> str:
    if isinstance(error, NoMatch):
        return (
            "it is sealed to somebody else, or to a recipient that you had before. Try the identity that was in use "
            "when it was handed over"
        )
    if isinstance(error, ArmorError):
        return (
            f"its text was cut off or changed on the way ({error}). Copy it anew, from the line -----BEGIN to the line "
            "-----END and with both, or fetch the file itself"
        )
    if not beginning.startswith(_MAGIC):
        return "it is not an age file. Name the file that ends in .age"
    if isinstance(error, ForeignVersion):
        return "it is an age file of another version. Try the newest `age` command"
    if isinstance(error, HeaderError):
        return f"its beginning is cut off or damaged ({error}). Fetch it again"
    return f"it is cut off or damaged ({error}). Fetch it again"


def _identities(path: Path) -> tuple[Identity, ...]:
    try:
        _require_possible(path)
        with path.open("rb") as file:
            text = file.read(_MOST_IDENTITIES).decode("ascii")
        return read_identities(text)
    except OSError as error:
        raise NotDone(
            f"cannot read the identity file {_shown(path)}: {error.strerror}. Nothing was opened"
        ) from None
    except UnicodeDecodeError:
        raise NotDone(
            f"{_shown(path)} is not an identity file: it holds more than ASCII text. Nothing was opened"
        ) from None
    except KeyFormatError as error:
        raise NotDone(
            f"{_shown(path)} cannot be used as an identity file: {error}. Nothing was opened"
        ) from None


@contextmanager
def _source(path: Path | None) -> Iterator[BinaryIO]:
    if path is None:
        yield sys.stdin.buffer
        return
    try:
        _require_possible(path)
        file = path.open("rb")
    except OSError as error:
        raise NotDone(f"cannot read {_shown(path)}: {error.strerror}. Nothing was opened") from None
    with file:
        yield file


@contextmanager
def _draft_of(target: Path) -> Iterator[BinaryIO]:
    """A file that gets the name `target` if the block ends well, and is removed if it does not.

    Raises:
        FileExistsError: the name is taken: nothing is ever replaced.
        OSError: it cannot be written.
    """
    _require_possible(target)
    if target.exists() or target.is_symlink():
        raise _taken()
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        _keep(draft, target)
    finally:
        draft.unlink(missing_ok=True)


def _keep(draft: Path, target: Path) -> None:
    try:
        files.keep(draft, target)
    except FileExistsError:
        raise _taken() from None
    except OSError as error:
        if error.errno in (errno.EPERM, errno.EOPNOTSUPP):
            told = "this disk cannot give a file its name safely; choose a folder on the machine's own disk"
            raise OSError(error.errno, told) from None
        raise


def _taken() -> FileExistsError:
    return FileExistsError(errno.EEXIST, "there is a file of this name already, and it stays as it is")


def _require_possible(path: Path) -> None:
    if "\0" in str(path):
        raise OSError(errno.EINVAL, "no file can have this name")


def _shown(path: Path) -> str:
    """A path as a terminal may get it: a name can hold what would move the cursor, or turn the text around."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in str(path))
