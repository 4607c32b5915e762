"""Whatever is sent: a clear answer, nothing half done, and never a 500."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from api.embedded_store import RunningStore
from api.routes.openapi import example_of
from tests.api.malformed import malformed, member, parameter
from tests.running import Caller, RunningVault, done, problem, serving
from tests.vault.world import World, copied

MEGABYTE = 1 << 20
NOT_TEXT = ["\0", "a\0b", "\ud800", "a\udfffb", "\udcff"]
NOT_OF_THE_TYPE: list[Any] = [None, True, -1, 10**30, 1.5, "x", ["x"], {"x": 1}]
ODD_TEXT = ["", "'; DROP TABLE holder; -- <script> ../../etc/passwd", "\u202egnp.exe 😀", "x" * 5000]


@pytest.fixture(scope="module")
def busy(
    bare_world: World, tmp_path_factory: pytest.TempPathFactory, object_store: RunningStore
) -> Iterator[RunningVault]:
    """A vault of this file's own: what is sent here locks people out."""
    world = copied(bare_world, tmp_path_factory.mktemp("busy"), object_store.address)
    with serving(world) as running:
        yield running
    world.vault.database.close()


@pytest.fixture(scope="module")
def targets(busy: RunningVault) -> list[tuple[Caller, str, dict[str, Any]]]:
    """Every operation with a JSON body: who may call it, its path with real ids, and a body that fits."""
    document_id, request_id = busy.deposited(), busy.asked()
    case_id = done(busy.staff("penang").get(f"/v1/requests/{request_id}"), 200)["case_id"]
    recipient = done(busy.staff("penang").get("/v1/recipients"), 200)["items"][0]
    ids = {"request_id": request_id, "case_id": case_id, "recipient_id": recipient["recipient_id"]}
    callers = {"me": busy.holder(), "holders": busy.staff("hanoi")}
    description = busy.app.openapi()
    found = []
    for path, operations in description["paths"].items():
        content = operations.get("post", {}).get("requestBody", {}).get("content", {})
        if "application/json" in content:
            body = example_of(content["application/json"]["schema"], description)
            known = {"until": busy.moment(1), "document_ids": [document_id], "document_id": document_id}
            body |= {name: value for name, value in known.items() if name in body}
            if path.endswith("/copies"):
                del body["page"]  # a copy may do without; the handover of a page may not
            caller = callers.get(path.split("/")[2], busy.staff("penang"))
            found.append((caller, path.format(**ids), body))
    assert len(found) == 13
    return found


def sent(caller: Caller, path: str, content: bytes, content_type: str = "application/json") -> Any:
    headers = {"Content-Type": content_type, "Idempotency-Key": "bad-calls"}
    return caller.http.post(path, content=content, headers=headers)


def test_what_is_not_text_is_refused_everywhere(targets: list[tuple[Caller, str, dict[str, Any]]]) -> None:
    for caller, path, body in targets:
        for name, value in body.items():
            for text in NOT_TEXT:
                instead: Any = [text] if isinstance(value, list) else text
                answer = sent(caller, path, json.dumps({**body, name: instead}).encode())
                malformed(answer, member(name, "0") if isinstance(value, list) else member(name))


def test_wrong_types_and_missing_members_are_refused(
    targets: list[tuple[Caller, str, dict[str, Any]]],
) -> None:
    for caller, path, body in targets:
        for name, value in body.items():
            for other in NOT_OF_THE_TYPE:
                same = type(other) is type(value) or (other is None and name in ("document_id", "phone"))
                if not same:
                    answer = sent(caller, path, json.dumps({**body, name: other}).encode())
                    assert (answer.status_code, answer.json()["code"]) == (422, "call-malformed"), answer.text
                    assert all(each["pointer"].startswith(f"/{name}") for each in answer.json()["errors"])
            rest = {each: body[each] for each in body if each != name}
            if name not in ("document_id", "sealed", "phone"):
                malformed(sent(caller, path, json.dumps(rest).encode()), member(name))
        malformed(sent(caller, path, json.dumps({**body, "more": 1}).encode()), member("more"))


@pytest.mark.parametrize("name", ["", "a/b", "a~b", "ñ", "\ud800", "\0", "Quách Minh Phúc", "x" * 41])
def test_a_made_up_member_is_told_only_if_it_looks_like_a_name(busy: RunningVault, name: str) -> None:
    body = {"login": "hanoi", "password": "x", name: 1}
    malformed(sent(busy.nobody(), "/v1/sessions", json.dumps(body).encode()), member())


def test_the_places_named_are_bounded_and_hold_no_values(busy: RunningVault) -> None:
    values = {f"more{number}": f"secret{number}" for number in range(30)}
    answer = sent(busy.nobody(), "/v1/sessions", json.dumps({"login": 7, "pin": "402913", **values}).encode())
    assert len(answer.json()["errors"]) == 20
    assert answer.json()["errors"][:2] == [member("login"), member("password")]
    assert "secret" not in answer.text
    assert "402913" not in answer.text


def test_odd_texts_are_answered_without_a_fault(targets: list[tuple[Caller, str, dict[str, Any]]]) -> None:
    for caller, path, body in targets:
        for name, value in body.items():
            if isinstance(value, str):
                for text in ODD_TEXT:
                    answer = sent(caller, path, json.dumps({**body, name: text}).encode())
                    done_or_refused = (200 if path.endswith("/search") else 201, 401, 409, 422, 429)
                    assert answer.status_code in done_or_refused, (path, name, text, answer.text)


@pytest.mark.parametrize(
    "until",
    [
        "2027-01-31",
        "2027-01-31T17:00:00",
        "1800000000",
        "2027-02-30T00:00:00Z",
        "2027-01-31 17:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "2027-01-31T17:00:00+99:99",
        "٢٠٢٧-01-31T17:00:00Z",
        "2027-W05-1",
        "now",
    ],
)
def test_a_moment_is_rfc_3339_with_a_zone(busy: RunningVault, until: str) -> None:
    penang = busy.staff("penang")
    body = {"card_code": busy.world.seed.hoa.card_code, "dispute": "other"}
    case = done(penang.post("/v1/cases", body), 201)
    malformed(penang.post(f"/v1/cases/{case['case_id']}/requests", busy.wish(until=until)), member("until"))


@pytest.mark.parametrize("days", [-1, 0, 181, 100_000])
def test_a_moment_of_use_lies_ahead_and_not_too_far(busy: RunningVault, days: int) -> None:
    penang = busy.staff("penang")
    body = {"card_code": busy.world.seed.hoa.card_code, "dispute": "other"}
    case = done(penang.post("/v1/cases", body), 201)
    answer = penang.post(f"/v1/cases/{case['case_id']}/requests", busy.wish(until=busy.moment(days)))
    problem(answer, 422, "until-out-of-range")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"{}",
        b'{"login": }',
        b"\xff\xfe{}",
        "{}".encode("utf-16"),
        b'{"login": "a", "password": NaN}',
        b'{"login": "a", "password": 1e999}',
        b"[" * 100_000,
        b'{"login":' * 10_000,
        b"9" * 5000,
    ],
    ids=range(14),
)
def test_a_body_that_is_no_json_is_refused(busy: RunningVault, content: bytes) -> None:
    answer = sent(busy.nobody(), "/v1/sessions", content)
    assert (answer.status_code, answer.json()["code"]) == (422, "call-malformed"), answer.text
    for place in answer.json().get("errors", []):
        assert place in (member(), member("login"), member("password"))


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "", "multipart/form-data"]
)
def test_a_body_of_another_kind_is_refused(busy: RunningVault, content_type: str) -> None:
    content = json.dumps({"login": "hanoi", "password": "x"}).encode()
    malformed(sent(busy.nobody(), "/v1/sessions", content, content_type), member())


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/holders/%00", "holder_id"),
        ("/v1/holders/hld_%ff", "holder_id"),
        ("/v1/holders/" + "x" * 3000, "holder_id"),
        ("/v1/cases/%2e%2e", "case_id"),
    ],
)
def test_what_is_no_id_is_refused(busy: RunningVault, path: str, name: str) -> None:
    malformed(busy.staff("hanoi").get(path), parameter(name))


def test_addresses_and_methods_that_are_not_there(busy: RunningVault) -> None:
    hanoi = busy.staff("hanoi")
    problem(hanoi.get("/v1/nothing"), 404, "not-found")
    problem(hanoi.http.put("/v1/holders"), 405, "method-not-allowed")
    problem(busy.nobody().get("/v1/problems/nothing"), 404, "not-found")


def test_a_json_body_has_a_bound(busy: RunningVault) -> None:
    content = json.dumps({"login": "x" * 300_000, "password": "x"}).encode()
    problem(sent(busy.nobody(), "/v1/sessions", content), 413, "body-too-large")


def peak_since_reset() -> int:
    """This process's peak of resident memory, in bytes, since the last reset."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def test_a_file_of_60_mb_is_refused_without_being_held(busy: RunningVault) -> None:
    hanoi = busy.staff("hanoi")
    head = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n'
    size = 60 * MEGABYTE
    headers = {
        "Content-Type": "multipart/form-data; boundary=b",
        "Content-Length": str(len(head) + size),
        "Idempotency-Key": "large",
    }
    piece = bytes(MEGABYTE)

    def body() -> Iterator[bytes]:
        yield head
        for _ in range(60):
            yield piece

    Path("/proc/self/clear_refs").write_text("5")
    before = peak_since_reset()
    path = f"/v1/holders/{busy.world.seed.hoa.holder_id}/documents?kind=contract"
    answer = hanoi.http.post(path, content=body(), headers=headers)
    problem(answer, 413, "body-too-large")
    assert peak_since_reset() - before < 20 * MEGABYTE


def test_a_body_that_announces_no_length_is_cut_off_too(busy: RunningVault) -> None:
    token = busy.staff("hanoi").http.headers["authorization"]
    path = f"/v1/holders/{busy.world.seed.hoa.holder_id}/documents?kind=contract"
    with socket.create_connection(("127.0.0.1", urlsplit(busy.base_url).port or 0), timeout=30) as line:
        line.sendall(
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {token}\r\nIdempotency-Key: endless\r\n"
            "Content-Type: multipart/form-data; boundary=b\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        )
        head = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n'
        line.sendall(b"%x\r\n%s\r\n" % (len(head), head))
        try:
            for _ in range(60):
                line.sendall(b"100000\r\n" + bytes(MEGABYTE) + b"\r\n")
        except OSError:
            pass  # it hung up, as it may; what it said before must be there
        assert b" 413 " in line.recv(4096).split(b"\r\n")[0]
    assert busy.nobody().get("/health").status_code == 200


def test_a_deposit_takes_files_and_nothing_else(busy: RunningVault) -> None:
    hanoi, holder_id = busy.staff("hanoi"), busy.world.seed.hoa.holder_id
    path = f"/v1/holders/{holder_id}/documents?kind=contract"

    def posted(**form: Any) -> Any:
        return hanoi.http.post(path, headers={"Idempotency-Key": "form"}, **form)

    malformed(posted(files=[("files", b"x")], data={"more": "x"}), parameter("more"))
    malformed(posted(files=[("other", b"x")]), parameter("other"))
    problem(posted(json={"files": []}), 415, "not-a-form")
    malformed(posted(data={"files": "x"}), parameter("files"))
    broken = {"Idempotency-Key": "form", "Content-Type": "multipart/form-data"}
    problem(hanoi.http.post(path, content=b"x", headers=broken), 400, "not-a-form")
    problem(hanoi.deposit(holder_id, []), 415, "not-a-form")
    malformed(hanoi.deposit(holder_id, [b"x"], kind="visa"), parameter("kind"))


def test_a_strange_host_is_refused(busy: RunningVault) -> None:
    assert busy.nobody().http.get("/v1/holders", headers={"Host": "evil.example"}).status_code == 400
