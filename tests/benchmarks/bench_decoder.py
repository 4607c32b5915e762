"""What the jail costs a document, and what eight bombs at once cost whoever signs in.

    .venv/bin/python -m tests.benchmarks.bench_decoder

Start to first page of a small photograph: decoded in this process, without any jail; in a child of the warm process,
as the vault does it; and with a warm process for each document, which is what starting from nothing costs. Then
sign-ins over HTTP to a vault on a temporary folder, before and while eight uploads that never end are kept up.
"""

import io
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from PIL import Image

from api.embedded_store import StoreSettings, start
from ocr.decoder import decode, warm_up
from ocr.jail.nursery import Nursery
from ocr.sanitise import Limits, sanitise
from tests.running import RunningVault, serving
from tests.vault.world import found, photo

ROUNDS, UPLOADS, STORE_PORT = 40, 8, 18460
MOST_EXTRA, MOST_SIGN_IN = 0.030, 2.0
"""The limits, in seconds on two cores."""

BOMB = Path(__file__).parents[1] / "samples" / "malformed" / "forms-in-forms.pdf"


def median_of(do: Callable[[], object], rounds: int = ROUNDS) -> float:
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        do()
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def first_page() -> None:
    small, photograph = photo(), io.BytesIO()
    Image.effect_noise((4_000, 3_000), 40).convert("RGB").save(photograph, "JPEG", quality=80)
    warm_up()
    with closing(Nursery()) as nursery:
        began = time.perf_counter()
        nursery.warm_up()
        cold = time.perf_counter() - began
        jailed = median_of(lambda: next(sanitise(small, _nursery=nursery)))
        whole = median_of(lambda: list(sanitise(photograph.getvalue(), _nursery=nursery)), 9)
    free = median_of(lambda: next(decode(small, 1, 10**8)))
    free_whole = median_of(lambda: [p.tobytes() for p in decode(photograph.getvalue(), 1, 10**8)], 9)

    def alone() -> None:
        with closing(Nursery()) as its_own:
            next(sanitise(small, _nursery=its_own))

    each = median_of(alone, 9)
    print(f"first page of a small JPEG     free {free * 1e3:6.1f} ms   jailed {jailed * 1e3:6.1f} ms")
    print(
        f"  extra for the jail           {(jailed - free) * 1e3:6.1f} ms  (limit {MOST_EXTRA * 1e3:.0f} ms)"
    )
    print(f"  a warm process each          {each * 1e3:6.1f} ms;  start of one, once: {cold * 1e3:.0f} ms")
    print(f"whole photograph of 12 MP      free {free_whole * 1e3:6.1f} ms   jailed {whole * 1e3:6.1f} ms")


def sign_ins(vault: RunningVault) -> None:
    quiet = median_of(vault.holder, 9)
    holder_id, desk = vault.world.seed.hoa.holder_id, vault.staff("hanoi")
    over = threading.Event()

    def bombard() -> None:
        while not over.is_set():
            desk.deposit(holder_id, [BOMB.read_bytes()])

    with ThreadPoolExecutor(UPLOADS) as crowd:
        for _ in range(UPLOADS):
            crowd.submit(bombard)
        time.sleep(1)
        bombed = median_of(vault.holder, 9)
        over.set()
    print(
        f"sign-in of a holder            quiet {quiet * 1e3:5.0f} ms   eight bombs {bombed * 1e3:5.0f} ms"
        f"  (limit {MOST_SIGN_IN * 1e3:.0f} ms)"
    )


def main() -> None:
    first_page()
    with (
        tempfile.TemporaryDirectory() as folder,
        start(StoreSettings(Path(folder) / "store", STORE_PORT)) as store,
    ):
        world = found(Path(folder), store.address)
        world = replace(world, vault=replace(world.vault, limits=Limits(seconds=2)))
        with serving(world) as running:
            sign_ins(running)
        world.vault.database.close()


if __name__ == "__main__":
    main()
