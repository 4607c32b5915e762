"""Handing a paper over, on the pages: asked for, understood, narrowed or allowed, fetched page by page, taken back."""

import time
from datetime import timedelta

import pytest

from tests.api.pages.visitor import Page, Visitor, holder, staff
from tests.running import RunningVault, done
from tests.vault.world import CENTRE_IDENTITY, PIN, photo
from vault.crypto.age import decrypt
from vault.crypto.recipients import fingerprint

TOLD = (
    "đã lấy chính các trang giấy tờ của bạn",
    "đã thay ổ khóa mới cho giấy tờ của bạn",
    "Bị chặn, vì bạn đã rút lại sự đồng ý.",
)
WISH = {"kind": "contract", "purpose": "wage_claim", "form": "handover", "uses": "2"}


def asked(running: RunningVault) -> tuple[Visitor, str]:
    """Penang's desk has asked for hoa's contract of two pages, as a handover: the desk, and the case's path."""
    desk, hoa = running.staff("hanoi"), running.world.seed.hoa
    done(desk.deposit(hoa.holder_id, [photo("CONTRACT"), photo("page two")]), 201)
    centre = staff(running, "penang")
    centre.submit("/staff/desk", {"card_code": hoa.card_code, "dispute": "unpaid_wages"})
    case_path = centre.page.path
    last_day = running.world.clock() + timedelta(days=20)
    centre.submit(case_path, {**WISH, "until": f"{last_day:%Y-%m-%d}"})
    return centre, case_path


def answered(phone: Visitor, form: str) -> str:
    """She allows it in this form for a day: the path of what she allows."""
    path = next(link for link in phone.page.links if link.startswith("/card/requests/"))
    offered = phone.get(path).form(path)
    assert [each["value"] for each in offered.inputs if each.get("name") == "form"] == [
        "view",
        "copy",
        "handover",
    ]
    assert not any("checked" in each for each in offered.inputs)
    papers = [each["value"] for each in offered.inputs if each.get("name") == "papers"]
    page = phone.submit(
        path, {"papers": papers, "form": form, "until": "day", "uses": "2", "pin": PIN, "answer": "allow"}
    )
    return page.path


def pages_offered(page: Page, case_path: str) -> list[str]:
    action = f"{case_path}/handovers"
    inputs = [each for form in page.forms if form.action == action for each in form.inputs]
    return [each["value"] for each in inputs if each.get("name") == "page"]


def fetched(centre: Visitor, case_path: str, page: str) -> bytes:
    answer = centre.raw(f"{case_path}/handovers", {"page": page})
    assert answer.headers["content-type"] == "application/age"
    assert answer.headers["content-disposition"].endswith(f'-p{page}.jpg.age"')
    return b"".join(decrypt([answer.content], [CENTRE_IDENTITY]))


def test_a_handover_by_forms(running_vault: RunningVault) -> None:
    centre, case_path = asked(running_vault)
    phone = holder(running_vault, language="vi")
    grant_path = answered(phone, "handover")
    assert "Trên trang không có dấu gì" in phone.page.html

    page = centre.get(case_path)
    assert pages_offered(page, case_path) == ["1", "2"]
    assert "age --decrypt" in page.html
    first, second = (fetched(centre, case_path, number) for number in ("1", "2"))
    assert first[:2] == second[:2] == b"\xff\xd8"
    assert first != second
    assert "Used 1 of 2" in centre.get(case_path).html

    assert "trên đó không có dấu" in phone.get(f"{grant_path}/withdrawal").html
    stale = centre.get(case_path)
    phone.submit(f"{grant_path}/withdrawal", {})
    centre.page = stale
    refused = centre.submit(f"{case_path}/handovers", {"page": "1"}, 403)
    assert "taken back her consent" in refused.html
    assert case_path in refused.links
    assert pages_offered(centre.get(case_path), case_path) == []
    sealed_anew(running_vault)
    told = phone.get("/card/history").html
    for sentence in TOLD:
        assert sentence in told, sentence
    assert told.count(fingerprint(CENTRE_IDENTITY.recipient)) == 2
    assert told.count(TOLD[1]) <= 2  # not for each page; the refusal may stand in between


def test_she_allows_less_and_no_page_is_offered(running_vault: RunningVault) -> None:
    centre, case_path = asked(running_vault)
    answered(holder(running_vault), "copy")
    page = centre.get(case_path)
    assert pages_offered(page, case_path) == []
    copies = [form.hidden() for form in page.forms if form.action == f"{case_path}/copies"]
    assert [(each["form"], each.get("sealed")) for each in copies] == [
        ("view", None),
        ("copy", None),
        ("copy", "yes"),
    ]
    by_hand = {name: copies[0][name] for name in ("csrf", "attempt", "request_id", "document_id")}
    refused = centre.post(f"{case_path}/handovers", {**by_hand, "page": "1"}, 403)
    assert "did not allow handing this paper over" in refused.html
    for page_number in ("0", "401", "one", ""):
        centre.post(f"{case_path}/handovers", {**by_hand, "page": page_number}, 422)


def test_without_a_recipient_it_is_neither_offered_nor_possible(running_vault: RunningVault) -> None:
    centre, case_path = asked(running_vault)
    answered(holder(running_vault), "handover")
    penang = running_vault.staff("penang")
    recipient = done(penang.get("/v1/recipients"), 200)["items"][0]
    done(penang.post(f"/v1/recipients/{recipient['recipient_id']}/end"), 200)
    page = centre.get(case_path)
    forms = [each["value"] for each in page.form(case_path).inputs if each.get("name") == "form"]
    assert forms == ["view", "copy"]
    assert pages_offered(page, case_path) == []
    assert "has no confirmed recipient to seal them to" in page.html
    assert page.links.count("/staff/recipients") == 2


@pytest.mark.parametrize(("later", "told"), [(0, "còn lấy lại được trong 15 phút"), (2, "Thời gian đã hết")])
def test_what_is_used_up_or_over_can_be_taken_back_and_is_sealed_anew(
    running_vault: RunningVault, later: int, told: str
) -> None:
    centre, case_path = asked(running_vault)
    grant_path = answered(holder(running_vault, language="vi"), "handover")
    for _ in range(2):
        centre.get(case_path)
        fetched(centre, case_path, "1")
    running_vault.world.clock.move(timedelta(days=later))
    phone = holder(running_vault, language="vi")
    assert told in phone.get(grant_path).html
    assert f"{grant_path}/withdrawal" in phone.page.links
    assert "thay ổ khóa mới" in phone.get(f"{grant_path}/withdrawal").html
    assert "Bạn đã rút lại" in phone.submit(f"{grant_path}/withdrawal", {}).html
    assert f"{grant_path}/withdrawal" not in phone.page.links
    assert len(running_vault.world.entries("withdrawn")) == 1
    sealed_anew(running_vault)


def test_what_is_over_and_was_never_handed_over_is_not_offered_to_be_taken_back(
    running_vault: RunningVault,
) -> None:
    asked(running_vault)
    grant_path = answered(holder(running_vault), "handover")
    running_vault.world.clock.move(timedelta(days=2))
    phone = holder(running_vault)
    assert f"{grant_path}/withdrawal" not in phone.get(grant_path).links
    phone.get(f"{grant_path}/withdrawal")
    assert all(form.action != f"{grant_path}/withdrawal" for form in phone.page.forms)


def sealed_anew(running: RunningVault) -> None:
    limit = time.monotonic() + 30
    while len(running.world.entries("resealed")) < 4:
        assert time.monotonic() < limit
        time.sleep(0.1)
