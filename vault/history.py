"""What the ledger tells: to the holder her own history, to an auditor whether it is whole."""

from dataclasses import dataclass
from typing import TypeVar

from sqlmodel import Session, col, select

from access_policies.request import Action, HolderPrincipal, Question
from vault.errors import Unacceptable
from vault.holders import as_resource, load_holder
from vault.ledger import store
from vault.ledger.chain import Checkpoint, Verdict
from vault.ledger.store import Recorded
from vault.pages import Page
from vault.tables import Case, Centre, Document, Staff
from vault.vault import Vault

T = TypeVar("T", Centre, Staff, Case)


@dataclass(frozen=True)
class HistoryItem:
    """One entry in words that can be looked up: who, what, which papers, when. Empty where it does not apply.

    `recipient` is the fingerprint that a release was sealed to; None if it went out open.
    """

    number: int
    at: str
    kind: str
    centre_name: str | None
    staff_label: str | None
    case_number: str | None
    document_kinds: tuple[str, ...]
    document_ids: tuple[str, ...]
    policies: tuple[str, ...]
    recipient: str | None


def own_history(vault: Vault, holder: HolderPrincipal, after: str | None, limit: int) -> Page[HistoryItem]:
    """The holder's own history, newest first.

    Raises:
        Unacceptable: cursor-unusable.
    """
    if after is not None and not (after.isascii() and after.isdigit() and len(after) < 10):
        raise Unacceptable("cursor-unusable")
    with vault.database.read() as session:
        resource = as_resource(load_holder(vault, session, holder.holder_id))
        vault.reveal(Question(holder, Action.SEE_HISTORY, resource, vault.clock()))
        entries = store.history(session, holder.holder_id, int(after) if after else None, limit + 1)
        more = str(entries[limit - 1].number) if len(entries) > limit else None
        return Page([_item(session, entry) for entry in entries[:limit]], more)


def _item(session: Session, entry: Recorded) -> HistoryItem:
    centre = _found(session, Centre, entry, "centre_id")
    staff = _found(session, Staff, entry, "staff_id")
    case = _found(session, Case, entry, "case_id")
    policies, recipient = entry.body.get("policies"), entry.body.get("recipient")
    return HistoryItem(
        number=entry.number,
        at=entry.at,
        kind=entry.kind,
        centre_name=centre.name if centre else None,
        staff_label=staff.label if staff else None,
        case_number=case.number if case else None,
        document_kinds=_document_kinds(session, entry),
        document_ids=_document_ids(entry),
        policies=tuple(policies) if isinstance(policies, list) else (),
        recipient=recipient if isinstance(recipient, str) else None,
    )


def _found(session: Session, table: type[T], entry: Recorded, name: str) -> T | None:
    row_id = entry.body.get(name)
    return session.get(table, row_id) if isinstance(row_id, str) else None


def _document_kinds(session: Session, entry: Recorded) -> tuple[str, ...]:
    asked = entry.body.get("kinds")
    if isinstance(asked, list):
        return tuple(asked)
    ids = _document_ids(entry)
    return tuple(session.exec(select(Document.kind).where(col(Document.id).in_(ids)).distinct()))


def _document_ids(entry: Recorded) -> tuple[str, ...]:
    one, several = entry.body.get("document_id"), entry.body.get("document_ids")
    if isinstance(several, list):
        return tuple(several)
    return (one,) if isinstance(one, str) else ()


def verify_ledger(vault: Vault, known: Checkpoint | None = None) -> Verdict:
    """Checks every entry and the head; with a checkpoint noted earlier, also that nothing up to it was replaced."""
    with vault.database.read() as session:
        return store.check(session, vault.ledger_key.public_key(), known)


def ledger_checkpoint(vault: Vault) -> Checkpoint | None:
    """The size and hash for an auditor to note down elsewhere; None while the ledger is empty."""
    with vault.database.read() as session:
        return store.checkpoint(session)
