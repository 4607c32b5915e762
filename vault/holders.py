"""Holders: enrolling one at her origin centre, and seeing her there."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, select

from access_policies.request import Action, CentreResource, HolderResource, Question, StaffPrincipal
from vault import answers, bindings, credentials, holder_indexes, holder_keys, pages
from vault.answers import Call
from vault.centres import load_centre
from vault.crypto.cards import new_card_code, parse_card_code
from vault.crypto.errors import CryptoError, KeyFormatError
from vault.crypto.indexes import card_index, name_tokens, normalise_phone
from vault.crypto.records import Cell, open_record, seal
from vault.errors import NotFound, Unacceptable
from vault.holder_keys import KeyInHand, WrappedKey
from vault.tables import Holder, HolderKey
from vault.vault import Vault, new_id, who

CONSENT_METHODS = ("signature", "thumbprint", "recorded_voice")
LANGUAGES = ("vi", "en")
NOTICE_VERSION = "2026-11"
LONGEST_NAME = 200


@dataclass(frozen=True)
class Enrolment:
    """What the desk asks. `consent_given` is hers to deposit papers at all; there is no default for it.

    `phone` may be left out; a number without a country code is one of the centre's country.
    """

    name: str
    language: str
    consent_given: bool
    consent_method: str
    phone: str | None = None


@dataclass(frozen=True)
class Card:
    """What she takes away, shown once: the vault cannot show it again."""

    holder_id: str
    card_code: str = field(repr=False)
    starting_pin: str = field(repr=False)


@dataclass(frozen=True)
class HolderSummary:
    """A holder as her origin centre sees her. `name` is None where it cannot be opened."""

    holder_id: str
    name: str | None
    language: str
    pin_is_her_own: bool
    enrolled_at: datetime


@dataclass(frozen=True)
class HolderDetails(HolderSummary):
    """One holder as her origin centre sees her; `phone` is E.164, or None if she gave none."""

    name: str
    phone: str | None


@dataclass(frozen=True)
class _Made:
    """What is made for a new holder before the transaction: hashing is slow, and a keyring may be."""

    name: str
    card: Card
    pin_hash: str
    in_hand: KeyInHand
    key_row: HolderKey


def enrol(vault: Vault, staff: StaffPrincipal, enrolment: Enrolment, call: Call) -> Card:
    """Registers a holder at the staff member's own centre and makes her card.

    Raises:
        Refused: not a deposit desk of this centre.
        AlreadyDone: this very call was carried out before.
        Unacceptable: consent-missing, consent-method-unknown, language-unknown, name-unusable, phone-unusable.
    """
    made = _make(vault, _usable(enrolment))
    with vault.database.write() as session:
        centre = load_centre(vault, session, staff.centre_id)
        resource = CentreResource(centre.id, "origin" if centre.kind == "origin" else "destination")
        decision = vault.permit(session, Question(staff, Action.ENROL_HOLDER, resource, vault.clock()))
        phone = _usable_phone(enrolment, centre.country)
        holder = _row(vault, staff, enrolment, made, phone)
        row = bindings.bind(vault, holder)
        session.add(holder)
        session.flush()
        holder_keys.keep(session, made.key_row)
        holder_indexes.keep(vault, session, holder, "name", name_tokens(made.name))
        holder_indexes.keep(vault, session, holder, "phone", [phone] if phone else [])
        answers.keep(vault, session, call, made.card, holder.id)
        vault.record(
            session,
            "holder_enrolled",
            holder_id=holder.id,
            centre_id=centre.id,
            staff_id=staff.staff_id,
            notice_version=NOTICE_VERSION,
            consent_method=enrolment.consent_method,
            row=row,
            policies=decision.policies,
        )
    return made.card


def list_holders(
    vault: Vault, staff: StaffPrincipal, after: str | None, limit: int
) -> pages.Page[HolderSummary]:
    """The holders enrolled at the staff member's own centre, newest first."""
    with vault.database.read() as session:
        query = select(Holder).where(
            Holder.origin_centre_id == staff.centre_id, col(Holder.erased_at).is_(None)
        )
        rows = pages.newest_first(session, query, col(Holder.created_at), col(Holder.id), after, limit)
        seen = [row for row in rows.items if may_see(vault, staff, row)]
        keys = holder_keys.find_many(session, [row.id for row in seen])
    return pages.Page(summaries(vault, seen, keys), rows.next_cursor)


def see_holder(vault: Vault, staff: StaffPrincipal, holder_id: str) -> HolderDetails:
    """One holder of the staff member's own centre, with her telephone number. Each look is an entry in her history.

    Raises:
        NotFound: no such holder, or another centre's.
        KeyringUnavailable: nothing was shown, and nothing recorded.
    """
    with vault.database.read() as session:
        holder = load_holder(vault, session, holder_id)
        if not may_see(vault, staff, holder):
            raise NotFound
        found = holder_keys.find(session, holder.id)
    in_hand = holder_keys.open_one(vault, found)
    phone = None
    if holder.phone_sealed is not None:
        phone = open_record(in_hand.key, holder.phone_sealed, phone_cell(holder.id))
    seen = HolderDetails(**vars(_summary(holder, _name(holder, in_hand))), phone=phone)
    # Asked again, for the entry: what was allowed when the keyring was asked may have ended since.
    with vault.database.write() as session:
        resource = as_resource(load_holder(vault, session, holder_id))
        decision = vault.reveal(Question(staff, Action.SEE_HOLDER, resource, vault.clock()))
        facts = {**who(staff), "holder_id": holder_id}
        vault.record(session, "holder_seen", **facts, policies=decision.policies)
    return seen


def see_name(vault: Vault, staff: StaffPrincipal, holder_id: str) -> HolderSummary:
    """One holder as a list shows her, for a page about one of her papers. No entry: such a page renews itself.

    Raises:
        NotFound: no such holder, or another centre's.
        KeyringUnavailable: nothing was shown.
    """
    with vault.database.read() as session:
        holder = load_holder(vault, session, holder_id)
        if not may_see(vault, staff, holder):
            raise NotFound
        found = holder_keys.find(session, holder.id)
    return _summary(holder, _name(holder, holder_keys.open_one(vault, found)))


def own_name(vault: Vault, holder_id: str) -> str:
    """The holder's name, for her own pages."""
    with vault.database.read() as session:
        holder, found = load_holder(vault, session, holder_id), holder_keys.find(session, holder_id)
    return _name(holder, holder_keys.open_one(vault, found))


def load_holder(vault: Vault, session: Session, holder_id: str) -> Holder:
    """The holder.

    Raises:
        NotFound: there is none, she was erased, or her row was changed by another program.
    """
    holder = session.get(Holder, holder_id)
    if holder is None or holder.erased_at is not None or not bindings.is_bound(vault, holder):
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
    query = select(Holder).where(Holder.card_index == card_index(vault.index_key, code))
    holder = session.exec(query).first()
    return holder if holder is not None and bindings.is_bound(vault, holder) else None


def as_resource(holder: Holder) -> HolderResource:
    """The holder as the policy sees her."""
    return HolderResource(holder.id, holder.origin_centre_id)


def may_see(vault: Vault, staff: StaffPrincipal, holder: Holder) -> bool:
    """Whether the policy lets this member of staff see this holder. Nobody sees one whose row somebody changed."""
    if not bindings.is_bound(vault, holder):
        return False
    try:
        vault.reveal(Question(staff, Action.SEE_HOLDER, as_resource(holder), vault.clock()))
    except NotFound:
        return False
    return True


def summaries(vault: Vault, holders: Sequence[Holder], keys: Sequence[WrappedKey]) -> list[HolderSummary]:
    """These holders with their names opened, in one call to the keyring. Ask `may_see` first; no session is open.

    One whose key is missing or does not open, or whose name does not, is there without a name: damage to one row must
    not take the whole list away.

    Raises:
        KeyringUnavailable: the keyring does not answer; try again later.
    """
    in_hand = holder_keys.open_each(vault, keys)
    return [_summary(holder, _name_if_it_opens(holder, in_hand.get(holder.id))) for holder in holders]


def _summary(holder: Holder, name: str | None) -> HolderSummary:
    return HolderSummary(holder.id, name, holder.language, holder.pin_is_her_own, holder.created_at)


def _name_if_it_opens(holder: Holder, in_hand: KeyInHand | None) -> str | None:
    if in_hand is None:
        return None
    try:
        return _name(holder, in_hand)
    except CryptoError:
        return None


def _name(holder: Holder, in_hand: KeyInHand) -> str:
    return open_record(in_hand.key, holder.name_sealed, name_cell(holder.id))


def name_cell(holder_id: str) -> Cell:
    """Where her name is sealed to."""
    return Cell(holder_id, "holder", holder_id, "name")


def phone_cell(holder_id: str) -> Cell:
    """Where her telephone number is sealed to."""
    return Cell(holder_id, "holder", holder_id, "phone")


def _make(vault: Vault, name: str) -> _Made:
    card = Card(new_id("hld"), new_card_code(), credentials.new_pin())
    pin = credentials.peppered_pin(vault.index_key, card.holder_id, card.starting_pin)
    pin_hash = credentials.hash_password(pin)
    in_hand, key_row = holder_keys.make(vault, card.holder_id)
    return _Made(name, card, pin_hash, in_hand, key_row)


def _row(vault: Vault, staff: StaffPrincipal, enrolment: Enrolment, made: _Made, phone: str | None) -> Holder:
    holder_id, key = made.card.holder_id, made.in_hand.key
    return Holder(
        id=holder_id,
        origin_centre_id=staff.centre_id,
        card_index=card_index(vault.index_key, made.card.card_code),
        pin_hash=made.pin_hash,
        name_sealed=seal(key, made.name, name_cell(holder_id)),
        phone_sealed=seal(key, phone, phone_cell(holder_id)) if phone else None,
        language=enrolment.language,
        notice_version=NOTICE_VERSION,
        consent_method=enrolment.consent_method,
        enrolled_by=staff.staff_id,
        created_at=vault.clock(),
    )


def _usable_phone(enrolment: Enrolment, country: str) -> str | None:
    if enrolment.phone is None:
        return None
    phone = normalise_phone(enrolment.phone, country)
    if phone is None:
        raise Unacceptable("phone-unusable")
    return phone


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
