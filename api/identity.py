"""Who is calling: a bearer token on the JSON API, a cookie on the pages, never the one in place of the other."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from access_policies.request import HolderPrincipal, StaffPrincipal
from vault.errors import NotSignedIn
from vault.identity import principal_of
from vault.vault import Vault

STAFF_COOKIE, HOLDER_COOKIE = "vault_staff", "vault_card"

_bearer = HTTPBearer(auto_error=False, description="The token from POST /v1/sessions or /v1/card-sessions.")


def vault_of(request: Request) -> Vault:
    """The vault this application serves."""
    vault: Vault = request.app.state.vault
    return vault


TheVault = Annotated[Vault, Depends(vault_of)]


def bearer_token(credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> str:
    """The bearer token of the call.

    Raises:
        NotSignedIn: there is none.
    """
    if credentials is None:
        raise NotSignedIn
    return credentials.credentials


BearerToken = Annotated[str, Depends(bearer_token)]


def calling_staff(vault: TheVault, token: BearerToken) -> StaffPrincipal:
    """The member of staff behind the token.

    Raises:
        NotSignedIn: nobody, or a holder.
    """
    return staff_of(vault, token)


def calling_holder(vault: TheVault, token: BearerToken) -> HolderPrincipal:
    """The holder behind the token.

    Raises:
        NotSignedIn: nobody, or a member of staff.
    """
    return holder_of(vault, token)


CallingStaff = Annotated[StaffPrincipal, Depends(calling_staff)]
CallingHolder = Annotated[HolderPrincipal, Depends(calling_holder)]


def staff_of(vault: Vault, token: str | None) -> StaffPrincipal:
    """The member of staff behind a token.

    Raises:
        NotSignedIn: nobody, or a holder.
    """
    principal = principal_of(vault, token or "", "staff")
    if not isinstance(principal, StaffPrincipal):
        raise NotSignedIn
    return principal


def holder_of(vault: Vault, token: str | None) -> HolderPrincipal:
    """The holder behind a token.

    Raises:
        NotSignedIn: nobody, or a member of staff.
    """
    principal = principal_of(vault, token or "", "holder")
    if not isinstance(principal, HolderPrincipal):
        raise NotSignedIn
    return principal
