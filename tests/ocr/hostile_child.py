"""Children that misbehave, put in the decoder's place by the tests: started by `tests.ocr.nurseries`.

The one argument says which layers of the jail to put up. The document that a child gets names its deed, and what the
deed needs.
"""

import _thread
import ctypes
import errno
import mmap
import os
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable

from ocr.jail.filter import NUMBERS
from ocr.jail.layers import Layer
from ocr.jail.zygote import main

HEADER = struct.Struct(">II")
END = HEADER.pack(0, 0)


def page(width: int, height: int) -> bytes:
    return HEADER.pack(width, height) + bytes(width * height * 3)


def say(what: bytes) -> None:
    while what:
        what = what[os.write(1, what) :]


# What breaks the framing. The layers have been said already.

SAYINGS = {
    "honest": page(3, 2) + page(1, 1) + END,
    "huge_page": HEADER.pack(0xFFFFFFFF, 0xFFFFFFFF),
    "long_page": HEADER.pack(65_501, 3),
    "zero_width": HEADER.pack(0, 7),
    "short_page": HEADER.pack(10, 10) + b"only this",
    "no_end": page(2, 2),
    "after_the_end": page(2, 2) + END + b"more",
    "too_large_in_total": page(600, 600) * 4 + END,
    "too_many_pages": page(1, 1) * 100 + END,
    "nothing": b"",
}


def spin() -> None:
    while True:
        pass


def deaf() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
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


def unknown_status() -> int:
    return 222


def lingers() -> None:  # says all that is right, then does not go
    say(page(1, 1) + END)
    os.close(1)
    time.sleep(600)


def leaves_a_grandchild() -> None:
    if os.fork() == 0:
        time.sleep(600)
    say(page(1, 1) + END)
    os._exit(0)


# What tries to get out: says "done", or the name of the error that kept it.


def open_file(path: str) -> None:
    with open(path, "rb") as file:
        file.read(1)


def write_file(path: str) -> None:
    with open(path, "wb") as file:
        file.write(b"x")


def list_folder(path: str) -> None:
    os.listdir(path)


def connect_tcp(port: str) -> None:
    with socket.socket() as caller:
        caller.connect(("127.0.0.1", int(port)))


def connect_unix(path: str) -> None:
    with socket.socket(socket.AF_UNIX) as caller:
        caller.connect(path.replace("@", "\0"))


def fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def thread() -> None:
    try:
        threading.Thread(target=os.getpid).start()
    except RuntimeError:
        raise OSError(errno.EAGAIN, "no thread") from None


def threads_without_end(most: str) -> None:
    threading.stack_size(32_768)
    held = threading.Lock()
    held.acquire()
    try:
        for _ in range(int(most)):
            _thread.start_new_thread(held.acquire, ())
    except RuntimeError:
        raise OSError(errno.EAGAIN, "no thread") from None


def execute(path: str) -> None:
    os.execv(path, [path, "-n", "done"])


def allocate() -> None:
    mmap.mmap(-1, 1 << 31)


def executable_memory() -> None:
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)


def signal_process(process: str) -> None:
    os.kill(int(process) or os.getppid(), signal.SIGKILL if process == "0" else 0)


def become_root() -> None:
    os.setresuid(0, 0, 0)
    os.chroot("/")


def more_descriptors() -> None:
    os.pipe()


def descriptors() -> None:
    found = []
    for descriptor in range(4096):
        try:
            os.fstat(descriptor)
        except OSError:
            continue
        found.append(descriptor)
    say(repr(found).encode())


def environment() -> None:
    say(f"{sorted(os.environ)} {os.getcwd()}".encode())


def call(name: str) -> None:
    """Any system call, with arguments that are nonsense to most: allowed ones fail for that and no other reason."""
    libc = ctypes.CDLL(None, use_errno=True)
    number = NUMBERS[name][os.uname().machine == "aarch64"] if name in NUMBERS else int(name)
    if libc.syscall(number, *[ctypes.c_long(-1)] * 6) < 0:
        raise OSError(ctypes.get_errno(), name)


DEEDS: tuple[Callable[..., int | None], ...] = (
    spin,
    deaf,
    drip,
    flood,
    crash,
    unknown_status,
    lingers,
    leaves_a_grandchild,
)
ESCAPES: tuple[Callable[..., None], ...] = (
    open_file,
    write_file,
    list_folder,
    connect_tcp,
    connect_unix,
    fork,
    thread,
    threads_without_end,
    execute,
    allocate,
    executable_memory,
    signal_process,
    become_root,
    more_descriptors,
    descriptors,
    environment,
    call,
)


def become(_pages: int, _pixels: int) -> int:
    named, *needed = os.read(0, 4096).decode(errors="replace").rstrip("\0").split()
    if named in SAYINGS:
        say(SAYINGS[named])
        return 0
    for deed in DEEDS:
        if deed.__name__ == named:
            return deed() or 0
    try:
        next(escape for escape in ESCAPES if escape.__name__ == named)(*needed)
        say(b"done")
    except OSError as error:
        say(errno.errorcode[error.errno or 0].encode())
    return 0


if __name__ == "__main__":
    main(become, lambda: None, Layer(int(sys.argv[1])))
