"""The trusted side's hold on the warm process: one zygote for each vault process, started at first need.

A zygote that died is replaced for the next document. One whose child crashed is let go: it ends with what it still
leads. Any number of threads may ask at once. A process that was forked from one with a zygote starts its own.
"""

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ocr.errors import DecoderDown
from ocr.jail.layers import Layer
from ocr.jail.orders import LAYERS, STATUS, Order

_ROOT = str(Path(__file__).parents[2])
# -I takes no environment and no folder of the caller's into account, so it is told where this package lies.
_PROGRAM = "import sys; sys.path.insert(0, sys.argv.pop(1)); from ocr.jail.zygote import main; main()"
COMMAND = (sys.executable, "-I", "-B", "-c", _PROGRAM, _ROOT)

STARTS_WITHIN = 60.0
ENDS_WITHIN = 10.0
"""Seconds a killed child may take to be gone, where the kernel needs milliseconds: then its zygote goes too."""
PIPE_BYTES = 1 << 20
_CRASHES = (
    signal.SIGSEGV,
    signal.SIGBUS,
    signal.SIGILL,
    signal.SIGABRT,
    signal.SIGFPE,
    signal.SIGSYS,
    signal.SIGTRAP,
)


@dataclass
class Born:
    """A child: where its input is written and its output read (both the caller's to close), and the lead it is on."""

    stdin: int
    stdout: int
    _lead: socket.socket
    _zygote: "_Zygote"
    _status: int | None = None
    _over: bool = False

    def wait(self, seconds: float) -> int | None:
        """Its exit status, negative for the signal that ended it; None if nobody can say.

        Raises:
            TimeoutError: it still runs.
        """
        if not self._over:
            self._lead.settimeout(max(0.01, seconds))
            said = b""
            with contextlib.suppress(ConnectionError):
                said = self._lead.recv(STATUS.size)
            self._over = True
            self._status = STATUS.unpack(said)[0] if len(said) == STATUS.size else None
        return self._status

    def end(self) -> None:
        """It is killed and reaped when this returns, if it still ran. After a crash its zygote is let go."""
        with contextlib.suppress(OSError):
            self._lead.shutdown(socket.SHUT_WR)
        try:
            status = self.wait(ENDS_WITHIN)
        except TimeoutError:
            status = None
            self._zygote.kill()
        self._lead.close()
        self._zygote.release(retire=status is not None and -status in _CRASHES)


def _widen(pipe: int) -> None:
    # A page has megabytes: with 64 KB at a time, half of the time goes into taking turns.
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        with contextlib.suppress(OSError):  # more than this account may have: it goes as it is
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


class Nursery:
    """Where children come from. Starts nothing before it is asked."""

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        """`command` runs `ocr.jail.zygote.main`, or in its own tests something that misbehaves."""
        self._command = command
        self._lock = threading.Lock()
        self._zygote: _Zygote | None = None
        self._owner = 0

    def warm_up(self) -> Layer:
        """Starts the zygote if there is none, and says which layers it put up around itself.

        Raises:
            DecoderDown: it does not start.
        """
        with self._lock:
            return self._living().layers

    def bear(self, order: Order) -> Born:
        """A fresh child for one document.

        Raises:
            DecoderDown: there can be none.
        """
        with self._lock:
            for _ in range(2):
                zygote = self._living()
                with contextlib.suppress(
                    OSError
                ):  # it died since it was last heard of: once more, with another
                    return zygote.bear(order)
                zygote.kill()
        raise DecoderDown("the decoder's process does not take orders")

    @property
    def zygote_id(self) -> int | None:
        """The process id of the zygote that serves now; None if there is none."""
        zygote = self._zygote
        return zygote.process_id if zygote is not None and zygote.serves() else None

    def close(self) -> None:
        """Ends the zygote, and whatever it leads. The next document starts another."""
        with self._lock:
            zygote, self._zygote = self._zygote, None
        if zygote is not None:
            zygote.kill()

    def _living(self) -> "_Zygote":
        if self._owner != os.getpid():
            self._zygote, self._owner = None, os.getpid()
        if self._zygote is None or not self._zygote.serves():
            self._zygote = _Zygote(self._command)
        return self._zygote


class _Zygote:
    def __init__(self, command: Sequence[str]) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and package
                    command,
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,  # a traceback could quote the document
                    env={},
                    cwd="/",
                    start_new_session=True,  # a Ctrl-C in the terminal is for the vault, which then lets go
                )
            except OSError as error:
                self._control.close()
                raise DecoderDown(f"the decoder's process cannot be started: {error.strerror}") from None
        self._lock = threading.Lock()
        self._children = 0
        self._retired = False
        self.layers = self._first_word()

    def _first_word(self) -> Layer:
        self._control.settimeout(STARTS_WITHIN)
        said = b""
        with contextlib.suppress(OSError):
            said = self._control.recv(LAYERS.size)
        if not said:
            self.kill()
            raise DecoderDown("the decoder's process ends, or says nothing, when it is started")
        self._control.settimeout(ENDS_WITHIN)
        return Layer(LAYERS.unpack(said)[0])

    @property
    def process_id(self) -> int:
        return self._process.pid

    def serves(self) -> bool:
        return not self._retired and self._process.poll() is None

    def bear(self, order: Order) -> Born:
        """By one thread at a time."""
        with contextlib.ExitStack() as theirs, contextlib.ExitStack() as ours:
            mine, lead = socket.socketpair()
            ours.callback(mine.close)
            theirs.callback(lead.close)
            child_in, stdin = os.pipe()
            theirs.callback(os.close, child_in)
            ours.callback(os.close, stdin)
            stdout, child_out = os.pipe()
            ours.callback(os.close, stdout)
            theirs.callback(os.close, child_out)
            _widen(stdout)
            socket.send_fds(self._control, [order.encode()], [child_in, child_out, lead.fileno()])
            ours.pop_all()
        with self._lock:
            self._children += 1
        return Born(stdin, stdout, mine, self)

    def release(self, *, retire: bool) -> None:
        """One child less. Retired, it ends with its last."""
        with self._lock:
            self._children -= 1
            self._retired |= retire
            over = self._retired and self._children == 0
        if over:
            self.kill()

    def kill(self) -> None:
        """At once, with its children; and reaped. In any state, any number of times."""
        self._retired = True
        self._control.close()
        self._process.kill()
        self._process.wait()
