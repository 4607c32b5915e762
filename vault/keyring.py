"""Where the root key lives. It wraps holder keys and the vault's own secrets, and never leaves this module.

This is the embedded keyring: one file on the machine that runs the vault. Residual risk, accepted for a single machine:
who can read the file and the database can read everything. A real KMS takes its place behind the same two calls.
"""

import os
import secrets
import stat
from pathlib import Path

from vault.crypto import envelope

ROOT_KEY_SIZE = 32


class KeyringError(Exception):
    """The root key cannot be used. The message says what to do and holds no secret."""


class LocalKeyring:
    """Wraps and unwraps secrets under a root key kept in a file (0600, in a folder nobody else may enter)."""

    def __init__(self, root_key: bytes) -> None:
        """`root_key` is 32 bytes."""
        self._root_key = root_key

    def wrap(self, secret: bytes, context: bytes) -> bytes:
        """`secret` sealed under the root key and bound to `context` (SPEC.md, "Root key")."""
        return envelope.wrap_secret(self._root_key, secret, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """The secret that was wrapped for exactly this context.

        Raises:
            WrongPlace: another context, another root key, or tampered with.
        """
        return envelope.unwrap_secret(self._root_key, wrapped, context)


def create_local(path: Path) -> LocalKeyring:
    """Makes a new root key file (0600) and opens it. Never overwrites one.

    Raises:
        KeyringError: the file is there already, or cannot be written.
    """
    root_key = secrets.token_bytes(ROOT_KEY_SIZE)
    draft = path.with_suffix(".new")
    try:
        # Removed, not reopened: the draft of a killed run may be the key itself, under its second name.
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(root_key)
                file.flush()
                os.fsync(file.fileno())
            # link() refuses an existing name, and the key appears whole or not at all.
            os.link(draft, path)
        finally:
            draft.unlink()
        _sync_folder(path.parent)
    except FileExistsError:
        raise KeyringError(f"{path.name} exists already: refusing to replace a root key") from None
    except OSError as error:
        raise KeyringError(f"cannot write {path.name}: {error.strerror}") from None
    return open_local(path)


def open_local(path: Path) -> LocalKeyring:
    """Opens an existing root key file.

    Raises:
        KeyringError: missing, readable by others, or not a root key.
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        folder_mode = stat.S_IMODE(path.parent.stat().st_mode)
        root_key = path.read_bytes()
    except OSError as error:
        raise KeyringError(f"cannot read {path.name}: {error.strerror}") from None
    if mode & 0o077 or folder_mode & 0o077:
        raise KeyringError(f"{path.name} can be reached by others: chmod 600 the file and 700 its folder")
    if len(root_key) != ROOT_KEY_SIZE:
        raise KeyringError(f"{path.name} is not a root key of {ROOT_KEY_SIZE} bytes")
    return LocalKeyring(root_key)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
