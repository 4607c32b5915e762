"""A release that dies after its commit has its entry, and the same attempt made again is not counted twice."""

from dataclasses import asdict
from typing import Any

from sqlmodel import select

from tests.vault.crashes import Crashes
from tests.vault.world import World, ask_for
from vault.grants import load_grant
from vault.release import release
from vault.requests import Wish
from vault.tables import Release


def counted(world: World, grant_id: str) -> int:
    """How often the grant was used, by both places that say so."""
    with world.vault.database.read() as session:
        used = load_grant(session, grant_id).used
        rows = session.exec(select(Release).where(Release.grant_id == grant_id)).all()
    assert len(rows) == used
    return used


def test_killed_between_any_two_steps_it_is_counted_once_and_never_silent(
    world: World, crashes: Crashes
) -> None:
    wish = world.wish()
    given = world.granted(Wish(wish.kinds, wish.purpose, wish.form, wish.until, 20))

    def task(key: str) -> dict[str, Any]:
        return {"key": key, "request_id": given.request_id, "staff": asdict(world.seed.centre)}

    points = crashes.run(world, "release", **task("dry"))
    assert counted(world, given.grant_id) == len(world.entries("released")) == 1
    commit = 1 + next(number for number, point in enumerate(points) if ":_open:" in point)
    used_after = {}
    # Between the questions and the answer of `_allow` nothing is written: every third point there is enough.
    for point in [*range(0, commit - 4, 6), *range(commit - 4, len(points))]:
        before, entries = counted(world, given.grant_id), len(world.entries("released"))
        crashes.kill(world, "release", point, **task(f"attempt {point}"))
        used_after[point] = counted(world, given.grant_id) - before
        assert len(world.entries("released")) - entries == used_after[point]
        assert world.verdict().ok

        again = release(world.vault, world.seed.centre, ask_for(given.request_id, f"attempt {point}"))
        assert again.content.startswith(b"%PDF-")
        assert counted(world, given.grant_id) == before + 1
        assert again.release_id in world.entries("released")[-1].body
    assert set(used_after.values()) == {0, 1}
    # By the time a page is opened the use is counted and the entry durable.
    assert all(used_after[point] == 1 for point in used_after if point >= commit - 1)
    assert world.verdict().ok
