"""What the vault and its zygote say to each other: numbers of fixed size. `ocr.jail.zygote` tells who says what."""

import struct
from dataclasses import astuple, dataclass

LAYERS = struct.Struct(">B")
STATUS = struct.Struct(">i")
_ORDER = struct.Struct(">IQIQ?")
ORDER_BYTES = _ORDER.size


@dataclass(frozen=True)
class Order:
    """One document: most pages and pixels a page, seconds of processor time, bytes of address space.

    `threads` allows them, where a format cannot be decoded without.
    """

    pages: int
    page_pixels: int
    cpu_seconds: int
    memory: int
    threads: bool = False

    def encode(self) -> bytes:
        """As it goes over the socket."""
        return _ORDER.pack(*astuple(self))


def parse_order(said: bytes) -> Order:
    """The order that was encoded so.

    Raises:
        struct.error: it is not as long as an order.
    """
    return Order(*_ORDER.unpack(said))
