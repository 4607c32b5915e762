"""A small world to test custody in: four centres, two holders, real parts, and a clock that the test sets."""

import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from sqlmodel import select

from access_policies.decide import load
from access_policies.request import HolderPrincipal, StaffPrincipal
from vault import answers, cases, centres, deposit, grants, holders, identity, recipients, requests
from vault.answers import Call
from vault.blobs import Blobs, StoreAddress
from vault.crypto.hybrid import HybridIdentity
from vault.database import Database
from vault.documents import DocumentSummary
from vault.grants import Answer, GrantSummary
from vault.holders import Enrolment
from vault.keyring import create_local, open_local
from vault.ledger import store
from vault.ledger.chain import Verdict
from vault.ledger.store import Recorded
from vault.migrate import migrate
from vault.permits import Ask
from vault.requests import RequestSummary, Wish
from vault.tables import Document, LedgerEntry, StoredObject
from vault.vault import Vault, assemble

_FONT = Path(__file__).parents[2] / "vault" / "fonts" / "DejaVuSans.ttf"
PASSWORD = "long enough to be a password"
PIN = "274918"
POLICIES = load()
NOBODY_THERE = StoreAddress("http://127.0.0.1:9", "us-east-1", "vault", "nobody", "nothing")
"""A store that refuses every connection: port 9 is below those that anybody here may listen on."""
CENTRE_IDENTITY = HybridIdentity.generate()


class Clock:
    """Stands still until it is told to move. Begins at the real time, so that the store's dates compare."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, step: timedelta) -> None:
        self.now += step


@dataclass(frozen=True)
class Person:
    """A holder with her card and a PIN of her own."""

    principal: HolderPrincipal
    card_code: str

    @property
    def holder_id(self) -> str:
        return self.principal.holder_id


@dataclass(frozen=True)
class Seed:
    """What every world begins with."""

    origin: StaffPrincipal
    other_origin: StaffPrincipal
    centre: StaffPrincipal
    other_centre: StaffPrincipal
    hoa: Person
    lan: Person


@dataclass(frozen=True)
class World:
    """An open vault, who lives around it, and hoa's and lan's papers, if they have any yet.

    `database_url` is empty for the SQLite file in the folder.
    """

    folder: Path
    vault: Vault
    clock: Clock
    seed: Seed
    passport: str = ""
    contract: str = ""
    lans_contract: str = ""
    database_url: str = ""

    @property
    def database_path(self) -> Path:
        return self.folder / "vault.db"

    def call(self) -> Call:
        """A call that nobody made before."""
        return answers.new_call(self.vault, "anybody", secrets.token_hex(8))

    def case(self, staff: StaffPrincipal | None = None, card_code: str | None = None) -> str:
        staff, card_code = staff or self.seed.centre, card_code or self.seed.hoa.card_code
        return cases.open_case(self.vault, staff, card_code, "unpaid_wages", self.call()).case_id

    def ask(self, wish: Wish | None = None, *, card_code: str | None = None) -> RequestSummary:
        """A new case of hoa's (or of that card), and a request in it."""
        case_id = self.case(card_code=card_code)
        return requests.make_request(self.vault, self.seed.centre, case_id, wish or self.wish(), self.call())

    def wish(self) -> Wish:
        return Wish(("contract",), "wage_claim", "copy", self.clock() + timedelta(days=30), 3)

    def answer(self, request: RequestSummary) -> Answer:
        """All that was asked, for hoa's contract."""
        return Answer((self.contract,), request.form, request.until, request.uses)

    def agree(self, request: RequestSummary, answer: Answer | None = None) -> GrantSummary:
        given = answer or self.answer(request)
        hoa = self.seed.hoa.principal
        return grants.grant(self.vault, hoa, request.request_id, given, PIN, self.call())

    def granted(self, wish: Wish | None = None) -> GrantSummary:
        return self.agree(self.ask(wish))

    def entries(self, kind: str | None = None) -> list[LedgerEntry]:
        with self.vault.database.read() as session:
            query = select(LedgerEntry).order_by(LedgerEntry.number)  # type: ignore[arg-type]
            return [row for row in session.exec(query) if kind in (None, row.kind)]

    def history(self, holder_id: str) -> list[Recorded]:
        with self.vault.database.read() as session:
            return store.history(session, holder_id, None, 1000)

    def verdict(self) -> Verdict:
        with self.vault.database.read() as session:
            return store.check(session, self.vault.ledger_key.public_key(), None)

    def documents(self) -> list[Document]:
        with self.vault.database.read() as session:
            return list(session.exec(select(Document)))

    def objects(self, document_id: str | None = None) -> list[StoredObject]:
        with self.vault.database.read() as session:
            rows = session.exec(select(StoredObject))
            return [row for row in rows if document_id in (None, row.document_id)]

    def deposit(
        self,
        files: Sequence[bytes],
        call: Call | None = None,
        kind: str = "contract",
        overrule: str | None = None,
    ) -> DocumentSummary:
        hoa, desk = self.seed.hoa.holder_id, self.seed.origin
        return deposit.deposit(self.vault, desk, hoa, kind, files, call or self.call(), overrule)

    def reopened(self) -> "World":
        """The same files, opened afresh, as another process would."""
        vault = open_vault(self.folder, self.vault.blobs, self.clock, self.database_url)
        return replace(self, vault=vault)


def ask_for(request_id: str, attempt: str = "first", **other: object) -> Ask:
    """A release of the only document granted, as a copy."""
    return replace(Ask(request_id, None, "copy", attempt), **other)  # type: ignore[arg-type]


def photo(*lines: str) -> bytes:
    """A small page with print on it, as a JPEG."""
    page = Image.new("RGB", (640, 420), "white")
    pen, font = ImageDraw.Draw(page), ImageFont.truetype(_FONT, 30)
    for number, line in enumerate(lines or ("LABOUR CONTRACT", "Monthly wage 1,700 RM")):
        pen.text((30, 40 + 50 * number), line, fill="black", font=font)
    out = BytesIO()
    page.save(out, "JPEG", quality=85)
    return out.getvalue()


def open_vault(folder: Path, blobs: Blobs, clock: Clock, database_url: str = "") -> Vault:
    """The vault in a folder that holds a root key and, if nothing else is named, a migrated database."""
    database = Database(database_url or f"sqlite:///{folder / 'vault.db'}")
    (folder / "erasures").mkdir(exist_ok=True)
    return assemble(database, blobs, open_local(folder / "root.key"), POLICIES, clock, folder / "erasures")


def found(folder: Path, address: StoreAddress, database_url: str = "") -> World:
    """The first world of a test process: centres, staff and holders, but no papers."""
    clock = Clock()
    create_local(folder / "root.key")
    database = Database(database_url or f"sqlite:///{folder / 'vault.db'}")
    migrate(database)
    database.close()
    vault = open_vault(folder, Blobs(address), clock, database_url)
    origin, other_origin, centre, other_centre = (
        _desk(vault, name, kind, clock)
        for name, kind in (
            ("Hanoi", "origin"),
            ("Hue", "origin"),
            ("Penang", "destination"),
            ("Johor", "destination"),
        )
    )
    hoa, lan = (_person(vault, origin, name) for name in ("Nguyễn Thị Hoa", "Lê Thị Lan"))
    seed = Seed(origin, other_origin, centre, other_centre, hoa, lan)
    return World(folder, vault, clock, seed, database_url=database_url)


def furnished(world: World) -> World:
    """The same with papers: a passport and a two-page contract of hoa's, and a contract of lan's."""

    def deposited(person: Person, kind: str, *pages: bytes) -> str:
        # No real passport: that its zone is missing is overruled.
        desk, call, overrule = world.seed.origin, world.call(), "only_copy"
        done = deposit.deposit(world.vault, desk, person.holder_id, kind, pages, call, overrule)
        return done.document_id

    return replace(
        world,
        passport=deposited(world.seed.hoa, "passport", photo("PASSPORT", "C1234567")),
        contract=deposited(world.seed.hoa, "contract", photo("CONTRACT", "page one"), photo("page two")),
        lans_contract=deposited(world.seed.lan, "contract", photo("CONTRACT", "of somebody else")),
    )


def copied(world: World, folder: Path, address: StoreAddress, database_url: str = "") -> World:
    """A world of its own for one test, as far as the database goes. `world` must be closed.

    `database_url` is that of a copy made already, where the database is no file.
    """
    for name in ("root.key",) if database_url else ("vault.db", "root.key"):
        shutil.copy(world.folder / name, folder / name)
    clock = Clock()
    clock.now = max(clock.now, world.clock.now)
    vault = open_vault(folder, Blobs(address), clock, database_url)
    return replace(world, folder=folder, clock=clock, vault=vault, database_url=database_url)


def _desk(vault: Vault, name: str, kind: str, clock: Clock) -> StaffPrincipal:
    country = "VN" if kind == "origin" else "MY"
    centre_id = centres.add_centre(vault, f"{name} Centre", country, kind)
    centres.add_staff(vault, centre_id, name.lower(), PASSWORD, f"{name} desk")
    signed_in = identity.sign_in_staff(vault, name.lower(), PASSWORD).principal
    assert isinstance(signed_in, StaffPrincipal)
    if kind == "destination":
        proposed = recipients.propose_as_operator(vault, centre_id, str(CENTRE_IDENTITY.recipient))
        recipients.confirm(vault, signed_in, proposed.recipient_id, proposed.fingerprint or "")
    return signed_in


def _person(vault: Vault, desk: StaffPrincipal, name: str) -> Person:
    call = answers.new_call(vault, desk.staff_id, secrets.token_hex(8))
    card = holders.enrol(vault, desk, Enrolment(name, "vi", True, "signature"), call)
    identity.change_pin(vault, HolderPrincipal(card.holder_id, False), card.starting_pin, PIN)
    return Person(HolderPrincipal(card.holder_id, True), card.card_code)
