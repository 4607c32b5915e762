"""The parts every test may ask for: a real object store, started once per test process."""

import os
import socket
from collections.abc import Iterator

import pytest

from api.embedded_store import PortInUse, RunningStore, StoreSettings, start
from tests.buckets import bucket_in
from tests.openbao import openbao  # noqa: F401  # likewise
from tests.postgres import postgres  # noqa: F401  # a fixture for every test
from vault.blobs import StoreAddress


def free_store_port(first: int = 0) -> int:
    """A port whose block of five, and the five 10,000 above it, nobody listens on right now.

    Below 32768 - 10000, so that no outgoing connection of another test can take one meanwhile; each xdist worker
    looks in a stretch of its own.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
    begin = first or 12_000 + worker % 10 * 1_000 + os.getpid() % 90 * 10
    for port in range(begin, 22_700, 10):
        if all(_free(port + n + offset) for n in range(5) for offset in (0, 10_000)):
            return port
    raise RuntimeError("no free block of ports for the object store")


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@pytest.fixture(scope="session")
def object_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStore]:
    """A real, hardened SeaweedFS for this test process. `object_store.address` is what `vault.blobs` needs."""
    port = free_store_port()
    for _ in range(5):
        try:
            running = start(StoreSettings(tmp_path_factory.mktemp("store"), port))
            break
        except PortInUse:
            port = free_store_port(port + 10)
    else:
        raise RuntimeError("other processes took every port that was tried")
    with running:
        yield running


@pytest.fixture
def own_bucket(object_store: RunningStore) -> Iterator[StoreAddress]:
    """A bucket of this test's own in the shared store: whatever lies there, the test put there."""
    with bucket_in(object_store) as address:
        yield address


@pytest.fixture
def free_port() -> int:
    """The S3 port of a store that a test starts for itself."""
    return free_store_port()


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Long texts are named by their argument: some are drawn anew in each process, and the processes must agree."""
    return argname if isinstance(val, str) and len(val) > 24 else None
