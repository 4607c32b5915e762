"""The parts a use case needs, in one value that is handed to each of them."""

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlmodel import Session, select

from access_policies.decide import Decision, Policies, decide
from access_policies.request import HolderPrincipal, Principal, Question
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

    def record(self, session: Session, kind: str, **facts: Fact) -> int:
        """Appends a ledger entry as the last statement of the caller's transaction; returns its number."""
        return store.record(session, self.ledger_key, self.clock(), kind, facts)

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
) -> Vault:
    """A vault on a migrated database. Makes the vault's own secrets on the first run.

    `erasure_folder` is the second place of the erasure list (vault/erasures.py), and must be there.
    `scratch` is a folder in memory for the recogniser, needed only where there is no /dev/shm.

    Raises:
        WrongPlace: the database belongs to another root key.
        KeyringUnavailable: the keyring does not answer: without it the vault cannot start.
        SecretsLost: the database is in use but its secrets are gone.
    """
    with database.write() as session:
        fresh = session.exec(select(VaultSecret.name)).first() is None
        if fresh and session.exec(select(Centre.id)).first() is not None:
            raise SecretsLost
        vault = Vault(
            database=database,
            blobs=blobs,
            keyring=keyring,
            policies=policies,
            clock=clock,
            erasures=ErasureList(blobs, erasure_folder),
            index_key=_secret(session, keyring, "index key"),
            answers_key=_secret(session, keyring, "answers key"),
            ledger_key=Ed25519PrivateKey.from_private_bytes(_secret(session, keyring, "ledger key")),
            scratch=scratch,
        )
        if fresh:
            session.add(RootVersion(version=keyring.current(), state="current", since=clock()))
            vault.record(session, "vault_made", policy_set=policies.digest)
    return vault


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


def _secret(session: Session, keyring: Keyring, name: str) -> bytes:
    kept = session.get(VaultSecret, name)
    if kept is not None:
        return keyring.unwrap(kept.wrapped, secret_context(name))
    secret = secrets.token_bytes(32)
    wrapped = keyring.wrap(secret, secret_context(name))
    session.add(VaultSecret(name=name, root_version=keyring.version_of(wrapped), wrapped=wrapped))
    return secret
