"""The same call twice is one call: the answer is kept, sealed, in the very transaction that did the work.

A retry after a lost connection, or a second click, gets the first answer again; a crash can't come in between
(draft-ietf-httpapi-idempotency-key-header).
"""

import hashlib
import hmac
import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from vault.crypto.siv import Place, open_bytes, seal_bytes
from vault.errors import Unacceptable, VaultError
from vault.tables import KeptAnswer
from vault.vault import Vault

KEEP_FOR = timedelta(days=1)
"""Long enough for a retry, and no longer: an old copy of the database gives these answers to whoever has today's.

They are sealed under the vault's answers key, which an erasure does not destroy (docs/threat-model.md).
"""
LONGEST_KEY = 200
_LABEL = "migrant-vault kept answer"


@dataclass(frozen=True)
class Call:
    """One call as its caller names it: by whom and under which idempotency key, and what it asks."""

    index: bytes
    digest: bytes


class AlreadyDone(VaultError):
    """This very call has been carried out; `answer` is what was answered then."""

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__("already done")
        self.answer = answer


def new_call(vault: Vault, principal_id: str, idempotency_key: str, *asked: str | bytes) -> Call:
    """Names a call. `asked` is everything that makes it this call and no other.

    Raises:
        Unacceptable: idempotency-key-unusable.
    """
    if not 1 <= len(idempotency_key) <= LONGEST_KEY or not idempotency_key.isprintable():
        raise Unacceptable("idempotency-key-unusable")
    digest = hashlib.sha256()
    for part in asked:
        content = part.encode() if isinstance(part, str) else part
        digest.update(len(content).to_bytes(8, "big") + content)
    named = json.dumps([principal_id, idempotency_key]).encode()
    # The digest is keyed too: what was asked may hold a name, and must not be guessable from a stolen database.
    return Call(
        hmac.new(vault.answers_key, b"call" + named, hashlib.sha256).digest(),
        hmac.new(vault.answers_key, b"asked" + digest.digest(), hashlib.sha256).digest(),
    )


def replay(vault: Vault, call: Call) -> None:
    """Does nothing for a new call.

    Raises:
        AlreadyDone: with the answer given then.
        Unacceptable: idempotency-key-reused: the same key for something else.
    """
    with vault.database.read() as session:
        require_new(vault, session, call)


def require_new(vault: Vault, session: Session, call: Call) -> None:
    """As `replay`, within the caller's transaction."""
    kept = session.get(KeptAnswer, call.index)
    if kept is None:
        return
    if not hmac.compare_digest(kept.request_digest, call.digest):
        raise Unacceptable("idempotency-key-reused")
    raise AlreadyDone(json.loads(open_bytes(vault.answers_key, kept.answer_sealed, _place(call))))


def keep(vault: Vault, session: Session, call: Call, result: object, holder_id: str | None = None) -> None:
    """Keeps the answer within the transaction that does the work. `result` is a dataclass of plain values.

    An answer about a holder names her, so that it goes when she is erased.

    Raises:
        AlreadyDone, Unacceptable: as for `replay`; the transaction is then undone.
    """
    require_new(vault, session, call)
    answer = json.dumps(as_json(result)).encode()
    session.add(
        KeptAnswer(
            call_index=call.index,
            request_digest=call.digest,
            answer_sealed=seal_bytes(vault.answers_key, answer, _place(call)),
            holder_id=holder_id,
            created_at=vault.clock(),
        )
    )
    session.flush()


def as_json(result: object) -> dict[str, Any]:
    """A dataclass as plain JSON values; moments as RFC 3339 in UTC."""
    return {name: _plain(value) for name, value in asdict(result).items()}  # type: ignore[call-overload]


def _place(call: Call) -> Place:
    return Place(_LABEL, (call.index,))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value
