"""Commands that replace keys while the vault serves: `rotate-root`, `replace-holder-key`, `reseal`."""

import argparse
import sys
from contextlib import ExitStack

from tqdm import tqdm

from api.running import opened, without_store
from api.settings import Settings
from vault import resealing, rotation


def rotate_root(_chosen: argparse.Namespace, settings: Settings) -> int:
    """Wraps every holder key under a new version of the root key, with a progress bar on standard error."""
    progress, bar = rotation.Progress(0, 0), None
    with without_store(settings) as vault, ExitStack() as stack:
        for progress in rotation.rotate_root(vault):
            if bar is None:  # not before: what is refused has made no progress
                bar = stack.enter_context(tqdm(unit=" keys", file=sys.stderr, desc="wrapping anew"))
            bar.total = progress.of
            bar.update(progress.done - bar.n)
    keys = "1 holder key is" if progress.of == 1 else f"{progress.of} holder keys are"
    print(f"The root key was replaced: {keys} under the new version.")
    print("The old version opens nothing any more, and backups made before now need it: make a new backup.")
    return 0


def replace_holder_key(chosen: argparse.Namespace, settings: Settings) -> int:
    """Gives one holder a new key; her papers stay as they lie in the store."""
    with without_store(settings) as vault:
        rotation.replace_holder_key(vault, chosen.holder)
    print("Her key was replaced. What was copied from the database before opens nothing with the new one.")
    return 0


def reseal(chosen: argparse.Namespace, settings: Settings) -> int:
    """Seals a document's objects, or one of them, under new file keys; also beside a running server."""
    with opened(settings, beside=True) as vault:
        if chosen.object is not None:
            count = 1
            resealing.reseal_object(vault, chosen.object)
        else:
            count = resealing.reseal_document(vault, chosen.document)
    print(f"Sealed anew: {count}. What was handed over before opens nothing that is in the store now.")
    return 0
