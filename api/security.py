"""What holds for every call: security headers, body limits, allowed hosts, and forms that come from our own pages."""

import hashlib
import hmac
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import HttpProblem, Problem

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src {}; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
PICTURES_WITHIN = {"Content-Security-Policy": _POLICY.format("'self' data:")}
"""For a page that holds small pictures within itself (`data:`), because they are kept nowhere to be fetched from."""

_HEADERS = {
    "Content-Security-Policy": _POLICY.format("'self'"),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_SMALL_BODY = 256 * 1024
_DRAINED_AT_MOST = 256 * 1024 * 1024


class SecureHeaders:
    """Adds the security headers to every answer, errors included. Pages may be cached by nobody."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        """`secure` adds HSTS: only where people come over https."""
        self._app = app
        self._headers = dict(_HEADERS)
        if secure:
            self._headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        # The address of a style sheet names its version, so what lies there never changes.
        keep = scope["path"].startswith("/static/") and scope["query_string"].startswith(b"v=")

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if keep and message["status"] == 200:
                    headers.setdefault("Cache-Control", "public, max-age=31536000, immutable")
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers)


class BodyLimit:
    """Refuses a body that is too large: announced or not, before it is in memory.

    Forms with files, at the paths that take them, may be `most_upload` bytes; everything else 256 KiB. What is too
    large is read and thrown away up to a bound, because a browser that is cut off while it sends shows its own error
    page instead of ours.
    """

    def __init__(self, app: ASGIApp, *, most_upload: int, upload_paths: re.Pattern[str]) -> None:
        """`most_upload` in bytes; only paths that match `upload_paths` whole may take that much."""
        self._app = app
        self._most_upload = most_upload
        self._upload_paths = upload_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        is_upload = scope["method"] == "POST" and self._upload_paths.fullmatch(scope["path"]) is not None
        most = self._most_upload if is_upload else _SMALL_BODY
        announced = headers.get("content-length", "0")
        if not announced.isdecimal() or int(announced) > most:
            await self._refuse(scope, receive, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                raise HttpProblem(413, "body-too-large")
            return message

        await self._app(scope, counted, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith("/v1/"):
            await _drain(receive)
            await _too_large(scope, receive, send)
            return

        # A page says it in its own way, in the language of its reader: to it, reading the form is what fails.
        async def refused() -> Message:
            await _drain(receive)
            raise HttpProblem(413, "body-too-large")

        await self._app(scope, refused, send)


def csrf_token(session_token: str) -> str:
    """The token a form must carry: derived from the session, so that no other site can know it."""
    return hmac.new(session_token.encode(), b"csrf", hashlib.sha256).hexdigest()


def require_own_form(request: Request, session_token: str | None, offered: str) -> None:
    """A form is accepted only from our own pages, and within a session only with its token.

    Raises:
        HttpProblem: it came from another site, or without the token.
    """
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site", "same-origin")
    foreign = origin is not None and origin.partition("://")[2] != request.headers.get("host")
    if foreign or site not in ("same-origin", "none"):
        raise HttpProblem(403, "foreign-form")
    if session_token is not None and not hmac.compare_digest(
        csrf_token(session_token).encode(), offered.encode()
    ):
        raise HttpProblem(403, "foreign-form")


async def _drain(receive: Receive) -> None:
    taken, more = 0, True
    while more and taken < _DRAINED_AT_MOST:
        message = await receive()
        taken += len(message.get("body", b""))
        more = message.get("more_body", False)


async def _too_large(scope: Scope, receive: Receive, send: Send) -> None:
    problem = Problem(413, "body-too-large")
    answer = JSONResponse(problem.as_json(), 413, media_type="application/problem+json")
    await answer(scope, receive, send)
