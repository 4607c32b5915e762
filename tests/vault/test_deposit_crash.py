"""A deposit that dies anywhere is whole or it is nothing, and can be made again."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from tests.vault.crashes import Crashes
from tests.vault.world import World, photo
from vault import answers, holder_keys, upkeep
from vault.answers import AlreadyDone
from vault.objects import open_object
from vault.tables import Job


def task(world: World, key: str) -> dict[str, Any]:
    page = world.folder / "page.jpg"
    page.write_bytes(photo())
    return {
        "key": key,
        "files": [str(page)],
        "staff": asdict(world.seed.origin),
        "holder_id": world.seed.hoa.holder_id,
    }


def whole_documents(world: World) -> int:
    """How many documents there are; each must have everything that belongs to it, and nothing belongs to none."""
    documents = world.documents()
    with world.vault.database.read() as session:
        jobs = [job.document_id for job in session.exec(select(Job))]
    known = {document.id for document in documents}
    assert sorted(jobs) == sorted(known)
    assert sorted(row.document_id for row in world.objects()) == sorted([*known, *known])
    assert len(world.entries("deposited")) == len(documents)
    assert world.verdict().ok
    return len(documents)


def newest_opens(world: World) -> None:
    """The original of the newest document is what was deposited, to the byte; its page is another file."""
    newest = max(world.documents(), key=lambda document: document.deposited_at)
    with world.vault.database.read() as session:
        holder_key = holder_keys.open_one(world.vault, holder_keys.find(session, newest.holder_id)).key
    for row in world.objects(newest.id):
        assert (open_object(world.vault, holder_key, row) == photo()) == (row.role == "original")


@pytest.mark.parametrize("half", [0, 1])
def test_killed_between_any_two_steps_it_is_whole_or_nothing(
    half: int, lone_world: World, crashes: Crashes
) -> None:
    points = crashes.run(lone_world, "deposit", **task(lone_world, "dry"))
    assert whole_documents(lone_world) == 1
    killed = range(half, len(points), 2)
    outcomes = [_die_and_retry(lone_world, crashes, number) for number in killed]
    # Nothing up to `session.commit()`, which follows the last statement of `_commit`, and everything after it.
    commit = 1 + max(number for number, point in enumerate(points) if ":_commit:" in point)
    assert points[commit].startswith("database.py:write:")
    assert outcomes == [number > commit for number in killed]
    assert set(outcomes) == {False, True}


def _die_and_retry(world: World, crashes: Crashes, point: int) -> bool:
    world.clock.move(timedelta(hours=2))
    before = len(world.documents())
    crashes.kill(world, "deposit", point, **task(world, f"call {point}"))
    after = world.reopened()
    whole = whole_documents(after) == before + 1
    assert whole or len(after.documents()) == before

    call = answers.new_call(after.vault, "anybody", f"call {point}")
    if whole:
        with pytest.raises(AlreadyDone) as done:
            answers.replay(after.vault, call)
        assert done.value.answer["document_id"] in {document.id for document in after.documents()}
    else:
        answers.replay(after.vault, call)
        after.deposit([photo()], call)
    assert whole_documents(after) == before + 1

    world.clock.move(timedelta(hours=1))
    upkeep.sweep_orphans(after.vault, older_than=timedelta(0))
    assert {stored.name for stored in after.vault.blobs.names()} == {row.name for row in after.objects()}
    newest_opens(after)
    after.vault.database.close()
    return whole
