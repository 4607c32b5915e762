"""Steps at the origin centre: centres and staff, her card, her papers taken in and read, what the store holds."""

import math
import secrets
import time
from collections import Counter
from pathlib import Path
from typing import Any

from api.demo.journey import Journey, Token, bearer, expect, ok, once, stored
from vault.centres import add_centre, add_staff

SAMPLES = Path(__file__).parent.parent.parent / "tests" / "samples"
PASSPORT = "passports/vnm_photographed.jpg"
CONTRACT = ("contracts/vi_en_page_1.jpg", "contracts/vi_en_page_2.jpg")
PASSPORT_NAME = "Lê Hữu Khánh Quân"
_READ_WITHIN = 120.0
_MAGIC = (b"\xff\xd8", b"%PDF", b"\x89PNG")


def seed(journey: Journey) -> tuple[str, None]:
    """Two centres; at the one that asks, two people, because only together they register a recipient."""
    _seed_centre(journey, "origin", "Trung tâm hỗ trợ người lao động di cư Hà Nội", "VN")
    _seed_centre(journey, "destination", "Migrant Worker Resource Centre Kuala Lumpur", "MY")
    notes = journey.notes
    login = notes.keep("destination_second_login", lambda: f"destination-second-{secrets.token_hex(2)}")
    password = notes.keep("destination_second_password", lambda: secrets.token_urlsafe(12))
    centre_id = notes.values["destination_centre"]
    notes.keep(
        "destination_second_staff", lambda: add_staff(journey.vault, centre_id, login, password, "desk 2")
    )
    return "Ha Noi (deposits), one desk; Kuala Lumpur (asks for papers), two desks", None


def _seed_centre(journey: Journey, kind: str, name: str, country: str) -> None:
    notes, vault = journey.notes, journey.vault
    login = notes.keep(f"{kind}_login", lambda: f"{kind}-desk-{secrets.token_hex(2)}")
    password = notes.keep(f"{kind}_password", lambda: secrets.token_urlsafe(12))
    centre_id = notes.keep(f"{kind}_centre", lambda: add_centre(vault, name, country, kind))
    notes.keep(f"{kind}_staff", lambda: add_staff(vault, centre_id, login, password, "desk 1"))


def enrol(journey: Journey, origin: Token) -> tuple[str, str]:
    """She is enrolled and gets her card."""
    notes = journey.notes
    # The same idempotency key on every run: the same holder, and after a crash the same card.
    call = notes.keep("enrolment_call", lambda: secrets.token_hex(16))
    if "card_code" not in notes.values:
        body = {"name": PASSPORT_NAME, "language": "vi", "consent_given": True, "consent_method": "signature"}
        card = ok(
            journey.http.post("/v1/holders", json=body, headers={**origin, "Idempotency-Key": call}), 201
        )
        notes.keep("holder_id", lambda: str(card["holder_id"]))
        notes.keep("starting_pin", lambda: str(card["starting_pin"]))
        notes.keep("card_code", lambda: str(card["card_code"]))
    return f"card code {notes.values['card_code']}", notes.values["holder_id"]


def own_pin(journey: Journey) -> tuple[str, None]:
    """She replaces the PIN that staff have seen."""
    notes = journey.notes
    pin = notes.keep("pin", _new_pin)
    card_code, starting_pin = notes.values["card_code"], notes.values["starting_pin"]
    tried = journey.http.post("/v1/card-sessions", json={"card_code": card_code, "pin": pin})
    if tried.status_code == 201:
        return "she has one already, from an earlier run", None
    began = ok(
        journey.http.post("/v1/card-sessions", json={"card_code": card_code, "pin": starting_pin}), 201
    )
    changed = journey.http.post(
        "/v1/me/pin", json={"pin": starting_pin, "new_pin": pin}, headers=bearer(began)
    )
    expect(changed.status_code == 204, f"the PIN was not changed: {changed.status_code}")
    return "the centre that handed her the card does not know it", None


def deposit(
    journey: Journey, origin: Token, holder_id: str, kind: str, names: tuple[str, ...]
) -> tuple[str, str]:
    """A paper is taken in; the step gives the document's id."""
    files = [("files", (name, (SAMPLES / name).read_bytes(), "image/jpeg")) for name in names]
    answer = journey.http.post(
        f"/v1/holders/{holder_id}/documents", params={"kind": kind}, files=files, headers=once(origin)
    )
    document = ok(answer, 201)
    size = sum((SAMPLES / name).stat().st_size for name in names)
    return f"{document['pages']} page(s), {size / 1e6:.1f} MB: sealed, stored, acknowledged", str(
        document["document_id"]
    )


def show_fields(journey: Journey, origin: Token, document_id: str) -> tuple[str, None]:
    """What was read from her passport."""
    fields = _content(journey, origin, document_id)["fields"]
    expect(len(fields) >= 6, "the machine-readable zone was not read")
    lines = [
        f"{each['name']:<16} {each['value']}{_doubt(each)}"
        for each in fields
        if not each["name"].startswith("mrz")
    ]
    return "\n".join(lines), None


def show_text(journey: Journey, origin: Token, document_id: str) -> tuple[str, None]:
    """What was read from her contract."""
    texts = _content(journey, origin, document_id)["texts"]
    expect(len(texts) == len(CONTRACT) and all(texts), "a page of the contract gave no text")
    lines = [line for text in texts for line in text.splitlines() if line.strip()]
    shown = "\n".join(line[:100] for line in lines[:6])
    return f"{shown}\n... {len(lines)} lines in all", None


def show_ciphertext(journey: Journey, before: set[str]) -> tuple[str, None]:
    """That nothing in the store can be read."""
    names = sorted(stored(journey) - before)
    # Of every file what was sent in, and the clean page made of it.
    expect(len(names) == 2 * (1 + len(CONTRACT)), f"{len(names)} objects were stored for these papers")
    lines = []
    for name in names:
        content = b"".join(journey.vault.blobs.get(name))
        bits = _entropy(content)
        expect(not content.startswith(_MAGIC), f"{name} in the store is not sealed")
        expect(len(content) <= 100_000 or bits > 7.9, f"{name} in the store has only {bits:.2f} bits a byte")
        lines.append(
            f"{name[:20]}...  {len(content):>9} bytes, {bits:.4f} bits each: {content[:12].hex(' ')}"
        )
    return "\n".join([*lines, f"all {len(names)} objects of both papers looked through"]), None


def _entropy(content: bytes) -> float:
    """Bits of information in a byte, by how often each value occurs: 8 at the most."""
    return -sum(n / len(content) * math.log2(n / len(content)) for n in Counter(content).values())


def _content(journey: Journey, origin: Token, document_id: str) -> Any:
    deadline, shown = time.monotonic() + _READ_WITHIN, 0
    while True:
        state = ok(journey.http.get(f"/v1/documents/{document_id}", headers=origin), 200)
        if state["pages_read"] > shown:
            shown = state["pages_read"]
            print(f"   page {shown} of {state['pages']}", flush=True)
        if state["reading"] != "waiting":
            break
        expect(time.monotonic() < deadline, "reading took too long")
        time.sleep(0.2)
    expect(state["reading"] == "done", "it could not be read; the paper itself is safe")
    return ok(journey.http.get(f"/v1/documents/{document_id}/content", headers=origin), 200)


def _new_pin() -> str:
    while True:
        pin = f"{secrets.randbelow(10**6):06d}"
        if len(set(pin)) > 3:
            return pin


def _doubt(field: dict[str, Any]) -> str:
    return f"   (doubtful: {field['why']})" if field["doubtful"] else ""
