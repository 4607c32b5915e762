"""The erasure list: what was erased, kept outside the database, so that no restored backup brings it back.

Each erasure is one small record in JSON, signed with the ledger key (Ed25519, RFC 8032) under a label of its own:

    {"at": "2026-11-23T08:00:00+00:00", "id": "hld_...", "kind": "holder", "signature": "128 hex digits"}

The signature is over the label and the record without its signature, as JSON with sorted names and no white space. A
record lies under one name in two places: in the bucket under `erasures/`, and in a folder that is meant to be on
another disk or host. It counts wherever it is found, and is copied to where it is missing.

Residual risk: who removes a record from both places and puts back a database from before it undoes the erasure. A
record in the bucket whose twin in the folder is sound is compared by its size alone, not fetched.
"""

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from vault import files
from vault.blobs import Blobs
from vault.errors import NotFound, StoreUnavailable, VaultError

PREFIX = "erasures/"
LONGEST = 512
"""Bytes; a longer one is none of ours and is not even read."""

_LABEL = b"migrant-vault erasure v1\n"
_NAME = re.compile(r"[a-z]{3}_[0-9a-f]{32}-[0-9a-f]{16}\.json")


class ListUnusable(VaultError):
    """A place of the erasure list cannot be read or written; the message names it and says what to do."""


class StillListed(VaultError):
    """An erasure failed, and its record could not be taken back: it will be carried out when the vault next opens."""

    def __str__(self) -> str:
        return (
            "nothing was erased yet, but it is on the erasure list and could not be taken off: "
            "it is carried out when the vault opens next. Try again to have it done now"
        )


@dataclass(frozen=True)
class ErasureList:
    """Its two places."""

    blobs: Blobs
    folder: Path


@dataclass(frozen=True)
class Erasure:
    """What was erased, and when that was asked for. `kind` is "holder" or "document"."""

    kind: str
    id: str
    at: datetime


@dataclass(frozen=True)
class Found:
    """What both places hold together.

    Attributes:
        erasures: what the ledger key signed.
        only_in_folder: records that the bucket lacks, by name.
        only_in_bucket: records that the folder lacks, by name.
        unsigned: what lies there and counts for nothing, by names that are fit to be printed.
    """

    erasures: frozenset[Erasure]
    only_in_folder: Mapping[str, bytes] = field(repr=False)
    only_in_bucket: Mapping[str, bytes] = field(repr=False)
    unsigned: tuple[str, ...]


@dataclass(frozen=True)
class _Sorted:
    """The records of one place: the sound ones as they lie there and as they read, and the names of the others."""

    records: Mapping[str, bytes]
    erasures: frozenset[Erasure]
    unsigned: frozenset[str]


def add(places: ErasureList, ledger_key: Ed25519PrivateKey, erasure: Erasure) -> str:
    """Writes a record to both places, durably, and returns its name, which nothing had before.

    Raises:
        StoreUnavailable, DiskFull, ListUnusable: it is in neither place.
        StillListed: it may be in one of them.
    """
    places.blobs.ping()  # a store that is down is found out before there is anything to take back
    name = f"{erasure.id}-{secrets.token_hex(8)}.json"
    record = _encode(erasure, ledger_key)
    _write_file(places.folder, name, record)
    try:
        _put(places.blobs, name, record)
    except BaseException:
        take_back(places, name)
        raise
    return name


def take_back(places: ErasureList, name: str) -> None:
    """Removes the record of an erasure that was not carried out.

    Raises:
        StillListed: one of the places does not let go of it.
    """
    try:
        files.remove(places.folder / name)
        places.blobs.delete(PREFIX + name)
    except (OSError, StoreUnavailable):
        raise StillListed from None


def read(places: ErasureList, ledger_public_key: Ed25519PublicKey) -> Found:
    """What both places hold. A few requests to the store, and one for each record that the folder lacks.

    Raises:
        ListUnusable: one of them cannot be read: it may hold what the other lacks.
    """
    folder = _sort(_read_folder(places.folder), ledger_public_key)
    sizes = _sizes_in_bucket(places.blobs)
    known = {name for name, record in folder.records.items() if sizes.get(name) == len(record)}
    fetched = {name: _fetch(places.blobs, name, size) for name, size in sizes.items() if name not in known}
    bucket = _sort(fetched, ledger_public_key)
    in_folder = folder.records.keys() | folder.unsigned
    unsigned = folder.unsigned | bucket.unsigned
    return Found(
        erasures=folder.erasures | bucket.erasures,
        only_in_folder={name: record for name, record in folder.records.items() if name not in sizes},
        only_in_bucket={name: record for name, record in bucket.records.items() if name not in in_folder},
        unsigned=tuple(ascii(name)[:100] for name in sorted(unsigned)),
    )


def copy_over(places: ErasureList, found: Found) -> int:
    """Gives each place the records that it lacks; returns how many.

    Raises:
        ListUnusable: one of them takes none.
    """
    for name, record in found.only_in_bucket.items():
        _write_file(places.folder, name, record)
    try:
        for name, record in found.only_in_folder.items():
            _put(places.blobs, name, record)
    except VaultError:
        raise _unusable_bucket() from None
    return len(found.only_in_bucket) + len(found.only_in_folder)


def _encode(erasure: Erasure, ledger_key: Ed25519PrivateKey) -> bytes:
    members = {"at": erasure.at.isoformat(), "id": erasure.id, "kind": erasure.kind}
    signature = ledger_key.sign(_signed_bytes(members)).hex()
    return json.dumps({**members, "signature": signature}).encode() + b"\n"


def _decode(record: bytes, ledger_public_key: Ed25519PublicKey) -> Erasure | None:
    """The erasure in a record; None unless the ledger key signed it."""
    try:
        members = json.loads(record)
        signature = bytes.fromhex(members.pop("signature"))
        ledger_public_key.verify(signature, _signed_bytes(members))
        return Erasure(members["kind"], members["id"], datetime.fromisoformat(members["at"]))
    except (ValueError, RecursionError, TypeError, AttributeError, KeyError, InvalidSignature):
        return None


def _signed_bytes(members: Mapping[str, str]) -> bytes:
    return _LABEL + json.dumps(members, sort_keys=True, separators=(",", ":")).encode()


def _sort(records: Mapping[str, bytes | None], ledger_public_key: Ed25519PublicKey) -> _Sorted:
    sound, read_as = {}, set()
    for name, record in records.items():
        erasure = None if record is None else _decode(record, ledger_public_key)
        if record is not None and erasure is not None:
            sound[name] = record
            read_as.add(erasure)
    return _Sorted(sound, frozenset(read_as), frozenset(records.keys() - sound.keys()))


def _read_folder(folder: Path) -> dict[str, bytes | None]:
    try:
        names = sorted(path.name for path in folder.iterdir())
        for name in names:
            if name.endswith(files.DRAFT):
                files.remove(folder / name)  # of a run that was ended before anything counted
        return {name: _read_file(folder / name) for name in names if name.endswith(".json")}
    except OSError as error:
        raise _unusable_folder(folder, error) from None


def _read_file(path: Path) -> bytes | None:
    with path.open("rb") as file:
        content = file.read(LONGEST + 1)
    return content if len(content) <= LONGEST and _NAME.fullmatch(path.name) else None


def _write_file(folder: Path, name: str, record: bytes) -> None:
    try:
        files.write_new(folder / name, [record])
    except OSError as error:
        raise _unusable_folder(folder, error) from None


def _sizes_in_bucket(blobs: Blobs) -> dict[str, int]:
    try:
        return {each.name.removeprefix(PREFIX): each.size for each in blobs.names(PREFIX)}
    except StoreUnavailable:
        raise _unusable_bucket() from None


def _fetch(blobs: Blobs, name: str, size: int) -> bytes | None:
    if size > LONGEST or not _NAME.fullmatch(name):
        return None
    try:
        return b"".join(blobs.get(PREFIX + name))
    except NotFound:
        return None  # taken back since it was listed
    except StoreUnavailable:
        raise _unusable_record(name) from None


def _put(blobs: Blobs, name: str, record: bytes) -> None:
    try:
        blobs.put(PREFIX + name, record)
    except StoreUnavailable:
        # The store says the same of a name that is taken, by our own request that it did not answer, for one.
        if _stored(blobs, PREFIX + name) != record:
            raise


def _stored(blobs: Blobs, name: str) -> bytes | None:
    try:
        return b"".join(blobs.get(name))
    except VaultError:
        return None


def _unusable_folder(folder: Path, error: OSError) -> ListUnusable:
    return ListUnusable(
        f"the erasure list in {folder} cannot be used: {error.strerror}. Nothing is served without it, because a "
        "restored database could bring back what was erased. Mount or put back that folder, see that it can be "
        "written, or name another place with VAULT_ERASURE_FOLDER"
    )


def _unusable_record(name: str) -> ListUnusable:
    return ListUnusable(
        f"the erasure list in the bucket names {PREFIX}{name}, but the object store does not give it. Nothing is "
        "served without it, because it may be what keeps somebody's papers closed. See that the store runs, and try "
        "again. If it never gives this one: remove it, start, and erase the id that its name begins with once more"
    )


def _unusable_bucket() -> ListUnusable:
    return ListUnusable(
        "the erasure list in the bucket (erasures/) cannot be used: the object store does not answer as it should. "
        "Nothing is served without it, because a restored database could bring back what was erased. See that "
        "the store runs, and try again"
    )
