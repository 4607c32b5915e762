"""Reading: what a deposited paper says, as a job of its own.

1  open the clean pages, one by one, authenticated
2  recognise
3  seal every field and text to the holder
4  rows, ledger entry, the job done; commit

Reading a page twice replaces what the first try left. If it fails for good the papers are still safe.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import col, delete, select

from ocr.errors import OcrError, PageFailed
from ocr.pixels import open_page
from ocr.reading import Kind, PageReading, read_page
from vault import holder_keys, jobs
from vault.crypto.errors import CryptoError
from vault.crypto.records import seal
from vault.documents import load_document, text_cell
from vault.errors import Unavailable, VaultError
from vault.fields import seal_field
from vault.holder_indexes import replace_passport_numbers
from vault.holder_keys import KeyInHand
from vault.jobs import Claim
from vault.objects import open_object, page_objects
from vault.tables import Document, DocumentField, PageText, StoredObject
from vault.vault import Vault, new_id

TRY_AGAIN_AFTER = timedelta(seconds=20)


@dataclass(frozen=True)
class _Work:
    """What the job needs from the database, read once."""

    holder_id: str
    kind: Kind
    pages: tuple[StoredObject, ...]


class _LostLease(Exception):
    """Another worker has this job now: stop without a trace."""


def read_next(vault: Vault) -> bool:
    """Does one waiting reading job, if there is one; says whether there was.

    A part that is down puts the job back for later; what cannot be read at all ends as failed, at once where another
    try would come to the same.
    """
    held = jobs.claim(vault, "read")
    if held is None:
        return False
    if held.attempt > jobs.MOST_ATTEMPTS:
        # Every worker before died over it: one paper must not keep all others waiting.
        _give_up(vault, held, "WorkerDied")
        return True
    try:
        _read(vault, held)
    except _LostLease:
        pass
    except Unavailable:
        jobs.put_back(vault, held, TRY_AGAIN_AFTER, counted=False)
    except PageFailed as error:
        _give_up(vault, held, type(error).__name__)
    except (VaultError, OcrError, CryptoError) as error:
        if held.attempt < jobs.MOST_ATTEMPTS:
            jobs.put_back(vault, held, TRY_AGAIN_AFTER, counted=True)
        else:
            _give_up(vault, held, type(error).__name__)
    return True


def _read(vault: Vault, held: Claim) -> None:
    work = _load(vault, held)
    readings = []
    for number, row in enumerate(work.pages, start=1):
        clean = open_object(vault, _holder_key(vault, work).key, row)  # 1
        readings.append(
            read_page(work.kind, open_page(clean), number, vault.clock().date(), vault.scratch)
        )  # 2
        _report_progress(vault, held, number)
    _commit(vault, held, work, readings)  # 3, 4


def _load(vault: Vault, held: Claim) -> _Work:
    with vault.database.read() as session:
        document = load_document(session, held.document_id)
        return _Work(document.holder_id, _kind(document), tuple(page_objects(session, document.id)))


def _holder_key(vault: Vault, work: _Work) -> KeyInHand:
    # For each page anew: recognising takes seconds a page, and an unwrapped key lives no longer than its use.
    with vault.database.read() as session:
        found = holder_keys.find(session, work.holder_id)
    return holder_keys.open_one(vault, found)


def _kind(document: Document) -> Kind:
    return "passport" if document.kind == "passport" else "contract"


def _report_progress(vault: Vault, held: Claim, pages_read: int) -> None:
    with vault.database.write() as session:
        if not jobs.renew(vault, session, held):
            raise _LostLease
        document = load_document(session, held.document_id)
        document.pages_read = pages_read
        session.add(document)


def _commit(vault: Vault, held: Claim, work: _Work, readings: Sequence[PageReading]) -> None:
    in_hand = _holder_key(vault, work)
    with vault.database.write() as session:
        holder_keys.require_unchanged(session, in_hand)
        if not jobs.finish(session, held, "done"):
            raise _LostLease
        for table in (DocumentField, PageText):
            session.execute(delete(table).where(col(table.document_id) == held.document_id))
        document = load_document(session, held.document_id)
        document.reading, document.pages_read = "done", len(readings)
        session.add(document)
        for number, reading in enumerate(readings, start=1):
            session.add_all(seal_field(in_hand, held.document_id, each) for each in reading.fields)
            session.add(_text_row(in_hand, held.document_id, number, reading))
        session.flush()
        replace_passport_numbers(vault, session, document, _sure(readings, "document_number"))
        vault.record(
            session,
            "read",
            holder_id=work.holder_id,
            document_id=document.id,
            fields=sum(len(reading.fields) for reading in readings),
            doubtful=sum(each.doubtful for reading in readings for each in reading.fields),
        )


def _sure(readings: Sequence[PageReading], name: str) -> list[str]:
    """The values of this field that nothing is doubtful about."""
    fields = [each for reading in readings for each in reading.fields]
    return [each.value for each in fields if each.name == name and not each.doubtful]


def _text_row(in_hand: KeyInHand, document_id: str, number: int, reading: PageReading) -> PageText:
    text_id = new_id("txt")
    return PageText(
        id=text_id,
        document_id=document_id,
        page=number,
        text_sealed=seal(in_hand.key, reading.text, text_cell(in_hand.holder_id, text_id)),
        confidence=reading.confidence,
    )


def _give_up(vault: Vault, held: Claim, why: str) -> None:
    with vault.database.write() as session:
        if not jobs.finish(session, held, "failed"):
            return
        document = session.exec(select(Document).where(Document.id == held.document_id)).one()
        document.reading = "failed"
        session.add(document)
        session.flush()
        vault.record(
            session, "reading_failed", holder_id=document.holder_id, document_id=document.id, why=why
        )
