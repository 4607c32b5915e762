"""The root key and holder keys are replaced while the vault is used, and a run that is killed goes on."""

import shutil
import threading
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import select

from tests.vault.crashes import Crashes
from tests.vault.test_places import add_fields, holder_key, original
from tests.vault.world import World, ask_for, open_vault, photo
from vault import grants, holder_keys, holders, rotation
from vault.crypto.errors import VersionRetired, WrongPlace
from vault.documents import see_content
from vault.errors import DatabaseBusy, KeyReplaced, NotFound, RotationStopped, SecretsLost
from vault.fields import open_field
from vault.keyring import create_local
from vault.objects import open_object
from vault.reading import read_next
from vault.release import release
from vault.rotation import NotInPlace, replace_holder_key, rotate_root
from vault.tables import DocumentField, Holder, HolderKey, RootVersion, StoredObject, VaultSecret
from vault.vault import assemble


def versions(world: World) -> set[str]:
    """Every version of the root key that something is still wrapped under."""
    with world.vault.database.read() as session:
        keys, secrets = session.exec(select(HolderKey)).all(), session.exec(select(VaultSecret)).all()
    return {row.root_version for row in keys} | {row.root_version for row in secrets}


def states(world: World) -> dict[str, str]:
    with world.vault.database.read() as session:
        return {row.version: row.state for row in session.exec(select(RootVersion)).all()}


def works(world: World) -> None:
    """Her name and papers open, a paper goes in, and a copy comes out."""
    hoa = world.seed.hoa.holder_id
    assert holders.own_name(world.vault, hoa) == "Nguyễn Thị Hoa"
    assert open_object(world.vault, holder_key(world, hoa), original(world, world.passport)) == photo(
        "PASSPORT", "C1234567"
    )
    world.deposit([photo("again")])
    given = world.granted()
    assert release(world.vault, world.seed.centre, ask_for(given.request_id)).content.startswith(b"%PDF-")


def test_everything_moves_to_the_new_version_and_the_old_one_is_refused(world: World) -> None:
    with world.vault.database.read() as session:
        before = session.get_one(HolderKey, world.seed.hoa.holder_id)
    progress = list(rotate_root(world.vault))
    assert (progress[-1].done, progress[-1].of) == (2, 2)
    assert versions(world) == {world.vault.keyring.current()} != {before.root_version}
    assert sorted(states(world).values()) == ["current", "retired"]
    works(world)
    with world.vault.database.write() as session:
        session.get_one(HolderKey, world.seed.hoa.holder_id).wrapped = before.wrapped
    with pytest.raises(VersionRetired):
        holders.own_name(world.vault, world.seed.hoa.holder_id)
    works_after = world.reopened()
    assert holders.own_name(works_after.vault, world.seed.lan.holder_id) == "Lê Thị Lan"
    works_after.vault.database.close()
    assert [entry.kind for entry in world.entries()][-1] != "refused"
    assert world.verdict().ok


def test_while_it_runs_old_and_new_both_open(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "BATCH", 1)
    steps = rotate_root(world.vault)
    assert next(steps).done == 1
    assert len(versions(world)) == 2
    works(world)
    other_process = world.reopened()
    works(other_process)
    other_process.vault.database.close()
    assert list(steps)[-1].done == 2
    works(world)


def test_a_key_made_under_the_old_version_is_not_kept_after_the_rotation_began(world: World) -> None:
    _, row = holder_keys.make(world.vault, world.seed.hoa.holder_id, 2)
    list(rotate_root(world.vault))
    with pytest.raises(KeyReplaced), world.vault.database.write() as session:
        holder_keys.keep(session, row)
    works(world)


def test_rows_read_before_the_rotation_ended_are_read_again(world: World) -> None:
    with world.vault.database.read() as session:
        session.get_one(Holder, world.seed.hoa.holder_id)  # the snapshot is from now
        list(rotate_root(world.vault))
        assert holder_keys.open_one(world.vault, holder_keys.find(session, world.seed.hoa.holder_id)).key


def test_while_others_deposit_and_release_it_disturbs_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "BATCH", 1)
    stop, failed = threading.Event(), []
    server = world.reopened()

    def serve() -> None:
        try:
            while not stop.is_set():
                works(server)
        except Exception as error:
            failed.append(error)

    thread = threading.Thread(target=serve)
    thread.start()
    for _ in range(4):
        list(rotate_root(world.vault))
    stop.set()
    thread.join(60)
    server.vault.database.close()
    assert not failed
    assert len(versions(world)) == 1
    works(world)


def test_killed_between_any_two_steps_it_goes_on_when_run_again(world: World, crashes: Crashes) -> None:
    points = crashes.run(world, "rotate")
    killed = 0
    for point in range(0, len(points), 3):
        killed += crashes.kill_if_reached(world, "rotate", point)
        fresh = world.reopened()
        assert holders.own_name(fresh.vault, world.seed.hoa.holder_id) == "Nguyễn Thị Hoa"
        fresh.vault.database.close()
    assert killed > len(points) / 4
    crashes.run(world, "rotate")
    assert len(versions(world)) == 1
    assert list(states(world).values()).count("current") == 1
    assert "old" not in states(world).values()
    works(world)
    assert world.verdict().ok


def test_what_a_row_says_of_its_version_is_not_believed(world: World) -> None:
    """Skipped, its key would be lost with the version that wrapped it."""
    with world.vault.database.write() as session:
        session.get_one(HolderKey, world.seed.hoa.holder_id).root_version = "2"
        session.get_one(VaultSecret, "ledger key").root_version = "2"
    list(rotate_root(world.vault))
    assert world.vault.keyring.current() == "2"
    works(world)
    fresh = world.reopened()
    works(fresh)
    fresh.vault.database.close()


def test_one_key_that_does_not_open_keeps_the_old_version_and_is_named(world: World) -> None:
    with world.vault.database.write() as session:
        lans = session.get_one(HolderKey, world.seed.lan.holder_id)
        kept, lans.wrapped = lans.wrapped, b"garbage"
    for _ in range(2):
        with pytest.raises(RotationStopped, match=world.seed.lan.holder_id):
            list(rotate_root(world.vault))
        works(world)
    assert world.vault.keyring.current() == "2"
    with world.vault.database.write() as session:
        session.get_one(HolderKey, world.seed.lan.holder_id).wrapped = kept
    list(rotate_root(world.vault))
    assert sorted(states(world).items()) == [("1", "retired"), ("2", "current")]
    assert holders.own_name(world.vault, world.seed.lan.holder_id) == "Lê Thị Lan"


def test_two_rotations_at_once_harm_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "BATCH", 1)
    results: list[Exception | None] = []

    def run(own: World) -> None:
        try:
            list(rotate_root(own.vault))
            results.append(None)
        except (RotationStopped, DatabaseBusy) as stopped:
            results.append(stopped)

    for _ in range(4):
        both = [world.reopened(), world.reopened()]
        threads = [threading.Thread(target=run, args=(own,)) for own in both]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive()
        for own in both:
            own.vault.database.close()
        works(world)
    list(rotate_root(world.vault))
    assert len(results) == 8
    assert list(states(world).values()).count("current") == 1
    assert "old" not in states(world).values()
    works(world)


def test_without_its_table_of_versions_nothing_is_rotated(world: World) -> None:
    with world.vault.database.write() as session:
        for row in session.exec(select(RootVersion)):
            session.delete(row)
    with pytest.raises(RotationStopped, match="root_version"):
        list(rotate_root(world.vault))
    assert world.vault.keyring.current() == "1"


@pytest.mark.parametrize("name", ["index key", "answers key", "ledger key"])
def test_a_lost_secret_of_the_vault_is_told_and_not_replaced(name: str, world: World) -> None:
    with world.vault.database.write() as session:
        session.delete(session.get_one(VaultSecret, name))
    with pytest.raises(SecretsLost):
        world.reopened()


def test_while_the_keyring_is_slow_she_can_withdraw(world: World) -> None:
    """When another process starts, or a rotation ends: neither holds the database while it waits."""
    given = world.granted()
    asked, go_on = threading.Event(), threading.Event()

    class Slow:
        def __getattr__(self, name: str) -> Any:
            asked.set()
            assert go_on.wait(30)
            return getattr(world.vault.keyring, name)

    slow = replace(world.vault, keyring=Slow())
    opening = threading.Thread(
        target=assemble,
        args=(slow.database, slow.blobs, slow.keyring, slow.policies, slow.clock, slow.erasures.folder),
    )
    ending = threading.Thread(target=rotation._end, args=(slow, "1"))
    for thread in (opening, ending):
        thread.start()
        assert asked.wait(30)
        asked.clear()
    try:
        grants.withdraw(world.vault, world.seed.hoa.principal, given.grant_id)
    finally:
        go_on.set()
        for thread in (opening, ending):
            thread.join(30)
    assert world.entries("withdrawn")


def test_a_replaced_holder_key_opens_all_of_hers_and_the_old_one_nothing(world: World) -> None:
    while read_next(world.vault):
        pass
    hoa = world.seed.hoa.holder_id
    stolen = holder_key(world, hoa)
    (field_id,) = add_fields(world, "1990-01-01")
    seen = see_content(world.vault, world.seed.hoa.principal, world.contract)
    fields = see_content(world.vault, world.seed.hoa.principal, world.passport).fields
    names = {row.id: row.name for row in world.objects()}
    replace_holder_key(world.vault, hoa)
    assert holder_key(world, hoa) != stolen
    assert {row.id: row.name for row in world.objects()} == names
    assert see_content(world.vault, world.seed.hoa.principal, world.contract) == seen
    assert see_content(world.vault, world.seed.hoa.principal, world.passport).fields == fields
    assert fields[0].repaired
    with world.vault.database.read() as session:
        field_row = session.get_one(DocumentField, field_id)
    with pytest.raises(WrongPlace):
        open_field(stolen, hoa, field_row)
    assert seen.texts
    for row in world.objects(world.contract):
        with pytest.raises(WrongPlace):
            open_object(world.vault, stolen, row)
    assert '"generation":2' in world.entries("holder_key_replaced")[0].body
    works(world)


def test_what_was_sealed_under_the_replaced_key_is_not_kept(world: World) -> None:
    with world.vault.database.read() as session:
        in_hand = holder_keys.open_one(world.vault, holder_keys.find(session, world.seed.hoa.holder_id))
    replace_holder_key(world.vault, world.seed.hoa.holder_id)
    with world.vault.database.read() as session, pytest.raises(KeyReplaced):
        holder_keys.require_unchanged(session, in_hand)


def test_what_is_not_in_its_place_keeps_her_key_and_is_told(world: World) -> None:
    """Whoever moves a row must not have it put right by the next replacement, nor have it stopped unnoticed."""
    hoa, before = world.seed.hoa.holder_id, holder_key(world, world.seed.hoa.holder_id)
    (field_id,) = add_fields(world, "1990-01-01")
    moved = original(world, world.passport)

    def fails_over(row_id: str) -> None:
        with pytest.raises(NotInPlace, match=f"{row_id} does not open where it stands"):
            replace_holder_key(world.vault, hoa)
        assert holder_key(world, hoa) == before
        told = world.history(hoa)[0]
        assert (told.kind, told.body["row_id"]) == ("holder_key_replace_failed", row_id)
        assert told.body["why"] == "NotInPlace"

    with world.vault.database.write() as session:
        session.get_one(DocumentField, field_id).value_sealed = b"of another row"
    fails_over(field_id)
    with world.vault.database.write() as session:
        session.get_one(StoredObject, moved.id).page = 7
    fails_over(moved.id)
    with world.vault.database.write() as session:
        session.get_one(HolderKey, hoa).wrapped = b"of somebody else"
    with pytest.raises(WrongPlace):
        replace_holder_key(world.vault, hoa)
    assert world.history(hoa)[0].body["why"] == "WrongPlace"
    assert world.verdict().ok


def test_nobody_has_no_key_to_replace(world: World) -> None:
    with pytest.raises(NotFound):
        replace_holder_key(world.vault, "hld_" + "0" * 32)


def test_a_database_beside_another_root_key_says_so(world: World) -> None:
    elsewhere = world.folder / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    create_local(elsewhere / "root.key")
    shutil.copy(elsewhere / "root.key", world.folder / "root.key")
    with pytest.raises(WrongPlace):
        open_vault(world.folder, world.vault.blobs, world.clock)
