"""Centres and their staff, entered by the operator at the command line: there is no way to add either from the web."""

from dataclasses import dataclass

from sqlmodel import Session, select

from access_policies.request import StaffPrincipal
from vault.credentials import hash_password
from vault.crypto.indexes import login_index
from vault.crypto.x25519 import X25519Recipient
from vault.errors import NotFound, Unacceptable
from vault.tables import Centre, Staff
from vault.vault import Vault, new_id

KINDS = ("origin", "destination")
ROLES = {"origin": "deposit", "destination": "destination"}
"""The one role that staff of each kind of centre have."""

SHORTEST_PASSWORD = 12


@dataclass(frozen=True)
class CentreSummary:
    """A centre as its own staff see it. `takes_sealed` says that copies can be sealed to its own recipient."""

    centre_id: str
    name: str
    country: str
    kind: str
    takes_sealed: bool


def add_centre(vault: Vault, name: str, country: str, kind: str, recipient: str | None = None) -> str:
    """Registers a centre and returns its id. `country` is ISO 3166-1 alpha-2, `recipient` its age public key.

    Raises:
        Unacceptable: kind-unknown.
        KeyFormatError: the recipient is mistyped or no age public key.
    """
    if kind not in KINDS:
        raise Unacceptable("kind-unknown")
    if recipient is not None:
        X25519Recipient.parse(recipient)  # found now, not when a copy has been allowed and counted
    centre_id = new_id("cen")
    with vault.database.write() as session:
        session.add(
            Centre(
                id=centre_id,
                name=name,
                country=country,
                kind=kind,
                recipient=recipient,
                created_at=vault.clock(),
            )
        )
        session.flush()
        vault.record(session, "centre_added", centre_id=centre_id, country=country, centre_kind=kind)
    return centre_id


def add_staff(vault: Vault, centre_id: str, login: str, password: str, label: str) -> str:
    """Registers a member of staff and returns the id. The role follows from the kind of centre.

    Raises:
        NotFound: no such centre.
        Unacceptable: password-too-short, login-taken.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise Unacceptable("password-too-short")
    index = login_index(vault.index_key, login)
    password_hash = hash_password(password)
    staff_id = new_id("stf")
    with vault.database.write() as session:
        centre = session.get(Centre, centre_id)
        if centre is None:
            raise NotFound
        if session.exec(select(Staff).where(Staff.login_index == index)).first():
            raise Unacceptable("login-taken")
        session.add(
            Staff(
                id=staff_id,
                centre_id=centre_id,
                role=ROLES[centre.kind],
                label=label,
                login_index=index,
                password_hash=password_hash,
                created_at=vault.clock(),
            )
        )
        session.flush()
        vault.record(session, "staff_added", centre_id=centre_id, staff_id=staff_id)
    return staff_id


def own_centre(vault: Vault, staff: StaffPrincipal) -> CentreSummary:
    """The centre that this member of staff works for."""
    with vault.database.read() as session:
        centre = load_centre(session, staff.centre_id)
        return CentreSummary(
            centre.id, centre.name, centre.country, centre.kind, takes_sealed=centre.recipient is not None
        )


def load_centre(session: Session, centre_id: str) -> Centre:
    """The centre.

    Raises:
        NotFound: there is none.
    """
    centre = session.get(Centre, centre_id)
    if centre is None:
        raise NotFound
    return centre
