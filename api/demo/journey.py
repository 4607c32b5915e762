"""What every step of the demonstration has: the vault, calls over HTTP, notes for a later run, and checks."""

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from api.settings import Settings
from vault.vault import Vault

Token = dict[str, str]
"""The headers of somebody who is signed in."""


class StepFailed(Exception):
    """A step did not do what it must. The message says which expectation did not hold."""


@dataclass
class Notes:
    """What a later run needs to resume: kept on disk after every change, before it is relied upon."""

    path: Path
    values: dict[str, str]

    def keep(self, name: str, make: Callable[[], str]) -> str:
        """The value of this name, made and written down if there is none yet."""
        if name not in self.values:
            self.values[name] = make()
            draft = self.path.with_suffix(".new")
            draft.touch(mode=0o600)
            draft.write_text(json.dumps(self.values, indent=1))
            draft.replace(self.path)
        return self.values[name]


@dataclass(frozen=True)
class Journey:
    """One run of the demonstration."""

    vault: Vault
    http: httpx.Client
    notes: Notes
    identity_path: Path


def step(title: str, do: Callable[[], tuple[str, Any]]) -> Any:
    """Does one step, and prints what it was, what it told and how long it took; returns what it gave."""
    print(f"\n-> {title}", flush=True)
    began = time.monotonic()
    told, result = do()
    for line in told.splitlines():
        print(f"   {line}")
    print(f"   ({(time.monotonic() - began) * 1000:.0f} ms)", flush=True)
    return result


def notes_of(settings: Settings) -> Notes:
    """The notes of the demonstration in this data folder."""
    path = settings.data_folder / "demo.json"
    return Notes(path, json.loads(path.read_text()) if path.exists() else {})


def identity_path(settings: Settings) -> Path:
    """Where the centre that receives keeps its identity: with a real centre, never on the vault's machine."""
    return settings.data_folder / "centre-identity.txt"


def signed_in(journey: Journey, place: str) -> Token:
    """Signs a member of staff in: whose login and password the notes have under `place`."""
    notes = journey.notes.values
    body = {"login": notes[f"{place}_login"], "password": notes[f"{place}_password"]}
    return bearer(ok(journey.http.post("/v1/sessions", json=body), 201))


def card_session(journey: Journey) -> Token:
    """Signs her in with her card and PIN."""
    notes = journey.notes.values
    body = {"card_code": notes["card_code"], "pin": notes["pin"]}
    return bearer(ok(journey.http.post("/v1/card-sessions", json=body), 201))


def stored(journey: Journey) -> set[str]:
    """The names of everything that lies in the object store."""
    return {each.name for each in journey.vault.blobs.names()}


def bearer(session: Any) -> Token:
    """The headers of a session that was just opened."""
    return {"Authorization": f"Bearer {session['token']}"}


def once(headers: Token) -> Token:
    """The same headers for a call that is new."""
    return {**headers, "Idempotency-Key": secrets.token_hex(16)}


def ok(answer: httpx.Response, status: int) -> Any:
    """The JSON of an answer that must have this status.

    Raises:
        StepFailed: it has another.
    """
    expect(
        answer.status_code == status, f"{answer.request.url.path}: {answer.status_code} {answer.text[:200]}"
    )
    return answer.json()


def expect(holds: bool, otherwise: str) -> None:
    """Checks one thing.

    Raises:
        StepFailed: it does not hold.
    """
    if not holds:
        raise StepFailed(otherwise)
