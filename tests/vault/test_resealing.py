"""Sealed anew, an object opens as before for her, and for nobody who had its old file key."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlmodel import select

from tests.vault.crashes import Crashes
from tests.vault.test_places import edit, fetched, holder_key, original, pages, replace_object
from tests.vault.world import CENTRE_IDENTITY, NOBODY_THERE, World, ask_for, photo
from vault import grants, jobs
from vault.blobs import Blobs
from vault.crypto.age import decrypt
from vault.crypto.age_stream import decrypt_payload
from vault.crypto.errors import PayloadError, SwappedObject
from vault.erasure import erase_document
from vault.errors import NotFound, StoreUnavailable
from vault.grants import GrantSummary
from vault.handover import Handover, hand_over
from vault.jobs import LEASE, MOST_ATTEMPTS
from vault.objects import file_key_of, open_object
from vault.release import release
from vault.resealing import LostObject, NotAllSealed, reseal_document, reseal_next, reseal_object
from vault.tables import BegunObject, Job, Release, StoredObject
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


def handed_over(world: World) -> tuple[GrantSummary, Handover]:
    given = world.granted(replace(world.wish(), form="handover"))
    return given, hand_over(world.vault, world.seed.centre, ask_for(given.request_id, form="handover"))


def states(world: World) -> list[str]:
    with world.vault.database.read() as session:
        return list(session.exec(select(Job.state).where(Job.kind == "reseal")))


def work_off(world: World) -> None:
    """What a worker does with the jobs that there are, until there is nothing more to do."""
    while "waiting" in states(world) or "running" in states(world):
        assert reseal_next(world.vault)
        world.clock.move(timedelta(seconds=30))


def ask(world: World) -> None:
    with world.vault.database.write() as session:
        jobs.ask(world.vault, session, "reseal", world.contract)


def lose(world: World, row: StoredObject) -> None:
    world.vault.blobs.delete(row.name)


def swap(world: World, row: StoredObject) -> None:
    replace_object(world, row.name, b"x" * 100)


def move(world: World, row: StoredObject) -> None:
    edit(world, row, version=7)


@pytest.mark.parametrize(
    ("harm", "error"), [(lose, "LostObject"), (swap, "SwappedObject"), (move, "MovedRow")]
)
def test_one_object_that_cannot_be_sealed_anew_keeps_no_page_from_it_and_is_told(
    own_world: World,
    harm: Callable[[World, StoredObject], None],
    error: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    given, fetched_then = handed_over(own_world)
    spoilt = original(own_world, own_world.contract)
    harm(own_world, spoilt)
    grants.withdraw(own_world.vault, own_world.seed.hoa.principal, given.grant_id)
    with caplog.at_level(logging.ERROR, "vault.resealing"):
        work_off(own_world)
    assert states(own_world) == ["failed"]
    for page in fetched_then.pages:
        assert kept(own_world, page.row.id).version > 1
        with pytest.raises(NotFound):
            fetched(own_world, page.row.name)
    others = [row for row in own_world.objects(own_world.contract) if row.id != spoilt.id]
    key = holder_key(own_world, spoilt.holder_id)
    assert all(row.version > 1 and open_object(own_world.vault, key, row) for row in others)
    (failed,) = own_world.entries("reseal_failed")
    told = [own_world.contract, spoilt.id, f'"why":"{error}"']
    assert failed.holder_id == own_world.seed.hoa.holder_id
    assert all(each in failed.body for each in told)
    assert [error in line and spoilt.id in line for line in caplog.messages] == [True]
    assert own_world.verdict().ok


def test_what_was_handed_over_opens_nothing_that_is_in_the_store_afterwards(own_world: World) -> None:
    given, fetched_then = handed_over(own_world)
    header = fetched_then.pages[0].header
    before = fetched(own_world, fetched_then.pages[0].row.name)
    assert b"".join(decrypt([header, before], [CENTRE_IDENTITY])).startswith(b"\xff\xd8")
    grants.withdraw(own_world.vault, own_world.seed.hoa.principal, given.grant_id)
    work_off(own_world)
    assert states(own_world) == ["done"]
    assert not own_world.entries("reseal_failed")
    for row in own_world.objects(own_world.contract):
        with pytest.raises(PayloadError):
            list(decrypt([header, fetched(own_world, row.name)], [CENTRE_IDENTITY]))


def test_what_a_table_says_was_let_out_does_not_matter(own_world: World) -> None:
    """Somebody who writes to the database would have what was handed over stay open to the centre."""
    given, _ = handed_over(own_world)
    with own_world.vault.database.write() as session:
        for row in session.exec(select(Release)):
            row.form = "copy"
            session.add(row)
    grants.withdraw(own_world.vault, own_world.seed.hoa.principal, given.grant_id)
    assert states(own_world) == ["waiting"]


def test_a_copy_is_no_reason_to_seal_anew(own_world: World) -> None:
    handed_over(own_world)
    other = own_world.granted()
    release(own_world.vault, own_world.seed.centre, ask_for(other.request_id))
    grants.withdraw(own_world.vault, own_world.seed.hoa.principal, other.grant_id)
    assert states(own_world) == []


def test_by_hand_too_it_says_which_object_was_not_sealed_anew(own_world: World) -> None:
    spoilt = original(own_world, own_world.contract)
    lose(own_world, spoilt)
    with pytest.raises(NotAllSealed, match=f"sealed anew: 3; .*{spoilt.id}: LostObject"):
        reseal_document(own_world.vault, own_world.contract)
    with pytest.raises(LostObject):
        reseal_object(own_world.vault, spoilt.id)
    told = [entry for entry in own_world.history(spoilt.holder_id) if entry.kind == "reseal_failed"]
    assert [entry.body["object_id"] for entry in told] == [spoilt.id, spoilt.id]
    assert {entry.body["why"] for entry in told} == {"LostObject"}


def test_by_hand_a_part_that_is_down_is_no_entry(own_world: World) -> None:
    down = replace(own_world.vault, blobs=Blobs(NOBODY_THERE))
    row = original(own_world, own_world.contract)
    with pytest.raises(StoreUnavailable):
        reseal_object(down, row.id)
    with pytest.raises(StoreUnavailable):
        reseal_document(down, own_world.contract)
    with pytest.raises(NotFound):
        reseal_object(own_world.vault, "obj_0")
    assert not own_world.entries("reseal_failed")


def test_a_store_that_is_down_for_long_does_not_make_it_fail(own_world: World) -> None:
    ask(own_world)
    down = replace(own_world.vault, blobs=Blobs(NOBODY_THERE))
    for _ in range(MOST_ATTEMPTS + 2):
        assert reseal_next(down)
        own_world.clock.move(timedelta(seconds=30))
    assert states(own_world) == ["running"]
    work_off(own_world)
    assert states(own_world) == ["done"]


def test_a_paper_that_kills_every_worker_is_given_up_and_told(own_world: World) -> None:
    ask(own_world)
    for _ in range(MOST_ATTEMPTS):
        assert jobs.claim(own_world.vault, "reseal")
        own_world.clock.move(LEASE + timedelta(seconds=1))
    assert reseal_next(own_world.vault)
    assert states(own_world) == ["failed"]
    (failed,) = own_world.entries("reseal_failed")
    assert own_world.contract in failed.body
    assert '"why":"WorkerDied"' in failed.body
    assert not reseal_next(own_world.vault)


def test_a_job_about_an_erased_paper_ends(own_world: World) -> None:
    ask(own_world)
    held = jobs.claim(own_world.vault, "reseal")
    assert held
    erase_document(own_world.vault, own_world.contract)
    ask(own_world)
    work_off(own_world)
    assert states(own_world) == ["done"]
    assert not own_world.entries("reseal_failed")


def test_a_job_is_done_once(own_world: World) -> None:
    ask(own_world)
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
