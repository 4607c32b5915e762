"""Commands that destroy for good, and that keep copies: `erase-holder`, `erase-document`, `backup`, `restore`."""

import argparse
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from api.running import opened, without_store
from api.settings import Settings
from vault import backup, erasure

RETENTION_DAYS = 20
"""Within so many days a worker's data must be gone from backups too: Decree 356/2025 of Viet Nam, Article 5."""

_NO_WAY_BACK = "There is no way back: a database put back from a backup is erased again before it serves."
_WHAT_IS_LEFT = (
    "A backup of the key table (keys.json) from before still opens it, together with the root key and a copy of the "
    "store or of the records: see that no such backup is left {}."
)


class NotConfirmed(Exception):
    """The id was not typed a second time, or not the same."""


def erase_holder(chosen: argparse.Namespace, settings: Settings) -> int:
    """Asks for the id again, then destroys a holder's key, papers and name; says what cannot be called back."""
    with opened(settings, beside=True) as vault:
        extent = erasure.extent(vault, "holder", chosen.holder)
        if extent.erased_at is not None:
            return _say_erased_already(extent, extent.erased_at)
        print(f"This destroys the holder's key, name, card and {_many(extent.documents, 'paper')}.")
        _confirm(chosen.holder, extent)
        _tell(erasure.erase_holder(vault, chosen.holder), extent)
    return 0


def erase_document(chosen: argparse.Namespace, settings: Settings) -> int:
    """Asks for the id again, then destroys one paper; says what cannot be called back."""
    with opened(settings, beside=True) as vault:
        extent = erasure.extent(vault, "document", chosen.document)
        if extent.erased_at is not None:
            return _say_erased_already(extent, extent.erased_at)
        print("This destroys the paper, and all that was read from it.")
        _confirm(chosen.document, extent)
        _tell(erasure.erase_document(vault, chosen.document), extent)
    print(
        "In backups of the records, what was read from it is sealed to the holder's key, which goes on being used."
    )
    print(f"Give her a new one:  migrant-vault replace-holder-key --holder {extent.holder_id}")
    return 0


def save(chosen: argparse.Namespace, settings: Settings) -> int:
    """Writes a backup of the database, the keys apart from the rest."""
    with without_store(settings) as vault:
        backup.backup(vault, chosen.to)
    print(f"{chosen.to / backup.RECORDS} holds the records, {chosen.to / backup.KEYS} the wrapped keys.")
    print(
        f"Keep the keys apart, and less than {RETENTION_DAYS} days: "
        "with the root key they open what was erased since."
    )
    print("The object store and the root key are not in it.")
    return 0


def put_back(chosen: argparse.Namespace, settings: Settings) -> int:
    """Makes the database from a backup, where there is none.

    Raises:
        BackupError: another database is named, which nothing would be put back into; or as for `restore`.
    """
    if settings.database_url.get_secret_value():
        raise backup.BackupError(backup.RESTORE_ON_POSTGRESQL)
    done = backup.restore(getattr(chosen, "from"), settings.data_folder)
    print(f"Restored: {_many(done.holders, 'holder')} and {_many(done.documents, 'paper')} with their keys.")
    if done.holders_without_key or done.documents_without_key:
        print(
            f"Without keys, because these are from another moment: {_many(done.holders_without_key, 'holder')}, "
            f"{_many(done.documents_without_key, 'paper')}. They open nowhere but with a key table that has them."
        )
    print(
        "Put back the store, the root key, and the erasure list as it is today; then verify with a checkpoint:"
    )
    print("    migrant-vault verify --checkpoint ...")
    return 0


def add_to(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds these commands to the command line."""
    holder = command("erase-holder", erase_holder, "destroy a holder's key and papers; asks for the id again")
    holder.add_argument("--holder", required=True, help="the holder's id")
    document = command("erase-document", erase_document, "destroy one paper; asks for the id again")
    document.add_argument("--document", required=True, help="the document's id")
    saved = command("backup", save, "write a backup of the database, also while the vault serves")
    saved.add_argument("--to", required=True, type=Path, help="a new folder")
    restored = command("restore", put_back, "make the database from a backup, where there is none")
    restored.add_argument("--from", required=True, type=Path, help="the folder that `backup` wrote")


def _confirm(id_: str, extent: erasure.Extent) -> None:
    print(_NO_WAY_BACK)
    print(_WHAT_IS_LEFT.format(f"{RETENTION_DAYS} days from now"))
    if extent.releases:
        print(
            f"Something was let out before ({_many(extent.releases, 'release')}): that cannot be called back."
        )
    try:
        again = input("Type the id again to destroy it: ")
    except EOFError:
        again = ""
    if again.strip() != id_:
        raise NotConfirmed("that is not the same id: nothing was destroyed")


def _tell(erased: erasure.Erased, extent: erasure.Extent) -> None:
    print(f"\nDestroyed: {_many(erased.documents, 'paper')} with {_many(erased.objects, 'sealed object')}.")
    if not erased.finished:
        print(
            "Sealed objects, or traces in the database's files, are still there: the next sweep removes them."
        )
    _name_centres(extent)


def _say_erased_already(extent: erasure.Extent, at: datetime) -> int:
    print(f"Erased already, on {at:%Y-%m-%d at %H:%M} UTC: there is nothing left here to destroy.")
    print(_WHAT_IS_LEFT.format(f"{RETENTION_DAYS} days after that"))
    _name_centres(extent)
    return 0


def _name_centres(extent: erasure.Extent) -> None:
    if extent.centres:
        print("What these centres fetched before they still have: ask them to destroy it.")
    for centre in extent.centres:
        print(f"    {centre}")


def _many(count: int, thing: str) -> str:
    return f"{count} {thing}" + ("" if count == 1 else "s")
