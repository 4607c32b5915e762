"""Everything people do with a vault, through its API and its pages, with planted secrets wherever one can be put."""

import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import httpx
from PIL import Image
from sqlmodel import Session, select

from access_policies.request import StaffPrincipal
from tests.api.pages.visitor import Visitor
from tests.journeys.planted import Plants, Wire
from tests.journeys.served_vault import ServedVault
from tests.running import Caller, RunningVault, done, problem
from vault import backup, centres, holder_keys, identity, recipients, rotation
from vault.crypto.age import decrypt
from vault.crypto.hybrid import HybridIdentity
from vault.keyring import LocalKeyring
from vault.objects import all_objects, file_key_of
from vault.tables import Document

SAMPLES = Path(__file__).parents[1] / "samples"
PATIENCE = 120.0


@dataclass(frozen=True)
class Somebody:
    """A holder with her card and her own PIN."""

    holder_id: str
    card_code: str
    pin: str


@dataclass(frozen=True)
class Journey:
    """A served vault, what was planted in it, what it answered, and the centre's identity."""

    served: ServedVault
    plants: Plants
    wire: Wire
    centre: HybridIdentity

    def caller(self, token: str = "") -> Caller:
        client = httpx.Client(base_url=self.served.address, timeout=PATIENCE, verify=False)
        if token:
            client.headers["Authorization"] = f"Bearer {token}"
        return Caller(self.wire.listen(client))

    def visitor(self, language: str) -> Visitor:
        running = cast(RunningVault, Address(self.served.address))
        visitor = Visitor(running, language)
        self.wire.listen(visitor.http)
        return visitor

    def staff(self, login: str, password: str) -> Caller:
        answer = self.caller().post("/v1/sessions", {"login": login, "password": password})
        token = self.plants.showed(
            f"token of {login} {secrets.token_hex(2)}", done(answer, 201)["token"], answer
        )
        return self.caller(token)

    def holder(self, person: Somebody) -> Caller:
        body = {"card_code": person.card_code, "pin": person.pin}
        answer = self.caller().post("/v1/card-sessions", body)
        token = self.plants.showed(
            f"token of a card {secrets.token_hex(2)}", done(answer, 201)["token"], answer
        )
        return self.caller(token)

    def cookie(self, visitor: Visitor, name: str) -> None:
        """Plants the cookie of a session that has just been opened by a page."""
        (token,) = set(visitor.http.cookies.values()) - {visitor.http.headers["Accept-Language"]}
        self.plants.plant(name, token)
        self.plants.took(name)


@dataclass(frozen=True)
class Address:
    """As much of a running vault as a visitor needs."""

    base_url: str


def registered(journey: Journey) -> None:
    """An origin and a destination centre with a member of staff each, by the operator."""
    plants = journey.plants
    with journey.served.opened() as vault:
        for login, name, country, kind in (
            ("desk-hanoi-7", "Hanoi Centre", "VN", "origin"),
            ("desk-penang-3", "Penang Centre", "MY", "destination"),
        ):
            password = plants.plant(f"password of {login}", f"{secrets.token_urlsafe(12)} Mật khẩu")
            centre_id = centres.add_centre(vault, name, country, kind)
            centres.add_staff(vault, centre_id, plants.plant(f"login {login}", login), password, "desk")
            if kind == "destination":
                proposed = recipients.propose_as_operator(vault, centre_id, str(journey.centre.recipient))
                signed_in = identity.sign_in_staff(vault, login, password).principal
                assert isinstance(signed_in, StaffPrincipal)
                recipients.confirm(vault, signed_in, proposed.recipient_id, proposed.fingerprint or "")


def password_replaced(journey: Journey) -> None:
    """By the operator at the command line, beside the server."""
    old = {"login": "desk-penang-3", "password": journey.plants.secrets["password of desk-penang-3"]}
    staff_id = done(journey.caller().post("/v1/sessions", old), 201)["staff"]["staff_id"]
    new = journey.plants.plant("password typed at the command line", f"{secrets.token_urlsafe(12)} gõ lại")
    journey.served.tell("set-password", "--staff", staff_id, typed=f"{new}\n{new}\n")
    journey.staff("desk-penang-3", new)
    journey.plants.took("password typed at the command line")


def enrolled(journey: Journey, desk: Caller) -> Somebody:
    """Somebody enrolled through the API, with a PIN of her own; found again by her name."""
    plants = journey.plants
    name = plants.plant("her name", "Đặng Thị Xuyến Nhiênlạc")
    phone = plants.plant("her telephone number", "+84912733468")
    key = plants.plant("idempotency key", "xuyen-nhienlac-dang-0912")
    body = {
        "name": name,
        "language": "vi",
        "consent_given": True,
        "consent_method": "thumbprint",
        "phone": "0912 733 468",
    }
    answer = desk.post("/v1/holders", body, key=key)
    card = done(answer, 201)
    assert done(desk.post("/v1/holders", body, key=key), 201) == card  # kept, and given again
    plants.took("idempotency key")
    code = plants.showed("her card code", card["card_code"], answer)
    starting = plants.showed("her starting PIN", card["starting_pin"], answer)
    seen = desk.get(f"/v1/holders/{card['holder_id']}")
    plants.showed("her name", name, seen)
    plants.showed("her telephone number", phone, seen)
    query = plants.plant("what was searched for", "nhienlac dang xuyen")
    found = done(desk.post("/v1/holders/search", {"query": query}), 200)
    assert [each["holder_id"] for each in found["items"]] == [card["holder_id"]]
    plants.took("what was searched for")
    pin = plants.plant("her own PIN", _new_pin())
    somebody = Somebody(card["holder_id"], code, pin)
    first = journey.holder(Somebody(card["holder_id"], code, starting))
    assert first.post("/v1/me/pin", {"pin": starting, "new_pin": pin}).status_code == 204
    return somebody


def deposited(journey: Journey, desk: Caller, somebody: Somebody) -> tuple[str, str]:
    """Her passport and her contract, with something to tell in the files' names and comments; read and looked at."""
    plants = journey.plants
    comment = plants.plant("comment in a photograph", "Chụp tại nhà 17 ngách Huế, máy của Xuyến")
    name = plants.plant("name of a file", "Hộ chiếu Xuyến Nhiênlạc cũ.jpg")
    passport = _with_comment((SAMPLES / "journey" / "passport.jpg").read_bytes(), comment)
    contract = _upper_part((SAMPLES / "journey" / "contract-2.jpg").read_bytes())
    ids = [
        _deposit(desk, somebody, kind, name, content)
        for kind, content in (("passport", passport), ("contract", contract))
    ]
    plants.took("comment in a photograph", "name of a file")
    plants.carried("passport as it was deposited", passport)
    plants.carried("contract as it was deposited", contract)
    fields = read(desk, ids[0])
    for each in fields.json()["fields"]:
        if len(each["value"]) >= 6 and each["name"] != "document_kind":  # that one stands in clear as such
            plants.showed(f"{each['name']} of the passport", each["value"], fields)
    text = read(desk, ids[1])
    lines = [line for line in text.json()["texts"][0].splitlines() if len(line) > 25]
    for number, line in enumerate(lines[:12]):
        plants.secrets[f"line {number} of the contract"] = line
        plants.proved.add(f"line {number} of the contract")
    assert "MÔI GIỚI" in text.text
    assert len(lines) > 12
    return ids[0], ids[1]


def consented(journey: Journey, somebody: Somebody, passport: str, contract: str) -> None:
    """A case, a request, a wrong PIN and a yes, everything that it allows, her own copy, and the withdrawal."""
    plants = journey.plants
    penang = journey.staff("desk-penang-3", str(plants.secrets["password of desk-penang-3"]))
    plants.took("login desk-penang-3", "password of desk-penang-3")
    case = done(penang.post("/v1/cases", {"card_code": somebody.card_code, "dispute": "unpaid_wages"}), 201)
    request = _requested(penang, case["case_id"])
    path = f"/v1/requests/{request}"
    problem(penang.post(f"{path}/copies", {"form": "view"}), 403, "no-grant")
    her = journey.holder(somebody)
    answer = {"document_ids": [contract], "form": "handover", "until": _in_days(7), "uses": 9}
    wrong = plants.plant("a wrong PIN", _new_pin())
    problem(her.post(f"/v1/me/requests/{request}/grant", {**answer, "pin": wrong}), 401, "sign-in-failed")
    grant = done(her.post(f"/v1/me/requests/{request}/grant", {**answer, "pin": somebody.pin}), 201)
    plants.took("a wrong PIN", "her own PIN")
    for form in ("view", "copy"):
        copy = penang.post(f"{path}/copies", {"form": form})
        assert copy.content.startswith(b"%PDF")
        plants.carried(f"the {form} that was released", copy.content)
    sealed = penang.post(f"{path}/copies", {"form": "copy", "sealed": True})
    plants.carried("the sealed copy, opened", b"".join(decrypt([sealed.content], [journey.centre])))
    page = penang.post(f"{path}/handovers", {"page": 1})
    plants.carried("the clean page, opened", b"".join(decrypt([page.content], [journey.centre])))
    own = her.http.post(f"/v1/me/documents/{passport}/copy")
    assert own.content.startswith(b"%PDF")
    plants.carried("her own copy", own.content)
    assert done(her.get("/v1/me/history"), 200)["items"]
    done(her.post(f"/v1/me/grants/{grant['grant_id']}/withdrawal"), 200)
    problem(penang.post(f"{path}/copies", {"form": "copy"}), 403, "grant-withdrawn")
    another = _requested(penang, case["case_id"])
    assert her.post(f"/v1/me/requests/{another}/refusal").status_code in (200, 204)
    assert her.http.delete("/v1/sessions/current").status_code == 204


def by_pages(journey: Journey) -> str:
    """Somebody else enrolled by forms alone, her paper, her card, and what goes wrong on the way: her id."""
    plants = journey.plants
    desk, phone = journey.visitor("en"), journey.visitor("vi")
    desk.get("/staff")
    wrong = plants.plant("a wrong password", f"{secrets.token_urlsafe(12)} không đúng")
    desk.submit("/staff", {"login": "desk-hanoi-7", "password": wrong}, 401)
    plants.took("a wrong password")
    desk.submit("/staff", {"login": "desk-hanoi-7", "password": plants.secrets["password of desk-hanoi-7"]})
    journey.cookie(desk, "cookie of a desk")
    name = plants.plant("a name typed into a form", "Quách Thuỵ Phươngvân")
    number = plants.plant("a telephone number typed into a form", "+84987155203")
    plants.plant("a telephone number that is none", "0987 155 2031 77")
    given = {"name": name, "language": "vi", "consent": "yes", "method": "signature"}
    desk.get("/staff/holders/new")
    desk.submit("/staff/holders/new", {**given, "phone": "0987 155 2031 77"}, 422)
    plants.took("a telephone number that is none")
    slip = desk.submit("/staff/holders/new", {**given, "phone": "0987 155 203"}, 201)
    code, starting = re.findall(r'<dd class="mono">([^<]+)</dd>', slip.html)
    plants.showed("a card code on a slip", code, slip.answer)
    plants.showed("a starting PIN on a slip", starting, slip.answer)
    path = next(link for link in slip.links if link.startswith("/staff/holders/"))
    page = desk.get(path)
    plants.showed("a name typed into a form", name, page.answer)
    plants.showed("a telephone number typed into a form", number, page.answer)
    desk.submit(
        path, {"kind": "contract"}, 422, files=[b"no picture: " + comment_in_a_bad_file(plants).encode()]
    )
    _card_by_pages(journey, phone, code, starting)
    return path.rpartition("/")[2]


def _card_by_pages(journey: Journey, phone: Visitor, code: str, starting: str) -> None:
    plants = journey.plants
    wrong = plants.plant("a wrong PIN typed into a form", _new_pin())
    own = plants.plant("a PIN typed into a form", _new_pin())
    phone.get("/card")
    phone.submit("/card", {"card_code": code, "pin": wrong}, 401)
    plants.took("a wrong PIN typed into a form")
    phone.submit("/card", {"card_code": code, "pin": starting})
    journey.cookie(phone, "cookie of a card")
    phone.submit("/card/pin", {"pin": wrong, "new_pin": own, "new_pin_again": own}, 401)
    phone.submit("/card/pin", {"pin": starting, "new_pin": own, "new_pin_again": own})
    phone.submit("/card", {"card_code": code, "pin": own})
    plants.took("a PIN typed into a form")
    plants.showed(
        "a name typed into a form", str(plants.secrets["a name typed into a form"]), phone.page.answer
    )
    phone.get("/card/history")
    phone.submit("/card/close", {})


def mistaken(journey: Journey, desk: Caller, somebody: Somebody) -> None:
    """Calls that are refused, each with a secret where it does not belong."""
    name = str(journey.plants.secrets["her name"])
    nobody = journey.caller()
    documents = f"/v1/holders/{somebody.holder_id}/documents"
    broken = b'{"name": "' + name.encode() + b'", '
    refused = (
        desk.get(f"/v1/holders/{name}"),
        desk.get(f"/v1/documents/{somebody.card_code}"),
        desk.get("/v1/holders", cursor=name),
        desk.get("/v1/holders", **{name: somebody.pin}),
        desk.post("/v1/holders", {"name": name, name: name}),
        desk.post("/v1/holders", {"name": [name], "language": somebody.pin}),
        desk.post("/v1/cases", {"card_code": name, "dispute": name}),
        desk.http.post("/v1/holders", content=broken, headers={"Idempotency-Key": "broken"}),
        desk.http.post(documents, params={"kind": name}, files=[("files", (name, b"x"))]),
        desk.http.post(
            documents, params={"kind": "contract"}, files=[("files", (name, b"%PDF-1.7\n" + name.encode()))]
        ),
        desk.http.put(f"/{name}"),
        nobody.get("/v1/me"),
        nobody.post("/v1/sessions", {"login": name, "password": somebody.pin}),
        nobody.post("/v1/card-sessions", {"card_code": somebody.card_code, "pin": name}),
        nobody.http.get(f"/staff/holders/{name}", headers={"Cookie": f"vault_staff={name.encode().hex()}"}),
        nobody.http.get("/v1/me", headers={"Authorization": f"Bearer {somebody.card_code}"}),
    )
    assert {answer.status_code // 100 for answer in refused} <= {3, 4}


def comment_in_a_bad_file(plants: Plants) -> str:
    """Something to tell in a file that is no picture."""
    told = plants.plant("text in a bad file", "Chủ giữ hộ chiếu của tôi từ tháng ba")
    plants.took("text in a bad file")
    return told


def searched(journey: Journey, desk: Caller, somebody: Somebody) -> None:
    """She is found by what her passport and her telephone say, as people type it."""
    number = str(journey.plants.secrets["document_number of the passport"])
    for name, query in (("number", f" {number.lower()} "), ("telephone number", "0912-733-468")):
        typed = journey.plants.plant(f"a {name} searched for", query)
        found = done(desk.post("/v1/holders/search", {"query": typed}), 200)
        assert [each["holder_id"] for each in found["items"]] == [somebody.holder_id]
        journey.plants.took(f"a {name} searched for")


def replaced_and_erased(journey: Journey, somebody: Somebody, another: str) -> None:
    """By the operator beside the server: every key of hers is replaced, and another holder erased."""
    keys_of(journey, " of before")
    with journey.served.opened() as vault:
        assert list(rotation.rotate_root(vault))
        rotation.replace_holder_key(vault, somebody.holder_id)
    told = journey.served.tell("erase-holder", "--holder", another, typed=f"{another}\n")
    assert "Destroyed: 0 papers" in told


def backed_up(journey: Journey) -> None:
    """By the operator, to where all files are looked at."""
    with journey.served.opened() as vault:
        backup.backup(vault, journey.served.folder / "backup")


def keys_of(journey: Journey, when: str = "") -> None:
    """Every key that the vault works with, read out of it as only its own process can."""
    plants = journey.plants
    with journey.served.opened() as vault:
        assert isinstance(vault.keyring, LocalKeyring)
        for version, root in vault.keyring._keys().by_version.items():
            plants.held(f"root key {version}{when}", root)
        plants.held("index key", vault.index_key)
        plants.held("answers key", vault.answers_key)
        plants.held("ledger key", vault.ledger_key.private_bytes_raw())
        with vault.database.read() as session:
            for number, document in enumerate(all_documents(session)):
                key = holder_keys.open_one(vault, holder_keys.find(session, document.holder_id)).key
                plants.held(f"holder key {number}{when}", key)
                for row in all_objects(session, document.id):
                    plants.held(f"file key of {row.id}{when}", file_key_of(vault, key, row))


def all_documents(session: Session) -> Sequence[Document]:
    """Every document there is."""
    return session.exec(select(Document)).all()


def read(desk: Caller, document_id: str) -> httpx.Response:
    """What was read from a document, once it is."""
    until = time.monotonic() + PATIENCE
    while done(desk.get(f"/v1/documents/{document_id}"), 200)["reading"] != "done":
        assert time.monotonic() < until, "it was never read"
        time.sleep(0.05)
    return desk.get(f"/v1/documents/{document_id}/content")


def _deposit(desk: Caller, somebody: Somebody, kind: str, name: str, content: bytes) -> str:
    answer = desk.http.post(
        f"/v1/holders/{somebody.holder_id}/documents",
        params={"kind": kind, "overrule": "only_copy"},  # of the contract a part is cut off
        files=[("files", (name, content, "image/jpeg"))],
        headers={"Idempotency-Key": secrets.token_hex(8)},
    )
    return str(done(answer, 201)["document_id"])


def _requested(penang: Caller, case_id: str) -> str:
    wish: dict[str, Any] = {"kinds": ["contract"], "purpose": "wage_claim", "form": "handover"}
    wish |= {"until": _in_days(20), "uses": 9}
    return str(done(penang.post(f"/v1/cases/{case_id}/requests", wish), 201)["request_id"])


def _with_comment(picture: bytes, comment: str) -> bytes:
    told = comment.encode()
    return picture[:2] + b"\xff\xfe" + (len(told) + 2).to_bytes(2, "big") + told + picture[2:]


def _upper_part(picture: bytes) -> bytes:
    """Enough to be read in a second or two."""
    whole = Image.open(BytesIO(picture))
    part = BytesIO()
    whole.crop((0, 0, whole.width, whole.height * 2 // 5)).save(part, "JPEG", quality=90)
    return part.getvalue()


def _new_pin() -> str:
    return (
        f"{secrets.choice('4567')}{secrets.choice('0123')}{secrets.choice('89')}{secrets.randbelow(1000):03}"
    )


def _in_days(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()
