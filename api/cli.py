"""The command line: `migrant-vault COMMAND`. Every refusal is one sentence that says what to do, and exit code 1."""

import argparse
import getpass
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from pydantic import ValidationError

from access_policies.errors import PolicyError
from api import data_commands, demo, doctor, key_commands, open_sealed, read_files
from api.data_commands import NotConfirmed
from api.embedded_store import StoreError
from api.errors import problem_of
from api.i18n import has_text
from api.open_sealed import NotDone
from api.running import StartError, opened, serving, warn_of_one_folder, without_store
from api.settings import Settings
from ocr.errors import DecoderDown
from vault.centres import add_centre, add_staff, deactivate_staff, set_password
from vault.crypto.errors import CryptoError, MovedRow, OldVersion, SwappedObject, VersionRetired, WrongPlace
from vault.errors import VaultError
from vault.history import ledger_checkpoint, verify_ledger
from vault.keyring import KeyringError
from vault.ledger.chain import Checkpoint, parse_checkpoint
from vault.recipients import confirm_as_operator, propose_as_operator
from vault.upkeep import sweep_orphans, sweep_rows

# What an operator must hear in other words than a person at a desk.
_OWN_WORDS = {
    "not-found": "there is nothing and nobody with this id: nothing was changed",
    "keyring-unavailable": "the keyring does not answer: nothing was changed. Its reason is in the log; run this again "
    "when it does",
    "name-unusable": "a name, login or label is empty, longer than 200 characters, or holds control characters: "
    "nothing was changed",
}


class NotTyped(Exception):
    """The password was not typed, or not twice the same."""


_REFUSALS = (
    NotTyped,
    DecoderDown,
    NotConfirmed,
    NotDone,
    StartError,
    StoreError,
    KeyringError,
    PolicyError,
    VaultError,
    CryptoError,
    ValidationError,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    # Database, store and notes are made by many hands: none of their files may be for others to read.
    os.umask(0o077)
    chosen = _parser().parse_args(arguments)
    # A service manager's SIGTERM ends the vault as Ctrl-C does: store and database are closed properly.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    run: Callable[[argparse.Namespace], int] = chosen.run
    try:
        return run(chosen)
    except KeyboardInterrupt:
        print("\nStopped.")
        return 130
    except _REFUSALS as error:
        print(f"migrant-vault: {_sentence(error)}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="migrant-vault", description="A document vault for labour migrants."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(
        name: str, run: Callable[[argparse.Namespace, Settings], int], says: str
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=says, description=says)
        sub.set_defaults(run=partial(_with_settings, run))
        return sub

    command("serve", _serve, "run the vault until Ctrl-C")
    shown = command("demo", _demo, "run the whole journey on sample papers, then keep the vault running")
    shown.add_argument("--exit", action="store_true", help="end after the journey")
    command("migrate", _migrate, "bring the database up to date and stop")
    verify = command("verify", _verify, "check the ledger; name the first fault")
    verify.add_argument(
        "--checkpoint", type=_checkpoint, help='a size and hash noted earlier, as "SIZE HASH"'
    )
    command("doctor", _doctor, "say how well this machine confines what decodes strangers' files")
    command("sweep", _sweep, "remove what interrupted deposits left in the store")
    command("rotate-root", key_commands.rotate_root, "replace the root key, also while the vault serves")
    replaced = command("replace-holder-key", key_commands.replace_holder_key, "give one holder a new key")
    replaced.add_argument("--holder", required=True, help="the holder's id")
    resealed = command(
        "reseal", key_commands.reseal, "seal a document, or one object of it, under new file keys"
    )
    which = resealed.add_mutually_exclusive_group(required=True)
    which.add_argument("--document", help="the document's id")
    which.add_argument("--object", help="the object's id")
    centre = command("add-centre", _add_centre, "register a centre")
    centre.add_argument("--name", required=True)
    centre.add_argument("--country", required=True, help="two letters, as VN or MY")
    centre.add_argument("--kind", required=True, choices=("origin", "destination"))
    staff = command("add-staff", _add_staff, "register a member of staff; asks for the password")
    staff.add_argument("--centre", required=True, help="the centre's id")
    staff.add_argument("--login", required=True)
    staff.add_argument("--label", required=True, help='a work label such as "counsellor 2", never a name')
    ended = command("deactivate-staff", _deactivate_staff, "end a staff member's access, signed in or not")
    password = command("set-password", _set_password, "replace a staff member's password; asks for it")
    for each in (ended, password):
        each.add_argument("--staff", required=True, help="the staff member's id")
    _add_recipient_commands(command)
    data_commands.add_to(command)
    _add_commands_of_receivers(commands.add_parser)
    says = "show what would be read from files, without depositing them; needs no vault"
    read_files.add_arguments(commands.add_parser("read", help=says, description=says))
    return parser


def _with_settings(run: Callable[[argparse.Namespace, Settings], int], chosen: argparse.Namespace) -> int:
    return run(chosen, Settings())


def _add_recipient_commands(command: Callable[..., argparse.ArgumentParser]) -> None:
    proposed = command(
        "set-recipient",
        _set_recipient,
        "propose what papers are sealed to for a centre; its staff confirm it",
    )
    proposed.add_argument("--recipient", required=True, help="age1pq1...")
    confirmed = command("confirm-recipient", _confirm_recipient, "confirm what the centre's staff proposed")
    confirmed.add_argument("--fingerprint", required=True, nargs="+", help="as it was read to you")
    for each in (proposed, confirmed):
        each.add_argument("--centre", required=True, help="the centre's id")


def _add_commands_of_receivers(add: Callable[..., argparse.ArgumentParser]) -> None:
    """What a centre runs on its own computer: without a vault, and so without its settings."""
    says = "make an identity that papers can be sealed to; needs no vault"
    made = add("new-identity", help=says, description=says)
    made.add_argument("--to", required=True, type=Path, help="the file to make")
    made.set_defaults(run=open_sealed.run_new_identity)
    says = "open a file that was handed over; needs no vault"
    opened_file = add("open", help=says, description=says)
    opened_file.add_argument(
        "--identity", required=True, type=Path, help="as new-identity or age-keygen made it"
    )
    opened_file.add_argument("--to", required=True, type=Path, help="the file to make")
    opened_file.add_argument(
        "sealed", nargs="?", type=Path, help="ends in .age; standard input if none is named"
    )
    opened_file.set_defaults(run=open_sealed.run_open)


def _serve(_chosen: argparse.Namespace, settings: Settings) -> int:
    warn_of_one_folder(settings)
    # To be stopped is how serving ends well; a second signal, while it stops, is an interruption.
    with serving(settings) as running, suppress(KeyboardInterrupt):
        print(f"The vault is running at {running.address}  (Ctrl-C stops it)", flush=True)
        threading.Event().wait()
    print("\nStopped.")
    return 0


def _demo(chosen: argparse.Namespace, settings: Settings) -> int:
    demo.prepare(settings)
    with serving(settings) as running:
        held = demo.run(running, settings)
        if chosen.exit or not held:
            return 0 if held else 1
        with suppress(KeyboardInterrupt):
            demo.print_sign_ins(running, settings)
            threading.Event().wait()
    print("\nStopped.")
    return 0


def _migrate(_chosen: argparse.Namespace, settings: Settings) -> int:
    with without_store(settings, create=True):
        print("The database is up to date.")
    return 0


def _verify(chosen: argparse.Namespace, settings: Settings) -> int:
    with without_store(settings) as vault:
        verdict, now = verify_ledger(vault, chosen.checkpoint), ledger_checkpoint(vault)
    if verdict.fault is not None:
        print(
            f"FAULT: entry {verdict.fault.number}: {verdict.fault.what}. {verdict.size} entries before it are whole."
        )
        return 1
    print(f"The ledger is whole: {verdict.size} entries.")
    if now is not None:
        print(f"Note this down outside the vault, for the next check:  {now.text()}")
    return 0


def _doctor(_chosen: argparse.Namespace, _settings: Settings) -> int:
    print("The jail of the decoder:")
    for line in doctor.examine():
        print(f"  {line}")
    return 0


def _sweep(_chosen: argparse.Namespace, settings: Settings) -> int:
    with opened(settings) as vault:
        sweep_rows(vault)
        print(f"Removed {sweep_orphans(vault)} orphaned objects.")
    return 0


def _add_centre(chosen: argparse.Namespace, settings: Settings) -> int:
    with without_store(settings) as vault:
        print(add_centre(vault, chosen.name, chosen.country, chosen.kind))
    return 0


def _add_staff(chosen: argparse.Namespace, settings: Settings) -> int:
    with without_store(settings) as vault:
        print(add_staff(vault, chosen.centre, chosen.login, _typed_password(), chosen.label))
    return 0


def _deactivate_staff(chosen: argparse.Namespace, settings: Settings) -> int:
    with without_store(settings) as vault:
        deactivate_staff(vault, chosen.staff)
    print("This staff member has no access any more.")
    return 0


def _set_password(chosen: argparse.Namespace, settings: Settings) -> int:
    with without_store(settings) as vault:
        set_password(vault, chosen.staff, _typed_password())
    print("The password is replaced; sessions opened with the old one are ended.")
    return 0


def _set_recipient(chosen: argparse.Namespace, settings: Settings) -> int:
    with without_store(settings) as vault:
        proposed = propose_as_operator(vault, chosen.centre, chosen.recipient)
    print("Proposed. It is used once a member of the centre's staff has confirmed it with this fingerprint.")
    print("Read it to her in person or by telephone:")
    print(f"\n    {proposed.fingerprint}")
    return 0


def _confirm_recipient(chosen: argparse.Namespace, settings: Settings) -> int:
    with without_store(settings) as vault:
        confirm_as_operator(vault, chosen.centre, " ".join(chosen.fingerprint))
    print("Confirmed. From now on, what is handed over to this centre is sealed to it.")
    return 0


def _typed_password() -> str:
    try:
        password = getpass.getpass("Password (12 characters or more): ")
        again = getpass.getpass("The same password again: ")
    except EOFError:
        raise NotTyped("no password was typed: nothing was changed") from None
    if password != again:
        raise NotTyped("the two passwords are not the same: nothing was changed")
    return password


def _checkpoint(text: str) -> Checkpoint:
    try:
        return parse_checkpoint(text)
    except ValueError:
        raise argparse.ArgumentTypeError('a checkpoint is "SIZE HASH", as `verify` printed it') from None


def _sentence(error: Exception) -> str:
    if isinstance(error, ValidationError):
        names = ", ".join(f"VAULT_{str(fault['loc'][0]).upper()}" for fault in error.errors() if fault["loc"])
        return f"these settings cannot be used: {names}"
    if isinstance(error, (MovedRow, SwappedObject, OldVersion, VersionRetired)):
        return problem_of(error).title()
    if isinstance(error, WrongPlace):
        return (
            "the root key does not belong to this database, or one of them is damaged: "
            "put back the pair, or name the right keyring"
        )
    if isinstance(error, VaultError):
        return _title(error)
    return str(error) or type(error).__name__


def _title(error: VaultError) -> str:
    problem = problem_of(error)
    if problem.message in _OWN_WORDS:
        return _OWN_WORDS[problem.message]
    # For what no caller from the web is told anything about, the error has its own sentence.
    known = problem.message != "unexpected" and has_text(f"error.{problem.message}")
    return problem.title() if known else str(error) or problem.title()


if __name__ == "__main__":
    sys.exit(main())
