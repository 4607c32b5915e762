"""The pages in front of both faces: the door, the language switch, what is kept and who can see it."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.i18n import LANGUAGES
from api.pages.faces import own_path
from api.pages.page import LANGUAGE_COOKIE, redirect, render
from vault.errors import NotFound

router = APIRouter(include_in_schema=False)

_A_YEAR = 365 * 24 * 3600


@router.get("/")
def door(request: Request) -> Response:
    """Where everybody comes in. Its title says nothing about papers or centres."""
    return render(request, "front/door.html")


@router.get("/privacy")
def privacy(request: Request) -> Response:
    """What is kept, who can see it, and what is not protected."""
    return render(request, "front/privacy.html")


@router.get("/language/{language}")
def switch_language(request: Request, language: str, next: str = "/") -> Response:  # noqa: A002 - its name in the address
    """Remembers a language in this browser and leads back to the page it was chosen on.

    Raises:
        NotFound: a language we do not have.
    """
    if language not in LANGUAGES:
        raise NotFound
    answer = redirect(own_path(next, None) or "/")
    secure: bool = request.app.state.settings.secure
    answer.set_cookie(
        LANGUAGE_COOKIE, language, _A_YEAR, path="/", httponly=True, samesite="lax", secure=secure
    )
    return answer
