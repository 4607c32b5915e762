"""Where the root key lives: one Protocol, and a file, OpenBao or AWS KMS behind it (docs/keyrings/keyrings.md)."""

from vault.keyring.local import LocalKeyring, create_local, open_local
from vault.keyring.protocol import Keyring, KeyringError

__all__ = ["Keyring", "KeyringError", "LocalKeyring", "create_local", "open_local"]
