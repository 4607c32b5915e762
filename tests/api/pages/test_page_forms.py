"""Forms: only from our own pages, shown again with what was typed, and never carried out twice."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.api.pages.visitor import Visitor, holder, staff
from tests.running import RunningVault
from tests.vault.world import PASSWORD, PIN, photo

ELSEWHERE = {"Origin": "https://elsewhere.example"}
ENROLMENT = {"name": "Phạm Thị Na", "language": "vi", "consent": "yes", "method": "signature"}


def test_a_form_without_the_sessions_token_is_refused(shared_vault: RunningVault) -> None:
    desk = staff(shared_vault, "hanoi")
    before = len(shared_vault.world.entries("holder_enrolled"))
    desk.get("/staff/holders/new")
    for token in ("", "0" * 64, "ü"):
        page = desk.submit("/staff/holders/new", {**ENROLMENT, "csrf": token}, 403)
        assert "did not come from our own page" in page.html
        desk.get("/staff/holders/new")
    assert len(shared_vault.world.entries("holder_enrolled")) == before


@pytest.mark.parametrize(
    "headers", [ELSEWHERE, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}]
)
def test_a_form_from_another_site_is_refused(shared_vault: RunningVault, headers: dict[str, str]) -> None:
    desk = staff(shared_vault, "hanoi")
    desk.get("/staff/holders/new")
    desk.submit("/staff/holders/new", ENROLMENT, 403, headers=headers)
    stranger = Visitor(shared_vault)
    stranger.get("/staff")
    stranger.submit("/staff", {"login": "hanoi", "password": PASSWORD}, 403, headers=headers)
    stranger.get("/card")
    card = {"card_code": shared_vault.world.seed.lan.card_code, "pin": PIN}
    stranger.submit("/card", card, 403, headers=headers)


def test_every_form_within_a_session_asks_for_the_token(shared_vault: RunningVault) -> None:
    forms = [
        path
        for path, methods in _page_routes(shared_vault)
        if "POST" in methods and path not in ("/card", "/staff", "/card/close", "/staff/close")
    ]
    assert len(forms) == 14
    signed_in = {"/staff": staff(shared_vault, "hanoi"), "/card": holder(shared_vault)}
    for path in forms:
        visitor = signed_in["/staff" if path.startswith("/staff") else "/card"]
        filled = re.sub(r"{\w+}", "abc", path)
        answer = visitor.http.post(filled, data={"call": "x"})
        assert answer.status_code == 403, path


def _page_routes(running: RunningVault) -> Iterator[tuple[str, set[str]]]:
    def walked(routes: Any) -> Iterator[tuple[str, set[str]]]:
        for route in routes:
            inner = getattr(route, "original_router", None) or getattr(route, "router", None)
            if hasattr(route, "methods"):
                yield route.path, set(route.methods)
            elif inner is not None:
                yield from walked(inner.routes)

    for path, methods in walked(running.app.routes):
        if not path.startswith("/v1/") and path not in ("/health", "/static"):
            yield path, methods


def test_every_page_asks_who_is_there(shared_vault: RunningVault) -> None:
    open_to_all = {"/", "/privacy", "/language/{language}", "/card", "/card/closed", "/staff"}
    nobody = Visitor(shared_vault)
    others = {"/staff": holder(shared_vault), "/card": staff(shared_vault, "hanoi")}
    for path, methods in _page_routes(shared_vault):
        if path in open_to_all or "GET" not in methods:
            continue
        face = "/staff" if path.startswith("/staff") else "/card"
        for stranger in (nobody, others[face]):
            assert stranger.get(path.replace("{", "").replace("}", "")).path.startswith(f"{face}?next=")


@pytest.mark.parametrize(
    "wanted",
    [
        "https://elsewhere.example/card/home",
        "//elsewhere.example/card/home",
        "/card//elsewhere.example",
        "/card/../staff/desk",
        "/card/\\elsewhere.example",
        "/card/home\r\nSet-Cookie: a=b",
        "/staff/desk",
        "card/home",
        "/card/home#<script>",
        "javascript:alert(1)",
    ],
)
def test_sign_in_leads_nowhere_else(shared_vault: RunningVault, wanted: str) -> None:
    visitor = Visitor(shared_vault)
    visitor.get("/card")
    card = {"card_code": shared_vault.world.seed.hoa.card_code, "pin": PIN, "next": wanted}
    assert visitor.submit("/card", card).path == "/card/home"
    answer = visitor.http.get("/card", params={"next": wanted}, follow_redirects=False)
    assert answer.headers["location"] == "/card/home"
    answer = visitor.http.get("/language/vi", params={"next": wanted}, follow_redirects=False)
    assert answer.headers["location"] == ("/staff/desk" if wanted == "/staff/desk" else "/")


def test_sign_in_leads_on_to_the_page_that_was_wanted(shared_vault: RunningVault) -> None:
    visitor = Visitor(shared_vault)
    page = visitor.get("/card/history?cursor=9")
    assert page.path.startswith("/card?next=")
    card = {"card_code": shared_vault.world.seed.hoa.card_code, "pin": PIN}
    assert visitor.submit("/card", card).path == "/card/history?cursor=9"


@pytest.mark.parametrize("secure", [False, True])
def test_cookies_stay_with_us_and_end_with_the_browser(running_vault: RunningVault, secure: bool) -> None:
    world = running_vault.world
    settings = running_vault.app.state.settings
    if secure:
        running_vault.app.state.settings = settings.model_copy(update={"public_url": "https://vault.example"})
    with httpx.Client(base_url=running_vault.base_url) as http:
        answers = [
            http.post("/card", data={"card_code": world.seed.hoa.card_code, "pin": PIN}),
            http.post("/staff", data={"login": "hanoi", "password": PASSWORD}),
        ]
    for answer in answers:
        assert answer.status_code == 303
        parts = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")}
        assert {"httponly", "samesite=strict", "path=/"} <= parts
        assert ("secure" in parts) == secure
        assert not any(part.startswith(("max-age", "expires")) for part in parts)


def test_signing_in_again_ends_the_session_before(shared_vault: RunningVault) -> None:
    visitor = holder(shared_vault)
    first = visitor.http.cookies["vault_card"]
    card = {"card_code": shared_vault.world.seed.hoa.card_code, "pin": PIN}
    visitor.http.post("/card", data=card)
    assert visitor.http.cookies["vault_card"] != first
    other = Visitor(shared_vault)
    other.http.cookies["vault_card"] = first
    assert other.get("/card/home").path == "/card?next=%2Fcard%2Fhome&done=ended"


def test_closing_signs_out(shared_vault: RunningVault) -> None:
    visitor = holder(shared_vault)
    token = visitor.http.cookies["vault_card"]
    answer = visitor.http.post(
        "/card/close",
        data={"csrf": visitor.page.form("/card/close").hidden()["csrf"]},
        follow_redirects=False,
    )
    assert answer.headers["clear-site-data"] == '"cache"'
    assert "vault_card" not in visitor.http.cookies
    other = Visitor(shared_vault)
    other.http.cookies["vault_card"] = token
    assert other.get("/card/home").path.startswith("/card?next=")


def test_closing_works_from_a_page_that_is_out_of_date_but_not_from_elsewhere(
    shared_vault: RunningVault,
) -> None:
    visitor = holder(shared_vault)
    visitor.submit("/card/close", {}, 403, headers=ELSEWHERE)
    assert visitor.get("/card/home").path == "/card/home"
    visitor.submit("/card/close", {"csrf": "of an earlier session"})
    assert visitor.get("/card/home").path.startswith("/card?next=")


def test_a_wrong_pin_keeps_the_card_code_and_not_the_pin(shared_vault: RunningVault) -> None:
    visitor = Visitor(shared_vault)
    visitor.get("/card")
    code = "7777-7777-7777-7"
    page = visitor.submit("/card", {"card_code": code, "pin": "135790"}, 401)
    kept = {each.get("name"): each.get("value") for each in page.form("/card").inputs}
    assert kept["card_code"] == code
    assert kept["pin"] is None
    assert "135790" not in page.html
    assert 'role="alert"' in page.html


def test_a_locked_card_says_until_when(running_vault: RunningVault) -> None:
    visitor = Visitor(running_vault)
    visitor.get("/card")
    card = {"card_code": running_vault.world.seed.hoa.card_code, "pin": "000000"}
    for _ in range(5):
        visitor.submit("/card", card, 401)
    page = visitor.submit("/card", {**card, "pin": PIN}, 429)
    assert "Signing in is locked until" in page.html


def test_an_enrolment_without_consent_is_shown_again_as_typed(shared_vault: RunningVault) -> None:
    desk = staff(shared_vault, "hanoi")
    desk.get("/staff/holders/new")
    typed = {"name": "Phạm Thị Na", "language": "en", "method": "recorded_voice"}
    page = desk.submit("/staff/holders/new", typed, 422)
    again = page.form("/staff/holders/new")
    assert again.hidden()["name"] == "Phạm Thị Na"
    assert again.hidden()["language"] == "en"
    assert again.hidden()["method"] == "recorded_voice"
    assert "consent" not in again.hidden()
    assert 'id="consent-fault"' in page.html


def test_a_second_click_shows_the_same_card(shared_vault: RunningVault) -> None:
    desk = staff(shared_vault, "hanoi")
    desk.get("/staff/holders/new")
    form = desk.page.form("/staff/holders/new").hidden() | ENROLMENT
    before = len(shared_vault.world.entries("holder_enrolled"))
    first, second = (desk.http.post("/staff/holders/new", data=form) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.text == second.text
    assert len(shared_vault.world.entries("holder_enrolled")) == before + 1


def test_the_same_form_with_something_else_in_it_is_told(shared_vault: RunningVault) -> None:
    desk = staff(shared_vault, "hanoi")
    desk.get("/staff/holders/new")
    form = desk.page.form("/staff/holders/new").hidden() | ENROLMENT
    desk.post("/staff/holders/new", form, 201)
    page = desk.post("/staff/holders/new", form | {"name": "Somebody Else"}, 409)
    assert "sent before with something else" in page.html
    assert page.form("/staff/holders/new").hidden()["call"] != form["call"]


def test_second_clicks_of_a_case_a_request_a_yes_and_a_look(running_vault: RunningVault) -> None:
    world = running_vault.world
    document_id = running_vault.deposited()
    centre, phone = staff(running_vault, "penang"), holder(running_vault)

    case = centre.page.form("/staff/desk").hidden() | {
        "card_code": world.seed.hoa.card_code,
        "dispute": "unpaid_wages",
    }
    paths = {centre.post("/staff/desk", case).path for _ in range(2)}
    assert len(paths) == 1
    case_path = paths.pop()

    wish = {"kind": "contract", "purpose": "wage_claim", "form": "view", "uses": "2"}
    asked = centre.page.form(case_path).hidden() | wish | {"until": running_vault.moment(10)[:10]}
    for _ in range(2):
        centre.post(case_path, asked)
    assert len(world.entries("request_made")) == 1

    phone.get("/card/home")
    request_path = next(link for link in phone.page.links if link.startswith("/card/requests/"))
    yes = {"papers": document_id, "until": "asked", "uses": "2", "pin": PIN, "answer": "allow"}
    answer = phone.get(request_path).form(request_path).hidden() | yes
    assert len({phone.post(request_path, answer).path for _ in range(2)}) == 1
    assert len(world.entries("granted")) == 1
    assert world.entries("refused") == []

    look = centre.get(case_path).form(f"{case_path}/copies").hidden()
    for _ in range(2):
        assert centre.http.post(f"{case_path}/copies", data=look).status_code == 200
    assert "Used 1 of 2" in centre.get(case_path).html


def test_a_second_click_of_a_deposit_keeps_one_paper(running_vault: RunningVault) -> None:
    desk = staff(running_vault, "hanoi")
    path = f"/staff/holders/{running_vault.world.seed.hoa.holder_id}"
    form = desk.get(path).form(path).hidden() | {"kind": "contract"}
    files = [("files", ("page.jpg", photo(), "image/jpeg"))]
    assert len({desk.post(path, form, files=files).path for _ in range(2)}) == 1
    assert len(running_vault.world.documents()) == 1


def test_what_she_leaves_open_is_told_before_her_pin_is_tried(running_vault: RunningVault) -> None:
    document_id = running_vault.deposited()
    path = f"/card/requests/{running_vault.asked()}"
    phone = holder(running_vault)
    choice = {
        "papers": document_id,
        "form": "view",
        "until": "day",
        "uses": "1",
        "pin": PIN,
        "answer": "allow",
    }
    for left_out in ("papers", "form", "until", "uses"):
        phone.get(path)
        given = {name: value for name, value in choice.items() if name != left_out}
        page = phone.submit(path, given, 422)
        assert f'id="{left_out}-fault"' in page.html
    page = phone.submit(path, {**choice, "pin": "999111"}, 401)
    assert 'id="pin-fault"' in page.html
    assert "999111" not in page.html
    assert page.form(path).hidden()["papers"] == document_id
    for more in ({"uses": "4"}, {"until": "month"}, {"papers": "doc_" + "0" * 32}, {"form": "both"}):
        phone.submit(path, {**choice, **more}, 422)
    phone.post(path, phone.page.form(path).hidden() | choice | {"answer": "maybe"}, 422)
    assert running_vault.world.entries("granted") == []


def test_hostile_text_is_refused_and_never_breaks_a_page(shared_vault: RunningVault) -> None:
    desk = staff(shared_vault, "hanoi")
    csrf = desk.get("/staff/holders/new").form("/staff/holders/new").hidden()
    desk.post("/staff/holders/new", csrf | ENROLMENT | {"name": "a\0b"}, 422)
    surrogate = {"Content-Type": "multipart/form-data; boundary=x; charset=raw_unicode_escape"}
    part = b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\n\\ud800\r\n--x--\r\n'
    assert desk.http.post("/staff/holders/new", content=part, headers=surrogate).status_code == 422
    for name in ("<b>" * 80, "\u202e" * 300, " "):
        desk.post("/staff/holders/new", csrf | ENROLMENT | {"name": name}, 422)
