"""Nobody gets in without a token, with the token of the other face, or into another centre's rooms.

The operations are walked, not listed: a new one is tested from the day it is added. The exceptions are listed, and an
exception that is none any more fails too.
"""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute

from api.routes.openapi import example_of
from tests.running import Caller, RunningVault, done

OPEN_TO_ALL = {
    "GET /health",
    "GET /v1/docs",
    "GET /v1/openapi.json",
    "GET /v1/problems/{code}",
    "POST /v1/card-sessions",
    "POST /v1/sessions",
}
OPEN_TO_ANY_STAFF = {"GET /v1/holders", "POST /v1/holders/search", "GET /v1/cases"}
"""They list what is the caller's own centre's: for the other kind of centre, nothing."""

FOR_EITHER_FACE = {"DELETE /v1/sessions/current"}
FOR_ONE_ROLE = {
    "POST /v1/holders": "deposit",
    "POST /v1/cases": "destination",
    "POST /v1/recipients": "destination",
}
NOT_THERE_FOR_DEPOSIT = {"GET /v1/recipients"}
"""A list that an origin centre cannot have."""


def operations(running: RunningVault) -> list[str]:
    """Every operation outside the pages, as "METHOD path"."""

    def walked(routes: Any) -> Iterator[str]:
        for route in routes:
            inner = getattr(route, "original_router", None) or getattr(route, "router", None)
            if isinstance(route, APIRoute) or hasattr(route, "methods"):
                yield from (f"{method} {route.path}" for method in route.methods - {"HEAD"})
            elif inner is not None:
                yield from walked(inner.routes)

    found = list(walked(running.app.routes))
    return sorted(each for each in found if each.split()[1].startswith(("/v1/", "/health")))


def call(
    running: RunningVault, caller: Caller, operation: str, ids: dict[str, str] | None = None
) -> httpx.Response:
    """Makes a well-formed call; `ids` fill the path, or ids that nobody has."""
    method, path = operation.split()
    description = running.app.openapi()
    described = description["paths"].get(path, {}).get(method.lower(), {})
    parts = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    for name in parts:
        path = path.replace(f"{{{name}}}", (ids or {}).get(name, "abc_" + "0" * 32))
    arguments: dict[str, Any] = {"headers": {"Idempotency-Key": "entrances"}}
    content = described.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        arguments["json"] = example_of(content["application/json"]["schema"], description)
        if "until" in arguments["json"]:
            arguments["json"]["until"] = running.moment(1)
        if ids and "document_id" in arguments["json"]:
            arguments["json"]["document_id"] = ids["document_id"]
    if "multipart/form-data" in content:
        arguments |= {"files": [("files", b"no picture")], "params": {"kind": "contract"}}
    return caller.http.request(method, path, **arguments)


@pytest.fixture
def furnished(running_vault: RunningVault) -> tuple[RunningVault, dict[str, str]]:
    """A vault with one of each: hanoi's holder and paper, penang's case, request and recipient, hoa's grant."""
    document_id = running_vault.deposited()
    request_id = running_vault.asked()
    grant = running_vault.granted(request_id, [document_id])
    recipient = done(running_vault.staff("penang").get("/v1/recipients"), 200)["items"][0]
    return running_vault, {
        "holder_id": running_vault.world.seed.hoa.holder_id,
        "document_id": document_id,
        "case_id": grant["case_id"],
        "request_id": request_id,
        "grant_id": grant["grant_id"],
        "recipient_id": recipient["recipient_id"],
    }


def test_without_a_token_everything_else_is_closed(shared_vault: RunningVault) -> None:
    answers = {each: call(shared_vault, shared_vault.nobody(), each) for each in operations(shared_vault)}
    assert {each for each, answer in answers.items() if answer.status_code != 401} >= OPEN_TO_ALL - {
        "POST /v1/card-sessions",
        "POST /v1/sessions",
    }
    for each in answers.keys() - OPEN_TO_ALL:
        assert answers[each].status_code == 401, each
        assert answers[each].json()["code"] == "not-signed-in"
        assert answers[each].headers["www-authenticate"] == "Bearer"
    for each in ("POST /v1/card-sessions", "POST /v1/sessions"):
        assert answers[each].json()["code"] == "sign-in-failed"


@pytest.mark.parametrize("token", ["x", "0" * 43, "x" * 5000])
def test_a_made_up_token_is_no_token(shared_vault: RunningVault, token: str) -> None:
    for each in operations(shared_vault):
        if each not in OPEN_TO_ALL | FOR_EITHER_FACE:
            assert call(shared_vault, shared_vault.bearer(token), each).status_code == 401, each


def test_the_token_of_one_face_opens_nothing_of_the_other(
    furnished: tuple[RunningVault, dict[str, str]],
) -> None:
    running, ids = furnished
    hanoi, penang, her = running.staff("hanoi"), running.staff("penang"), running.holder()
    for each in operations(running):
        if each in OPEN_TO_ALL | FOR_EITHER_FACE:
            continue
        wrong = [hanoi, penang] if each.split()[1].startswith("/v1/me") else [her]
        for caller in wrong:
            assert call(running, caller, each, ids).status_code == 401, each


def test_a_sign_in_works_on_the_json_api_only_as_a_bearer(shared_vault: RunningVault) -> None:
    token = shared_vault.staff("hanoi").http.headers["authorization"].split()[1]
    with_cookies = shared_vault.nobody()
    with_cookies.http.cookies.update({"vault_staff": token, "vault_card": token})
    assert with_cookies.get("/v1/holders").status_code == 401


def test_what_belongs_to_others_is_not_there(furnished: tuple[RunningVault, dict[str, str]]) -> None:
    running, ids = furnished
    strangers = {"staff": [running.staff(login) for login in ("hue", "johor")]}
    strangers["me"] = [running.holder(running.world.seed.lan)]
    owners = {"staff": [running.staff(login) for login in ("hanoi", "penang")], "me": [running.holder()]}
    for each in operations(running):
        path = each.split()[1]
        if "{" not in path or each in OPEN_TO_ALL:
            continue
        face = "me" if path.startswith("/v1/me") else "staff"
        for stranger in strangers[face]:
            answer = call(running, stranger, each, ids)
            assert (answer.status_code, answer.json()["code"]) == (404, "not-found"), each
            nowhere = call(running, stranger, each)
            assert (nowhere.status_code, nowhere.content) == (404, answer.content), each
        # The same call is answered for whom it belongs to: the test asks for something that is there.
        assert any(call(running, owner, each, ids).status_code != 404 for owner in owners[face]), each


def test_what_has_no_owner_yet_asks_for_the_role(furnished: tuple[RunningVault, dict[str, str]]) -> None:
    running, _ids = furnished
    desks = {"deposit": running.staff("hue"), "destination": running.staff("johor")}
    for each in operations(running):
        path = each.split()[1]
        if "{" in path or path.startswith("/v1/me") or each in OPEN_TO_ALL | FOR_EITHER_FACE:
            continue
        for role, desk in desks.items():
            answer = call(running, desk, each)
            if each in OPEN_TO_ANY_STAFF:
                assert answer.status_code == 200, each
                assert answer.json()["items"] == []
            elif each in NOT_THERE_FOR_DEPOSIT:
                assert answer.status_code == (404 if role == "deposit" else 200), each
            elif FOR_ONE_ROLE[each] != role:
                assert (answer.status_code, answer.json()["code"]) == (403, "not-allowed"), each


def test_the_exceptions_are_exceptions_still(shared_vault: RunningVault) -> None:
    walked = set(operations(shared_vault))
    exceptions = OPEN_TO_ALL | OPEN_TO_ANY_STAFF | FOR_EITHER_FACE | NOT_THERE_FOR_DEPOSIT
    assert walked >= exceptions | set(FOR_ONE_ROLE)
    described = shared_vault.app.openapi()["paths"].items()
    known = {f"{method.upper()} {path}" for path, methods in described for method in methods}
    assert walked == known | {"GET /v1/docs", "GET /v1/openapi.json"}


def test_signing_out_ends_the_session_for_both_faces(running_vault: RunningVault) -> None:
    for caller, path in ((running_vault.staff("hanoi"), "/v1/holders"), (running_vault.holder(), "/v1/me")):
        assert caller.get(path).status_code == 200
        assert caller.http.delete("/v1/sessions/current").status_code == 204
        assert caller.get(path).status_code == 401


def test_every_answer_carries_the_security_headers(shared_vault: RunningVault) -> None:
    for each in operations(shared_vault):
        headers = call(shared_vault, shared_vault.nobody(), each).headers
        assert headers["cache-control"] == "no-store", each
        assert headers["x-content-type-options"] == "nosniff", each
        assert "default-src 'none'" in headers["content-security-policy"], each


def test_a_changed_pin_ends_her_sessions(running_vault: RunningVault) -> None:
    her = running_vault.holder()
    body = {"pin": "274918", "new_pin": "830571"}
    assert her.post("/v1/me/pin", body).status_code == 204
    assert her.get("/v1/me").status_code == 401
    assert done(running_vault.holder(pin="830571").get("/v1/me"), 200)["name"] == "Nguyễn Thị Hoa"
