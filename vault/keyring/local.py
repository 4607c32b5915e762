"""The embedded keyring: the root key in one file on the machine that runs the vault.

Residual risk, accepted for a single machine: who can read the file and the database can read everything. A passphrase
protects a stolen disk or backup, not a running machine: the opened root key is in the memory of the process. Replacing
the file leaves the old bytes on the disk until they are written over; retire, and destroy old backups, together.
"""

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from vault.crypto.envelope import unwrap_secret, wrap_secret
from vault.crypto.errors import VersionRetired, WrongPlace
from vault.errors import KeyringUnavailable
from vault.keyring.private_file import Stamp, alone, create_private, read_private, replace_private, stamp
from vault.keyring.protocol import KeyringError
from vault.keyring.reasons import logged
from vault.keyring.root_file import (
    RootKeys,
    make_lock,
    new_cost,
    new_root_key,
    read_again,
    read_document,
    write_document,
)
from vault.keyring.wrapped import LOCAL, decode_wrapped, encode_wrapped


class LocalKeyring:
    """A Keyring on a root key file. Another process may rotate or retire: it is noticed at the next call."""

    def __init__(self, path: Path, keys: RootKeys, read: Stamp) -> None:
        """`keys` as they were in the file at `path` when its stamp was `read`."""
        self._path = path
        self._turn = threading.Lock()
        self._known = (read, keys)

    def current(self) -> str:
        """The highest version in the file."""
        return str(self._keys().current)

    def wrap(self, secret: bytes, context: bytes) -> bytes:
        """See Keyring."""
        return _wrap(self._keys(), secret, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """See Keyring."""
        return _unwrap(self._keys(), wrapped, context)

    def unwrap_many(self, items: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """See Keyring."""
        keys = self._keys()
        return [_unwrap(keys, wrapped, context) for wrapped, context in items]

    def rewrap_many(self, items: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """See Keyring."""
        keys = self._keys()
        return [_wrap(keys, _unwrap(keys, wrapped, context), context) for wrapped, context in items]

    def version_of(self, wrapped: bytes) -> str:
        """See Keyring."""
        return str(_opened(wrapped)[0])

    def rotate(self) -> str:
        """Adds a version to the file. Killed at any point, the file is the old or the new one, whole."""
        with self._turn, alone(self._path.parent):
            keys = self._read()
            added = keys.current + 1
            self._write(replace(keys, by_version={**keys.by_version, added: new_root_key()}))
        return str(added)

    def retire_all_but(self, version: str) -> None:
        """Removes the other versions from the file: nothing brings them back but a copy of it."""
        with self._turn, alone(self._path.parent):
            keys = self._read()
            if version != str(keys.current):
                raise KeyringError(
                    f"version {version} of the root key is not the current one: nothing was retired"
                )
            if len(keys.by_version) > 1:
                self._write(replace(keys, by_version={keys.current: keys.by_version[keys.current]}))

    def _keys(self) -> RootKeys:
        read, keys = self._known
        try:
            if stamp(self._path) == read:
                return keys
            with self._turn:
                return self._read()
        # A file that is gone, or that others can reach now, is told as long as it lasts; what was read before is not
        # used on, because it may be a version that was replaced.
        except OSError as error:
            raise logged(KeyringUnavailable(f"cannot read {self._path.name}: {error.strerror}")) from None
        except KeyringError as error:
            raise logged(KeyringUnavailable(str(error))) from None

    def _read(self) -> RootKeys:
        content, read = read_private(self._path)
        before = self._known[1]
        keys = read_again(content, before.lock)
        _require_later_state(before, keys)
        self._known = (read, keys)
        return keys

    def _write(self, keys: RootKeys) -> None:
        replace_private(self._path, write_document(keys))
        self._read()


def create_local(path: Path, passphrase: bytes | None = None) -> LocalKeyring:
    """Makes a root key file (0600) with one version and opens it. Never overwrites one.

    Raises:
        KeyringError: the file is there already, or cannot be written; or the passphrase is empty.
    """
    if passphrase == b"":
        raise KeyringError("the passphrase is empty")
    lock = None if passphrase is None else make_lock(passphrase, new_cost())
    create_private(path, write_document(RootKeys({1: new_root_key()}, lock)))
    return open_local(path, passphrase)


def open_local(path: Path, passphrase: bytes | None = None) -> LocalKeyring:
    """Opens an existing root key file.

    Raises:
        KeyringError: missing, reachable by others, not a root key file, or not opened by this passphrase.
    """
    content, read = read_private(path)
    return LocalKeyring(path, read_document(content, passphrase), read)


def _require_later_state(before: RootKeys, keys: RootKeys) -> None:
    # What is wrapped under a file that got here by mistake is lost when the right one is back. Residual risk: a file
    # that has only higher versions than any seen here looks as if the others had been retired.
    same = all(keys.by_version.get(version, key) == key for version, key in before.by_version.items())
    if not same or keys.current < before.current:
        raise KeyringError(
            "the root key file was replaced by another one, or by an older copy: put back the one that was in use"
        )


def _wrap(keys: RootKeys, secret: bytes, context: bytes) -> bytes:
    version = str(keys.current)
    body = wrap_secret(keys.by_version[keys.current], version, secret, context)
    return encode_wrapped(LOCAL, version, body)


def _unwrap(keys: RootKeys, wrapped: bytes, context: bytes) -> bytes:
    version, body = _opened(wrapped)
    root_key = keys.by_version.get(version)
    if root_key is not None:
        return unwrap_secret(root_key, str(version), body, context)
    if version < keys.current:
        raise VersionRetired("wrapped under a version of the root key that was retired")
    raise WrongPlace("wrapped under a version of the root key that this keyring never had")


def _opened(wrapped: bytes) -> tuple[int, bytes]:
    version, body = decode_wrapped(LOCAL, wrapped)
    if not version.isdecimal() or version.startswith("0"):
        raise WrongPlace("not wrapped by this keyring, or damaged")
    return int(version), body
