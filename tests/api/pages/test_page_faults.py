"""What goes wrong is said on a page of ours, in both languages, with a way on; and what may be kept is kept."""

from pathlib import Path

import pytest

from tests.api.pages.visitor import Visitor, holder, staff
from tests.running import RunningVault, serving
from tests.vault.world import NOBODY_THERE, World, copied, photo

TITLES = {"en": "This did not work", "vi": "Chưa làm được"}


@pytest.mark.parametrize("language", ["en", "vi"])
def test_nothing_there_is_said_with_a_way_on(shared_vault: RunningVault, language: str) -> None:
    for path, way_on in (("/nowhere", "/"), ("/card/nowhere", "/card/home"), ("/staff/x/y", "/staff/desk")):
        page = Visitor(shared_vault, language).get(path, 404)
        assert page.texts["h1"] == [TITLES[language]]
        assert way_on in page.links


def test_what_is_not_hers_is_not_there(shared_vault: RunningVault) -> None:
    world = shared_vault.world
    phone = holder(shared_vault, world.seed.lan)
    request_id, document_id = shared_vault.asked(), shared_vault.deposited()
    for path in (f"/card/requests/{request_id}", f"/card/papers/{document_id}", "/card/grants/gra_x"):
        phone.get(path, 404)
    elsewhere = staff(shared_vault, "hue")
    elsewhere.get(f"/staff/documents/{document_id}", 404)
    elsewhere.get(f"/staff/holders/{world.seed.hoa.holder_id}", 404)
    elsewhere.get("/language/xx", 404)


def test_a_desk_of_the_other_kind_is_told_why_not(shared_vault: RunningVault) -> None:
    centre = staff(shared_vault, "penang")
    centre.get("/staff/holders/new")
    asked = {"name": "Mai", "language": "vi", "consent": "yes", "method": "signature"}
    page = centre.submit("/staff/holders/new", asked, 403)
    assert "This is not allowed for you" in page.html


@pytest.mark.parametrize("language", ["en", "vi"])
def test_a_paper_that_is_too_large_is_told_beside_the_form(
    running_vault: RunningVault, language: str
) -> None:
    desk = staff(running_vault, "hanoi", language)
    path = f"/staff/holders/{running_vault.world.seed.hoa.holder_id}"
    desk.get(path)
    page = desk.submit(path, {"kind": "passport"}, 413, files=[bytes(60 * 1024 * 1024)])
    assert page.language == language
    assert 'id="files-fault"' in page.html
    assert running_vault.world.documents() == []


def test_any_other_form_that_is_too_large_is_told_on_a_page(shared_vault: RunningVault) -> None:
    visitor = Visitor(shared_vault, "vi")
    page = visitor.post("/card", {"card_code": "0" * 300_000}, 413)
    assert page.texts["h1"] == [TITLES["vi"]]
    assert "/card/home" in page.links


@pytest.mark.parametrize(
    ("files", "kind", "fault"),
    [
        ([b"this is no picture"], "passport", "files"),
        ([photo()[:2000]], "passport", "files"),
        ([], "passport", "files"),
        ([photo()] * 41, "passport", "files"),
        ([photo()], "", "kind"),
    ],
)
def test_what_cannot_be_taken_in_is_told_beside_the_form(
    shared_vault: RunningVault, files: list[bytes], kind: str, fault: str
) -> None:
    desk = staff(shared_vault, "hanoi")
    path = f"/staff/holders/{shared_vault.world.seed.lan.holder_id}"
    desk.get(path)
    page = desk.submit(path, {"kind": kind} if kind else {}, 422, files=files or None)
    assert f'id="{fault}-fault"' in page.html
    if kind:
        assert page.form(path).hidden()["kind"] == kind


def test_an_upload_after_the_time_ran_out_leads_to_sign_in(shared_vault: RunningVault) -> None:
    desk = staff(shared_vault, "hanoi")
    path = f"/staff/holders/{shared_vault.world.seed.hoa.holder_id}"
    desk.get(path)
    desk.http.cookies.set("vault_staff", "ended", domain="127.0.0.1")
    page = desk.submit(path, {"kind": "passport"}, files=[photo() + bytes(5_000_000)])
    assert page.path.startswith("/staff?next=%2Fstaff%2Fholders%2F")
    assert "your time had run out" in page.html


@pytest.mark.parametrize("language", ["en", "vi"])
def test_a_store_that_is_down_keeps_what_was_typed(bare_world: World, tmp_path: Path, language: str) -> None:
    world = copied(bare_world, tmp_path, NOBODY_THERE)
    with serving(world) as running:
        desk = staff(running, "hanoi", language)
        path = f"/staff/holders/{world.seed.hoa.holder_id}"
        desk.get(path)
        page = desk.submit(path, {"kind": "contract"}, 503, files=[photo()])
        assert page.answer.headers["retry-after"] == "10"
        assert page.form(path).hidden()["kind"] == "contract"
        assert 'role="alert"' in page.html
    assert world.documents() == []
    world.vault.database.close()


def test_the_language_is_switched_in_place_and_remembered(shared_vault: RunningVault) -> None:
    phone = holder(shared_vault, language="en")
    page = phone.get("/card/history")
    switch = next(link for link in page.links if link.startswith("/language/vi"))
    assert switch == "/language/vi?next=%2Fcard%2Fhistory"
    page = phone.get(switch)
    assert (page.path, page.language) == ("/card/history", "vi")
    assert phone.get("/card/home").language == "vi"


def test_the_style_sheet_may_be_kept_and_pages_may_not(shared_vault: RunningVault) -> None:
    visitor = Visitor(shared_vault)
    page = visitor.get("/")
    assert page.answer.headers["cache-control"] == "no-store"
    sheet = next(given["href"] for tag, given in page.elements if given.get("rel") == "stylesheet")
    answer = visitor.http.get(sheet)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert len(answer.content) < 16_000
    assert b"url(" not in answer.content
    assert b"@import" not in answer.content
    assert visitor.http.get("/static/style.css").headers["cache-control"] == "no-store"
    assert visitor.http.get("/static/nothing.css?v=1").headers["cache-control"] == "no-store"
