"""The demonstration: the whole journey over HTTP against the running vault, on sample papers of fictional people.

Every step prints what happened and how long it took, and checks it: the exit code is 0 only if every step held. What
the demonstration needs to sign in again lies in the data folder (demo.json, 0600); a real vault has no such file.
"""

import json
import math
import secrets
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pypdfium2 as pdfium

from api.running import RunningVault, StartError
from api.settings import Settings
from vault.centres import add_centre, add_staff
from vault.history import verify_ledger
from vault.vault import Vault

SAMPLES = Path(__file__).parent.parent / "tests" / "samples"
PASSPORT = "passports/vnm_photographed.jpg"
CONTRACT = ("contracts/vi_en_page_1.jpg", "contracts/vi_en_page_2.jpg")
PASSPORT_NAME = "Lê Hữu Khánh Quân"
_READ_WITHIN = 120.0
_MAGIC = (b"\xff\xd8", b"%PDF", b"\x89PNG")
_REAL = ("vault.db", "root.key", "store")


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


def prepare(settings: Settings) -> None:
    """Marks the data folder as the demonstration's, before anything else is made in it.

    Raises:
        StartError: a vault lies there that is not the demonstration's, or the folder cannot be made.
    """
    folder = settings.data_folder
    if settings.database_url.get_secret_value():
        raise StartError(
            "the demonstration keeps a database of its own: unset VAULT_DATABASE_URL and start again"
        )
    try:
        notes = _notes(settings)
        if not notes.path.exists() and any((folder / name).exists() for name in _REAL):
            raise StartError(
                f"a vault that is not the demonstration's lies in {folder}: nothing was done. "
                "Name another folder, as VAULT_DATA_FOLDER=.demo"
            )
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        notes.keep("whose", lambda: "the demonstration's: `make clean` may remove this folder")
    except OSError as error:
        raise StartError(f"cannot make or enter the data folder {folder}: {error.strerror}") from None


def run(running: RunningVault, settings: Settings) -> bool:
    """Runs the journey; says whether every step held."""
    print(
        f"Passport and contract are samples and show two different people, both fictional ({PASSPORT_NAME} and\n"
        "Hoàng Công Tuấn). The vault keeps both papers for one holder and does not compare their names."
    )
    began = time.monotonic()
    # The vault answers on the loopback whatever public name it has.
    own = f"http://127.0.0.1:{settings.port}" if settings.host in ("0.0.0.0", "::") else running.address  # noqa: S104
    with httpx.Client(base_url=own, timeout=60.0) as http:
        journey = Journey(running.vault, http, _notes(settings))
        try:
            _walk(journey)
        except (StepFailed, httpx.HTTPError) as error:
            print(f"   FAILED: {error or type(error).__name__}", flush=True)
            return False
    print(f"\nEvery step held. {time.monotonic() - began:.1f} s in all.\n", flush=True)
    return True


def print_sign_ins(running: RunningVault, settings: Settings) -> None:
    """Prints where to go and how to sign in, for trying the pages by hand."""
    notes = _notes(settings).values
    print(f"The vault keeps running at {running.address}  (Ctrl-C stops it)")
    print(f"  Staff        {running.address}/staff")
    print(f"    Viet Nam   login {notes['origin_login']}       password {notes['origin_password']}")
    print(f"    Malaysia   login {notes['destination_login']}  password {notes['destination_password']}")
    print(f"  Her card     {running.address}/card")
    print(f"    card code  {notes['card_code']}   PIN {notes['pin']}")
    print(f"  API          {running.address}/v1/docs", flush=True)


def _walk(journey: Journey) -> None:
    _step("Two centres and their staff are registered", lambda: _seed(journey))
    origin = _signed_in(journey, "origin")
    holder_id = _step("A holder is enrolled in Viet Nam and gets her card", lambda: _enrol(journey, origin))
    _step("She signs in with her card and chooses a PIN of her own", lambda: _own_pin(journey))
    before = _stored(journey)
    passport = _step(
        "Her passport is deposited, as photographed",
        lambda: _deposit(journey, origin, holder_id, "passport", (PASSPORT,)),
    )
    contract = _step(
        "Her contract is deposited: two pages, Vietnamese and English",
        lambda: _deposit(journey, origin, holder_id, "contract", CONTRACT),
    )
    _step("The passport is read", lambda: _show_fields(journey, origin, passport))
    _step("The contract is read", lambda: _show_text(journey, origin, contract))
    _step("What lies in the object store is ciphertext", lambda: _show_ciphertext(journey, before))
    destination = _signed_in(journey, "destination")
    case_id = _step("In Malaysia a case for unpaid wages is opened", lambda: _open_case(journey, destination))
    request_id = _step("The centre asks for the contract", lambda: _ask(journey, destination, case_id))
    _step(
        "It is refused: she has not answered", lambda: _refused(journey, destination, request_id, "no-grant")
    )
    grant_id = _step("She grants it with her card and PIN", lambda: _grant(journey, request_id))
    _step("The centre fetches the copy", lambda: _fetch(journey, destination, request_id))
    _step("She withdraws", lambda: _withdraw(journey, grant_id))
    _step("Fetching is refused", lambda: _refused(journey, destination, request_id, "grant-withdrawn"))
    _step("The ledger verifies", lambda: _verify(journey))
    _step("Her own access history lists all of it", lambda: _history(journey))


def _step(title: str, do: Callable[[], tuple[str, Any]]) -> Any:
    print(f"\n-> {title}", flush=True)
    began = time.monotonic()
    told, result = do()
    for line in told.splitlines():
        print(f"   {line}")
    print(f"   ({(time.monotonic() - began) * 1000:.0f} ms)", flush=True)
    return result


def _seed(journey: Journey) -> tuple[str, None]:
    _seed_centre(journey, "origin", "Trung tâm hỗ trợ người lao động di cư Hà Nội", "VN")
    _seed_centre(journey, "destination", "Migrant Worker Resource Centre Kuala Lumpur", "MY")
    return "Ha Noi (deposits) and Kuala Lumpur (asks for copies), one desk each", None


def _seed_centre(journey: Journey, kind: str, name: str, country: str) -> None:
    notes, vault = journey.notes, journey.vault
    login = notes.keep(f"{kind}_login", lambda: f"{kind}-desk-{secrets.token_hex(2)}")
    password = notes.keep(f"{kind}_password", lambda: secrets.token_urlsafe(12))
    centre_id = notes.keep(f"{kind}_centre", lambda: add_centre(vault, name, country, kind))
    notes.keep(f"{kind}_staff", lambda: add_staff(vault, centre_id, login, password, "desk 1"))


def _signed_in(journey: Journey, place: str) -> dict[str, str]:
    notes = journey.notes.values
    body = {"login": notes[f"{place}_login"], "password": notes[f"{place}_password"]}
    return _bearer(_ok(journey.http.post("/v1/sessions", json=body), 201))


def _enrol(journey: Journey, origin: dict[str, str]) -> tuple[str, str]:
    notes = journey.notes
    # The same idempotency key on every run: the same holder, and after a crash the same card.
    call = notes.keep("enrolment_call", lambda: secrets.token_hex(16))
    if "card_code" not in notes.values:
        body = {"name": PASSPORT_NAME, "language": "vi", "consent_given": True, "consent_method": "signature"}
        card = _ok(
            journey.http.post("/v1/holders", json=body, headers={**origin, "Idempotency-Key": call}), 201
        )
        notes.keep("holder_id", lambda: str(card["holder_id"]))
        notes.keep("starting_pin", lambda: str(card["starting_pin"]))
        notes.keep("card_code", lambda: str(card["card_code"]))
    return f"card code {notes.values['card_code']}", notes.values["holder_id"]


def _own_pin(journey: Journey) -> tuple[str, None]:
    notes = journey.notes
    pin = notes.keep("pin", _new_pin)
    card_code, starting_pin = notes.values["card_code"], notes.values["starting_pin"]
    tried = journey.http.post("/v1/card-sessions", json={"card_code": card_code, "pin": pin})
    if tried.status_code == 201:
        return "she has one already, from an earlier run", None
    began = _ok(
        journey.http.post("/v1/card-sessions", json={"card_code": card_code, "pin": starting_pin}), 201
    )
    changed = journey.http.post(
        "/v1/me/pin", json={"pin": starting_pin, "new_pin": pin}, headers=_bearer(began)
    )
    _expect(changed.status_code == 204, f"the PIN was not changed: {changed.status_code}")
    return "the centre that handed her the card does not know it", None


def _deposit(
    journey: Journey, origin: dict[str, str], holder_id: str, kind: str, names: tuple[str, ...]
) -> tuple[str, str]:
    files = [("files", (name, (SAMPLES / name).read_bytes(), "image/jpeg")) for name in names]
    answer = journey.http.post(
        f"/v1/holders/{holder_id}/documents", params={"kind": kind}, files=files, headers=_once(origin)
    )
    document = _ok(answer, 201)
    size = sum((SAMPLES / name).stat().st_size for name in names)
    return f"{document['pages']} page(s), {size / 1e6:.1f} MB: sealed, stored, acknowledged", str(
        document["document_id"]
    )


def _show_fields(journey: Journey, origin: dict[str, str], document_id: str) -> tuple[str, None]:
    fields = _content(journey, origin, document_id)["fields"]
    _expect(len(fields) >= 6, "the machine-readable zone was not read")
    lines = [
        f"{each['name']:<16} {each['value']}{_doubt(each)}"
        for each in fields
        if not each["name"].startswith("mrz")
    ]
    return "\n".join(lines), None


def _show_text(journey: Journey, origin: dict[str, str], document_id: str) -> tuple[str, None]:
    texts = _content(journey, origin, document_id)["texts"]
    _expect(len(texts) == len(CONTRACT) and all(texts), "a page of the contract gave no text")
    lines = [line for text in texts for line in text.splitlines() if line.strip()]
    shown = "\n".join(line[:100] for line in lines[:6])
    return f"{shown}\n... {len(lines)} lines in all", None


def _stored(journey: Journey) -> set[str]:
    return {each.name for each in journey.vault.blobs.names()}


def _show_ciphertext(journey: Journey, before: set[str]) -> tuple[str, None]:
    names = sorted(_stored(journey) - before)
    # Of every file what was sent in, and the clean page made of it.
    _expect(len(names) == 2 * (1 + len(CONTRACT)), f"{len(names)} objects were stored for these papers")
    lines = []
    for name in names:
        content = b"".join(journey.vault.blobs.get(name))
        bits = _entropy(content)
        _expect(not content.startswith(_MAGIC), f"{name} in the store is not sealed")
        _expect(len(content) <= 100_000 or bits > 7.9, f"{name} in the store has only {bits:.2f} bits a byte")
        lines.append(
            f"{name[:20]}...  {len(content):>9} bytes, {bits:.4f} bits each: {content[:12].hex(' ')}"
        )
    return "\n".join([*lines, f"all {len(names)} objects of both papers looked through"]), None


def _entropy(content: bytes) -> float:
    """Bits of information in a byte, by how often each value occurs: 8 at the most."""
    return -sum(n / len(content) * math.log2(n / len(content)) for n in Counter(content).values())


def _open_case(journey: Journey, destination: dict[str, str]) -> tuple[str, str]:
    body = {"card_code": journey.notes.values["card_code"], "dispute": "unpaid_wages"}
    case = _ok(journey.http.post("/v1/cases", json=body, headers=_once(destination)), 201)
    return f"case {case['number']}", str(case["case_id"])


def _ask(journey: Journey, destination: dict[str, str], case_id: str) -> tuple[str, str]:
    until = (datetime.now(UTC) + timedelta(days=30)).isoformat()  # noqa: TID251  # a caller has a clock of its own
    body = {"kinds": ["contract"], "purpose": "wage_claim", "form": "copy", "until": until, "uses": 3}
    asked = _ok(
        journey.http.post(f"/v1/cases/{case_id}/requests", json=body, headers=_once(destination)), 201
    )
    return "purpose: wage claim; a copy, three times, for 30 days", str(asked["request_id"])


def _refused(journey: Journey, destination: dict[str, str], request_id: str, why: str) -> tuple[str, None]:
    answer = journey.http.post(
        f"/v1/requests/{request_id}/copies", json={"form": "copy"}, headers=_once(destination)
    )
    _expect(
        answer.status_code == 403 and answer.json()["code"] == why, f"expected 403 {why}: {answer.text[:200]}"
    )
    return f"403 {why}: {answer.json()['title']}", None


def _grant(journey: Journey, request_id: str) -> tuple[str, str]:
    holder = _card_session(journey)
    asked = _ok(journey.http.get(f"/v1/me/requests/{request_id}", headers=holder), 200)
    # From an earlier run there may be older copies of the same paper: she gives the newest.
    body = {
        "document_ids": [asked["documents"][0]["document_id"]],
        "form": "copy",
        "until": asked["until"],
        "uses": 2,
        "pin": journey.notes.values["pin"],
    }
    answer = journey.http.post(f"/v1/me/requests/{request_id}/grant", json=body, headers=_once(holder))
    return "one paper, as a copy, twice instead of three times", str(_ok(answer, 201)["grant_id"])


def _fetch(journey: Journey, destination: dict[str, str], request_id: str) -> tuple[str, None]:
    answer = journey.http.post(
        f"/v1/requests/{request_id}/copies", json={"form": "copy"}, headers=_once(destination)
    )
    _expect(answer.status_code == 200, f"no copy: {answer.status_code} {answer.text[:200]}")
    with pdfium.PdfDocument(answer.content) as document:
        pages = len(document)
    _expect(pages == len(CONTRACT), f"the copy has {pages} pages")
    return f"a watermarked PDF of {pages} pages, {len(answer.content) / 1e6:.1f} MB, opened and counted", None


def _withdraw(journey: Journey, grant_id: str) -> tuple[str, None]:
    answer = journey.http.post(f"/v1/me/grants/{grant_id}/withdrawal", headers=_card_session(journey))
    _expect(_ok(answer, 200)["state"] == "withdrawn", "the grant is not withdrawn")
    return "from the very next use on", None


def _verify(journey: Journey) -> tuple[str, None]:
    verdict = verify_ledger(journey.vault)
    _expect(verdict.ok, f"the ledger has a fault: {verdict.fault}")
    return f"{verdict.size} entries, none changed, removed, reordered or inserted", None


def _history(journey: Journey) -> tuple[str, None]:
    items = _ok(journey.http.get("/v1/me/history", headers=_card_session(journey)), 200)["items"]
    kinds = {item["kind"] for item in items}
    expected = {"deposited", "case_opened", "request_made", "refused", "granted", "released", "withdrawn"}
    missing = expected - kinds
    _expect(not missing, f"her history lacks {sorted(missing)}")
    lines = [f"{item['at'][11:19]}  {item['kind']:<16} {item['centre_name'] or ''}" for item in items[:10]]
    return "\n".join(lines) + "\n...", None


def _content(journey: Journey, origin: dict[str, str], document_id: str) -> Any:
    deadline, shown = time.monotonic() + _READ_WITHIN, 0
    while True:
        state = _ok(journey.http.get(f"/v1/documents/{document_id}", headers=origin), 200)
        if state["pages_read"] > shown:
            shown = state["pages_read"]
            print(f"   page {shown} of {state['pages']}", flush=True)
        if state["reading"] != "waiting":
            break
        _expect(time.monotonic() < deadline, "reading took too long")
        time.sleep(0.2)
    _expect(state["reading"] == "done", "it could not be read; the paper itself is safe")
    return _ok(journey.http.get(f"/v1/documents/{document_id}/content", headers=origin), 200)


def _card_session(journey: Journey) -> dict[str, str]:
    notes = journey.notes.values
    body = {"card_code": notes["card_code"], "pin": notes["pin"]}
    return _bearer(_ok(journey.http.post("/v1/card-sessions", json=body), 201))


def _notes(settings: Settings) -> Notes:
    path = settings.data_folder / "demo.json"
    return Notes(path, json.loads(path.read_text()) if path.exists() else {})


def _new_pin() -> str:
    while True:
        pin = f"{secrets.randbelow(10**6):06d}"
        if len(set(pin)) > 3:
            return pin


def _doubt(field: dict[str, Any]) -> str:
    return f"   (doubtful: {field['why']})" if field["doubtful"] else ""


def _bearer(session: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {session['token']}"}


def _once(headers: dict[str, str]) -> dict[str, str]:
    return {**headers, "Idempotency-Key": secrets.token_hex(16)}


def _ok(answer: httpx.Response, status: int) -> Any:
    _expect(
        answer.status_code == status, f"{answer.request.url.path}: {answer.status_code} {answer.text[:200]}"
    )
    return answer.json()


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise StepFailed(otherwise)
