"""Reading as a job: it survives the death of its worker, and a worker thought dead changes nothing any more."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import cv2
import pytest
from sqlmodel import delete, select

from tests.vault.crashes import Crashes
from tests.vault.world import NOBODY_THERE, World
from vault import documents, jobs, reading
from vault.blobs import Blobs
from vault.errors import NotFound
from vault.jobs import LEASE, MOST_ATTEMPTS
from vault.tables import Document, DocumentField, Job, PageText, StoredObject


def only(world: World, document_id: str) -> None:
    """Leaves only the reading job of one document to be done."""
    with world.vault.database.write() as session:
        for job in session.exec(select(Job).where(Job.document_id != document_id)):
            session.delete(job)


def state(world: World, document_id: str) -> str:
    with world.vault.database.read() as session:
        return session.get_one(Document, document_id).reading


def texts(world: World, document_id: str) -> int:
    with world.vault.database.read() as session:
        return len(session.exec(select(PageText).where(PageText.document_id == document_id)).all())


def fields(world: World, document_id: str) -> list[DocumentField]:
    with world.vault.database.read() as session:
        return list(session.exec(select(DocumentField).where(DocumentField.document_id == document_id)))


def test_what_is_read_is_sealed_and_opens_for_her_and_her_desk_only(world: World) -> None:
    only(world, world.lans_contract)
    assert reading.read_next(world.vault)
    assert not reading.read_next(world.vault)
    assert state(world, world.lans_contract) == "done"
    for principal in (world.seed.lan.principal, world.seed.origin):
        seen = documents.see_content(world.vault, principal, world.lans_contract)
        # How well is for the recogniser's own tests to say.
        assert {"CONTRACT", "of", "somebody", "else"} & set(seen.texts[0].split())
    for principal in (world.seed.hoa.principal, world.seed.centre, world.seed.other_origin):
        with pytest.raises(NotFound):
            documents.see_content(world.vault, principal, world.lans_contract)
    assert [entry.kind for entry in world.entries()][-3:] == ["read", "fields_seen", "fields_seen"]
    world.vault.database.close()
    assert b"somebody" not in world.database_path.read_bytes()


def ask_again(world: World, document_id: str) -> None:
    """A read document as it was before, waiting for its first attempt."""
    with world.vault.database.write() as session:
        session.execute(delete(Job))
        session.get_one(Document, document_id).reading = "waiting"
        jobs.ask(world.vault, session, "read", document_id)


def test_killed_half_way_another_worker_finishes_when_the_lease_ends(world: World, crashes: Crashes) -> None:
    only(world, world.lans_contract)
    points = crashes.run(world, "read")
    assert texts(world, world.lans_contract) == 1
    chosen = [
        points.index(next(p for p in points if p.startswith(name)))
        for name in ("reading.py:_read", "reading.py:_report_progress", "reading.py:_commit")
    ]
    before_commit = 1 + max(number for number, point in enumerate(points) if ":_commit:" in point)
    for point in (*chosen, before_commit):
        ask_again(world, world.lans_contract)
        entries = len(world.entries("read"))
        crashes.kill(world, "read", point)
        assert len(world.entries("read")) == entries
        assert jobs.claim(world.vault, "read") is None  # its lease protects the dead worker, too
        assert state(world, world.lans_contract) == "waiting"
        world.clock.move(LEASE + timedelta(seconds=1))
        assert reading.read_next(world.vault)
        assert state(world, world.lans_contract) == "done"
        assert len(world.entries("read")) == entries + 1
        assert texts(world, world.lans_contract) == 1
    assert world.verdict().ok


def test_a_worker_thought_dead_cannot_finish_over_its_successor(world: World) -> None:
    """The slow worker looks at its clock before it recognises: in that moment the successor does all of the work."""
    only(world, world.lans_contract)
    calls = 0

    def slow_clock() -> datetime:
        nonlocal calls
        calls += 1
        if calls == 2:  # the first look took the lease
            later = World.reopened(world)
            later.clock.move(LEASE + timedelta(seconds=1))
            assert reading.read_next(later.vault)
            assert state(later, world.lans_contract) == "done"
        return began

    began = world.clock()
    assert reading.read_next(replace(world.vault, clock=slow_clock))
    assert calls == 2
    assert len(world.entries("read")) == 1
    assert texts(world, world.lans_contract) == 1
    with world.vault.database.read() as session:
        job = session.exec(select(Job)).one()
        assert (job.state, job.fence, job.attempts) == ("done", 2, 2)


def test_a_renewed_lease_is_held_for_as_long_again(world: World) -> None:
    only(world, world.contract)
    held = jobs.claim(world.vault, "read")
    assert held
    for _ in range(2):
        world.clock.move(LEASE)
        assert jobs.claim(world.vault, "read") is None
        with world.vault.database.write() as session:
            assert jobs.renew(world.vault, session, held)
    world.clock.move(LEASE + timedelta(seconds=1))
    assert jobs.claim(world.vault, "read")


def test_a_lost_lease_can_neither_be_renewed_nor_ended_nor_put_back(world: World) -> None:
    only(world, world.contract)
    lost = jobs.claim(world.vault, "read")
    world.clock.move(LEASE + timedelta(seconds=1))
    held = jobs.claim(world.vault, "read")
    assert lost
    assert held
    with world.vault.database.write() as session:
        assert not jobs.renew(world.vault, session, lost)
        assert not jobs.finish(session, lost, "done")
    jobs.put_back(world.vault, lost, -LEASE * 2, counted=True)
    assert jobs.claim(world.vault, "read") is None
    with world.vault.database.write() as session:
        assert jobs.finish(session, held, "done")


def break_pages(world: World, document_id: str) -> None:
    """Rows whose keys open nothing: reading can never succeed."""
    with world.vault.database.write() as session:
        for row in session.exec(select(StoredObject).where(StoredObject.document_id == document_id)):
            row.wrapped_file_key = bytes(len(row.wrapped_file_key))


def test_what_cannot_be_read_ends_as_failed_and_its_papers_stay(world: World) -> None:
    only(world, world.contract)
    break_pages(world, world.contract)
    for _ in range(MOST_ATTEMPTS):
        assert state(world, world.contract) == "waiting"
        assert reading.read_next(world.vault)
        assert not reading.read_next(world.vault)
        world.clock.move(timedelta(minutes=1))
    assert state(world, world.contract) == "failed"
    assert not reading.read_next(world.vault)
    assert world.entries()[-1].kind == "reading_failed"
    assert len(world.objects(world.contract)) == 4


def test_a_page_that_cannot_be_worked_on_ends_as_failed_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise cv2.error("an assertion of its own")

    monkeypatch.setattr("ocr.reading.read_contract", failing)
    only(world, world.lans_contract)
    assert reading.read_next(world.vault)
    assert state(world, world.lans_contract) == "failed"
    assert not reading.read_next(world.vault)
    entry = world.entries("reading_failed")[-1]
    assert json.loads(entry.body)["why"] == "PageFailed"
    assert len(world.objects(world.lans_contract)) > 1


def test_a_store_that_is_down_for_long_does_not_make_a_reading_fail(world: World) -> None:
    only(world, world.lans_contract)
    down = replace(world.vault, blobs=Blobs(NOBODY_THERE))
    for _ in range(MOST_ATTEMPTS + 2):
        assert reading.read_next(down)
        world.clock.move(timedelta(minutes=1))
    assert state(world, world.lans_contract) == "waiting"
    assert reading.read_next(world.vault)
    assert state(world, world.lans_contract) == "done"


def test_a_paper_that_kills_every_worker_is_given_up(world: World, crashes: Crashes) -> None:
    only(world, world.lans_contract)
    points = crashes.run(world, "read")
    half_way = next(number for number, point in enumerate(points) if ":_report_progress:" in point)
    ask_again(world, world.lans_contract)
    for _ in range(MOST_ATTEMPTS):
        assert state(world, world.lans_contract) == "waiting"
        crashes.kill(world, "read", half_way)
        world.clock.move(LEASE + timedelta(seconds=1))
    assert reading.read_next(world.vault)
    assert state(world, world.lans_contract) == "failed"
    assert world.entries()[-1].kind == "reading_failed"
    assert not reading.read_next(world.vault)
