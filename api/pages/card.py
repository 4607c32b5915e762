"""The holder's way in and out: sign-in by card and PIN, a PIN of her own, her home page, closing."""

from collections.abc import Iterator
from contextlib import suppress

from fastapi import APIRouter, Request
from starlette.responses import Response

from access_policies.request import HolderPrincipal
from api.i18n import text
from api.identity import TheVault
from api.pages.faces import (
    NewHolder,
    PageHolder,
    forget_token,
    keep_token,
    own_path,
    signed_in_holder,
)
from api.pages.forms import (
    FORM_ERRORS,
    Fault,
    SessionForm,
    SignInForm,
    fault_of,
    render_form,
)
from api.pages.page import CARD, language_of, redirect, render
from api.uploads import Form
from vault.documents import list_documents
from vault.errors import KeyringUnavailable, NotSignedIn, Unavailable
from vault.grants import GrantSummary, list_own_grants
from vault.holders import own_name
from vault.identity import change_pin, sign_in_holder, sign_out
from vault.requests import list_own_requests
from vault.vault import Vault

router = APIRouter(include_in_schema=False)

_PORTION = 50
_NOTICES = ("ended", "pin_changed")


@router.get("/card")
def sign_in_page(request: Request, vault: TheVault) -> Response:
    """Where she signs in; who is signed in goes on at once."""
    try:
        signed_in_holder(request, vault)
    except NotSignedIn:
        return _sign_in_page(request)
    return redirect(_wanted(request.query_params.get("next", "")))


@router.post("/card")
def sign_in(request: Request, vault: TheVault, form: SignInForm) -> Response:
    """Opens her session, and ends the one this browser had before."""
    try:
        opened = sign_in_holder(vault, form.value("card_code"), form.value("pin"))
    except FORM_ERRORS as error:
        return _sign_in_page(request, fault_of(request, error, "pin"), form)
    sign_out(vault, request.cookies.get(CARD.cookie, ""))
    answer = redirect(_wanted(form.value("next")))
    keep_token(request, answer, CARD, opened.token)
    return answer


@router.get("/card/pin")
def pin_page(request: Request, holder: NewHolder) -> Response:
    """Where she makes a PIN that nobody else has seen."""
    return render_form(request, "card/pin.html", first=not holder.pin_is_her_own)


@router.post("/card/pin")
def new_pin(request: Request, vault: TheVault, holder: NewHolder, form: SessionForm) -> Response:
    """Changes her PIN. All her sessions end with it."""
    pin, new = form.value("pin"), form.value("new_pin")
    fault = None
    if new != form.value("new_pin_again"):
        fault = Fault(text(language_of(request), "form.pin-again"), "new_pin_again", 422, {})
    else:
        try:
            change_pin(vault, holder, pin, new)
        except FORM_ERRORS as error:
            fault = fault_of(request, error, "pin")
    if fault is not None:
        return render_form(request, "card/pin.html", fault, form, first=not holder.pin_is_her_own)
    answer = redirect("/card", done="pin_changed")
    forget_token(answer, CARD)
    return answer


@router.get("/card/home")
def home(request: Request, vault: TheVault, holder: PageHolder, cursor: str | None = None) -> Response:
    """What waits for her answer, what is allowed now, and her papers."""
    asked = list_own_requests(vault, holder, cursor, _PORTION)
    grants = list(_grants(vault, holder))
    live = {each.request_id: each for each in grants if each.state == "live"}
    return render(
        request,
        "card/home.html",
        name=_greeted(vault, holder.holder_id),
        waiting=[each for each in asked.items if each.state == "pending"],
        answered=[each for each in asked.items if each.state != "pending" and each.request_id not in live],
        next_cursor=asked.next_cursor,
        later=cursor is not None,
        live=list(live.values()),
        grant_of={each.request_id: each for each in grants},
        papers=list_documents(vault, holder, holder.holder_id),
    )


def _greeted(vault: Vault, holder_id: str) -> str | None:
    """Her name; none while the keyring does not answer: answering and withdrawing must not wait for it."""
    try:
        return own_name(vault, holder_id)
    except KeyringUnavailable:
        return None


@router.post("/card/close")
def close(request: Request, vault: TheVault, _form: SignInForm) -> Response:
    """Signs her out in one tap. It asks for no token: closing must work from a page that is out of date, too."""
    with suppress(Unavailable):  # closed all the same: without its cookie the session dies within two minutes
        sign_out(vault, request.cookies.get(CARD.cookie, ""))
    answer = redirect("/card/closed")
    forget_token(answer, CARD)
    return answer


@router.get("/card/closed")
def closed(request: Request) -> Response:
    """What is left on the screen afterwards, and where an idle page goes by itself: nothing of hers."""
    return render(request, "card/closed.html")


def _sign_in_page(request: Request, fault: Fault | None = None, form: Form | None = None) -> Response:
    asked = form.value("next") if form else request.query_params.get("next", "")
    notice = request.query_params.get("done", "")
    return render_form(
        request,
        "card/sign_in.html",
        fault,
        form,
        next=own_path(asked, CARD) or "",
        notice=notice if notice in _NOTICES and fault is None else "",
    )


def _wanted(path: str) -> str:
    return own_path(path, CARD) or CARD.home


def _grants(vault: Vault, holder: HolderPrincipal) -> Iterator[GrantSummary]:
    after: str | None = None
    while True:
        portion = list_own_grants(vault, holder, after, _PORTION)
        yield from portion.items
        if portion.next_cursor is None:
            return
        after = portion.next_cursor
