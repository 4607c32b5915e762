"""Lists in portions: newest first, with an opaque cursor that stays right while new rows arrive."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from sqlalchemy import and_, or_
from sqlmodel import Session

from vault.errors import Unacceptable

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """One portion of a list. `next_cursor` is None on the last one."""

    items: list[T]
    next_cursor: str | None


def newest_first(
    session: Session,
    query: Any,
    moment: Any,
    row_id: Any,
    after: str | None,
    limit: int,
) -> Page[Any]:
    """At most `limit` rows of `query`, newest first, beginning after the cursor `after`.

    Raises:
        Unacceptable: cursor-unusable.
    """
    if after is not None:
        since, last = _parse(after)
        query = query.where(or_(moment < since, and_(moment == since, row_id < last)))
    rows = list(session.exec(query.order_by(moment.desc(), row_id.desc()).limit(limit + 1)))
    if len(rows) <= limit:
        return Page(rows, None)
    edge = rows[limit - 1]
    return Page(rows[:limit], _cursor(getattr(edge, str(moment.key)), edge.id))


def _cursor(moment: datetime, row_id: str) -> str:
    return urlsafe_b64encode(f"{moment.isoformat()}|{row_id}".encode()).decode().rstrip("=")


def _parse(cursor: str) -> tuple[datetime, str]:
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        moment, _, row_id = text.partition("|")
        parsed = datetime.fromisoformat(moment)
    except ValueError:
        raise Unacceptable("cursor-unusable") from None
    # Only what `_cursor` writes: another offset could carry the moment out of the calendar.
    if parsed.utcoffset() != timedelta(0) or not row_id:
        raise Unacceptable("cursor-unusable")
    return parsed, row_id
