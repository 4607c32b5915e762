"""The search box of the desk: what was found, what was not, what is too little, and no name in any address."""

import pytest

from tests.api.pages.test_page_markup import HOSTILE
from tests.api.pages.visitor import Visitor, passport_read, staff
from tests.running import RunningVault
from vault import finding, holders
from vault.holders import Enrolment

SEARCH = "/staff/people/search"


def searched(desk: Visitor, query: str, status: int = 200) -> list[str]:
    """Types this into the box: the links to people on the page that comes."""
    page = desk.submit(SEARCH, {"query": query}, status)
    assert page.path == SEARCH
    return [link for link in page.links if link.startswith("/staff/holders/hld_")]


def enrolled(desk: Visitor, **other: str) -> str:
    """Enrols somebody at the desk: the path of her page."""
    desk.get("/staff/holders/new")
    given = {"name": "Trần Thị Bưởi", "language": "vi", "consent": "yes", "method": "thumbprint"}
    page = desk.submit("/staff/holders/new", {**given, **other}, 201)
    return next(link for link in page.links if link.startswith("/staff/holders/"))


def test_a_person_is_found_at_the_desk(running_vault: RunningVault) -> None:
    desk = staff(running_vault, "hanoi")
    hoa = f"/staff/holders/{running_vault.world.seed.hoa.holder_id}"
    buoi = enrolled(desk, phone="0912 345 678")
    assert "telephone +84912345678" in desk.get(buoi).html
    desk.get("/staff/desk")
    assert searched(desk, "buoi tran thi") == [buoi]
    assert searched(desk, "+84 912-345-678") == [buoi]  # from the box on the page of what was found
    assert searched(desk, "hoa nguyen") == [hoa]
    passport_read(running_vault)
    assert searched(desk, "B 0731616") == [hoa]
    assert searched(desk, "nguyen lan") == []
    assert "Nobody at this centre was found." in desk.page.html


def test_too_little_is_said_beside_the_box(shared_vault: RunningVault) -> None:
    desk = staff(shared_vault, "hanoi")
    assert searched(desk, "Hòa", 422) == []
    page = desk.page
    assert 'id="query-fault"' in page.html
    assert {each.get("name"): each.get("value") for each in page.form(SEARCH).inputs}["query"] == "Hòa"
    assert "Nobody at this centre" not in page.html


def test_a_name_is_in_no_address_and_a_wrong_number_stays_on_the_form(shared_vault: RunningVault) -> None:
    desk = staff(shared_vault, "hanoi")
    searched(desk, "hoa nguyen")
    assert not any("nguyen" in link.lower() for link in desk.page.links)
    assert f"/language/vi?next={'/staff/desk'.replace('/', '%2F')}" in desk.page.links
    assert desk.http.get(SEARCH).status_code == 405
    desk.get("/staff/holders/new")
    wrong = {"name": "Na", "language": "vi", "consent": "yes", "method": "signature", "phone": "12345"}
    page = desk.submit("/staff/holders/new", wrong, 422)
    assert 'id="phone-fault"' in page.html
    inputs = {each.get("name"): each for each in page.form("/staff/holders/new").inputs}
    assert inputs["phone"]["value"] == "12345"
    assert "required" not in inputs["phone"]
    assert "required" in inputs["name"]


def test_another_centres_desk_finds_nobody(shared_vault: RunningVault) -> None:
    for login in ("hue", "penang"):
        desk = staff(shared_vault, login)
        token = desk.page.form("/staff/close").hidden()["csrf"]
        page = desk.post(SEARCH, {"csrf": token, "query": "nguyen thi hoa"})
        assert "Nobody at this centre was found." in page.html
        assert "Nguyễn" not in page.html


def test_a_found_name_is_only_ever_text_and_more_is_said(
    running_vault: RunningVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = running_vault.world
    for _ in range(2):
        holders.enrol(
            world.vault, world.seed.origin, Enrolment(HOSTILE, "vi", True, "signature"), world.call()
        )
    monkeypatch.setattr(finding, "MOST_FOUND", 1)
    desk = staff(running_vault, "hanoi")
    assert len(searched(desk, HOSTILE)) == 1
    assert "<script" not in desk.page.html
    assert desk.page.html.count("&lt;script&gt;") == 2  # the name, and what was typed
    assert "There are more than these 1." in desk.page.html
