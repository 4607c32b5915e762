"""A vault on each keyring, as its settings say: it opens again, and an old database never gets a new root key."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from api.settings import Settings
from api.wiring import open_vault
from tests.kms import REGION, RunningKms
from tests.openbao import RunningBao
from vault.blobs import StoreAddress
from vault.crypto.errors import CryptoError
from vault.errors import KeyringUnavailable
from vault.keyring import KeyringError
from vault.keyring.bao_session import OpenBaoAddress
from vault.vault import Vault

NO_STORE = StoreAddress("http://127.0.0.1:1", "us-east-1", "vault", "nobody", "nothing")


@contextmanager
def opened(folder: Path, **settings: Any) -> Iterator[Vault]:
    vault = open_vault(Settings(data_folder=folder / "data", **settings), NO_STORE)
    try:
        yield vault
    finally:
        vault.database.close()


def reopens(folder: Path, **settings: Any) -> bool:
    """Whether a vault with these settings opens, and what it wrapped of its own opens again."""
    with opened(folder, **settings) as vault:
        first = vault.index_key
    with opened(folder, **settings) as vault:
        return vault.index_key == first


def on_openbao(address: OpenBaoAddress, **other: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "keyring": "openbao",
        "openbao_address": address.address,
        "openbao_role_id": address.role_id,
        "openbao_secret_id_file": address.secret_id_file,
        "openbao_key_name": address.key_name,
        "openbao_ca_file": address.ca_file,
    }
    return {**usual, **other}


def test_on_a_file_with_a_passphrase(tmp_path: Path) -> None:
    passphrase = tmp_path / "passphrase"
    passphrase.touch(0o600)
    passphrase.write_text("correct horse battery staple\n")
    assert reopens(tmp_path, root_passphrase_file=passphrase)
    with pytest.raises(KeyringError, match="has a passphrase"), opened(tmp_path):
        pass
    passphrase.write_text("correct horse battery stapler\n")
    with (
        pytest.raises(KeyringError, match="does not open"),
        opened(tmp_path, root_passphrase_file=passphrase),
    ):
        pass


def test_a_passphrase_that_others_can_read_is_refused(tmp_path: Path) -> None:
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("correct horse battery staple\n")
    passphrase.chmod(0o640)
    with pytest.raises(KeyringError, match="chmod 600"), opened(tmp_path, root_passphrase_file=passphrase):
        pass
    assert not (tmp_path / "data" / "root.key").exists()


@pytest.mark.parametrize("content", ["", "\n", "two\nlines\n"])
def test_a_passphrase_is_one_line(tmp_path: Path, content: str) -> None:
    passphrase = tmp_path / "passphrase"
    passphrase.touch(0o600)
    passphrase.write_text(content)
    with pytest.raises(KeyringError, match="one line"), opened(tmp_path, root_passphrase_file=passphrase):
        pass


def test_on_openbao(tmp_path: Path, openbao: RunningBao) -> None:
    assert reopens(tmp_path, **on_openbao(openbao.new_key().serving))
    assert not (tmp_path / "data" / "root.key").exists()


@pytest.mark.parametrize("missing", ["openbao_address", "openbao_role_id", "openbao_secret_id_file"])
def test_openbao_needs_its_settings(tmp_path: Path, openbao: RunningBao, missing: str) -> None:
    settings = on_openbao(
        openbao.new_key().serving, **{missing: "" if missing != "openbao_secret_id_file" else None}
    )
    with pytest.raises(KeyringError, match=f"VAULT_{missing.upper()}"), opened(tmp_path, **settings):
        pass


def test_a_secret_id_that_is_not_there_is_told(tmp_path: Path, openbao: RunningBao) -> None:
    settings = on_openbao(openbao.new_key().serving, openbao_secret_id_file=tmp_path / "secret-id")
    with pytest.raises(KeyringError, match="cannot read secret-id"), opened(tmp_path, **settings):
        pass


def test_a_transit_key_that_is_not_there_is_told_and_not_made(tmp_path: Path, openbao: RunningBao) -> None:
    transit_key = openbao.new_key()
    settings = on_openbao(transit_key.serving)
    assert reopens(tmp_path, **settings)
    openbao.root.write_data(f"transit/keys/{transit_key.name}/config", data={"deletion_allowed": True})
    openbao.root.secrets.transit.delete_key(transit_key.name)
    with pytest.raises(KeyringError, match=f"keys/{transit_key.name} is there"), opened(tmp_path, **settings):
        pass
    assert transit_key.name not in openbao.root.secrets.transit.list_keys()["data"]["keys"]


def test_another_transit_key_opens_nothing_of_this_database(tmp_path: Path, openbao: RunningBao) -> None:
    assert reopens(tmp_path, **on_openbao(openbao.new_key().serving))
    with pytest.raises(CryptoError), opened(tmp_path, **on_openbao(openbao.new_key().serving)):
        pass


def test_without_its_keyring_a_vault_does_not_start_and_then_does(
    tmp_path: Path, openbao: RunningBao
) -> None:
    settings = on_openbao(openbao.new_key().serving)
    assert reopens(tmp_path, **settings)
    openbao.stop()
    try:
        with pytest.raises(KeyringUnavailable), opened(tmp_path, **settings):
            pass
    finally:
        openbao.start()
    assert reopens(tmp_path, **settings)


def test_on_kms(tmp_path: Path, kms: RunningKms) -> None:
    address = kms.new_alias()
    assert reopens(
        tmp_path, keyring="aws", kms_alias=address.alias, kms_region=REGION, kms_endpoint=kms.endpoint
    )
    assert not (tmp_path / "data" / "root.key").exists()


def test_kms_needs_its_region(tmp_path: Path) -> None:
    with pytest.raises(KeyringError, match="VAULT_KMS_REGION"), opened(tmp_path, keyring="aws"):
        pass


def test_an_alias_that_is_not_there_is_told_and_not_made(tmp_path: Path, kms: RunningKms) -> None:
    address = kms.new_alias()
    settings = {
        "keyring": "aws",
        "kms_alias": address.alias,
        "kms_region": REGION,
        "kms_endpoint": kms.endpoint,
    }
    assert reopens(tmp_path, **settings)
    kms.owner.delete_alias(AliasName=address.alias)
    keys = len(kms.owner.list_keys()["Keys"])
    with pytest.raises(KeyringError, match="NotFoundException"), opened(tmp_path, **settings):
        pass
    assert len(kms.owner.list_keys()["Keys"]) == keys
