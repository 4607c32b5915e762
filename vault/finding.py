"""Finding: a holder of one's own centre, by what was typed into one box.

1  read the text in every way it can be meant: as parts of a name, a telephone number, a passport number
2  who has all of it, by keyed digests; of these, whom the policy lets be seen
3  their names opened
4  ledger entry: whose names were shown and by what they were found, never the text; commit
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from access_policies.request import StaffPrincipal
from vault import holder_keys
from vault.centres import load_centre
from vault.crypto.indexes import holder_index, name_readings, normalise_passport_number, normalise_phone
from vault.errors import Unacceptable
from vault.holders import HolderSummary, may_see, summaries
from vault.tables import Centre, Holder, HolderIndex
from vault.vault import Vault

MOST_FOUND = 20
FEWEST_PARTS = 2
"""Of a name. Somebody who types less does not look for a person, but through all of them."""

_WHOLE_NUMBER = re.compile(r"(?=.*[0-9])[A-Z0-9]{5,20}", re.ASCII)


@dataclass(frozen=True)
class Found:
    """The newest of those who were found; `more` says that there are others."""

    items: list[HolderSummary]
    more: bool


@dataclass(frozen=True)
class _Meant:
    """One way to read the text: who has every one of these indexes is meant."""

    kind: str
    indexes: frozenset[bytes]


def find_holders(vault: Vault, staff: StaffPrincipal, query: str, limit: int = MOST_FOUND) -> Found:
    """The holders of the staff member's own origin centre whom the text names: at most `limit`, and never over 20.

    All parts of a name must be hers; order, case and diacritics don't matter, nor do parts that are left out. A
    number must be whole. Whoever may see nobody finds nobody.

    Raises:
        Unacceptable: search-too-short: neither two parts of a name nor a whole number.
        Unavailable: the keyring or the database does not answer; nothing was told.
    """
    limit = min(limit, MOST_FOUND)
    with vault.database.read() as session:
        meant = _meanings(vault, load_centre(vault, session, staff.centre_id), query)  # 1
        if not meant:
            raise Unacceptable("search-too-short")
        found: dict[str, Holder] = {}
        matched: set[str] = set()
        for each in meant:  # 2
            seen = [row for row in _having(session, staff, each, limit) if may_see(vault, staff, row)]
            found |= {row.id: row for row in seen}
            matched |= {each.kind} if seen else set()
        newest = sorted(found.values(), key=lambda row: (row.created_at, row.id), reverse=True)
        newest, more = newest[:limit], len(newest) > limit
        keys = holder_keys.find_many(session, [row.id for row in newest])
    result = Found(summaries(vault, newest, keys), more)  # 3
    _record(vault, staff, result, matched)  # 4
    return result


def _meanings(vault: Vault, centre: Centre, query: str) -> list[_Meant]:
    meant = [
        _meant(vault, centre, "name", sorted(parts))
        for parts in sorted(set(name_readings(query)), key=len)
        if sum(not part.isdigit() for part in parts) >= FEWEST_PARTS
    ]
    phone = normalise_phone(query, centre.country)
    if phone is not None:
        meant.append(_meant(vault, centre, "phone", [phone]))
    number = normalise_passport_number(query)
    if _WHOLE_NUMBER.fullmatch(number):
        meant.append(_meant(vault, centre, "passport_number", [number]))
    return meant


def _meant(vault: Vault, centre: Centre, kind: str, values: Sequence[str]) -> _Meant:
    return _Meant(kind, frozenset(holder_index(vault.index_key, kind, centre.id, value) for value in values))


def _having(session: Session, staff: StaffPrincipal, meant: _Meant, limit: int) -> list[Holder]:
    """The newest holders of the centre with all these indexes, one more than `limit` where there are more."""
    with_all = (
        select(HolderIndex.holder_id)
        .where(HolderIndex.kind == meant.kind, col(HolderIndex.value_index).in_(meant.indexes))
        .group_by(HolderIndex.holder_id)
        .having(func.count(func.distinct(HolderIndex.value_index)) == len(meant.indexes))
    )
    query = (
        select(Holder)
        .where(
            Holder.origin_centre_id == staff.centre_id,
            col(Holder.erased_at).is_(None),
            col(Holder.id).in_(with_all),
        )
        .order_by(col(Holder.created_at).desc(), col(Holder.id).desc())
        .limit(limit + 1)
    )
    return list(session.exec(query))


def _record(vault: Vault, staff: StaffPrincipal, result: Found, matched: set[str]) -> None:
    with vault.database.write() as session:
        vault.record(
            session,
            "holders_searched",
            centre_id=staff.centre_id,
            staff_id=staff.staff_id,
            found=len(result.items),
            holder_ids=tuple(each.holder_id for each in result.items),
            more=int(result.more),
            matched=tuple(sorted(matched)),
        )
