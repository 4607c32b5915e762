"""Promises that rest on the database, kept on PostgreSQL as on a file: the very same tests, on the other database.

Each says in its own file what it shows. Here are those about several people at once, about what is kept together or
not at all, about order, and about odd texts: where two databases differ.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.embedded_store import RunningStore
from tests.api.pages.visitor import holder, staff
from tests.postgres import RunningPostgres
from tests.running import serving
from tests.vault import test_answers, test_consent, test_deposit, test_finding, test_pages
from tests.vault.world import World, copied, found, furnished
from vault.blobs import StoreAddress


@pytest.fixture(scope="module")
def worlds(
    tmp_path_factory: pytest.TempPathFactory, object_store: RunningStore, postgres: RunningPostgres
) -> tuple[World, World]:
    """Made once and then only copied: without papers, and with."""
    first, second = (tmp_path_factory.mktemp(name) for name in ("bare", "full"))
    bare = found(first, object_store.address, postgres.url(postgres.new_database()))
    bare.vault.database.close()
    full = furnished(copied(bare, second, object_store.address, copy_of(bare, postgres)))
    full.vault.database.close()
    return bare, full


@pytest.fixture
def world(
    worlds: tuple[World, World], tmp_path: Path, object_store: RunningStore, postgres: RunningPostgres
) -> Iterator[World]:
    """A database of this test's own, with papers; the store is shared with other tests."""
    own = copied(worlds[1], tmp_path, object_store.address, copy_of(worlds[1], postgres))
    yield own
    own.vault.database.close()


@pytest.fixture
def lone_world(
    worlds: tuple[World, World], tmp_path: Path, own_bucket: StoreAddress, postgres: RunningPostgres
) -> Iterator[World]:
    """A database and a bucket of this test's own, without papers: whatever lies there, the test put there."""
    own = copied(worlds[0], tmp_path, own_bucket, copy_of(worlds[0], postgres))
    yield own
    own.vault.database.close()


def copy_of(world: World, postgres: RunningPostgres) -> str:
    """The address of a new copy of its database, which nobody may be connected to."""
    return postgres.url(postgres.new_database(template=world.database_url.rpartition("/")[2]))


test_eight_at_once_use_a_grant_exactly_as_often_as_she_allowed = (
    test_consent.test_eight_at_once_use_a_grant_exactly_as_often_as_she_allowed
)
test_of_the_same_call_at_once_one_is_done = test_answers.test_of_the_same_call_at_once_one_is_done
test_answers_are_forgotten_in_time_and_not_before = (
    test_answers.test_answers_are_forgotten_in_time_and_not_before
)
test_the_sweep_takes_old_orphans = test_deposit.test_the_sweep_takes_old_orphans_of_this_database_only
test_a_history_goes_on_where_it_stopped = test_pages.test_a_history_goes_on_where_it_stopped
test_who_was_erased_is_not_found = test_finding.test_who_was_erased_is_not_found


def test_a_text_that_no_row_can_hold_is_nowhere(world: World) -> None:
    with serving(world) as running:
        desk, phone = staff(running, "hanoi"), holder(running)
        for visitor, path in (
            (desk, "/staff/holders/hld_%00"),
            (desk, "/staff/documents/doc_%00"),
            (phone, "/card/requests/req_%00"),
            (phone, "/card/grants/gra_%00"),
        ):
            assert visitor.http.get(path).status_code == 404, path
