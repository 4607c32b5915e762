"""The document in a root key file: versions of the root key, in clear or under a passphrase (SPEC.md B.5)."""

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from argon2.low_level import Type, hash_secret_raw

from vault.crypto.envelope import ROOT_FILE_LABEL
from vault.crypto.errors import CryptoError
from vault.crypto.siv import KEY_SIZE, Place, open_bytes, seal_bytes
from vault.keyring.protocol import KeyringError

_SALT_SIZE = 16
_MOST = {"passes": 100, "memory_kib": 1 << 20, "lanes": 64}
"""Above these a damaged file would take the machine rather than be refused."""


@dataclass(frozen=True)
class Cost:
    """What Argon2id takes (RFC 9106). The defaults are the second recommended choice of its section 4: 64 MiB."""

    salt: bytes
    passes: int = 3
    memory_kib: int = 1 << 16
    lanes: int = 4


@dataclass(frozen=True)
class Lock:
    """What a file is sealed under: the derived key, and what it takes to derive it again from the passphrase."""

    cost: Cost
    derived: bytes = field(repr=False)


@dataclass(frozen=True)
class RootKeys:
    """The versions of the root key: number to 32 bytes. The highest is the current one."""

    by_version: Mapping[int, bytes] = field(repr=False)
    lock: Lock | None

    @property
    def current(self) -> int:
        """The version that wraps."""
        return max(self.by_version)


def new_root_key() -> bytes:
    """32 fresh random bytes."""
    return secrets.token_bytes(KEY_SIZE)


def new_cost() -> Cost:
    """With a fresh salt: about a tenth of a second and 64 MiB for every guess at a passphrase."""
    return Cost(secrets.token_bytes(_SALT_SIZE))


def make_lock(passphrase: bytes, cost: Cost) -> Lock:
    """The lock that this passphrase makes at this cost."""
    derived = hash_secret_raw(
        passphrase, cost.salt, cost.passes, cost.memory_kib, cost.lanes, KEY_SIZE, Type.ID
    )
    return Lock(cost, derived)


def write_document(keys: RootKeys) -> bytes:
    """The document: JSON that a person with the passphrase and a page of Python can open."""
    in_hex = {str(version): key.hex() for version, key in sorted(keys.by_version.items())}
    if keys.lock is None:
        return _json({"format": ROOT_FILE_LABEL, "root_keys": in_hex})
    cost = keys.lock.cost
    shown = {
        "salt": cost.salt.hex(),
        "passes": cost.passes,
        "memory_kib": cost.memory_kib,
        "lanes": cost.lanes,
    }
    sealed = seal_bytes(keys.lock.derived, _json(in_hex), _place(cost))
    return _json({"format": ROOT_FILE_LABEL, "argon2id": shown, "sealed": sealed.hex()})


def read_document(content: bytes, passphrase: bytes | None) -> RootKeys:
    """The versions in a document.

    Raises:
        KeyringError: not such a document, or the passphrase is wrong, missing or not needed.
    """
    cost = _cost(content)
    if cost is None:
        if passphrase is not None:
            raise KeyringError("the root key file has no passphrase, but one was given: give none")
        return read_again(content, None)
    if passphrase is None:
        raise KeyringError("the root key file has a passphrase: name the file that holds it")
    return read_again(content, make_lock(passphrase, cost))


def read_again(content: bytes, lock: Lock | None) -> RootKeys:
    """The versions in a document whose lock is known from an earlier reading: without the cost of deriving it.

    Raises:
        KeyringError: not such a document, or under another lock.
    """
    document = _document(content)
    if _cost(content) != (lock.cost if lock else None):
        raise KeyringError("the root key file was replaced by one with another passphrase: start again")
    if lock is None:
        return RootKeys(_versions(document.get("root_keys")), None)
    try:
        opened = open_bytes(lock.derived, _hex(document.get("sealed")), _place(lock.cost))
    except CryptoError:
        raise KeyringError("the passphrase does not open the root key file, or the file is damaged") from None
    return RootKeys(_versions(_object(opened)), lock)


def _place(cost: Cost) -> Place:
    return Place(ROOT_FILE_LABEL, (cost.salt, cost.passes, cost.memory_kib, cost.lanes))


def _document(content: bytes) -> dict[str, object]:
    document = _object(content)
    if document.get("format") != ROOT_FILE_LABEL:
        raise _not_one()
    if set(document) not in ({"format", "root_keys"}, {"format", "argon2id", "sealed"}):
        raise _not_one()
    return document


def _cost(content: bytes) -> Cost | None:
    shown = _document(content).get("argon2id")
    if shown is None:
        return None
    if not isinstance(shown, dict) or set(shown) != {"salt", *_MOST}:
        raise _not_one()
    salt = _hex(shown["salt"])
    numbers = {name: shown[name] for name in _MOST}
    if len(salt) != _SALT_SIZE or not all(
        type(number) is int and 0 < number <= _MOST[name] for name, number in numbers.items()
    ):
        raise _not_one()
    return Cost(salt, **numbers)


def _versions(shown: object) -> dict[int, bytes]:
    if not isinstance(shown, dict) or not shown:
        raise _not_one()
    if not all(re.fullmatch(r"[1-9][0-9]{0,8}", version) for version in shown):
        raise _not_one()
    versions = {int(version): _hex(key) for version, key in shown.items()}
    if any(len(key) != KEY_SIZE for key in versions.values()):
        raise _not_one()
    return versions


def _object(content: bytes) -> dict[str, object]:
    try:
        read = json.loads(content)
    except (ValueError, RecursionError):
        raise _not_one() from None
    if not isinstance(read, dict):
        raise _not_one()
    return read


def _hex(shown: object) -> bytes:
    if not isinstance(shown, str) or not re.fullmatch(r"(?:[0-9a-f]{2})*", shown):
        raise _not_one()
    return bytes.fromhex(shown)


def _json(shown: Mapping[str, object]) -> bytes:
    return json.dumps(shown, indent=1).encode() + b"\n"


def _not_one() -> KeyringError:
    return KeyringError("this is not a root key file, or it is damaged: put back the one that you keep apart")
