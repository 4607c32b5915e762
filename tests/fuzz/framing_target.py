"""What must hold for the trusted side of the jail whatever a child says.

The first byte of an input is the child's exit status (255 for none), the rest its words.
"""

import os
from dataclasses import dataclass
from typing import Any

from ocr.decoder import PAGE_HEADER
from ocr.errors import DecoderLost, UnsuitableFile
from ocr.pixels import Pixels
from ocr.sanitise import Limits, believed

LIMITS = Limits(pages=3, page_pixels=200, total_pixels=400, seconds=10)
LONGEST = 4096  # a pipe holds as much without anybody at its other end


@dataclass(frozen=True)
class Said:
    """A child that has said everything and ended, in the place of `ocr.jail.nursery.Born`."""

    stdin: int
    stdout: int
    status: int | None

    def wait(self, _seconds: float) -> int | None:
        return self.status

    def end(self) -> None:
        pass


def check(data: bytes) -> None:
    """Raises AssertionError, or anything but a refusal inside, if a child is believed that must not be."""
    status, words = (data[0] if data else 0), data[1:LONGEST]
    pages = accepted(status, words)
    if pages is None:
        return
    assert status == 0, "a child that ended in error was believed"
    said = b"".join(PAGE_HEADER.pack(page.width, page.height) + page.rgb for page in pages)
    assert words[1:] == said + PAGE_HEADER.pack(0, 0), "something else was believed than what was said"
    assert words[0] & 1, "a child without limits was believed"
    sizes = [page.width * page.height for page in pages]
    assert len(sizes) <= LIMITS.pages
    assert max(sizes, default=0) <= LIMITS.page_pixels
    assert sum(sizes) <= LIMITS.total_pixels


def accepted(status: int, words: bytes) -> list[Pixels] | None:
    stdin_end, stdin = os.pipe()
    stdout, stdout_end = os.pipe()
    os.write(stdout_end, words)
    os.close(stdout_end)
    born: Any = Said(stdin, stdout, None if status == 255 else status)
    try:
        return list(believed(born, b"the file", LIMITS))
    except (UnsuitableFile, DecoderLost):
        return None
    finally:
        os.close(stdin_end)
