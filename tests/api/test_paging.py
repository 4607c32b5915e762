"""Lists in portions: everything once, newest first, whatever arrives meanwhile."""

from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any

import pytest

from tests.api.malformed import malformed, parameter
from tests.running import Caller, RunningVault, done, problem


def paged(caller: Caller, path: str, limit: int) -> list[dict[str, Any]]:
    """Every item, portion by portion."""
    items: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        portion = done(caller.get(path, limit=limit, **cursor), 200)
        assert len(portion["items"]) <= limit
        items += portion["items"]
        if portion["next_cursor"] is None:
            return items
        assert len(portion["items"]) == limit
        cursor = {"cursor": portion["next_cursor"]}


def opened(running: RunningVault, penang: Caller) -> str:
    body = {"card_code": running.world.seed.hoa.card_code, "dispute": "other"}
    return str(done(penang.post("/v1/cases", body), 201)["case_id"])


def test_new_cases_neither_shift_nor_repeat_the_rest(running_vault: RunningVault) -> None:
    penang = running_vault.staff("penang")
    first = []
    for number in range(5):
        # Some at the very same moment: then the id decides.
        running_vault.world.clock.move(timedelta(seconds=number // 2))
        first.append(opened(running_vault, penang))
    portion = done(penang.get("/v1/cases", limit=2), 200)
    seen = [each["case_id"] for each in portion["items"]]
    running_vault.world.clock.move(timedelta(seconds=1))
    while portion["next_cursor"] is not None:
        opened(running_vault, penang)
        portion = done(penang.get("/v1/cases", limit=2, cursor=portion["next_cursor"]), 200)
        seen += [each["case_id"] for each in portion["items"]]
    assert sorted(seen) == sorted(first)
    times = [each["opened_at"] for each in done(penang.get("/v1/cases"), 200)["items"]]
    assert times == sorted(times, reverse=True)


def test_every_list_can_be_walked_one_by_one(running_vault: RunningVault) -> None:
    document_id = running_vault.deposited()
    requests = [running_vault.asked() for _ in range(3)]
    grants = [running_vault.granted(each, [document_id])["grant_id"] for each in requests]
    hanoi, her = running_vault.staff("hanoi"), running_vault.holder()
    assert {each["holder_id"] for each in paged(hanoi, "/v1/holders", 1)} == {
        running_vault.world.seed.hoa.holder_id,
        running_vault.world.seed.lan.holder_id,
    }
    assert sorted(each["request_id"] for each in paged(her, "/v1/me/requests", 1)) == sorted(requests)
    assert sorted(each["grant_id"] for each in paged(her, "/v1/me/grants", 1)) == sorted(grants)
    numbers = [each["number"] for each in paged(her, "/v1/me/history", 1)]
    assert numbers == sorted(set(numbers), reverse=True)
    assert len(numbers) >= 2 + 1 + 3 * 3


@pytest.mark.parametrize("limit", ["0", "101", "-1", "1.5", "many", "", "9" * 30])
def test_a_limit_has_bounds(shared_vault: RunningVault, limit: str) -> None:
    malformed(shared_vault.staff("hanoi").get("/v1/holders", limit=limit), parameter("limit"))


def made_up(moment: str) -> str:
    return urlsafe_b64encode(f"{moment}|cas_0".encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "not base64!",
        "ñ",
        "\0",
        "9" * 200,
        made_up("yesterday"),
        made_up("2026-01-01T00:00:00"),
        made_up("0001-01-01T00:00:00+23:59"),
        urlsafe_b64encode(b"2026-01-01T00:00:00+00:00|").decode(),
        urlsafe_b64encode(b"\xff\xfe").decode(),
    ],
)
def test_a_made_up_cursor_is_refused(shared_vault: RunningVault, cursor: str) -> None:
    problem(shared_vault.staff("penang").get("/v1/cases", cursor=cursor), 422, "cursor-unusable")
    lan = shared_vault.holder(shared_vault.world.seed.lan)
    for path in ("/v1/me/requests", "/v1/me/grants"):
        problem(lan.get(path, cursor=cursor), 422, "cursor-unusable")


@pytest.mark.parametrize("cursor", ["x", "-1", "1.5", "٣", "9" * 16])
def test_a_made_up_history_cursor_is_refused(shared_vault: RunningVault, cursor: str) -> None:
    lan = shared_vault.holder(shared_vault.world.seed.lan)
    problem(lan.get("/v1/me/history", cursor=cursor), 422, "cursor-unusable")


def test_unknown_query_members_are_refused(shared_vault: RunningVault) -> None:
    hanoi = shared_vault.staff("hanoi")
    for path, name in (("/v1/holders?limits=3", "limits"), ("/v1/holders?limit=3&offset=2", "offset")):
        malformed(hanoi.get(path), parameter(name))
    malformed(hanoi.get("/v1/cases?x=&%ff="), parameter("x"))
