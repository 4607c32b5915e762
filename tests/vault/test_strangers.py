"""What strangers get to know: for another centre, another holder or an unknown card nothing of hers exists."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event

from tests.vault.world import PIN, World, ask_for
from vault import cases, deposit, documents, grants, history, holders, identity, release, requests
from vault.crypto.cards import new_card_code
from vault.errors import NotFound, Refused, VaultError
from vault.requests import RequestSummary, Wish


def fetch(world: World, request_id: str, staff: Any) -> str:
    return release.release(world.vault, staff, ask_for(request_id)).release_id


def everything(world: World, request: RequestSummary, grant_id: str) -> dict[str, Callable[[Any], object]]:
    """Every use case about somebody's own things, to be tried by strangers."""
    vault, hoa = world.vault, world.seed.hoa.holder_id
    return {
        "deposit": lambda who: deposit.deposit(vault, who, hoa, "contract", [b"?"], world.call()),
        "see holder": lambda who: holders.see_holder(vault, who, hoa),
        "see her name": lambda who: holders.see_name(vault, who, hoa),
        "list documents": lambda who: documents.list_documents(vault, who, hoa),
        "see document": lambda who: documents.see_document(vault, who, world.contract),
        "see content": lambda who: documents.see_content(vault, who, world.contract),
        "see case": lambda who: cases.see_case(vault, who, request.case_id),
        "make request": lambda who: requests.make_request(
            vault,
            who,
            request.case_id,
            world.wish(),
            world.call(),
        ),
        "list requests": lambda who: requests.list_case_requests(vault, who, request.case_id),
        "see request": lambda who: requests.see_request(vault, who, request.request_id),
        "see grant": lambda who: grants.see_grant(vault, who, grant_id),
        "grant of request": lambda who: grants.grant_for_request(vault, who, request.request_id),
        "release": lambda who: fetch(world, request.request_id, who),
        "withdraw": lambda who: grants.withdraw(vault, who, grant_id),
        "refuse": lambda who: grants.refuse(vault, who, request.request_id),
    }


HERS = ("list documents", "see document", "see content", "see request", "see grant", "withdraw", "refuse")


@pytest.mark.parametrize("stranger", ["other_origin", "other_centre"])
def test_to_another_centre_nothing_of_hers_exists(stranger: str, world: World) -> None:
    request = world.ask()
    given = world.agree(request)
    entries = len(world.entries())
    for name, attempt in everything(world, request, given.grant_id).items():
        with pytest.raises(NotFound):
            pytest.fail(f"{name}: {attempt(getattr(world.seed, stranger))}")
    assert len(world.entries()) == entries


def test_to_another_holder_nothing_of_hers_exists(world: World) -> None:
    request = world.ask()
    given = world.agree(request)
    attempts = everything(world, request, given.grant_id)
    for name in HERS:
        with pytest.raises(NotFound):
            pytest.fail(f"{name}: {attempts[name](world.seed.lan.principal)}")
    lan = world.seed.lan.principal
    assert not requests.list_own_requests(world.vault, lan, None, 5).items
    assert not grants.list_own_grants(world.vault, lan, None, 5).items
    with pytest.raises(NotFound):
        grants.grant(world.vault, lan, request.request_id, world.answer(request), PIN, world.call())


def test_her_history_lists_all_of_it_in_order_and_nobody_elses(world: World) -> None:
    hoa = world.seed.hoa
    before = len(world.history(hoa.holder_id))
    lans = len(world.history(world.seed.lan.holder_id))
    request = world.ask()
    with pytest.raises(Refused):
        fetch(world, request.request_id, world.seed.centre)
    given = world.agree(request)
    fetch(world, request.request_id, world.seed.centre)
    grants.withdraw(world.vault, hoa.principal, given.grant_id)
    with pytest.raises(Refused):
        fetch(world, request.request_id, world.seed.centre)
    documents.see_content(world.vault, world.seed.origin, world.contract)
    holders.see_holder(world.vault, world.seed.origin, hoa.holder_id)
    kinds = [item.kind for item in history.own_history(world.vault, hoa.principal, None, 50).items]
    assert kinds[: len(kinds) - before][::-1] == [
        "case_opened",
        "request_made",
        "refused",
        "granted",
        "released",
        "withdrawn",
        "refused",
        "fields_seen",
        "holder_seen",
    ]
    assert len(world.history(world.seed.lan.holder_id)) == lans


def outcome(act: Callable[[], object]) -> str:
    try:
        return repr(act())
    except VaultError as error:
        return f"{type(error).__name__} {error}"


def test_a_card_of_nobody_is_answered_as_a_card_of_somebody(world: World) -> None:
    """The same answers but for random names, from the same transactions with the same number of entries."""
    transactions: list[str] = []

    def begun(_connection: object) -> None:
        transactions.append("begin")

    def committed(_connection: object) -> None:
        transactions.append("commit")

    def journey(card_code: str) -> tuple[list[object], list[str], list[str]]:
        transactions.clear()
        entries = len(world.entries())
        transactions.clear()
        answers: list[object] = []
        case = cases.open_case(world.vault, world.seed.centre, card_code, "unpaid_wages", world.call())
        answers.append(replace(case, case_id="", number=""))
        wish = Wish(("contract",), "wage_claim", "copy", world.clock() + timedelta(days=9), 3)
        made = requests.make_request(world.vault, world.seed.centre, case.case_id, wish, world.call())
        answers.append(replace(made, case_id="", case_number="", request_id=""))
        seen = requests.see_request(world.vault, world.seed.centre, made.request_id)
        answers.append(replace(seen, case_id="", case_number="", request_id=""))
        answers.append(len(requests.list_case_requests(world.vault, world.seed.centre, case.case_id)))
        for document_id in (None, world.contract, "doc_none"):
            ask = ask_for(made.request_id, document_id=document_id)
            answers.append(outcome(lambda ask=ask: release.release(world.vault, world.seed.centre, ask)))  # type: ignore[misc]
        answers.append(
            outcome(lambda: grants.grant_for_request(world.vault, world.seed.centre, made.request_id))
        )
        for _ in range(6):
            answers.append(outcome(lambda: identity.sign_in_holder(world.vault, card_code, "000000")))
        happened = list(transactions)
        return answers, happened, [entry.kind for entry in world.entries()[entries:]]

    event.listen(Engine, "begin", begun)
    event.listen(Engine, "commit", committed)
    try:
        somebody, nobody = journey(world.seed.hoa.card_code), journey(new_card_code())
    finally:
        event.remove(Engine, "begin", begun)
        event.remove(Engine, "commit", committed)
    assert somebody == nobody
    assert somebody[2].count("refused") == 3
    assert "SignInFailed " in somebody[0]
    assert str(somebody[0][-1]).startswith("TooManyTries")
