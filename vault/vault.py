"""The parts a use case needs, in one value that is handed to each of them."""

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlmodel import Session, select

from access_policies.decide import Decision, Policies, decide
from access_policies.request import HolderPrincipal, Principal, Question
from ocr.sanitise import USUAL_LIMITS, Limits
from vault.blobs import Blobs
from vault.clock import Clock
from vault.crypto.context import encode_context
from vault.database import Database
from vault.erasures import ErasureList
from vault.errors import NotFound, Refused, SecretsLost
from vault.keyring.protocol import Keyring
from vault.ledger import store
from vault.ledger.store import Fact
from vault.tables import Centre, RootVersion, VaultSecret

SECRETS = ("index key", "answers key", "ledger key")
"""The vault's own secrets, by the names they are wrapped under."""


@dataclass(frozen=True)
class Vault:
    """Everything custody works with. Immutable; safe to share between threads."""

    database: Database
    blobs: Blobs
    keyring: Keyring
    policies: Policies
    clock: Clock
    erasures: ErasureList
    index_key: bytes = field(repr=False)
    answers_key: bytes = field(repr=False)
    ledger_key: Ed25519PrivateKey = field(repr=False)
    scratch: Path | None = None
    limits: Limits = USUAL_LIMITS

    def record(self, session: Session, kind: str, **facts: Fact) -> int:
        """Appends a ledger entry as the last statement of the caller's transaction; returns its number."""
        return store.record(session, self.ledger_key, self.clock(), kind, facts)

    def record_failed(self, kind: str, error: Exception, **facts: Fact) -> None:
        """Records, in a transaction of its own, that what was allowed could not be done, and the kind of error."""
        with self.database.write() as session:
            self.record(session, kind, **facts, why=type(error).__name__)

    def permit(self, session: Session, question: Question, **facts: Fact) -> Decision:
        """The policy's yes. A no is recorded and committed before it is raised, so that it is never lost.

        Raises:
            Refused: anything but Allow. What the caller did in this transaction before is undone.
        """
        decision = decide(self.policies, question)
        if decision.allowed:
            return decision
        session.rollback()
        self.record(
            session,
            "refused",
            action=str(question.action),
            policies=decision.policies,
            alarm=int(decision.alarm),
            **{**facts, **who(question.principal)},
        )
        session.commit()
        raise Refused(decision.policies, decision.reasons)

    def reveal(self, question: Question) -> Decision:
        """The policy's yes to looking at something; a no is the same answer as "there is no such thing".

        Raises:
            NotFound: anything but Allow.
        """
        decision = decide(self.policies, question)
        if not decision.allowed:
            raise NotFound
        return decision


def assemble(
    database: Database,
    blobs: Blobs,
    keyring: Keyring,
    policies: Policies,
    clock: Clock,
    erasure_folder: Path,
    scratch: Path | None = None,
    limits: Limits = USUAL_LIMITS,
) -> Vault:
    """A vault on a migrated database. Makes the vault's own secrets on the first run.

    `erasure_folder` is the second place of the erasure list (vault/erasures.py), and must be there.
    `scratch` is a folder in memory for the recogniser, needed only where there is no /dev/shm.
    `limits` are what all files of one deposit may take together.

    Raises:
        WrongPlace: the database belongs to another root key.
        KeyringUnavailable: the keyring does not answer: without it the vault cannot start.
        SecretsLost: the database is in use but one of its secrets is gone.
    """
    own = _kept_secrets(database, keyring) or _made_secrets(database, keyring, policies, clock)
    return Vault(
        database=database,
        blobs=blobs,
        keyring=keyring,
        policies=policies,
        clock=clock,
        erasures=ErasureList(blobs, erasure_folder),
        index_key=own["index key"],
        answers_key=own["answers key"],
        ledger_key=Ed25519PrivateKey.from_private_bytes(own["ledger key"]),
        scratch=scratch,
        limits=limits,
    )


def who(principal: Principal) -> dict[str, Fact]:
    """The principal as an entry names it: by id."""
    if isinstance(principal, HolderPrincipal):
        return {"holder_id": principal.holder_id}
    return {"staff_id": principal.staff_id, "centre_id": principal.centre_id}


def new_id(prefix: str) -> str:
    """A random, unguessable id such as `doc_5f0c...` (128 bits)."""
    return f"{prefix}_{secrets.token_hex(16)}"


def secret_context(name: str) -> bytes:
    """What a secret of the vault's own is bound to when the root key wraps it."""
    return encode_context("vault secret", name)


def _kept_secrets(database: Database, keyring: Keyring) -> dict[str, bytes] | None:
    """The vault's own secrets; None in a database that was never used."""
    with database.read() as session:
        rows = session.exec(select(VaultSecret)).all()
        used = session.exec(select(Centre.id)).first() is not None or bool(rows)
    if not used:
        return None
    if {row.name for row in rows} != set(SECRETS):
        # A new one in the place of one that is gone would make the ledger and the erasure list look forged.
        raise SecretsLost
    secrets_of_rows = keyring.unwrap_many([(row.wrapped, secret_context(row.name)) for row in rows])
    return {row.name: secret for row, secret in zip(rows, secrets_of_rows, strict=True)}


def _made_secrets(database: Database, keyring: Keyring, policies: Policies, clock: Clock) -> dict[str, bytes]:
    made = {name: secrets.token_bytes(32) for name in SECRETS}
    wrapped = {name: keyring.wrap(secret, secret_context(name)) for name, secret in made.items()}
    with database.write() as session:
        first = session.exec(select(VaultSecret.name)).first() is None
        if first:
            for name, each in wrapped.items():
                session.add(VaultSecret(name=name, root_version=keyring.version_of(each), wrapped=each))
            version = keyring.version_of(wrapped["ledger key"])
            session.add(RootVersion(version=version, state="current", since=clock()))
            session.flush()
            ledger_key = Ed25519PrivateKey.from_private_bytes(made["ledger key"])
            store.record(session, ledger_key, clock(), "vault_made", {"policy_set": policies.digest})
    if first:
        return made
    kept = _kept_secrets(database, keyring)  # another process was quicker
    if kept is None:
        raise SecretsLost
    return kept
