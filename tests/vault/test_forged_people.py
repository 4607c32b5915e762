"""Who can write to the database, but has no key, becomes nobody else, moves nobody, and puts no older row back."""

import hashlib
import hmac
import logging
import secrets
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from access_policies.request import StaffPrincipal
from tests.vault.world import PASSWORD, PIN, World, ask_for
from vault import cases, centres, documents, erasure, finding, holders, identity, requests
from vault.crypto.context import encode_context
from vault.errors import NotFound, NotSignedIn, Refused, SignInFailed
from vault.holders import Card, Enrolment
from vault.release import release

OTHER_PIN = "385029"


def edit(world: World, statement: str, *values: object) -> None:
    with sqlite3.connect(world.database_path) as hands:
        hands.execute(statement, values)
    hands.close()


def row_of(world: World, table: str, key: object, column: str = "id") -> dict[str, Any]:
    """A whole row, as a thief would keep it."""
    with sqlite3.connect(world.database_path) as hands:
        hands.row_factory = sqlite3.Row
        row = dict(hands.execute(f"SELECT * FROM {table} WHERE {column} = ?", [key]).fetchone())
    hands.close()
    return row


def put_back(world: World, table: str, row: dict[str, Any]) -> None:
    marks = ", ".join("?" for _ in row)
    edit(world, f"INSERT OR REPLACE INTO {table} ({', '.join(row)}) VALUES ({marks})", *row.values())


def digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def desk(world: World) -> str:
    return identity.sign_in_staff(world.vault, "penang", PASSWORD).token


def hers(world: World, pin: str = PIN) -> str:
    return identity.sign_in_holder(world.vault, world.seed.hoa.card_code, pin).token


def out(world: World, token: str, face: str) -> bool:
    try:
        identity.principal_of(world.vault, token, face)
    except NotSignedIn:
        return True
    return False


def enrolled(world: World) -> Card:
    asked = Enrolment("Phạm Thị Mai", "vi", True, "signature", "0912345678")
    return holders.enrol(world.vault, world.seed.origin, asked, world.call())


# Sessions


@pytest.mark.parametrize("face", ["holder", "staff"])
def test_a_session_written_by_hand_opens_nothing(face: str, world: World) -> None:
    own = hers(world) if face == "holder" else desk(world)
    made_up = secrets.token_urlsafe(32)
    edit(
        world,
        """INSERT INTO sign_in_session SELECT ?, face, principal_id, created_at, last_used_at, expires_at, bound
        FROM sign_in_session WHERE token_sha256 = ?""",
        digest(made_up),
        digest(own),
    )
    assert out(world, made_up, face)
    assert not out(world, own, face)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("principal_id", lambda world: world.seed.lan.holder_id),
        ("created_at", lambda world: "2026-01-01 00:00:00.000000"),
        ("expires_at", lambda world: "2099-01-01 00:00:00.000000"),
        ("bound", lambda world: b""),
    ],
)
def test_a_session_changed_by_hand_opens_nothing(
    column: str, value: Callable[[World], object], world: World
) -> None:
    """Her own session, pointed at somebody else's papers, or made to last."""
    token = hers(world)
    assert not out(world, token, "holder")
    change = f"UPDATE sign_in_session SET {column} = ? WHERE token_sha256 = ?"
    edit(world, change, value(world), digest(token))
    assert out(world, token, "holder")


def test_a_session_does_not_change_its_face(world: World) -> None:
    """Not even for a member of staff whose id is hers."""
    token, staff_id = hers(world), world.seed.centre.staff_id
    change = "UPDATE sign_in_session SET face = 'staff', principal_id = ? WHERE token_sha256 = ?"
    edit(world, change, staff_id, digest(token))
    assert out(world, token, "staff")


def test_a_session_put_back_after_a_new_pin_opens_nothing(world: World) -> None:
    token = hers(world)
    kept = row_of(world, "sign_in_session", digest(token), "token_sha256")
    identity.change_pin(world.vault, world.seed.hoa.principal, PIN, OTHER_PIN)
    put_back(world, "sign_in_session", kept)
    assert out(world, token, "holder")


# Staff


def test_a_binding_is_over_what_the_specification_says(world: World) -> None:
    staff = row_of(world, "staff", world.seed.centre.staff_id)
    hoa = row_of(world, "holder", world.seed.hoa.holder_id)
    centre = row_of(world, "centre", world.seed.centre.centre_id)
    for row, label, names in (
        (centre, "centre", ["name", "country", "kind"]),
        (staff, "staff", ["centre_id", "role", "login_index", "password_hash", "active"]),
        (hoa, "holder", ["origin_centre_id", "has_card", "card_index", "pin_hash", "pin_is_her_own"]),
    ):
        values = [({**row, "has_card": 1})[name] for name in ["id", *names]]
        context = encode_context(f"migrant-vault/v1/bound/{label}", *values)
        assert row["bound"] == hmac.digest(world.vault.index_key, context, "sha256")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("centre_id", lambda world: world.seed.other_centre.centre_id),
        ("role", lambda world: "deposit"),
        ("login_index", lambda world: secrets.token_bytes(32)),
        ("password_hash", lambda world: row_of(world, "staff", world.seed.origin.staff_id)["password_hash"]),
        ("active", lambda world: 0),
        ("role", lambda world: b"\xff\xfe"),
    ],
)
def test_a_member_of_staff_changed_by_hand_is_nobody(
    column: str, value: Callable[[World], object], world: World
) -> None:
    token = desk(world)
    edit(world, f"UPDATE staff SET {column} = ? WHERE id = ?", value(world), world.seed.centre.staff_id)
    assert out(world, token, "staff")
    with pytest.raises(SignInFailed):
        desk(world)


def test_a_desk_moved_to_the_centre_that_was_granted_gets_nothing(world: World) -> None:
    given = world.granted()
    stranger = world.seed.other_centre
    edit(world, "UPDATE staff SET centre_id = ? WHERE id = ?", world.seed.centre.centre_id, stranger.staff_id)
    with pytest.raises(SignInFailed):
        identity.sign_in_staff(world.vault, "johor", PASSWORD)
    with pytest.raises(NotFound):
        release(world.vault, stranger, ask_for(given.request_id, "moved"))


def test_an_account_written_by_hand_is_nobody(world: World) -> None:
    """With a login and a password that the thief knows, as he copied them from his own row."""
    own = row_of(world, "staff", world.seed.other_centre.staff_id)
    edit(world, "DELETE FROM sign_in_session")
    edit(world, "UPDATE staff SET login_index = ? WHERE id = ?", b"elsewhere", own["id"])
    put_back(world, "staff", {**own, "id": "stf_forged", "centre_id": world.seed.centre.centre_id})
    with pytest.raises(SignInFailed):
        identity.sign_in_staff(world.vault, "johor", PASSWORD)


def test_who_was_switched_off_stays_so_when_the_row_is_put_back(world: World) -> None:
    token, staff_id = desk(world), world.seed.centre.staff_id
    kept = row_of(world, "staff", staff_id)
    centres.deactivate_staff(world.vault, staff_id)
    edit(world, "UPDATE staff SET active = ?, bound = ? WHERE id = ?", 1, kept["bound"], staff_id)
    assert row_of(world, "staff", staff_id) == kept
    assert out(world, token, "staff")
    with pytest.raises(SignInFailed):
        desk(world)


def test_an_old_password_put_back_opens_nothing(world: World) -> None:
    staff_id = world.seed.centre.staff_id
    kept = row_of(world, "staff", staff_id)
    centres.set_password(world.vault, staff_id, "another long password")
    edit(
        world,
        "UPDATE staff SET password_hash = ?, bound = ? WHERE id = ?",
        kept["password_hash"],
        kept["bound"],
        staff_id,
    )
    with pytest.raises(SignInFailed):
        desk(world)


def test_the_operator_does_not_bind_what_somebody_else_wrote(world: World) -> None:
    staff_id = world.seed.other_centre.staff_id
    edit(world, "UPDATE staff SET centre_id = ? WHERE id = ?", world.seed.centre.centre_id, staff_id)
    with pytest.raises(NotFound):
        centres.set_password(world.vault, staff_id, "another long password")
    with pytest.raises(NotFound):
        centres.deactivate_staff(world.vault, staff_id)
    with pytest.raises(SignInFailed):
        identity.sign_in_staff(world.vault, "johor", "another long password")


# Holders


def test_a_holder_moved_to_another_centre_is_shown_to_nobody(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    hoa, stranger, vault = world.seed.hoa.holder_id, world.seed.other_origin, world.vault
    edit(world, "UPDATE holder SET origin_centre_id = ? WHERE id = ?", stranger.centre_id, hoa)

    def seen(staff: StaffPrincipal) -> set[str]:
        found = finding.find_holders(vault, staff, "Nguyễn Thị Hoa").items
        listed = holders.list_holders(vault, staff, None, 50).items
        return {each.holder_id for each in (*found, *listed)}

    with caplog.at_level(logging.WARNING, logger="vault.bindings"):
        for staff in (stranger, world.seed.origin):
            assert hoa not in seen(staff)
            with pytest.raises(NotFound):
                holders.see_holder(vault, staff, hoa)
            with pytest.raises(NotFound):
                documents.see_document(vault, staff, world.passport)
    assert hoa in caplog.text
    assert "Hoa" not in caplog.text.replace(hoa, "")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("origin_centre_id", lambda world: world.seed.other_origin.centre_id),
        ("pin_hash", lambda world: row_of(world, "holder", world.seed.lan.holder_id)["pin_hash"]),
        ("pin_is_her_own", lambda world: 0),
        ("bound", lambda world: row_of(world, "holder", world.seed.lan.holder_id)["bound"]),
    ],
)
def test_a_holder_changed_by_hand_does_not_sign_in(
    column: str, value: Callable[[World], object], world: World
) -> None:
    token = hers(world)
    edit(world, f"UPDATE holder SET {column} = ? WHERE id = ?", value(world), world.seed.hoa.holder_id)
    assert out(world, token, "holder")
    with pytest.raises(SignInFailed):
        hers(world)
    with pytest.raises(NotSignedIn):
        identity.confirm_pin(world.vault, world.seed.hoa.principal, PIN)
    with pytest.raises(NotSignedIn):
        identity.change_pin(world.vault, world.seed.hoa.principal, PIN, OTHER_PIN)


def test_a_card_given_to_somebody_else_by_hand_is_a_card_that_nobody_has(world: World) -> None:
    hoa, lan = world.seed.hoa, world.seed.lan
    card = row_of(world, "holder", hoa.holder_id)["card_index"]
    edit(world, "UPDATE holder SET card_index = NULL WHERE id = ?", hoa.holder_id)
    edit(world, "UPDATE holder SET card_index = ? WHERE id = ?", card, lan.holder_id)
    with pytest.raises(SignInFailed):
        identity.sign_in_holder(world.vault, hoa.card_code, PIN)
    case = cases.open_case(world.vault, world.seed.centre, hoa.card_code, "unpaid_wages", world.call())
    assert row_of(world, '"case"', case.case_id)["holder_id"] is None


def test_a_starting_pin_put_back_does_not_speak_for_her_and_opens_nothing(world: World) -> None:
    """The desk has seen it."""
    card = enrolled(world)
    kept = row_of(world, "holder", card.holder_id)
    first = identity.sign_in_holder(world.vault, card.card_code, card.starting_pin)
    assert not out(world, first.token, "holder")
    principal = first.principal
    assert not isinstance(principal, StaffPrincipal)
    identity.change_pin(world.vault, principal, card.starting_pin, OTHER_PIN)
    edit(
        world,
        "UPDATE holder SET pin_hash = ?, pin_is_her_own = 0, bound = ? WHERE id = ?",
        kept["pin_hash"],
        kept["bound"],
        card.holder_id,
    )
    with pytest.raises(SignInFailed):
        identity.sign_in_holder(world.vault, card.card_code, card.starting_pin)


def test_an_erased_holder_put_back_does_not_sign_in(own_world: World) -> None:
    world, hoa = own_world, own_world.seed.hoa
    kept = row_of(world, "holder", hoa.holder_id)
    erasure.erase_holder(world.vault, hoa.holder_id)
    with pytest.raises(SignInFailed):
        hers(world)
    columns = ", ".join(f"{name} = ?" for name in kept)
    edit(world, f"UPDATE holder SET {columns} WHERE id = ?", *kept.values(), hoa.holder_id)
    with pytest.raises(SignInFailed):
        hers(world)


def test_another_process_believes_what_this_one_has_written(world: World) -> None:
    token, card = hers(world), enrolled(world)
    world.clock.move(timedelta(seconds=30))
    world.vault.database.close()
    other = world.reopened()
    assert not out(other, token, "holder")
    assert identity.sign_in_holder(other.vault, card.card_code, card.starting_pin)
    assert holders.see_holder(other.vault, other.seed.origin, card.holder_id).name == "Phạm Thị Mai"
    other.vault.database.close()


# Centres


@pytest.mark.parametrize(
    ("column", "value"), [("kind", "origin"), ("name", "Ministry of Labour"), ("country", "VN")]
)
def test_a_centre_changed_by_hand_asks_nobody_for_anything(column: str, value: str, world: World) -> None:
    """She decides by the name she is shown."""
    asked, given = world.ask(), world.granted()
    edit(world, f"UPDATE centre SET {column} = ? WHERE id = ?", value, world.seed.centre.centre_id)
    with pytest.raises(NotFound):
        requests.see_request(world.vault, world.seed.hoa.principal, asked.request_id)
    with pytest.raises(NotFound):
        cases.open_case(
            world.vault, world.seed.centre, world.seed.hoa.card_code, "unpaid_wages", world.call()
        )
    with pytest.raises((NotFound, Refused)):
        release(world.vault, world.seed.centre, ask_for(given.request_id))
    with pytest.raises(NotFound):
        centres.add_staff(world.vault, world.seed.centre.centre_id, "another", PASSWORD, "desk 2")


# Attempts


def test_what_a_client_calls_its_attempt_is_not_kept(world: World) -> None:
    given = world.granted()
    first = release(world.vault, world.seed.centre, ask_for(given.request_id, "for Trần Văn Bình"))
    again = release(world.vault, world.seed.centre, ask_for(given.request_id, "for Trần Văn Bình"))
    other = release(world.vault, world.seed.centre, ask_for(given.request_id, "for somebody"))
    assert first.release_id == again.release_id != other.release_id
    world.vault.database.close()
    content = world.database_path.read_bytes()
    for written in ("Trần Văn Bình", "for somebody"):
        assert written.encode() not in content
        assert hashlib.sha256(f"for {written}".encode()).digest() not in content
