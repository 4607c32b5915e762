"""The ledger in the database: appended in the same transaction as what it records, as the last statement.

The head row is what serialises writers, so that numbers have no gaps and no two entries share a predecessor.
"""

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from vault.ledger.chain import Checkpoint, Fault, Head, Sealed, Verdict, append, verify
from vault.ledger.entry import Entry, EntryError, entry_hash, signed
from vault.tables import LedgerEntry, LedgerHead

Fact = str | int | list[str] | tuple[str, ...] | None
BATCH = 500


@dataclass(frozen=True)
class Recorded:
    """One entry as it is read back: its number, time, kind and facts."""

    number: int
    at: str
    kind: str
    body: Mapping[str, Fact]


def record(
    session: Session, ledger_key: Ed25519PrivateKey, now: datetime, kind: str, body: Mapping[str, Fact]
) -> int:
    """Appends one entry within the caller's transaction and returns its number.

    Every entry holds a nonce: without it, who knows all facts but one could test guesses at it against the hash.

    `body` holds ids and keyed digests only. `holder_id` and `centre_id`, where given, make the entry findable.
    """
    row = session.get(LedgerHead, 1)
    head = None if row is None else Head(row.size, row.hash, row.signature)
    facts = {name: list(fact) if isinstance(fact, tuple) else fact for name, fact in body.items()}
    facts["nonce"] = secrets.token_hex(16)
    sealed, new_head = append(head, _moment(now), kind, facts, ledger_key)
    holder_id, centre_id = facts.get("holder_id"), facts.get("centre_id")
    session.add(
        LedgerEntry(
            number=sealed.entry.number,
            at=sealed.entry.at,
            kind=kind,
            body=_text(facts),
            holder_id=holder_id if isinstance(holder_id, str) else None,
            centre_id=centre_id if isinstance(centre_id, str) else None,
            previous=sealed.entry.previous,
            hash=sealed.hash,
            signature=sealed.signature,
        )
    )
    session.merge(LedgerHead(id=1, size=new_head.size, hash=new_head.hash, signature=new_head.signature))
    session.flush()
    return sealed.entry.number


def history(session: Session, holder_id: str, before: int | None, limit: int) -> list[Recorded]:
    """What was done with this holder's papers, newest first, before entry number `before`."""
    query = select(LedgerEntry).where(LedgerEntry.holder_id == holder_id)
    if before is not None:
        query = query.where(LedgerEntry.number < before)
    rows = session.exec(query.order_by(col(LedgerEntry.number).desc()).limit(limit))
    return [Recorded(row.number, row.at, row.kind, _body(row)) for row in rows]


def check(session: Session, ledger_public_key: Ed25519PublicKey, known: Checkpoint | None) -> Verdict:
    """Verifies the whole ledger, streaming; names the first fault (SPEC.md, "Verification").

    A look-up column that disagrees with its entry's signed body is a change of that entry. A vault's ledger is never
    empty (its first entry is written with the ledger key), so that an emptied one is a fault too.
    """
    row = session.get(LedgerHead, 1)
    head = None if row is None else Head(row.size, row.hash, row.signature)
    if head is None and session.exec(select(LedgerEntry.number).limit(1)).first() is None:
        return Verdict(0, Fault(1, "truncated"))
    return verify(_sealed(session), head, ledger_public_key, known)


def checkpoint(session: Session) -> Checkpoint | None:
    """The size and hash to note down elsewhere; None while the ledger is empty."""
    row = session.get(LedgerHead, 1)
    return None if row is None else Checkpoint(row.size, row.hash)


def signed_entries(
    session: Session,
    ledger_public_key: Ed25519PublicKey,
    holder_id: str,
    kinds: tuple[str, ...],
    about: str = "",
) -> list[Recorded]:
    """The holder's entries of these kinds that the ledger key signed: what nobody can add by writing to a table.

    `about` is an id that their bodies must name.
    """
    query = select(LedgerEntry).where(
        LedgerEntry.holder_id == holder_id,
        col(LedgerEntry.kind).in_(kinds),
        col(LedgerEntry.body).contains(about, autoescape=True),
    )
    return _signed(session, ledger_public_key, query)


def signed_entries_at(
    session: Session,
    ledger_public_key: Ed25519PublicKey,
    centre_id: str,
    kinds: tuple[str, ...],
    about: str = "",
) -> list[Recorded]:
    """As `signed_entries`, for what concerns a centre."""
    query = select(LedgerEntry).where(
        LedgerEntry.centre_id == centre_id,
        col(LedgerEntry.kind).in_(kinds),
        col(LedgerEntry.body).contains(about, autoescape=True),
    )
    return _signed(session, ledger_public_key, query)


def _signed(
    session: Session, ledger_public_key: Ed25519PublicKey, query: SelectOfScalar[LedgerEntry]
) -> list[Recorded]:
    found = []
    for row in session.exec(query.order_by(col(LedgerEntry.number))):
        entry = _entry(row)
        if signed(ledger_public_key, row.hash, row.signature) and _hashes_to(entry, row.hash):
            found.append(Recorded(row.number, row.at, row.kind, entry.body))
    return found


def _hashes_to(entry: Entry, hash_: bytes) -> bool:
    try:
        return entry_hash(entry) == hash_
    except EntryError:
        return False


def _entry(row: LedgerEntry) -> Entry:
    return Entry(row.number, row.previous, row.at, row.kind, _body(row))


def _text(facts: Mapping[str, Fact]) -> str:
    return json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _sealed(session: Session) -> Iterator[Sealed]:
    for row in _rows(session):
        yield Sealed(_entry(row), row.hash, row.signature)


def _body(row: LedgerEntry) -> dict[str, Any]:
    """The stored body; one that is no JSON object, or disagrees with its look-up columns, stands here unsigned."""
    try:
        body = json.loads(row.body)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        return {"unreadable": None}
    # A second member of the same name, or space between them, reads otherwise elsewhere: only the one text counts.
    if _text(body) != row.body:
        return {"not canonical": None}
    if row.holder_id != body.get("holder_id") or row.centre_id != body.get("centre_id"):
        return {"drifted": None}
    return body


def _rows(session: Session) -> Iterator[LedgerEntry]:
    after: int | None = None
    while True:
        query = select(LedgerEntry).order_by(col(LedgerEntry.number)).limit(BATCH)
        rows = session.exec(query if after is None else query.where(LedgerEntry.number > after)).all()
        if not rows:
            return
        yield from rows
        after = rows[-1].number
        session.expunge_all()


def _moment(now: datetime) -> str:
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z"
