"""What every body, answer and parameter has in common: strict types, bounded lengths, nothing unknown."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.routing import APIRoute
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

from api.errors import HttpProblem, Place

_ID = r"^[a-z]{3}_[0-9a-f]{32}$"
_RFC3339 = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)


class Body(BaseModel):
    """What a caller sends: no conversions, no unknown members."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Result(BaseModel):
    """What a caller gets: the fields of the use case's result, so that a replayed answer has the same shape."""

    model_config = ConfigDict(from_attributes=True)


def _storable(text: str) -> str:
    text.encode()  # a lone surrogate is not text: UnicodeEncodeError is a ValueError
    if "\0" in text:
        raise ValueError("NUL is not text")
    return text


def _rfc3339(value: object) -> str:
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        raise ValueError("not a moment of RFC 3339")
    return value


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # its offset carries it out of the calendar
        raise ValueError("not a moment of this calendar") from None


Text = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_storable)]
"""Up to 200 characters that can be stored as UTF-8."""

LongText = Annotated[str, StringConstraints(min_length=1, max_length=4096), AfterValidator(_storable)]
"""As `Text`, for something that is pasted rather than typed."""

Secret = Annotated[str, StringConstraints(min_length=1, max_length=1024), AfterValidator(_storable)]
"""A password or PIN as typed; its bound keeps hashing cheap."""

Moment = Annotated[
    AwareDatetime,
    Field(strict=False, description="RFC 3339, with a time zone.", examples=["2027-01-31T17:00:00Z"]),
    BeforeValidator(_rfc3339),
    AfterValidator(_in_utc),
]
"""A point in time, in UTC once it is read."""

AnyId = Annotated[str, StringConstraints(pattern=_ID)]
"""An id as the vault makes them."""

HolderId = Annotated[
    str, Path(pattern=_ID, description="The holder's id.", examples=["hld_0d9c1f6e2b7a4c58a1e3f5b7d9c0e2a4"])
]
DocumentId = Annotated[
    str,
    Path(pattern=_ID, description="The document's id.", examples=["doc_5f0c7a1e9b3d4c26a8f2e4d6c8b0a1f3"]),
]
CaseId = Annotated[
    str, Path(pattern=_ID, description="The case's id.", examples=["cas_7b2d4f6a8c0e1f3a5b7c9d1e3f5a7b9c"])
]
RequestId = Annotated[
    str, Path(pattern=_ID, description="The request's id.", examples=["req_1a3c5e7f9b0d2f4a6c8e0a2b4c6d8e0f"])
]
GrantId = Annotated[
    str, Path(pattern=_ID, description="The grant's id.", examples=["gra_9e8d7c6b5a4f3e2d1c0b9a8f7e6d5c4b"])
]
RecipientId = Annotated[
    str,
    Path(pattern=_ID, description="The recipient's id.", examples=["rcp_2c4e6a8b0d1f3a5c7e9b1d3f5a7c9e0b"]),
]

Limit = Annotated[int, Query(ge=1, le=100, description="How many items at most.")]
Cursor = Annotated[
    str | None,
    Query(min_length=1, max_length=200, description="`next_cursor` of the portion before; none at first."),
]


def known_query_only(request: Request) -> None:
    """Refuses a query member that the operation does not know: a misspelt one would be ignored in silence.

    Raises:
        HttpProblem: there is one.
    """
    route = request.scope["route"]
    known = {field.alias for field in route.dependant.query_params} if isinstance(route, APIRoute) else set()
    unknown = set(request.query_params) - known
    if unknown:
        raise HttpProblem(422, "call-malformed", *parameters(unknown))


def places_of(faults: Sequence[Mapping[str, Any]]) -> tuple[Place, ...]:
    """Where the faults of a call lie, each place once, by the names in it alone and never by what was sent.

    A name that the caller made up is told only if it looks like a name: else the place is what it stands in.
    """
    return tuple(dict.fromkeys(_place(fault) for fault in faults))


def parameters(names: Iterable[str]) -> tuple[Place, ...]:
    """Parameters, or parts of a form, that are not known here; those that look like names."""
    return tuple(Place(parameter=name) for name in sorted(names) if _NAME.fullmatch(name))


def _place(fault: Mapping[str, Any]) -> Place:
    where, *steps = fault["loc"]
    if where != "body":
        return Place(parameter=str(steps[0]))
    pointer = ""
    for step in steps if fault["type"] != "json_invalid" else ():  # there the step is a character's number
        if not _NAME.fullmatch(str(step)):
            break
        pointer += f"/{step}"
    return Place(pointer)


def new_router(tag: str) -> APIRouter:
    """A router for operations under /v1: named by their function, with no unknown query members."""
    return APIRouter(
        prefix="/v1",
        tags=[tag],
        dependencies=[Depends(known_query_only)],
        generate_unique_id_function=lambda route: route.name,
    )
