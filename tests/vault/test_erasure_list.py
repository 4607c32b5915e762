"""The erasure list outlives the database: what was erased stays erased on whatever backup the vault is opened with."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine, event
from sqlmodel import select

from tests.vault.world import NOBODY_THERE, PIN, World
from vault import documents, erasures, holders, identity
from vault.blobs import Blobs
from vault.erasure import Replayed, erase_document, erase_holder, replay
from vault.erasures import PREFIX, Erasure, ErasureList, ListUnusable, StillListed
from vault.errors import NotFound, SignInFailed, StoreUnavailable
from vault.tables import Document, Holder, HolderKey, StoredObject
from vault.vault import Vault, new_id

NOTHING = Replayed(0, 0, ())


def folder_of(world: World) -> Path:
    return world.vault.erasures.folder


def in_folder(world: World) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder_of(world).iterdir()}


def in_bucket(world: World) -> dict[str, bytes]:
    blobs = world.vault.blobs
    return {each.name.removeprefix(PREFIX): b"".join(blobs.get(each.name)) for each in blobs.names(PREFIX)}


@contextmanager
def backup_put_back(world: World) -> Iterator[None]:
    """A copy of the database from before the block is what the vault is opened with after it."""
    world.vault.database.close()
    shutil.copy(world.database_path, world.folder / "backup.db")
    yield
    world.vault.database.close()
    for left in world.folder.glob("vault.db*"):
        left.unlink()
    (world.folder / "backup.db").rename(world.database_path)


def is_open(world: World, document_id: str) -> bool:
    try:
        documents.see_content(world.vault, world.seed.origin, document_id)
    except NotFound:
        return False
    return True


def test_what_was_erased_stays_closed_on_an_older_backup(own_world: World) -> None:
    hoa, lan = own_world.seed.hoa, own_world.seed.lan
    with backup_put_back(own_world):
        erase_document(own_world.vault, own_world.lans_contract)
        erase_holder(own_world.vault, hoa.holder_id)
    assert is_open(own_world, own_world.lans_contract)
    assert holders.own_name(own_world.vault, hoa.holder_id)
    erased_at = own_world.clock()
    own_world.clock.move(timedelta(days=30))

    assert replay(own_world.vault) == Replayed(2, 0, ())
    with own_world.vault.database.read() as session:
        assert session.get(HolderKey, hoa.holder_id) is None
        assert not session.exec(select(StoredObject)).all()
        assert session.get_one(Holder, hoa.holder_id).erased_at == erased_at
    assert not any(is_open(own_world, each) for each in (own_world.contract, own_world.lans_contract))
    with pytest.raises(NotFound):
        holders.own_name(own_world.vault, hoa.holder_id)
    with pytest.raises(SignInFailed):
        identity.sign_in_holder(own_world.vault, hoa.card_code, PIN)
    assert holders.own_name(own_world.vault, lan.holder_id) == "Lê Thị Lan"
    assert own_world.verdict().ok
    entries = len(own_world.entries())
    assert replay(own_world.vault) == NOTHING
    assert len(own_world.entries()) == entries


def test_a_key_put_back_by_itself_is_destroyed_again(own_world: World) -> None:
    hoa = own_world.seed.hoa.holder_id
    with own_world.vault.database.read() as session:
        row = session.get_one(HolderKey, hoa)
    erase_holder(own_world.vault, hoa)
    with own_world.vault.database.write() as session:
        session.add(HolderKey(**row.model_dump()))
    assert replay(own_world.vault).erased == 1
    with own_world.vault.database.read() as session:
        assert session.get(HolderKey, hoa) is None


@pytest.mark.parametrize("lost", ["folder", "bucket"])
def test_one_of_the_two_places_is_enough_and_the_other_gets_what_it_lacks(
    own_world: World, lost: str
) -> None:
    with backup_put_back(own_world):
        erase_document(own_world.vault, own_world.contract)
        erase_document(own_world.vault, own_world.passport)
    both = in_folder(own_world)
    assert (len(both), both) == (2, in_bucket(own_world))
    name = sorted(both)[0]
    if lost == "folder":
        (folder_of(own_world) / name).unlink()
    else:
        own_world.vault.blobs.delete(PREFIX + name)
    assert replay(own_world.vault) == Replayed(2, 1, ())
    assert not any(is_open(own_world, each) for each in (own_world.contract, own_world.passport))
    assert in_folder(own_world) == in_bucket(own_world) == both
    assert replay(own_world.vault) == NOTHING


@pytest.mark.parametrize("place", ["folder", "bucket"])
def test_what_the_vault_did_not_sign_erases_nothing_and_is_reported(own_world: World, place: str) -> None:
    erasure = Erasure("document", own_world.contract, own_world.clock())
    erase_document(own_world.vault, own_world.passport)
    ((_, signed),) = in_folder(own_world).items()
    members = json.loads(signed)
    stranger = replace(own_world.vault.erasures, folder=own_world.folder / "elsewhere")
    stranger.folder.mkdir()
    forged = erasures.add(stranger, Ed25519PrivateKey.generate(), erasure)
    wrong = {
        f"{own_world.contract}-{1:016x}.json": (stranger.folder / forged).read_bytes(),
        f"{own_world.contract}-{2:016x}.json": json.dumps({**members, "id": own_world.contract}).encode(),
        f"{own_world.contract}-{3:016x}.json": json.dumps({**members, "signature": "00" * 64}).encode(),
        f"{own_world.contract}-{4:016x}.json": signed[:-20],
        f"{own_world.contract}-{5:016x}.json": b"[" * 500,
        f"{own_world.contract}-{6:016x}.json": b'["at", "id"]',
        f"{own_world.contract}-{7:016x}.json": signed + b" " * 10_000,
        f"{own_world.contract}-{8:016x}.json": b"",
        "odd\x1b[2J\u202e name.json": signed,
    }
    own_world.vault.blobs.delete(PREFIX + forged)
    for name, record in wrong.items():
        if place == "folder":
            (folder_of(own_world) / name).write_bytes(record)
        else:
            own_world.vault.blobs.put(PREFIX + name, record)
    done = replay(own_world.vault)
    assert (done.erased, done.copied, len(done.unsigned)) == (0, 0, len(wrong))
    assert all(name.isprintable() and name.isascii() for name in done.unsigned)
    assert is_open(own_world, own_world.contract)


def test_a_damaged_record_does_not_hide_its_twin(own_world: World) -> None:
    with backup_put_back(own_world):
        erase_document(own_world.vault, own_world.contract)
    (name,) = in_folder(own_world)
    (folder_of(own_world) / name).write_bytes(b"{")
    done = replay(own_world.vault)
    assert (done.erased, len(done.unsigned)) == (1, 1)
    assert not is_open(own_world, own_world.contract)


def test_what_an_ended_run_left_of_a_record_counts_for_nothing_and_is_removed(own_world: World) -> None:
    erase_document(own_world.vault, own_world.passport)
    (name,) = in_folder(own_world)
    (folder_of(own_world) / "doc_0-0.json.new").write_bytes(b"{")
    (folder_of(own_world) / "lost+found").mkdir()
    assert replay(own_world.vault) == NOTHING
    assert {path.name for path in folder_of(own_world).iterdir()} == {name, "lost+found"}


def test_without_the_folder_nothing_is_served(own_world: World) -> None:
    gone = ErasureList(own_world.vault.blobs, own_world.folder / "not mounted")
    with pytest.raises(ListUnusable, match="VAULT_ERASURE_FOLDER"):
        replay(replace(own_world.vault, erasures=gone))


def test_without_the_bucket_nothing_is_served(own_world: World) -> None:
    gone = replace(own_world.vault.erasures, blobs=Blobs(NOBODY_THERE))
    with pytest.raises(ListUnusable, match="object store"):
        replay(replace(own_world.vault, erasures=gone))


class Grudging(Blobs):
    """A store that lists what it does not give."""

    def get(self, name: str) -> Iterator[bytes]:
        raise StoreUnavailable


def test_a_record_that_is_listed_but_not_given_is_named(own_world: World) -> None:
    erase_document(own_world.vault, own_world.contract)
    (name,) = in_folder(own_world)
    (folder_of(own_world) / name).unlink()
    with pytest.raises(ListUnusable, match=f"{PREFIX}{name}.* remove it, start, and erase the id"):
        replay(through(own_world, Grudging))


class NoAnswer(Blobs):
    """A store that does what it is told and loses its answer."""

    def put(self, name: str, payload: bytes) -> None:
        super().put(name, payload)
        raise StoreUnavailable


class Stuck(NoAnswer):
    """The same, gone for good from there on."""

    def get(self, name: str) -> Iterator[bytes]:
        raise StoreUnavailable

    def delete(self, name: str) -> None:
        raise StoreUnavailable


def through(world: World, store: type[Blobs]) -> Vault:
    blobs = store(replace(NOBODY_THERE, bucket=world.vault.blobs.bucket))
    blobs._client = world.vault.blobs._client
    return replace(world.vault, erasures=replace(world.vault.erasures, blobs=blobs))


def test_a_lost_answer_of_the_store_is_asked_for_again(own_world: World) -> None:
    assert erase_document(through(own_world, NoAnswer), own_world.contract).documents == 1
    assert in_folder(own_world) == in_bucket(own_world)


def test_what_cannot_be_taken_off_the_list_is_told_and_carried_out_later(own_world: World) -> None:
    with pytest.raises(StillListed, match="when the vault opens next"):
        erase_document(through(own_world, Stuck), own_world.contract)
    assert is_open(own_world, own_world.contract)
    assert replay(own_world.vault) == Replayed(1, 1, ())
    assert not is_open(own_world, own_world.contract)


def test_a_long_list_costs_no_more_questions_than_a_short_one(own_world: World) -> None:
    vault, now = own_world.vault, own_world.clock()

    def listed(count: int) -> None:
        with vault.database.write() as session:
            template = session.get_one(Document, own_world.contract).model_dump()
            for _ in range(count):
                erased = Document(**{**template, "id": new_id("doc"), "erased_at": now})
                erasures.add(vault.erasures, vault.ledger_key, Erasure("document", erased.id, now))
                # Neither the one that the database knows as erased nor the one it never heard of is asked for alone.
                erasures.add(vault.erasures, vault.ledger_key, Erasure("document", new_id("doc"), now))
                session.add(erased)

    listed(1)
    few = statements_of_replay(own_world)
    listed(15)
    assert statements_of_replay(own_world) == few
    assert len(in_folder(own_world)) == 32


def statements_of_replay(world: World) -> int:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert replay(world.vault) == NOTHING
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    return len(seen)
