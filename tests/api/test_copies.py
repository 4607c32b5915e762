"""Making copies is heavy: a few are made at once, the others wait, and nobody else waits for them."""

import threading
import time
from datetime import timedelta

import pytest

from api.app import COPIES_AT_ONCE
from tests.running import RunningVault, problem
from vault import release
from vault.permits import Ask
from vault.watermark import Copy


def test_a_few_copies_are_made_at_once(running_vault: RunningVault, monkeypatch: pytest.MonkeyPatch) -> None:
    inside, most, counted, go_on = 0, 0, threading.Lock(), threading.Event()

    def slow(_vault: object, _staff: object, ask: Ask) -> Copy:
        nonlocal inside, most
        with counted:
            inside += 1
            most = max(most, inside)
        assert go_on.wait(30)
        with counted:
            inside -= 1
        return Copy("rel_" + "0" * 32, "copy.pdf", "application/pdf", ask.attempt.encode())

    monkeypatch.setattr(release, "release", slow)
    penang, others = running_vault.staff("penang"), 3
    path, answers = f"/v1/requests/req_{'0' * 32}/copies", []

    def fetch(attempt: int) -> None:
        answers.append(penang.post(path, {"form": "copy"}, key=f"attempt-{attempt}").content)

    threads = [threading.Thread(target=fetch, args=(each,)) for each in range(COPIES_AT_ONCE + others)]
    for thread in threads:
        thread.start()
    limit = time.monotonic() + 30
    copies = running_vault.app.state.copies
    while copies.statistics().tasks_waiting < others or inside < COPIES_AT_ONCE:
        assert time.monotonic() < limit
        time.sleep(0.01)
    assert penang.get("/v1/cases").status_code == 200
    go_on.set()
    for thread in threads:
        thread.join(30)
    assert sorted(answers) == sorted(f"attempt-{each}".encode() for each in range(COPIES_AT_ONCE + others))
    assert most == COPIES_AT_ONCE


def test_a_fetch_can_be_repeated_for_15_minutes_only(running_vault: RunningVault) -> None:
    document_id, request_id = running_vault.deposited(), running_vault.asked()
    running_vault.granted(request_id, [document_id])
    penang, path = running_vault.staff("penang"), f"/v1/requests/{request_id}/copies"
    assert penang.post(path, {"form": "copy"}, key="once").status_code == 200
    running_vault.world.clock.move(timedelta(minutes=15))
    assert penang.post(path, {"form": "copy"}, key="once").status_code == 200
    running_vault.world.clock.move(timedelta(seconds=1))
    problem(penang.post(path, {"form": "copy"}, key="once"), 409, "attempt-over")
    assert penang.get(f"/v1/requests/{request_id}/grant").json()["used"] == 1


def test_she_takes_her_own_copy_and_nobody_elses(running_vault: RunningVault) -> None:
    document_id = running_vault.deposited()
    hers = running_vault.holder()
    copy = hers.post(f"/v1/me/documents/{document_id}/copy", None)
    assert copy.headers["content-type"] == "application/pdf"
    assert copy.content.startswith(b"%PDF-")
    assert hers.get("/v1/me/history").json()["items"][0]["kind"] == "own_copy"
    problem(hers.post(f"/v1/me/documents/doc_{'0' * 32}/copy", None), 404, "not-found")
