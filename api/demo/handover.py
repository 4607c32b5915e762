"""Steps of a handover: a recipient registered by two people, a page that only their centre opens, sealed anew later."""

import time
from dataclasses import dataclass

from api.demo.consent import withdraw
from api.demo.journey import Journey, StepFailed, Token, expect, ok, once, signed_in, stored
from api.open_sealed import new_identity
from vault.crypto.age import Identity, decrypt
from vault.crypto.errors import PayloadError
from vault.crypto.hybrid import HybridIdentity
from vault.crypto.recipients import fingerprint, read_identities

_RESEALED_WITHIN = 60.0


@dataclass(frozen=True)
class Fetched:
    """What the centre has of a page: its header, and under which name its payload lay in the store."""

    header: bytes
    name: str


def register_recipient(journey: Journey, destination: Token) -> tuple[str, None]:
    """One person proposes the centre's recipient, a second one confirms it. The identity stays with the centre."""
    recipient = _identity(journey).recipient
    mine = fingerprint(recipient)
    listed = ok(journey.http.get("/v1/recipients", headers=destination), 200)["items"]
    if any(each["state"] == "confirmed" and each["fingerprint"] == mine for each in listed):
        return "confirmed already, in an earlier run", None
    body = {"recipient": str(recipient)}
    proposed = ok(journey.http.post("/v1/recipients", json=body, headers=once(destination)), 201)
    path, body = f"/v1/recipients/{proposed['recipient_id']}/confirmation", {"fingerprint": mine}
    alone = journey.http.post(path, json=body, headers=destination)
    expect(alone.status_code == 403, "whoever proposed a recipient could confirm it")
    second = signed_in(journey, "destination_second")
    confirmed = ok(journey.http.post(path, json=body, headers=second), 200)
    expect(confirmed["state"] == "confirmed", "the recipient is not confirmed")
    return f"one proposed it and could not confirm it; a second person did:\n{mine}", None


def hand_over(journey: Journey, destination: Token, request_id: str, before: set[str]) -> tuple[str, Fetched]:
    """The page is handed over; `before` is what lay in the store before this run."""
    answer = journey.http.post(
        f"/v1/requests/{request_id}/handovers", json={"page": 1}, headers=once(destination)
    )
    expect(answer.status_code == 200, f"nothing was handed over: {answer.status_code} {answer.text[:200]}")
    file = answer.content
    page = b"".join(decrypt([file], [_identity(journey)]))
    expect(page.startswith(b"\xff\xd8"), "what was handed over is no photograph")
    payloads = {name: b"".join(journey.vault.blobs.get(name)) for name in stored(journey) - before}
    name = next((name for name, payload in payloads.items() if file.endswith(payload)), None)
    if name is None:
        raise StepFailed("what was handed over is not what lies in the store")
    header = file.removesuffix(payloads[name])
    told = (
        f"an age file: a new header of {len(header)} bytes for this centre, and the {len(payloads[name])} bytes that\n"
        f"lie in the store, which the vault did not open; opened by the centre: a photograph of {len(page)} bytes"
    )
    return told, Fetched(header, name)


def withdraw_and_reseal(journey: Journey, grant_id: str, fetched: Fetched) -> tuple[str, None]:
    """She takes her yes back: what was handed over opens nothing that is in the store from now on."""
    before = stored(journey)
    withdraw(journey, grant_id)
    limit = time.monotonic() + _RESEALED_WITHIN
    while fetched.name in stored(journey):
        expect(time.monotonic() < limit, "the page was not sealed anew")
        time.sleep(0.05)
    new = stored(journey) - before
    expect(bool(new), "there is nothing in place of what was removed")
    for name in new:
        expect(not _opens(journey, fetched.header, name), "the old header opens what was sealed anew")
    return "sealed anew under another file key; the old header opens nothing that is in the store", None


def _identity(journey: Journey) -> HybridIdentity:
    path = journey.identity_path
    if not path.exists():
        new_identity(path)
    (identity,) = read_identities(path.read_text())
    if not isinstance(identity, HybridIdentity):
        raise StepFailed(f"{path.name} is not what the demonstration made")
    return identity


def _opens(journey: Journey, header: bytes, name: str) -> bool:
    identities: list[Identity] = [_identity(journey)]
    try:
        b"".join(decrypt([header, *journey.vault.blobs.get(name)], identities))
    except PayloadError:
        return False
    return True
