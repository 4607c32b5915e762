"""The one reader of the environment. Every setting is named VAULT_..., and docs/operator.md describes each."""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from ocr.sanitise import Limits
from vault.intake import MOST_PAGES


def _postgresql(url: SecretStr) -> SecretStr:
    scheme = urlsplit(url.get_secret_value()).scheme
    if url.get_secret_value() and scheme not in ("postgresql", "postgresql+pg8000"):
        raise ValueError("postgresql://user:password@host:5432/name")
    return url


class Settings(BaseSettings):
    """What the operator decides. The defaults run everything on one machine, reachable from it alone.

    Attributes:
        data_folder: where the database, the root key and the embedded store live (0700).
        host: the address to listen on.
        port: the port of the web server.
        public_url: the address people type; https makes cookies Secure and allows its host name.
        database_url: a PostgreSQL of your own, postgresql://user:password@host:5432/name; empty keeps a file in
            data_folder.
        store_endpoint: an S3 server of your own; empty starts the embedded one.
        store_region: its region.
        store_bucket: its bucket; must exist or be creatable.
        store_access_key: its access key.
        store_secret_key: its secret key.
        store_public_endpoint: the store's address as centres reach it; empty gives them no links to it.
        embedded_store_port: the S3 port of the embedded store.
        keyring: where the root key lives: `local` (root.key in data_folder), `openbao` or `aws`.
        root_passphrase_file: holds the passphrase of root.key, on one line; empty for a root.key without one.
        openbao_address: https://... of OpenBao or Vault.
        openbao_role_id: who the vault is there (AppRole).
        openbao_secret_id_file: holds the secret id of that role, on one line.
        openbao_mount: where the transit engine is mounted.
        openbao_key_name: the transit key's name.
        openbao_ca_file: certificates to trust for that address; empty for the machine's own.
        kms_alias: the alias of the root key in AWS KMS.
        kms_region: its region.
        kms_endpoint: another address of KMS, such as one inside a private network; empty for the region's own.
        erasure_folder: the second place of the erasure list, best on another disk; empty takes one in data_folder.
        scratch_folder: a folder on a RAM disk for the recogniser, where there is no /dev/shm (macOS).
        most_upload_bytes: the largest request body that is accepted.
        most_file_bytes: the largest file of an upload.
        most_pages: the most pages of a paper.
        most_page_megapixels: the largest page, in millions of pixels.
        most_total_megapixels: the largest paper, in millions of pixels over all pages.
        most_file_seconds: how long the decoder may take for one file.
        deposits_at_once: how many uploads are decoded at the same time; four times as many may be arriving.
    """

    model_config = SettingsConfigDict(env_prefix="VAULT_", extra="forbid")

    data_folder: Path = Path(".data")
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = ""
    database_url: Annotated[SecretStr, AfterValidator(_postgresql)] = SecretStr("")
    store_endpoint: str = ""
    store_region: str = "us-east-1"
    store_bucket: str = "vault"
    store_access_key: str = ""
    store_secret_key: SecretStr = SecretStr("")
    store_public_endpoint: str = ""
    embedded_store_port: int = 8333
    keyring: Literal["local", "openbao", "aws"] = "local"
    root_passphrase_file: Path | None = None
    openbao_address: str = ""
    openbao_role_id: str = ""
    openbao_secret_id_file: Path | None = None
    openbao_mount: str = "transit"
    openbao_key_name: str = "migrant-vault"
    openbao_ca_file: Path | None = None
    kms_alias: str = "alias/migrant-vault"
    kms_region: str = ""
    kms_endpoint: str = ""
    erasure_folder: Path | None = None
    scratch_folder: Path | None = None
    most_upload_bytes: Annotated[int, Field(ge=1, le=500_000_000)] = 51 * 1024 * 1024
    most_file_bytes: Annotated[int, Field(ge=1, le=500_000_000)] = Limits.file_bytes
    most_pages: Annotated[int, Field(ge=1, le=MOST_PAGES)] = Limits.pages
    most_page_megapixels: Annotated[int, Field(ge=1, le=1_000)] = Limits.page_pixels // 1_000_000
    most_total_megapixels: Annotated[int, Field(ge=1, le=10_000)] = Limits.total_pixels // 1_000_000
    most_file_seconds: Annotated[float, Field(ge=1, le=600)] = Limits.seconds
    deposits_at_once: Annotated[int, Field(ge=1)] = 2

    @property
    def address(self) -> str:
        """The address people type."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def limits(self) -> Limits:
        """What one deposit may cost."""
        return Limits(
            file_bytes=self.most_file_bytes,
            pages=self.most_pages,
            page_pixels=self.most_page_megapixels * 1_000_000,
            total_pixels=self.most_total_megapixels * 1_000_000,
            seconds=self.most_file_seconds,
        )

    @property
    def secure(self) -> bool:
        """Whether people reach the vault over https."""
        return self.address.startswith("https://")
