"""Handover: the paper itself goes to a centre, sealed to the centre's own recipient. The server never opens it.

1  load the request, her grant, the document
2  ask the policy
3  refused: entry, commit, raise
4  allowed: entry with grant, policies and their digest, the use counted; commit
5  wrap each page's file key for the centre's recipient: a new age header
6  stream header and untouched payload; or give the header and a short-lived link to the payload

The entry is durable before the first header is made. Residual risk, told to users: a page that was fetched stays
readable for that centre. After a withdrawal no header is made any more, and a job seals what was handed over anew
(vault/resealing.py), so that an old header opens nothing that is still in the store.
"""

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from access_policies.request import StaffPrincipal
from vault.blobs import LinksUnavailable
from vault.crypto.age import header
from vault.crypto.errors import SwappedObject
from vault.crypto.recipients import parse_recipient
from vault.errors import NotFound, StoreUnavailable, Unacceptable
from vault.holder_keys import KeyInHand
from vault.objects import file_key_of
from vault.permits import Ask, Permit, record_failure, take_permit
from vault.tables import StoredObject
from vault.vault import Vault

# Reading a post-quantum recipient's 1,959 characters takes 2 ms, ten times as long as making a header for it.
_recipient = lru_cache(maxsize=64)(parse_recipient)

LINK_LIVES = timedelta(seconds=60)
"""How long a link to a payload works: long enough to begin to fetch it on a slow line."""


@dataclass(frozen=True)
class SealedPage:
    """One page as it can be handed over: `header` followed by the payload is a complete age file.

    `size` and `payload_sha256` are the payload's.
    """

    page: int
    name: str
    size: int
    payload_sha256: bytes
    header: bytes = field(repr=False)
    row: StoredObject = field(repr=False)


@dataclass(frozen=True)
class Handover:
    """A release in handover form: its pages, each sealed to the recipient with this fingerprint."""

    release_id: str
    fingerprint: str
    pages: tuple[SealedPage, ...]
    staff: StaffPrincipal = field(repr=False)
    permit: Permit = field(repr=False)


@dataclass(frozen=True)
class PageLink:
    """Where the payload of one page can be fetched from the store itself, without asking the vault, until `until`."""

    page: SealedPage
    url: str = field(repr=False)
    until: datetime


def hand_over(vault: Vault, staff: StaffPrincipal, ask: Ask) -> Handover:
    """Steps 1 to 5: headers for the centre's recipient, under a live grant.

    Raises:
        NotFound, Refused: as for any release (vault/permits.py).
        Unacceptable: form-unknown, document-missing, page-missing, centre-has-no-recipient, attempt-over.
        Unavailable, CryptoError: it was allowed but cannot be handed over; the same attempt may be tried again.
    """
    if ask.form != "handover":
        raise Unacceptable("form-unknown")
    permit, in_hand = take_permit(vault, staff, ask)  # 1, 2, 3, 4
    try:
        return _sealed_for(vault, staff, permit, in_hand)  # 5
    except Exception as error:
        record_failure(vault, staff, permit, error)
        raise


def stream(vault: Vault, handover: Handover, page: SealedPage) -> Iterator[bytes]:
    """Step 6, through the server: the header, then the payload as it lies in the store, in pieces of about 1 MiB.

    The last piece is held back until the digest of all of them is found to be the row's: what arrives whole is what
    was deposited.

    Raises:
        SwappedObject: the store gave another payload; noted in the ledger.
        StoreUnavailable: the store does not have it or did not give it to its end; noted likewise.
    """
    try:
        yield from _checked(page, vault.blobs.get(page.row.name))  # 6
    except NotFound as error:
        record_failure(vault, handover.staff, handover.permit, error)
        raise StoreUnavailable from None
    except (StoreUnavailable, SwappedObject) as error:
        record_failure(vault, handover.staff, handover.permit, error)
        raise


def require_links(vault: Vault) -> None:
    """That there are links at all: to be asked before `hand_over`, which counts.

    Raises:
        Unacceptable: links-unavailable: this vault's store cannot be reached by centres.
    """
    if not vault.blobs.has_links:
        raise Unacceptable("links-unavailable")


def links(vault: Vault, handover: Handover) -> list[PageLink]:
    """Step 6, beside the server: each payload's own link. The centre puts the header in front of what it fetches.

    Raises:
        Unacceptable: links-unavailable.
    """
    until = vault.clock() + LINK_LIVES
    try:
        urls = [vault.blobs.link(page.row.name, LINK_LIVES) for page in handover.pages]
    except LinksUnavailable:
        raise Unacceptable("links-unavailable") from None
    return [PageLink(page, url, until) for page, url in zip(handover.pages, urls, strict=True)]


def _sealed_for(vault: Vault, staff: StaffPrincipal, permit: Permit, in_hand: KeyInHand) -> Handover:
    if permit.recipient is None:
        raise Unacceptable("centre-has-no-recipient")
    recipient = _recipient(permit.recipient.recipient)
    pages = tuple(
        SealedPage(
            page=row.page,
            name=f"{permit.document.kind}-{permit.case.number}-p{row.page}.jpg.age",
            size=row.size,
            payload_sha256=row.payload_sha256,
            header=header(file_key_of(vault, in_hand.key, row), [recipient]),
            row=row,
        )
        for row in permit.pages
    )
    return Handover(permit.release_id, permit.recipient.fingerprint, pages, staff, permit)


def _checked(page: SealedPage, payload: Iterator[bytes]) -> Iterator[bytes]:
    digest, size, held = hashlib.sha256(), 0, page.header
    for piece in payload:
        size += len(piece)
        if size > page.size:
            raise SwappedObject  # before more leaves than was announced: nobody would ask for what comes after
        digest.update(piece)
        yield held
        held = piece
    if not hmac.compare_digest(digest.digest(), page.payload_sha256):
        raise SwappedObject
    yield held
