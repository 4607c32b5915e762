"""Holder indexes: what a holder is found by at her own centre, kept as keyed digests and never in clear."""

from collections.abc import Iterable

from sqlmodel import Session, col, delete

from vault.crypto.indexes import holder_index, normalise_passport_number
from vault.tables import Document, Holder, HolderIndex
from vault.vault import Vault, new_id


def keep(vault: Vault, session: Session, holder: Holder, kind: str, values: Iterable[str]) -> None:
    """Adds one index for each normalised value. `kind` is one of `HOLDER_LABELS`."""
    session.add_all(_row(vault, holder, kind, value) for value in values)
    session.flush()


def replace_passport_numbers(
    vault: Vault, session: Session, document: Document, numbers: Iterable[str]
) -> None:
    """Makes her findable by these numbers, as read from this paper, instead of those read from it before."""
    holder = session.get_one(Holder, document.holder_id)
    session.execute(delete(HolderIndex).where(col(HolderIndex.document_id) == document.id))
    normalised = sorted({normalise_passport_number(number) for number in numbers})
    session.add_all(_row(vault, holder, "passport_number", value, document.id) for value in normalised)
    session.flush()


def _row(vault: Vault, holder: Holder, kind: str, value: str, document_id: str | None = None) -> HolderIndex:
    return HolderIndex(
        id=new_id("idx"),
        holder_id=holder.id,
        kind=kind,
        value_index=holder_index(vault.index_key, kind, holder.origin_centre_id, value),
        document_id=document_id,
    )
