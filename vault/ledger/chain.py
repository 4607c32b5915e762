"""The chain of entries: append to it, and say whether anybody touched it (SPEC.md 5 to 7).

Pure: the caller brings the entries in stored order and keeps what comes back.

Residual risk, accepted here: whoever can edit the database but has no ledger key can still cut the tail
together with putting back the head of that time, and nothing in the database shows it. Only a checkpoint
kept elsewhere does (`known`). Whoever has the ledger key can write another history; only a checkpoint
shows that too.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from vault.ledger.entry import FIRST_PREVIOUS, Entry, EntryError, Value, entry_hash, sign, signed

_HEAD_LABEL = b"migrant-vault ledger head v1\n"
_CHECKPOINT = re.compile(r"(0|[1-9][0-9]{0,15}) ([0-9a-f]{64})")

What = Literal["changed", "removed", "reordered", "inserted", "truncated", "forked", "head"]


class ChainError(ValueError):
    """The head to append to is not one that this ledger key signed, or a checkpoint is not readable."""


@dataclass(frozen=True)
class Sealed:
    """An entry with its hash (32 bytes) and its signature (64 bytes), as stored."""

    entry: Entry
    hash: bytes
    signature: bytes


@dataclass(frozen=True)
class Checkpoint:
    """How far the ledger had come: its size and the hash of its last entry, kept outside the vault."""

    size: int
    hash: bytes

    def text(self) -> str:
        """The form an auditor writes down: the size, a space, the hash in lower-case hex."""
        return f"{self.size} {self.hash.hex()}"


@dataclass(frozen=True)
class Head:
    """The end of the chain, signed under a label of its own: no entry's signature can pose as one."""

    size: int
    hash: bytes
    signature: bytes

    def checkpoint(self) -> Checkpoint:
        """What to hand to an auditor."""
        return Checkpoint(self.size, self.hash)


@dataclass(frozen=True)
class Fault:
    """The first place where the ledger is not what was written (SPEC.md 7 defines each word)."""

    number: int
    what: What


@dataclass(frozen=True)
class Verdict:
    """Either whole, or the first fault; `size` entries before it are as they were written."""

    size: int
    fault: Fault | None

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return self.fault is None


def parse_checkpoint(text: str) -> Checkpoint:
    """Read what `Checkpoint.text` wrote, and nothing else.

    Raises:
        ChainError: it is not that.
    """
    match = _CHECKPOINT.fullmatch(text)
    if match is None:
        raise ChainError("not a checkpoint")
    return Checkpoint(int(match[1]), bytes.fromhex(match[2]))


def append(
    head: Head | None, at: str, kind: str, body: Mapping[str, Value], ledger_key: Ed25519PrivateKey
) -> tuple[Sealed, Head]:
    """Make the next entry and the head that ends in it; store both in one transaction.

    Raises:
        ChainError: the head was not signed with this ledger key (so a forged one is never built upon).
        EntryError: the entry cannot hold this.
    """
    if head is not None and not _head_signed(head, ledger_key.public_key()):
        raise ChainError("the head was not signed with this ledger key")
    number, previous = (head.size + 1, head.hash) if head is not None else (1, FIRST_PREVIOUS)
    entry = Entry(number, previous, at, kind, body)
    hash_ = entry_hash(entry)
    sealed = Sealed(entry, hash_, sign(ledger_key, hash_))
    return sealed, Head(number, hash_, ledger_key.sign(_head_message(number, hash_)))


def verify(
    sealed: Iterable[Sealed],
    head: Head | None,
    public_key: Ed25519PublicKey,
    known: Checkpoint | None = None,
) -> Verdict:
    """Walk the ledger in stored order, in constant memory, and name the first fault.

    Without `known` a tail cut together with an old head put back goes unseen, and so does a history
    rewritten with the ledger key; with it, nothing up to the checkpoint can be touched.
    """
    rest = iter(sealed)
    size, last = 0, FIRST_PREVIOUS
    for item in rest:
        number = size + 1
        if item.entry.number != number or not _genuine(item, public_key):
            return Verdict(size, Fault(number, _tell(item, rest, Checkpoint(size, last), head, public_key)))
        if item.entry.previous != last or (known and known.size == number and known.hash != item.hash):
            return Verdict(size, Fault(number, "forked"))
        size, last = number, item.hash
    return Verdict(size, _end_fault(Checkpoint(size, last), head, public_key, known))


def _end_fault(
    end: Checkpoint, head: Head | None, public_key: Ed25519PublicKey, known: Checkpoint | None
) -> Fault | None:
    """All entries are in place: is the end the end?"""
    if known is not None and known.size > end.size:
        return Fault(end.size + 1, "truncated")
    if head is None:
        return Fault(end.size, "head") if end.size else None
    if not _head_signed(head, public_key):
        return Fault(end.size, "head")
    if head.size > end.size:
        return Fault(end.size + 1, "truncated")
    return None if head.checkpoint() == end else Fault(end.size, "head")


def _tell(
    stranger: Sealed,
    rest: Iterator[Sealed],
    good: Checkpoint,
    head: Head | None,
    public_key: Ed25519PublicKey,
) -> What:
    """Name what happened where `stranger` stands in place of the entry after `good`.

    Looks through what follows for the entry that belongs here (even if renumbered), for a second copy of
    the stranger, and for genuine entries, whose numbers against their positions tell missing from extra.
    """
    wanted = position = good.size + 1
    found = again = False
    overall = wanted - stranger.entry.number if _genuine(stranger, public_key) else 0
    nearest: int | None = None
    for item in rest:
        position += 1
        again = again or item.hash == stranger.hash
        found = found or _belongs(item, good, public_key)
        if _genuine(item, public_key) and item.entry.number > wanted:
            overall = position - item.entry.number
            nearest = overall if nearest is None else nearest
    if head is not None and _head_signed(head, public_key):
        overall = position - head.size
    if found:
        moved = _moved_forward(stranger, wanted, public_key) and not again and overall <= 0
        return "reordered" if moved else "inserted"
    shift = overall if nearest is None else nearest
    if shift == 0:
        return "changed"
    return "inserted" if shift > 0 else "removed"


def _belongs(item: Sealed, good: Checkpoint, public_key: Ed25519PublicKey) -> bool:
    """Whether this is the entry written after `good`, whatever number and predecessor it claims now."""
    placed = replace(item, entry=replace(item.entry, number=good.size + 1, previous=good.hash))
    return _genuine(placed, public_key)


def _moved_forward(stranger: Sealed, wanted: int, public_key: Ed25519PublicKey) -> bool:
    """Whether the ledger key signed the stranger for a later place, as far as it still shows."""
    if _genuine(stranger, public_key):
        return stranger.entry.number > wanted
    return signed(public_key, stranger.hash, stranger.signature)


def _genuine(item: Sealed, public_key: Ed25519PublicKey) -> bool:
    """Whether the ledger key signed exactly this entry, wherever it stands now."""
    try:
        return entry_hash(item.entry) == item.hash and signed(public_key, item.hash, item.signature)
    except EntryError:
        return False


def _head_message(size: int, hash_: bytes) -> bytes:
    return _HEAD_LABEL + f"{size} {hash_.hex()}".encode()


def _head_signed(head: Head, public_key: Ed25519PublicKey) -> bool:
    if not isinstance(head.hash, bytes) or not isinstance(head.signature, bytes):
        return False
    try:
        public_key.verify(head.signature, _head_message(head.size, head.hash))
    except InvalidSignature:
        return False
    return True
