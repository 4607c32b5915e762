"""Brings the vault up: store, vault, web server, in this order; and down again in the reverse one."""

import logging
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import uvicorn

from api.app import create_app
from api.doctor import warn_of_missing_layers
from api.embedded_store import FolderInUse, StoreSettings, address_beside, start
from api.memory import keep_memory_private
from api.settings import Settings
from api.wiring import open_database, open_vault
from ocr.errors import DecoderDown
from vault.blobs import StoreAddress
from vault.erasure import replay
from vault.vault import Vault

_log = logging.getLogger("vault.running")

LEAST_FREE = 512 * 1024 * 1024
"""Bytes of free disk below which the vault does not start."""


class StartError(Exception):
    """Something outside the vault keeps it from starting. The message says what to do."""


@dataclass(frozen=True)
class RunningVault:
    """An open vault and the address its pages have."""

    vault: Vault
    address: str


@contextmanager
def without_store(settings: Settings, *, create: bool = False) -> Iterator[Vault]:
    """The vault for work that touches no paper: beside a running server, or with the store down.

    Only with `create` is a vault made where there is none.

    Raises:
        StartError: there is no vault, or its folder cannot be used.
    """
    keep_memory_private()
    _check_folder(settings, create=create)
    vault = open_vault(settings, _named_store(settings))
    try:
        yield vault
    finally:
        vault.database.close()


@contextmanager
def opened(settings: Settings, *, create: bool = False, beside: bool = False) -> Iterator[Vault]:
    """The vault with its store, without the web server. Only with `create` is one made where there is none.

    What was erased is erased here too before the vault is handed out, whatever backup its database may be from. With
    `beside`, a server that runs on it already is no obstacle.

    Raises:
        StartError: as for `without_store`.
        StoreError: the embedded store cannot run.
        ListUnusable: the erasure list cannot be read: nothing may be served.
    """
    keep_memory_private()
    _check_folder(settings, create=create)
    with ExitStack() as stack:
        vault = open_vault(settings, _store(settings, stack, beside=beside))
        stack.callback(vault.database.close)
        _replay_erasures(vault)
        yield vault


@contextmanager
def serving(settings: Settings) -> Iterator[RunningVault]:
    """The vault with its web server in a thread of its own, ready for calls. Makes one where there is none.

    Raises:
        StartError: no room, no Tesseract, no decoder, the port is in use, or as for `opened`.
    """
    _check_folder(settings, create=True)
    _check_machine(settings)
    listener = _listen(settings)
    with listener, opened(settings, create=True) as vault:
        server = uvicorn.Server(_server_config(vault, settings))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while thread.is_alive() and not server.started:
            thread.join(0.02)
        if not server.started:
            raise StartError("the web server did not start: see the message above")
        try:
            yield RunningVault(vault, settings.address)
        finally:
            server.should_exit = True
            thread.join(timeout=15)


def _replay_erasures(vault: Vault) -> None:
    done = replay(vault)
    if done.erased:
        _log.warning(
            "erased again, as the erasure list says and this database had not heard: %d", done.erased
        )
    if done.unsigned:
        _log.warning(
            "the erasure list holds records that this vault did not sign, and that erased nothing: %d, such as %s",
            len(done.unsigned),
            done.unsigned[0],
        )


def warn_of_one_folder(settings: Settings) -> None:
    """Says so where both places of the erasure list are in the data folder: one old copy of it brings people back."""
    if settings.store_endpoint:
        return  # one of them is in that bucket
    data_folder = settings.data_folder.resolve()
    second = (settings.erasure_folder or data_folder).resolve()
    if second.is_relative_to(data_folder):
        _log.warning(
            "both places of the erasure list are in %s: whoever puts an old copy of it back brings back who was "
            "erased since. Name a folder elsewhere with VAULT_ERASURE_FOLDER",
            settings.data_folder,
        )


def _server_config(vault: Vault, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        create_app(vault, settings),
        log_level="warning",
        # An access log would name who asked for what; the ledger does that, for those it concerns.
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=10,
    )


def _store(settings: Settings, stack: ExitStack, *, beside: bool) -> StoreAddress:
    if settings.store_endpoint:
        return _named_store(settings)
    embedded = StoreSettings(settings.data_folder / "store", settings.embedded_store_port)
    try:
        address = stack.enter_context(start(embedded)).address
    except FolderInUse:
        if not beside:
            raise
        address = address_beside(embedded)
    return replace(address, public_endpoint=settings.store_public_endpoint or None)


def _named_store(settings: Settings) -> StoreAddress:
    return StoreAddress(
        settings.store_endpoint or f"http://127.0.0.1:{settings.embedded_store_port}",
        settings.store_region,
        settings.store_bucket,
        settings.store_access_key,
        settings.store_secret_key.get_secret_value(),
        settings.store_public_endpoint or None,
    )


def _check_folder(settings: Settings, *, create: bool) -> None:
    folder = settings.data_folder
    try:
        if not create:
            _require_vault(settings)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = folder.stat().st_mode
    except OSError as error:
        raise StartError(f"cannot make or enter the data folder {folder}: {error.strerror}") from None
    # Told, not put right: a setting that names somebody else's folder by mistake must not shut them out of it.
    if mode & 0o077:
        raise StartError(f"the data folder {folder} can be entered by others: chmod 700 {folder}")


def _require_vault(settings: Settings) -> None:
    with closing(open_database(settings)) as database:
        if not database.is_new():
            return
        place, setting = (
            (settings.data_folder, "VAULT_DATA_FOLDER")
            if database.file
            else ("the database", "VAULT_DATABASE_URL")
        )
    raise StartError(f"there is no vault in {place}: set {setting}, or make one with `migrant-vault migrate`")


def _check_machine(settings: Settings) -> None:
    if shutil.disk_usage(settings.data_folder).free < LEAST_FREE:
        raise StartError(
            f"the disk of {settings.data_folder} has less than {LEAST_FREE >> 20} MB left: free some, "
            "or set VAULT_DATA_FOLDER to a folder on another disk"
        )
    if settings.scratch_folder is None and not Path("/dev/shm").is_dir():  # noqa: S108
        raise StartError(
            "there is no /dev/shm here, and papers are read in memory only. Make a RAM disk and name it:\n"
            "  diskutil erasevolume HFS+ VaultScratch $(hdiutil attach -nomount ram://524288)\n"
            "  export VAULT_SCRATCH_FOLDER=/Volumes/VaultScratch"
        )
    if shutil.which("tesseract") is None:
        raise StartError("Tesseract is not installed: run `make setup`, which installs it")
    try:
        warn_of_missing_layers()
    except DecoderDown as down:
        raise StartError(f"no paper could be taken in: {down}. Ask `migrant-vault doctor`") from None


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # The protocol must be named: asyncio turns Nagle's algorithm off only then, and with it every answer waits 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise StartError(
            f"port {settings.port} on {settings.host} cannot be used ({error.strerror}): "
            f"stop what listens there, or choose another with VAULT_PORT={settings.port + 1}"
        ) from None
    listener.listen(128)
    return listener
