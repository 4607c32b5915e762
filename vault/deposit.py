"""Deposit: a paper goes in.

0  may this staff member deposit for this holder?
1  sanitise: the sandboxed child decodes, the parent checks every number
2  quality: refuse what cannot be read well, unless staff say why it must do
3  seal the original bytes and the clean pages, each under a file key of its own
4  put the sealed payloads into the store under random names, which are noted first
5  rows, and the job that will read the pages
6  ledger entry, last statement; commit
7  acknowledge

A crash before the commit of step 6 leaves at most sealed orphans in the store, which nothing can open and which
`upkeep.sweep_orphans` removes. After it, the deposit is whole, whatever happens.
"""

import hashlib
import hmac
from collections.abc import Sequence

from access_policies.decide import Decision
from access_policies.request import Action, Question, StaffPrincipal
from vault import answers, holder_keys, jobs, objects
from vault.answers import Call
from vault.documents import DocumentSummary, flaws_as_kept, summary
from vault.errors import Unacceptable, Unavailable, VaultError
from vault.holder_keys import KeyInHand
from vault.holders import as_resource, load_holder
from vault.intake import take_in
from vault.ledger.store import Fact
from vault.objects import ORIGINAL, PAGE
from vault.requests import KINDS
from vault.tables import Document, StoredObject
from vault.vault import Vault, new_id

MOST_FILES = 40


def deposit(
    vault: Vault,
    staff: StaffPrincipal,
    holder_id: str,
    kind: str,
    files: Sequence[bytes],
    call: Call,
    overrule: str | None = None,
) -> DocumentSummary:
    """Takes in one paper, given as one PDF or as photographs in page order. Nothing is kept unless all of it is.

    `overrule`, one of `intake.OVERRULES`, has flawed pages taken in and is recorded with what it overruled.

    Raises:
        AlreadyDone: this very call was carried out before.
        NotFound: no such holder, or another centre's.
        Unacceptable: kind-unknown, files-missing, too-many-files, too-many-pages, overrule-unknown.
        UnsuitableFile: a file is not a picture of a paper; says which reason and page.
        FlawedPages: pages cannot be read well, and nobody overruled it; says which, where and how.
        Unavailable: a part is down or full; nothing was kept.
    """
    decision = _ask_permission(vault, staff, holder_id, kind, files)  # 0
    intake = take_in(files, kind, overrule, vault.limits, vault.clock().date())  # 1, 2
    in_hand = _holder_key(vault, holder_id)
    contents = _contents(files, intake.pages)
    document_id = new_id("doc")
    stored: list[StoredObject] = []
    try:
        for name, (role, number, content) in zip(
            objects.note_names(vault, len(contents)), contents, strict=True
        ):
            row, payload = objects.seal_object(
                in_hand.key, holder_id, document_id, name, role, number, content
            )  # 3
            stored.append(row)
            vault.blobs.put(row.name, payload)  # 4
        document = Document(
            id=document_id,
            holder_id=holder_id,
            kind=kind,
            pages=len(intake.pages),
            flaws=flaws_as_kept(intake.overruled),
            overruled_because=overrule if intake.overruled else None,
            reading="waiting",
            deposited_by=staff.staff_id,
            deposited_at=vault.clock(),
        )
        _commit(vault, staff, decision, document, stored, in_hand, _digests(vault, files), call)  # 5, 6
    except VaultError:
        _take_back(vault, document_id, stored)
        raise
    return summary(document)  # 7


def _ask_permission(
    vault: Vault, staff: StaffPrincipal, holder_id: str, kind: str, files: Sequence[bytes]
) -> Decision:
    if kind not in KINDS:
        raise Unacceptable("kind-unknown")
    if not files:
        raise Unacceptable("files-missing")
    if len(files) > MOST_FILES:
        raise Unacceptable("too-many-files")
    with vault.database.read() as session:
        holder = load_holder(vault, session, holder_id)
        question = Question(staff, Action.DEPOSIT_DOCUMENT, as_resource(holder), vault.clock())
        return vault.reveal(question)


def _holder_key(vault: Vault, holder_id: str) -> KeyInHand:
    # After the cleaning, which may take a minute: an unwrapped key lives for seconds.
    with vault.database.read() as session:
        found = holder_keys.find(session, holder_id)
    return holder_keys.open_one(vault, found)


def _contents(files: Sequence[bytes], clean_pages: Sequence[bytes]) -> list[tuple[str, int, bytes]]:
    originals = [(ORIGINAL, number, content) for number, content in enumerate(files, start=1)]
    return originals + [(PAGE, number, content) for number, content in enumerate(clean_pages, start=1)]


def _commit(
    vault: Vault,
    staff: StaffPrincipal,
    decision: Decision,
    document: Document,
    stored: Sequence[StoredObject],
    in_hand: KeyInHand,
    digests: list[str],
    call: Call,
) -> None:
    with vault.database.write() as session:
        holder_keys.require_unchanged(session, in_hand)
        session.add(document)
        session.flush()
        session.add_all(stored)
        objects.names_kept(session, [row.name for row in stored])
        jobs.ask(vault, session, "read", document.id)
        session.flush()
        answers.keep(vault, session, call, summary(document), document.holder_id)
        vault.record(
            session,
            "deposited",
            holder_id=document.holder_id,
            centre_id=staff.centre_id,
            staff_id=staff.staff_id,
            document_id=document.id,
            document_kind=document.kind,
            pages=document.pages,
            original_digests=digests,
            policies=decision.policies,
            **_overruled(document),
        )


def _overruled(document: Document) -> dict[str, Fact]:
    if document.overruled_because is None:
        return {}
    return {"overruled_because": document.overruled_because, "flaws": document.flaws.split(",")}


def _digests(vault: Vault, files: Sequence[bytes]) -> list[str]:
    # Keyed: the ledger can prove that an original is unchanged, but nobody can test a guess against it.
    return [hmac.new(vault.index_key, b"original" + content, hashlib.sha256).hexdigest() for content in files]


def _take_back(vault: Vault, document_id: str, stored: Sequence[StoredObject]) -> None:
    try:
        with vault.database.read() as session:
            if session.get(Document, document_id) is not None:
                return  # a commit that reports an error may have happened: what it needs must stay
        for row in stored:
            vault.blobs.delete(row.name)
    except Unavailable:
        return  # the sweep finds them later: they are sealed, and no row can open them
