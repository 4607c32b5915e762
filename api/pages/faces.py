"""Who sits in front of a page: the session cookies of the two faces, and where sign-in may lead."""

import re
from typing import Annotated

from fastapi import Depends, Request
from starlette.responses import Response

from access_policies.request import HolderPrincipal, StaffPrincipal
from api.identity import TheVault, holder_of, staff_of
from api.pages.page import CARD, STAFF, Face

_OWN_PATH = re.compile(r"(/[A-Za-z0-9_-]+)+(\?[A-Za-z0-9_.~%=&-]*)?", re.ASCII)


class Detour(Exception):
    """The page asked for comes later: first this one."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


def signed_in_staff(request: Request, vault: TheVault) -> StaffPrincipal:
    """The member of staff behind the staff cookie.

    Raises:
        NotSignedIn: nobody.
    """
    principal = staff_of(vault, request.cookies.get(STAFF.cookie))
    request.state.principal = principal
    return principal


def signed_in_holder(request: Request, vault: TheVault) -> HolderPrincipal:
    """The holder behind the card cookie, whoever made her PIN.

    Raises:
        NotSignedIn: nobody.
    """
    principal = holder_of(vault, request.cookies.get(CARD.cookie))
    request.state.principal = principal
    return principal


def holder_with_own_pin(holder: Annotated[HolderPrincipal, Depends(signed_in_holder)]) -> HolderPrincipal:
    """The holder behind the card cookie, once she has a PIN that no member of staff has seen.

    Raises:
        NotSignedIn: nobody.
        Detour: to the page where she makes one.
    """
    if not holder.pin_is_her_own:
        raise Detour("/card/pin")
    return holder


PageStaff = Annotated[StaffPrincipal, Depends(signed_in_staff)]
NewHolder = Annotated[HolderPrincipal, Depends(signed_in_holder)]
PageHolder = Annotated[HolderPrincipal, Depends(holder_with_own_pin)]


def keep_token(request: Request, answer: Response, face: Face, token: str) -> None:
    """Puts a session into the browser for as long as it stays open: no script and no other site can use it."""
    secure: bool = request.app.state.settings.secure
    answer.set_cookie(face.cookie, token, path="/", httponly=True, samesite="strict", secure=secure)


def forget_token(answer: Response, face: Face) -> None:
    """Takes the session, and what the browser kept of its pages, out of a phone that may be passed on."""
    answer.delete_cookie(face.cookie, path="/")
    answer.headers["Clear-Site-Data"] = '"cache"'


def own_path(wanted: str, face: Face | None) -> str | None:
    """`wanted` if it is a path of this very site (and face, if given) that a link may lead to, else None."""
    if not _OWN_PATH.fullmatch(wanted):
        return None
    return wanted if face is None or wanted.startswith(f"{face.root}/") else None
