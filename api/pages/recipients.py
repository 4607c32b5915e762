"""What papers are sealed to for a destination centre: proposed by one, confirmed by a second, ended by either."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from access_policies.request import StaffPrincipal
from api.identity import TheVault
from api.pages.faces import PageStaff
from api.pages.forms import FORM_ERRORS, Fault, SessionForm, fault_of, render_form
from api.pages.page import redirect
from api.uploads import Form
from vault.answers import AlreadyDone, new_call
from vault.recipients import confirm, end, list_recipients, own_standing, propose
from vault.vault import Vault

router = APIRouter(include_in_schema=False)

_HERE = "/staff/recipients"
_PORTION = 25
_NOTICES = {
    "proposed": "recipients.now_proposed",
    "confirmed": "recipients.now_confirmed",
    "ended": "recipients.now_ended",
}


@router.get(_HERE)
def recipients_page(
    request: Request, vault: TheVault, staff: PageStaff, cursor: str | None = None
) -> Response:
    """The one in use, the one that waits, and those before.

    Raises:
        NotFound: not a destination desk.
    """
    return _page(request, vault, staff, cursor=cursor)


@router.post(_HERE)
def propose_one(request: Request, vault: TheVault, staff: PageStaff, form: SessionForm) -> Response:
    """Proposes what was pasted. What was pasted is never shown again: it may have been a secret."""
    pasted = form.value("recipient")
    try:
        call = new_call(vault, staff.staff_id, form.value("call"), "page propose recipient", pasted)
        propose(vault, staff, pasted, call)
    except AlreadyDone:
        pass  # a second click: the page shows what the first one did
    except FORM_ERRORS as error:
        return _page(request, vault, staff, fault_of(request, error), form)
    return redirect(_HERE, done="proposed")


@router.post(f"{_HERE}/{{recipient_id}}/confirmation")
def confirm_one(
    request: Request, vault: TheVault, staff: PageStaff, form: SessionForm, recipient_id: str
) -> Response:
    """The second person's yes, with the fingerprint that was read to her.

    Raises:
        NotFound: no such recipient, or another centre's.
    """
    try:
        confirm(vault, staff, recipient_id, form.value("fingerprint"))
    except FORM_ERRORS as error:
        return _page(request, vault, staff, fault_of(request, error), form)
    return redirect(_HERE, done="confirmed")


@router.post(f"{_HERE}/{{recipient_id}}/end")
def end_one(
    request: Request, vault: TheVault, staff: PageStaff, _form: SessionForm, recipient_id: str
) -> Response:
    """Ends one: from the very next release on nothing is sealed to it.

    Raises:
        NotFound: no such recipient, or another centre's.
    """
    end(vault, staff, recipient_id)
    return redirect(_HERE, done="ended")


def _page(
    request: Request,
    vault: Vault,
    staff: StaffPrincipal,
    fault: Fault | None = None,
    form: Form | None = None,
    cursor: str | None = None,
) -> Response:
    standing, listed = own_standing(vault, staff), list_recipients(vault, staff, cursor, _PORTION)
    return render_form(
        request,
        "staff/recipients.html",
        fault,
        form,
        here=_HERE,
        standing=standing,
        ended=[each for each in listed.items if each.state == "ended"],
        next_cursor=listed.next_cursor,
        later=cursor is not None,
        notice=_NOTICES.get(request.query_params.get("done", "")) if fault is None else None,
    )
