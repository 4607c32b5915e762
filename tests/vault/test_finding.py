"""Finding a holder again: by what her name, telephone or passport number is, at her own centre, and noted each time."""

import json
import secrets
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from access_policies.request import StaffPrincipal
from ocr.fields.field import Field
from ocr.reading import PageReading
from tests.vault.test_reading import ask_again, only
from tests.vault.world import World
from vault import finding, holders, reading
from vault.errors import KeyringUnavailable, Unacceptable
from vault.finding import find_holders
from vault.holders import Enrolment
from vault.tables import Holder, HolderIndex

PHONE = "+84 912 345 678"


def enrolled(world: World, name: str, phone: str | None = None, staff: StaffPrincipal | None = None) -> str:
    enrolment = Enrolment(name, "vi", True, "signature", phone)
    return holders.enrol(world.vault, staff or world.seed.origin, enrolment, world.call()).holder_id


def found(world: World, query: str, staff: StaffPrincipal | None = None) -> set[str]:
    result = find_holders(world.vault, staff or world.seed.origin, query)
    assert not result.more
    return {each.holder_id for each in result.items}


def indexes(world: World, **where: Any) -> list[HolderIndex]:
    with world.vault.database.read() as session:
        query = select(HolderIndex).filter_by(**where)
        return list(session.exec(query))


def last_search(world: World) -> dict[str, Any]:
    body = json.loads(world.entries("holders_searched")[-1].body)
    return {name: body[name] for name in ("staff_id", "centre_id", "found", "more", "matched")}


def read_number(
    world: World, monkeypatch: pytest.MonkeyPatch, number: str, *, why: str | None = None
) -> None:
    """Has hoa's passport read (again), with this number on it."""
    field = Field("document_number", number, why is not None, why, "mrz", 1)
    monkeypatch.setattr(reading, "read_page", lambda *_: PageReading("", (field,), 1.0))
    only(world, world.passport)
    ask_again(world, world.passport)
    assert reading.read_next(world.vault)


@pytest.mark.parametrize(
    "query",
    [
        "Nguyễn Thị Đượm",
        "nguyen thi duom",
        "DUOM NGUYEN THI",
        "Đượm, Nguyễn",
        "thi   duom",
        "NGUYEN<<THI<DUOM<<<<",
        "Nguye\N{COMBINING CIRCUMFLEX ACCENT}\N{COMBINING TILDE}n Ðuom",
        "\u200bnguyễn\u00a0thị đư\u200dợm ",
    ],
)
def test_she_is_found_by_any_parts_of_her_name_in_any_order(query: str, world: World) -> None:
    duom = enrolled(world, "Nguyễn Thị Đượm")
    assert found(world, query) - {world.seed.hoa.holder_id} == {duom}
    result = find_holders(world.vault, world.seed.origin, "thi duom").items[0]
    assert result == holders.list_holders(world.vault, world.seed.origin, None, 1).items[0]


def test_every_part_that_is_typed_must_be_hers(world: World) -> None:
    hoa, lan = world.seed.hoa.holder_id, world.seed.lan.holder_id
    assert found(world, "nguyen thi") == {hoa}
    assert found(world, "thi hoa") == {hoa}
    assert found(world, "lan thi le") == {lan}
    for nobody in ("nguyen lan", "nguyen thi hoa lan", "nguye thi", "thi thị hoas", "hoa xin"):
        assert found(world, nobody) == set(), nobody


@pytest.mark.parametrize("query", ["H'Đơm Niê", "h\u2019dom nie", "HDOM NIE", "nie h dom", "H-Dom, Nie"])
def test_a_name_with_an_apostrophe_is_found_however_it_is_written(query: str, world: World) -> None:
    with_one, without = enrolled(world, "H'Đơm Niê"), enrolled(world, "Niê HĐơm")
    assert with_one in found(world, query)
    assert (without in found(world, query)) == ("h dom" not in query.lower().replace("-", " "))


@pytest.mark.parametrize(
    "query", ["+84912345678", "0912345678", "(091) 234-5678", "0084 912 345 678", "๐๙๑๒๓๔๕๖๗๘"]
)
def test_she_is_found_by_her_whole_telephone_number(query: str, world: World) -> None:
    na = enrolled(world, "Phạm Thị Na", PHONE)
    enrolled(world, "Phạm Thị Nở", "0912 345 679")
    assert found(world, query) == {na}
    assert last_search(world)["matched"] == ["phone"]


def test_a_number_without_its_country_is_one_of_the_centres_country(world: World) -> None:
    abroad = enrolled(world, "Phạm Thị Na", "+60 12-345 6789")
    assert found(world, "+60123456789") == {abroad}
    assert found(world, "0123456789 0") == set()


def test_she_is_found_by_the_passport_number_that_was_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    hoa = world.seed.hoa.holder_id
    read_number(world, monkeypatch, "C1234567")
    for query in ("C1234567", "c 1234 567", "c-1234567", "Ｃ１２３４５６７"):  # noqa: RUF001  as keyboards give it
        assert found(world, query) == {hoa}, query
    assert last_search(world)["matched"] == ["passport_number"]
    for other in ("C1234568", "1234567", "C123456", "CI234567"):
        assert found(world, other) == set(), other
    rows = indexes(world, document_id=world.passport)
    assert [(row.kind, row.holder_id) for row in rows] == [("passport_number", hoa)]


def test_reading_again_replaces_the_number_and_a_doubtful_one_is_not_looked_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    hoa = world.seed.hoa.holder_id
    read_number(world, monkeypatch, "C1234567")
    read_number(world, monkeypatch, "C7654321")
    assert found(world, "C7654321") == {hoa}
    assert found(world, "C1234567") == set()
    read_number(world, monkeypatch, "C7654321", why="check_digit")
    assert found(world, "C7654321") == set()
    assert indexes(world, document_id=world.passport) == []
    assert found(world, "nguyen hoa") == {hoa}  # what came from her enrolment stays


@pytest.mark.parametrize(
    "query", ["", "  ", "hoa", "Hoa hoa HÒA", "?!", "12", "C12", "\u200b \u200d", "h'", "09-12"]
)
def test_who_types_too_little_is_told_so_and_finds_nobody(query: str, world: World) -> None:
    with pytest.raises(Unacceptable) as unacceptable:
        find_holders(world.vault, world.seed.origin, query)
    assert unacceptable.value.code == "search-too-short"
    assert world.entries("holders_searched") == []


def test_nobody_finds_another_centres_people(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = enrolled(world, "Nguyễn Thị Hoa", PHONE, world.seed.other_origin)
    read_number(world, monkeypatch, "C1234567")
    assert found(world, "nguyen thi hoa") == {world.seed.hoa.holder_id}
    assert found(world, "nguyen thi hoa", world.seed.other_origin) == {theirs}
    assert found(world, PHONE, world.seed.other_origin) == {theirs}
    for query in ("nguyen thi hoa", PHONE, "C1234567"):
        assert found(world, query, world.seed.centre) == set()
    assert found(world, PHONE) == set()
    assert found(world, "C1234567", world.seed.other_origin) == set()


def test_equal_values_do_not_show_across_centres(world: World) -> None:
    here = enrolled(world, "Nguyễn Thị Hoa", PHONE)
    there = enrolled(world, "Nguyễn Thị Hoa", PHONE, world.seed.other_origin)
    ours, theirs = ({row.value_index for row in indexes(world, holder_id=each)} for each in (here, there))
    assert len(ours) == len(theirs) == 4
    assert not ours & theirs
    assert len(ours & {row.value_index for row in indexes(world, holder_id=world.seed.hoa.holder_id)}) == 3


def test_a_desk_that_may_see_nobody_finds_nobody(world: World) -> None:
    """The policy is asked about each: an account switched off, and a role that sees no one, find nothing."""
    for changed in (replace(world.seed.origin, active=False), replace(world.seed.origin, role="destination")):
        assert found(world, "nguyen thi hoa", changed) == set()
        assert last_search(world)["matched"] == []


def test_who_was_erased_is_not_found(world: World) -> None:
    na = enrolled(world, "Phạm Thị Na")
    with world.vault.database.write() as session:
        session.get_one(Holder, na).erased_at = world.clock()
    assert found(world, "pham thi na") == set()


def test_the_newest_are_shown_and_it_is_said_that_there_are_more(world: World) -> None:
    people = []
    for name in ("Một", "Hai", "Ba"):
        world.clock.move(timedelta(minutes=1))
        people.append(enrolled(world, f"Vũ Thị {name}"))
    result = find_holders(world.vault, world.seed.origin, "vu thi", limit=2)
    assert [each.name for each in result.items] == ["Vũ Thị Ba", "Vũ Thị Hai"]
    assert result.more
    assert (last_search(world)["found"], last_search(world)["more"]) == (2, 1)
    assert not find_holders(world.vault, world.seed.origin, "vu thi", limit=3).more
    assert found(world, "vu thi") == set(people)


def test_never_more_than_twenty_are_shown(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vault.credentials.hash_password", lambda _password: "not for signing in")
    for _ in range(finding.MOST_FOUND + 1):
        enrolled(world, "Vũ Thị Na")
    result = find_holders(world.vault, world.seed.origin, "vu na", limit=1000)
    assert (len(result.items), result.more) == (finding.MOST_FOUND, True)


def test_every_search_is_an_entry_without_what_was_typed(world: World) -> None:
    name, query = "Nguyễn Thị " + secrets.token_hex(4), "thi zyxwvut"
    her = enrolled(world, name, PHONE)
    desk = world.seed.origin
    for typed, count, matched in ((name, 1, ["name"]), (PHONE, 1, ["phone"]), (query, 0, [])):
        find_holders(world.vault, desk, typed)
        shown = json.loads(world.entries("holders_searched")[-1].body)["holder_ids"]
        assert (len(shown), set(shown) <= {her}) == (count, True)
        told = {"staff_id": desk.staff_id, "centre_id": desk.centre_id, "found": count, "more": 0}
        assert last_search(world) == {**told, "matched": matched}
    assert all(row.holder_id is None for row in world.entries("holders_searched"))
    assert world.verdict().ok
    kept = " ".join(row.body for row in world.entries())
    for part in ("zyxwvut", "912345678", name.split()[-1]):
        assert part not in kept


def test_without_the_keyring_nothing_is_told_or_noted(world: World) -> None:
    class Down:
        def __getattr__(self, _name: str) -> Any:
            raise KeyringUnavailable

    with pytest.raises(KeyringUnavailable):
        find_holders(replace(world.vault, keyring=Down()), world.seed.origin, "nguyen thi hoa")
    assert world.entries("holders_searched") == []
