"""Proofs: what the ledger's signed entries say of grants and recipients, whatever the tables say of themselves.

Who can write to the database can change a row before somebody acts on it and change it back afterwards. So whether
something was taken back or ended already is decided here, and never by the row. Residual risk: he can delete entries,
which `verify` finds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from vault.ledger import store
from vault.vault import Vault


@dataclass(frozen=True)
class GrantProof:
    """When she took a grant back, if she did, and whether pages themselves were handed over under it."""

    withdrawn_at: datetime | None = None
    handed_over: bool = False


@dataclass(frozen=True)
class Proved:
    """A recipient as an entry names it."""

    recipient_id: str
    fingerprint: str


@dataclass(frozen=True)
class RecipientProofs:
    """What was done with a centre's recipients.

    `proposals` says by whom, None for the operator; `confirmed` has the oldest first; `ended` says when.
    """

    proposals: Mapping[str, str | None]
    confirmed: tuple[Proved, ...]
    ended: Mapping[str, datetime]

    @property
    def in_use(self) -> Proved | None:
        """What was confirmed last, unless it was ended: what stands before it never comes back."""
        newest = self.confirmed[-1] if self.confirmed else None
        return newest if newest is not None and newest.recipient_id not in self.ended else None

    @property
    def not_ended(self) -> tuple[Proved, ...]:
        """What was confirmed and has no end yet: what a new confirmation ends."""
        return tuple(each for each in self.confirmed if each.recipient_id not in self.ended)

    def was_confirmed(self, recipient_id: str) -> bool:
        """Whether a second person ever confirmed this one."""
        return any(each.recipient_id == recipient_id for each in self.confirmed)

    def was_in_use(self, fingerprint: str) -> bool:
        """Whether this was sealed to once, and is not any more: its identity may be known to others."""
        now = self.in_use
        return (now is None or now.fingerprint != fingerprint) and any(
            each.fingerprint == fingerprint for each in self.confirmed
        )


def grants_of(vault: Vault, session: Session, holder_id: str, grant_id: str = "") -> dict[str, GrantProof]:
    """What was done with the holder's grants, or with one of them, by its id; nothing is there of a grant untouched."""
    found: dict[str, GrantProof] = {}
    kinds = ("withdrawn", "released")
    ledger_key = vault.ledger_key.public_key()
    for entry in store.signed_entries(session, ledger_key, holder_id, kinds, grant_id):
        named = str(entry.body.get("grant_id"))
        before = found.get(named, GrantProof())
        if entry.kind == "withdrawn":
            found[named] = GrantProof(datetime.fromisoformat(entry.at), before.handed_over)
        elif entry.body.get("form") == "handover":
            found[named] = GrantProof(before.withdrawn_at, handed_over=True)
    return found


def recipients_at(vault: Vault, session: Session, centre_id: str) -> RecipientProofs:
    """What was done with this centre's recipients."""
    proposals: dict[str, str | None] = {}
    confirmed: list[Proved] = []
    ended: dict[str, datetime] = {}
    kinds = ("recipient_proposed", "recipient_confirmed", "recipient_ended")
    for entry in store.signed_entries_at(session, vault.ledger_key.public_key(), centre_id, kinds):
        proved = Proved(str(entry.body.get("recipient_id")), str(entry.body.get("fingerprint")))
        if entry.kind == "recipient_proposed":
            staff_id = entry.body.get("staff_id")
            proposals[proved.recipient_id] = staff_id if isinstance(staff_id, str) else None
        elif entry.kind == "recipient_confirmed":
            confirmed.append(proved)
        else:
            ended.setdefault(proved.recipient_id, datetime.fromisoformat(entry.at))
    return RecipientProofs(proposals, tuple(confirmed), ended)
