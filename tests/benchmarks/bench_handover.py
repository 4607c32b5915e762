"""A paper handed over sealed, beside a server that only passes the same object on; and the first byte of a page view.

    .venv/bin/python -m tests.benchmarks.bench_handover

The vault runs as its own process on its own SeaweedFS, as in production; so does the plain server. Both answer the
same client, in turns. docs/benchmarks.md says what each figure means.
"""

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from sqlmodel import delete

from api.embedded_store import RunningStore, StoreSettings, start
from tests.benchmarks.bench_envelope import verdict
from tests.benchmarks.bench_journey import photo_of_about_3_mb
from tests.benchmarks.handover_calls import (
    Call,
    Fetched,
    at_once,
    cpu_a_call,
    fetch_once,
    one_at_a_time,
    server,
)
from tests.vault.world import CENTRE_IDENTITY, PASSWORD, World, found, photo
from vault.blobs import Blobs
from vault.crypto import age
from vault.tables import Job

VAULT, PLAIN, STORE = 18081, 18082, 18410
PAGES = (1, 10, 40)
TURNS, ROUNDS, THREADS, EACH = 30, 7, 8, 4
OF_PLAIN, SAME = 0.9, 1.25


@dataclass(frozen=True)
class Paper:
    """A contract that the centre may have in every form: its request, and its first page in the store."""

    request_id: str
    name: str
    size: int

    def handover(self, token: str, what: str = "handovers") -> Call:
        """The call for its first page, or for the links to all."""
        wish = {"page": 1} if what == "handovers" else {}
        return post(f"/v1/requests/{self.request_id}/{what}", wish, token)

    def view(self, token: str) -> Call:
        """The call for its first page, to look at."""
        return post(f"/v1/requests/{self.request_id}/copies", {"form": "view", "page": 1}, token)

    def plain(self) -> Call:
        """The same object, from the server that only passes it on."""
        return Call(PLAIN, "GET", f"/{self.name}", {})


def main() -> None:
    """Measure, and say which bars hold."""
    print(f"machine: {os.cpu_count()} cores, load {os.getloadavg()[0]:.2f}; median (fastest..slowest)")
    with tempfile.TemporaryDirectory() as name, start(StoreSettings(Path(name) / "store", STORE)) as store:
        folder, opened = Path(name) / "vault", Path(name) / "opened"
        folder.mkdir(mode=0o700)
        world = found(folder, store.address)
        big = granted(world, [photo_of_about_3_mb()])
        papers = {count: granted(world, [photo(f"page {n}") for n in range(count)]) for count in PAGES}
        nothing_to_read(world)
        world.vault.database.close()
        environment = as_settings(folder, store)
        plain = server(environment, PLAIN, "plain", str(PLAIN))
        with plain as plain_pid, server(environment, VAULT, "vault", str(opened)) as vault_pid:
            through_the_server(big, papers[1], plain_pid, vault_pid)
            beside_the_server(big, Blobs(replace(store.address, public_endpoint=store.endpoint)))
        bytes_opened = int(opened.read_text())
        print(
            f"  {verdict(bytes_opened == 0)}bytes opened by the vault during all these handovers: {bytes_opened}"
        )
        with server(environment, VAULT, "vault", str(opened)):
            count = page_views(papers)
        print(
            f"  bytes opened for one view: {int(opened.read_text()) / count:.0f} of a page of {papers[1].size}"
        )
    print(f"load {os.getloadavg()[0]:.2f} at the end")


def through_the_server(big: Paper, small: Paper, plain_pid: int, vault_pid: int) -> None:
    """The vault's answer beside the plain server's, for the same object."""
    token = sign_in()
    file = fetch_once(big.handover(token))
    print(f"\nhandover through the server, a page of {big.size / 1e6:.2f} MB; milliseconds")
    if len(b"".join(age.decrypt([file], [CENTRE_IDENTITY]))) < big.size - 100_000:
        raise SystemExit("what was handed over is not the page")
    least = one_at_a_time({"plain": small.plain, "handover": lambda: small.handover(token)}, TURNS)
    whole = one_at_a_time({"plain": big.plain, "handover": lambda: big.handover(token)}, TURNS)
    together = at_once({"plain": big.plain, "handover": lambda: big.handover(token)}, ROUNDS, THREADS, EACH)
    cpu = cpu_a_call(
        {
            "plain": (plain_pid, big.plain()),
            "least plain": (plain_pid, small.plain()),
            "handover": (vault_pid, big.handover(token)),
            "least handover": (vault_pid, small.handover(token)),
        },
        ROUNDS,
        TURNS,
    )
    asking = median(times(least["handover"])) - median(times(least["plain"]))
    print(f"  plain GET through a server      {told(times(whole['plain']))}")
    print(f"  handover                        {told(times(whole['handover']))}")
    print(
        f"  of which asking and recording   {asking * 1000:6.1f}   as for a page of {small.size / 1e3:.0f} kB"
    )
    for name, rates in together.items():
        print(f"  {name:9} {THREADS} at once, calls/s     {told(rates, 1)}")
    streaming = {name: cpu[name] - cpu[f"least {name}"] for name in together}
    for name, spent in streaming.items():
        print(
            f"  {name:9} processor time         {1000 * cpu[name]:6.1f}, of that streaming {1000 * spent:.1f}"
        )
    bar("handover, one at a time, of a plain GET", ratio(times(whole["plain"]), times(whole["handover"])))
    bar(f"handover, {THREADS} at once, of a plain GET", ratio(together["handover"], together["plain"]))
    bar("its streaming alone, by processor time", streaming["plain"] / streaming["handover"])


def beside_the_server(big: Paper, blobs: Blobs) -> None:
    """A handover by link, beside a presigned GET that knows nothing of the vault."""
    token = sign_in()
    page = json.loads(fetch_once(big.handover(token, "handover-links")))["pages"][0]
    linked, presigned = at(page["payload_url"]), at(blobs.link(big.name, timedelta(minutes=1)))
    calls = {"presigned": lambda: presigned, "linked": lambda: linked}
    took = one_at_a_time(calls, 4 * TURNS)
    together = at_once(calls, 4 * ROUNDS, THREADS, 4 * EACH)  # they are that much shorter
    asking = one_at_a_time({"links": lambda: big.handover(token, "handover-links")}, TURNS)["links"]
    print("\nhandover beside the server, the same page; milliseconds")
    print(f"  presigned GET from the store    {told(times(took['presigned']))}")
    print(f"  payload by a handover's link    {told(times(took['linked']))}")
    print(f"  header and link, before that    {told(times(asking))}")
    for name, rates in together.items():
        print(f"  {name:9} {THREADS} at once, calls/s     {told(rates, 1)}")
    bar(
        "payload by link, one at a time, of a presigned GET",
        ratio(times(took["presigned"]), times(took["linked"])),
    )
    bar(
        f"payload by link, {THREADS} at once, of a presigned GET",
        ratio(together["linked"], together["presigned"]),
    )


def page_views(papers: Mapping[int, Paper]) -> int:
    """The first page of documents of one, ten and forty pages, to look at; returns how many views that were."""
    token = sign_in()
    calls = {str(count): partial(paper.view, token) for count, paper in papers.items()}
    took = one_at_a_time(calls, TURNS)
    print("\nfirst byte of a page view; milliseconds")
    for name, fetched in took.items():
        print(f"  of a document of {name:>2} pages        {told([each.first for each in fetched])}")
    few, many = ([each.first for each in took[str(count)]] for count in (min(PAGES), max(PAGES)))
    most = ratio(many, few)
    print(
        f"  {verdict(most <= SAME)}independent of the size: at {max(PAGES)} pages {most:.2f} x the time at {min(PAGES)}"
    )
    return len(took) * (TURNS + 1)


def granted(world: World, files: Sequence[bytes]) -> Paper:
    """A contract of hoa's with these pages, granted to Penang in the widest form."""
    document_id = world.deposit(files).document_id
    wish = replace(world.wish(), form="handover", uses=20)
    request_id = replace(world, contract=document_id).granted(wish).request_id
    row = next(row for row in world.objects(document_id) if (row.role, row.page) == ("page", 1))
    return Paper(request_id, row.name, row.size)


def nothing_to_read(world: World) -> None:
    """So that no Tesseract runs beside the measurement."""
    with world.vault.database.write() as session:
        session.execute(delete(Job))


def as_settings(folder: Path, store: RunningStore) -> dict[str, str]:
    """The environment of both servers."""
    return {
        **os.environ,
        "VAULT_DATA_FOLDER": str(folder),
        "VAULT_PORT": str(VAULT),
        "VAULT_STORE_ENDPOINT": store.endpoint,
        "VAULT_STORE_PUBLIC_ENDPOINT": store.endpoint,
        "VAULT_STORE_BUCKET": store.bucket,
        "VAULT_STORE_ACCESS_KEY": store.access_key,
        "VAULT_STORE_SECRET_KEY": store.secret_key,
    }


def sign_in() -> str:
    """Penang's desk: the bearer token."""
    body = json.dumps({"login": "penang", "password": PASSWORD}).encode()
    call = Call(VAULT, "POST", "/v1/sessions", {"Content-Type": "application/json"}, body)
    return str(json.loads(fetch_once(call, 201))["token"])


def post(path: str, wish: Mapping[str, object], token: str) -> Call:
    """A call to the vault. Always the same attempt: a use is counted once, all else is done every time."""
    headers = {
        "Content-Type": "application/json",
        "Authorization": f"Bearer {token}",
        "Idempotency-Key": "bench",
    }
    return Call(VAULT, "POST", path, headers, json.dumps(wish).encode())


def at(url: str) -> Call:
    """A GET of a link to the store."""
    parts = urlsplit(url)
    return Call(parts.port or 80, "GET", f"{parts.path}?{parts.query}", {})


def times(fetched: Sequence[Fetched]) -> list[float]:
    """Seconds until the last byte."""
    return [each.last for each in fetched]


def told(values: Sequence[float], scale: float = 1000) -> str:
    """Median (lowest..highest)."""
    low, middle, high = (scale * value for value in (min(values), median(values), max(values)))
    return f"{middle:6.1f} ({low:.1f}..{high:.1f})"


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of `ours / theirs`, turn by turn."""
    return median(a / b for a, b in zip(ours, theirs, strict=True))


def bar(name: str, reached: float) -> None:
    """Says whether enough of the plain way's speed was reached."""
    print(f"  {verdict(reached >= OF_PLAIN)}at least {OF_PLAIN}: {name}: {reached:.2f} x")


if __name__ == "__main__":
    main()
