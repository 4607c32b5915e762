"""A running vault to call over real HTTP: real server, store, database and policies; only the clock is the test's."""

import secrets
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.settings import Settings
from tests.vault.world import PASSWORD, PIN, Person, World, photo


@dataclass(frozen=True)
class Caller:
    """Somebody who calls: `http` carries the bearer token, if there is one."""

    http: httpx.Client

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.http.get(path, params=query or None)  # an empty one would cut a query in `path` off

    def post(self, path: str, body: object = None, *, key: str | None = None, **other: Any) -> httpx.Response:
        """With an idempotency key, a fresh one if none is named."""
        headers = {"Idempotency-Key": key or secrets.token_hex(8)}
        return self.http.post(path, json=body, headers=headers, **other)

    def deposit(
        self,
        holder_id: str,
        files: Sequence[bytes],
        kind: str = "contract",
        key: str | None = None,
        overrule: str | None = None,
    ) -> httpx.Response:
        return self.http.post(
            f"/v1/holders/{holder_id}/documents",
            params={"kind": kind} | ({"overrule": overrule} if overrule else {}),
            files=[("files", ("page.jpg", content, "image/jpeg")) for content in files],
            headers={"Idempotency-Key": key or secrets.token_hex(8)},
        )


@dataclass(frozen=True)
class RunningVault:
    """A vault behind its web server. Logins: hanoi, hue (origin), penang, johor (destination); the holders hoa and lan.

    `world` is what lies behind the server; `world.clock` is the server's clock.
    """

    base_url: str
    world: World
    app: FastAPI

    def nobody(self) -> Caller:
        return self._caller({})

    def bearer(self, token: str) -> Caller:
        return self._caller({"Authorization": f"Bearer {token}"})

    def _caller(self, headers: dict[str, str]) -> Caller:
        # Plain http: loading the machine's certificates would take longer than the call.
        return Caller(httpx.Client(base_url=self.base_url, timeout=60, headers=headers, verify=False))

    def staff(self, login: str) -> Caller:
        """Signed in as a member of staff."""
        answer = self.nobody().post("/v1/sessions", {"login": login, "password": PASSWORD})
        return self.bearer(done(answer, 201)["token"])

    def holder(self, person: Person | None = None, pin: str = PIN) -> Caller:
        """Signed in as a holder, hoa if nobody is named."""
        card_code = (person or self.world.seed.hoa).card_code
        answer = self.nobody().post("/v1/card-sessions", {"card_code": card_code, "pin": pin})
        return self.bearer(done(answer, 201)["token"])

    def deposited(self, kind: str = "contract", person: Person | None = None) -> str:
        """A small paper of hoa's, or of `person`: the document's id."""
        holder_id = (person or self.world.seed.hoa).holder_id
        # No real passport: that its zone is missing is overruled.
        deposited = self.staff("hanoi").deposit(holder_id, [photo()], kind, overrule="only_copy")
        return str(done(deposited, 201)["document_id"])

    def asked(self, card_code: str | None = None, login: str = "penang", **wish: object) -> str:
        """A case for that card, hoa's if none is named, and a request in it: the request's id."""
        desk = self.staff(login)
        card = card_code or self.world.seed.hoa.card_code
        case = done(desk.post("/v1/cases", {"card_code": card, "dispute": "unpaid_wages"}), 201)
        return str(
            done(desk.post(f"/v1/cases/{case['case_id']}/requests", self.wish(**wish)), 201)["request_id"]
        )

    def granted(self, request_id: str, document_ids: Sequence[str], **answer: object) -> dict[str, Any]:
        """Hoa's yes to a request."""
        body = self.answer(document_ids, **answer)
        return done(self.holder().post(f"/v1/me/requests/{request_id}/grant", body), 201)

    def wish(self, **other: object) -> dict[str, object]:
        usual = {
            "kinds": ["contract"],
            "purpose": "wage_claim",
            "form": "copy",
            "until": self.moment(30),
            "uses": 3,
        }
        return {**usual, **other}

    def answer(self, document_ids: Sequence[str], **other: object) -> dict[str, object]:
        usual = {
            "document_ids": list(document_ids),
            "form": "copy",
            "until": self.moment(7),
            "uses": 3,
            "pin": PIN,
        }
        return {**usual, **other}

    def moment(self, days: float) -> str:
        """So many days from now by the server's clock."""
        return (self.world.clock() + timedelta(days=days)).isoformat()


def done(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The JSON of an answer that must have this status."""
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    return body


def problem(answer: httpx.Response, status: int, code: str) -> None:
    """Fails unless the answer is this very problem, in the form of RFC 9457 and with nothing more."""
    assert (answer.status_code, answer.json().get("code")) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(answer.json()) == {"type", "title", "status", "code"}
    assert answer.json()["status"] == status


@contextmanager
def serving(world: World, **settings: Any) -> Iterator[RunningVault]:
    """The web server on a free port, its worker included, as long as the block runs."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        chosen = Settings(data_folder=world.folder, public_url=base_url, **settings)
        app = create_app(world.vault, chosen)
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=5,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while thread.is_alive() and not server.started:
            thread.join(0.01)
        assert server.started
        try:
            yield RunningVault(base_url, world, app)
        finally:
            server.should_exit = True
            thread.join(timeout=15)
