"""Puts the layers up: some around the warm process, once, and some around each child.

Around the warm process, while it may still open files: network and PID namespaces. After everything is imported: the
empty root, then the account, Landlock and its own filter of system calls. Around the child: limits, a Landlock scope of
its own, so that it cannot signal its siblings, and the narrow filter. What the kernel does not give is left out of
the answer; only without limits nothing runs.
"""

import os
import resource
import sys
from contextlib import suppress

from ocr.jail import filter as calls
from ocr.jail.layers import Layer
from ocr.jail.orders import Order

LINUX = sys.platform == "linux"
if LINUX:
    from ocr.jail import kernel, landlock

_DESCRIPTORS_OF_ZYGOTE = 256
_KINDNESS = 5
_THREADS = 64
"""How many threads a child that needs some may start at least. libheif takes a handful."""
_MOST_PROCESSES = 1 << 22  # PID_MAX_LIMIT of Linux on 64 bits


def before_imports(wanted: Layer) -> Layer:
    """No core files, and the namespaces that leave files in reach. The PID one begins with the next process forked."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would be the document on disk
    held = Layer(0)
    if LINUX:
        if Layer.NETWORK in wanted and kernel.leave_network():
            held |= Layer.NETWORK
        if Layer.PROCESSES in wanted and kernel.leave_processes():
            held |= Layer.PROCESSES
    return held


def after_imports(wanted: Layer) -> Layer:
    """What the warm process and all its children go without, now that it has read all the files it needs."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (_DESCRIPTORS_OF_ZYGOTE, _DESCRIPTORS_OF_ZYGOTE))
    os.nice(_KINDNESS)  # whoever signs in goes first
    held = Layer(0)
    if not LINUX:
        return held
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:
        score.write("1000")  # where memory runs out all the same, a decoder goes and the vault stays
    kernel.one_heap()
    if Layer.EMPTY_ROOT in wanted and kernel.leave_files():
        held |= Layer.EMPTY_ROOT
    if Layer.ACCOUNT in wanted and kernel.give_up_account():
        held |= Layer.ACCOUNT
    if Layer.LANDLOCK in wanted and kernel.no_new_privileges() and landlock.deny_files():
        held |= Layer.LANDLOCK
    if Layer.SYSTEM_CALLS in wanted and _machine():
        kernel.filter_calls(calls.zygote_program(_machine()))
    return held


def around_child(wanted: Layer, order: Order) -> Layer:
    """The last layers of a child, just before it reads its document. Says which of these hold.

    Raises:
        OSError, ValueError: its limits cannot be set: it must not go on.
    """
    held = Layer(0)
    if LINUX and Layer.SCOPE in wanted and kernel.no_new_privileges() and landlock.deny_reaching_out():
        held |= Layer.SCOPE
    if Layer.LIMITS in wanted:
        _limit(order)
        held |= Layer.LIMITS
    if Layer.SYSTEM_CALLS in wanted and _machine():
        program = calls.child_program(_machine(), threads=order.threads)
        held |= Layer.SYSTEM_CALLS if kernel.filter_calls(program) else Layer(0)
    return held


def _limit(order: Order) -> None:
    limits = {
        resource.RLIMIT_CPU: order.cpu_seconds,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 0,  # what is open stays open; nothing can be opened beside it, socket or file
        # Linux counts threads as processes; where they are needed, forking is the filter's to forbid.
        resource.RLIMIT_NPROC: _room_for_threads() if LINUX and order.threads else 0,
    }
    if LINUX:
        limits[resource.RLIMIT_AS] = order.memory  # macOS counts address space differently and refuses
        limits[resource.RLIMIT_MEMLOCK] = 0
        limits[resource.RLIMIT_MSGQUEUE] = 0
    for which, most in limits.items():
        # Past the softer limit of time it is told by SIGXCPU, which says why it ended; past the other one it is killed.
        grace = 2 if which == resource.RLIMIT_CPU else 0
        resource.setrlimit(which, (most, most + grace))


def _room_for_threads() -> int:
    """A limit that leaves `_THREADS` at least; at most twice those, or those and as many as the account has.

    It holds for all threads of the account, within a user namespace for all of the zygote's. How many those are cannot
    be looked up, since /proc is out of reach. So limits are tried, each twice the last, until one more starts.
    """
    _, given = resource.getrlimit(resource.RLIMIT_NPROC)
    ceiling = _MOST_PROCESSES if given == resource.RLIM_INFINITY else given
    present = _THREADS
    while present < ceiling:
        resource.setrlimit(resource.RLIMIT_NPROC, (present, given))
        if _starts_one():
            break
        present *= 2
    return min(present + _THREADS, ceiling)


def _starts_one() -> bool:
    try:
        os.posix_spawn("/", ("/",), {})  # a folder, so it ends before it runs anything; and copies no memory
    except BlockingIOError:  # EAGAIN: one too many
        return False
    except OSError:  # EACCES of the folder, or EPERM of the zygote's filter: it had started
        return True
    return True


def _machine() -> str:
    """The machine the filters are for; empty where there is none for it."""
    machine = os.uname().machine if LINUX else ""
    # A 32-bit interpreter on a 64-bit kernel calls by another table.
    return machine if machine in calls.AUDIT_ARCH and sys.maxsize > 2**32 else ""


def die_with(parent: int) -> None:
    """Linux kills this process when the process `parent`, which forked it, ends. Elsewhere it must notice by itself."""
    if LINUX:
        kernel.die_with(parent)
