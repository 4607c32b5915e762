"""The ledger's checkpoint, to be noted down outside the vault."""

from pydantic import Field

from api.errors import HttpProblem
from api.identity import CallingStaff, TheVault
from api.routes.problems import reading
from api.routes.shapes import Result, new_router
from vault.history import ledger_checkpoint

router = new_router("Ledger")


class LedgerCheckpoint(Result):
    """How far the ledger has come. Whoever has noted it down can tell if anything before it is changed later."""

    size: int = Field(description="How many entries.", examples=[42])
    hash: str = Field(
        description="SHA-256 of the last entry, in hex.",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )


@router.get("/ledger/checkpoint", responses=reading("not-signed-in", "not-found"))
def see_checkpoint(vault: TheVault, _staff: CallingStaff) -> LedgerCheckpoint:
    """The ledger's size and last hash. Keep them elsewhere: `migrant-vault verify` checks against them."""
    checkpoint = ledger_checkpoint(vault)
    if checkpoint is None:
        raise HttpProblem(404, "not-found")
    return LedgerCheckpoint(size=checkpoint.size, hash=checkpoint.hash.hex())
