"""The web application: JSON under /v1, pages everywhere else, one table of errors for both."""

import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from urllib.parse import urlsplit

from anyio import CapacityLimiter
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import pages, routes
from api.errors import HttpProblem, Problem, problem_of, status_of
from api.jobs import Worker
from api.pages.page import error_page
from api.routes.health import Watch
from api.routes.shapes import places_of
from api.security import BodyLimit, SecureHeaders
from api.settings import Settings
from api.uploads import UploadGate
from ocr.errors import OcrError
from vault.answers import AlreadyDone
from vault.crypto.errors import CryptoError
from vault.errors import VaultError
from vault.keyring.bounded import BoundedKeyring
from vault.upkeep import parts_up
from vault.vault import Vault

_log = logging.getLogger("vault.api")
COPIES_AT_ONCE = 4
"""Each holds a whole paper as pixels while it is marked."""

_UPLOAD_PATHS = re.compile(r"/v1/holders/[^/]+/documents|/staff/holders/[^/]+")


def create_app(vault: Vault, settings: Settings) -> FastAPI:
    """The application on an open vault. Its worker runs as long as it does."""
    vault = replace(vault, keyring=BoundedKeyring(vault.keyring))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.uploads = UploadGate(settings.deposits_at_once)
        app.state.copies = CapacityLimiter(COPIES_AT_ONCE)
        app.state.health = Watch(partial(parts_up, vault))
        worker = app.state.worker = Worker(vault)
        worker.start()
        yield
        worker.stop()

    app = FastAPI(
        title="Migrant vault",
        version="1",
        description=routes.DESCRIPTION,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.vault, app.state.settings = vault, settings
    app.mount("/static", StaticFiles(packages=[("api", "static")]), name="static")
    routes.include(app)
    pages.include(app)
    for kind in _EXPECTED:
        app.add_exception_handler(kind, _answer)
    app.add_middleware(BodyLimit, most_upload=settings.most_upload_bytes, upload_paths=_UPLOAD_PATHS)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=_hosts(settings))
    app.add_middleware(LastResort)
    app.add_middleware(SecureHeaders, secure=settings.secure)
    return app


class LastResort:
    """Answers what nobody expected. The framework's own way raises it again, and the server logs its every word."""

    def __init__(self, app: ASGIApp) -> None:
        """Stands within the security headers, so that these answers carry them too."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception as error:  # whatever it is, its words may quote what must not be in a log
            # Once an answer has begun, the framework puts an error of its own around what was raised.
            answer = await _answer(Request(scope), _cause(error) if begun else error)
            if not begun:
                await answer(scope, receive, send)


def _cause(error: Exception) -> Exception:
    return error.__cause__ if isinstance(error.__cause__, Exception) else error


async def _answer(request: Request, error: Exception) -> Response:
    if isinstance(error, AlreadyDone):
        return JSONResponse(error.answer, 201, {"Idempotency-Replayed": "true"})
    problem = _problem(error)
    if problem.status >= 500 and problem.message != "too-busy":  # a flood must not fill the disk with its log
        # The type alone: a message could quote what must not be in a log.
        _log.error("%s %s: %s", request.method, problem.message, type(error).__name__)
    headers = {"Retry-After": str(problem.retry_after)} if problem.retry_after else {}
    if request.url.path.startswith("/v1/"):
        if problem.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        return JSONResponse(problem.as_json(), problem.status, headers, "application/problem+json")
    return error_page(request, problem, headers)


def _problem(error: Exception) -> Problem:
    if isinstance(error, RequestValidationError):
        return HttpProblem(422, "call-malformed", *places_of(error.errors())).problem
    if isinstance(error, HTTPException):
        code = _HTTP.get(error.status_code, "call-malformed")
        return Problem(status_of(code), code)
    return problem_of(error)


_EXPECTED = (VaultError, OcrError, CryptoError, HttpProblem, HTTPException, RequestValidationError)
_HTTP = {404: "not-found", 405: "method-not-allowed", 415: "not-a-form"}


def _hosts(settings: Settings) -> list[str]:
    named = urlsplit(settings.address).hostname or "localhost"
    return [named, "localhost", "127.0.0.1"]
