"""A deposit is kept whole or not at all, and says why not."""

import json
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import cache
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageFilter
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from ocr.errors import Reason, UnsuitableFile
from ocr.mrz.reading import read_zone
from ocr.pixels import open_page
from ocr.recognise import grey
from ocr.thumbnail import LONG_SIDE
from tests.vault.test_places import holder_key
from tests.vault.world import NOBODY_THERE, World, photo
from vault import deposit, documents, objects, upkeep
from vault.answers import AlreadyDone, as_json
from vault.blobs import Blobs
from vault.database import Database
from vault.errors import DatabaseBusy, DiskFull, NotFound, StoreUnavailable, Unacceptable, VaultError
from vault.intake import OVERRULES, FlawedPages, PageFlaw
from vault.objects import open_object
from vault.tables import BegunObject, Document
from vault.vault import new_id


def picture(size: tuple[int, int], colour: str = "white") -> bytes:
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


PASSPORT = Path(__file__).parents[1] / "samples" / "passports" / "vnm_small.jpg"
CONTRACT = Path(__file__).parents[1] / "samples" / "contracts" / "vi_en_page_1.jpg"


@cache
def blurred() -> bytes:
    """A real contract's page, out of focus."""
    with Image.open(CONTRACT) as page:
        soft = page.convert("RGB").resize((1050, 1400)).filter(ImageFilter.GaussianBlur(3))
    out = BytesIO()
    soft.save(out, "JPEG", quality=85)
    return out.getvalue()


def stored(world: World) -> list[str]:
    return [each.name for each in world.vault.blobs.names()]


def nothing_kept(world: World) -> bool:
    return not world.documents() and not world.objects() and not stored(world)


def test_what_was_deposited_is_there_to_the_byte_and_its_pages_are_from_pixels(lone_world: World) -> None:
    world, files = lone_world, [photo("one"), photo("two")]
    done = world.deposit(files)
    assert (done.pages, done.reading, done.holder_id) == (2, "waiting", world.seed.hoa.holder_id)
    opened: dict[tuple[str, int], bytes] = {
        (row.role, row.page): open_object(world.vault, holder_key(world, row.holder_id), row)
        for row in world.objects()
    }
    assert [opened["original", 1], opened["original", 2]] == files
    for number in (1, 2):
        page = open_page(opened["page", number])
        assert (page.width, page.height) == (640, 420)
        assert opened["page", number] != files[number - 1]
    assert sorted(stored(world)) == sorted(row.name for row in world.objects())
    entry = world.entries()[-1]
    assert (entry.kind, entry.holder_id) == ("deposited", world.seed.hoa.holder_id)


def test_nothing_in_the_store_or_the_database_is_readable(lone_world: World) -> None:
    done = lone_world.deposit([photo("secret")])
    for name in stored(lone_world):
        payload = b"".join(lone_world.vault.blobs.get(name))
        for known in (b"\xff\xd8\xff", b"JFIF", done.document_id.encode(), done.holder_id.encode()):
            assert known not in payload
        assert done.document_id not in name


UNSUITABLE: dict[str, tuple[list[bytes], Reason, int]] = {
    "no image": ([b"hello"], Reason.NOT_AN_IMAGE, 1),
    "nothing": ([b""], Reason.EMPTY, 1),
    "a truncated photo": ([photo()[:2000]], Reason.DAMAGED, 1),
    "a second that is no image": ([photo(), b"hello"], Reason.NOT_AN_IMAGE, 2),
}


@pytest.mark.parametrize("case", UNSUITABLE)
def test_what_is_no_paper_is_refused_with_its_reason_and_page(case: str, lone_world: World) -> None:
    files, reason, page = UNSUITABLE[case]
    with pytest.raises(UnsuitableFile) as unsuitable:
        lone_world.deposit(files)
    assert (unsuitable.value.reason, unsuitable.value.page) == (reason, page)
    assert nothing_kept(lone_world)


def test_flawed_pages_are_refused_all_at_once_with_their_places_and_pictures(lone_world: World) -> None:
    files = [picture((600, 500)), photo(), blurred()]
    for kind in ("contract", "passport"):
        with pytest.raises(FlawedPages) as flawed:
            lone_world.deposit(files, kind=kind)
        assert {(each.page, each.flaw) for each in flawed.value.findings} >= {(1, "blank")}
        for shown in flawed.value.pictures:
            with Image.open(BytesIO(shown.jpeg)) as jpeg:
                assert max(jpeg.size) <= LONG_SIDE
        assert [each.page for each in flawed.value.pictures] == sorted(
            {each.page for each in flawed.value.findings}
        )
    assert nothing_kept(lone_world)
    with pytest.raises(FlawedPages) as flawed:
        lone_world.deposit(files)
    assert {(each.page, each.flaw) for each in flawed.value.findings} == {(1, "blank"), (3, "blurred")}
    assert "\xff\xd8" not in repr(flawed.value.pictures)


def test_what_staff_overrule_is_kept_and_recorded_with_the_reason(lone_world: World) -> None:
    done = lone_world.deposit([photo(), picture((600, 500)), blurred()], overrule="only_copy")
    assert done.pages == 3
    assert {(each.page, each.flaw) for each in done.flaws} == {(2, "blank"), (3, "blurred")}
    assert done.overruled_because == "only_copy"
    body = json.loads(lone_world.entries("deposited")[-1].body)
    assert body["overruled_because"] == "only_copy"
    assert sorted(body["flaws"]) == ["2 blank", "3 blurred"]
    assert documents.see_document(lone_world.vault, lone_world.seed.origin, done.document_id) == done


def test_nothing_is_said_to_be_overruled_where_nothing_was_wrong(lone_world: World) -> None:
    done = lone_world.deposit([photo()], overrule="verdict_wrong")
    assert (done.flaws, done.overruled_because) == ((), None)
    assert "overruled" not in lone_world.entries("deposited")[-1].body


@pytest.mark.parametrize("reason", OVERRULES)
def test_no_reason_takes_in_what_is_no_picture(reason: str, lone_world: World) -> None:
    for files in ([b"hello"], [photo()[:2000]], [picture((600, 500)), b"hello"]):
        with pytest.raises(UnsuitableFile):
            lone_world.deposit(files, overrule=reason)
    assert nothing_kept(lone_world)


def test_a_repeat_of_an_overruled_deposit_is_that_deposit(lone_world: World) -> None:
    call = lone_world.call()
    with pytest.raises(FlawedPages):
        lone_world.deposit([blurred()], call)
    done = lone_world.deposit([blurred()], call, overrule="paper_damaged")
    with pytest.raises(AlreadyDone) as again:
        lone_world.deposit([blurred()], call, overrule="paper_damaged")
    assert again.value.answer == as_json(done)
    assert again.value.answer["flaws"] == [{"page": 1, "flaw": "blurred"}]
    assert len(lone_world.documents()) == 1


def test_what_another_program_wrote_as_flaws_is_not_told(lone_world: World) -> None:
    done = lone_world.deposit([blurred()], overrule="only_copy")
    with lone_world.vault.database.write() as session:
        row = session.get_one(Document, done.document_id)
        row.flaws, row.overruled_because = "1 blurred,x glare,2 <b>,,", "because I say so"
        session.add(row)
    seen = documents.see_document(lone_world.vault, lone_world.seed.origin, done.document_id)
    assert (seen.flaws, seen.overruled_because) == ((PageFlaw(1, "blurred"),), None)


def test_what_is_asked_wrongly_is_refused(lone_world: World) -> None:
    world = lone_world

    def attempt(kind: str, files: list[bytes]) -> object:
        hoa, call = world.seed.hoa.holder_id, world.call()
        return deposit.deposit(world.vault, world.seed.origin, hoa, kind, files, call)

    for kind, files, code in (
        ("diary", [photo()], "kind-unknown"),
        ("contract", [], "files-missing"),
        ("contract", [photo()] * (deposit.MOST_FILES + 1), "too-many-files"),
    ):
        with pytest.raises(Unacceptable) as unacceptable:
            attempt(kind, files)
        assert unacceptable.value.code == code
    with pytest.raises(Unacceptable) as unacceptable:
        world.deposit([blurred()], overrule="because I say so")
    assert unacceptable.value.code == "overrule-unknown"
    assert nothing_kept(world)


@pytest.mark.parametrize("stranger", ["other_origin", "centre", "other_centre"])
def test_only_her_own_desk_deposits_for_her(stranger: str, lone_world: World) -> None:
    world = replace(lone_world, seed=replace(lone_world.seed, origin=getattr(lone_world.seed, stranger)))
    with pytest.raises(NotFound):
        world.deposit([photo()])
    assert nothing_kept(world)


def test_for_nobody_there_is_no_deposit(lone_world: World) -> None:
    with pytest.raises(NotFound):
        deposit.deposit(
            lone_world.vault, lone_world.seed.origin, "hld_none", "contract", [photo()], lone_world.call()
        )


# A part that is down


def test_without_the_store_nothing_is_kept(lone_world: World) -> None:
    down = replace(lone_world, vault=replace(lone_world.vault, blobs=Blobs(NOBODY_THERE)))
    entries = len(lone_world.entries())
    with pytest.raises(StoreUnavailable):
        down.deposit([photo()])
    assert nothing_kept(lone_world)
    assert len(lone_world.entries()) == entries


def test_with_the_database_locked_nothing_is_kept(lone_world: World) -> None:
    impatient = Database(f"sqlite:///{lone_world.database_path}", busy_timeout_ms=100)
    with lone_world.vault.database.write(), pytest.raises(DatabaseBusy):
        replace(lone_world, vault=replace(lone_world.vault, database=impatient)).deposit([photo()])
    impatient.close()
    assert nothing_kept(lone_world)


def test_a_repeat_leaves_nothing_behind(lone_world: World) -> None:
    call = lone_world.call()
    done = lone_world.deposit([photo()], call)
    before = sorted(stored(lone_world))
    with pytest.raises(AlreadyDone) as again:
        lone_world.deposit([photo()], call)
    assert again.value.answer["document_id"] == done.document_id
    assert sorted(stored(lone_world)) == before


@contextmanager
def lost_word_of_the_commit() -> Iterator[None]:
    """The deposit's commit happens, but its caller is told that the disk failed. The one before notes the names."""
    commits = count()

    def fail(_session: Session) -> None:
        if next(commits) == 0:
            return
        raise OperationalError("COMMIT", None, Exception("disk I/O error"))

    event.listen(Session, "after_commit", fail)
    try:
        yield
    finally:
        event.remove(Session, "after_commit", fail)


def test_objects_of_a_commit_that_happened_after_all_are_not_taken_back(lone_world: World) -> None:
    world, call = lone_world, lone_world.call()
    with lost_word_of_the_commit(), pytest.raises(DiskFull):
        world.deposit([photo()], call)
    (document,) = world.documents()
    for row in world.objects():
        assert open_object(world.vault, holder_key(world, row.holder_id), row)
    with pytest.raises(AlreadyDone) as done:
        world.deposit([photo()], call)
    assert done.value.answer["document_id"] == document.id


# Upkeep


def test_the_sweep_takes_old_orphans_of_this_database_only(lone_world: World) -> None:
    world, orphan = lone_world, new_id("sealed")
    world.deposit([photo()])
    with world.vault.database.write() as session:
        session.add(BegunObject(name=orphan, begun_at=world.clock()))
    world.vault.blobs.put(orphan, b"left by a crash")
    world.vault.blobs.put("sealed_elsewhere", b"another vault's, or newer than a backup that was put back")
    assert upkeep.sweep_orphans(world.vault) == 0
    world.clock.move(upkeep.ORPHAN_AFTER + timedelta(minutes=1))
    assert upkeep.sweep_orphans(world.vault) == 1
    assert set(stored(world)) == {"sealed_elsewhere", *(row.name for row in world.objects())}
    assert upkeep.sweep_orphans(world.vault) == 0


def test_the_sweep_removes_nothing_but_sealed_objects(lone_world: World) -> None:
    """Whoever writes to the database names what is to be swept: not the erasure list, nor other files in the bucket."""
    world, old = lone_world, lone_world.clock() - timedelta(days=1)
    theirs = {
        "erasures/hld_0.json",
        "sealed_",
        f"{new_id('sealed')}/more",
        f"x{new_id('sealed')}",
        "sealed_" + "G" * 32,
    }
    with world.vault.database.write() as session:
        session.add_all(BegunObject(name=name, begun_at=old) for name in theirs)
    for name in theirs:
        world.vault.blobs.put(name, b"kept")
    assert upkeep.sweep_orphans(world.vault) == 0
    assert set(stored(world)) == theirs
    objects.remove(world.vault, list(theirs))
    assert set(stored(world)) == theirs


def test_the_parts_say_whether_they_are_up(lone_world: World) -> None:
    assert upkeep.parts_up(lone_world.vault) == upkeep.PartsUp(database=True, store=True, keyring=True)
    down = replace(lone_world.vault, blobs=Blobs(NOBODY_THERE))
    assert upkeep.parts_up(down) == upkeep.PartsUp(database=True, store=False, keyring=True)
    nowhere = Database(f"sqlite:///{lone_world.folder / 'nowhere' / 'vault.db'}")
    assert not upkeep.parts_up(replace(lone_world.vault, database=nowhere)).database


# Who may look


def test_her_papers_are_listed_for_her_and_her_desk(world: World) -> None:
    hoa = world.seed.hoa
    principals: list[Any] = [hoa.principal, world.seed.origin]
    for principal in principals:
        listed = documents.list_documents(world.vault, principal, hoa.holder_id)
        assert {each.document_id for each in listed} == {world.passport, world.contract}
    chosen = documents.documents_of_kinds(world.vault, hoa.principal, ("contract",))
    assert [each.document_id for each in chosen] == [world.contract]


def test_no_error_of_a_deposit_shows_its_content(lone_world: World) -> None:
    marker = os.urandom(8).hex()
    with pytest.raises((UnsuitableFile, VaultError)) as raised:
        lone_world.deposit([f"no image but {marker}".encode()])
    assert marker not in repr(raised.value)
    assert marker not in str(raised.value)


def test_small_files_that_unpack_to_too_much_together_are_refused(lone_world: World) -> None:
    """Each is within the limits of one file: 90 megapixels from a hundred kilobytes."""
    sheet = Image.new("L", (9500, 9500), 255)
    sheet.paste(0, (2000, 3000, 4000, 5000))
    packed = BytesIO()
    sheet.save(packed, "PNG")
    with pytest.raises(UnsuitableFile) as refusal:
        lone_world.deposit([packed.getvalue()] * 6)
    assert (refusal.value.reason, refusal.value.page) == (Reason.TOO_LARGE_IN_TOTAL, 5)
    assert stored(lone_world) == []


@pytest.mark.parametrize("degrees", [90, 197])
def test_a_passport_that_lay_turned_is_kept_upright_for_people(lone_world: World, degrees: int) -> None:
    with Image.open(PASSPORT) as page:
        lying = page.convert("RGB").rotate(degrees, expand=True, fillcolor=(110, 110, 110))
    out = BytesIO()
    lying.save(out, "JPEG", quality=90)
    lone_world.deposit([out.getvalue()], kind="passport")
    (row,) = [each for each in lone_world.objects() if each.role == "page"]
    kept = open_page(open_object(lone_world.vault, holder_key(lone_world, row.holder_id), row))
    zone = read_zone(grey(kept.array), lone_world.clock().date())
    assert zone is not None
    along = zone.quads[0][1] - zone.quads[0][0]
    assert abs(math.degrees(math.atan2(float(along[1]), float(along[0])))) < 2
    (original,) = [each for each in lone_world.objects() if each.role == "original"]
    assert (
        open_object(lone_world.vault, holder_key(lone_world, original.holder_id), original) == out.getvalue()
    )
