"""What the kernel is asked for by its own names: namespaces, an empty root, no capabilities, a filter. Linux alone.

Every function says whether what it asked for holds. They are for processes of one thread that nobody else depends on.
"""

import ctypes
import os
import struct
from collections.abc import Sequence

from ocr.jail.filter import Instruction, packed

LIBC = ctypes.CDLL(None, use_errno=True)
NOBODY = 65534

_SET_PDEATHSIG, _SET_DUMPABLE, _SET_SECCOMP, _SET_NO_NEW_PRIVS = 1, 4, 22, 38
_CAP_AMBIENT, _CAP_AMBIENT_CLEAR_ALL = 47, 4
_SECCOMP_MODE_FILTER = 2
_NEW_MOUNTS, _NEW_UTS, _NEW_IPC, _NEW_USER, _NEW_PIDS, _NEW_NET = (
    0x00020000,
    0x04000000,
    0x08000000,
    0x10000000,
    0x20000000,
    0x40000000,
)
_NETWORK = _NEW_UTS | _NEW_IPC | _NEW_NET
_NO_SUID, _NO_DEVICES, _NO_PROGRAMS, _RECURSIVE, _PRIVATE = 2, 4, 8, 0x4000, 0x40000
_DETACH = 2
_CAPABILITIES_3 = 0x20080522  # _LINUX_CAPABILITY_VERSION_3
_M_ARENA_MAX = -8


def die_with(parent: int) -> None:
    """Be killed when the thread that forked this process ends, however it ends. `parent` is that process's id.

    A change of account or capabilities undoes this: it comes after them.
    """
    LIBC.prctl(_SET_PDEATHSIG, 9, 0, 0, 0)
    if os.getppid() not in (parent, 0):  # it ended meanwhile; 0 is a parent outside a new PID namespace
        os._exit(1)


def leave_network() -> bool:
    """Into namespaces of network, IPC and host name with nothing in them."""
    return _leave(_NETWORK)


def leave_processes() -> bool:
    """The *next* process that is forked is the first of a PID namespace of its own."""
    return _leave(_NEW_PIDS)


def leave_files() -> bool:
    """The root folder becomes an empty one where nothing can be made, and what was there is out of reach.

    pivot_root(2), "pivot_root(".", ".")": the old root lies over the new one until it is detached.
    """
    flags = _NO_SUID | _NO_DEVICES | _NO_PROGRAMS
    if not _leave(_NEW_MOUNTS) or LIBC.mount(None, b"/", None, _RECURSIVE | _PRIVATE, None) != 0:
        return False
    # Over /dev, which is everywhere, in this process's own view only.
    if LIBC.mount(b"none", b"/dev", b"tmpfs", flags, b"size=4096,nr_inodes=1,mode=0500") != 0:
        return False
    entered = LIBC.chdir(b"/dev") == 0 and LIBC.pivot_root(b".", b".") == 0
    return entered and LIBC.umount2(b".", _DETACH) == 0 and bool(LIBC.chdir(b"/") == 0)


def _leave(what: int) -> bool:
    # Root of the machine may do so as it is. Everybody else first needs a user namespace, where they are root.
    return bool(LIBC.unshare(what) == 0 or LIBC.unshare(what | _NEW_USER) == 0)


def give_up_account() -> bool:
    """No capability is left and none can be gained; root of the machine becomes nobody. Comes after what needs them."""
    if os.geteuid() == 0:
        try:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
        except OSError:  # a user namespace that maps no such account: what looks like root there is not root
            pass
    LIBC.prctl(_CAP_AMBIENT, _CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    none = struct.pack("=Ii", _CAPABILITIES_3, 0), bytes(24)
    dropped = bool(LIBC.capset(*none) == 0)
    LIBC.prctl(_SET_DUMPABLE, 0, 0, 0, 0)  # no other process of this account may look into its memory
    return dropped and no_new_privileges() and os.geteuid() != 0


def no_new_privileges() -> bool:
    """Nothing that is run gives this process more rights than it has. Landlock and filters ask for it first."""
    return bool(LIBC.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)


def filter_calls(program: Sequence[Instruction]) -> bool:
    """Only what the program lets through is left of the kernel, for this process and its children."""
    code = ctypes.create_string_buffer(packed(program), len(program) * 8)
    described = ctypes.create_string_buffer(struct.pack("@HP", len(program), ctypes.addressof(code)))
    return no_new_privileges() and bool(LIBC.prctl(_SET_SECCOMP, _SECCOMP_MODE_FILTER, described, 0, 0) == 0)


def one_heap() -> None:
    """Threads share one heap: glibc would set 64 MB of addresses aside for each, against the limit of memory."""
    if hasattr(LIBC, "mallopt"):
        LIBC.mallopt(_M_ARENA_MAX, 1)
