"""An erased paper, and an erased holder, are gone: from tables, store and files, and for everybody who asks."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import Session, col, select

from tests.vault.world import NOBODY_THERE, PIN, World, ask_for
from vault import cases, documents, grants, holders, identity, requests, upkeep
from vault.blobs import Blobs
from vault.crypto.age_stream import decrypt_payload
from vault.crypto.cards import new_card_code
from vault.crypto.errors import PayloadError, WrongPlace
from vault.crypto.records import open_record
from vault.database import Database
from vault.erasure import ForeignObjects, Replayed, erase_document, erase_holder, extent, replay
from vault.erasures import ErasureList, ListUnusable
from vault.errors import (
    DatabaseBusy,
    NotFound,
    NotSignedIn,
    Refused,
    SignInFailed,
    StoreUnavailable,
    Unacceptable,
    VaultError,
)
from vault.holder_keys import find, open_one
from vault.holders import name_cell
from vault.objects import file_key_of, open_object
from vault.release import release
from vault.tables import (
    Document,
    DocumentField,
    Holder,
    HolderIndex,
    HolderKey,
    Job,
    KeptAnswer,
    PageText,
    SignInSession,
    StoredObject,
)
from vault.vault import new_id

OF_A_DOCUMENT = (StoredObject, DocumentField, PageText, HolderIndex, Job)


def hoas(world: World) -> str:
    return world.seed.hoa.holder_id


def left_of_document(session: Session, document_id: str) -> int:
    return sum(
        len(session.exec(select(table).where(col(table.document_id) == document_id)).all())
        for table in OF_A_DOCUMENT
    )


def left_of_holder(session: Session, holder_id: str) -> int:
    held = [
        session.exec(select(table).where(col(table.holder_id) == holder_id)).all()
        for table in (HolderKey, HolderIndex, KeptAnswer, StoredObject)
    ]
    held.append(session.exec(select(SignInSession).where(SignInSession.principal_id == holder_id)).all())
    return sum(map(len, held))


def read_as(world: World, document_id: str) -> None:
    """What reading would have left of this paper, without the time that it takes."""
    text = PageText(id=new_id("txt"), document_id=document_id, page=1, text_sealed=b"sealed", confidence=1.0)
    field = DocumentField(
        id=new_id("fld"),
        document_id=document_id,
        name="surname",
        value_sealed=b"sealed",
        details_sealed=b"sealed",
        doubtful=False,
        source="mrz",
        page=1,
    )
    index = HolderIndex(
        id=new_id("idx"),
        holder_id=hoas(world),
        kind="passport_number",
        value_index=b"index",
        document_id=document_id,
    )
    with world.vault.database.write() as session:
        session.add_all((text, field, index))


def opens(world: World, document_id: str) -> bool:
    """Whether everything of this document opens."""
    rows = world.objects(document_id)
    with world.vault.database.read() as session:
        key = open_one(world.vault, find(session, rows[0].holder_id)).key
    return all(open_object(world.vault, key, row) for row in rows)


def listed(world: World) -> list[str]:
    """The names on the erasure list, of both places."""
    names = [path.name for path in world.vault.erasures.folder.iterdir()]
    return sorted(
        [*names, *(each.name.removeprefix("erasures/") for each in world.vault.blobs.names("erasures/"))]
    )


def raw(world: World) -> bytes:
    """Every byte in the folder of the database."""
    return b"".join(path.read_bytes() for path in world.folder.rglob("*") if path.is_file())


def outcome(attempt: Callable[[], Any]) -> tuple[Any, ...]:
    try:
        return ("done", attempt())
    except VaultError as error:
        return (type(error).__name__, str(error), getattr(error, "reasons", None))


def test_of_an_erased_paper_a_row_and_an_entry_are_left(own_world: World) -> None:
    read_as(own_world, own_world.passport)
    with own_world.vault.database.read() as session:
        assert left_of_document(session, own_world.passport) == len(
            ["original", "page", "text", "field", "index", "job"]
        )
    names = [row.name for row in own_world.objects(own_world.passport)]
    own_world.vault.blobs._client.put_bucket_versioning(
        Bucket=own_world.vault.blobs.bucket, VersioningConfiguration={"Status": "Enabled"}
    )
    assert extent(own_world.vault, "document", own_world.passport).documents == 1
    done = erase_document(own_world.vault, own_world.passport)
    assert (done.documents, done.objects, done.finished) == (1, len(names), True)
    with own_world.vault.database.read() as session:
        assert left_of_document(session, own_world.passport) == 0
        assert session.get_one(Document, own_world.passport).erased_at == own_world.clock()
    kept = own_world.vault.blobs._client.list_object_versions(Bucket=own_world.vault.blobs.bucket)
    assert not {each["Key"] for each in (*kept["Versions"], *kept.get("DeleteMarkers", []))} & {*names}
    with pytest.raises(NotFound):
        documents.see_document(own_world.vault, own_world.seed.hoa.principal, own_world.passport)
    shown = documents.list_documents(own_world.vault, own_world.seed.hoa.principal, hoas(own_world))
    assert [each.document_id for each in shown] == [own_world.contract]
    assert opens(own_world, own_world.contract)
    (entry,) = own_world.entries("document_erased")
    assert (entry.holder_id, own_world.passport in entry.body) == (hoas(own_world), True)
    assert own_world.verdict().ok


def test_a_grant_that_covered_an_erased_paper_gives_only_the_others(own_world: World) -> None:
    wish = replace(own_world.wish(), kinds=("contract", "passport"))
    both = own_world.ask(wish)
    own_world.agree(
        both, replace(own_world.answer(both), document_ids=(own_world.contract, own_world.passport))
    )
    alone = own_world.granted()
    desk = own_world.seed.centre
    release(own_world.vault, desk, ask_for(alone.request_id))
    before = extent(own_world.vault, "document", own_world.contract)
    assert (before.releases, before.centres) == (1, (f"Penang Centre ({desk.centre_id})",))
    assert extent(own_world.vault, "document", own_world.passport).centres == ()
    erase_document(own_world.vault, own_world.contract)
    after = extent(own_world.vault, "document", own_world.contract)
    assert after == replace(before, documents=0, erased_at=own_world.clock())
    for request_id, document_id in ((alone.request_id, None), (both.request_id, own_world.contract)):
        with pytest.raises(NotFound):
            release(own_world.vault, desk, ask_for(request_id, "again", document_id=document_id))
    of_both = ask_for(both.request_id, document_id=own_world.passport)
    assert release(own_world.vault, desk, of_both).content.startswith(b"%PDF-")


def test_a_grant_says_which_of_its_papers_are_still_there(own_world: World) -> None:
    vault, hoa = own_world.vault, own_world.seed.hoa.principal
    both = own_world.ask(replace(own_world.wish(), kinds=("contract", "passport")))
    two = (own_world.contract, own_world.passport)
    of_both = own_world.agree(both, replace(own_world.answer(both), document_ids=two))
    alone, taken_back, asked = own_world.granted(), own_world.granted(), own_world.ask()
    grants.withdraw(vault, hoa, taken_back.grant_id)
    erase_document(vault, own_world.contract)
    for given, state, left in (
        (of_both, "live", [own_world.passport]),
        (alone, "erased", []),
        (taken_back, "withdrawn", []),
    ):
        shown = grants.see_grant(vault, hoa, given.grant_id)
        assert (shown.state, [paper.document_id for paper in shown.papers]) == (state, left)
    with pytest.raises(Unacceptable, match="more-than-asked"):
        own_world.agree(asked)


def test_of_an_erased_holder_nothing_of_hers_is_left(own_world: World) -> None:
    read_as(own_world, own_world.contract)
    identity.sign_in_holder(own_world.vault, own_world.seed.hoa.card_code, PIN)
    own_world.granted()
    with own_world.vault.database.read() as session:
        assert left_of_holder(session, hoas(own_world)) > 8
    done = erase_holder(own_world.vault, hoas(own_world))
    assert (done.documents, done.finished) == (2, True)
    with own_world.vault.database.read() as session:
        assert left_of_holder(session, hoas(own_world)) == 0
        assert not sum(left_of_document(session, each) for each in (own_world.passport, own_world.contract))
        row = session.get_one(Holder, hoas(own_world))
        assert (row.card_index, row.name_sealed, row.phone_sealed, row.pin_hash) == (None, b"", None, "")
        assert row.erased_at == own_world.clock()
    names = {each.name for each in own_world.vault.blobs.names()} - {
        f"erasures/{each}" for each in listed(own_world)
    }
    assert names == {row.name for row in own_world.objects(own_world.lans_contract)}
    assert opens(own_world, own_world.lans_contract)
    assert holders.own_name(own_world.vault, own_world.seed.lan.holder_id) == "Lê Thị Lan"
    assert [entry.kind for entry in own_world.entries()][-3:] == [*["document_erased"] * 2, "holder_erased"]
    assert own_world.verdict().ok


def test_the_keys_are_nowhere_in_the_files_of_the_database(own_world: World) -> None:
    with own_world.vault.database.read() as session:
        file_keys = [row.wrapped_file_key for row in own_world.objects() if row.holder_id == hoas(own_world)]
        hers = [session.get_one(HolderKey, hoas(own_world)).wrapped, *file_keys]
        lans = session.get_one(HolderKey, own_world.seed.lan.holder_id).wrapped
    before = raw(own_world)
    assert all(each in before for each in (*hers, lans))
    erase_document(own_world.vault, own_world.contract)
    assert (
        sum(each in raw(own_world) for each in hers)
        == len(hers) - len(own_world.objects(own_world.contract)) - 4
    )
    erase_holder(own_world.vault, hoas(own_world))
    after = raw(own_world)
    assert not [each for each in hers if each in after]
    assert lans in after


def test_what_a_reader_keeps_from_being_wiped_the_next_sweep_wipes(own_world: World) -> None:
    with own_world.vault.database.read() as session:
        wrapped = session.get_one(HolderKey, hoas(own_world)).wrapped
        assert not erase_holder(own_world.vault, hoas(own_world)).finished
        assert wrapped in raw(own_world)
    upkeep.sweep_rows(own_world.vault)
    assert wrapped not in raw(own_world)


def test_with_everything_that_is_left_nothing_of_hers_opens(own_world: World) -> None:
    """As somebody with the database, the root key, and a copy of the bucket and of her sealed name from before."""
    payloads = {row.id: b"".join(own_world.vault.blobs.get(row.name)) for row in own_world.objects()}
    with own_world.vault.database.read() as session:
        name_sealed = session.get_one(Holder, hoas(own_world)).name_sealed
        key = open_one(own_world.vault, find(session, hoas(own_world))).key
    assert open_record(key, name_sealed, name_cell(hoas(own_world)))
    erase_holder(own_world.vault, hoas(own_world))

    with own_world.vault.database.read() as session:
        keys = {
            row: open_one(own_world.vault, find(session, row)).key
            for row in session.exec(select(HolderKey.holder_id))
        }
    rows = own_world.objects()
    file_keys = [file_key_of(own_world.vault, keys[row.holder_id], row) for row in rows]
    hers = [payload for id_, payload in payloads.items() if id_ not in {row.id for row in rows}]
    assert (len(hers), len(keys), len(file_keys)) == (6, 1, 2)
    for payload, file_key in itertools.product(hers, file_keys):
        with pytest.raises(PayloadError):
            b"".join(decrypt_payload(file_key, [payload]))
    for key in keys.values():
        with pytest.raises(WrongPlace):
            open_record(key, name_sealed, name_cell(hoas(own_world)))


def test_her_card_is_then_as_one_that_nobody_has(own_world: World) -> None:
    vault, desk, card, unknown = (
        own_world.vault,
        own_world.seed.centre,
        own_world.seed.hoa.card_code,
        new_card_code(),
    )
    token = identity.sign_in_holder(vault, card, PIN).token
    before = own_world.ask()
    erase_holder(vault, hoas(own_world))

    with pytest.raises(NotSignedIn):
        identity.principal_of(vault, token, "holder")
    for each in (card, unknown):
        with pytest.raises(SignInFailed):
            identity.sign_in_holder(vault, each, PIN)

    def journey(card_code: str) -> list[tuple[Any, ...]]:
        case_id = own_world.case(card_code=card_code)
        return asked(
            case_id,
            requests.make_request(vault, desk, case_id, own_world.wish(), own_world.call()).request_id,
        )

    def asked(case_id: str, request_id: str) -> list[tuple[Any, ...]]:
        shown = cases.see_case(vault, desk, case_id), requests.see_request(vault, desk, request_id)
        return [
            ("case", shown[0].dispute, shown[0].is_open, shown[1].state, shown[1].kinds, shown[1].expires_at),
            outcome(lambda: grants.grant_for_request(vault, desk, request_id)),
            outcome(lambda: release(vault, desk, ask_for(request_id))),
        ]

    assert journey(card) == journey(unknown) == asked(before.case_id, before.request_id)
    assert outcome(lambda: release(vault, desk, ask_for(before.request_id)))[0] == Refused.__name__


def test_erasing_twice_is_no_error_and_leaves_one_record_and_one_entry(own_world: World) -> None:
    for _ in range(2):
        erase_document(own_world.vault, own_world.passport)
        erase_holder(own_world.vault, hoas(own_world))
    assert erase_holder(own_world.vault, hoas(own_world)).documents == 0
    assert len(own_world.entries("document_erased")) == 2
    assert len(own_world.entries("holder_erased")) == 1
    assert len(listed(own_world)) == 4


@pytest.mark.parametrize("erase", [erase_document, erase_holder])
def test_what_never_was_is_not_found_and_not_listed(own_world: World, erase: Callable[..., object]) -> None:
    with pytest.raises(NotFound):
        erase(own_world.vault, "doc_" + "0" * 32)
    assert not listed(own_world)


def refused_whole(world: World) -> None:
    """Nothing was erased, listed or recorded, and erasing works afterwards."""
    assert not listed(world)
    assert opens(world, world.contract)
    assert not world.entries("document_erased")
    assert erase_document(world.vault, world.contract).finished


def test_with_the_store_down_nothing_is_erased_or_listed(own_world: World) -> None:
    down = Blobs(NOBODY_THERE)
    with pytest.raises(StoreUnavailable):
        erase_document(
            replace(own_world.vault, blobs=down, erasures=replace(own_world.vault.erasures, blobs=down)),
            own_world.contract,
        )
    refused_whole(own_world)


def test_without_the_folder_nothing_is_erased_or_listed(own_world: World) -> None:
    gone = ErasureList(own_world.vault.blobs, own_world.folder / "not mounted")
    with pytest.raises(ListUnusable, match="VAULT_ERASURE_FOLDER"):
        erase_document(replace(own_world.vault, erasures=gone), own_world.contract)
    refused_whole(own_world)


def test_with_the_database_busy_nothing_stays_listed(own_world: World) -> None:
    impatient = Database(f"sqlite:///{own_world.database_path}", busy_timeout_ms=50)
    with own_world.vault.database.write(), pytest.raises(DatabaseBusy):
        erase_document(replace(own_world.vault, database=impatient), own_world.contract)
    impatient.close()
    refused_whole(own_world)


# Somebody who writes to the database would have another holder's papers destroyed with hers.
def give_the_paper_to_her(world: World) -> None:
    with world.vault.database.write() as session:
        session.get_one(Document, world.lans_contract).holder_id = hoas(world)


def put_the_objects_into_her_paper(world: World) -> None:
    with world.vault.database.write() as session:
        for row in session.exec(select(StoredObject).where(StoredObject.document_id == world.lans_contract)):
            row.document_id, row.page = world.contract, row.page + 40
            session.add(row)


@pytest.mark.parametrize("move", [give_the_paper_to_her, put_the_objects_into_her_paper])
def test_of_another_holder_nothing_is_destroyed(own_world: World, move: Callable[[World], None]) -> None:
    lans = {row.id: row for row in own_world.objects(own_world.lans_contract)}
    move(own_world)
    assert erase_holder(own_world.vault, hoas(own_world)).finished
    left = {row.id: row for row in own_world.objects()}
    assert left.keys() == lans.keys()
    with own_world.vault.database.read() as session:
        key = open_one(own_world.vault, find(session, own_world.seed.lan.holder_id)).key
    assert all(open_object(own_world.vault, key, row) for row in lans.values())
    assert replay(own_world.vault) == Replayed(0, 0, ())


@pytest.mark.parametrize("move", [give_the_paper_to_her, put_the_objects_into_her_paper])
def test_a_paper_with_objects_of_another_holder_is_told_and_not_erased(
    own_world: World, move: Callable[[World], None]
) -> None:
    move(own_world)
    document_id = own_world.lans_contract if move is give_the_paper_to_her else own_world.contract
    before = own_world.objects()
    with pytest.raises(ForeignObjects, match="nothing was erased"):
        erase_document(own_world.vault, document_id)
    assert own_world.objects() == before
    assert not listed(own_world)
