"""The destination desk's case: what was asked, what she answered, asking for more, and fetching what she allowed."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from anyio import to_thread
from fastapi import APIRouter, Request
from starlette.responses import Response

from access_policies.request import StaffPrincipal
from api.handing_over import sealed_page
from api.identity import TheVault
from api.pages.faces import PageStaff
from api.pages.forms import FORM_ERRORS, Fault, SessionForm, fault_of, new_call_value, render_form
from api.pages.page import VIET_NAM, handed_out, redirect
from api.uploads import Form
from vault.answers import LONGEST_KEY, AlreadyDone, new_call
from vault.cases import see_case
from vault.centres import own_centre
from vault.errors import NotFound, Unacceptable
from vault.grants import GrantSummary, grant_for_request
from vault.intake import MOST_PAGES
from vault.permits import Ask
from vault.release import release
from vault.requests import (
    FORMS,
    KINDS,
    LONGEST_USE,
    MOST_USES,
    PURPOSES,
    RequestSummary,
    Wish,
    list_case_requests,
    make_request,
)
from vault.vault import Vault

router = APIRouter(include_in_schema=False)

_LAST_SECOND = time(23, 59, 59)


@dataclass(frozen=True)
class Answered:
    """A request beside the grant that answered it, if there is one; `attempt` names one fetching of each paper."""

    request: RequestSummary
    grant: GrantSummary | None
    attempt: str


@router.get("/staff/cases/{case_id}")
def case_page(request: Request, vault: TheVault, staff: PageStaff, case_id: str) -> Response:
    """The case with its requests and answers."""
    return _case_page(request, vault, staff, case_id)


@router.post("/staff/cases/{case_id}")
def new_request(
    request: Request, vault: TheVault, staff: PageStaff, form: SessionForm, case_id: str
) -> Response:
    """Asks for papers.

    Raises:
        NotFound: no such case, or another centre's.
    """
    kinds = tuple(sorted(set(form.lists.get("kind", ()))))
    asked = tuple(form.value(name) for name in ("purpose", "form", "until", "uses"))
    try:
        call = new_call(vault, staff.staff_id, form.value("call"), "page request", case_id, *asked, *kinds)
        make_request(vault, staff, case_id, _wish(kinds, form), call)
    except AlreadyDone:
        pass  # a second click: the page shows what the first one did
    except FORM_ERRORS as error:
        return _case_page(request, vault, staff, case_id, fault_of(request, error), form)
    return redirect(f"/staff/cases/{case_id}")


@router.post("/staff/cases/{case_id}/copies")
async def fetch(
    request: Request, vault: TheVault, staff: PageStaff, form: SessionForm, case_id: str
) -> Response:
    """Hands out what she allowed, as it stands at this moment.

    Raises:
        Refused: anything but a live grant for exactly this; the page says why and leads back to the case.
    """
    request.state.way_back = f"/staff/cases/{case_id}"
    ask = replace(_ask(form, form.value("form")), sealed=form.value("sealed") == "yes")
    copy = await to_thread.run_sync(release, vault, staff, ask, limiter=request.app.state.copies)
    return handed_out(copy, "inline" if ask.form == "view" and not ask.sealed else "attachment")


@router.post("/staff/cases/{case_id}/handovers")
async def hand_over(
    request: Request, vault: TheVault, staff: PageStaff, form: SessionForm, case_id: str
) -> Response:
    """Hands over one page itself, sealed to the centre's recipient.

    Raises:
        Refused: anything but a live grant for exactly this; the page says why and leads back to the case.
    """
    request.state.way_back = f"/staff/cases/{case_id}"
    page = form.value("page")
    if page not in {str(number) for number in range(1, MOST_PAGES + 1)}:
        raise Unacceptable("page-missing")
    return await sealed_page(vault, staff, replace(_ask(form, "handover"), page=int(page)))


def _ask(form: Form, wanted: str) -> Ask:
    attempt = form.value("attempt")
    if not 1 <= len(attempt) <= LONGEST_KEY:
        raise Unacceptable("idempotency-key-unusable")
    return Ask(form.value("request_id"), form.value("document_id") or None, wanted, attempt)


def _wish(kinds: tuple[str, ...], form: Form) -> Wish:
    """What the form asks for. The day she is told is used to its end, where she comes from.

    Raises:
        Unacceptable: until-out-of-range, uses-out-of-range.
    """
    try:
        last_day = date.fromisoformat(form.value("until"))
        until = datetime.combine(last_day, _LAST_SECOND, VIET_NAM).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unacceptable("until-out-of-range") from None
    uses = form.value("uses")
    if uses not in {str(number) for number in range(1, MOST_USES + 1)}:
        raise Unacceptable("uses-out-of-range")
    return Wish(kinds, form.value("purpose"), form.value("form"), until, int(uses))


def _case_page(
    request: Request,
    vault: Vault,
    staff: StaffPrincipal,
    case_id: str,
    fault: Fault | None = None,
    form: Form | None = None,
) -> Response:
    centre, today = own_centre(vault, staff), vault.clock().astimezone(VIET_NAM).date()
    requests = list_case_requests(vault, staff, case_id)
    return render_form(
        request,
        "staff/case.html",
        fault,
        form,
        case=see_case(vault, staff, case_id),
        answered=[Answered(each, _grant(vault, staff, each), new_call_value()) for each in requests],
        centre=centre,
        kinds=KINDS,
        purposes=PURPOSES,
        # What could not be handed over must not be asked for: she would be asked to agree to nothing.
        forms=FORMS if centre.takes_sealed else FORMS[: FORMS.index("handover")],
        most_uses=MOST_USES,
        first_day=today,
        last_day=today + LONGEST_USE - timedelta(days=1),
    )


def _grant(vault: Vault, staff: StaffPrincipal, asked: RequestSummary) -> GrantSummary | None:
    if asked.state != "granted":
        return None
    try:
        return grant_for_request(vault, staff, asked.request_id)
    except NotFound:
        return None
