"""Finding a holder again over HTTP: her name is never in an address, and only her own centre finds her."""

from typing import Any

import httpx

from tests.api.malformed import malformed, parameter
from tests.api.pages.visitor import passport_read
from tests.running import Caller, RunningVault, done, problem

NUMBER = "B0731616"
"""The passport number of the sample."""


def search(caller: Caller, query: str) -> dict[str, Any]:
    return done(caller.http.post("/v1/holders/search", json={"query": query}), 200)


def enrol(running: RunningVault, **other: object) -> httpx.Response:
    body = {"name": "Đỗ Thị Ước", "language": "vi", "consent_given": True, "consent_method": "signature"}
    return running.staff("hanoi").post("/v1/holders", {**body, **other})


def test_what_was_enrolled_and_read_is_found(running_vault: RunningVault) -> None:
    hanoi, hoa = running_vault.staff("hanoi"), running_vault.world.seed.hoa.holder_id
    card = done(enrol(running_vault, phone="0912 345 678"), 201)
    uoc = done(hanoi.get(f"/v1/holders/{card['holder_id']}"), 200)
    assert uoc["phone"] == "+84912345678"
    listed = {name: value for name, value in uoc.items() if name != "phone"}
    for query in ("uoc do", "DO THI UOC", "+84 912 345 678"):
        assert search(hanoi, query) == {"items": [listed], "more": False}, query
    assert search(hanoi, NUMBER)["items"] == []
    passport_read(running_vault)
    assert [each["holder_id"] for each in search(hanoi, "b 0731616")["items"]] == [hoa]
    for login in ("hue", "penang"):
        for query in ("uoc do", "+84 912 345 678", NUMBER):
            assert search(running_vault.staff(login), query) == {"items": [], "more": False}


def test_too_little_is_refused_and_an_address_takes_no_query(shared_vault: RunningVault) -> None:
    hanoi = shared_vault.staff("hanoi")
    problem(hanoi.http.post("/v1/holders/search", json={"query": "hoa"}), 422, "search-too-short")
    answer = hanoi.http.post(
        "/v1/holders/search", params={"query": "nguyen hoa"}, json={"query": "nguyen hoa"}
    )
    malformed(answer, parameter("query"))
    assert hanoi.get("/v1/holders/search").status_code in (404, 405, 422)


def test_a_telephone_number_may_be_left_out_but_not_be_wrong(shared_vault: RunningVault) -> None:
    hanoi = shared_vault.staff("hanoi")
    for without in ({}, {"phone": None}):
        card = done(enrol(shared_vault, **without), 201)
        assert done(hanoi.get(f"/v1/holders/{card['holder_id']}"), 200)["phone"] is None
    enrolled = len(shared_vault.world.entries("holder_enrolled"))
    for wrong in ("12345", "0912 345 678 ext 5", "hers"):
        problem(enrol(shared_vault, phone=wrong), 422, "phone-unusable")
    assert len(shared_vault.world.entries("holder_enrolled")) == enrolled


def test_the_same_enrolment_with_another_number_is_another_call(shared_vault: RunningVault) -> None:
    hanoi = shared_vault.staff("hanoi")
    body = {"name": "Đỗ Thị Ước", "language": "vi", "consent_given": True, "consent_method": "signature"}
    first = {**body, "phone": "+84 900 000 000"}
    done(hanoi.post("/v1/holders", first, key="one-enrolment"), 201)
    done(hanoi.post("/v1/holders", first, key="one-enrolment"), 201)
    other = {**body, "phone": "+84 900 000 001"}
    problem(hanoi.post("/v1/holders", other, key="one-enrolment"), 409, "idempotency-key-reused")
