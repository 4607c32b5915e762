"""Centres and their staff, entered by the operator at the command line: there is no way to add either from the web."""

import re
import unicodedata
from dataclasses import dataclass

from sqlmodel import Session, col, delete, select

from access_policies.request import StaffPrincipal
from vault import bindings
from vault.credentials import hash_password
from vault.crypto.indexes import login_index
from vault.errors import NotFound, Unacceptable
from vault.recipients import confirmed_recipient
from vault.tables import Centre, SignInSession, Staff
from vault.vault import Vault, new_id

KINDS = ("origin", "destination")
ROLES = {"origin": "deposit", "destination": "destination"}
"""The one role that staff of each kind of centre have."""

SHORTEST_PASSWORD = 12
LONGEST_NAME = 200
"""Characters of a centre's name, a login or a work label."""


@dataclass(frozen=True)
class CentreSummary:
    """A centre as its own staff see it. `takes_sealed` says that copies can be sealed to its own recipient."""

    centre_id: str
    name: str
    country: str
    kind: str
    takes_sealed: bool


def add_centre(vault: Vault, name: str, country: str, kind: str) -> str:
    """Registers a centre and returns its id. `country` is ISO 3166-1 alpha-2.

    Raises:
        Unacceptable: kind-unknown, country-unusable, name-unusable.
    """
    if kind not in KINDS:
        raise Unacceptable("kind-unknown")
    if not re.fullmatch("[A-Za-z]{2}", country):
        raise Unacceptable("country-unusable")
    name, country = _usable(name), country.upper()
    centre_id = new_id("cen")
    with vault.database.write() as session:
        centre = Centre(id=centre_id, name=name, country=country, kind=kind, created_at=vault.clock())
        bindings.bind(vault, centre)
        session.add(centre)
        session.flush()
        vault.record(session, "centre_added", centre_id=centre_id, country=country, centre_kind=kind)
    return centre_id


def add_staff(vault: Vault, centre_id: str, login: str, password: str, label: str) -> str:
    """Registers a member of staff and returns the id. The role follows from the kind of centre.

    Raises:
        NotFound: no such centre.
        Unacceptable: name-unusable, password-too-short, login-taken.
    """
    _usable(login)  # kept as it is typed: the index folds what may differ
    index, label = login_index(vault.index_key, login), _usable(label)
    password_hash = _hashed(password)
    staff_id = new_id("stf")
    with vault.database.write() as session:
        centre = load_centre(vault, session, centre_id)
        if session.exec(select(Staff).where(Staff.login_index == index)).first():
            raise Unacceptable("login-taken")
        staff = Staff(
            id=staff_id,
            centre_id=centre_id,
            role=ROLES[centre.kind],
            label=label,
            login_index=index,
            password_hash=password_hash,
            created_at=vault.clock(),
        )
        _keep(vault, session, staff, "staff_added")
    return staff_id


def set_password(vault: Vault, staff_id: str, password: str) -> None:
    """Replaces a staff member's password and ends all sessions opened with the old one.

    Raises:
        NotFound: no such member of staff, or a row that another program changed.
        Unacceptable: password-too-short.
    """
    password_hash = _hashed(password)
    with vault.database.write() as session:
        staff = _load_staff(vault, session, staff_id)
        staff.password_hash = password_hash
        session.execute(delete(SignInSession).where(col(SignInSession.principal_id) == staff.id))
        _keep(vault, session, staff, "password_changed")


def deactivate_staff(vault: Vault, staff_id: str) -> None:
    """Ends a staff member's access, from the very next call on. Doing so twice changes and records nothing more.

    Raises:
        NotFound: no such member of staff, or a row that another program changed.
    """
    with vault.database.write() as session:
        staff = _load_staff(vault, session, staff_id)
        if not staff.active:
            return
        staff.active = False
        _keep(vault, session, staff, "staff_deactivated")


def own_centre(vault: Vault, staff: StaffPrincipal) -> CentreSummary:
    """The centre that this member of staff works for."""
    with vault.database.read() as session:
        centre = load_centre(vault, session, staff.centre_id)
        takes_sealed = confirmed_recipient(vault, session, centre.id) is not None
        return CentreSummary(centre.id, centre.name, centre.country, centre.kind, takes_sealed=takes_sealed)


def load_centre(vault: Vault, session: Session, centre_id: str) -> Centre:
    """The centre.

    Raises:
        NotFound: there is none, or its row was changed by another program.
    """
    centre = session.get(Centre, centre_id)
    if centre is None or not bindings.is_bound(vault, centre):
        raise NotFound
    return centre


def _load_staff(vault: Vault, session: Session, staff_id: str) -> Staff:
    # A row that somebody else wrote must not be bound by the next change of it.
    staff = session.get(Staff, staff_id)
    if staff is None or not bindings.stands(vault, session, staff):
        raise NotFound
    return staff


def _keep(vault: Vault, session: Session, staff: Staff, kind: str) -> None:
    row = bindings.bind(vault, staff)
    session.add(staff)
    session.flush()
    vault.record(session, kind, centre_id=staff.centre_id, staff_id=staff.id, row=row)


def _hashed(password: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        raise Unacceptable("password-too-short")
    return hash_password(password)


def _usable(name: str) -> str:
    name = " ".join(unicodedata.normalize("NFC", name).split())
    if (
        not name
        or len(name) > LONGEST_NAME
        or any(unicodedata.category(c) in ("Cc", "Cf", "Cs") for c in name)
    ):
        raise Unacceptable("name-unusable")
    return name
