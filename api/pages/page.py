"""How a page is made: its face, its language, its frame; redirects; and the page that says what went wrong."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.errors import Problem
from api.i18n import LANGUAGES, choose, has_text, text
from api.identity import HOLDER_COOKIE, STAFF_COOKIE
from api.security import csrf_token
from vault.watermark import Copy

LANGUAGE_COOKIE = "lang"
VIET_NAM = timezone(timedelta(hours=7))
"""Every time on a page is in the time of the holder's home (no summer time there), and the footer says so."""

_STATIC = Path(__file__).parent.parent / "static"
_VERSION = hashlib.sha256(b"".join(each.read_bytes() for each in sorted(_STATIC.iterdir()))).hexdigest()[:12]
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

_templates = Environment(
    loader=PackageLoader("api"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True)
class Face:
    """One side of the house: `root` is its sign-in page, `home` where one lands after signing in."""

    name: str
    cookie: str
    root: str
    home: str


CARD = Face("card", HOLDER_COOKIE, "/card", "/card/home")
STAFF = Face("staff", STAFF_COOKIE, "/staff", "/staff/desk")


def face_at(path: str) -> Face | None:
    """The face a path belongs to; None for the pages in front of both."""
    for face in (CARD, STAFF):
        if path == face.root or path.startswith(f"{face.root}/"):
            return face
    return None


def language_of(request: Request) -> str:
    """The language to speak in this answer."""
    return choose(request.cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language"))


def render(
    request: Request,
    template: str,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    here: str | None = None,
    **values: Any,
) -> HTMLResponse:
    """The page made from `template` in its frame. `here` is where the language switch leads back to."""
    language, face = language_of(request), face_at(request.url.path)
    signed_in = face is not None and getattr(request.state, "principal", None) is not None
    frame: dict[str, Any] = {
        "language": language,
        "languages": LANGUAGES,
        "t": partial(text, language),
        "t_in": text,
        "word": partial(_word, language),
        "day": partial(day, language),
        "moment": partial(moment, language),
        "face": face,
        "signed_in": signed_in,
        "csrf": csrf_token(request.cookies.get(face.cookie, "")) if face and signed_in else "",
        "here": quote(here or _here(request), safe=""),
        "static_version": _VERSION,
        "fault": None,
    }
    page = _templates.get_template(template).render(frame | values)
    return HTMLResponse(page, status, dict(headers or {}))


def redirect(path: str, **query: str) -> RedirectResponse:
    """After a form: the page that shows what came of it, fetched anew (303), so that a reload repeats nothing."""
    return RedirectResponse(f"{path}?{urlencode(query)}" if query else path, 303)


def handed_out(copy: Copy, disposition: str) -> Response:
    """A copy as a file; `disposition` is inline (to look at) or attachment (to keep)."""
    headers = {
        "Content-Disposition": f'{disposition}; filename="{copy.name}"',
        "Release-Id": copy.release_id,
    }
    return Response(copy.content, media_type=copy.media_type, headers=headers)


def error_page(request: Request, problem: Problem, headers: Mapping[str, str]) -> Response:
    """What went wrong, what is safe and a way on. Who is not signed in is led to the right sign-in instead."""
    face = face_at(request.url.path)
    if problem.status == 401 and face is not None:
        return _to_sign_in(request, face)
    way_on: str = getattr(request.state, "way_back", None) or (face.home if face else "/")
    here = None if request.method == "GET" else way_on
    message = said(language_of(request), problem)
    # Whoever has a session can close it from here too, even where nobody asked yet whose it is.
    token = request.cookies.get(face.cookie) if face else None
    frame = {"signed_in": True, "csrf": csrf_token(token)} if token else {}
    return render(
        request, "error.html", problem.status, headers, here, message=message, way_on=way_on, **frame
    )


def said(language: str, problem: Problem) -> str:
    """The problem in a sentence for people at a page: its own words where there are some, else everybody's."""
    own = f"form.{problem.message}"
    return text(language, own) if has_text(own) else problem.title(language)


def day(language: str, at: datetime) -> str:
    """A date as people write it: 5 Jan 2027, 05/01/2027."""
    local = at.astimezone(VIET_NAM)
    return f"{local:%d/%m/%Y}" if language == "vi" else f"{local.day} {_MONTHS[local.month - 1]} {local.year}"


def moment(language: str, at: datetime) -> str:
    """A date with its time of day."""
    return f"{day(language, at)}, {at.astimezone(VIET_NAM):%H:%M}"


def _word(language: str, group: str, value: str) -> str:
    """A stored word in the reader's language; one the catalogue does not have is shown as it is."""
    return text(language, f"{group}.{value}") if has_text(f"{group}.{value}") else value


def _here(request: Request) -> str:
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path


def _to_sign_in(request: Request, face: Face) -> Response:
    query = {}
    if request.url.path != face.root:
        query["next"] = _here(request)
    if face.cookie in request.cookies:
        query["done"] = "ended"
    answer = redirect(face.root, **query)
    answer.delete_cookie(face.cookie)
    return answer
