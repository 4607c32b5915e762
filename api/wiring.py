"""Puts the parts together: the one place that knows which part is which."""

from pathlib import Path

from access_policies.decide import load
from api.settings import Settings
from vault.blobs import Blobs, StoreAddress
from vault.clock import wall_clock
from vault.database import Database
from vault.keyring import Keyring, KeyringError, create_local, open_local
from vault.keyring.aws import KmsAddress, open_kms
from vault.keyring.bao_session import OpenBaoAddress
from vault.keyring.openbao import open_openbao
from vault.keyring.private_file import read_line
from vault.migrate import migrate
from vault.vault import Vault, assemble


def open_vault(settings: Settings, store: StoreAddress) -> Vault:
    """A vault ready for use: folder (0700), keyring, migrated database, policies.

    Raises:
        KeyringError: the root key cannot be used as it is set up, or is missing though there is a database.
        KeyringUnavailable: the keyring does not answer.
        PolicyError: the policies are not what the schema allows.
        Unavailable: the database is locked, does not answer, or its disk is full.
    """
    settings.data_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = open_database(settings)
    keyring = _keyring(settings, database_exists=not database.is_new())
    migrate(database)
    erasure_folder = _erasure_folder(settings)
    return assemble(
        database,
        Blobs(store),
        keyring,
        load(),
        wall_clock,
        erasure_folder,
        settings.scratch_folder,
        settings.limits,
    )


def open_database(settings: Settings) -> Database:
    """The database, as it is: whether there is a vault in it, `Database.is_new` says."""
    named = settings.database_url.get_secret_value()
    return Database(named or f"sqlite:///{(settings.data_folder / 'vault.db').resolve()}")


def _erasure_folder(settings: Settings) -> Path:
    if settings.erasure_folder is not None:
        return settings.erasure_folder  # not made where it is missing: it may be a disk that is not mounted
    made = settings.data_folder / "erasures"
    made.mkdir(mode=0o700, exist_ok=True)
    return made


def _keyring(settings: Settings, *, database_exists: bool) -> Keyring:
    if settings.keyring == "openbao":
        return open_openbao(_openbao_address(settings))
    if settings.keyring == "aws":
        return open_kms(_kms_address(settings))
    path = settings.data_folder / "root.key"
    passphrase = read_line(settings.root_passphrase_file) if settings.root_passphrase_file else None
    # A missing root key beside an existing database is a loss to be told, never a reason to make a new one. The root
    # keys of the other keyrings are made by their operator only.
    if path.exists() or database_exists:
        return open_local(path, passphrase)
    return create_local(path, passphrase)


def _openbao_address(settings: Settings) -> OpenBaoAddress:
    if not (settings.openbao_address and settings.openbao_role_id and settings.openbao_secret_id_file):
        raise KeyringError(
            "for OpenBao, set VAULT_OPENBAO_ADDRESS, VAULT_OPENBAO_ROLE_ID and VAULT_OPENBAO_SECRET_ID_FILE"
        )
    return OpenBaoAddress(
        address=settings.openbao_address,
        role_id=settings.openbao_role_id,
        secret_id_file=settings.openbao_secret_id_file,
        mount=settings.openbao_mount,
        key_name=settings.openbao_key_name,
        ca_file=settings.openbao_ca_file,
    )


def _kms_address(settings: Settings) -> KmsAddress:
    if not settings.kms_region:
        raise KeyringError("for AWS KMS, set VAULT_KMS_REGION")
    return KmsAddress(settings.kms_alias, settings.kms_region, settings.kms_endpoint)
