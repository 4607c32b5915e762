"""The holder's answer: who asks for what, allowing as much of it as she likes, refusing, taking back."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import APIRouter, Request
from starlette.responses import Response

from access_policies.request import HolderPrincipal
from api.errors import HttpProblem
from api.identity import TheVault
from api.pages.faces import PageHolder
from api.pages.forms import FORM_ERRORS, Fault, SessionForm, fault_of, render_form
from api.pages.page import redirect, render
from api.uploads import Form
from vault.answers import AlreadyDone, new_call
from vault.documents import documents_of_kinds
from vault.errors import Refused, Unacceptable
from vault.grants import Answer, GrantSummary, grant, refuse, see_grant, withdraw
from vault.requests import FORMS, RequestSummary, see_request
from vault.vault import Vault

router = APIRouter(include_in_schema=False)

_SHORTER = {"day": timedelta(days=1), "week": timedelta(days=7)}


@dataclass(frozen=True)
class End:
    """One end she may choose; `choice` is its name on the form."""

    choice: str
    at: datetime


@router.get("/card/requests/{request_id}")
def request_page(request: Request, vault: TheVault, holder: PageHolder, request_id: str) -> Response:
    """Who asks, for what and why, and her choice. Nothing is ticked for her."""
    return _request_page(request, vault, holder, request_id)


@router.post("/card/requests/{request_id}")
def answer_request(
    request: Request, vault: TheVault, holder: PageHolder, form: SessionForm, request_id: str
) -> Response:
    """Her yes, as far as she says it, or her no.

    Raises:
        NotFound: no such request, or not hers.
        HttpProblem: neither of the two buttons.
    """
    match form.value("answer"):
        case "refuse":
            return _refuse(vault, holder, request_id)
        case "allow":
            return _allow(request, vault, holder, form, request_id)
        case _:
            raise HttpProblem(422, "call-malformed")


@router.get("/card/grants/{grant_id}")
def grant_page(request: Request, vault: TheVault, holder: PageHolder, grant_id: str) -> Response:
    """What she allowed, and the way to take it back."""
    given = see_grant(vault, holder, grant_id)
    return render(request, "card/grant.html", grant=given, can_withdraw=_can_withdraw(given))


@router.get("/card/grants/{grant_id}/withdrawal")
def withdraw_page(request: Request, vault: TheVault, holder: PageHolder, grant_id: str) -> Response:
    """Asks once more, and says what taking back cannot do."""
    given = see_grant(vault, holder, grant_id)
    return render(request, "card/withdraw.html", grant=given, can_withdraw=_can_withdraw(given))


@router.post("/card/grants/{grant_id}/withdrawal")
def withdraw_grant(vault: TheVault, holder: PageHolder, _form: SessionForm, grant_id: str) -> Response:
    """Takes a grant back at once. A second click finds it taken back."""
    withdraw(vault, holder, grant_id)
    return redirect(f"/card/grants/{grant_id}")


def _can_withdraw(given: GrantSummary) -> bool:
    """Whether taking it back has an effect: it can be used, its last use repeated, or what went out sealed anew."""
    return given.state in ("live", "used_up") or (given.state == "expired" and given.handed_over)


def _refuse(vault: Vault, holder: HolderPrincipal, request_id: str) -> Response:
    with suppress(Refused):  # answered or run out in the meantime: the page says which
        refuse(vault, holder, request_id)
    return redirect(f"/card/requests/{request_id}")


def _allow(request: Request, vault: Vault, holder: HolderPrincipal, form: Form, request_id: str) -> Response:
    papers = tuple(sorted(set(form.lists.get("papers", ()))))
    chosen = tuple(form.value(name) for name in ("form", "until", "uses"))
    try:
        # The choice is what was asked, not the moment it comes to: a second click comes later than the first.
        call = new_call(
            vault, holder.holder_id, form.value("call"), "page grant", request_id, *chosen, *papers
        )
        asked = see_request(vault, holder, request_id)
        answer = _answer(asked, papers, form, vault.clock())
        grant_id = grant(vault, holder, request_id, answer, form.value("pin"), call).grant_id
    except AlreadyDone as done:
        grant_id = done.answer["grant_id"]
    except FORM_ERRORS as error:
        return _request_page(request, vault, holder, request_id, fault_of(request, error, "pin"), form)
    return redirect(f"/card/grants/{grant_id}")


def _answer(asked: RequestSummary, papers: tuple[str, ...], form: Form, now: datetime) -> Answer:
    """What she chose. Every gap in it is told before her PIN is tried.

    Raises:
        Unacceptable: documents-missing, form-unknown, until-out-of-range, uses-out-of-range.
    """
    if not papers:
        raise Unacceptable("documents-missing")
    if form.value("form") not in FORMS:
        raise Unacceptable("form-unknown")
    ends = [end.at for end in _ends(asked, now) if end.choice == form.value("until")]
    if not ends:
        raise Unacceptable("until-out-of-range")
    uses = form.value("uses")
    if uses not in {str(number) for number in range(1, asked.uses + 1)}:
        raise Unacceptable("uses-out-of-range")
    return Answer(papers, form.value("form"), ends[0], int(uses))


def _ends(asked: RequestSummary, now: datetime) -> list[End]:
    shorter = [End(choice, now + lasts) for choice, lasts in _SHORTER.items() if now + lasts < asked.until]
    return [*shorter, End("asked", asked.until)]


def _up_to(form: str) -> tuple[str, ...]:
    """The forms she may choose from: each includes the ones before it."""
    names: tuple[str, ...] = FORMS
    return names[: names.index(form) + 1]


def _request_page(
    request: Request,
    vault: Vault,
    holder: HolderPrincipal,
    request_id: str,
    fault: Fault | None = None,
    form: Form | None = None,
) -> Response:
    asked = see_request(vault, holder, request_id)
    return render_form(
        request,
        "card/request.html",
        fault,
        form,
        asked=asked,
        papers=documents_of_kinds(vault, holder, asked.kinds),
        offered=_up_to(asked.form),
        ends=_ends(asked, vault.clock()),
    )
