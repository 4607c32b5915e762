"""No path at all, by Landlock (Linux, Documentation/userspace-api/landlock.rst).

A ruleset that handles every right and holds no rule: whatever it handles is denied from then on, to this process and
its children, for good. Each version of the interface knows more rights; naming one that the kernel does not know
would be refused, so the version is asked first.
"""

import ctypes
import struct

from ocr.jail.kernel import LIBC

# The same numbers on every machine.
_CREATE_RULESET, _RESTRICT_SELF = 444, 446
_ASK_VERSION = 1
_FILES = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
"""LANDLOCK_ACCESS_FS_*: all rights by the version that brought the last: 2 REFER, 3 TRUNCATE, 5 IOCTL_DEV."""
_TCP = 0b11  # LANDLOCK_ACCESS_NET_BIND_TCP and _CONNECT_TCP, version 4
_SCOPE = 0b11  # LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET and _SIGNAL, version 6


def version() -> int:
    """Which version of the interface this kernel has; 0 for none."""
    return max(0, int(LIBC.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_ASK_VERSION))))


def deny_files() -> bool:
    """No file may be opened, listed, made or run any more. Says whether that holds."""
    known = [rights for since, rights in _FILES.items() if since <= version()]
    return bool(known) and _restrict(known[-1], 0, 0)


def deny_reaching_out() -> bool:
    """No TCP, no abstract socket of others, no signal to any process that was there before. Says whether it holds.

    Within the same walls processes still reach each other, so each child puts up its own.
    """
    return version() >= 6 and _restrict(0, _TCP, _SCOPE)


def _restrict(files: int, tcp: int, scope: int) -> bool:
    # struct landlock_ruleset_attr; an older kernel takes a longer one as long as what it does not know is zero.
    attributes = struct.pack("=QQQ", files, tcp, scope)
    ruleset = LIBC.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0))
    if ruleset < 0:
        return False
    try:
        return bool(LIBC.syscall(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0)) == 0)
    finally:
        LIBC.close(ruleset)
