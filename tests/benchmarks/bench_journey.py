"""What people wait for: depositing a passport, and a copy of a 3 MB paper beside a plain S3 GET of the same object.

    .venv/bin/python tests/benchmarks/bench_journey.py

Prints medians and the slowest of each, and the server's peak memory. The server runs as its own process on a temporary
folder, with its own SeaweedFS, as in production.
"""

import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from PIL import Image

from api.embedded_store import RunningStore, StoreSettings, start
from api.settings import Settings
from api.wiring import open_vault
from vault.blobs import Blobs
from vault.centres import add_centre, add_staff

SAMPLES = Path(__file__).parent.parent / "samples"
ROUNDS = 20
PASSWORD = "a-password-for-benchmarks"
PORT, STORE_PORT = 18080, 18400


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        start(StoreSettings(Path(folder) / "store", STORE_PORT)) as store,
    ):
        settings = Settings(data_folder=Path(folder) / "vault", port=PORT)
        seed(settings, store)
        server = serve(settings, store)
        try:
            with httpx.Client(base_url=settings.address, timeout=120) as http:
                wait_until_up(http)
                bench(http, store)
                print(f"server, peak memory        {peak_memory_mb(server.pid):8.0f} MB")
        finally:
            server.terminate()
            server.wait(20)


def bench(http: httpx.Client, store: RunningStore) -> None:
    origin = bearer(http.post("/v1/sessions", json={"login": "origin", "password": PASSWORD}))
    card = http.post(
        "/v1/holders",
        json={"name": "Bench", "language": "vi", "consent_given": True, "consent_method": "signature"},
        headers=once(origin),
    ).json()
    passport = (SAMPLES / "passports" / "vnm_photographed.jpg").read_bytes()
    acknowledged, shown = [], []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        document = deposit(http, origin, card["holder_id"], "passport", passport)
        acknowledged.append(time.perf_counter() - began)
        wait_until_read(http, origin, document["document_id"])
        shown.append(time.perf_counter() - began)
    print(f"machine: {os.cpu_count()} cores; {ROUNDS} rounds; milliseconds: median (slowest)")
    print(f"deposit to acknowledged    {line(acknowledged)}   passport photo, {len(passport) / 1e6:.2f} MB")
    print(f"deposit to fields shown    {line(shown)}   the same deposits")

    before = {each.name for each in Blobs(store.address).names()}
    contract = deposit(http, origin, card["holder_id"], "contract", photo_of_about_3_mb())
    wait_until_read(http, origin, contract["document_id"])
    new = [each for each in Blobs(store.address).names() if each.name not in before]
    page = max(new, key=lambda each: each.size)
    request_id, destination = granted(http, card, contract["document_id"])
    release = timed(lambda: fetch(http, destination, request_id))
    blobs = Blobs(store.address)
    plain = timed(lambda: b"".join(blobs.get(page.name)))
    print(f"release, watermarked PDF   {line(release)}   of an object of {page.size / 1e6:.1f} MB")
    print(f"plain S3 GET of it         {line(plain)}   the limit, same run")
    print(f"release / plain GET        {statistics.median(release) / statistics.median(plain):8.1f} x")


def granted(http: httpx.Client, card: dict[str, str], document_id: str) -> tuple[str, dict[str, str]]:
    destination = bearer(http.post("/v1/sessions", json={"login": "destination", "password": PASSWORD}))
    case = http.post(
        "/v1/cases",
        json={"card_code": card["card_code"], "dispute": "unpaid_wages"},
        headers=once(destination),
    ).json()
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    wish = {"kinds": ["contract"], "purpose": "wage_claim", "form": "copy", "until": until, "uses": 20}
    asked = http.post(f"/v1/cases/{case['case_id']}/requests", json=wish, headers=once(destination)).json()
    first = bearer(
        http.post("/v1/card-sessions", json={"card_code": card["card_code"], "pin": card["starting_pin"]})
    )
    http.post("/v1/me/pin", json={"pin": card["starting_pin"], "new_pin": "274915"}, headers=first)
    holder = bearer(http.post("/v1/card-sessions", json={"card_code": card["card_code"], "pin": "274915"}))
    answer = {
        "document_ids": [document_id],
        "form": "copy",
        "until": asked["until"],
        "uses": 20,
        "pin": "274915",
    }
    http.post(
        f"/v1/me/requests/{asked['request_id']}/grant", json=answer, headers=once(holder)
    ).raise_for_status()
    return asked["request_id"], destination


def deposit(http: httpx.Client, origin: dict[str, str], holder_id: str, kind: str, content: bytes) -> Any:
    answer = http.post(
        f"/v1/holders/{holder_id}/documents",
        params={"kind": kind},
        files=[("files", ("photo.jpg", content, "image/jpeg"))],
        headers=once(origin),
    )
    return answer.raise_for_status().json()


def wait_until_read(http: httpx.Client, origin: dict[str, str], document_id: str) -> None:
    while (
        http.get(f"/v1/documents/{document_id}", headers=origin).raise_for_status().json()["reading"]
        == "waiting"
    ):
        time.sleep(0.02)


def fetch(http: httpx.Client, destination: dict[str, str], request_id: str) -> bytes:
    answer = http.post(f"/v1/requests/{request_id}/copies", json={"form": "copy"}, headers=once(destination))
    return answer.raise_for_status().content


def photo_of_about_3_mb() -> bytes:
    """A page photograph whose clean copy weighs about 3 MB: the sample, enlarged, with a camera's noise."""
    with Image.open(SAMPLES / "contracts" / "vi_en_page_1.jpg") as sample:
        page = sample.convert("RGB").resize((2480, 3508))
    noise = np.random.default_rng(1).normal(0, 6, (3508, 2480, 1))
    noisy = np.clip(np.asarray(page, dtype=np.float32) + noise, 0, 255).astype(np.uint8)
    out = BytesIO()
    Image.fromarray(noisy).save(out, "JPEG", quality=90)
    return out.getvalue()


def seed(settings: Settings, store: RunningStore) -> None:
    vault = open_vault(settings, store.address)
    for kind, country in (("origin", "VN"), ("destination", "MY")):
        add_staff(vault, add_centre(vault, kind, country, kind), kind, PASSWORD, "desk")
    vault.database.close()


def serve(settings: Settings, store: RunningStore) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "VAULT_DATA_FOLDER": str(settings.data_folder),
        "VAULT_PORT": str(settings.port),
        "VAULT_STORE_ENDPOINT": store.endpoint,
        "VAULT_STORE_BUCKET": store.bucket,
        "VAULT_STORE_ACCESS_KEY": store.access_key,
        "VAULT_STORE_SECRET_KEY": store.secret_key,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "api.cli", "serve"], env=environment, stdout=subprocess.DEVNULL
    )


def wait_until_up(http: httpx.Client) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if http.get("/health").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise SystemExit("the server did not come up")


def peak_memory_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(row for row in status.splitlines() if row.startswith("VmHWM")).split()[1]) / 1024


def timed(do: Callable[[], bytes]) -> list[float]:
    seconds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        do()
        seconds.append(time.perf_counter() - began)
    return seconds


def line(seconds: list[float]) -> str:
    return f"{statistics.median(seconds) * 1000:8.0f} ({max(seconds) * 1000:.0f})"


def bearer(answer: httpx.Response) -> dict[str, str]:
    return {"Authorization": f"Bearer {answer.raise_for_status().json()['token']}"}


def once(headers: dict[str, str]) -> dict[str, str]:
    return {**headers, "Idempotency-Key": secrets.token_hex(16)}


if __name__ == "__main__":
    main()
