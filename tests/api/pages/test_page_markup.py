"""Every page: a language, a title, one heading, labels, nothing inline, small; and nothing revealing on her side."""

import re
from collections.abc import Iterator

import pytest
from sqlmodel import select

from access_policies.request import HolderPrincipal
from api.embedded_store import RunningStore
from api.i18n import LANGUAGES
from tests.api.pages.visitor import Page, Visitor, holder, passport_read, staff
from tests.running import RunningVault, serving
from tests.vault.world import PIN, Person, World, copied
from vault import answers, holders
from vault.holders import Enrolment
from vault.identity import change_pin
from vault.tables import Document, DocumentField

HOSTILE = "Lê <script>alert('x')</script> & \"Thị\" {{ 7*7 }}"
MOST_BYTES = 24_000


@pytest.fixture(scope="module")
def walked(
    bare_world: World, tmp_path_factory: pytest.TempPathFactory, object_store: RunningStore
) -> Iterator[dict[str, dict[str, Page]]]:
    """Every page in every language, seen by somebody whose name is an attack."""
    world = copied(bare_world, tmp_path_factory.mktemp("walked"), object_store.address)
    with serving(world) as running:
        yield walk(running)
    world.vault.database.close()


def walk(running_vault: RunningVault) -> dict[str, dict[str, Page]]:
    person = hostile_person(running_vault)
    document_id = running_vault.deposited(person=person)
    running_vault.asked(person.card_code, form="handover")
    granted = running_vault.asked(person.card_code, form="handover")
    body = running_vault.answer([document_id], form="handover", uses=1)
    grant = running_vault.holder(person).post(f"/v1/me/requests/{granted}/grant", body).json()["grant_id"]
    desk, centre, phone = (
        staff(running_vault, "hanoi"),
        staff(running_vault, "penang"),
        holder(running_vault, person),
    )
    nobody = Visitor(running_vault)
    case = next(link for link in centre.get("/staff/desk").links if link.startswith("/staff/cases/"))
    pending = next(link for link in phone.get("/card/home").links if link.startswith("/card/requests/"))
    paths = {
        nobody: [
            "/",
            "/privacy",
            "/card",
            "/card/closed",
            "/staff",
            "/nowhere",
            "/card/nowhere",
            "/staff/nowhere",
        ],
        desk: [
            "/staff/desk",
            "/staff/holders/new",
            f"/staff/holders/{person.holder_id}",
            f"/staff/documents/{document_id}",
        ],
        centre: ["/staff/desk", case, "/staff/recipients"],
        phone: [
            "/card/home",
            "/card/pin",
            pending,
            f"/card/requests/{granted}",
            f"/card/grants/{grant}",
            f"/card/grants/{grant}/withdrawal",
            f"/card/papers/{document_id}",
            "/card/history",
        ],
    }
    seen: dict[str, dict[str, Page]] = {language: {} for language in LANGUAGES}
    for visitor, theirs in paths.items():
        for language in LANGUAGES:
            visitor.http.cookies.set("lang", language)
            for path in theirs:
                seen[language][f"{path} {id(visitor)}"] = Page(visitor.http.get(path))
    return seen


def hostile_person(running: RunningVault) -> Person:
    world = running.world
    call = answers.new_call(world.vault, "anybody", "hostile")
    card = holders.enrol(world.vault, world.seed.origin, Enrolment(HOSTILE, "vi", True, "signature"), call)
    change_pin(world.vault, HolderPrincipal(card.holder_id, False), card.starting_pin, PIN)
    return Person(HolderPrincipal(card.holder_id, True), card.card_code)


def test_every_page_is_sound(walked: dict[str, dict[str, Page]]) -> None:
    for language, pages in walked.items():
        assert len(pages) == 23
        for path, page in pages.items():
            assert page.language == language, path
            assert len(page.texts["h1"]) == 1, path
            assert page.texts["h1"][0].strip(), path
            assert page.texts["title"][0].strip(), path
            assert len(page.html.encode()) < MOST_BYTES, path
            _labelled(path, page)
            _nothing_inline(path, page)
            _switchable(path, page, language)


def _labelled(path: str, page: Page) -> None:
    ids = [given["id"] for _, given in page.elements if "id" in given]
    assert len(ids) == len(set(ids)), f"an id twice on {path}"
    for tag, given in page.elements:
        if tag in ("input", "select") and given.get("type") != "hidden":
            assert given.get("id") in page.labels, f"{given} on {path}"
        for described in given.get("aria-describedby", "").split():
            assert described in ids, f"{described} on {path}"
    assert {label for label in page.labels if label not in ids} == set(), path


def _nothing_inline(path: str, page: Page) -> None:
    for tag, given in page.elements:
        assert tag not in ("script", "style", "iframe", "img", "object"), f"<{tag}> on {path}"
        assert not any(name == "style" or name.startswith("on") for name in given), f"{given} on {path}"
        for name in ("href", "action", "src"):
            assert given.get(name, "/").startswith(("/", "#")), f"{given} on {path}"


def _switchable(path: str, page: Page, language: str) -> None:
    other = next(each for each in LANGUAGES if each != language)
    assert any(link.startswith(f"/language/{other}?next=%2F") for link in page.links), path
    assert "/privacy" in page.links, path


def test_a_name_is_only_ever_text(walked: dict[str, dict[str, Page]]) -> None:
    shown = 0
    for pages in walked.values():
        for path, page in pages.items():
            assert "<script" not in page.html, path
            assert "49" not in page.texts["h1"][0], path
            shown += "&lt;script&gt;alert(&#39;x&#39;)" in page.html
    assert shown >= 4 * len(walked)


def test_nothing_on_her_side_says_what_it_is_in_the_title(walked: dict[str, dict[str, Page]]) -> None:
    for language, title in (("en", "My card"), ("vi", "Thẻ của tôi")):
        titles = {
            page.texts["title"][0] for path, page in walked[language].items() if path.startswith("/card")
        }
        assert titles == {title}


def test_a_page_of_hers_leaves_the_screen_by_itself_and_can_be_closed_at_once(
    walked: dict[str, dict[str, Page]],
) -> None:
    open_pages = [
        page
        for path, page in walked["en"].items()
        if path.startswith("/card/") and "closed" not in path and "nowhere" not in path
    ]
    assert len(open_pages) == 8
    for page in open_pages:
        assert '<meta http-equiv="refresh" content="120; url=/card/closed">' in page.html
        assert page.form("/card/close").hidden()["csrf"]


def test_a_doubtful_field_is_marked_in_words_and_by_a_sign(running_vault: RunningVault) -> None:
    document_id = passport_read(running_vault)
    path = f"/staff/documents/{document_id}"
    desk = staff(running_vault, "hanoi")
    before = desk.get(path).html
    assert "Check this" not in before
    with running_vault.world.vault.database.write() as session:
        row = session.exec(select(DocumentField).where(DocumentField.document_id == document_id)).first()
        assert row is not None
        row.doubtful, row.why = True, "check_digit"
        session.add(row)
    page = desk.get(path)
    assert re.search(r'<span class="sign"[^>]*>\?</span> Check this: its check digit does not fit', page.html)
    marked = page.html.count('<div class="doubtful">')
    assert marked == before.count('<div class="doubtful">') + 1
    assert f"To be checked against the paper: {marked}." in page.html


def test_a_reading_that_failed_says_that_the_paper_is_safe(running_vault: RunningVault) -> None:
    document_id = passport_read(running_vault)
    with running_vault.world.vault.database.write() as session:
        document = session.get_one(Document, document_id)
        document.reading = "failed"
        session.add(document)
    desk, phone = staff(running_vault, "hanoi"), holder(running_vault)
    assert "The paper itself is safe" in desk.get(f"/staff/documents/{document_id}").html
    assert "Your paper is safe" in phone.get(f"/card/papers/{document_id}").html
