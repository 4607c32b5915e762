"""Somebody at a browser without scripts: keeps cookies, follows redirects, fills in the forms that are on the page."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx

from tests.running import RunningVault, done
from tests.vault.world import PASSWORD, PIN, Person

PASSPORT = Path(__file__).parents[2] / "samples" / "journey" / "passport.jpg"
_EMPTY_ELEMENTS = {"input", "img", "meta", "link", "br", "rect"}
Values = Mapping[str, Any]


@dataclass
class FormOnPage:
    """A form as it stands: where it goes, its named inputs with their values, its buttons."""

    action: str
    method: str
    inputs: list[dict[str, str]] = field(default_factory=list)

    def hidden(self) -> dict[str, Any]:
        """What a browser sends without anybody touching the form."""
        sent: dict[str, Any] = {}
        for each in self.inputs:
            kind = each.get("type", "text")
            if kind in ("checkbox", "radio") and "checked" not in each:
                continue
            if "name" in each and kind not in ("file", "submit"):
                sent[each["name"]] = each.get("value", "")
        return sent


class Page(HTMLParser):
    """One answer, taken apart."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__()
        self.answer, self.status, self.path = answer, answer.status_code, answer.url.raw_path.decode()
        self.html = answer.text
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.forms: list[FormOnPage] = []
        self.labels: set[str] = set()
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(self.html)
        assert not self._open, f"not closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.elements.append((tag, given))
        if tag not in _EMPTY_ELEMENTS:
            self._open.append(tag)
        if tag == "form":
            self.forms.append(FormOnPage(given.get("action", ""), given.get("method", "get")))
        if tag in ("input", "select", "button") and self.forms and "form" in self._open:
            self.forms[-1].inputs.append(given | ({"type": "submit"} if tag == "button" else {}))
        if tag == "label":
            self.labels.add(given.get("for", ""))
        if tag in ("h1", "title"):
            self.texts.setdefault(tag, []).append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"nothing open at </{tag}>"
        assert self._open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        for tag in self._open:
            if tag in self.texts:
                self.texts[tag][-1] += data

    def handle_decl(self, decl: str) -> None:
        assert decl == "doctype html"

    @property
    def language(self) -> str:
        return next(given.get("lang", "") for tag, given in self.elements if tag == "html")

    @property
    def links(self) -> list[str]:
        return [given["href"] for tag, given in self.elements if tag == "a" and "href" in given]

    def form(self, action: str) -> FormOnPage:
        """The first form that goes to `action`."""
        return next(each for each in self.forms if each.action == action)


class Visitor:
    """A browser of its own."""

    def __init__(self, running: RunningVault, language: str = "en") -> None:
        self.http = httpx.Client(base_url=running.base_url, timeout=60, follow_redirects=True)
        self.http.headers["Accept-Language"] = language
        self.page: Page

    def get(self, path: str, status: int = 200) -> Page:
        return self._turn(self.http.get(path), status)

    def post(self, path: str, values: Values, status: int = 200, **other: Any) -> Page:
        """Sends values that need not come from any form."""
        return self._turn(self.http.post(path, data=values, **other), status)

    def submit(
        self, action: str, values: Values, status: int = 200, files: list[bytes] | None = None, **other: Any
    ) -> Page:
        """Fills in the page's form that goes to `action`, and sends it."""
        form = self.page.form(action)
        sent = {**form.hidden(), **values}
        unknown = set(sent) - {each.get("name") for each in form.inputs}
        assert not unknown, f"the form has no {unknown}"
        if files is not None:
            other["files"] = [("files", ("page.jpg", content, "image/jpeg")) for content in files]
        return self.post(urljoin(self.page.path, action), sent, status, **other)

    def raw(self, action: str, values: Values) -> httpx.Response:
        """As `submit`, for an answer that is no page."""
        sent = {**self.page.form(action).hidden(), **values}
        return self.http.post(action, data=sent)

    def _turn(self, answer: httpx.Response, status: int) -> Page:
        assert answer.status_code == status, f"{answer.status_code} at {answer.url}: {answer.text[:2000]}"
        self.page = Page(answer)
        return self.page


def staff(running: RunningVault, login: str, language: str = "en") -> Visitor:
    """A member of staff at the desk."""
    visitor = Visitor(running, language)
    visitor.get("/staff")
    visitor.submit("/staff", {"login": login, "password": PASSWORD})
    assert visitor.page.path == "/staff/desk"
    return visitor


def holder(running: RunningVault, person: Person | None = None, language: str = "en") -> Visitor:
    """Somebody, hoa if nobody is named, who has just opened her card."""
    visitor = Visitor(running, language)
    visitor.get("/card")
    card_code = (person or running.world.seed.hoa).card_code
    visitor.submit("/card", {"card_code": card_code, "pin": PIN})
    assert visitor.page.path == "/card/home"
    return visitor


def passport_read(running: RunningVault) -> str:
    """A passport of hoa's that was deposited and read: the document's id."""
    desk = running.staff("hanoi")
    answer = desk.deposit(running.world.seed.hoa.holder_id, [PASSPORT.read_bytes()], "passport")
    document_id = str(done(answer, 201)["document_id"])
    for _ in range(300):
        if done(desk.get(f"/v1/documents/{document_id}"), 200)["reading"] == "done":
            return document_id
        time.sleep(0.1)
    raise AssertionError("the passport was never read")
