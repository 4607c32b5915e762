"""Files that unpack to far more than they are, eight at once, again and again: whoever signs in meanwhile gets in."""

import io
import os
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from PIL import Image

from api.embedded_store import RunningStore
from ocr.sanitise import _NURSERY, Limits, warm_up
from tests.ocr.nurseries import below, until
from tests.running import RunningVault, serving
from tests.vault.world import World, copied, photo

AT_ONCE = 2
UPLOADS = 8
LIMITS = Limits(page_pixels=16_000_000, seconds=0.4)
NEVER_ENDS = Path(__file__).parents[1] / "samples" / "malformed" / "forms-in-forms.pdf"


def unpacks_to_48_megabytes() -> bytes:
    out = io.BytesIO()
    Image.new("1", (4_000, 4_000)).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def bombed_vault(bare_world: World, tmp_path: Path, object_store: RunningStore) -> Iterator[RunningVault]:
    world = copied(bare_world, tmp_path, object_store.address)
    world = replace(world, vault=replace(world.vault, limits=LIMITS))
    with serving(world, deposits_at_once=AT_ONCE) as running:
        yield running
    world.vault.database.close()


@dataclass
class Seen:
    """The most children at once, and the most memory of all of them, in bytes."""

    children: int = 0
    memory: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        while not self.over.wait(0.01):
            decoders = below(_NURSERY.zygote_id or os.getpid())
            sizes = [size for each in decoders if (size := _resident(each))]
            # One of them is the zygote itself.
            self.children = max(self.children, len(sizes) - 1)
            self.memory = max(self.memory, sum(sizes))


def _resident(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def test_eight_bombs_at_once_keep_nobody_from_signing_in(bombed_vault: RunningVault) -> None:
    warm_up()
    holder_id, token = bombed_vault.world.seed.hoa.holder_id, bombed_vault.staff("hanoi")
    bombs = [NEVER_ENDS.read_bytes()] * (UPLOADS - 2) + [unpacks_to_48_megabytes()] * 2
    enough, answers, seen = threading.Event(), Counter[str](), Seen()

    def bombard(bomb: bytes) -> None:
        while not enough.is_set():
            answer = token.deposit(holder_id, [bomb])
            answers[answer.json()["code"]] += 1

    with ThreadPoolExecutor(UPLOADS + 1) as crowd:
        crowd.submit(seen.watch)
        bombing = [crowd.submit(bombard, bomb) for bomb in bombs]
        try:
            until(lambda: seen.children == AT_ONCE)
            assert bombed_vault.holder().get("/v1/me/requests").status_code == 200
            assert bombed_vault.staff("penang").get("/v1/cases").status_code == 200
            assert not any(each.done() for each in bombing)  # it went on all the while
        finally:
            enough.set()
            wait(bombing)
            seen.over.set()
    assert [each.result() for each in bombing] == [None] * UPLOADS
    assert seen.children <= AT_ONCE
    assert seen.memory <= AT_ONCE * LIMITS.memory_bytes
    assert set(answers) <= {"file-too-slow", "file-decoder-failed", "pages-flawed"}
    assert bombed_vault.world.documents() == []
    until(lambda: token.deposit(holder_id, [photo()]).status_code == 201)
