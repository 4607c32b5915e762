"""Centres, staff and holders: who can be entered, and what is kept of them."""

from dataclasses import replace
from typing import Any

import pytest

from access_policies.request import HolderPrincipal
from tests.vault.world import PASSWORD, World
from vault import centres, history, holders, identity
from vault.errors import KeyringUnavailable, NotFound, Refused, Unacceptable
from vault.holders import Enrolment

ENROLMENT = Enrolment("Nguyễn Thị Hoa", "vi", True, "signature")


def enrol(world: World, staff: Any = None, **changes: Any) -> holders.Card:
    enrolment = replace(ENROLMENT, **changes)
    return holders.enrol(world.vault, staff or world.seed.origin, enrolment, world.call())


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"consent_given": False}, "consent-missing"),
        ({"consent_given": None}, "consent-missing"),
        ({"consent_given": "yes"}, "consent-missing"),
        ({"consent_method": "assumed"}, "consent-method-unknown"),
        ({"language": "xx"}, "language-unknown"),
        ({"name": ""}, "name-unusable"),
        ({"name": "  \n "}, "name-unusable"),
        ({"name": "x" * (holders.LONGEST_NAME + 1)}, "name-unusable"),
        ({"name": "Hoa\0"}, "name-unusable"),
        ({"name": "Hoa\x1b[2J"}, "name-unusable"),
        ({"name": "Hoa \ud800"}, "name-unusable"),
        ({"phone": ""}, "phone-unusable"),
        ({"phone": "12345"}, "phone-unusable"),
        ({"phone": "0912 345 678 or the neighbour's"}, "phone-unusable"),
    ],
)
def test_without_consent_and_a_name_nobody_is_enrolled(
    changes: dict[str, Any], code: str, world: World
) -> None:
    entries = len(world.entries())
    with pytest.raises(Unacceptable) as unacceptable:
        enrol(world, **changes)
    assert unacceptable.value.code == code
    assert len(world.entries()) == entries


def test_a_name_is_kept_as_one_writes_it(world: World) -> None:
    decomposed = "  Nguye\N{COMBINING CIRCUMFLEX ACCENT}\N{COMBINING TILDE}n  Thi\N{COMBINING DOT BELOW} Hoa "
    card = enrol(world, name=decomposed)
    seen = holders.see_holder(world.vault, world.seed.origin, card.holder_id)
    assert (seen.name, seen.pin_is_her_own) == ("Nguyễn Thị Hoa", False)


def test_a_telephone_number_is_kept_in_one_form_for_her_own_desk_only(world: World) -> None:
    card = enrol(world, phone="0912 345 678")
    assert holders.see_holder(world.vault, world.seed.origin, card.holder_id).phone == "+84912345678"
    without = holders.see_holder(world.vault, world.seed.origin, enrol(world).holder_id)
    assert without.phone is None
    for stranger in (world.seed.other_origin, world.seed.centre):
        with pytest.raises(NotFound):
            holders.see_holder(world.vault, stranger, card.holder_id)
    world.vault.database.close()
    assert b"912345678" not in world.database_path.read_bytes()


def test_a_card_opens_with_its_starting_pin(world: World) -> None:
    card = enrol(world)
    signed_in = identity.sign_in_holder(world.vault, card.card_code, card.starting_pin)
    assert signed_in.principal == HolderPrincipal(card.holder_id, pin_is_her_own=False)


def test_no_destination_desk_enrols(world: World) -> None:
    with pytest.raises(Refused):
        enrol(world, world.seed.centre)
    assert world.entries()[-1].kind == "refused"


def test_each_desk_lists_its_own_people(world: World) -> None:
    card = enrol(world, world.seed.other_origin)

    def listed(staff: Any) -> set[str]:
        return {each.holder_id for each in holders.list_holders(world.vault, staff, None, 50).items}

    assert listed(world.seed.other_origin) == {card.holder_id}
    assert listed(world.seed.origin) == {world.seed.hoa.holder_id, world.seed.lan.holder_id}
    assert listed(world.seed.centre) == set()


def test_staff_are_entered_once_with_a_password_worth_the_name(world: World) -> None:
    centre_id = world.seed.origin.centre_id
    for login, password, code in (
        ("hanoi", PASSWORD, "login-taken"),
        (" HANOI ", PASSWORD, "login-taken"),
        ("second", "x" * (centres.SHORTEST_PASSWORD - 1), "password-too-short"),
    ):
        with pytest.raises(Unacceptable) as unacceptable:
            centres.add_staff(world.vault, centre_id, login, password, "desk 2")
        assert unacceptable.value.code == code
    with pytest.raises(NotFound):
        centres.add_staff(world.vault, "cen_none", "second", PASSWORD, "desk 2")
    with pytest.raises(Unacceptable, match="kind-unknown"):
        centres.add_centre(world.vault, "Ipoh", "MY", "transit")


def test_every_look_at_her_name_and_telephone_number_is_in_her_history(world: World) -> None:
    hoa, desk = world.seed.hoa, world.seed.origin
    looked = len(world.entries("holder_seen"))
    holders.see_holder(world.vault, desk, hoa.holder_id)
    newest = history.own_history(world.vault, hoa.principal, None, 1).items[0]
    assert (newest.kind, newest.staff_label, newest.policies) == (
        "holder_seen",
        "Hanoi desk",
        ("origin-sees-holder",),
    )
    assert holders.see_name(world.vault, desk, hoa.holder_id).name == "Nguyễn Thị Hoa"
    with pytest.raises(NotFound):
        holders.see_holder(world.vault, world.seed.other_origin, hoa.holder_id)
    with pytest.raises(KeyringUnavailable):
        holders.see_holder(replace(world.vault, keyring=Down()), desk, hoa.holder_id)
    assert len(world.entries("holder_seen")) == looked + 1


class Down:
    """A keyring that does not answer."""

    def __getattr__(self, _name: str) -> Any:
        raise KeyringUnavailable
