"""One entry of the ledger: what it may hold, its canonical bytes, its hash, its signature (SPEC.md 2 to 4).

Pure: bytes and values in, bytes and values out.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

Value = str | int | list[str] | None
"""What a body may hold: no floats, no booleans, no nesting, so that there is one way to write it."""

FIRST_PREVIOUS = bytes(32)
_HASH_LABEL = b"migrant-vault ledger entry v1\n"
_SIGNATURE_LABEL = b"migrant-vault ledger entry signature v1\n"
_MEMBERS = {"at", "body", "kind", "number", "previous"}
_LARGEST = 2**53 - 1  # RFC 8785 numbers are doubles: whole only up to here
_KIND = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}")
_BODY_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
_HEX = re.compile(r"[0-9a-f]{64}")


class EntryError(ValueError):
    """Something an entry cannot hold, or bytes that are no canonical entry. Never quotes the content."""


@dataclass(frozen=True)
class Entry:
    """What was done, in its place: holds ids and keyed digests only, never a name, number or text.

    Attributes:
        number: from 1, without gaps.
        previous: hash of the entry before (32 bytes); 32 zero bytes in entry 1.
        at: RFC 3339 in UTC with milliseconds, "2026-11-23T08:00:00.000Z".
        kind: what happened, for example "document.deposited".
        body: names to strings, whole numbers up to 2^53 - 1, lists of strings, or None.
    """

    number: int
    previous: bytes
    at: str
    kind: str
    body: Mapping[str, Value]


def canonical(entry: Entry) -> bytes:
    """The one byte string that stands for the entry: JSON after RFC 8785, restricted (SPEC.md 2).

    Raises:
        EntryError: the entry holds something the format does not allow.
    """
    _check(entry)
    members = {
        "at": entry.at,
        "body": dict(entry.body),
        "kind": entry.kind,
        "number": entry.number,
        "previous": entry.previous.hex(),
    }
    # Names are ASCII, so sorting by code point is RFC 8785's order by UTF-16 unit; Python escapes the same
    # characters in the same way as RFC 8785 3.2.2.2.
    text = json.dumps(members, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)
    return text.encode()


def parse(data: bytes) -> Entry:
    """Read canonical bytes back; accepts exactly what `canonical` writes.

    Raises:
        EntryError: anything else, including JSON that means the same.
    """
    try:
        members = json.loads(data.decode())
    except (ValueError, RecursionError):
        raise EntryError("not JSON in UTF-8") from None
    if not isinstance(members, dict) or set(members) != _MEMBERS:
        raise EntryError("not an entry")
    previous = members["previous"]
    if not isinstance(previous, str) or not _HEX.fullmatch(previous):
        raise EntryError("previous is no hash")
    entry = Entry(members["number"], bytes.fromhex(previous), members["at"], members["kind"], members["body"])
    if canonical(entry) != data:
        raise EntryError("not canonical")
    return entry


def entry_hash(entry: Entry) -> bytes:
    """SHA-256 over the label and the canonical bytes (SPEC.md 3).

    Raises:
        EntryError: as `canonical`.
    """
    return sha256(_HASH_LABEL + canonical(entry)).digest()


def sign(ledger_key: Ed25519PrivateKey, hash_: bytes) -> bytes:
    """Sign an entry's hash (SPEC.md 4): 64 bytes, Ed25519 after RFC 8032."""
    return ledger_key.sign(_SIGNATURE_LABEL + hash_)


def signed(public_key: Ed25519PublicKey, hash_: bytes, signature: bytes) -> bool:
    """Whether the ledger key signed this hash as an entry's; False for anything that is no signature."""
    if not isinstance(hash_, bytes) or not isinstance(signature, bytes):
        return False  # SQLite lets an editor leave any type in any column
    try:
        public_key.verify(signature, _SIGNATURE_LABEL + hash_)
    except InvalidSignature:
        return False
    return True


def _check(entry: Entry) -> None:
    _check_number(entry.number)
    if entry.number < 1:
        raise EntryError("entries are numbered from 1")
    if not isinstance(entry.previous, bytes) or len(entry.previous) != 32:
        raise EntryError("previous is no hash")
    _check_moment(entry.at)
    if not isinstance(entry.kind, str) or not _KIND.fullmatch(entry.kind):
        raise EntryError("not a kind of entry")
    if not isinstance(entry.body, Mapping):
        raise EntryError("the body has no names")
    for name, value in entry.body.items():
        if not isinstance(name, str) or not _BODY_NAME.fullmatch(name):
            raise EntryError("not a name for a body")
        _check_value(value)


def _check_moment(at: object) -> None:
    if not isinstance(at, str) or not _MOMENT.fullmatch(at):
        raise EntryError("not a moment in UTC with milliseconds")
    try:
        datetime.fromisoformat(at)
    except ValueError:
        raise EntryError("not a moment that exists") from None


def _check_value(value: object) -> None:
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, list):
        for item in value:
            _check_text(item)
    elif value is not None:
        _check_number(value)


def _check_text(text: object) -> None:
    if not isinstance(text, str):
        raise EntryError("a list holds strings only")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise EntryError("half a surrogate pair is no text")


def _check_number(number: object) -> None:
    # A bool is an int to Python but another value to JSON.
    if not isinstance(number, int) or isinstance(number, bool) or abs(number) > _LARGEST:
        raise EntryError("not a whole number within 2^53 - 1")
