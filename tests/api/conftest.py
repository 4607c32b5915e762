"""A vault to call over real HTTP: one that tests share, and ones of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.embedded_store import RunningStore
from tests.running import RunningVault, serving
from tests.vault.world import World, copied, found
from vault.blobs import StoreAddress


@pytest.fixture(scope="session")
def bare_world(tmp_path_factory: pytest.TempPathFactory, object_store: RunningStore) -> World:
    """Made once for each test process and then only copied: centres, staff and two holders, no papers."""
    world = found(tmp_path_factory.mktemp("bare"), object_store.address)
    world.vault.database.close()
    return world


@pytest.fixture(scope="session")
def shared_vault(
    bare_world: World, tmp_path_factory: pytest.TempPathFactory, object_store: RunningStore
) -> Iterator[RunningVault]:
    """For tests that leave the clock and hoa's sign-in alone and don't mind what others have left."""
    world = copied(bare_world, tmp_path_factory.mktemp("shared"), object_store.address)
    with serving(world) as running:
        yield running
    world.vault.database.close()


@pytest.fixture
def running_vault(bare_world: World, tmp_path: Path, object_store: RunningStore) -> Iterator[RunningVault]:
    """A database, a clock and a server of this test's own; the store is shared."""
    world = copied(bare_world, tmp_path, object_store.address)
    with serving(world) as running:
        yield running
    world.vault.database.close()


@pytest.fixture
def lone_vault(bare_world: World, tmp_path: Path, own_bucket: StoreAddress) -> Iterator[RunningVault]:
    """As `running_vault`, with a bucket of its own too."""
    world = copied(bare_world, tmp_path, own_bucket)
    with serving(world) as running:
        yield running
    world.vault.database.close()
