"""Whether the vault can work right now, for whatever watches over it."""

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import Field

from api.identity import TheVault
from api.routes.shapes import Result
from vault.upkeep import parts_up

State = Literal["up", "down"]

router = APIRouter(tags=["Health"], generate_unique_id_function=lambda route: route.name)


class Health(Result):
    """The state of each part. No versions, addresses or counts: anybody may ask."""

    database: State = Field(examples=["up"])
    store: State = Field(examples=["up"])


@router.get("/health", responses={503: {"model": Health, "description": "A part is down."}})
def see_health(vault: TheVault, response: Response) -> Health:
    """Whether the database and the object store answer. Needs no token."""
    parts = parts_up(vault)
    if not (parts.database and parts.store):
        response.status_code = 503
    return Health(database="up" if parts.database else "down", store="up" if parts.store else "down")
