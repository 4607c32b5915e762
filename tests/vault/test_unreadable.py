"""One person whose key or name does not open takes nobody else out of a list; looked at alone, it is said why."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.vault.world import World
from vault import holder_keys, holders
from vault.crypto.errors import CryptoError, WrongPlace
from vault.errors import KeyringUnavailable, NotFound
from vault.finding import find_holders
from vault.holder_keys import WrappedKey
from vault.rotation import rotate_root
from vault.tables import Holder, HolderKey
from vault.vault import new_id


def lose(world: World) -> None:
    with world.vault.database.write() as session:
        session.delete(session.get_one(HolderKey, world.seed.hoa.holder_id))


def put_in_her_place(world: World, wrapped: bytes) -> None:
    with world.vault.database.write() as session:
        session.get_one(HolderKey, world.seed.hoa.holder_id).wrapped = wrapped


def wrapped_key(world: World, holder_id: str) -> bytes:
    with world.vault.database.read() as session:
        return holder_keys.find(session, holder_id).wrapped


def damage(world: World) -> None:
    wrapped = wrapped_key(world, world.seed.hoa.holder_id)
    put_in_her_place(world, wrapped[:-1] + bytes([wrapped[-1] ^ 1]))


def empty(world: World) -> None:
    put_in_her_place(world, b"")


def move(world: World) -> None:
    put_in_her_place(world, wrapped_key(world, world.seed.lan.holder_id))


def put_back_from_before_a_rotation(world: World) -> None:
    old = wrapped_key(world, world.seed.hoa.holder_id)
    list(rotate_root(world.vault))
    put_in_her_place(world, old)


def damage_her_name(world: World) -> None:
    with world.vault.database.write() as session:
        holder = session.get_one(Holder, world.seed.hoa.holder_id)
        holder.name_sealed = bytes(len(holder.name_sealed))


HARMS = [lose, damage, empty, move, put_back_from_before_a_rotation, damage_her_name]


@pytest.mark.parametrize("harm", HARMS)
def test_in_a_list_she_has_no_name_and_the_others_have_theirs(
    harm: Callable[[World], None], world: World
) -> None:
    harm(world)
    desk, hoa, lan = world.seed.origin, world.seed.hoa.holder_id, world.seed.lan.holder_id
    listed = holders.list_holders(world.vault, desk, None, 50).items
    assert {each.holder_id: each.name for each in listed} == {hoa: None, lan: "Lê Thị Lan"}
    (found,) = find_holders(world.vault, desk, "nguyen hoa").items
    assert (found.holder_id, found.name) == (hoa, None)
    assert world.entries("holders_searched")


@pytest.mark.parametrize("harm", HARMS)
def test_alone_it_is_an_error(harm: Callable[[World], None], world: World) -> None:
    harm(world)
    hoa = world.seed.hoa.holder_id
    for look in (
        lambda: holders.see_holder(world.vault, world.seed.origin, hoa),
        lambda: holders.own_name(world.vault, hoa),
    ):
        with pytest.raises((NotFound, CryptoError)) as told:
            look()
        assert (told.type is NotFound) == (harm is lose)


class Counted:
    """A keyring that counts the calls, and is down from one of them on."""

    def __init__(self, world: World, down_from: int = 10_000) -> None:
        self.keyring, self.down_from, self.calls = world.vault.keyring, down_from, 0

    def __getattr__(self, name: str) -> Any:
        def asked(*given: Any) -> Any:
            self.calls += 1
            if self.calls >= self.down_from:
                raise KeyringUnavailable
            return getattr(self.keyring, name)(*given)

        return asked


def made(world: World, count: int) -> list[WrappedKey]:
    rows = [holder_keys.make(world.vault, new_id("hld"))[1] for _ in range(count)]
    return [WrappedKey(row.holder_id, row.generation, row.wrapped) for row in rows]


@pytest.mark.parametrize("place", [0, 1, 50, 99])
def test_one_damaged_key_among_a_hundred_takes_few_calls_more(place: int, world: World) -> None:
    keys = made(world, 100)
    damaged = replace(keys[place], wrapped=keys[place - 1].wrapped)
    counted = Counted(world)
    vault = replace(world.vault, keyring=counted)
    opened = holder_keys.open_each(vault, [*keys[:place], damaged, *keys[place + 1 :]])
    assert counted.calls <= 17
    assert set(opened) == {each.holder_id for each in keys} - {damaged.holder_id}
    assert all(
        opened[each.holder_id] == holder_keys.open_one(world.vault, each)
        for each in keys
        if each.holder_id in opened
    )


def test_of_nobody_the_keyring_is_not_asked(world: World) -> None:
    counted = Counted(world)
    assert holder_keys.open_each(replace(world.vault, keyring=counted), []) == {}
    assert (
        holders.list_holders(replace(world.vault, keyring=counted), world.seed.centre, None, 50).items == []
    )
    assert counted.calls == 0


@pytest.mark.parametrize("down_from", [1, 2, 3])
def test_a_keyring_that_is_down_is_never_taken_for_damage(down_from: int, world: World) -> None:
    damage(world)
    vault = replace(world.vault, keyring=Counted(world, down_from))
    with pytest.raises(KeyringUnavailable):
        holders.list_holders(vault, world.seed.origin, None, 50)
    with pytest.raises(KeyringUnavailable):
        find_holders(vault, world.seed.origin, "nguyen hoa")
    assert not world.entries("holders_searched")


def test_keys_that_moved_to_a_new_root_key_between_row_and_call_open(world: World) -> None:
    with world.vault.database.read() as session:
        keys = holder_keys.find_many(session, [world.seed.hoa.holder_id, world.seed.lan.holder_id])
    list(rotate_root(world.vault))
    assert set(holder_keys.open_each(world.vault, keys)) == {each.holder_id for each in keys}
    assert holder_keys.open_one(world.vault, keys[0]).holder_id == keys[0].holder_id
    with pytest.raises(WrongPlace):
        world.vault.keyring.unwrap(keys[0].wrapped, b"")
