"""Custody on real parts: SeaweedFS, SQLite files, the real policies; only the clock is the test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.embedded_store import RunningStore
from tests.vault.crashes import Crashes
from tests.vault.office import Office, founded, moved
from tests.vault.world import World, copied, found, furnished
from vault.blobs import Blobs, StoreAddress


@pytest.fixture(scope="session")
def worlds(tmp_path_factory: pytest.TempPathFactory, object_store: RunningStore) -> tuple[World, World]:
    """Made once for each test process and then only copied: without papers, and with."""
    bare = found(tmp_path_factory.mktemp("bare"), object_store.address)
    bare.vault.database.close()
    full = furnished(copied(bare, tmp_path_factory.mktemp("full"), object_store.address))
    full.vault.database.close()
    return bare, full


@pytest.fixture
def world(worlds: tuple[World, World], tmp_path: Path, object_store: RunningStore) -> Iterator[World]:
    """A database of this test's own, with papers; the store is shared with other tests."""
    own = copied(worlds[1], tmp_path, object_store.address)
    yield own
    own.vault.database.close()


@pytest.fixture
def lone_world(worlds: tuple[World, World], tmp_path: Path, own_bucket: StoreAddress) -> Iterator[World]:
    """A database and a bucket of this test's own, without papers: whatever lies there, the test put there."""
    own = copied(worlds[0], tmp_path, own_bucket)
    yield own
    own.vault.database.close()


@pytest.fixture
def own_world(
    worlds: tuple[World, World], tmp_path: Path, object_store: RunningStore, own_bucket: StoreAddress
) -> Iterator[World]:
    """As `world`, but the papers lie in a bucket of this test's own: for tests that remove objects."""
    shared = Blobs(object_store.address)
    own = copied(worlds[1], tmp_path, own_bucket)
    for row in own.objects():
        own.vault.blobs.put(row.name, b"".join(shared.get(row.name)))
    yield own
    own.vault.database.close()


@pytest.fixture(scope="session")
def crashes(object_store: RunningStore) -> Iterator[Crashes]:
    """Processes that can be killed at a chosen statement."""
    server = Crashes(object_store)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def first_office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Made once and then only copied."""
    return founded(tmp_path_factory.mktemp("office"))


@pytest.fixture
def office(first_office: Office, tmp_path: Path) -> Iterator[Office]:
    """Centres and staff around a vault, and no recipient yet."""
    own = moved(first_office, tmp_path)
    yield own
    own.vault.database.close()
