"""The same call twice is one call, and what was answered is kept so that only the vault can read it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlmodel import select

from tests.vault.world import PIN, World, photo
from vault import answers, cases, grants, holders, requests, upkeep
from vault.answers import AlreadyDone, Call, as_json
from vault.crypto.errors import WrongPlace
from vault.errors import Refused, Unacceptable
from vault.holders import Card, Enrolment
from vault.tables import Case, Holder, KeptAnswer

ENROLMENT = Enrolment("Trần Thị Mai", "vi", True, "thumbprint")


def enrol(world: World, call: Call) -> Card:
    return holders.enrol(world.vault, world.seed.origin, ENROLMENT, call)


def named(world: World, *asked: str | bytes, key: str = "key", who: str = "somebody") -> Call:
    return answers.new_call(world.vault, who, key, *asked)


def count(world: World, table: type[Holder] | type[Case] | type[KeptAnswer]) -> int:
    with world.vault.database.read() as session:
        return len(session.exec(select(table)).all())


def test_a_repeat_is_told_the_first_answer_and_does_nothing(world: World) -> None:
    call, before = named(world, "enrol"), count(world, Holder)
    card = enrol(world, call)
    entries = len(world.entries())
    for again in (lambda: answers.replay(world.vault, call), lambda: enrol(world, call)):
        with pytest.raises(AlreadyDone) as done:
            again()
        assert done.value.answer == as_json(card)
    assert count(world, Holder) == before + 1
    assert len(world.entries()) == entries


def test_it_is_told_so_by_another_process_too(world: World) -> None:
    card = enrol(world, named(world, "enrol"))
    after = world.reopened()
    with pytest.raises(AlreadyDone) as done:
        answers.replay(after.vault, named(after, "enrol"))
    assert done.value.answer == as_json(card)


@pytest.mark.parametrize("use", ["enrol", "case", "request", "grant", "deposit"])
def test_of_the_same_call_at_once_one_is_done(use: str, world: World) -> None:
    call, case_id, request = named(world, use), world.case(), world.ask()
    vault, seed = world.vault, world.seed

    def act(_: int) -> object:
        try:
            match use:
                case "enrol":
                    return as_json(enrol(world, call))
                case "case":
                    return as_json(cases.open_case(vault, seed.centre, seed.hoa.card_code, "other", call))
                case "request":
                    return as_json(requests.make_request(vault, seed.centre, case_id, world.wish(), call))
                case "grant":
                    hoa, answer = seed.hoa.principal, world.answer(request)
                    return as_json(grants.grant(vault, hoa, request.request_id, answer, PIN, call))
                case _:
                    return as_json(world.deposit([photo()], call))
        except AlreadyDone as done:
            return done.answer

    entries = len(world.entries())
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(act, range(4)))
    assert all(outcome == outcomes[0] for outcome in outcomes)
    assert len(world.entries()) == entries + 1
    assert world.verdict().ok


def test_the_key_of_another_body_is_refused_and_does_nothing(world: World) -> None:
    enrol(world, named(world, "one body"))
    before = count(world, Holder)
    for again in (
        lambda: answers.replay(world.vault, named(world, "another body")),
        lambda: enrol(world, named(world, "another body")),
    ):
        with pytest.raises(Unacceptable, match="idempotency-key-reused"):
            again()
    assert count(world, Holder) == before


def test_a_body_is_the_same_only_in_the_same_parts(world: World) -> None:
    enrol(world, named(world, "ab", "c"))
    for other in (("a", "bc"), ("abc",), ("ab", "c", ""), ("ab", b"d")):
        with pytest.raises(Unacceptable, match="idempotency-key-reused"):
            answers.replay(world.vault, named(world, *other))
    with pytest.raises(AlreadyDone):
        answers.replay(world.vault, named(world, b"ab", "c"))


def test_a_key_belongs_to_who_used_it(world: World) -> None:
    enrol(world, named(world, "body"))
    answers.replay(world.vault, named(world, "body", who="somebody else"))
    answers.replay(world.vault, named(world, "body", key="other"))
    # Not even where the two run together.
    answers.replay(world.vault, named(world, "body", who='somebody", "key'))


@pytest.mark.parametrize("key", ["", "x" * 201, "line\nbreak", "nul\0", "\ud800"])
def test_an_unusable_key_is_refused(key: str, world: World) -> None:
    with pytest.raises(Unacceptable, match="idempotency-key-unusable"):
        named(world, key=key)


def test_a_call_that_failed_was_not_done_and_can_be_made_again(world: World) -> None:
    request, call = world.ask(), named(world, "grant")
    hoa, answer = world.seed.hoa.principal, world.answer(request)
    world.clock.now = request.expires_at
    with pytest.raises(Refused):
        grants.grant(world.vault, hoa, request.request_id, answer, PIN, call)
    world.clock.move(timedelta(days=-1))
    assert grants.grant(world.vault, hoa, request.request_id, answer, PIN, call).state == "live"


def test_what_was_answered_cannot_be_read_from_the_database(world: World) -> None:
    card = enrol(world, named(world, "a body with Trần Thị Mai in it"))
    world.vault.database.close()
    content = b"".join(
        path.read_bytes() for path in world.folder.iterdir() if path.name.startswith("vault.db")
    )
    assert card.holder_id.encode() in content  # the holder is there
    for secret in (card.card_code, card.card_code.replace("-", ""), "Trần Thị Mai", "Mai"):
        assert secret.encode() not in content
        assert secret.encode().hex().encode() not in content
    assert f'"{card.starting_pin}"'.encode() not in content


def test_a_kept_answer_opens_for_its_own_call_only(world: World) -> None:
    one, two = named(world, key="one"), named(world, key="two")
    enrol(world, one)
    enrol(world, two)
    with world.vault.database.write() as session:
        copied = session.get_one(KeptAnswer, one.index).answer_sealed
        session.get_one(KeptAnswer, two.index).answer_sealed = copied
    with pytest.raises(AlreadyDone):
        answers.replay(world.vault, one)
    with pytest.raises(WrongPlace):
        answers.replay(world.vault, two)


def test_answers_are_forgotten_in_time_and_not_before(world: World) -> None:
    enrol(world, named(world, "enrol"))
    world.clock.move(timedelta(days=1))
    upkeep.sweep_rows(world.vault)
    with pytest.raises(AlreadyDone):
        answers.replay(world.vault, named(world, "enrol"))
    world.clock.move(timedelta(microseconds=1))
    upkeep.sweep_rows(world.vault)
    answers.replay(world.vault, named(world, "enrol"))
    assert count(world, KeptAnswer) == 0
