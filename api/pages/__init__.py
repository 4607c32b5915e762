"""The pages: server-rendered, without scripts, for a holder at her phone and for staff at their desks."""

from fastapi import FastAPI, Request
from starlette.responses import Response

from api.pages import card, card_papers, card_requests, cases, documents, front, holders, recipients, staff
from api.pages.faces import Detour
from api.pages.page import redirect


def include(app: FastAPI) -> None:
    """Adds every page to the application."""
    for each in (front, card, card_requests, card_papers, staff, holders, documents, cases, recipients):
        app.include_router(each.router)
    app.add_exception_handler(Detour, _follow)


async def _follow(_request: Request, detour: Exception) -> Response:
    # The handler is only ever called with what it is registered for; the framework's type does not say so.
    return redirect(detour.path if isinstance(detour, Detour) else "/")
