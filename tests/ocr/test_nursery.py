"""The warm process: when it or the vault dies, and what is left then: nothing."""

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import pytest
from PIL import Image

from ocr.errors import DecoderDown, Reason, UnsuitableFile
from ocr.jail.layers import Layer
from ocr.jail.nursery import Nursery
from ocr.sanitise import Limits, sanitise
from tests.ocr.nurseries import ROOT, attempt, below, hostile_nursery, until


@pytest.fixture
def nursery() -> Iterator[Nursery]:
    with hostile_nursery(Layer.LIMITS) as made:
        yield made


def alive(process: int) -> bool:
    """Whether it runs: one that is dead but not reaped does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def open_descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_one_zygote_serves_documents_one_after_another_and_leaks_nothing(nursery: Nursery) -> None:
    attempt(nursery, "nothing")
    zygote, descriptors = nursery.zygote_id, open_descriptors()
    for _ in range(260):  # more than the zygote may have descriptors
        attempt(nursery, "nothing")
    assert (nursery.zygote_id, open_descriptors()) == (zygote, descriptors)
    assert len(below(zygote or 0)) == 1


def kill_zygote_of(nursery: Nursery) -> None:
    zygote = nursery.zygote_id or 0
    family = {zygote, *below(zygote)}
    assert len(family) == 3
    os.kill(zygote, signal.SIGKILL)
    until(lambda: not any(alive(process) for process in family))


def test_a_zygote_that_died_is_replaced_and_a_document_in_hand_goes_on(nursery: Nursery) -> None:
    pages = sanitise(b"flood", Limits(page_pixels=10_000, pages=1_000), _nursery=nursery)
    next(pages)
    first = nursery.zygote_id
    kill_zygote_of(nursery)
    given = [1]
    with pytest.raises(UnsuitableFile) as caught:
        given.extend(page.width for page in pages)
    assert (len(given), caught.value.reason) == (1_000, Reason.TOO_MANY_PAGES)
    assert nursery.zygote_id not in (None, first)


def test_a_document_that_loses_two_zygotes_is_not_to_blame_and_the_next_has_a_third(nursery: Nursery) -> None:
    pages = sanitise(b"flood", Limits(page_pixels=10_000, pages=1_000), _nursery=nursery)
    next(pages)
    kill_zygote_of(nursery)
    for _ in range(200):  # more than a pipe holds: these are the second one's
        next(pages)
    kill_zygote_of(nursery)
    with pytest.raises(DecoderDown):
        list(pages)
    assert attempt(nursery, "nothing").layers


def test_after_a_crash_the_next_document_has_a_zygote_with_other_addresses(nursery: Nursery) -> None:
    pages = sanitise(b"flood", Limits(page_pixels=10_000, pages=40), _nursery=nursery)
    next(pages)
    zygote = nursery.zygote_id or 0
    assert attempt(nursery, "crash").what == "SIGABRT"
    assert nursery.zygote_id is None
    attempt(nursery, "nothing")
    assert nursery.zygote_id not in (None, zygote)
    next(pages)  # what the old one led goes on
    pages.close()
    until(lambda: not alive(zygote))


def test_no_decoder_outlives_the_vault(tmp_path: Path) -> None:
    code = (
        "import sys, time; from tests.ocr.nurseries import hostile_nursery; from ocr.jail.layers import Layer\n"
        "from ocr.sanitise import Limits, sanitise\n"
        "with hostile_nursery(Layer.LIMITS) as nursery:\n"
        "    pages = sanitise(b'flood', Limits(page_pixels=10_000), _nursery=nursery)\n"
        "    next(pages); print(nursery.zygote_id, flush=True); time.sleep(600)\n"
    )
    vault = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert vault.stdout
        zygote = int(vault.stdout.readline())
        family = {zygote, *below(zygote)}
        assert len(family) == 3
    finally:
        vault.kill()
        vault.communicate()
    until(lambda: not any(alive(process) for process in family))


def test_a_process_that_was_forked_from_the_vault_has_a_zygote_of_its_own(nursery: Nursery) -> None:
    attempt(nursery, "nothing")
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        with suppress(BaseException):
            attempt(nursery, "nothing")
            os.write(write, str(nursery.zygote_id).encode())
            nursery.close()
        os._exit(0)
    os.waitpid(child, 0)
    other = int(os.read(read, 100))
    os.close(read)
    os.close(write)
    assert other != nursery.zygote_id
    assert attempt(nursery, "nothing").layers


def test_the_first_documents_of_many_threads_start_one_zygote() -> None:
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "PNG")
    with closing(Nursery()) as nursery, ThreadPoolExecutor(6) as pool:
        jobs = [
            pool.submit(lambda: len(list(sanitise(file.getvalue(), _nursery=nursery)))) for _ in range(12)
        ]
        assert [job.result() for job in jobs] == [1] * 12
        assert len(below(os.getpid()) & {nursery.zygote_id}) == 1
        assert len(below(nursery.zygote_id or 0)) == 1
