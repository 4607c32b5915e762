"""No answer tells whether somebody is registered: the same status, headers and shape for who exists and who doesn't."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.running import RunningVault
from vault.crypto.cards import new_card_code


def outline(answer: httpx.Response) -> Any:
    """All of an answer but the values that are random by design: of those, their kind and length."""
    return answer.status_code, sorted(_without_ids(answer)), _shape(answer.json() if answer.content else None)


def _without_ids(answer: httpx.Response) -> list[tuple[str, str]]:
    return list(answer.headers.multi_items())


def _shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _shape(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_shape(each) for each in value]
    if isinstance(value, str) and value.split("_")[0] in ("cas", "req"):
        return value[:4], len(value)
    if isinstance(value, str) and value.startswith("MY-"):
        return value[:8], len(value)
    return value


def whole_request(running: RunningVault, card_code: str) -> list[Any]:
    """Every answer that a destination centre gets before she has answered."""
    penang = running.staff("penang")
    answers = [penang.post("/v1/cases", {"card_code": card_code, "dispute": "unpaid_wages"})]
    case = answers[0].json()["case_id"]
    answers.append(penang.get(f"/v1/cases/{case}"))
    answers.append(penang.post(f"/v1/cases/{case}/requests", running.wish()))
    request = answers[-1].json()["request_id"]
    answers += [
        penang.get(f"/v1/requests/{request}"),
        penang.get(f"/v1/cases/{case}/requests"),
        penang.get(f"/v1/requests/{request}/grant"),
        *(
            penang.post(
                f"/v1/requests/{request}/copies", {"form": form, "sealed": sealed, "document_id": document_id}
            )
            for form in ("view", "copy")
            for sealed in (True, False)
            for document_id in (None, "doc_" + "0" * 32)
        ),
    ]
    return [outline(each) for each in answers]


def test_a_case_and_its_requests_look_alike(running_vault: RunningVault) -> None:
    running_vault.deposited()
    hers = whole_request(running_vault, running_vault.world.seed.hoa.card_code)
    nobodys = whole_request(running_vault, new_card_code())
    assert hers == nobodys
    assert [status for status, *_ in hers[:3]] == [201, 200, 201]


def test_a_refused_and_an_unanswered_request_give_the_same_copy_answer(running_vault: RunningVault) -> None:
    silent, refused = running_vault.asked(), running_vault.asked()
    running_vault.holder().post(f"/v1/me/requests/{refused}/refusal")
    penang = running_vault.staff("penang")
    copies = [penang.post(f"/v1/requests/{each}/copies", {"form": "copy"}) for each in (silent, refused)]
    assert outline(copies[0]) == outline(copies[1])


def card_sign_in(running: RunningVault, known: bool) -> tuple[str, dict[str, str]]:
    card_code = running.world.seed.hoa.card_code if known else new_card_code()
    return "/v1/card-sessions", {"card_code": card_code, "pin": "000000"}


def staff_sign_in(_running: RunningVault, known: bool) -> tuple[str, dict[str, str]]:
    return "/v1/sessions", {"login": "hanoi" if known else "haiphong", "password": "not her password"}


@pytest.mark.parametrize("attempt", [card_sign_in, staff_sign_in])
def test_failed_sign_ins_look_alike_up_to_the_lock(
    running_vault: RunningVault, attempt: Callable[[RunningVault, bool], tuple[str, dict[str, str]]]
) -> None:
    nobody = running_vault.nobody()
    known, unknown = (attempt(running_vault, each) for each in (True, False))
    for _ in range(7):
        assert outline(nobody.post(*known)) == outline(nobody.post(*unknown))
    assert nobody.post(*known).status_code == 429
