"""A decoder that misbehaves in the way its first argument names; put in the real one's place by the tests."""

import os
import struct
import sys
import time

HEADER = struct.Struct(">II")
END = HEADER.pack(0, 0)


def page(width: int, height: int) -> bytes:
    return HEADER.pack(width, height) + bytes(width * height * 3)


BYTES = {
    "honest": page(3, 2) + page(1, 1) + END,
    "huge_page": HEADER.pack(0xFFFFFFFF, 0xFFFFFFFF),
    "zero_width": HEADER.pack(0, 7),
    "short_page": HEADER.pack(10, 10) + b"only this",
    "no_end": page(2, 2),
    "after_the_end": page(2, 2) + END + b"more",
    "too_large_in_total": page(600, 600) * 4 + END,
    "too_many_pages": page(1, 1) * 100 + END,
}


def spin() -> None:
    while True:
        pass


def deaf() -> None:  # never reads its input, never speaks
    time.sleep(600)


def drip() -> None:
    while True:
        say(b"\0\0\0\1")
        time.sleep(0.05)


def flood() -> None:
    while True:
        say(page(64, 64))


def crash() -> None:
    os.abort()


def unknown_status() -> None:
    sys.exit(222)


def lingers() -> None:  # says all that is right, then does not go
    say(page(1, 1) + END)
    os.close(1)
    time.sleep(600)


def leaves_a_grandchild() -> None:
    if os.fork() == 0:
        time.sleep(600)
    say(page(1, 1) + END)
    os._exit(0)


def say(what: bytes) -> None:
    sys.stdout.buffer.write(what)
    sys.stdout.buffer.flush()


DEEDS = (spin, deaf, drip, flood, crash, unknown_status, lingers, leaves_a_grandchild)

if sys.argv[1] in BYTES:
    say(BYTES[sys.argv[1]])
else:
    next(deed for deed in DEEDS if deed.__name__ == sys.argv[1])()
