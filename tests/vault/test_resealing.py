"""Sealed anew, an object opens as before for her, and for nobody who had its old file key."""

from datetime import timedelta
from itertools import pairwise

import pytest
from sqlmodel import select

from tests.vault.crashes import Crashes
from tests.vault.test_places import fetched, holder_key, pages
from tests.vault.world import World, photo
from vault import jobs
from vault.crypto.age_stream import decrypt_payload
from vault.crypto.errors import PayloadError, SwappedObject
from vault.errors import NotFound
from vault.objects import file_key_of, open_object
from vault.resealing import reseal_document, reseal_next, reseal_object
from vault.tables import BegunObject, StoredObject
from vault.upkeep import sweep_orphans


def kept(world: World, object_id: str) -> StoredObject:
    return next(row for row in world.objects() if row.id == object_id)


def begun(world: World) -> int:
    with world.vault.database.read() as session:
        return len(session.exec(select(BegunObject)).all())


def test_what_it_opens_to_stays_and_everything_else_changes(own_world: World) -> None:
    old = pages(own_world, own_world.contract)[0]
    key = holder_key(own_world, old.holder_id)
    content, old_file_key = open_object(own_world.vault, key, old), file_key_of(own_world.vault, key, old)
    assert reseal_object(own_world.vault, old.id) == 2
    new = kept(own_world, old.id)
    assert open_object(own_world.vault, key, new) == content
    assert (new.version, new.role, new.page) == (2, old.role, old.page)
    assert new.name != old.name
    assert new.payload_sha256 != old.payload_sha256
    with pytest.raises(PayloadError):
        list(decrypt_payload(old_file_key, [fetched(own_world, new.name)]))
    with pytest.raises(NotFound):
        fetched(own_world, old.name)
    assert begun(own_world) == 0
    assert f'"object_id":"{old.id}"' in own_world.entries("resealed")[0].body
    assert own_world.verdict().ok


def test_a_whole_document_is_sealed_anew_page_by_page(own_world: World) -> None:
    before = {row.id: row.name for row in own_world.objects(own_world.contract)}
    assert reseal_document(own_world.vault, own_world.contract) == len(before) == 4
    after = {row.id: row for row in own_world.objects(own_world.contract)}
    assert all(after[each].name != name and after[each].version == 2 for each, name in before.items())
    originals = [row for row in after.values() if row.role == "original"]
    key = holder_key(own_world, originals[0].holder_id)
    assert photo("page two") in [open_object(own_world.vault, key, row) for row in originals]


def test_what_was_swapped_is_not_sealed_as_if_it_were_hers(own_world: World) -> None:
    one, two = pages(own_world, own_world.contract)
    own = f"{one.name}-own"
    own_world.vault.blobs.put(own, fetched(own_world, two.name))
    with own_world.vault.database.write() as session:
        session.get_one(StoredObject, one.id).name = own
    with pytest.raises(SwappedObject):
        reseal_object(own_world.vault, one.id)
    assert kept(own_world, one.id).version == 1
    assert begun(own_world) == 0


def test_a_job_about_an_erased_or_unknown_paper_ends(own_world: World) -> None:
    with own_world.vault.database.write() as session:
        jobs.ask(own_world.vault, session, "reseal", own_world.contract)
    assert reseal_next(own_world.vault)
    assert not reseal_next(own_world.vault)
    assert len(own_world.entries("resealed")) == 4


def test_killed_between_any_two_steps_the_old_or_the_new_stands_whole(
    own_world: World, crashes: Crashes
) -> None:
    row = pages(own_world, own_world.contract)[0]
    key = holder_key(own_world, row.holder_id)
    content = open_object(own_world.vault, key, row)
    points = crashes.run(own_world, "reseal", object_id=row.id)
    versions = [kept(own_world, row.id).version]
    for point in range(0, len(points), 2):
        crashes.kill(own_world, "reseal", point, object_id=row.id)
        now = kept(own_world, row.id)
        assert open_object(own_world.vault, key, now) == content
        versions.append(now.version)
    assert all(later - earlier in (0, 1) for earlier, later in pairwise(versions))
    assert {0, 1} == {later - earlier for earlier, later in pairwise(versions)}
    assert begun(own_world) > 0
    own_world.clock.move(timedelta(hours=2))
    assert sweep_orphans(own_world.vault) > 0
    assert begun(own_world) == 0
    assert open_object(own_world.vault, key, kept(own_world, row.id)) == content
    assert own_world.verdict().ok
