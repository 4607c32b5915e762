"""The deposit desk: enrolling somebody, her card, her papers, and taking in another one."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Request
from starlette.responses import Response

from access_policies.request import StaffPrincipal
from api.errors import HttpProblem
from api.i18n import LANGUAGES
from api.identity import TheVault
from api.pages.faces import PageStaff, signed_in_staff
from api.pages.flawed import ShownPage, shown_pages
from api.pages.forms import FORM_ERRORS, Fault, SessionForm, fault_of, render_form, upload_form
from api.pages.page import redirect, render
from api.security import PICTURES_WITHIN
from api.uploads import Form, UploadGate
from vault.answers import AlreadyDone, as_json, new_call, replay
from vault.deposit import MOST_FILES, deposit
from vault.documents import list_documents
from vault.errors import VaultError
from vault.finding import find_holders
from vault.holders import CONSENT_METHODS, NOTICE_VERSION, Enrolment, enrol, see_holder
from vault.intake import OVERRULES, FlawedPages
from vault.requests import KINDS
from vault.vault import Vault

router = APIRouter(include_in_schema=False)

_MOST_PARTS = 200
"""More than a deposit may have, so that who chose too many files is told so, and not that the form was broken."""


@router.get("/staff/holders/new")
def enrol_page(request: Request, _staff: PageStaff) -> Response:
    """The notice to read to her, and the form. Her consent is not ticked for her."""
    return _enrol_page(request)


@router.post("/staff/holders/new")
def enrol_holder(request: Request, vault: TheVault, staff: PageStaff, form: SessionForm) -> Response:
    """Enrols her and shows her card, once.

    The card is the answer of the form itself, because an address must never carry a PIN. Sending the same form again,
    after a lost connection, shows the same card.
    """
    name, language, method, phone = (form.value(each) for each in ("name", "language", "method", "phone"))
    enrolment = Enrolment(name, language, form.value("consent") == "yes", method, phone or None)
    asked = (name, language, str(enrolment.consent_given), method, phone)
    try:
        call = new_call(vault, staff.staff_id, form.value("call"), "page enrol", *asked)
        card: dict[str, Any] = as_json(enrol(vault, staff, enrolment, call))
    except AlreadyDone as done:
        card = done.answer
    except FORM_ERRORS as error:
        return _enrol_page(request, fault_of(request, error), form)
    back = f"/staff/holders/{card['holder_id']}"
    return render(request, "staff/card.html", 201, here=back, card=card, card_language=enrolment.language)


@router.post("/staff/people/search")
def find_people(request: Request, vault: TheVault, staff: PageStaff, form: SessionForm) -> Response:
    """Who was found at this centre. The answer of the form itself, because an address must never carry a name."""
    try:
        found = find_holders(vault, staff, form.value("query"))
    except FORM_ERRORS as error:
        return render_form(request, "staff/found.html", fault_of(request, error), form, found=None)
    return render_form(request, "staff/found.html", None, form, here="/staff/desk", found=found)


@router.get("/staff/holders/{holder_id}")
def holder_page(request: Request, vault: TheVault, staff: PageStaff, holder_id: str) -> Response:
    """Her papers, and the form that takes in another one."""
    return _holder_page(request, vault, staff, holder_id)


@router.post("/staff/holders/{holder_id}")
async def deposit_paper(request: Request, vault: TheVault, holder_id: str) -> Response:
    """Takes in one paper: one PDF, or photographs in page order.

    Raises:
        NotFound: no such person, or another centre's.
    """
    staff = await _uploading_staff(request, vault)
    gate: UploadGate = request.app.state.uploads
    async with gate.place():
        try:
            form = await upload_form(request, _MOST_PARTS)
        except HttpProblem as error:
            if error.problem.message not in ("body-too-large", "upload-too-slow"):
                raise
            return await to_thread.run_sync(_not_arrived, request, vault, staff, holder_id, error)
        answer = await gate.deposit(_deposit, request, vault, staff, holder_id, form)
    request.app.state.worker.wake()
    return answer


def _not_arrived(
    request: Request, vault: Vault, staff: StaffPrincipal, holder_id: str, error: HttpProblem
) -> Response:
    return _holder_page(request, vault, staff, holder_id, fault_of(request, error))


async def _uploading_staff(request: Request, vault: Vault) -> StaffPrincipal:
    try:
        return await to_thread.run_sync(signed_in_staff, request, vault)
    except VaultError:
        # A browser that is cut off while it sends shows its own error page: let it finish, keep nothing.
        async for _ in request.stream():
            pass
        raise


def _deposit(request: Request, vault: Vault, staff: StaffPrincipal, holder_id: str, form: Form) -> Response:
    kind, files, overrule = form.value("kind"), form.files.get("files", ()), form.value("overrule")
    asked: tuple[str | bytes, ...] = (holder_id, kind, overrule, *files)
    try:
        call = new_call(vault, staff.staff_id, form.value("call"), "page deposit", *asked)
        replay(vault, call)
        document_id = deposit(vault, staff, holder_id, kind, files, call, overrule or None).document_id
    except AlreadyDone as done:
        document_id = done.answer["document_id"]
    except FlawedPages as flawed:
        return _flawed_page(request, vault, staff, holder_id, flawed, form)
    except FORM_ERRORS as error:
        return _holder_page(request, vault, staff, holder_id, fault_of(request, error), form)
    return redirect(f"/staff/documents/{document_id}")


def _flawed_page(
    request: Request, vault: Vault, staff: StaffPrincipal, holder_id: str, flawed: FlawedPages, form: Form
) -> Response:
    fault = replace(fault_of(request, flawed), headers=PICTURES_WITHIN)
    return _holder_page(request, vault, staff, holder_id, fault, form, shown_pages(flawed))


def _enrol_page(request: Request, fault: Fault | None = None, form: Form | None = None) -> Response:
    return render_form(
        request,
        "staff/enrol.html",
        fault,
        form,
        methods=CONSENT_METHODS,
        holder_languages=LANGUAGES,
        notice_version=NOTICE_VERSION,
    )


def _holder_page(
    request: Request,
    vault: Vault,
    staff: StaffPrincipal,
    holder_id: str,
    fault: Fault | None = None,
    form: Form | None = None,
    flawed: Sequence[ShownPage] = (),
) -> Response:
    return render_form(
        request,
        "staff/holder.html",
        fault,
        form,
        holder=see_holder(vault, staff, holder_id),
        papers=list_documents(vault, staff, holder_id),
        kinds=KINDS,
        most_files=MOST_FILES,
        most_pages=vault.limits.pages,
        most_megabytes=_most_megabytes(request, vault),
        flawed=flawed,
        overrules=OVERRULES,
    )


def _most_megabytes(request: Request, vault: Vault) -> int:
    whole: int = request.app.state.settings.most_upload_bytes
    return min(vault.limits.file_bytes, whole) // 1_000_000
