"""Holders: enrolling one at her origin centre, and finding her again."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, select

from access_policies.request import Action, CentreResource, HolderResource, Question, StaffPrincipal
from vault import answers, credentials, holder_keys, pages
from vault.answers import Call
from vault.centres import load_centre
from vault.crypto.cards import new_card_code, parse_card_code
from vault.crypto.errors import KeyFormatError
from vault.crypto.indexes import card_index
from vault.crypto.records import Cell, open_record, seal
from vault.errors import NotFound, Unacceptable
from vault.tables import Holder
from vault.vault import Vault, new_id

CONSENT_METHODS = ("signature", "thumbprint", "recorded_voice")
LANGUAGES = ("vi", "en")
NOTICE_VERSION = "2026-11"
LONGEST_NAME = 200


@dataclass(frozen=True)
class Enrolment:
    """What the desk asks. `consent_given` is hers to deposit papers at all; there is no default for it."""

    name: str
    language: str
    consent_given: bool
    consent_method: str


@dataclass(frozen=True)
class Card:
    """What she takes away, shown once: the vault cannot show it again."""

    holder_id: str
    card_code: str = field(repr=False)
    starting_pin: str = field(repr=False)


@dataclass(frozen=True)
class HolderSummary:
    """A holder as her origin centre sees her."""

    holder_id: str
    name: str
    language: str
    pin_is_her_own: bool
    enrolled_at: datetime


def enrol(vault: Vault, staff: StaffPrincipal, enrolment: Enrolment, call: Call) -> Card:
    """Registers a holder at the staff member's own centre and makes her card.

    Raises:
        Refused: not a deposit desk of this centre.
        AlreadyDone: this very call was carried out before.
        Unacceptable: consent-missing, consent-method-unknown, language-unknown, name-unusable.
    """
    name = _usable(enrolment)
    card = Card(new_id("hld"), new_card_code(), credentials.new_pin())
    holder_id = card.holder_id
    pin_hash = credentials.hash_password(
        credentials.peppered_pin(vault.index_key, holder_id, card.starting_pin)
    )
    in_hand, key_row = holder_keys.make(vault, holder_id)
    with vault.database.write() as session:
        centre = load_centre(session, staff.centre_id)
        resource = CentreResource(centre.id, "origin" if centre.kind == "origin" else "destination")
        decision = vault.permit(session, Question(staff, Action.ENROL_HOLDER, resource, vault.clock()))
        session.add(
            Holder(
                id=holder_id,
                origin_centre_id=centre.id,
                card_index=card_index(vault.index_key, card.card_code),
                pin_hash=pin_hash,
                name_sealed=seal(in_hand.key, name, name_cell(holder_id)),
                language=enrolment.language,
                notice_version=NOTICE_VERSION,
                consent_method=enrolment.consent_method,
                enrolled_by=staff.staff_id,
                created_at=vault.clock(),
            )
        )
        session.flush()
        holder_keys.keep(session, key_row)
        answers.keep(vault, session, call, card, holder_id)
        vault.record(
            session,
            "holder_enrolled",
            holder_id=holder_id,
            centre_id=centre.id,
            staff_id=staff.staff_id,
            notice_version=NOTICE_VERSION,
            consent_method=enrolment.consent_method,
            policies=decision.policies,
        )
    return card


def list_holders(
    vault: Vault, staff: StaffPrincipal, after: str | None, limit: int
) -> pages.Page[HolderSummary]:
    """The holders enrolled at the staff member's own centre, newest first."""
    with vault.database.read() as session:
        query = select(Holder).where(
            Holder.origin_centre_id == staff.centre_id, col(Holder.erased_at).is_(None)
        )
        rows = pages.newest_first(session, query, col(Holder.created_at), col(Holder.id), after, limit)
        seen = [row for row in rows.items if _may_see(vault, staff, row)]
        return pages.Page(_summaries(vault, session, seen), rows.next_cursor)


def see_holder(vault: Vault, staff: StaffPrincipal, holder_id: str) -> HolderSummary:
    """One holder of the staff member's own centre.

    Raises:
        NotFound: no such holder, or another centre's.
    """
    with vault.database.read() as session:
        holder = load_holder(session, holder_id)
        if not _may_see(vault, staff, holder):
            raise NotFound
        return _summaries(vault, session, [holder])[0]


def own_name(vault: Vault, holder_id: str) -> str:
    """The holder's name, for her own pages."""
    with vault.database.read() as session:
        return _summaries(vault, session, [load_holder(session, holder_id)])[0].name


def load_holder(session: Session, holder_id: str) -> Holder:
    """The holder.

    Raises:
        NotFound: there is none, or she was erased.
    """
    holder = session.get(Holder, holder_id)
    if holder is None or holder.erased_at is not None:
        raise NotFound
    return holder


def find_by_card(vault: Vault, session: Session, card_code: str) -> Holder | None:
    """The holder of this card, if any. The caller must answer alike in both cases.

    Raises:
        Unacceptable: card-mistyped: the code's own check symbol is wrong, which says nothing about any person.
    """
    try:
        code = parse_card_code(card_code)
    except KeyFormatError:
        raise Unacceptable("card-mistyped") from None
    return session.exec(select(Holder).where(Holder.card_index == card_index(vault.index_key, code))).first()


def as_resource(holder: Holder) -> HolderResource:
    """The holder as the policy sees her."""
    return HolderResource(holder.id, holder.origin_centre_id)


def _may_see(vault: Vault, staff: StaffPrincipal, holder: Holder) -> bool:
    try:
        vault.reveal(Question(staff, Action.SEE_HOLDER, as_resource(holder), vault.clock()))
    except NotFound:
        return False
    return True


def _summaries(vault: Vault, session: Session, holders: Sequence[Holder]) -> list[HolderSummary]:
    keys = holder_keys.unwrap_many(vault, session, [holder.id for holder in holders])
    return [
        HolderSummary(
            holder.id,
            open_record(keys[holder.id].key, holder.name_sealed, name_cell(holder.id)),
            holder.language,
            holder.pin_is_her_own,
            holder.created_at,
        )
        for holder in holders
    ]


def name_cell(holder_id: str) -> Cell:
    """Where her name is sealed to."""
    return Cell(holder_id, "holder", holder_id, "name")


def phone_cell(holder_id: str) -> Cell:
    """Where her telephone number is sealed to."""
    return Cell(holder_id, "holder", holder_id, "phone")


def _usable(enrolment: Enrolment) -> str:
    if enrolment.consent_given is not True:
        raise Unacceptable("consent-missing")
    if enrolment.consent_method not in CONSENT_METHODS:
        raise Unacceptable("consent-method-unknown")
    if enrolment.language not in LANGUAGES:
        raise Unacceptable("language-unknown")
    name = " ".join(unicodedata.normalize("NFC", enrolment.name).split())
    if (
        not name
        or len(name) > LONGEST_NAME
        or any(unicodedata.category(c) in ("Cc", "Cf", "Cs") for c in name)
    ):
        raise Unacceptable("name-unusable")
    return name
