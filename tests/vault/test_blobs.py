"""What every object store must do for the vault, shown on the one that comes with it."""

import http.server
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.embedded_store import RunningStore, StoreSettings, start
from tests.conftest import free_store_port
from tests.vault.world import NOBODY_THERE
from vault.blobs import READ_PIECE, Blobs, StoreAddress
from vault.errors import NotFound, StoreUnavailable

LISTED_AT_ONCE = 1000
"""S3 lists no more names than that in one answer."""


@pytest.fixture
def blobs(own_bucket: StoreAddress) -> Blobs:
    return Blobs(own_bucket)


def fetched(blobs: Blobs, name: str) -> bytes:
    return b"".join(blobs.get(name))


SIZES = st.integers(0, 3000) | st.integers(-70_000, 70_000).map(lambda offset: READ_PIECE + offset)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(size=SIZES | st.sampled_from([0, 1, READ_PIECE - 1, READ_PIECE, READ_PIECE + 1, 2 * READ_PIECE]))
def test_the_bytes_come_back_exactly(size: int, blobs: Blobs) -> None:
    name, payload = secrets.token_hex(8), secrets.token_bytes(size)
    blobs.put(name, payload)
    pieces = list(blobs.get(name))
    assert b"".join(pieces) == payload
    assert all(len(piece) <= READ_PIECE for piece in pieces)


def test_a_name_is_written_once(blobs: Blobs) -> None:
    blobs.put("name", b"first")
    for second in (b"second", b"first"):
        with pytest.raises(StoreUnavailable):
            blobs.put("name", second)
    assert fetched(blobs, "name") == b"first"


def test_of_many_writers_of_one_name_one_wins(blobs: Blobs) -> None:
    def write(number: int) -> int | None:
        try:
            blobs.put("name", str(number).encode())
        except StoreUnavailable:
            return None
        return number

    with ThreadPoolExecutor(8) as pool:
        won = [number for number in pool.map(write, range(8)) if number is not None]
    assert len(won) == 1
    assert fetched(blobs, "name") == str(won[0]).encode()


def test_what_is_not_there_is_not_found(blobs: Blobs) -> None:
    with pytest.raises(NotFound):
        fetched(blobs, "nothing")


def test_a_name_can_be_removed_twice(blobs: Blobs) -> None:
    blobs.put("name", b"")
    for _ in range(2):
        blobs.delete("name")
    with pytest.raises(NotFound):
        fetched(blobs, "name")


def test_every_name_is_listed_past_one_answer_of_the_store(blobs: Blobs) -> None:
    names = {f"sealed_{number:04d}" for number in range(LISTED_AT_ONCE + 5)}
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: blobs.put(name, b"x"), names))
    listed = list(blobs.names())
    assert len(listed) == len(names)
    assert {stored.name for stored in listed} == names
    assert {stored.size for stored in listed} == {1}
    # As the sweep does: remove while the listing goes on.
    for stored in blobs.names():
        blobs.delete(stored.name)
    assert not list(blobs.names())


def test_a_bucket_is_made_once(blobs: Blobs) -> None:
    blobs.put("name", b"kept")
    blobs.ensure_bucket()
    assert fetched(blobs, "name") == b"kept"
    blobs.ping()


# A store that does not do its part: each of these is a StoreUnavailable, whatever was asked.

CALLS: dict[str, Callable[[Blobs], object]] = {
    "put": lambda blobs: blobs.put("name", b"payload"),
    "get": lambda blobs: list(blobs.get("name")),
    "delete": lambda blobs: blobs.delete("name"),
    "names": lambda blobs: list(blobs.names()),
    "ensure_bucket": lambda blobs: blobs.ensure_bucket(),
    "ping": lambda blobs: blobs.ping(),
}


@pytest.mark.parametrize("call", CALLS)
def test_nobody_there(call: str) -> None:
    with pytest.raises(StoreUnavailable):
        CALLS[call](Blobs(NOBODY_THERE))


@pytest.mark.parametrize("call", ["put", "get", "delete", "names", "ping"])
@pytest.mark.parametrize("wrong", ["secret_key", "access_key"])
def test_a_wrong_credential(call: str, wrong: str, object_store: RunningStore) -> None:
    with pytest.raises(StoreUnavailable):
        CALLS[call](Blobs(replace(object_store.address, **{wrong: "nobody's"})))


@pytest.mark.parametrize("call", ["put", "get", "names", "ping"])
def test_no_such_bucket(call: str, object_store: RunningStore) -> None:
    with pytest.raises(StoreUnavailable):
        CALLS[call](Blobs(replace(object_store.address, bucket="no-such-bucket")))


def test_no_error_quotes_the_name_or_the_credentials(object_store: RunningStore) -> None:
    address = replace(object_store.address, secret_key="a wrong secret key")
    with pytest.raises(StoreUnavailable) as raised:
        Blobs(address).put("sealed_name", b"payload")
    assert str(raised.value) == ""
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


class Misbehaving(http.server.BaseHTTPRequestHandler):
    """Promises 4 MiB and breaks off, or falls silent, in the middle."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path.endswith("/status"):
            self.send_response(500)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        if self.path.endswith("/chunks"):
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"10\r\n0123456789abcdef\r\nnot a length\r\n")
        else:
            self.send_header("Content-Length", str(4 * READ_PIECE))
            self.end_headers()
            self.wfile.write(bytes(READ_PIECE + 1))
        self.wfile.flush()
        if self.path.endswith("/reset"):
            # An immediate reset instead of an orderly end.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        if self.path.endswith("/silence"):
            silence.wait(60)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


silence = threading.Event()


@pytest.fixture
def misbehaving() -> Iterator[Blobs]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Misbehaving)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    silence.clear()
    yield Blobs(StoreAddress(f"http://127.0.0.1:{server.server_port}", "us-east-1", "vault", "a", "b"))
    silence.set()
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("how", ["cut", "reset", "chunks", "status", "silence"])
def test_a_payload_that_breaks_off(how: str, misbehaving: Blobs) -> None:
    """Silence takes the ten seconds after which no more is waited for."""
    with pytest.raises(StoreUnavailable):
        fetched(misbehaving, how)


def test_a_store_killed_in_the_middle_of_reading(tmp_path: Path) -> None:
    with start(StoreSettings(tmp_path / "store", free_store_port(22_000))) as store:
        blobs = Blobs(store.address)
        blobs.put("name", bytes(40 * READ_PIECE))
        pieces = blobs.get("name")
        assert next(pieces) == bytes(READ_PIECE)
        store._process.kill()
        with pytest.raises(StoreUnavailable):
            list(pieces)
        with pytest.raises(StoreUnavailable):
            blobs.put("other", b"payload")
