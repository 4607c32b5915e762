"""Whoever works on a paper or for a holder while she is erased comes too late, and leaves nothing of hers behind."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import col, select

from tests.vault.world import NOBODY_THERE, World, ask_for, photo
from vault import upkeep
from vault.blobs import Blobs
from vault.erasure import erase_document, erase_holder
from vault.errors import NotFound, StoreUnavailable
from vault.reading import read_next
from vault.release import release
from vault.resealing import reseal_object
from vault.rotation import replace_holder_key
from vault.tables import BegunObject, DocumentField, HolderKey, Job, PageText, StoredObject
from vault.vault import Vault


class Meanwhile(Blobs):
    """A store during whose first call something else happens."""

    def __init__(self, real: Blobs, event: Callable[[], object]) -> None:
        super().__init__(replace(NOBODY_THERE, bucket=real.bucket))
        self._client = real._client
        self._events = [event]

    def put(self, name: str, payload: bytes) -> None:
        self._happen()
        super().put(name, payload)

    def get(self, name: str) -> Iterator[bytes]:
        content = list(super().get(name))
        self._happen()
        yield from content

    def _happen(self) -> None:
        while self._events:
            self._events.pop()()


def meanwhile(world: World, event: Callable[[], object]) -> Vault:
    return replace(world.vault, blobs=Meanwhile(world.vault.blobs, event))


def nothing_is_left(world: World, document_ids: set[str]) -> None:
    """No row and no object stands for these documents, nor for any document that nobody knows."""
    world.clock.move(timedelta(hours=2))
    upkeep.sweep_orphans(world.vault)
    with world.vault.database.read() as session:
        for table in (StoredObject, DocumentField, PageText, Job):
            assert not session.exec(select(table).where(col(table.document_id).in_(document_ids))).all()
        assert not session.exec(select(BegunObject)).all()
        names = set(session.exec(select(StoredObject.name)))
    kept = {each.name for each in world.vault.blobs.names() if not each.name.startswith("erasures/")}
    assert kept == names
    assert world.verdict().ok


def test_a_deposit_that_ends_after_her_erasure_is_not_kept(own_world: World) -> None:
    hoa = own_world.seed.hoa.holder_id
    late = replace(own_world, vault=meanwhile(own_world, lambda: erase_holder(own_world.vault, hoa)))
    with pytest.raises(NotFound):
        late.deposit([photo()])
    assert len(own_world.documents()) == 3
    nothing_is_left(own_world, {own_world.passport, own_world.contract})


def test_what_is_read_from_an_erased_paper_is_not_kept(own_world: World) -> None:
    late = meanwhile(own_world, lambda: erase_document(own_world.vault, own_world.passport))
    assert read_next(late)
    assert not own_world.entries("read")
    nothing_is_left(own_world, {own_world.passport})


def test_an_object_sealed_anew_during_its_erasure_goes_too(own_world: World) -> None:
    row = own_world.objects(own_world.contract)[0]
    with pytest.raises(NotFound):
        reseal_object(meanwhile(own_world, lambda: erase_document(own_world.vault, row.document_id)), row.id)
    nothing_is_left(own_world, {own_world.contract})


def test_a_release_that_had_begun_is_the_last(own_world: World) -> None:
    given = own_world.granted()
    late = meanwhile(own_world, lambda: erase_document(own_world.vault, own_world.contract))
    # Two pages: the second is gone when it is its turn. What was allowed and not handed out is an entry.
    with pytest.raises(StoreUnavailable):
        release(late, own_world.seed.centre, ask_for(given.request_id))
    assert [entry.kind for entry in own_world.entries()][-2:] == ["document_erased", "release_failed"]
    with pytest.raises(NotFound):
        release(own_world.vault, own_world.seed.centre, ask_for(given.request_id, "again"))
    nothing_is_left(own_world, {own_world.contract})


def test_an_erased_holder_gets_no_new_key(own_world: World) -> None:
    hoa = own_world.seed.hoa.holder_id
    erase_holder(own_world.vault, hoa)
    with pytest.raises(NotFound):
        replace_holder_key(own_world.vault, hoa)
    with own_world.vault.database.read() as session:
        assert session.get(HolderKey, hoa) is None
