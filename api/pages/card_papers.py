"""The holder's own papers, and everything that was done with them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from anyio import to_thread
from fastapi import APIRouter, Request
from starlette.responses import Response

from api.i18n import has_text
from api.identity import TheVault
from api.pages.faces import PageHolder
from api.pages.forms import SessionForm
from api.pages.page import handed_out, render
from api.security import PICTURES_WITHIN
from vault.documents import see_content, see_document
from vault.history import HistoryItem, own_history
from vault.own_copy import own_copy

router = APIRouter(include_in_schema=False)

_PORTION = 20


_HERS = {"granted", "request_refused", "withdrawn", "pin_changed", "own_copy", "own_copy_failed"}
_RELEASES = {
    "view-under-grant": "released_view",
    "copy-under-grant": "released_copy",
    "handover-under-grant": "released_handover",
}


@dataclass(frozen=True)
class Line:
    """One entry of her history as the page tells it. `who` is you, vault or centre; `did` and `reasons` are texts."""

    item: HistoryItem
    at: datetime
    who: str
    did: str
    reasons: tuple[str, ...]


@router.get("/card/papers/{document_id}")
def paper(request: Request, vault: TheVault, holder: PageHolder, document_id: str) -> Response:
    """One of her papers: what was read from it, and its text."""
    document = see_document(vault, holder, document_id)
    content = see_content(vault, holder, document_id) if document.reading == "done" else None
    return render(request, "card/paper.html", headers=PICTURES_WITHIN, document=document, content=content)


@router.post("/card/papers/{document_id}")
async def take_copy(
    request: Request, vault: TheVault, holder: PageHolder, _form: SessionForm, document_id: str
) -> Response:
    """Her own copy of one of her papers, to keep or to show.

    Raises:
        NotFound: no such paper, or not hers.
    """
    copy = await to_thread.run_sync(own_copy, vault, holder, document_id, limiter=request.app.state.copies)
    return handed_out(copy, "attachment")


@router.get("/card/history")
def history(request: Request, vault: TheVault, holder: PageHolder, cursor: str | None = None) -> Response:
    """Who did what with her papers, when and why, newest first."""
    portion = own_history(vault, holder, cursor, _PORTION)
    lines = [line_of(item) for item in _told(portion.items)]
    return render(
        request, "card/history.html", lines=lines, next_cursor=portion.next_cursor, later=cursor is not None
    )


def _told(items: Iterable[HistoryItem]) -> Iterator[HistoryItem]:
    """Every entry; but what follows on itself is told once a day.

    That a paper was sealed anew, or was not, has an entry for each of its pages; that somebody looked at her name, one
    for each step at the desk.
    """
    for _, same in groupby(items, _what_is_told_once):
        yield next(same)


def _what_is_told_once(item: HistoryItem) -> tuple[object, ...]:
    if item.kind in ("resealed", "reseal_failed"):
        return item.kind, item.document_ids, item.at[: len("2026-11-23")]
    if item.kind == "holder_seen":
        return item.kind, item.centre_name, item.staff_label, item.at[: len("2026-11-23")]
    return (item.number,)


def line_of(item: HistoryItem) -> Line:
    """An entry as her page tells it."""
    did = item.kind
    if item.kind == "released":
        did = next((_RELEASES[policy] for policy in item.policies if policy in _RELEASES), did)
    if not has_text(f"did.{did}"):
        did = "other"
    reasons = tuple(policy for policy in item.policies if has_text(f"because.{policy}"))
    return Line(item, datetime.fromisoformat(item.at), _who(item), did, reasons)


def _who(item: HistoryItem) -> str:
    if item.kind in _HERS or (
        item.staff_label is None and item.kind in ("fields_seen", "content_failed", "refused")
    ):
        return "you"
    return "centre" if item.centre_name is not None else "vault"
