"""The staff's way in and out, and the desk: people at an origin centre, cases at a destination centre."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from access_policies.request import StaffPrincipal
from api.identity import TheVault
from api.pages.faces import PageStaff, forget_token, keep_token, own_path, signed_in_staff
from api.pages.forms import (
    FORM_ERRORS,
    Fault,
    SessionForm,
    SignInForm,
    fault_of,
    render_form,
)
from api.pages.page import STAFF, redirect
from api.uploads import Form
from vault.answers import AlreadyDone, new_call
from vault.cases import DISPUTES, list_cases, open_case
from vault.errors import NotSignedIn
from vault.holders import list_holders
from vault.identity import sign_in_staff, sign_out
from vault.vault import Vault

router = APIRouter(include_in_schema=False)

_PORTION = 25


@router.get("/staff")
def sign_in_page(request: Request, vault: TheVault) -> Response:
    """Where staff sign in; who is signed in goes on at once."""
    try:
        signed_in_staff(request, vault)
    except NotSignedIn:
        return _sign_in_page(request)
    return redirect(_wanted(request.query_params.get("next", "")))


@router.post("/staff")
def sign_in(request: Request, vault: TheVault, form: SignInForm) -> Response:
    """Opens a session, and ends the one this browser had before."""
    try:
        opened = sign_in_staff(vault, form.value("login"), form.fields.get("password", ""))
    except FORM_ERRORS as error:
        return _sign_in_page(request, fault_of(request, error, "password"), form)
    sign_out(vault, request.cookies.get(STAFF.cookie, ""))
    answer = redirect(_wanted(form.value("next")))
    keep_token(request, answer, STAFF, opened.token)
    return answer


@router.post("/staff/close")
def close(request: Request, vault: TheVault, _form: SignInForm) -> Response:
    """Signs out, from a page that is out of date too."""
    sign_out(vault, request.cookies.get(STAFF.cookie, ""))
    answer = redirect("/staff", done="out")
    forget_token(answer, STAFF)
    return answer


@router.get("/staff/desk")
def desk(request: Request, vault: TheVault, staff: PageStaff, cursor: str | None = None) -> Response:
    """The people, or the cases, of the staff member's own centre."""
    if staff.role == "deposit":
        people = list_holders(vault, staff, cursor, _PORTION)
        return render_form(request, "staff/people.html", people=people, later=cursor is not None)
    return _cases_page(request, vault, staff, cursor)


@router.post("/staff/desk")
def new_case(request: Request, vault: TheVault, staff: PageStaff, form: SessionForm) -> Response:
    """Opens a case for a card code. The answer is the same for a card that nobody has."""
    card_code, dispute = form.value("card_code"), form.value("dispute")
    try:
        call = new_call(vault, staff.staff_id, form.value("call"), "page open case", card_code, dispute)
        case_id = open_case(vault, staff, card_code, dispute, call).case_id
    except AlreadyDone as done:
        case_id = done.answer["case_id"]
    except FORM_ERRORS as error:
        return _cases_page(request, vault, staff, None, fault_of(request, error), form)
    return redirect(f"/staff/cases/{case_id}")


def _cases_page(
    request: Request,
    vault: Vault,
    staff: StaffPrincipal,
    cursor: str | None,
    fault: Fault | None = None,
    form: Form | None = None,
) -> Response:
    cases = list_cases(vault, staff, cursor, _PORTION)
    return render_form(
        request,
        "staff/cases.html",
        fault,
        form,
        cases=cases,
        later=cursor is not None,
        disputes=DISPUTES,
    )


def _sign_in_page(request: Request, fault: Fault | None = None, form: Form | None = None) -> Response:
    asked = form.value("next") if form else request.query_params.get("next", "")
    notice = request.query_params.get("done", "")
    return render_form(
        request,
        "staff/sign_in.html",
        fault,
        form,
        next=own_path(asked, STAFF) or "",
        notice=notice if notice in ("ended", "out") and fault is None else "",
    )


def _wanted(path: str) -> str:
    return own_path(path, STAFF) or STAFF.home
