"""The warm process: imports the decoders once, then forks a child for each document. It never sees a hostile byte.

Started by `ocr.jail.nursery` with nothing but a socket to it. An order comes over that socket: numbers (`Order`) and
three descriptors, the child's input, its output and a *lead*. The child gets the first two and nothing else. The lead
stays here: when the vault lets go of its end, the child is killed; when the child has ended, its exit status
is said on it (`STATUS`). So no wait can be for a process that has long been another, and nothing is left behind
when the vault dies, however it dies: every lead goes with it, and the socket.

It builds what it can of the jail around itself first (`ocr.jail.walls`), since each child inherits that, and says
`LAYERS` on the socket when it is ready. Each child says on its output which layers hold before it reads anything.

Residual risk: all children of one zygote have the same addresses in memory. The nursery takes a new zygote
after a child that crashed, so that they cannot be found out by trying.
"""

import contextlib
import gc
import os
import selectors
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn

from ocr import decoder
from ocr.jail import walls
from ocr.jail.layers import ALL, Layer
from ocr.jail.orders import LAYERS, ORDER_BYTES, STATUS, parse_order

WALLS_FAILED = 70
"""Exit status of a child that could not put up its walls, or left them in a way that nobody foresaw."""

Become = Callable[[int, int], int]
"""What a child does: most pages and most pixels a page in, its exit status out."""


def main(
    become: Become = decoder.run, warm_up: Callable[[], None] = decoder.warm_up, wanted: Layer = ALL
) -> None:
    """Serves until the other end of the socket, which is this process's standard input, is closed."""
    control = _socket_of(os.dup(0))
    held = walls.before_imports(wanted)
    launcher = os.getpid()
    inner = os.fork()  # into the PID namespace, if there is one
    if inner:
        control.close()
        os.close(0)
        os.waitpid(inner, 0)
        os._exit(0)
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(nothing, standard)
    warm_up()
    held |= walls.after_imports(wanted)
    walls.die_with(launcher)
    gc.freeze()  # what is here stays shared with every child
    with contextlib.suppress(OSError):  # the vault ended: so does this
        _Zygote(control, become, wanted, held).serve()
    os._exit(0)


@dataclass
class _Zygote:
    control: socket.socket
    become: Become
    wanted: Layer
    held: Layer
    leads: dict[int, socket.socket] = field(default_factory=dict)
    """By process id: the children that run, and those whose end has not been told yet."""

    def serve(self) -> None:
        ended, wake = os.pipe()
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.control, selectors.EVENT_READ, self._take_order)
        self.selector.register(ended, selectors.EVENT_READ, lambda: os.read(ended, 4096))
        self.control.sendall(LAYERS.pack(self.held))
        while self.leads or self.control.fileno() >= 0:
            for ready, _ in self.selector.select():
                ready.data()
            self._reap()

    def _take_order(self) -> None:
        order, handed, *_ = socket.recv_fds(self.control, ORDER_BYTES, 3)
        if len(order) == ORDER_BYTES and len(handed) == 3:
            self._fork(order, *handed)
            return
        for descriptor in handed:
            os.close(descriptor)
        self.selector.unregister(self.control)
        self.control.close()  # the vault has let go; what still runs is led by its own

    def _fork(self, order: bytes, stdin: int, stdout: int, lead: int) -> None:
        zygote = os.getpid()
        try:
            child = os.fork()
        except OSError:  # the lead is closed without a status, which says it
            child = -1
        if child == 0:
            self._be_child(order, stdin, stdout, zygote)
        os.close(stdin)
        os.close(stdout)
        if child < 0:
            os.close(lead)
            return
        self.leads[child] = _socket_of(lead)
        self.selector.register(lead, selectors.EVENT_READ, lambda: self._kill(child))

    def _kill(self, child: int) -> None:
        # Not reaped yet, so it is still this child.
        self.selector.unregister(self.leads[child])
        for kill in (os.killpg, os.kill):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                kill(child, signal.SIGKILL)

    def _reap(self) -> None:
        while True:
            try:
                child, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if child == 0:
                return
            lead = self.leads.pop(child, None)
            if lead is None:  # what a child had started, and this process inherited
                continue
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child, signal.SIGKILL)  # whatever it started
            with contextlib.suppress(KeyError):
                self.selector.unregister(lead)
            with lead, contextlib.suppress(OSError):
                lead.sendall(STATUS.pack(os.waitstatus_to_exitcode(status)))

    def _be_child(self, order: bytes, stdin: int, stdout: int, zygote: int) -> NoReturn:
        try:
            signal.set_wakeup_fd(-1)
            for each in (signal.SIGCHLD, signal.SIGINT):
                signal.signal(each, signal.SIG_DFL)
            os.dup2(stdin, 0)
            os.dup2(stdout, 1)
            os.closerange(3, 1024)
            os.setpgid(0, 0)
            walls.die_with(zygote)
            wish = parse_order(order)
            held = self.held | walls.around_child(self.wanted, wish)
            os.write(1, LAYERS.pack(held))
            os._exit(self.become(wish.pages, wish.page_pixels))
        finally:
            os._exit(WALLS_FAILED)


def _socket_of(descriptor: int) -> socket.socket:
    # Told what it is: asked, the kernel would have to be, by calls that are not left.
    return socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, descriptor)


if __name__ == "__main__":
    main()
