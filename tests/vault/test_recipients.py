"""A centre's recipient: proposed by one, confirmed by a second with the fingerprint, ended at once."""

from dataclasses import replace

import pytest

from tests.vault.office import FINGERPRINT, KEY, OTHER_FINGERPRINT, OTHER_KEY, Office, unacceptable
from vault import recipients
from vault.answers import AlreadyDone
from vault.crypto.hybrid import HybridIdentity
from vault.crypto.x25519 import X25519Identity
from vault.errors import NotFound, Refused


def test_what_one_person_proposes_is_not_used_until_a_second_confirms_it(office: Office) -> None:
    waiting = office.proposed()
    assert (waiting.state, waiting.fingerprint, waiting.proposed_by) == (
        "waiting",
        FINGERPRINT,
        "desk of ani",
    )
    assert waiting.proposed_by_you
    assert office.in_use() is None
    confirmed = recipients.confirm(office.vault, office.budi, waiting.recipient_id, FINGERPRINT)
    assert (confirmed.state, confirmed.confirmed_by) == ("confirmed", "desk of budi")
    assert confirmed.fingerprint == FINGERPRINT
    assert confirmed.confirmed_at == office.clock()
    assert office.in_use() == KEY


def test_each_step_is_an_entry_with_the_fingerprint(office: Office) -> None:
    done = office.confirmed()
    recipients.end(office.vault, office.ani, done.recipient_id)
    told = [
        (kind, body["centre_id"], body["staff_id"], body["recipient_id"], body["fingerprint"])
        for kind, body in office.entries()
    ]
    penang, ani, budi = office.ani.centre_id, office.ani.staff_id, office.budi.staff_id
    assert told == [
        ("recipient_proposed", penang, ani, done.recipient_id, FINGERPRINT),
        ("recipient_confirmed", penang, budi, done.recipient_id, FINGERPRINT),
        ("recipient_ended", penang, ani, done.recipient_id, FINGERPRINT),
    ]
    assert KEY not in str(office.entries())


def test_nobody_confirms_what_she_proposed_herself(office: Office) -> None:
    waiting = office.proposed()
    with pytest.raises(Refused) as refusal:
        recipients.confirm(office.vault, office.ani, waiting.recipient_id, FINGERPRINT)
    assert refusal.value.policies == ("recipient-second-person",)
    assert refusal.value.reasons == ("A second person must confirm.",)
    assert office.kinds() == ["recipient_proposed", "refused"]
    assert office.in_use() is None


def test_the_second_person_is_not_shown_the_fingerprint_she_has_to_bring(office: Office) -> None:
    waiting = office.proposed()
    (seen,) = office.listed(office.budi)
    assert (seen.recipient_id, seen.fingerprint, seen.proposed_by_you) == (waiting.recipient_id, None, False)
    assert office.listed(office.ani) == [waiting]
    recipients.confirm(office.vault, office.budi, waiting.recipient_id, FINGERPRINT)
    assert [each.fingerprint for each in office.listed(office.budi)] == [FINGERPRINT]


@pytest.mark.parametrize(
    "typed", [FINGERPRINT.upper(), FINGERPRINT.replace(" ", ""), f"  {FINGERPRINT}\n", " ".join(FINGERPRINT)]
)
def test_spaces_and_case_of_the_fingerprint_do_not_matter(office: Office, typed: str) -> None:
    waiting = office.proposed()
    assert recipients.confirm(office.vault, office.budi, waiting.recipient_id, typed).state == "confirmed"


@pytest.mark.parametrize("typed", ["", OTHER_FINGERPRINT, FINGERPRINT[:-1], f"{FINGERPRINT}0", "đúng rồi"])
def test_a_wrong_fingerprint_confirms_nothing_and_is_told_to_the_ledger(office: Office, typed: str) -> None:
    waiting = office.proposed()
    with unacceptable("fingerprint-wrong"):
        recipients.confirm(office.vault, office.budi, waiting.recipient_id, typed)
    assert office.kinds() == ["recipient_proposed", "recipient_not_confirmed"]
    assert office.entries()[-1][1]["staff_id"] == office.budi.staff_id
    assert office.in_use() is None
    right = recipients.confirm(office.vault, office.budi, waiting.recipient_id, FINGERPRINT)
    assert right.state == "confirmed"


def test_a_new_one_ends_the_earlier_once_it_is_confirmed_and_not_before(office: Office) -> None:
    first = office.confirmed()
    second = office.proposed(OTHER_KEY)
    assert office.in_use() == KEY
    recipients.confirm(office.vault, office.budi, second.recipient_id, OTHER_FINGERPRINT)
    assert office.in_use() == OTHER_KEY
    assert [(each.recipient_id, each.state) for each in office.listed()] == [
        (second.recipient_id, "confirmed"),
        (first.recipient_id, "ended"),
    ]
    assert office.kinds()[-2:] == ["recipient_ended", "recipient_confirmed"]


def test_a_new_proposal_takes_the_place_of_one_that_waits(office: Office) -> None:
    mistaken = office.proposed()
    office.proposed(OTHER_KEY)
    assert [each.state for each in office.listed()] == ["waiting", "ended"]
    with unacceptable("recipient-ended"):
        recipients.confirm(office.vault, office.budi, mistaken.recipient_id, FINGERPRINT)
    assert office.kinds() == ["recipient_proposed", "recipient_ended", "recipient_proposed"]


def test_an_ended_one_is_not_sealed_to_any_more_and_either_may_end_it(office: Office) -> None:
    for staff, text in ((office.ani, KEY), (office.budi, OTHER_KEY)):
        done = office.confirmed(text)
        ended = recipients.end(office.vault, staff, done.recipient_id)
        assert (ended.state, ended.ended_at) == ("ended", office.clock())
        assert office.in_use() is None


def test_doing_a_step_twice_changes_and_records_nothing_more(office: Office) -> None:
    call = office.call()
    waiting = recipients.propose(office.vault, office.ani, KEY, call)
    with pytest.raises(AlreadyDone) as done:
        recipients.propose(office.vault, office.ani, KEY, call)
    assert done.value.answer["recipient_id"] == waiting.recipient_id
    for _ in range(2):
        recipients.confirm(office.vault, office.budi, waiting.recipient_id, FINGERPRINT)
    for _ in range(2):
        recipients.end(office.vault, office.budi, waiting.recipient_id)
    assert office.kinds() == ["recipient_proposed", "recipient_confirmed", "recipient_ended"]


def test_another_centre_can_neither_see_nor_touch_it(office: Office) -> None:
    waiting = office.proposed()
    for stranger in (office.cik, office.dung):
        with pytest.raises(NotFound):
            recipients.confirm(office.vault, stranger, waiting.recipient_id, FINGERPRINT)
        with pytest.raises(NotFound):
            recipients.end(office.vault, stranger, waiting.recipient_id)
    assert office.listed(office.cik) == []
    with pytest.raises(NotFound):
        office.listed(office.dung)
    with pytest.raises(NotFound):
        recipients.end(office.vault, office.ani, "rcp_none")
    assert office.kinds() == ["recipient_proposed"]


def test_deposit_staff_and_those_switched_off_propose_nothing(office: Office) -> None:
    for staff, policy in (
        (office.dung, "default-deny"),
        (replace(office.ani, active=False), "staff-inactive"),
    ):
        with pytest.raises(Refused) as refusal:
            office.proposed(staff=staff)
        assert refusal.value.policies == (policy,)
    assert office.kinds() == ["refused", "refused"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (KEY[:-1] + ("q" if KEY[-1] != "q" else "p"), "recipient-mistyped"),
        (KEY[:-20], "recipient-mistyped"),
        (KEY[:-5] + KEY[-5:].upper() + "Q", "recipient-mixed-case"),
        ("age1" + KEY[4:].upper(), "recipient-mixed-case"),
        ("", "recipient-unknown-type"),
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA", "recipient-unknown-type"),
        ("age1pq1" + "q" * 5000, "recipient-unusable"),
        (str(X25519Identity.generate().recipient), "recipient-not-post-quantum"),
        (str(HybridIdentity.generate()), "recipient-is-secret"),
        (f" {X25519Identity.generate()}".lower(), "recipient-is-secret"),
    ],
)
def test_what_nothing_may_be_sealed_to_is_refused_with_its_own_reason(
    office: Office, text: str, code: str
) -> None:
    with unacceptable(code):
        office.proposed(text)
    with unacceptable(code):
        recipients.propose_as_operator(office.vault, office.ani.centre_id, text)
    assert office.kinds() == []
    assert office.listed() == []


def test_line_breaks_that_a_mail_program_left_do_not_matter(office: Office) -> None:
    broken = "\n".join(KEY[start : start + 72] for start in range(0, len(KEY), 72))
    assert office.proposed(f"  {broken}\r\n").fingerprint == FINGERPRINT


def test_the_operator_may_be_the_first_or_the_second_person_but_not_both(office: Office) -> None:
    penang = office.ani.centre_id
    with unacceptable("recipient-not-waiting"):
        recipients.confirm_as_operator(office.vault, penang, FINGERPRINT)
    waiting = recipients.propose_as_operator(office.vault, penang, KEY)
    assert (waiting.fingerprint, waiting.proposed_by) == (FINGERPRINT, None)
    with unacceptable("recipient-second-person"):
        recipients.confirm_as_operator(office.vault, penang, FINGERPRINT)
    (seen,) = office.listed()
    assert (seen.fingerprint, seen.proposed_by_you) == (None, False)
    recipients.confirm(office.vault, office.ani, waiting.recipient_id, FINGERPRINT)
    assert office.in_use() == KEY

    office.proposed(OTHER_KEY)
    with unacceptable("fingerprint-wrong"):
        recipients.confirm_as_operator(office.vault, penang, FINGERPRINT)
    done = recipients.confirm_as_operator(office.vault, penang, OTHER_FINGERPRINT)
    assert (done.state, done.confirmed_by) == ("confirmed", None)
    assert office.in_use() == OTHER_KEY
    with pytest.raises(NotFound):
        recipients.propose_as_operator(office.vault, "cen_none", KEY)
    with pytest.raises(NotFound):
        recipients.confirm_as_operator(office.vault, "cen_none", FINGERPRINT)
    with unacceptable("recipient-not-for-origin"):
        recipients.propose_as_operator(office.vault, office.dung.centre_id, KEY)


def test_one_centres_recipient_is_no_other_centres(office: Office) -> None:
    office.confirmed()
    with office.vault.database.read() as session:
        assert recipients.confirmed_recipient(office.vault, session, office.cik.centre_id) is None


def test_what_was_ended_is_not_taken_up_again(office: Office) -> None:
    """Its identity may be known to others: that is what ending is for."""
    first = office.confirmed()
    again = office.proposed()  # the same once more, while it is in use
    recipients.end(office.vault, office.ani, first.recipient_id)
    with unacceptable("recipient-ended-before"):
        recipients.confirm(office.vault, office.budi, again.recipient_id, FINGERPRINT)
    with unacceptable("recipient-ended-before"):
        office.proposed()
    with unacceptable("recipient-ended-before"):
        recipients.propose_as_operator(office.vault, office.ani.centre_id, KEY)
    assert office.in_use() is None
    office.confirmed(OTHER_KEY)
    with unacceptable("recipient-ended-before"):
        office.proposed()
    assert office.in_use() == OTHER_KEY


def test_one_that_was_never_in_use_may_be_proposed_again(office: Office) -> None:
    office.proposed()
    office.proposed(OTHER_KEY)
    assert office.confirmed().state == "confirmed"
    assert office.in_use() == KEY
