"""Signing in and out, for both faces."""

from datetime import datetime

from fastapi import Response
from pydantic import Field

from access_policies.request import HolderPrincipal, StaffPrincipal
from api.identity import BearerToken, TheVault
from api.routes import choices
from api.routes.problems import writing
from api.routes.shapes import Body, Result, Secret, Text, new_router
from vault import identity

router = new_router("Sessions")


class StaffSignIn(Body):
    """A member of staff signs in."""

    login: Text = Field(examples=["penang-counsellor-2"])
    password: Secret = Field(examples=["correct horse battery staple"])


class CardSignIn(Body):
    """A holder signs in with what is on her card and what she knows."""

    card_code: Text = Field(
        description="Spaces, dashes and case do not matter.", examples=["7QX4-KD2M-9PTR-5"]
    )
    pin: Secret = Field(examples=["402913"])


class SignedInStaff(Result):
    """Who signed in."""

    staff_id: str = Field(examples=["stf_2c4e6a8b0d1f3e5a7c9b1d3f5e7a9c0b"])
    centre_id: str = Field(examples=["cen_3d5f7b9a1c2e4f6a8b0d2c4e6f8a0b1c"])
    role: choices.Role = Field(
        description="deposit (origin centre) or destination.", examples=["destination"]
    )


class StaffSession(Result):
    """A session of up to 8 hours; it ends after 30 minutes without use."""

    token: str = Field(
        description="Shown once. Send it as `Authorization: Bearer TOKEN`.", examples=["n3Jq...Zk"]
    )
    expires_at: datetime = Field(examples=["2026-11-23T16:15:30.120000Z"])
    staff: SignedInStaff


class CardSession(Result):
    """A session of up to 30 minutes; it ends after 2 minutes without use, because phones are passed on."""

    token: str = Field(
        description="Shown once. Send it as `Authorization: Bearer TOKEN`.", examples=["Wp0d...8A"]
    )
    expires_at: datetime = Field(examples=["2026-11-23T08:45:30.120000Z"])
    pin_is_her_own: bool = Field(
        description="While false she can look, but not answer: change the PIN first."
    )


@router.post("/sessions", status_code=201, responses=writing("sign-in-failed", "too-many-tries", "too-busy"))
def sign_in_staff(vault: TheVault, body: StaffSignIn) -> StaffSession:
    """Sign in as a member of staff.

    An unknown login and a wrong password get the same answer in the same time. After 5 failed tries the login is
    locked for 15 minutes, whether or not it exists.
    """
    signed_in = identity.sign_in_staff(vault, body.login, body.password)
    staff = signed_in.principal
    if not isinstance(staff, StaffPrincipal):
        raise TypeError("the staff sign-in gave another principal")
    return StaffSession(
        token=signed_in.token,
        expires_at=signed_in.expires_at,
        staff=SignedInStaff.model_validate(staff),
    )


@router.post(
    "/card-sessions", status_code=201, responses=writing("sign-in-failed", "too-many-tries", "too-busy")
)
def sign_in_holder(vault: TheVault, body: CardSignIn) -> CardSession:
    """Sign in as a holder.

    An unknown card and a wrong PIN get the same answer in the same time. After 5 failed tries the card is locked for
    15 minutes, whether or not it exists.
    """
    signed_in = identity.sign_in_holder(vault, body.card_code, body.pin)
    holder = signed_in.principal
    if not isinstance(holder, HolderPrincipal):
        raise TypeError("the card sign-in gave another principal")
    return CardSession(
        token=signed_in.token, expires_at=signed_in.expires_at, pin_is_her_own=holder.pin_is_her_own
    )


@router.delete("/sessions/current", status_code=204, responses=writing("not-signed-in"))
def sign_out(vault: TheVault, token: BearerToken) -> Response:
    """Sign out, staff or holder: the token opens nothing any more. Signing out twice is no error."""
    identity.sign_out(vault, token)
    return Response(status_code=204)
