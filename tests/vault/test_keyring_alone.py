"""A keyring may be slow, and connections to the database are few: none is held while the keyring is asked."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.vault.test_reading import ask_again, only
from tests.vault.world import World, ask_for, photo
from vault import documents, finding, holders, reading
from vault.handover import hand_over
from vault.holders import Enrolment
from vault.keyring import Keyring
from vault.own_copy import own_copy
from vault.release import release
from vault.resealing import reseal_document
from vault.rotation import replace_holder_key


class Watched:
    """A keyring that notes at every call how many connections to the database are in use."""

    def __init__(self, world: World) -> None:
        self.keyring: Keyring = world.vault.keyring
        self.pools = [world.vault.database._reader.pool, world.vault.database._writer.pool]
        self.in_use: list[int] = []

    def __getattr__(self, name: str) -> Any:
        def asked(*given: Any) -> Any:
            if name != "version_of":  # asks nobody
                self.in_use.append(sum(pool.checkedout() for pool in self.pools))  # type: ignore[attr-defined]
            return getattr(self.keyring, name)(*given)

        return asked


def read_again(world: World) -> None:
    only(world, world.passport)
    ask_again(world, world.passport)
    assert reading.read_next(world.vault)


def handed_over(world: World) -> None:
    given = world.granted(replace(world.wish(), form="handover"))
    hand_over(world.vault, world.seed.centre, ask_for(given.request_id, form="handover"))


USES: dict[str, Callable[[World], object]] = {
    "enrol": lambda w: holders.enrol(
        w.vault, w.seed.origin, Enrolment("Phạm Thị Na", "vi", True, "signature"), w.call()
    ),
    "list": lambda w: holders.list_holders(w.vault, w.seed.origin, None, 50),
    "see": lambda w: holders.see_holder(w.vault, w.seed.origin, w.seed.hoa.holder_id),
    "her own name": lambda w: holders.own_name(w.vault, w.seed.hoa.holder_id),
    "find": lambda w: finding.find_holders(w.vault, w.seed.origin, "nguyen hoa"),
    "see content": lambda w: documents.see_content(w.vault, w.seed.hoa.principal, w.passport),
    "her own copy": lambda w: own_copy(w.vault, w.seed.hoa.principal, w.contract),
    "deposit": lambda w: w.deposit([photo()]),
    "read": read_again,
    "release": lambda w: release(w.vault, w.seed.centre, ask_for(w.granted().request_id)),
    "hand over": handed_over,
    "replace her key": lambda w: replace_holder_key(w.vault, w.seed.hoa.holder_id),
}


@pytest.mark.parametrize("use", USES)
def test_no_connection_is_held_while_the_keyring_is_asked(use: str, world: World) -> None:
    holds_none_while_asking(world, USES[use])


def test_nor_while_a_paper_is_sealed_anew(own_world: World) -> None:
    holds_none_while_asking(own_world, lambda world: reseal_document(world.vault, world.contract))


def holds_none_while_asking(world: World, use: Callable[[World], object]) -> None:
    watched = Watched(world)
    use(replace(world, vault=replace(world.vault, keyring=watched)))
    assert watched.in_use
    assert set(watched.in_use) == {0}
