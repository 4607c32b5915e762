"""What lies in the store and in the rows is bound to its place: moved, nothing opens, and the failure is an entry."""

import base64
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ocr.fields.field import Field, Repair
from tests.vault.world import CENTRE_IDENTITY, PIN, World, ask_for, photo
from vault import documents, fields, holder_keys, holders, identity
from vault.crypto import age
from vault.crypto.age import header
from vault.crypto.errors import CryptoError, MovedRow, OldVersion, SwappedObject, WrongPlace
from vault.crypto.x25519 import X25519Recipient
from vault.errors import SignInFailed, StoreUnavailable
from vault.grants import GrantSummary
from vault.holder_keys import KeyInHand
from vault.objects import file_key_of, open_object, page_objects, seal_object
from vault.release import release
from vault.resealing import reseal_object
from vault.tables import Document, DocumentField, Holder, HolderKey, StoredObject
from vault.vault import new_id


def pages(world: World, document_id: str) -> list[StoredObject]:
    with world.vault.database.read() as session:
        return page_objects(session, document_id)


def original(world: World, document_id: str) -> StoredObject:
    return next(row for row in world.objects(document_id) if row.role == "original")


def holder_key(world: World, holder_id: str) -> bytes:
    with world.vault.database.read() as session:
        return holder_keys.open_one(world.vault, holder_keys.find(session, holder_id)).key


def replace_object(world: World, name: str, payload: bytes) -> None:
    world.vault.blobs.delete(name)
    world.vault.blobs.put(name, payload)


def fetched(world: World, name: str) -> bytes:
    return b"".join(world.vault.blobs.get(name))


def edit(world: World, row: StoredObject, **values: object) -> None:
    with world.vault.database.write() as session:
        kept = session.get_one(StoredObject, row.id)
        for name, value in values.items():
            setattr(kept, name, value)


# Each edits the store or the database as a thief with write access could, and changes what the contract's pages are.
def swap_payloads(world: World) -> None:
    one, two = pages(world, world.contract)
    first, second = fetched(world, one.name), fetched(world, two.name)
    replace_object(world, one.name, second)
    replace_object(world, two.name, first)


def swap_names(world: World) -> None:
    one, two = pages(world, world.contract)
    edit(world, one, name="elsewhere")
    edit(world, two, name=one.name)
    edit(world, one, name=two.name)


def copy_wrapped_key(world: World) -> None:
    one, two = pages(world, world.contract)
    edit(world, two, wrapped_file_key=one.wrapped_file_key)


def copy_row_from_her_other_document(world: World) -> None:
    page, foreign = pages(world, world.contract)[0], pages(world, world.passport)[0]
    edit(world, page, **opening_columns(foreign))


def copy_row_from_another_holder(world: World) -> None:
    page, foreign = pages(world, world.contract)[0], pages(world, world.lans_contract)[0]
    edit(world, page, **opening_columns(foreign))


def move_row_from_another_holder(world: World) -> None:
    edit(world, pages(world, world.lans_contract)[0], document_id=world.contract, page=3)


def adopt_document_of_another_holder(world: World) -> None:
    """Her own grant, but the row says that lan's pages are this document's, and hoa their holder."""
    edit(
        world, pages(world, world.lans_contract)[0], document_id=world.contract, page=3, holder_id=hoa(world)
    )


def put_another_version(world: World) -> None:
    """Sealed with her key for this document, as an earlier state of the page would be."""
    page = pages(world, world.contract)[0]
    _, payload = seal_object(
        holder_key(world, hoa(world)), hoa(world), world.contract, "sealed_old", "page", 1, photo("old")
    )
    replace_object(world, page.name, payload)


def call_it_another_version(world: World) -> None:
    edit(world, pages(world, world.contract)[0], version=2)


def call_an_original_a_page(world: World) -> None:
    """Would have a stranger's undecoded bytes opened outside the jail."""
    edit(world, original(world, world.contract), role="page", page=3)


def swap_page_numbers(world: World) -> None:
    one, two = pages(world, world.contract)
    edit(world, one, page=2)
    edit(world, two, page=1)


def forge_with_a_file_key(world: World) -> None:
    """Whoever got hold of a file key can make another payload that opens with it."""
    page = pages(world, world.contract)[0]
    file_key = file_key_of(world.vault, holder_key(world, hoa(world)), page)
    replace_object(world, page.name, b"".join(age.encrypt_payload(file_key, [photo("forged")])))


def flip_a_bit(world: World) -> None:
    page = pages(world, world.contract)[1]
    payload = bytearray(fetched(world, page.name))
    payload[-1] ^= 1
    replace_object(world, page.name, bytes(payload))


def cut_the_end(world: World) -> None:
    page = pages(world, world.contract)[1]
    replace_object(world, page.name, fetched(world, page.name)[:-1])


def copy_holder_key(world: World) -> None:
    with world.vault.database.write() as session:
        lan = session.get_one(HolderKey, world.seed.lan.holder_id)
        session.get_one(HolderKey, hoa(world)).wrapped = lan.wrapped


def opening_columns(row: StoredObject) -> dict[str, object]:
    return {
        "size": row.size,
        "payload_sha256": row.payload_sha256,
        "wrapped_file_key": row.wrapped_file_key,
        "name": copy_of(row.name),
    }


def copy_of(name: str) -> str:
    """Names are unique: the thief has stored the payload once more."""
    return f"{name}-copied"


def hoa(world: World) -> str:
    return world.seed.hoa.holder_id


def put_the_older_state_back(world: World) -> None:
    """The row and the payload as they were before the page was sealed anew: each fits the other."""
    page = pages(world, world.contract)[0]
    payload = fetched(world, page.name)
    reseal_object(world.vault, page.id)
    world.vault.blobs.put(copy_of("sealed_older"), payload)
    columns = {"version": page.version, **opening_columns(page), "name": copy_of("sealed_older")}
    edit(world, page, **columns)


MOVES: list[tuple[Callable[[World], None], type[WrongPlace]]] = [
    (swap_payloads, SwappedObject),
    (swap_names, SwappedObject),
    (copy_wrapped_key, MovedRow),
    (copy_row_from_her_other_document, MovedRow),
    (copy_row_from_another_holder, MovedRow),
    (move_row_from_another_holder, MovedRow),
    (adopt_document_of_another_holder, MovedRow),
    (put_another_version, SwappedObject),
    (put_the_older_state_back, OldVersion),
    (call_it_another_version, MovedRow),
    (call_an_original_a_page, MovedRow),
    (swap_page_numbers, MovedRow),
    (forge_with_a_file_key, SwappedObject),
    (flip_a_bit, SwappedObject),
    (cut_the_end, SwappedObject),
]


@pytest.fixture
def agreed(world: World) -> tuple[World, GrantSummary]:
    """A grant for hoa's contract, in a world whose pages lie under names of their own, to be spoilt."""
    for row in world.objects():
        if row.role == "page" or row.document_id == world.contract:
            own = new_id("sealed")
            for name in (own, copy_of(own)):
                world.vault.blobs.put(name, fetched(world, row.name))
            edit(world, row, name=own)
    return world, world.granted()


def test_untouched_it_is_released(agreed: tuple[World, GrantSummary]) -> None:
    world, given = agreed
    assert release(world.vault, world.seed.centre, ask_for(given.request_id)).content.startswith(b"%PDF-")
    assert not world.entries("release_failed")


@pytest.mark.parametrize(("move", "error"), MOVES, ids=[move.__name__ for move, _ in MOVES])
def test_out_of_place_nothing_is_released(
    move: Callable[[World], None], error: type[WrongPlace], agreed: tuple[World, GrantSummary]
) -> None:
    world, given = agreed
    move(world)
    with pytest.raises(error) as raised:
        release(world.vault, world.seed.centre, ask_for(given.request_id))
    assert raised.type is error
    failed = world.entries("release_failed")
    assert f'"why":"{error.__name__}"' in failed[0].body
    assert [entry.holder_id for entry in failed] == [hoa(world)]
    assert world.contract in failed[0].body
    assert world.verdict().ok


def test_another_holders_wrapped_key_opens_nothing_of_hers(agreed: tuple[World, GrantSummary]) -> None:
    world, given = agreed
    copy_holder_key(world)
    with pytest.raises(WrongPlace):
        release(world.vault, world.seed.centre, ask_for(given.request_id))
    with pytest.raises(WrongPlace):
        holders.own_name(world.vault, hoa(world))


def test_a_missing_object_is_a_failed_release_that_can_be_tried_again(
    agreed: tuple[World, GrantSummary],
) -> None:
    world, given = agreed
    page = pages(world, world.contract)[0]
    payload = fetched(world, page.name)
    world.vault.blobs.delete(page.name)
    with pytest.raises(StoreUnavailable):
        release(world.vault, world.seed.centre, ask_for(given.request_id))
    assert len(world.entries("release_failed")) == 1
    world.vault.blobs.put(page.name, payload)
    release(world.vault, world.seed.centre, ask_for(given.request_id))
    assert len(world.entries("released")) == 2


def test_a_sealed_name_opens_in_its_own_row_only(world: World) -> None:
    lan = world.seed.lan.holder_id
    with world.vault.database.write() as session:
        session.get_one(Holder, lan).name_sealed = session.get_one(Holder, hoa(world)).name_sealed
    assert holders.own_name(world.vault, hoa(world)) == "Nguyễn Thị Hoa"
    with pytest.raises(WrongPlace):
        holders.own_name(world.vault, lan)


def add_fields(world: World, *values: str) -> list[str]:
    """Fields of hoa's passport, as reading would have left them: their ids."""
    in_hand = KeyInHand(hoa(world), 1, holder_key(world, hoa(world)))
    repaired = (Repair(0, "0", "O", 0.9, b"a glyph"),)
    read = [Field("surname", value, False, None, "mrz", 1, 0.99, (1, 2, 3, 4), repaired) for value in values]
    rows = [fields.seal_field(in_hand, world.passport, each) for each in read]
    ids = [row.id for row in rows]
    with world.vault.database.write() as session:
        session.add_all(rows)
    return ids


def move_cell(world: World, source: tuple[str, str], target: tuple[str, str]) -> bytes:
    """Copies what is sealed in one row and column to another; returns what stood there."""
    with world.vault.database.write() as session:
        moved: bytes = getattr(session.get_one(DocumentField, source[0]), source[1])
        row = session.get_one(DocumentField, target[0])
        before: bytes = getattr(row, target[1])
        setattr(row, target[1], moved)
    return before


@pytest.mark.parametrize("column", ["value_sealed", "details_sealed"])
def test_a_sealed_field_opens_in_its_own_cell_only(column: str, world: World) -> None:
    first, second = add_fields(world, "1990-01-01", "2031-01-01")
    seen = documents.see_content(world.vault, world.seed.hoa.principal, world.passport)
    assert {field.value for field in seen.fields} == {"1990-01-01", "2031-01-01"}
    assert {field.repaired[0].picture for field in seen.fields} == {base64.b64encode(b"a glyph").decode()}
    other = {"value_sealed": "details_sealed", "details_sealed": "value_sealed"}[column]
    for source in ((first, column), (second, other)):
        own = move_cell(world, source, (second, column))
        with pytest.raises(WrongPlace):
            documents.see_content(world.vault, world.seed.hoa.principal, world.passport)
        told = world.history(hoa(world))[0]
        assert (told.kind, told.body["document_id"]) == ("content_failed", world.passport)
        assert told.body["why"] == "WrongPlace"
        with world.vault.database.write() as session:
            setattr(session.get_one(DocumentField, second), column, own)


def test_her_fields_do_not_open_in_anothers_document(world: World) -> None:
    (field_id,) = add_fields(world, "1990-01-01")
    with world.vault.database.write() as session:
        session.get_one(DocumentField, field_id).document_id = world.lans_contract
    with pytest.raises(WrongPlace):
        documents.see_content(world.vault, world.seed.lan.principal, world.lans_contract)


def test_a_document_given_to_another_holder_opens_for_neither(world: World) -> None:
    request = world.ask()
    with world.vault.database.write() as session:
        session.get_one(Document, world.lans_contract).holder_id = hoa(world)
    answer = world.answer(request)
    world.agree(request, replace(answer, document_ids=[world.lans_contract]))
    with pytest.raises(CryptoError):
        release(world.vault, world.seed.centre, ask_for(request.request_id))


def test_another_holders_pin_hash_does_not_open_her_account(world: World) -> None:
    """Both have the same PIN: its hash is bound to whose it is."""
    with world.vault.database.write() as session:
        lan = session.get_one(Holder, world.seed.lan.holder_id)
        session.get_one(Holder, hoa(world)).pin_hash = lan.pin_hash
    assert identity.sign_in_holder(world.vault, world.seed.lan.card_code, PIN).principal
    with pytest.raises(SignInFailed):
        identity.sign_in_holder(world.vault, world.seed.hoa.card_code, PIN)


def test_what_lies_in_the_store_is_an_age_payload_that_the_age_command_opens(
    world: World, tmp_path: Path
) -> None:
    row = original(world, world.lans_contract)
    payload = fetched(world, row.name)
    key = holder_key(world, row.holder_id)
    file_key = file_key_of(world.vault, key, row)
    keys = tmp_path / "age.txt"
    subprocess.run(["age-keygen", "-o", str(keys)], check=True, capture_output=True)
    public = subprocess.run(["age-keygen", "-y", str(keys)], check=True, capture_output=True).stdout
    recipient = X25519Recipient.parse(public.decode().strip())
    opened = subprocess.run(
        ["age", "--decrypt", "--identity", str(keys)],
        input=header(file_key, [recipient]) + payload,
        capture_output=True,
        check=True,
    )
    assert opened.stdout == photo("CONTRACT", "of somebody else")
    assert opened.stdout == open_object(world.vault, key, row)
    assert opened.stdout[:20] not in payload


def test_a_sealed_copy_opens_for_the_centre_and_for_nobody_else(world: World) -> None:
    given = world.granted()
    copy = release(world.vault, world.seed.centre, ask_for(given.request_id, sealed=True))
    assert copy.media_type == "application/age"
    assert b"".join(age.decrypt([copy.content], [CENTRE_IDENTITY])).startswith(b"%PDF-")
    assert b"%PDF-" not in copy.content
