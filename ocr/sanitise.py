"""The trusted side of the jail: have `ocr.decoder` run on hostile bytes, believe nothing it says unchecked.

What comes back is integers and RGB (the framing is written down in `ocr.decoder`). Every integer is held
against the limits singly and in total before memory is set aside for it; every wait counts against one budget of
seconds; the child is killed and reaped however the caller leaves. Whatever a child said carries the
prefix `untrusted_` until it has been checked. Any number of threads may sanitise at once: all they share is the
warm process that forks their children (`ocr.jail.nursery`), which the first of them starts.
"""

import contextlib
import io
import os
import selectors
import signal
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from itertools import islice

from ocr.decoder import HEIF_BRANDS, PAGE_HEADER, Exit
from ocr.errors import DecoderLost, Reason, UnsuitableFile
from ocr.jail.layers import ALL, Layer
from ocr.jail.nursery import PIPE_BYTES, Born, Nursery
from ocr.jail.orders import LAYERS, Order
from ocr.pixels import MOST_SIDE, Pixels

_NURSERY = Nursery()
_CHUNK = PIPE_BYTES
_REASONS = {
    Exit.NOT_AN_IMAGE: Reason.NOT_AN_IMAGE,
    Exit.DAMAGED: Reason.DAMAGED,
    Exit.PASSWORD: Reason.PASSWORD,
    Exit.TOO_MANY_PAGES: Reason.TOO_MANY_PAGES,
    Exit.PAGE_TOO_LARGE: Reason.PAGE_TOO_LARGE,
    Exit.OUT_OF_MEMORY: Reason.PAGE_TOO_LARGE,
    -signal.SIGXCPU: Reason.TOO_SLOW,
    -signal.SIGSYS: Reason.DECODER_LIED,  # it asked the kernel for what no picture needs
}


@dataclass(frozen=True)
class Limits:
    """What one file may cost. Megapixels are millions of pixels; seconds are those spent waiting for the child."""

    file_bytes: int = 50_000_000
    pages: int = 40
    page_pixels: int = 100_000_000
    total_pixels: int = 400_000_000
    seconds: float = 30.0

    @property
    def memory_bytes(self) -> int:
        """The child's address space: file, one page as it is unpacked and as RGB, and the libraries."""
        return 512_000_000 + 2 * self.file_bytes + 14 * self.page_pixels

    def of(self, reason: Reason) -> int | None:
        """The limit behind a reason as people are told it: megabytes, pages, megapixels or seconds; or None."""
        return {
            Reason.FILE_TOO_LARGE: self.file_bytes // 1_000_000,
            Reason.TOO_MANY_PAGES: self.pages,
            Reason.PAGE_TOO_LARGE: self.page_pixels // 1_000_000,
            Reason.TOO_LARGE_IN_TOTAL: self.total_pixels // 1_000_000,
            Reason.TOO_SLOW: int(self.seconds),
        }.get(reason)


USUAL_LIMITS = Limits()


def warm_up() -> Layer:
    """Starts the warm process ahead of the first document, if it is not there, and says which layers of the jail hold.

    Raises:
        DecoderDown: it cannot be started.
    """
    return layers_of_a_child(_NURSERY)


def sanitise(
    untrusted: bytes, limits: Limits | None = None, *, _nursery: Nursery = _NURSERY
) -> Iterator[Pixels]:
    """The pages of a hostile file as pixels, one at a time, so that memory holds one page.

    An error may come after some pages: keep nothing until the iterator has ended. `_nursery` is for this module's
    own tests, which put misbehaving children in the decoder's place.

    Where the warm process ends under the file, the file is decoded once more by a child of another one, for as many
    seconds again; pages that were given already are left out.

    Raises:
        UnsuitableFile: with the reason, the page where one is to blame, and the limit where one was passed.
        DecoderDown: no child can be started, or it was lost twice (DecoderLost).
    """
    limits = limits or USUAL_LIMITS
    if not untrusted:
        raise UnsuitableFile(Reason.EMPTY)
    if len(untrusted) > limits.file_bytes:
        raise UnsuitableFile(Reason.FILE_TOO_LARGE, None, limits.of(Reason.FILE_TOO_LARGE))
    given = 0
    for lost_before in (False, True):
        born = _nursery.bear(_order(untrusted, limits))
        try:
            with contextlib.closing(believed(born, untrusted, limits)) as pages:
                for page in islice(pages, given, None):
                    given += 1
                    yield page
                return
        except DecoderLost:
            if lost_before:
                raise


def believed(born: Born, untrusted: bytes, limits: Limits) -> Generator[Pixels]:
    """What a child makes of a file, as far as it keeps to the framing and the limits. It is ended in any case.

    Raises:
        UnsuitableFile: as for `sanitise`.
        DecoderLost: the process that led it ended, and it with that.
    """
    child = _Child(born, untrusted, limits.seconds)
    try:
        yield from _pages(child, limits)
    except UnsuitableFile as refused:
        raise UnsuitableFile(refused.reason, refused.page, limits.of(refused.reason)) from None
    finally:
        child.end()


def layers_of_a_child(nursery: Nursery) -> Layer:
    """What a child that is given nothing to decode says of its walls.

    Raises:
        DecoderDown: none can be started.
        UnsuitableFile: it says nothing that can be understood.
    """
    child = _Child(nursery.bear(_order(b"", USUAL_LIMITS)), b"", USUAL_LIMITS.seconds)
    try:
        return child.layers()
    finally:
        child.end()


def _order(untrusted: bytes, limits: Limits) -> Order:
    # The one thing this side looks at in a file, and compares only: HEIC alone needs threads.
    threads = untrusted[4:8] == b"ftyp" and untrusted[8:12] in HEIF_BRANDS
    cpu_seconds = max(1, int(limits.seconds))
    return Order(limits.pages, limits.page_pixels, cpu_seconds, limits.memory_bytes, threads)


def _pages(child: "_Child", limits: Limits) -> Iterator[Pixels]:
    child.layers()
    left = limits.total_pixels
    for number in range(1, limits.pages + 2):
        untrusted_width, untrusted_height = PAGE_HEADER.unpack(child.read(PAGE_HEADER.size, number))
        if untrusted_width == untrusted_height == 0:
            child.expect_clean_end(number)
            return
        if number > limits.pages:
            raise UnsuitableFile(Reason.TOO_MANY_PAGES)
        width, height = _checked(untrusted_width, untrusted_height, left, limits, number)
        left -= width * height
        yield Pixels(width, height, child.read(width * height * 3, number))


def _checked(
    untrusted_width: int, untrusted_height: int, left: int, limits: Limits, number: int
) -> tuple[int, int]:
    if untrusted_width == 0 or untrusted_height == 0:
        raise UnsuitableFile(Reason.DECODER_LIED, number)
    too_long = max(untrusted_width, untrusted_height) > MOST_SIDE
    if too_long or untrusted_width * untrusted_height > limits.page_pixels:
        raise UnsuitableFile(Reason.PAGE_TOO_LARGE, number)
    if untrusted_width * untrusted_height > left:
        raise UnsuitableFile(Reason.TOO_LARGE_IN_TOTAL, number)
    return untrusted_width, untrusted_height


class _Child:
    """One decoder, its two pipes and what is left of its seconds."""

    def __init__(self, born: Born, untrusted: bytes, seconds: float) -> None:
        self._born = born
        self._unsent = memoryview(untrusted)
        self._seconds = seconds
        self._selector = selectors.DefaultSelector()
        self._stdin: int | None = born.stdin
        os.set_blocking(born.stdin, False)
        self._selector.register(born.stdin, selectors.EVENT_WRITE)
        self._selector.register(born.stdout, selectors.EVENT_READ)

    def layers(self) -> Layer:
        """The first word: which layers of its jail hold."""
        (untrusted_layers,) = LAYERS.unpack(self.read(LAYERS.size, 1))
        if untrusted_layers not in range(ALL + 1) or Layer.LIMITS not in Layer(untrusted_layers):
            raise UnsuitableFile(Reason.DECODER_FAILED)
        return Layer(untrusted_layers)

    def read(self, size: int, page: int) -> bytes:
        """Exactly `size` bytes, or the reason why there are fewer."""
        data = io.BytesIO()  # grows with what really arrives, and hands its buffer over uncopied
        while data.tell() < size:
            untrusted_part = self._receive(size - data.tell(), page)
            if not untrusted_part:
                raise UnsuitableFile(self._reason_of_end(page), page)
            data.write(untrusted_part)
        return data.getvalue()

    def expect_clean_end(self, page: int) -> None:
        """After the last page: nothing more on the pipe, exit status 0."""
        if self._receive(1, page):
            raise UnsuitableFile(Reason.DECODER_LIED)
        if self._wait(page) != 0:
            raise UnsuitableFile(Reason.DECODER_FAILED)

    def end(self) -> None:
        """Kill it, reap it, close its pipes; safe to call in every state."""
        self._selector.close()
        self._close_stdin()
        os.close(self._born.stdout)
        self._born.end()

    def _receive(self, most: int, page: int) -> bytes:
        """Some bytes from the child, feeding it the file while it wants more; empty at its end."""
        while True:
            started = time.monotonic()
            ready = self._selector.select(max(0.0, self._seconds))
            self._seconds -= time.monotonic() - started
            if not ready or self._seconds <= 0:
                raise UnsuitableFile(Reason.TOO_SLOW, page)
            if any(key.fd == self._stdin for key, _ in ready):
                self._feed()
            if any(key.fd == self._born.stdout for key, _ in ready):
                return os.read(self._born.stdout, min(most, _CHUNK))

    def _feed(self) -> None:
        sent = 0
        if self._stdin is not None and self._unsent:
            try:
                sent = os.write(self._stdin, self._unsent[:_CHUNK])
            except BrokenPipeError:  # it stopped listening; its exit status will say why
                sent = len(self._unsent)
        self._unsent = self._unsent[sent:]
        if not self._unsent:
            self._close_stdin()

    def _close_stdin(self) -> None:
        if self._stdin is not None:
            with contextlib.suppress(KeyError, ValueError, RuntimeError):
                self._selector.unregister(self._stdin)
            os.close(self._stdin)
            self._stdin = None

    def _wait(self, page: int) -> int:
        try:
            status = self._born.wait(self._seconds)
        except TimeoutError:
            raise UnsuitableFile(Reason.TOO_SLOW, page) from None
        if status is None:
            raise DecoderLost("the decoder's process ended while it decoded a file")
        return status

    def _reason_of_end(self, page: int) -> Reason:
        return _REASONS.get(self._wait(page), Reason.DECODER_FAILED)
