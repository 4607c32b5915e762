"""Rows that say who somebody is are bound: only those that this program wrote count (vault/crypto/SPEC.md B.9).

Who can write to the database can't make a binding without the index key. An older row of the same person, put back
whole, is still bound: `stands` therefore asks the ledger too, whose newest signed entry about that person names the
binding of the row that counts. Residual risk: with that entry deleted the older row counts again, and `verify` finds
the deletion.
"""

import hmac
import logging
from datetime import UTC, datetime

from sqlmodel import Session

from vault.crypto.bindings import binding
from vault.crypto.context import Field
from vault.ledger import store
from vault.tables import Centre, Holder, SignInSession, Staff
from vault.vault import Vault

STAFF_ENTRIES = ("staff_added", "password_changed", "staff_deactivated")
HOLDER_ENTRIES = ("holder_enrolled", "pin_changed", "holder_erased")
"""The entries that name a binding, as the fact `row`: each change of such a row is one of them."""

Bound = Centre | Staff | Holder

_log = logging.getLogger("vault.bindings")


def bind(vault: Vault, row: Bound) -> str:
    """Binds the row as it is now, and returns what the entry about the change must name as `row`."""
    row.bound = _of(vault, row) or b""
    return row.bound.hex()


def is_bound(vault: Vault, row: Bound) -> bool:
    """Whether this program wrote what the row says. A row that it did not write is logged by its id."""
    expected = _of(vault, row)
    if expected is not None and hmac.compare_digest(expected, row.bound):
        return True
    _log.warning("%s %s was changed by another program and does not count", type(row).__name__, ascii(row.id))
    return False


def stands(vault: Vault, session: Session, person: Staff | Holder) -> bool:
    """Whether the row is bound, and the newest that this program wrote about this person."""
    if not is_bound(vault, person):
        return False
    public_key = vault.ledger_key.public_key()
    if isinstance(person, Staff):
        entries = store.signed_entries_at(session, public_key, person.centre_id, STAFF_ENTRIES, person.id)
        about = [entry for entry in entries if entry.body.get("staff_id") == person.id]
    else:
        about = store.signed_entries(session, public_key, person.id, HOLDER_ENTRIES)
    if about and about[-1].body.get("row") == person.bound.hex():
        return True
    _log.warning("%s %s is an older row put back and does not count", type(person).__name__, ascii(person.id))
    return False


def bind_session(vault: Vault, kept: SignInSession, token: str, person: Staff | Holder) -> None:
    """Binds a session to its token and to the person's row: replacing a PIN or a password ends it."""
    kept.bound = _of_session(vault, kept, token, person) or b""


def is_bound_session(vault: Vault, kept: SignInSession, token: str, person: Staff | Holder) -> bool:
    """Whether this program opened the session, with this token, for this person as he or she is now."""
    expected = _of_session(vault, kept, token, person)
    return expected is not None and hmac.compare_digest(expected, kept.bound)


def _of(vault: Vault, row: Bound) -> bytes | None:
    fields: tuple[Field, ...]
    if isinstance(row, Centre):
        return binding(vault.index_key, "centre", row.id, row.name, row.country, row.kind)
    if isinstance(row, Staff):
        fields = (row.id, row.centre_id, row.role, row.login_index, row.password_hash, int(row.active))
        return binding(vault.index_key, "staff", *fields)
    card = (int(row.card_index is not None), row.card_index or b"")
    fields = (row.id, row.origin_centre_id, *card, row.pin_hash, int(row.pin_is_her_own))
    return binding(vault.index_key, "holder", *fields)


def _of_session(vault: Vault, kept: SignInSession, token: str, person: Staff | Holder) -> bytes | None:
    # Not its last use, which moves: whoever keeps a session from falling idle needs its token still.
    lasts = (_text(kept.created_at), _text(kept.expires_at))
    fields: tuple[Field, ...] = (token, kept.face, kept.principal_id, person.bound, *lasts)
    return binding(vault.index_key, "session", *fields)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
