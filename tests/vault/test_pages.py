"""Lists in portions, and the cursors between them: whatever is offered as one is a place or is refused."""

from base64 import urlsafe_b64encode
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.vault.world import World
from vault import cases, history, requests
from vault.errors import Unacceptable

# The world is only read: examples may share it.
SHARED = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150
)


def listed(world: World, after: str | None) -> list[str]:
    page = cases.list_cases(world.vault, world.seed.centre, after, 2)
    return [item.case_id for item in page.items]


def test_every_row_comes_once_newest_first_while_new_ones_arrive(world: World) -> None:
    made = []
    for number in range(5):
        made.append(world.case())
        if number % 2:  # two at the same moment, too
            world.clock.move(timedelta(seconds=1))
    seen, after = [], None
    while True:
        page = cases.list_cases(world.vault, world.seed.centre, after, 2)
        seen += [item.case_id for item in page.items]
        if page.next_cursor is None:
            break
        after = page.next_cursor
        world.clock.move(timedelta(seconds=1))
        world.case()
    assert sorted(seen) == sorted(made)
    assert len(seen) == len(made)
    assert listed(world, None)[0] not in made


@SHARED
@given(cursor=st.text(max_size=60) | st.binary(max_size=60).map(lambda b: urlsafe_b64encode(b).decode()))
def test_rubbish_is_no_cursor(world: World, cursor: str) -> None:
    with pytest.raises(Unacceptable, match="cursor-unusable"):
        listed(world, cursor)


@SHARED
@given(
    moment=st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat())
    | st.sampled_from(["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-01-01T00:00:00"]),
    row_id=st.text(st.characters(codec="utf-8"), max_size=20),
)
def test_what_looks_like_a_cursor_is_a_place_or_refused(world: World, moment: str, row_id: str) -> None:
    cursor = urlsafe_b64encode(f"{moment}|{row_id}".encode()).decode().rstrip("=")
    try:
        assert len(listed(world, cursor)) <= 2
    except Unacceptable as refused:
        if refused.code != "cursor-unusable":
            raise


@SHARED
@given(cursor=st.text(max_size=20) | st.integers().map(str))
def test_a_history_takes_numbers_only(world: World, cursor: str) -> None:
    try:
        page = history.own_history(world.vault, world.seed.hoa.principal, cursor, 3)
        assert all(item.number < int(cursor) for item in page.items)
    except Unacceptable as refused:
        if refused.code != "cursor-unusable":
            raise


def test_a_history_goes_on_where_it_stopped(world: World) -> None:
    hoa = world.seed.hoa
    whole = [entry.number for entry in world.history(hoa.holder_id)]
    seen, after = [], None
    while True:
        page = history.own_history(world.vault, hoa.principal, after, 2)
        seen += [item.number for item in page.items]
        after = page.next_cursor
        if after is None:
            break
    assert seen == whole == sorted(whole, reverse=True)
    assert len(requests.list_own_requests(world.vault, hoa.principal, None, 5).items) == 0
