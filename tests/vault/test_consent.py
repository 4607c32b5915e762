"""Consent as the use cases keep it: only what she allowed, while she allows it, as often as she allowed it."""

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from access_policies.request import HolderPrincipal, StaffPrincipal
from tests.vault.world import PIN, World, ask_for
from vault import grants, handover, recipients, release, requests
from vault.errors import NotFound, Refused, SignInFailed, TooManyTries, Unacceptable, VaultError
from vault.grants import Answer
from vault.permits import RETRY_WITHIN
from vault.requests import ANSWER_WITHIN

TICK = timedelta(microseconds=1000)
"""The policies compare milliseconds."""


def fetch(world: World, request_id: str, attempt: str = "first", staff: StaffPrincipal | None = None) -> str:
    return release.release(world.vault, staff or world.seed.centre, ask_for(request_id, attempt)).release_id


def refusal(world: World, request_id: str, attempt: str = "first") -> tuple[str, ...]:
    """Why a release is refused; it must be, and the refusal must be the newest entry, and hers to see."""
    with pytest.raises(Refused) as refused:
        fetch(world, request_id, attempt)
    newest = world.entries()[-1]
    assert newest.kind == "refused"
    assert request_id in newest.body
    assert newest.holder_id == world.seed.hoa.holder_id
    return refused.value.policies


def used(world: World, request_id: str) -> int:
    return next(
        each.used
        for each in grants.list_own_grants(world.vault, world.seed.hoa.principal, None, 50).items
        if each.request_id == request_id
    )


# Silence and refusal


def test_silence_grants_nothing_however_long_it_lasts(world: World) -> None:
    request = world.ask()
    for _ in range(3):
        assert refusal(world, request.request_id) == ("no-grant",)
        world.clock.move(ANSWER_WITHIN / 2)
    assert requests.see_request(world.vault, world.seed.centre, request.request_id).state == "expired"
    with pytest.raises(Refused) as refused:
        world.agree(request)
    assert refused.value.policies == ("request-expired",)
    assert refusal(world, request.request_id) == ("no-grant",)


def test_a_request_ends_at_the_very_moment(world: World) -> None:
    request, other = world.ask(), world.ask()
    world.clock.now = request.expires_at - TICK
    assert world.agree(request).state == "live"
    world.clock.now = other.expires_at
    with pytest.raises(Refused):
        world.agree(other)


def test_what_she_refused_can_not_be_granted_later(world: World) -> None:
    request = world.ask()
    grants.refuse(world.vault, world.seed.hoa.principal, request.request_id)
    for answer in (
        lambda: world.agree(request),
        lambda: grants.refuse(world.vault, world.seed.hoa.principal, request.request_id),
    ):
        with pytest.raises(Refused) as refused:
            answer()
        assert refused.value.policies == ("request-answered",)
    assert refusal(world, request.request_id) == ("no-grant",)
    assert requests.see_request(world.vault, world.seed.hoa.principal, request.request_id).state == "refused"


def test_what_she_granted_is_withdrawn_and_not_refused(world: World) -> None:
    request = world.ask()
    world.agree(request)
    with pytest.raises(Refused):
        grants.refuse(world.vault, world.seed.hoa.principal, request.request_id)
    assert fetch(world, request.request_id)


# Never more than was asked

MORE: dict[str, tuple[Callable[[World, Answer], Answer], str]] = {
    "a paper of another kind": (lambda w, a: replace(a, document_ids=[w.passport]), "more-than-asked"),
    "that as well": (lambda w, a: replace(a, document_ids=[w.contract, w.passport]), "more-than-asked"),
    "another holder's": (lambda w, a: replace(a, document_ids=[w.lans_contract]), "more-than-asked"),
    "one that is not there": (lambda w, a: replace(a, document_ids=["doc_none"]), "more-than-asked"),
    "nothing": (lambda w, a: replace(a, document_ids=[]), "documents-missing"),
    "a copy for a view": (lambda w, a: replace(a, form="copy"), "more-than-asked"),
    "an unknown form": (lambda w, a: replace(a, form="everything"), "more-than-asked"),
    "longer": (lambda w, a: replace(a, until=a.until + TICK), "until-out-of-range"),
    "already over": (lambda w, a: replace(a, until=w.clock()), "until-out-of-range"),
    "more often": (lambda w, a: replace(a, uses=a.uses + 1), "uses-out-of-range"),
    "never": (lambda w, a: replace(a, uses=0), "uses-out-of-range"),
}


@pytest.mark.parametrize("case", MORE)
def test_more_than_was_asked_is_no_answer(case: str, world: World) -> None:
    change, code = MORE[case]
    request = world.ask(replace(world.wish(), form="view"))
    with pytest.raises(Unacceptable) as unacceptable:
        world.agree(request, change(world, world.answer(request)))
    assert unacceptable.value.code == code
    assert requests.see_request(world.vault, world.seed.centre, request.request_id).state == "pending"
    assert not world.entries("granted")
    assert world.agree(request).state == "live"


def test_less_than_was_asked_is_what_holds(world: World) -> None:
    request = world.ask(replace(world.wish(), kinds=("contract", "passport")))
    soon = world.clock() + timedelta(days=1)
    world.agree(request, Answer([world.contract], "view", soon, 1))
    assert refusal(world, request.request_id) == ("grant-view-only",)
    other = ask_for(request.request_id, form="view", document_id=world.passport)
    with pytest.raises(Refused) as refused:
        release.release(world.vault, world.seed.centre, other)
    assert refused.value.policies == ("grant-other-document",)
    view = ask_for(request.request_id, form="view")
    assert release.release(world.vault, world.seed.centre, view)
    with pytest.raises(Refused) as refused:
        release.release(world.vault, world.seed.centre, replace(view, attempt="second"))
    assert refused.value.policies == ("grant-used-up",)


@pytest.mark.parametrize(
    "change",
    [
        {"kinds": ()},
        {"kinds": ("contract", "diary")},
        {"purpose": "curiosity"},
        {"form": "original"},
        {"uses": 0},
        {"uses": requests.MOST_USES + 1},
    ],
)
def test_a_wish_outside_the_rules_is_no_request(change: dict[str, object], world: World) -> None:
    with pytest.raises(Unacceptable):
        world.ask(replace(world.wish(), **change))  # type: ignore[arg-type]
    assert not world.entries("request_made")


def test_a_wish_lasts_at_least_a_moment_and_at_most_the_longest_use(world: World) -> None:
    for until in (world.clock(), world.clock() + requests.LONGEST_USE + TICK):
        with pytest.raises(Unacceptable, match="until-out-of-range"):
            world.ask(replace(world.wish(), until=until))
    assert world.ask(replace(world.wish(), until=world.clock() + requests.LONGEST_USE))


# The end of a grant


def test_it_ends_at_the_very_moment(world: World) -> None:
    given = world.granted()
    world.clock.now = given.until - TICK
    assert fetch(world, given.request_id)
    world.clock.now = given.until
    assert refusal(world, given.request_id, "second") == ("grant-expired",)
    assert refusal(world, given.request_id, "first") == ("grant-expired",)
    assert used(world, given.request_id) == 1


@pytest.mark.parametrize("what", ["release", "grant"])
def test_who_waits_for_the_database_is_judged_by_the_moment_it_is_his(what: str, world: World) -> None:
    """The clock is asked once the write lock is held, not before the wait for it."""
    request = world.ask()
    end = request.expires_at
    if what == "release":
        end = world.agree(request).until
    other = sqlite3.connect(world.database_path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    world.clock.now = end - TICK
    waiting = threading.Event()

    def clock() -> datetime:
        waiting.set()
        return world.clock()

    late = replace(world, vault=replace(world.vault, clock=clock))
    act = (lambda: fetch(late, request.request_id)) if what == "release" else (lambda: late.agree(request))
    with ThreadPoolExecutor(1) as pool:
        outcome = pool.submit(act)
        waiting.wait(0.3)  # whoever looks too early, looks now
        world.clock.now = end
        other.execute("COMMIT")
        with pytest.raises(Refused):
            outcome.result()
    other.close()


def test_withdrawn_between_two_tries_of_one_attempt_the_second_is_refused(world: World) -> None:
    given = world.granted()
    first = fetch(world, given.request_id)
    assert fetch(world, given.request_id) == first
    hoa = world.seed.hoa.principal
    assert grants.withdraw(world.vault, hoa, given.grant_id).state == "withdrawn"
    assert refusal(world, given.request_id) == ("grant-withdrawn",)
    assert grants.withdraw(world.vault, hoa, given.grant_id).state == "withdrawn"
    assert len(world.entries("withdrawn")) == 1
    assert used(world, given.request_id) == 1


def test_the_last_use_can_be_tried_again_until_it_arrives(world: World) -> None:
    given = world.granted(replace(world.wish(), uses=1))
    first = fetch(world, given.request_id)
    assert fetch(world, given.request_id) == first
    assert refusal(world, given.request_id, "second") == ("grant-used-up",)
    assert fetch(world, given.request_id) == first
    assert used(world, given.request_id) == 1


def test_two_grants_at_once_are_one(world: World) -> None:
    request = world.ask()
    calls = [world.call() for _ in range(2)]

    def agree(number: int) -> str:
        try:
            hoa, answer = world.seed.hoa.principal, world.answer(request)
            grants.grant(world.vault, hoa, request.request_id, answer, PIN, calls[number])
        except Refused as refused:
            return refused.policies[0]
        return "granted"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(agree, range(2))) == ["granted", "request-answered"]
    assert len(world.entries("granted")) == 1


def test_eight_at_once_use_a_grant_exactly_as_often_as_she_allowed(world: World) -> None:
    given = world.granted()
    together = threading.Barrier(8)

    def use(number: int) -> str:
        together.wait()
        try:
            return fetch(world, given.request_id, f"attempt {number}")
        except Refused as refused:
            return refused.policies[0]

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(use, range(8)))
    assert outcomes.count("grant-used-up") == 5
    assert len(set(outcomes)) == 4
    assert used(world, given.request_id) == len(world.entries("released")) == 3
    assert world.verdict().ok


def test_eight_tries_of_one_attempt_at_once_are_one_use(world: World) -> None:
    given = world.granted()
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda _: fetch(world, given.request_id), range(8)))
    assert len(set(outcomes)) == 1
    assert used(world, given.request_id) == 1
    assert len(world.entries("released")) == 8


# Who answers


def test_a_starting_pin_cannot_answer(world: World) -> None:
    request = world.ask()
    hoa = HolderPrincipal(world.seed.hoa.holder_id, pin_is_her_own=False)
    for answer in (
        lambda: grants.grant(world.vault, hoa, request.request_id, world.answer(request), PIN, world.call()),
        lambda: grants.refuse(world.vault, hoa, request.request_id),
    ):
        with pytest.raises(Refused) as refused:
            answer()
        assert refused.value.policies == ("pin-not-her-own",)
    assert not world.entries("granted")


def test_without_her_pin_nothing_is_granted_and_guessing_is_locked(world: World) -> None:
    request = world.ask()

    def guess(pin: str) -> None:
        hoa, answer = world.seed.hoa.principal, world.answer(request)
        grants.grant(world.vault, hoa, request.request_id, answer, pin, world.call())

    for _ in range(5):
        with pytest.raises(SignInFailed):
            guess("000000")
    with pytest.raises(TooManyTries):
        guess(PIN)
    assert not world.entries("granted")


def test_no_desk_can_answer_for_her(world: World) -> None:
    request = world.ask()
    desks: list[tuple[Any, type[VaultError]]] = [(world.seed.origin, NotFound), (world.seed.centre, Refused)]
    for desk, error in desks:
        with pytest.raises(error):
            grants.refuse(world.vault, desk, request.request_id)
    assert requests.see_request(world.vault, world.seed.hoa.principal, request.request_id).state == "pending"
    refused = world.entries()[-1]
    assert world.seed.centre.staff_id in refused.body
    assert '"alarm":1' in refused.body


def test_what_she_did_not_allow_is_a_refusal_whatever_else_is_missing(world: World) -> None:
    """Neither a centre without a recipient nor an attempt that is over keeps its asking out of her history."""
    staff, late = world.seed.centre, RETRY_WITHIN + TICK
    (in_use,) = recipients.list_recipients(world.vault, staff, None, 5).items
    recipients.end(world.vault, staff, in_use.recipient_id)
    silent, given = world.ask(replace(world.wish(), form="handover")), world.granted()
    with pytest.raises(Refused):
        handover.hand_over(world.vault, staff, ask_for(silent.request_id, form="handover"))
    with pytest.raises(Refused):
        release.release(world.vault, staff, ask_for(silent.request_id, sealed=True))
    assert [silent.request_id in each.body for each in world.entries("refused")[-2:]] == [True, True]
    with pytest.raises(Unacceptable, match="centre-has-no-recipient"):
        release.release(world.vault, staff, ask_for(given.request_id, sealed=True))
    fetch(world, given.request_id)
    world.clock.move(late)
    with pytest.raises(Unacceptable, match="attempt-over"):
        fetch(world, given.request_id)
    assert used(world, given.request_id) == 1
    grants.withdraw(world.vault, world.seed.hoa.principal, given.grant_id)
    assert refusal(world, given.request_id) == ("grant-withdrawn",)
