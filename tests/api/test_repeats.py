"""The same call twice is one call: after a lost answer, at the same moment, and never for something else."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import httpx
import pytest

from tests.running import Caller, RunningVault, done, problem
from tests.vault.world import photo
from vault.crypto.hybrid import HybridIdentity

Creating = Callable[[str], httpx.Response]
KEY = "the-very-same-call"


def enrolling(running: RunningVault) -> tuple[Caller, str, dict[str, Any], dict[str, Any]]:
    body = {"name": "Trần Thị Mai", "language": "vi", "consent_given": True, "consent_method": "signature"}
    return running.staff("hanoi"), "/v1/holders", body, {**body, "name": "Trần Thị Mận"}


def opening(running: RunningVault) -> tuple[Caller, str, dict[str, Any], dict[str, Any]]:
    body = {"card_code": running.world.seed.hoa.card_code, "dispute": "unpaid_wages"}
    return running.staff("penang"), "/v1/cases", body, {**body, "dispute": "other"}


def asking(running: RunningVault) -> tuple[Caller, str, dict[str, Any], dict[str, Any]]:
    penang, path, body, _ = opening(running)
    case = done(penang.post(path, body), 201)
    return penang, f"/v1/cases/{case['case_id']}/requests", running.wish(), running.wish(uses=2)


def granting(running: RunningVault) -> tuple[Caller, str, dict[str, Any], dict[str, Any]]:
    papers = [running.deposited()]
    request_id = running.asked()
    path = f"/v1/me/requests/{request_id}/grant"
    return running.holder(), path, running.answer(papers), running.answer(papers, uses=2)


def proposing(running: RunningVault) -> tuple[Caller, str, dict[str, Any], dict[str, Any]]:
    body, other = ({"recipient": str(HybridIdentity.generate().recipient)} for _ in range(2))
    return running.staff("penang"), "/v1/recipients", body, other


CREATING = [enrolling, opening, asking, granting, proposing]


@pytest.mark.parametrize("prepare", CREATING)
def test_a_repeat_gets_the_first_answer_and_does_nothing(running_vault: RunningVault, prepare: Any) -> None:
    caller, path, body, other = prepare(running_vault)
    problem(caller.http.post(path, json=body), 400, "idempotency-key-missing")
    first = caller.post(path, body, key=KEY)
    entries = settled(running_vault)
    again = caller.post(path, body, key=KEY)
    assert done(first, 201) == done(again, 201)
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    problem(caller.post(path, other, key=KEY), 409, "idempotency-key-reused")
    assert settled(running_vault) == entries


@pytest.mark.parametrize("prepare", CREATING)
def test_two_at_once_are_one(running_vault: RunningVault, prepare: Any) -> None:
    caller, path, body, _ = prepare(running_vault)
    before = settled(running_vault)
    first, second = at_once(lambda: caller.post(path, body, key=KEY))
    assert done(first, 201) == done(second, 201)
    assert settled(running_vault) == before + 1
    assert sorted("idempotency-replayed" in each.headers for each in (first, second)) == [False, True]


def test_a_deposit_repeated_is_one_deposit(lone_vault: RunningVault) -> None:
    hanoi, holder_id = lone_vault.staff("hanoi"), lone_vault.world.seed.hoa.holder_id
    files = [photo("page one"), photo("page two")]
    first, second = at_once(lambda: hanoi.deposit(holder_id, files, key=KEY))
    again = hanoi.deposit(holder_id, files, key=KEY)
    assert done(first, 201) == done(second, 201) == done(again, 201)
    assert again.headers["idempotency-replayed"] == "true"
    assert len(lone_vault.world.documents()) == 1
    assert sorted(each.name for each in lone_vault.world.objects()) == sorted(
        each.name for each in lone_vault.world.vault.blobs.names()
    )
    lan = lone_vault.world.seed.lan.holder_id
    for answer in (
        hanoi.deposit(holder_id, files[::-1], key=KEY),
        hanoi.deposit(holder_id, files, "passport", key=KEY),
        hanoi.deposit(lan, files, key=KEY),
    ):
        problem(answer, 409, "idempotency-key-reused")
    bare = hanoi.http.post(f"/v1/holders/{holder_id}/documents?kind=contract", files=[("files", files[0])])
    problem(bare, 400, "idempotency-key-missing")


def test_a_copy_repeated_is_one_use(running_vault: RunningVault) -> None:
    document_id, request_id = running_vault.deposited(), running_vault.asked()
    grant = running_vault.granted(request_id, [document_id], uses=1)
    penang, path = running_vault.staff("penang"), f"/v1/requests/{request_id}/copies"
    problem(penang.http.post(path, json={"form": "copy"}), 400, "idempotency-key-missing")
    first, second = at_once(lambda: penang.post(path, {"form": "copy"}, key=KEY))
    again = penang.post(path, {"form": "copy"}, key=KEY)
    assert {each.status_code for each in (first, second, again)} == {200}
    assert len({each.headers["release-id"] for each in (first, second, again)}) == 1
    assert done(penang.get(f"/v1/requests/{request_id}/grant"), 200)["used"] == 1
    problem(penang.post(path, {"form": "copy"}), 403, "grant-used-up")
    running_vault.holder().post(f"/v1/me/grants/{grant['grant_id']}/withdrawal")
    problem(penang.post(path, {"form": "copy"}, key=KEY), 403, "grant-withdrawn")


def test_a_key_is_its_callers_own(running_vault: RunningVault) -> None:
    body = {"card_code": running_vault.world.seed.hoa.card_code, "dispute": "other"}
    here = done(running_vault.staff("penang").post("/v1/cases", body, key=KEY), 201)
    there = done(running_vault.staff("johor").post("/v1/cases", body, key=KEY), 201)
    assert here["case_id"] != there["case_id"]


@pytest.mark.parametrize("key", ["x" * 201, "tab\tinside", "\x85", "\xa0"])
def test_an_unusable_key_is_refused(shared_vault: RunningVault, key: str) -> None:
    penang = shared_vault.staff("penang")
    body = {"card_code": shared_vault.world.seed.hoa.card_code, "dispute": "other"}
    headers = [(b"Idempotency-Key", key.encode("latin-1"))]
    answer = penang.http.post("/v1/cases", json=body, headers=headers)
    problem(answer, 422, "idempotency-key-unusable")


def test_a_wrong_pin_in_a_repeat_tells_nothing(running_vault: RunningVault) -> None:
    her, path, body, _ = granting(running_vault)
    granted = done(her.post(path, body, key=KEY), 201)
    assert done(her.post(path, {**body, "pin": "000000"}, key=KEY), 201) == granted


def at_once(call: Callable[[], httpx.Response]) -> list[httpx.Response]:
    """The same call from two threads that wait for each other."""
    door = Barrier(2)

    def entered(_: int) -> httpx.Response:
        door.wait()
        return call()

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(entered, range(2)))


def settled(running: RunningVault) -> int:
    """How many entries there are that somebody asked for: the worker's come when they come."""
    return len([entry for entry in running.world.entries() if entry.kind not in ("read", "reading_failed")])
