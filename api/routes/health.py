"""Whether the vault can work right now, for whatever watches over it."""

import asyncio
import time
from collections.abc import Callable
from typing import Literal

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request, Response
from pydantic import Field

from api.routes.shapes import Result
from vault.upkeep import PartsUp

State = Literal["up", "down"]
ASKED_EVERY = 3.0
"""Seconds: anybody may call, so calls must not decide how often the parts are asked."""

router = APIRouter(tags=["Health"], generate_unique_id_function=lambda route: route.name)


class Health(Result):
    """The state of each part. No versions, addresses or counts: anybody may ask."""

    database: State = Field(examples=["up"])
    store: State = Field(examples=["up"])
    keyring: State = Field(examples=["up"])


class Watch:
    """Asks the parts at most once at a time and once every `every` seconds; in between, the last result is told.

    Belongs to one event loop, which is what its state needs instead of a lock. Its thread is not one of those that
    calls are carried out in: a store that hangs takes none of them.
    """

    def __init__(self, ask: Callable[[], PartsUp], every: float = ASKED_EVERY) -> None:
        """`ask` may block for as long as the parts let it."""
        self._ask, self._every = ask, every
        self._last: PartsUp | None = None
        self._asking: asyncio.Task[PartsUp] | None = None
        self._not_before = 0.0
        self._thread = CapacityLimiter(1)

    async def parts(self) -> PartsUp:
        """A fresh result if it is time for one, the last one while somebody is asking or it is too early."""
        if self._asking is not None and self._last is not None:
            return self._last
        if self._asking is None:
            if self._last is not None and time.monotonic() < self._not_before:
                return self._last
            self._asking = asyncio.create_task(self._asked())
        return await asyncio.shield(self._asking)  # a caller who hangs up takes the result from nobody

    async def _asked(self) -> PartsUp:
        try:
            self._last = await to_thread.run_sync(self._ask, limiter=self._thread)
            return self._last
        finally:
            self._not_before = time.monotonic() + self._every
            self._asking = None


@router.get("/health", responses={503: {"model": Health, "description": "A part is down."}})
async def see_health(request: Request, response: Response) -> Health:
    """Whether the database, the object store and the keyring answer. Needs no token.

    They are asked at most once every 3 seconds; in between, and while they do not answer, the last result is told.
    """
    watch: Watch = request.app.state.health
    parts = await watch.parts()
    if not (parts.database and parts.store and parts.keyring):
        response.status_code = 503
    return Health(database=_state(parts.database), store=_state(parts.store), keyring=_state(parts.keyring))


def _state(up: bool) -> State:  # a state, not a switch
    return "up" if up else "down"
