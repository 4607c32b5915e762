"""Which system calls are left: a seccomp filter in classic BPF (Linux, Documentation/userspace-api/seccomp_filter).

Built as plain numbers, so that the program for either machine can be checked on any. A program reads from
`struct seccomp_data`: the call's number at offset 0, the machine at 4, the low half of argument N at 16 + 8N. The low
half is all that counts: descriptors, protections and clone flags have 32 bits in the kernel too.

Two programs. The *child* that decodes may compute, read its standard input and write its standard output. What
libraries try in passing (fonts, a locale, the number of processors) fails with an error; anything else kills it. The
*zygote*, which sees no hostile byte, goes without what makes new connections, programs and kernel attacks. The child
inherits the zygote's program and adds its own: the stricter answer counts.
"""

import errno
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ALLOW, ERRNO, KILL = 0x7FFF0000, 0x00050000, 0x80000000  # SECCOMP_RET_*; KILL is the whole process
AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32 = (
    0x40000000  # numbers from here on are the x32 ABI: another table of calls under the same machine's name
)

_LOAD, _EQUAL, _AT_LEAST, _AND, _RETURN = 0x20, 0x15, 0x35, 0x54, 0x06
_NUMBER, _ARCH = 0, 4
_STDIN, _STDOUT, _STDERR = 0, 1, 2
_PROT_EXEC = 4
# CLONE_VM | CLONE_SIGHAND | CLONE_THREAD: with these it is a thread of the same process, never a process.
_THREAD = 0x00000100 | 0x00000800 | 0x00010000

Instruction = tuple[int, int, int, int]
"""code, jump if true, jump if false, constant"""


@dataclass(frozen=True)
class Rule:
    """What becomes of one call; with `argument`, only where that argument masked is `value`."""

    name: str
    action: int = ALLOW
    argument: int | None = None
    mask: int = 0xFFFFFFFF
    value: int = 0


def _allow(names: str) -> list[Rule]:
    return [Rule(name) for name in names.split()]


def _refuse(names: str, why: int = errno.EACCES) -> list[Rule]:
    return [Rule(name, ERRNO | why) for name in names.split()]


# In the order of how often they are called: the kernel tries one after the other.
_COMPUTING = [
    Rule("read", argument=0, value=_STDIN),
    Rule("write", argument=0, value=_STDOUT),
    Rule("write", argument=0, value=_STDERR),
    Rule("mmap", argument=2, mask=_PROT_EXEC),  # no memory that can be executed: code must be brought along
    Rule("mprotect", argument=2, mask=_PROT_EXEC),
    *_allow("brk munmap mremap madvise futex exit exit_group restart_syscall sched_yield"),
    *_allow(
        "rt_sigreturn rt_sigaction rt_sigprocmask sigaltstack getrandom clock_gettime gettimeofday getpid gettid"
    ),
]
_TRIED_IN_PASSING = [
    *_refuse(
        "open openat stat lstat newfstatat statx fstat access faccessat faccessat2 readlink readlinkat getcwd"
    ),
    *_refuse(
        "getdents64 close lseek fcntl ioctl uname sysinfo sched_getaffinity get_mempolicy prlimit64 getrlimit"
    ),
    *_refuse("getrusage getuid geteuid getgid getegid prctl membarrier tgkill mmap mprotect read write"),
    Rule("clone", ERRNO | errno.EAGAIN),
    Rule(
        "clone3", ERRNO | errno.ENOSYS
    ),  # its flags lie in memory, where no filter sees them; libc then takes clone
    *_refuse("rseq set_robust_list", errno.ENOSYS),
]
_THREADS = [
    Rule("clone", argument=0, mask=_THREAD, value=_THREAD),
    *_allow("rseq set_robust_list"),
]
CHILD: Sequence[Rule] = (*_COMPUTING, *_TRIED_IN_PASSING)
CHILD_WITH_THREADS: Sequence[Rule] = (*_COMPUTING, *_THREADS, *_TRIED_IN_PASSING)
"""For HEIC alone: libheif decodes in threads and cannot do without."""

ZYGOTE: Sequence[Rule] = (
    *_refuse(
        "open openat openat2 creat execve execveat socket socketpair connect accept accept4 bind listen",
        errno.EPERM,
    ),
    *_refuse(
        "ptrace process_vm_readv process_vm_writev pidfd_getfd kcmp unshare setns mount umount2 chroot",
        errno.EPERM,
    ),
    *_refuse("bpf userfaultfd perf_event_open io_uring_setup io_uring_enter io_uring_register", errno.EPERM),
    *_refuse(
        "add_key request_key keyctl memfd_create memfd_secret shmget shmat mq_open name_to_handle_at",
        errno.EPERM,
    ),
    *_refuse(
        "open_by_handle_at init_module finit_module delete_module kexec_load personality modify_ldt",
        errno.EPERM,
    ),
)
"""Refused, all else allowed: it runs our own code only, and an interpreter's every call is nobody's to foresee."""


def child_program(machine: str, *, threads: bool) -> list[Instruction]:
    """The filter of a child on `machine` (as `os.uname` names it); with `threads` it may start some."""
    return program(machine, CHILD_WITH_THREADS if threads else CHILD, KILL)


def zygote_program(machine: str) -> list[Instruction]:
    """The filter of the warm process on `machine`."""
    return program(machine, ZYGOTE, ALLOW)


def program(machine: str, rules: Iterable[Rule], otherwise: int) -> list[Instruction]:
    """The rules as BPF, the first that fits counting; a call of another machine's table kills."""
    code: list[Instruction] = [
        (_LOAD, 0, 0, _ARCH),
        (_EQUAL, 1, 0, AUDIT_ARCH[machine]),
        (_RETURN, 0, 0, KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _X32),
        (_RETURN, 0, 0, KILL),
    ]
    for rule in rules:
        number = NUMBERS[rule.name][list(AUDIT_ARCH).index(machine)]
        if number is None:  # a call that this machine never had
            continue
        if rule.argument is None:
            code += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, rule.action)]
            continue
        code += [
            (_EQUAL, 0, 5, number),
            (_LOAD, 0, 0, 16 + 8 * rule.argument),
            (_AND, 0, 0, rule.mask),
            (_EQUAL, 0, 1, rule.value),
            (_RETURN, 0, 0, rule.action),
            (_LOAD, 0, 0, _NUMBER),  # the argument did not fit: a later rule may still name this call
        ]
    return [*code, (_RETURN, 0, 0, otherwise)]


def packed(code: Sequence[Instruction]) -> bytes:
    """As the kernel takes it: an array of `struct sock_filter`."""
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)


NUMBERS: dict[str, tuple[int | None, int | None]] = {
    "accept": (43, 202),
    "accept4": (288, 242),
    "access": (21, None),
    "add_key": (248, 217),
    "bind": (49, 200),
    "bpf": (321, 280),
    "brk": (12, 214),
    "chroot": (161, 51),
    "clock_gettime": (228, 113),
    "clone": (56, 220),
    "clone3": (435, 435),
    "close": (3, 57),
    "connect": (42, 203),
    "creat": (85, None),
    "delete_module": (176, 106),
    "execve": (59, 221),
    "execveat": (322, 281),
    "exit": (60, 93),
    "exit_group": (231, 94),
    "faccessat": (269, 48),
    "faccessat2": (439, 439),
    "fcntl": (72, 25),
    "finit_module": (313, 273),
    "fstat": (5, 80),
    "futex": (202, 98),
    "get_mempolicy": (239, 236),
    "getcwd": (79, 17),
    "getdents64": (217, 61),
    "getegid": (108, 177),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getpid": (39, 172),
    "getrandom": (318, 278),
    "getrlimit": (97, 163),
    "getrusage": (98, 165),
    "gettid": (186, 178),
    "gettimeofday": (96, 169),
    "getuid": (102, 174),
    "init_module": (175, 105),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "ioctl": (16, 29),
    "kcmp": (312, 272),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "listen": (50, 201),
    "lseek": (8, 62),
    "lstat": (6, None),
    "madvise": (28, 233),
    "membarrier": (324, 283),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "mmap": (9, 222),
    "modify_ldt": (154, None),
    "mount": (165, 40),
    "mprotect": (10, 226),
    "mq_open": (240, 180),
    "mremap": (25, 216),
    "munmap": (11, 215),
    "name_to_handle_at": (303, 264),
    "newfstatat": (262, 79),
    "open": (2, None),
    "open_by_handle_at": (304, 265),
    "openat": (257, 56),
    "openat2": (437, 437),
    "perf_event_open": (298, 241),
    "personality": (135, 92),
    "pidfd_getfd": (438, 438),
    "prctl": (157, 167),
    "prlimit64": (302, 261),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "read": (0, 63),
    "readlink": (89, None),
    "readlinkat": (267, 78),
    "request_key": (249, 218),
    "restart_syscall": (219, 128),
    "rseq": (334, 293),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sched_getaffinity": (204, 123),
    "sched_yield": (24, 124),
    "set_robust_list": (273, 99),
    "setns": (308, 268),
    "shmat": (30, 196),
    "shmget": (29, 194),
    "sigaltstack": (131, 132),
    "socket": (41, 198),
    "socketpair": (53, 199),
    "stat": (4, None),
    "statx": (332, 291),
    "sysinfo": (99, 179),
    "tgkill": (234, 131),
    "umount2": (166, 39),
    "uname": (63, 160),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
    "write": (1, 64),
}
"""Numbers on x86_64 and aarch64 (arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h)."""
