"""A small office to test recipients in: who works at which centre, over a real database and no store."""

import secrets
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from access_policies.request import StaffPrincipal
from tests.vault.world import NOBODY_THERE, PASSWORD, Clock, open_vault
from vault import answers, centres, recipients
from vault.answers import Call
from vault.blobs import Blobs
from vault.crypto.hybrid import HybridIdentity
from vault.crypto.recipients import fingerprint, parse_recipient
from vault.database import Database
from vault.errors import Unacceptable
from vault.keyring import create_local
from vault.ledger import store
from vault.migrate import migrate
from vault.recipients import RecipientSummary
from vault.tables import LedgerEntry
from vault.vault import Vault

KEY = str(HybridIdentity.generate().recipient)
OTHER_KEY = str(HybridIdentity.generate().recipient)
FINGERPRINT = fingerprint(parse_recipient(KEY))
OTHER_FINGERPRINT = fingerprint(parse_recipient(OTHER_KEY))


@dataclass(frozen=True)
class Office:
    """A vault with a centre in Penang, where ani and budi work, one in Johor (cik) and one in Hanoi (dung)."""

    folder: Path
    vault: Vault
    clock: Clock
    ani: StaffPrincipal
    budi: StaffPrincipal
    cik: StaffPrincipal
    dung: StaffPrincipal

    def call(self) -> Call:
        return answers.new_call(self.vault, "anybody", secrets.token_hex(8))

    def proposed(self, text: str = KEY, staff: StaffPrincipal | None = None) -> RecipientSummary:
        self.clock.move(timedelta(seconds=1))
        return recipients.propose(self.vault, staff or self.ani, text, self.call())

    def confirmed(self, text: str = KEY) -> RecipientSummary:
        waiting = self.proposed(text)
        typed = fingerprint(parse_recipient(text))
        return recipients.confirm(self.vault, self.budi, waiting.recipient_id, typed)

    def in_use(self) -> str | None:
        """The recipient that a handover to Penang would be sealed to."""
        with self.vault.database.read() as session:
            row = recipients.confirmed_recipient(self.vault, session, self.ani.centre_id)
        return row.recipient if row else None

    def listed(self, staff: StaffPrincipal | None = None) -> list[RecipientSummary]:
        return recipients.list_recipients(self.vault, staff or self.ani, None, 50).items

    def entries(self) -> list[tuple[str, dict[str, object]]]:
        """Kind and body of every entry about a recipient."""
        with self.vault.database.read() as session:
            rows = session.connection().exec_driver_sql(
                "SELECT number FROM ledger_entry WHERE kind LIKE 'recipient%' OR kind = 'refused' ORDER BY number"
            )
            found = [session.get_one(LedgerEntry, number) for (number,) in rows]
            return [(row.kind, dict(store._entry(row).body)) for row in found]

    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.entries()]

    def edit(self, statement: str, *values: object) -> None:
        """Somebody who can write to the database, but has no key."""
        with closing(sqlite3.connect(self.folder / "vault.db")) as hands, hands:
            assert hands.execute(statement, values).rowcount == 1


def founded(folder: Path) -> Office:
    """The first office of a test process, closed again: to be copied."""
    clock = Clock()
    create_local(folder / "root.key")
    database = Database(f"sqlite:///{folder / 'vault.db'}")
    migrate(database)
    database.close()
    vault = open_vault(folder, Blobs(NOBODY_THERE), clock)
    penang = centres.add_centre(vault, "Penang Centre", "MY", "destination")
    johor = centres.add_centre(vault, "Johor Centre", "MY", "destination")
    hanoi = centres.add_centre(vault, "Hanoi Centre", "VN", "origin")
    people = []
    for login, centre_id in (("ani", penang), ("budi", penang), ("cik", johor), ("dung", hanoi)):
        staff_id = centres.add_staff(vault, centre_id, login, PASSWORD, f"desk of {login}")
        role = "deposit" if centre_id == hanoi else "destination"
        people.append(StaffPrincipal(staff_id, centre_id, role, True))  # type: ignore[arg-type]
    vault.database.close()
    return Office(folder, vault, clock, *people)


def moved(first: Office, folder: Path) -> Office:
    """An office of its own for one test."""
    for name in ("vault.db", "root.key"):
        shutil.copy(first.folder / name, folder / name)
    clock = Clock()
    return replace(first, folder=folder, vault=open_vault(folder, Blobs(NOBODY_THERE), clock), clock=clock)


def unacceptable(code: str) -> "pytest.RaisesExc[Unacceptable]":
    return pytest.raises(Unacceptable, match=f"^{code}$")
