"""An erasure that dies anywhere has not happened and is not listed, or is completed when the vault opens next."""

import secrets
from dataclasses import dataclass

from tests.vault.crashes import Crashes
from tests.vault.world import World
from vault import bindings, erasures, holder_keys, objects, upkeep
from vault.crypto.records import open_record, seal
from vault.erasure import erase_holder, replay
from vault.errors import NotFound
from vault.holders import load_holder, name_cell
from vault.objects import open_object, seal_object
from vault.tables import Document, Holder
from vault.vault import new_id

BOTH = frozenset({"folder", "bucket"})


@dataclass(frozen=True)
class Hers:
    """A holder with one paper of one page: made without its day at the counter, which would take longer."""

    holder_id: str
    document_id: str
    name: str


def another(world: World) -> Hers:
    vault, staff = world.vault, world.seed.origin
    hers = Hers(new_id("hld"), new_id("doc"), objects.note_names(vault, 1)[0])
    in_hand, key_row = holder_keys.make(vault, hers.holder_id)
    row, payload = seal_object(in_hand.key, hers.holder_id, hers.document_id, hers.name, "page", 1, b"a page")
    vault.blobs.put(hers.name, payload)
    with vault.database.read() as session:
        hoa = session.get_one(Holder, world.seed.hoa.holder_id).model_dump()
    holder = {
        **hoa,
        "id": hers.holder_id,
        "card_index": secrets.token_bytes(32),
        "name_sealed": seal(in_hand.key, "Phạm Thị Mai", name_cell(hers.holder_id)),
    }
    document = Document(
        id=hers.document_id,
        holder_id=hers.holder_id,
        kind="contract",
        pages=1,
        reading="done",
        deposited_by=staff.staff_id,
        deposited_at=world.clock(),
    )
    row_of_hers = Holder(**holder)
    bindings.bind(vault, row_of_hers)
    with vault.database.write() as session:
        session.add(row_of_hers)
        session.flush()
        holder_keys.keep(session, key_row)
        session.add(document)
        session.flush()
        session.add(row)
        objects.names_kept(session, [hers.name])
    return hers


def is_whole(world: World, hers: Hers) -> bool:
    """Whether all of hers opens; if not, none of it does and nothing of it is left."""
    rows = world.objects(hers.document_id)
    with world.vault.database.read() as session:
        document = session.get_one(Document, hers.document_id)
        try:
            holder = load_holder(world.vault, session, hers.holder_id)
            key = holder_keys.open_one(world.vault, holder_keys.find(session, holder.id)).key
        except NotFound:
            assert not rows
            assert document.erased_at is not None
            return False
    assert document.erased_at is None
    assert open_record(key, holder.name_sealed, name_cell(holder.id)) == "Phạm Thị Mai"
    assert [open_object(world.vault, key, row) for row in rows] == [b"a page"]
    return True


def listed(world: World, holder_id: str) -> frozenset[str]:
    """In which of the two places she is listed."""
    vault = world.vault
    found = erasures.read(vault.erasures, vault.ledger_key.public_key())
    if not any(erasure.id == holder_id for erasure in found.erasures):
        return frozenset()
    lacking = {"bucket": found.only_in_folder, "folder": found.only_in_bucket}
    return frozenset(
        place for place in BOTH if not any(name.startswith(holder_id) for name in lacking[place])
    )


def test_killed_at_any_step_it_has_not_begun_or_is_completed(lone_world: World, crashes: Crashes) -> None:
    points = crashes.run(lone_world, "erase", holder_id=another(lone_world).holder_id)
    in_transaction = [number for number, point in enumerate(points) if "_rows:" in point]
    # Within the transaction nothing is written until it commits: a few points there are enough.
    killed = sorted({*range(0, len(points), 2), in_transaction[-1]} - {*in_transaction[3:-1]})
    seen = {point: _die_and_open(lone_world, crashes, point) for point in killed}
    erased = [erased for erased, _ in seen.values()]
    assert erased == sorted(erased), "once it is listed, no crash takes it back"
    assert {frozenset(), frozenset({"folder"}), BOTH} == {places for _, places in seen.values()}
    # An erasure that anybody could be told of was in both places before it was in the database.
    assert all(seen[point] == (True, BOTH) for point in killed if point >= in_transaction[0])


def _die_and_open(world: World, crashes: Crashes, point: int) -> tuple[bool, frozenset[str]]:
    hers = another(world)
    crashes.kill(world, "erase", point, holder_id=hers.holder_id)
    after = world.reopened()
    places = listed(after, hers.holder_id)
    replay(after.vault)
    erased = not is_whole(after, hers)
    assert erased == bool(places)
    assert listed(after, hers.holder_id) == (BOTH if erased else frozenset())
    if not erased:
        erase_holder(after.vault, hers.holder_id)
        assert not is_whole(after, hers)
    world.clock.move(upkeep.ORPHAN_AFTER)
    upkeep.sweep_orphans(after.vault)
    assert hers.name not in {stored.name for stored in after.vault.blobs.names()}
    assert after.verdict().ok
    after.vault.database.close()
    return erased, places
