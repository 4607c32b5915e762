"""Puts the parts together: the one place that knows which part is which."""

from pathlib import Path

from access_policies.decide import load
from api.settings import Settings
from vault.blobs import Blobs, StoreAddress
from vault.clock import wall_clock
from vault.database import Database
from vault.keyring import LocalKeyring, create_local, open_local
from vault.migrate import migrate
from vault.vault import Vault, assemble


def open_vault(settings: Settings, store: StoreAddress) -> Vault:
    """A vault ready for use: folder (0700), root key (0600), migrated database, policies.

    Raises:
        KeyringError: the root key is missing though there is a database, or can be reached by others.
        PolicyError: the policies are not what the schema allows.
        Unavailable: the database is locked or its disk is full.
    """
    folder = settings.data_folder
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    database_path = folder / "vault.db"
    keyring = _keyring(folder / "root.key", database_path)
    database = Database(f"sqlite:///{database_path.resolve()}")
    migrate(database)
    erasure_folder = _erasure_folder(settings)
    return assemble(
        database, Blobs(store), keyring, load(), wall_clock, erasure_folder, settings.scratch_folder
    )


def _erasure_folder(settings: Settings) -> Path:
    if settings.erasure_folder is not None:
        return settings.erasure_folder  # not made where it is missing: it may be a disk that is not mounted
    made = settings.data_folder / "erasures"
    made.mkdir(mode=0o700, exist_ok=True)
    return made


def _keyring(path: Path, database_path: Path) -> LocalKeyring:
    # A missing root key beside an existing database is a loss to be told, never a reason to make a new one.
    if path.exists() or database_path.exists():
        return open_local(path)
    return create_local(path)
