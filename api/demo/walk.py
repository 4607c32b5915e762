"""The demonstration from its first step to its last, and the sign-ins to try the pages by hand."""

import time
from typing import Any

import httpx

from api.demo import consent, handover, papers
from api.demo.journey import (
    Journey,
    StepFailed,
    Token,
    card_session,
    expect,
    identity_path,
    notes_of,
    ok,
    signed_in,
    step,
    stored,
)
from api.i18n import text
from api.pages.card_papers import line_of
from api.running import RunningVault, StartError
from api.settings import Settings
from vault.history import HistoryItem, verify_ledger

_REAL = ("vault.db", "root.key", "store")


def prepare(settings: Settings) -> None:
    """Marks the data folder as the demonstration's, before anything else is made in it.

    Raises:
        StartError: a vault lies there that is not the demonstration's, or the folder cannot be made.
    """
    folder = settings.data_folder
    if settings.database_url.get_secret_value():
        raise StartError(
            "the demonstration keeps a database of its own: unset VAULT_DATABASE_URL and start again"
        )
    try:
        notes = notes_of(settings)
        if not notes.path.exists() and any((folder / name).exists() for name in _REAL):
            raise StartError(
                f"a vault that is not the demonstration's lies in {folder}: nothing was done. "
                "Name another folder, as VAULT_DATA_FOLDER=.demo"
            )
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        notes.keep("whose", lambda: "the demonstration's: `make clean` may remove this folder")
    except OSError as error:
        raise StartError(f"cannot make or enter the data folder {folder}: {error.strerror}") from None


def run(running: RunningVault, settings: Settings) -> bool:
    """Runs the journey; says whether every step held."""
    print(
        f"Passport and contract are samples and show two different people, both fictional ({papers.PASSPORT_NAME} and\n"
        "Hoàng Công Tuấn). The vault keeps both papers for one holder and does not compare their names."
    )
    began = time.monotonic()
    # The vault answers on the loopback whatever public name it has.
    own = f"http://127.0.0.1:{settings.port}" if settings.host in ("0.0.0.0", "::") else running.address  # noqa: S104
    with httpx.Client(base_url=own, timeout=60.0) as http:
        journey = Journey(running.vault, http, notes_of(settings), identity_path(settings))
        try:
            _walk(journey)
        except (StepFailed, httpx.HTTPError) as error:
            print(f"   FAILED: {error or type(error).__name__}", flush=True)
            return False
    print(f"\nEvery step held. {time.monotonic() - began:.1f} s in all.\n", flush=True)
    return True


def print_sign_ins(running: RunningVault, settings: Settings) -> None:
    """Prints where to go and how to sign in, for trying the pages by hand."""
    notes = notes_of(settings).values
    print(f"The vault keeps running at {running.address}  (Ctrl-C stops it)")
    print(f"  Staff        {running.address}/staff")
    print(f"    Viet Nam   login {notes['origin_login']}       password {notes['origin_password']}")
    print(f"    Malaysia   login {notes['destination_login']}  password {notes['destination_password']}")
    print(f"      2nd desk {notes['destination_second_login']}  {notes['destination_second_password']}")
    print(f"  Her card     {running.address}/card")
    print(f"    card code  {notes['card_code']}   PIN {notes['pin']}")
    print(f"  API          {running.address}/v1/docs")
    print(f"\nIts data lie in {settings.data_folder.absolute()}; these sign-ins are in demo.json there.")
    print(
        "What you fetch sealed as staff of Malaysia is opened with the centre's identity, which lies there too:"
    )
    identity = identity_path(settings).absolute()
    print(f"  migrant-vault open --identity {identity} --to page-1.jpg DOWNLOADED.age", flush=True)


def _walk(journey: Journey) -> None:
    step("Two centres and their staff are registered", lambda: papers.seed(journey))
    before = stored(journey)
    _take_in(journey, before)
    destination = signed_in(journey, "destination")
    case_id = step(
        "In Malaysia a case for unpaid wages is opened", lambda: consent.open_case(journey, destination)
    )
    _give_a_copy(journey, destination, case_id)
    _hand_over(journey, destination, case_id, before)
    step("The ledger verifies", lambda: _verify(journey))
    step("Her own access history lists all of it", lambda: _history(journey))


def _take_in(journey: Journey, before: set[str]) -> None:
    origin = signed_in(journey, "origin")
    holder_id = step(
        "A holder is enrolled in Viet Nam and gets her card", lambda: papers.enrol(journey, origin)
    )
    step("She signs in with her card and chooses a PIN of her own", lambda: papers.own_pin(journey))
    passport = step(
        "Her passport is deposited, as photographed",
        lambda: papers.deposit(journey, origin, holder_id, "passport", (papers.PASSPORT,)),
    )
    contract = step(
        "Her contract is deposited: two pages, Vietnamese and English",
        lambda: papers.deposit(journey, origin, holder_id, "contract", papers.CONTRACT),
    )
    step("The passport is read", lambda: papers.show_fields(journey, origin, passport))
    step("The contract is read", lambda: papers.show_text(journey, origin, contract))
    step("What lies in the object store is ciphertext", lambda: papers.show_ciphertext(journey, before))


def _give_a_copy(journey: Journey, destination: Token, case_id: str) -> None:
    request_id = step(
        "The centre asks for the contract",
        lambda: consent.ask(journey, destination, case_id, "contract", "copy", 3),
    )
    step(
        "It is refused: she has not answered",
        lambda: consent.refused(journey, destination, request_id, "no-grant"),
    )
    grant_id = step("She grants it with her card and PIN", lambda: consent.grant(journey, request_id, 2))
    step("The centre fetches the copy", lambda: consent.fetch(journey, destination, request_id))
    step("She withdraws", lambda: consent.withdraw(journey, grant_id))
    step("Fetching is refused", lambda: consent.refused(journey, destination, request_id, "grant-withdrawn"))


def _hand_over(journey: Journey, destination: Token, case_id: str, before: set[str]) -> None:
    step(
        "Two people of the centre register what papers are sealed to",
        lambda: handover.register_recipient(journey, destination),
    )
    request_id = step(
        "The centre asks for the passport page itself",
        lambda: consent.ask(journey, destination, case_id, "passport", "handover", 1),
    )
    grant_id = step("She grants that too", lambda: consent.grant(journey, request_id, 1))
    fetched = step(
        "The page is handed over, sealed: only the centre opens it",
        lambda: handover.hand_over(journey, destination, request_id, before),
    )
    step(
        "She withdraws, and the page is sealed anew",
        lambda: handover.withdraw_and_reseal(journey, grant_id, fetched),
    )


def _verify(journey: Journey) -> tuple[str, None]:
    verdict = verify_ledger(journey.vault)
    expect(verdict.ok, f"the ledger has a fault: {verdict.fault}")
    return f"{verdict.size} entries, none changed, removed, reordered or inserted", None


def _history(journey: Journey) -> tuple[str, None]:
    items = ok(journey.http.get("/v1/me/history", headers=card_session(journey)), 200)["items"]
    kinds = {item["kind"] for item in items}
    expected = {"deposited", "case_opened", "request_made", "refused", "granted", "released", "withdrawn"}
    expected |= {"resealed"}
    missing = expected - kinds
    expect(not missing, f"her history lacks {sorted(missing)}")
    return "\n".join(map(_told, items[:10])) + "\n...", None


def _told(item: dict[str, Any]) -> str:
    line = line_of(HistoryItem(**item))
    who = line.item.centre_name if line.who == "centre" else text("en", f"history.{line.who}")
    did = text("en", f"did.{line.did}", centre=line.item.centre_name or "")
    return f"{item['at'][11:19]}  {who}: {did}"
