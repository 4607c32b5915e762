"""Forms of our own pages: read, checked for where they came from, and shown again beside what was wrong."""

import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.responses import HTMLResponse

from api.errors import HttpProblem, problem_of
from api.i18n import text
from api.pages.page import face_at, language_of, moment, render, said
from api.security import require_own_form
from api.uploads import Form, read_form
from ocr.errors import UnsuitableFile
from vault.errors import Refused, SignInFailed, TooManyTries, Unacceptable, Unavailable

FORM_ERRORS = (Unacceptable, UnsuitableFile, SignInFailed, TooManyTries, Refused, Unavailable)
"""What a person can mend, or try again, on the form itself."""

_FIELDS = {
    "name-unusable": "name",
    "phone-unusable": "phone",
    "search-too-short": "query",
    "language-unknown": "language",
    "consent-missing": "consent",
    "consent-method-unknown": "method",
    "kind-unknown": "kind",
    "files-missing": "files",
    "too-many-files": "files",
    "too-many-pages": "files",
    "pages-flawed": "flawed",
    "overrule-unknown": "overrule",
    "body-too-large": "files",
    "upload-too-slow": "files",
    "dispute-unknown": "dispute",
    "card-mistyped": "card_code",
    "purpose-unknown": "purpose",
    "form-unknown": "form",
    "until-out-of-range": "until",
    "uses-out-of-range": "uses",
    "documents-missing": "papers",
    "more-than-asked": "papers",
    "recipient-mistyped": "recipient",
    "recipient-mixed-case": "recipient",
    "recipient-unknown-type": "recipient",
    "recipient-unusable": "recipient",
    "recipient-is-secret": "recipient",
    "recipient-not-post-quantum": "recipient",
    "recipient-ended-before": "recipient",
    "fingerprint-wrong": "fingerprint",
    "pin-format": "new_pin",
    "pin-too-simple": "new_pin",
    "pin-unchanged": "new_pin",
    "pin-again": "new_pin_again",
}


@dataclass(frozen=True)
class Fault:
    """What was wrong with a form: the sentence to show, and the input to show it beside, if it is one's.

    `spent` says that the form's `call` cannot be used again.
    """

    message: str
    field: str | None
    status: int
    headers: Mapping[str, str]
    spent: bool = False


async def session_form(request: Request) -> Form:
    """The form of a page within a session.

    Raises:
        HttpProblem: it is no form, or does not come from our own page.
    """
    form = _clean(await read_form(request))
    check_origin(request, form)
    return form


async def sign_in_form(request: Request) -> Form:
    """The form of a page before any session: there is no token yet, but where it comes from is checked.

    Raises:
        HttpProblem: it is no form, or does not come from our own page.
    """
    form = _clean(await read_form(request))
    require_own_form(request, None, "")
    return form


async def upload_form(request: Request, most_files: int) -> Form:
    """As `session_form`, with files. Call it inside the upload gate: the files are in memory from here on."""
    form = _clean(await read_form(request, most_files))
    check_origin(request, form)
    return form


SessionForm = Annotated[Form, Depends(session_form)]
SignInForm = Annotated[Form, Depends(sign_in_form)]


def check_origin(request: Request, form: Form) -> None:
    """Refuses a form that another site sent in the browser of somebody who is signed in here.

    Raises:
        HttpProblem: it came from elsewhere, or without the session's token.
    """
    face = face_at(request.url.path)
    token = request.cookies.get(face.cookie) if face else None
    require_own_form(request, token, form.value("csrf"))


def new_call_value() -> str:
    """A value that names one filling-in of a form, so that a second click repeats nothing."""
    return secrets.token_urlsafe(16)


def fault_of(request: Request, error: Exception, field: str | None = None) -> Fault:
    """The error as a sentence beside a form. `field` says which input it is about, where the code does not."""
    problem, language = problem_of(error), language_of(request)
    if problem.message.startswith("file-"):
        field = "files"
    headers = {"Retry-After": str(problem.retry_after)} if problem.retry_after else {}
    if isinstance(error, TooManyTries):
        message = text(language, "form.locked", until=moment(language, error.until))
    elif isinstance(error, SignInFailed) and getattr(request.state, "principal", None) is not None:
        message = text(language, "form.pin-wrong")
    else:
        message = said(language, problem)
    spent = problem.message.startswith("idempotency-key")
    return Fault(message, _FIELDS.get(problem.message, field), problem.status, headers, spent)


def render_form(
    request: Request, template: str, fault: Fault | None = None, typed: Form | None = None, **values: Any
) -> HTMLResponse:
    """A page with a form: empty, or with what was typed and what was wrong. Secrets and files are never refilled."""
    given = typed or Form({}, {}, {})
    call = given.value("call") if fault is not None and not fault.spent else ""
    return render(
        request,
        template,
        fault.status if fault else 200,
        fault.headers if fault else None,
        fault=fault,
        typed=given.fields,
        chosen=given.lists,
        call=call or new_call_value(),
        **values,
    )


def _clean(form: Form) -> Form:
    # Browsers send neither; a database or a digest downstream could choke on them.
    for values in form.lists.values():
        if any(unicodedata.category(each) == "Cs" or each == "\0" for value in values for each in value):
            raise HttpProblem(422, "call-malformed")
    return form
