"""Signing in, being signed in, signing out: for staff by password, for holders by card and PIN."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from sqlmodel import Session, col, delete, select

from access_policies.request import HolderPrincipal, Principal, StaffPrincipal
from vault import bindings, credentials
from vault.crypto.indexes import card_index, login_index
from vault.errors import NotSignedIn, SignInFailed, Unacceptable
from vault.tables import Holder, SignInSession, Staff
from vault.vault import Vault

STAFF_SESSION = timedelta(hours=8)
STAFF_IDLE = timedelta(minutes=30)
HOLDER_SESSION = timedelta(minutes=30)
HOLDER_IDLE = timedelta(minutes=2)
"""A shared phone is passed on: a holder's session ends after two minutes without use."""

_Person = TypeVar("_Person", Staff, Holder)
_TOUCH_AFTER = timedelta(seconds=15)


@dataclass(frozen=True)
class SignedIn:
    """A new session. `token` is shown to the client once and kept only as a digest."""

    token: str = field(repr=False)
    principal: Principal
    expires_at: datetime


def sign_in_staff(vault: Vault, login: str, password: str) -> SignedIn:
    """Opens a session for a member of staff.

    Raises:
        SignInFailed: no such login, wrong password or no longer active: one answer, in the same time.
        TooManyTries: locked for a while.
        TooBusy: too many others sign in right now.
    """
    subject = login_index(vault.index_key, login)
    with vault.database.read() as session:
        staff = _bound(vault, session.exec(select(Staff).where(Staff.login_index == subject)).first())
    with credentials.turn():
        credentials.charge_try(vault, subject)
        proved = credentials.matches(staff.password_hash if staff else None, password)
    if not proved or staff is None or not staff.active:
        raise SignInFailed
    credentials.clear_tries(vault, subject)
    return _open_session(vault, "staff", staff, _staff_principal(staff), STAFF_SESSION)


def sign_in_holder(vault: Vault, card_code: str, pin: str) -> SignedIn:
    """Opens a session for a holder.

    Raises:
        SignInFailed: no such card or wrong PIN: one answer, in the same time.
        TooManyTries: locked for a while, whether or not the card exists.
    """
    holder = prove_pin(vault, card_code, pin)
    return _open_session(vault, "holder", holder, _holder_principal(holder), HOLDER_SESSION)


def prove_pin(vault: Vault, card_code: str, pin: str) -> Holder:
    """The holder whose card and PIN these are.

    Raises:
        SignInFailed, TooManyTries: as for `sign_in_holder`.
    """
    # A mistyped card is counted like an unknown one, and kept under the same key: it is nearly a right one.
    subject = card_index(vault.index_key, card_code)
    with vault.database.read() as session:
        holder = _bound(vault, session.exec(select(Holder).where(Holder.card_index == subject)).first())
    return _prove(vault, subject, holder, pin)


def confirm_pin(vault: Vault, principal: HolderPrincipal, pin: str) -> None:
    """Asks a signed-in holder for her PIN again, before something weighty.

    Raises:
        SignInFailed: not her PIN.
        TooManyTries: locked for a while.
    """
    with vault.database.read() as session:
        holder = session.get(Holder, principal.holder_id)
        if holder is not None and not bindings.stands(vault, session, holder):
            holder = None
    if holder is None or holder.card_index is None:
        raise NotSignedIn
    _prove(vault, holder.card_index, holder, pin)


def change_pin(vault: Vault, principal: HolderPrincipal, pin: str, new_pin: str) -> None:
    """Replaces the PIN by one of her own and ends all her sessions: she signs in again with the new one.

    Raises:
        SignInFailed: `pin` is not the present one.
        Unacceptable: pin-format, pin-too-simple, pin-unchanged.
    """
    if not (new_pin.isascii() and new_pin.isdigit() and len(new_pin) == credentials.PIN_DIGITS):
        raise Unacceptable("pin-format")
    if len(set(new_pin)) < 3 or new_pin in "01234567890" or new_pin in "09876543210":
        raise Unacceptable("pin-too-simple")
    if hmac.compare_digest(pin.encode(), new_pin.encode()):
        raise Unacceptable("pin-unchanged")
    confirm_pin(vault, principal, pin)
    new_hash = credentials.hash_password(
        credentials.peppered_pin(vault.index_key, principal.holder_id, new_pin)
    )
    with vault.database.write() as session:
        holder = session.get_one(Holder, principal.holder_id)
        if not bindings.stands(vault, session, holder):
            raise NotSignedIn  # changed since it was checked: binding it now would make it count
        holder.pin_hash, holder.pin_is_her_own = new_hash, True
        row = bindings.bind(vault, holder)
        session.add(holder)
        session.flush()
        session.execute(delete(SignInSession).where(col(SignInSession.principal_id) == holder.id))
        vault.record(session, "pin_changed", holder_id=holder.id, row=row)


def principal_of(vault: Vault, token: str, face: str) -> Principal:
    """Who is behind a token, asked afresh at every call. `face` is "staff" or "holder".

    Raises:
        NotSignedIn: unknown, ended, idle for too long, for the other face, or no longer active.
    """
    now = vault.clock()
    with vault.database.read() as session:
        kept = session.get(SignInSession, _digest(token))
        if kept is None or kept.face != face or not _is_live(kept, now):
            raise NotSignedIn
        principal = _principal(vault, session, kept, token)
    if now - kept.last_used_at > _TOUCH_AFTER:
        with vault.database.write() as session:
            touched = session.get(SignInSession, kept.token_sha256)
            if touched is None:
                raise NotSignedIn
            touched.last_used_at = now
            session.add(touched)
    return principal


def sign_out(vault: Vault, token: str) -> None:
    """Ends a session; ending one that is not there is no error."""
    with vault.database.write() as session:
        kept = session.get(SignInSession, _digest(token))
        if kept is not None:
            session.delete(kept)


def _prove(vault: Vault, subject: bytes, holder: Holder | None, pin: str) -> Holder:
    peppered = credentials.peppered_pin(vault.index_key, holder.id if holder else "", pin)
    with credentials.turn():
        credentials.charge_try(vault, subject)
        if not credentials.matches(holder.pin_hash if holder else None, peppered) or holder is None:
            raise SignInFailed
    credentials.clear_tries(vault, subject)
    return holder


def _open_session(
    vault: Vault, face: str, proved: Staff | Holder, principal: Principal, lasts: timedelta
) -> SignedIn:
    token, now = secrets.token_urlsafe(32), vault.clock()
    with vault.database.write() as session:
        is_staff = isinstance(proved, Staff)
        current = session.get(Staff, proved.id) if is_staff else session.get(Holder, proved.id)
        # Replaced while it was being checked: replacing ends every session, and this one must not outlive it.
        if current is None or current.bound != proved.bound or not bindings.stands(vault, session, current):
            raise SignInFailed
        kept = SignInSession(
            token_sha256=_digest(token),
            face=face,
            principal_id=proved.id,
            created_at=now,
            last_used_at=now,
            expires_at=now + lasts,
        )
        bindings.bind_session(vault, kept, token, current)
        session.add(kept)
    return SignedIn(token, principal, now + lasts)


def _is_live(kept: SignInSession, now: datetime) -> bool:
    idle = STAFF_IDLE if kept.face == "staff" else HOLDER_IDLE
    return now < kept.expires_at and now - kept.last_used_at < idle


def _principal(vault: Vault, session: Session, kept: SignInSession, token: str) -> Principal:
    is_staff, id_ = kept.face == "staff", kept.principal_id
    person = session.get(Staff, id_) if is_staff else session.get(Holder, id_)
    if person is None or not bindings.is_bound_session(vault, kept, token, person):
        raise NotSignedIn
    if not bindings.stands(vault, session, person):
        raise NotSignedIn
    if isinstance(person, Holder):
        return _holder_principal(person)
    if not person.active:
        raise NotSignedIn
    return _staff_principal(person)


def _bound(vault: Vault, person: _Person | None) -> _Person | None:
    """The person, unless another program wrote the row: then there is nobody, and the same work follows."""
    return person if person is not None and bindings.is_bound(vault, person) else None


def _staff_principal(staff: Staff) -> StaffPrincipal:
    return StaffPrincipal(
        staff.id, staff.centre_id, "deposit" if staff.role == "deposit" else "destination", staff.active
    )


def _holder_principal(holder: Holder) -> HolderPrincipal:
    return HolderPrincipal(holder.id, holder.pin_is_her_own)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
