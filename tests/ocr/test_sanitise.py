"""The trusted side of the jail, against children that lie, stall, flood and crash."""

import gc
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from ocr.errors import DecoderDown, Reason, UnsuitableFile
from ocr.jail.layers import ALL, Layer
from ocr.jail.nursery import Nursery
from ocr.pixels import Pixels
from ocr.sanitise import Limits, layers_of_a_child, sanitise
from tests.ocr.nurseries import attempt, below, hostile_nursery, until

SMALL = Limits(pages=10, page_pixels=400_000, total_pixels=1_000_000, seconds=10)
SHORT = Limits(pages=10, page_pixels=400_000, total_pixels=1_000_000, seconds=0.5)


@pytest.fixture(scope="module")
def misbehaving() -> Iterator[Nursery]:
    # The weakest jail that the vault accepts: what these children do must be found out on its side.
    with hostile_nursery(Layer.LIMITS) as nursery:
        yield nursery


def run(nursery: Nursery, deed: str, limits: Limits = SMALL, more: int = 0) -> list[Pixels]:
    return list(sanitise(deed.encode() + bytes(more), limits, _nursery=nursery))


def test_an_honest_child_is_believed(misbehaving: Nursery) -> None:
    assert [(page.width, page.height) for page in run(misbehaving, "honest")] == [(3, 2), (1, 1)]


@pytest.mark.parametrize(
    ("mode", "reason", "page"),
    [
        ("huge_page", Reason.PAGE_TOO_LARGE, 1),
        ("long_page", Reason.PAGE_TOO_LARGE, 1),
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
def test_a_misbehaving_child_is_found_out(
    misbehaving: Nursery, mode: str, reason: Reason, page: int | None
) -> None:
    with pytest.raises(UnsuitableFile) as caught:
        run(misbehaving, mode)
    assert (caught.value.reason, caught.value.page) == (reason, page)


@pytest.mark.parametrize("mode", ["spin", "deaf", "drip", "lingers"])
def test_a_child_that_stalls_is_killed_at_the_deadline(misbehaving: Nursery, mode: str) -> None:
    with pytest.raises(UnsuitableFile) as caught:
        run(misbehaving, mode, SHORT, more=1_000_000)  # more than a pipe holds
    assert caught.value.reason in (Reason.TOO_SLOW, Reason.PAGE_TOO_LARGE)
    assert_no_child_of(misbehaving)


def assert_no_child_of(nursery: Nursery) -> None:
    # The zygote and the process that waits for it. Reaped too: what is dead and not reaped would be counted.
    assert nursery.zygote_id is None or len(below(nursery.zygote_id)) == 1


def test_what_a_child_started_dies_with_it() -> None:
    with hostile_nursery(Layer(0)) as nursery:
        assert attempt(nursery, "leaves_a_grandchild").what
        until(lambda: len(below(nursery.zygote_id or 0)) == 1)


def test_a_caller_who_walks_away_leaves_no_child(misbehaving: Nursery) -> None:
    pages = sanitise(b"flood", SMALL, _nursery=misbehaving)
    next(pages)
    del pages
    gc.collect()
    assert_no_child_of(misbehaving)


def test_the_callers_own_time_between_pages_is_not_counted(misbehaving: Nursery) -> None:
    pages = sanitise(b"honest", SHORT, _nursery=misbehaving)
    next(pages)
    threading.Event().wait(SHORT.seconds + 0.2)
    assert [page.width for page in pages] == [1]


def test_nothing_and_too_much_are_refused_without_a_child() -> None:
    nowhere = Nursery(("/does/not/exist",))
    for file, reason in ((b"", Reason.EMPTY), (bytes(51), Reason.FILE_TOO_LARGE)):
        with pytest.raises(UnsuitableFile) as caught:
            list(sanitise(file, Limits(file_bytes=50), _nursery=nowhere))
        assert caught.value.reason is reason


@pytest.mark.parametrize("command", [("/does/not/exist",), (sys.executable, "-c", "pass")])
def test_where_no_decoder_starts_the_file_is_not_to_blame(command: tuple[str, ...]) -> None:
    with pytest.raises(DecoderDown):
        list(sanitise(b"x", _nursery=Nursery(command)))


def test_many_threads_at_once_do_not_disturb_each_other(misbehaving: Nursery) -> None:
    def job(mode: str) -> str:
        try:
            return str(len(run(misbehaving, mode)))
        except UnsuitableFile as refusal:
            return refusal.reason

    modes = ["honest", "huge_page", "crash", "after_the_end"] * 4
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(job, modes)) == ["2", "page_too_large", "decoder_failed", "decoder_lied"] * 4
    assert_no_child_of(misbehaving)


def test_a_child_that_asks_the_kernel_for_more_is_stopped_and_told_apart() -> None:
    with hostile_nursery(Layer.LIMITS | Layer.SYSTEM_CALLS) as nursery:
        if Layer.SYSTEM_CALLS in layers_of_a_child(nursery):
            with pytest.raises(UnsuitableFile) as caught:
                run(nursery, "connect_tcp 80")
            assert caught.value.reason is Reason.DECODER_LIED


def test_no_document_is_decoded_without_limits() -> None:
    with hostile_nursery(ALL & ~Layer.LIMITS) as nursery, pytest.raises(UnsuitableFile) as caught:
        run(nursery, "honest")
    assert caught.value.reason is Reason.DECODER_FAILED


@pytest.mark.parametrize(
    ("limits", "limit"),
    [(Limits(file_bytes=2_000_000), 2), (Limits(pages=7), 7), (Limits(page_pixels=3_000_000), 3)],
)
def test_a_limit_that_was_passed_is_named(misbehaving: Nursery, limits: Limits, limit: int) -> None:
    deed = {2: "honest", 7: "too_many_pages", 3: "huge_page"}[limit]
    with pytest.raises(UnsuitableFile) as caught:
        run(misbehaving, deed, limits, more=2_000_000)
    assert caught.value.limit == limit


def test_an_error_carries_nothing_of_the_file() -> None:
    with pytest.raises(UnsuitableFile) as caught:
        list(sanitise(b"NGUYEN THI DUOM B1234567"))
    assert "NGUYEN" not in repr(caught.value)
    assert caught.value.reason is Reason.NOT_AN_IMAGE
