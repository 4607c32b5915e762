"""The trusted side of the jail, against children that lie, stall, flood and crash."""

import gc
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ocr.errors import Reason, UnsuitableFile
from ocr.pixels import Pixels
from ocr.sanitise import Limits, sanitise

HOSTILE = Path(__file__).with_name("hostile_child.py")
SMALL = Limits(pages=10, page_pixels=400_000, total_pixels=1_000_000, seconds=10)
SHORT = Limits(pages=10, page_pixels=400_000, total_pixels=1_000_000, seconds=0.5)


def run(mode: str, limits: Limits = SMALL, file: bytes = b"x") -> list[Pixels]:
    return list(sanitise(file, limits, _decoder=(sys.executable, "-I", "-S", str(HOSTILE), mode)))


def children() -> set[int]:
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == os.getpid():
            found.add(int(stat.parent.name))
    return found


def test_an_honest_child_is_believed() -> None:
    assert [(page.width, page.height) for page in run("honest")] == [(3, 2), (1, 1)]


@pytest.mark.parametrize(
    ("mode", "reason", "page"),
    [
        ("huge_page", Reason.PAGE_TOO_LARGE, 1),
        ("zero_width", Reason.DECODER_LIED, 1),
        ("short_page", Reason.DECODER_FAILED, 1),
        ("no_end", Reason.DECODER_FAILED, 2),
        ("after_the_end", Reason.DECODER_LIED, None),
        ("too_large_in_total", Reason.TOO_LARGE_IN_TOTAL, 3),
        ("too_many_pages", Reason.TOO_MANY_PAGES, None),
        ("flood", Reason.TOO_MANY_PAGES, None),
        ("crash", Reason.DECODER_FAILED, 1),
        ("unknown_status", Reason.DECODER_FAILED, 1),
    ],
)
def test_a_misbehaving_child_is_found_out(mode: str, reason: Reason, page: int | None) -> None:
    with pytest.raises(UnsuitableFile) as caught:
        run(mode)
    assert (caught.value.reason, caught.value.page) == (reason, page)


@pytest.mark.parametrize("mode", ["spin", "deaf", "drip", "lingers"])
def test_a_child_that_stalls_is_killed_at_the_deadline(mode: str) -> None:
    before = children()
    with pytest.raises(UnsuitableFile) as caught:
        run(mode, SHORT, file=bytes(1_000_000))  # more than a pipe holds
    assert caught.value.reason in (Reason.TOO_SLOW, Reason.PAGE_TOO_LARGE)
    assert children() == before


def test_what_a_child_started_dies_with_it() -> None:
    with pytest.raises(UnsuitableFile) as caught:  # the grandchild holds the pipe open: no clean end
        run("leaves_a_grandchild", SHORT)
    assert caught.value.reason is Reason.TOO_SLOW
    deadline = time.monotonic() + 10
    while b"leaves_a_grandchild" in b"".join(_command_lines()):
        assert time.monotonic() < deadline


def _command_lines() -> list[bytes]:
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes())
        except OSError:
            continue
    return lines


def test_a_caller_who_walks_away_leaves_no_child() -> None:
    before = children()
    pages = sanitise(b"x", SMALL, _decoder=(sys.executable, "-I", "-S", str(HOSTILE), "flood"))
    next(pages)
    del pages
    gc.collect()
    assert children() == before


def test_the_callers_own_time_between_pages_is_not_counted() -> None:
    pages = sanitise(b"x", SHORT, _decoder=(sys.executable, "-I", "-S", str(HOSTILE), "honest"))
    next(pages)
    threading.Event().wait(SHORT.seconds + 0.2)
    assert [page.width for page in pages] == [1]


def test_nothing_and_too_much_are_refused_without_a_child() -> None:
    for file, reason in ((b"", Reason.EMPTY), (bytes(51), Reason.FILE_TOO_LARGE)):
        with pytest.raises(UnsuitableFile) as caught:
            list(sanitise(file, Limits(file_bytes=50), _decoder=("/does/not/exist",)))
        assert caught.value.reason is reason


def test_many_threads_at_once_do_not_disturb_each_other() -> None:
    def job(mode: str) -> str:
        try:
            return str(len(run(mode)))
        except UnsuitableFile as refusal:
            return refusal.reason

    modes = ["honest", "huge_page", "crash", "after_the_end"] * 4
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(job, modes)) == ["2", "page_too_large", "decoder_failed", "decoder_lied"] * 4


def test_an_error_carries_nothing_of_the_file() -> None:
    with pytest.raises(UnsuitableFile) as caught:
        list(sanitise(b"NGUYEN THI DUOM B1234567"))
    assert "NGUYEN" not in repr(caught.value)
    assert caught.value.reason is Reason.NOT_AN_IMAGE
