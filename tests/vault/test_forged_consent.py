"""Who can write to the database, but has neither key, can neither grant in her name nor undo a withdrawal."""

import sqlite3
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from tests.vault.world import World, ask_for
from vault.errors import Refused, SecretsLost, Unacceptable
from vault.grants import load_grant, see_grant, withdraw
from vault.handover import hand_over
from vault.ledger.chain import Fault
from vault.ledger.entry import Entry, entry_hash
from vault.permits import RETRY_WITHIN
from vault.release import release
from vault.requests import Wish
from vault.tables import Job
from vault.vault import assemble


def edit(world: World, statement: str, *values: object) -> None:
    with sqlite3.connect(world.database_path) as hands:
        hands.execute(statement, values)


def refused_because(world: World, request_id: str, attempt: str = "forged") -> tuple[str, ...]:
    with pytest.raises(Refused) as refusal:
        release(world.vault, world.seed.centre, ask_for(request_id, attempt))
    return refusal.value.policies


def test_a_withdrawal_wiped_from_the_tables_still_holds(world: World) -> None:
    given = world.granted()
    withdraw(world.vault, world.seed.hoa.principal, given.grant_id)
    edit(world, 'UPDATE "grant" SET withdrawn_at = NULL WHERE id = ?', given.grant_id)
    assert refused_because(world, given.request_id) == ("grant-withdrawn",)


def test_a_row_marked_withdrawn_beforehand_does_not_swallow_her_withdrawal(world: World) -> None:
    """She is shown what she said herself, can still say it, and it holds when the mark is wiped again."""
    given, hoa = world.granted(replace(world.wish(), form="handover")), world.seed.hoa.principal
    hand_over(world.vault, world.seed.centre, ask_for(given.request_id, form="handover"))
    edit(world, 'UPDATE "grant" SET withdrawn_at = granted_at WHERE id = ?', given.grant_id)
    assert see_grant(world.vault, hoa, given.grant_id).state == "live"
    assert withdraw(world.vault, hoa, given.grant_id).state == "withdrawn"
    assert [given.grant_id in each.body for each in world.entries("withdrawn")] == [True]
    with world.vault.database.read() as session:
        assert session.exec(select(Job.document_id).where(Job.kind == "reseal")).all() == [world.contract]
    edit(world, 'UPDATE "grant" SET withdrawn_at = NULL WHERE id = ?', given.grant_id)
    assert refused_because(world, given.request_id) == ("grant-withdrawn",)
    assert see_grant(world.vault, hoa, given.grant_id).state == "withdrawn"


def test_withdrawing_once_more_puts_a_changed_row_right_and_is_no_second_entry(world: World) -> None:
    given, hoa = world.granted(), world.seed.hoa.principal
    first = withdraw(world.vault, hoa, given.grant_id)
    edit(world, 'UPDATE "grant" SET withdrawn_at = NULL WHERE id = ?', given.grant_id)
    world.clock.move(timedelta(hours=1))
    assert withdraw(world.vault, hoa, given.grant_id) == first
    with world.vault.database.read() as session:
        assert load_grant(session, given.grant_id).withdrawn_at == first.withdrawn_at
    assert len(world.entries("withdrawn")) == 1


@pytest.mark.parametrize(
    "change",
    [
        "uses = 20",
        "until = '2099-01-01 00:00:00.000000'",
        "purpose = 'identity_proof'",
        "evidence = 'recorded_call'",
    ],
)
def test_terms_widened_in_the_tables_are_no_grant(world: World, change: str) -> None:
    given = world.granted()
    edit(world, f'UPDATE "grant" SET {change} WHERE id = ?', given.grant_id)
    assert refused_because(world, given.request_id) == ("no-grant",)


def test_a_paper_added_to_a_grant_in_the_tables_is_no_grant(world: World) -> None:
    given = world.granted()
    edit(world, "INSERT INTO granted_document VALUES (?, ?)", given.grant_id, world.passport)
    with pytest.raises(Refused) as refusal:
        release(
            world.vault,
            world.seed.centre,
            ask_for(given.request_id, "forged", document_id=world.passport),
        )
    assert refusal.value.policies == ("no-grant",)


def test_a_grant_written_into_the_tables_for_a_request_she_never_answered_is_none(world: World) -> None:
    given, asked = world.granted(), world.ask()
    edit(
        world,
        """INSERT INTO "grant" SELECT 'gra_forged', ?, holder_id, centre_id, ?, purpose, form, until, uses, 0,
        evidence, granted_at, NULL FROM "grant" WHERE id = ?""",
        asked.request_id,
        asked.case_id,
        given.grant_id,
    )
    edit(world, "INSERT INTO granted_document VALUES ('gra_forged', ?)", world.contract)
    assert refused_because(world, asked.request_id) == ("no-grant",)


def test_an_entry_written_with_the_forged_grant_is_not_believed(world: World) -> None:
    given = world.granted()
    edit(world, 'UPDATE "grant" SET uses = 20 WHERE id = ?', given.grant_id)
    edit(
        world,
        "UPDATE ledger_entry SET body = json_set(body, '$.uses', 20) WHERE kind = 'granted' AND body LIKE ?",
        f"%{given.grant_id}%",
    )
    assert refused_because(world, given.request_id) == ("no-grant",)


def test_an_attempt_is_over_after_a_while(world: World) -> None:
    wish = world.wish()
    given = world.granted(Wish(wish.kinds, wish.purpose, wish.form, wish.until, 1))
    first = release(world.vault, world.seed.centre, ask_for(given.request_id, "lost connection"))
    world.clock.move(RETRY_WITHIN - timedelta(seconds=1))
    again = release(world.vault, world.seed.centre, ask_for(given.request_id, "lost connection"))
    assert again.release_id == first.release_id
    world.clock.move(timedelta(seconds=2))
    with pytest.raises(Unacceptable, match="attempt-over"):
        release(world.vault, world.seed.centre, ask_for(given.request_id, "lost connection"))
    assert refused_because(world, given.request_id, "another") == ("grant-used-up",)


def test_an_emptied_ledger_is_a_fault(lone_world: World) -> None:
    edit(lone_world, "DELETE FROM ledger_entry")
    edit(lone_world, "DELETE FROM ledger_head")
    assert lone_world.verdict().fault == Fault(1, "truncated")


def test_a_vault_in_use_whose_secrets_are_gone_does_not_make_new_ones(lone_world: World) -> None:
    for table in ("ledger_entry", "ledger_head", "vault_secret"):
        edit(lone_world, f"DELETE FROM {table}")
    vault = lone_world.vault
    with pytest.raises(SecretsLost):
        assemble(
            vault.database, vault.blobs, vault.keyring, vault.policies, vault.clock, vault.erasures.folder
        )


def test_nobody_can_guess_at_an_entry_by_its_hash(world: World) -> None:
    """A centre knows everything it wrote into a case's entry but whether a holder was found."""
    case_id = world.case(card_code="0000-0000-0000-0")
    opened = world.entries("case_opened")[-1]
    assert case_id in opened.body
    known = {
        "holder_id": None,
        "centre_id": world.seed.centre.centre_id,
        "staff_id": world.seed.centre.staff_id,
        "case_id": case_id,
        "dispute": "unpaid_wages",
        "policies": ["open-case-at-own-centre"],
    }
    guess = Entry(opened.number, opened.previous, opened.at, "case_opened", known)
    assert entry_hash(guess) != opened.hash
