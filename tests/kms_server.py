"""The closest to AWS KMS that runs offline: moto's server, made as strict as AWS's documentation says KMS is.

moto decrypts under keys that are disabled or about to be deleted, disables the latter, and answers
AccessDeniedException for a ciphertext of another key than the one named. KMS refuses with DisabledException,
KMSInvalidStateException and IncorrectKeyException (API reference of Decrypt, ReEncrypt and DisableKey, "Errors").
Run as `python tests/kms_server.py PORT`.
"""

import sys
from importlib import import_module
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.kms.exceptions import AccessDeniedException
from moto.server import main

# Any: what is replaced below are names that it imported itself.
kms: Any = import_module("moto.kms.models")
_encrypt, _decrypt = kms.encrypt, kms.decrypt
_backend_decrypt, _disable_key = kms.KmsBackend.decrypt, kms.KmsBackend.disable_key


def _require_enabled(keys: dict[str, Any], key_id: str) -> None:
    state = keys[key_id].key_state
    if state == "Disabled":
        raise JsonRESTError("DisabledException", f"{keys[key_id].arn} is disabled.")
    if state != "Enabled":
        raise JsonRESTError("KMSInvalidStateException", f"{keys[key_id].arn} is pending deletion.")


def strict_encrypt(master_keys: dict[str, Any], key_id: str, **other: Any) -> bytes:
    _require_enabled(master_keys, key_id)
    wrapped: bytes = _encrypt(master_keys=master_keys, key_id=key_id, **other)
    return wrapped


def strict_decrypt(master_keys: dict[str, Any], **other: Any) -> tuple[bytes, str]:
    secret, key_id = _decrypt(master_keys=master_keys, **other)
    _require_enabled(master_keys, key_id)
    return secret, key_id


def strict_backend_decrypt(self: Any, *told: Any, **other: Any) -> tuple[bytes, str]:
    try:
        opened: tuple[bytes, str] = _backend_decrypt(self, *told, **other)
    except AccessDeniedException:
        raise JsonRESTError(
            "IncorrectKeyException", "The ciphertext is of another key than the one named."
        ) from None
    return opened


def strict_disable_key(self: Any, key_id: str) -> None:
    key = self.keys[self.any_id_to_key_id(key_id)]
    if key.key_state == "PendingDeletion":
        raise JsonRESTError("KMSInvalidStateException", f"{key.arn} is pending deletion.")
    _disable_key(self, key_id)


if __name__ == "__main__":
    kms.encrypt, kms.decrypt = strict_encrypt, strict_decrypt
    kms.KmsBackend.decrypt, kms.KmsBackend.disable_key = strict_backend_decrypt, strict_disable_key
    main(["-H", "127.0.0.1", "-p", sys.argv[1]])
