"""The main job, from a photograph at the counter to her history: every call over HTTP, on real parts."""

import re
import time
from pathlib import Path
from typing import Any

import pypdfium2

from tests.running import Caller, RunningVault, done, problem
from tests.vault.world import CENTRE_IDENTITY
from vault.crypto.age import decrypt
from vault.history import verify_ledger

SAMPLES = Path(__file__).parent.parent / "samples" / "journey"
NAME, NUMBER, OCR_TEXT, PIN = "Lê Trọng Phúc", "B0731616", "môi giới", "615283"


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def enrolled(running: RunningVault) -> dict[str, Any]:
    """A new holder with a PIN of her own: her card."""
    body = {"name": NAME, "language": "vi", "consent_given": True, "consent_method": "thumbprint"}
    card = done(running.staff("hanoi").post("/v1/holders", body), 201)
    first = signed_in(running, card, card["starting_pin"])
    assert first.post("/v1/me/pin", {"pin": card["starting_pin"], "new_pin": PIN}).status_code == 204
    return card


def signed_in(running: RunningVault, card: dict[str, Any], pin: str = PIN) -> Caller:
    answer = running.nobody().post("/v1/card-sessions", {"card_code": card["card_code"], "pin": pin})
    return running.bearer(done(answer, 201)["token"])


def read(desk: Caller, document_id: str) -> dict[str, Any]:
    """What was read from a document, once it is."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        document = done(desk.get(f"/v1/documents/{document_id}"), 200)
        if document["reading"] != "waiting":
            assert (document["reading"], document["pages_read"]) == ("done", document["pages"])
            return done(desk.get(f"/v1/documents/{document_id}/content"), 200)
        time.sleep(0.1)
    raise AssertionError("it was never read")


def pages(pdf: bytes) -> int:
    """How many pages of print a PDF has; every one of them must show some."""
    document = pypdfium2.PdfDocument(pdf)
    for page in document:
        assert page.render(scale=0.5).to_numpy().std() > 5
    return len(document)


def test_the_whole_journey(running_vault: RunningVault) -> None:
    hanoi, penang = running_vault.staff("hanoi"), running_vault.staff("penang")
    card = enrolled(running_vault)

    passport = done(hanoi.deposit(card["holder_id"], [sample("passport.jpg")], "passport"), 201)
    scans = [sample("contract-1.jpg"), sample("contract-2.jpg")]
    contract = done(hanoi.deposit(card["holder_id"], scans, "contract"), 201)
    assert (contract["kind"], contract["pages"], contract["reading"]) == ("contract", 2, "waiting")

    fields = {each["name"]: each for each in read(hanoi, passport["document_id"])["fields"]}
    assert fields["document_number"]["value"] == NUMBER
    assert not fields["document_number"]["doubtful"]
    first, second = read(hanoi, contract["document_id"])["texts"]
    assert "HỢP ĐỒNG LAO ĐỘNG" in first
    assert OCR_TEXT in second

    body = {"card_code": card["card_code"].lower().replace("-", " "), "dispute": "unpaid_wages"}
    case = done(penang.post("/v1/cases", body), 201)
    request = done(penang.post(f"/v1/cases/{case['case_id']}/requests", running_vault.wish()), 201)
    copies = f"/v1/requests/{request['request_id']}/copies"
    problem(penang.post(copies, {"form": "copy"}), 403, "no-grant")
    problem(penang.get(f"/v1/requests/{request['request_id']}/grant"), 404, "not-found")

    her = signed_in(running_vault, card)
    asked = done(her.get(f"/v1/me/requests/{request['request_id']}"), 200)
    assert (asked["centre_name"], asked["purpose"]) == ("Penang Centre", "wage_claim")
    assert [each["document_id"] for each in asked["documents"]] == [contract["document_id"]]
    answer = running_vault.answer([contract["document_id"]], pin=PIN, uses=2)
    grant = done(her.post(f"/v1/me/requests/{request['request_id']}/grant", answer), 201)
    assert grant["state"] == "live"
    assert done(penang.get(f"/v1/requests/{request['request_id']}/grant"), 200) == grant

    copy = penang.post(copies, {"form": "copy"})
    assert (copy.status_code, copy.headers["content-type"]) == (200, "application/pdf")
    assert copy.headers["content-disposition"] == f'attachment; filename="contract-{case["number"]}.pdf"'
    assert re.fullmatch("rel_[0-9a-f]{32}", copy.headers["release-id"])
    assert pages(copy.content) == 2

    sealed = penang.post(copies, {"form": "copy", "sealed": True})
    assert (sealed.status_code, sealed.headers["content-type"]) == (200, "application/age")
    assert pages(b"".join(decrypt([sealed.content], [CENTRE_IDENTITY]))) == 2

    withdrawn = done(her.post(f"/v1/me/grants/{grant['grant_id']}/withdrawal"), 200)
    assert withdrawn["state"] == "withdrawn"
    problem(penang.post(copies, {"form": "copy"}), 403, "grant-withdrawn")

    history = done(her.get("/v1/me/history", limit=100), 200)["items"]
    kinds = [each["kind"] for each in reversed(history)]
    assert kinds[:2] == ["holder_enrolled", "pin_changed"]
    assert [each for each in kinds if each not in ("deposited", "read", "fields_seen")][2:] == [
        "case_opened", "request_made", "refused", "granted", "released", "released", "withdrawn", "refused",
    ]  # fmt: skip
    assert [kinds.count(each) for each in ("deposited", "read", "fields_seen")] == [2, 2, 2]
    reasons = [each["policies"] for each in history if each["kind"] == "refused"]
    assert reasons == [["grant-used-up", "grant-withdrawn"], ["no-grant"]]  # of two, the weightier is told
    assert verify_ledger(running_vault.world.vault).ok
