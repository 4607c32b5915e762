"""Who can write to the database, but has no key, has nothing sealed to him and hides nothing from the ledger."""

import sqlite3
from contextlib import closing

import pytest

from tests.vault.office import FINGERPRINT, OTHER_FINGERPRINT, OTHER_KEY, Office, unacceptable
from vault import recipients
from vault.errors import NotFound, Refused


@pytest.mark.parametrize(
    "change",
    [
        f"recipient = '{OTHER_KEY}'",
        f"recipient = '{OTHER_KEY}', fingerprint = '{OTHER_FINGERPRINT}'",
        "recipient = 'nonsense'",
        "recipient = 'nonsense', fingerprint = ''",
        "id = 'rcp_00000000000000000000000000000000'",
    ],
)
def test_a_recipient_swapped_in_the_table_is_not_sealed_to(office: Office, change: str) -> None:
    office.confirmed()
    office.edit(f"UPDATE centre_recipient SET {change}")
    assert office.in_use() is None


def test_a_confirmation_written_into_the_table_is_none(office: Office) -> None:
    office.proposed()
    office.edit("UPDATE centre_recipient SET state = 'confirmed', confirmed_at = proposed_at")
    assert office.in_use() is None


def test_a_recipient_moved_to_another_centre_is_not_sealed_to(office: Office) -> None:
    office.confirmed()
    office.edit("UPDATE centre_recipient SET centre_id = ?", office.cik.centre_id)
    with office.vault.database.read() as session:
        assert recipients.confirmed_recipient(office.vault, session, office.cik.centre_id) is None


def test_an_end_wiped_from_the_table_still_counts(office: Office) -> None:
    done = office.confirmed()
    recipients.end(office.vault, office.ani, done.recipient_id)
    office.edit("UPDATE centre_recipient SET state = 'confirmed', ended_at = NULL")
    assert office.in_use() is None


def test_one_swapped_while_it_waits_is_not_confirmed_by_the_right_fingerprint(office: Office) -> None:
    waiting = office.proposed()
    office.edit(f"UPDATE centre_recipient SET recipient = '{OTHER_KEY}'")
    with unacceptable("fingerprint-wrong"):
        recipients.confirm(office.vault, office.budi, waiting.recipient_id, FINGERPRINT)
    with unacceptable("fingerprint-wrong"):
        recipients.confirm(office.vault, office.budi, waiting.recipient_id, OTHER_FINGERPRINT)


def test_an_entry_written_without_the_ledger_key_is_not_believed(office: Office) -> None:
    office.confirmed()
    office.edit(
        "UPDATE ledger_entry SET body = replace(body, ?, ?) WHERE kind = 'recipient_confirmed'",
        FINGERPRINT,
        OTHER_FINGERPRINT,
    )
    office.edit(f"UPDATE centre_recipient SET recipient = '{OTHER_KEY}', fingerprint = '{OTHER_FINGERPRINT}'")
    assert office.in_use() is None


def bring_back(office: Office, recipient_id: str, state: str = "confirmed") -> None:
    """Somebody puts the row back as it was while it was in use."""
    office.edit(
        "UPDATE centre_recipient SET state = ?, ended_at = NULL, confirmed_at = ? WHERE id = ?",
        state,
        "2099-01-01 00:00:00.000000",
        recipient_id,
    )


def test_an_end_is_noted_and_holds_though_somebody_marked_the_row_ended_before(office: Office) -> None:
    done = office.confirmed()
    office.edit("UPDATE centre_recipient SET state = 'ended', ended_at = proposed_at")
    assert office.listed()[0].state == "confirmed"  # nobody ended it, and so the desk can still do it
    assert recipients.end(office.vault, office.ani, done.recipient_id).state == "ended"
    assert office.kinds()[-1] == "recipient_ended"
    bring_back(office, done.recipient_id)
    assert office.in_use() is None
    assert recipients.end(office.vault, office.ani, done.recipient_id).state == "ended"
    assert office.kinds().count("recipient_ended") == 1
    with closing(sqlite3.connect(office.folder / "vault.db")) as hands:
        assert hands.execute("SELECT state FROM centre_recipient").fetchall() == [("ended",)]


@pytest.mark.parametrize("hidden", ["state = 'waiting'", "state = 'ended'", "centre_id = 'cen_elsewhere'"])
def test_one_hidden_while_a_newer_is_confirmed_is_ended_all_the_same(office: Office, hidden: str) -> None:
    first = office.confirmed()
    second = office.proposed(OTHER_KEY)
    office.edit(f"UPDATE centre_recipient SET {hidden} WHERE id = ?", first.recipient_id)
    recipients.confirm(office.vault, office.budi, second.recipient_id, OTHER_FINGERPRINT)
    (ended,) = [body for kind, body in office.entries() if kind == "recipient_ended"]
    assert (ended["recipient_id"], ended["fingerprint"]) == (first.recipient_id, FINGERPRINT)
    office.edit(
        "UPDATE centre_recipient SET centre_id = ? WHERE id = ?", office.ani.centre_id, first.recipient_id
    )
    bring_back(office, first.recipient_id)
    assert office.in_use() == OTHER_KEY
    recipients.end(office.vault, office.ani, second.recipient_id)
    assert office.in_use() is None


def test_a_confirmation_is_noted_though_somebody_marked_the_row_confirmed_before(office: Office) -> None:
    office.confirmed()
    second = office.proposed(OTHER_KEY)
    office.edit("UPDATE centre_recipient SET state = 'confirmed' WHERE id = ?", second.recipient_id)
    done = recipients.confirm(office.vault, office.budi, second.recipient_id, OTHER_FINGERPRINT)
    assert (done.state, done.confirmed_by) == ("confirmed", "desk of budi")
    assert office.kinds()[-2:] == ["recipient_ended", "recipient_confirmed"]
    assert office.in_use() == OTHER_KEY


def test_nobody_becomes_her_own_second_person_by_writing_to_the_table(office: Office) -> None:
    waiting = office.proposed()
    office.edit("UPDATE centre_recipient SET proposed_by = ?", office.budi.staff_id)
    with pytest.raises(Refused) as refusal:
        recipients.confirm(office.vault, office.ani, waiting.recipient_id, FINGERPRINT)
    assert refusal.value.policies == ("recipient-second-person",)
    office.edit("UPDATE centre_recipient SET id = 'rcp_of_nobody', proposed_by = ?", office.budi.staff_id)
    with pytest.raises(NotFound):
        recipients.confirm(office.vault, office.ani, "rcp_of_nobody", FINGERPRINT)
    assert office.in_use() is None
