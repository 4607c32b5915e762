"""The trusted side of the jail: run `ocr/decoder.py` on hostile bytes, believe nothing it says unchecked.

What comes back is integers and RGB (the framing is written down in `ocr.decoder`). Every integer is held
against the limits singly and in total before memory is set aside for it; every wait counts against one budget of
seconds; the child is killed and reaped however the caller leaves. Whatever a child said carries the
prefix `untrusted_` until it has been checked. There is no shared state: any number of threads may sanitise at once.
"""

import contextlib
import io
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ocr.decoder import PAGE_HEADER, Exit
from ocr.errors import Reason, UnsuitableFile
from ocr.pixels import Pixels

_DECODER = (sys.executable, "-I", "-B", str(Path(__file__).with_name("decoder.py")))
_CHUNK = 1 << 16
_REASONS = {
    Exit.NOT_AN_IMAGE: Reason.NOT_AN_IMAGE,
    Exit.DAMAGED: Reason.DAMAGED,
    Exit.PASSWORD: Reason.PASSWORD,
    Exit.TOO_MANY_PAGES: Reason.TOO_MANY_PAGES,
    Exit.PAGE_TOO_LARGE: Reason.PAGE_TOO_LARGE,
    Exit.OUT_OF_MEMORY: Reason.PAGE_TOO_LARGE,
    -signal.SIGXCPU: Reason.TOO_SLOW,
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


def sanitise(
    untrusted: bytes, limits: Limits | None = None, *, _decoder: Sequence[str] = _DECODER
) -> Iterator[Pixels]:
    """The pages of a hostile file as pixels, one at a time, so that memory holds one page.

    An error may come after some pages: keep nothing until the iterator has ended. `_decoder` is for this module's
    own tests, which put misbehaving children in the decoder's place.

    Raises:
        UnsuitableFile: with the reason, and the page where one is to blame.
    """
    limits = limits or Limits()
    if not untrusted:
        raise UnsuitableFile(Reason.EMPTY)
    if len(untrusted) > limits.file_bytes:
        raise UnsuitableFile(Reason.FILE_TOO_LARGE)
    child = _Child.start(_decoder, untrusted, limits)
    try:
        yield from _pages(child, limits)
    finally:
        child.end()


def _pages(child: "_Child", limits: Limits) -> Iterator[Pixels]:
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
    if untrusted_width * untrusted_height > limits.page_pixels:
        raise UnsuitableFile(Reason.PAGE_TOO_LARGE, number)
    if untrusted_width * untrusted_height > left:
        raise UnsuitableFile(Reason.TOO_LARGE_IN_TOTAL, number)
    return untrusted_width, untrusted_height


class _Child:
    """One decoder process, its two pipes and what is left of its seconds."""

    def __init__(self, process: subprocess.Popen[bytes], untrusted: bytes, seconds: float) -> None:
        assert process.stdin is not None  # noqa: S101 - for the type checker: start() asks for pipes
        assert process.stdout is not None  # noqa: S101
        self._process = process
        self._stdin, self._stdout = process.stdin, process.stdout
        self._unsent = memoryview(untrusted)
        self._seconds = seconds
        self._selector = selectors.DefaultSelector()
        os.set_blocking(self._stdin.fileno(), False)
        self._selector.register(self._stdin, selectors.EVENT_WRITE)
        self._selector.register(self._stdout, selectors.EVENT_READ)

    @classmethod
    def start(cls, decoder: Sequence[str], untrusted: bytes, limits: Limits) -> "_Child":
        numbers = (limits.pages, limits.page_pixels, max(1, int(limits.seconds)), limits.memory_bytes)
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and file, numbers as arguments
            (*decoder, *(str(number) for number in numbers)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a traceback could quote the document
            bufsize=0,
            env={},
            cwd="/",
            process_group=0,  # so that whatever it started dies with it
        )
        return cls(process, untrusted, limits.seconds)

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
        """Kill the child's whole group, reap it, close the pipes; safe to call in every state."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait()
        self._selector.close()
        self._stdin.close()
        self._stdout.close()

    def _receive(self, most: int, page: int) -> bytes:
        """Some bytes from the child, feeding it the file while it wants more; empty at its end."""
        while True:
            started = time.monotonic()
            ready = self._selector.select(max(0.0, self._seconds))
            self._seconds -= time.monotonic() - started
            if not ready or self._seconds <= 0:
                raise UnsuitableFile(Reason.TOO_SLOW, page)
            if any(key.fileobj is self._stdin for key, _ in ready):
                self._feed()
            if any(key.fileobj is self._stdout for key, _ in ready):
                return os.read(self._stdout.fileno(), min(most, _CHUNK))

    def _feed(self) -> None:
        try:
            sent = os.write(self._stdin.fileno(), self._unsent[:_CHUNK])
        except BrokenPipeError:  # it stopped listening; its exit status will say why
            sent = len(self._unsent)
        self._unsent = self._unsent[sent:]
        if not self._unsent:
            self._selector.unregister(self._stdin)
            self._stdin.close()

    def _wait(self, page: int) -> int:
        try:
            return self._process.wait(timeout=max(0.01, self._seconds))
        except subprocess.TimeoutExpired:
            raise UnsuitableFile(Reason.TOO_SLOW, page) from None

    def _reason_of_end(self, page: int) -> Reason:
        return _REASONS.get(self._wait(page), Reason.DECODER_FAILED)
