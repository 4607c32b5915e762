"""The whole journey by forms alone: a card, a passport, a case, a narrowed yes, a look, taking back, the history."""

import re
import time
from datetime import timedelta

import pypdfium2 as pdfium

from tests.api.pages.visitor import PASSPORT, Visitor, holder, staff
from tests.running import RunningVault

OWN_PIN = "274918"
TOLD = (
    "đã cấp thẻ cho bạn",
    "đã nhận giữ giấy tờ của bạn",
    "đã xin xem",
    "đã cho phép Penang Centre",
    "đã xem giấy tờ của bạn",
    "Bị chặn, vì bạn đã rút lại sự đồng ý.",
    "đã rút lại sự đồng ý với Penang Centre",
)
"""What she must read in her history afterwards, in her own language."""


def enrolled(desk: Visitor) -> tuple[str, str]:
    """Enrols somebody at the desk: her card code and starting PIN, read off the slip."""
    desk.get("/staff/holders/new")
    given = {"name": "Trần Thị Bưởi", "language": "vi", "consent": "yes", "method": "thumbprint"}
    page = desk.submit("/staff/holders/new", given, 201)
    code, pin = re.findall(r'<dd class="mono">([^<]+)</dd>', page.html)
    assert "Trần" not in page.html
    return code, pin


def deposited_passport(desk: Visitor, holder_path: str) -> str:
    """Deposits the sample and waits until it was read: the document page."""
    desk.get(holder_path)
    page = desk.submit(holder_path, {"kind": "passport"}, files=[PASSPORT.read_bytes()])
    assert page.path.startswith("/staff/documents/")
    for _ in range(300):
        if 'http-equiv="refresh"' not in page.html:
            return page.html
        time.sleep(0.1)
        page = desk.get(page.path)
    raise AssertionError("the passport was never read")


def asked(centre: Visitor, code: str, last_day: str) -> str:
    """Opens a case for the card and asks for her papers: the case's page."""
    centre.submit("/staff/desk", {"card_code": code.lower().replace("-", " "), "dispute": "passport_kept"})
    case_path = centre.page.path
    wish = {"kind": ["passport", "contract"], "purpose": "passport_return", "form": "copy", "uses": "3"}
    page = centre.submit(case_path, {**wish, "until": last_day})
    assert page.path == case_path
    assert "Waiting for her answer" in page.html
    assert not any(form.action.endswith("/copies") for form in page.forms)
    return case_path


def opened_card(phone: Visitor, code: str, starting_pin: str) -> None:
    """She makes her own PIN, and nothing comes before that."""
    phone.get("/card")
    phone.submit("/card", {"card_code": code, "pin": starting_pin})
    assert phone.page.path == "/card/pin"
    assert phone.get("/card/home").path == "/card/pin"
    phone.submit("/card/pin", {"pin": starting_pin, "new_pin": OWN_PIN, "new_pin_again": OWN_PIN})
    assert phone.page.path == "/card?done=pin_changed"
    phone.submit("/card", {"card_code": code, "pin": OWN_PIN})
    assert "Trần Thị Bưởi" in phone.page.html


def allowed(phone: Visitor) -> str:
    """She allows less than was asked: the page of what she allows."""
    request_path = next(link for link in phone.page.links if link.startswith("/card/requests/"))
    offered = phone.get(request_path).form(request_path)
    papers = [each["value"] for each in offered.inputs if each.get("name") == "papers"]
    assert len(papers) == 1
    assert not any("checked" in each for each in offered.inputs)
    yes = {"papers": papers, "form": "view", "until": "day", "uses": "2", "pin": OWN_PIN, "answer": "allow"}
    page = phone.submit(request_path, yes)
    assert page.path.startswith("/card/grants/")
    return page.path


def looked(centre: Visitor, case_path: str) -> None:
    """The centre looks, and may do no more than that."""
    page, copies = centre.get(case_path), f"{case_path}/copies"
    assert [form.hidden()["form"] for form in page.forms if form.action == copies] == ["view"]
    seen = centre.raw(copies, {})
    assert seen.headers["content-type"] == "application/pdf"
    assert seen.headers["content-disposition"].startswith("inline;")
    assert len(pdfium.PdfDocument(seen.content)) == 1
    page = centre.submit(copies, {"form": "copy"}, 403)
    assert "not receiving a copy" in page.html
    assert case_path in page.links


def test_the_journey_by_forms(running_vault: RunningVault) -> None:
    desk, centre, phone = (
        staff(running_vault, "hanoi"),
        staff(running_vault, "penang"),
        Visitor(running_vault, "vi"),
    )
    code, starting_pin = enrolled(desk)
    holder_path = next(link for link in desk.page.links if link.startswith("/staff/holders/"))
    assert "B0731616" in deposited_passport(desk, holder_path)
    case_path = asked(centre, code, f"{running_vault.world.clock() + timedelta(days=20):%Y-%m-%d}")
    opened_card(phone, code, starting_pin)
    grant_path = allowed(phone)
    looked(centre, case_path)

    # She takes it back: the next look is refused, with the reason and a way back.
    centre.get(case_path)
    phone.get(f"{grant_path}/withdrawal")
    page = phone.submit(f"{grant_path}/withdrawal", {})
    assert page.path == grant_path
    assert "không thu lại được" in page.html
    page = centre.submit(f"{case_path}/copies", {}, 403)
    assert "taken back her consent" in page.html
    assert case_path in page.links
    assert "Taken back" in centre.get(case_path).html

    told = phone.get("/card/history").html
    for sentence in TOLD:
        assert sentence in told, sentence
    assert phone.submit("/card/close", {}).path == "/card/closed"
    assert phone.get("/card/home").path.startswith("/card?next=")


def test_refusing_needs_no_pin_and_is_the_end_of_it(running_vault: RunningVault) -> None:
    world = running_vault.world
    running_vault.deposited()
    pending = world.ask()
    phone = holder(running_vault)
    path = f"/card/requests/{pending.request_id}"
    phone.get(path)
    page = phone.submit(path, {"answer": "refuse"})
    assert "You said no" in page.html
    assert not any(form.action == path for form in page.forms)
    assert phone.get("/card/home").html.count(pending.case_number) == 0
    assert world.entries("granted") == []


def test_a_sealed_copy_is_offered_and_sealed(running_vault: RunningVault) -> None:
    document_id = running_vault.deposited()
    request_id = running_vault.asked()
    running_vault.granted(request_id, [document_id])
    centre = staff(running_vault, "penang")
    case_path = next(link for link in centre.page.links if link.startswith("/staff/cases/"))
    page = centre.get(case_path)
    offered = [form.hidden() for form in page.forms if form.action == f"{case_path}/copies"]
    assert [(each["form"], each.get("sealed")) for each in offered] == [
        ("view", None),
        ("copy", None),
        ("copy", "yes"),
    ]
    sealed = centre.http.post(f"{case_path}/copies", data=offered[2])
    assert sealed.headers["content-type"] == "application/age"
    assert sealed.content.startswith(b"age-encryption.org/v1\n")
