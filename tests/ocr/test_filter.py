"""The filters of system calls, run by an interpreter of our own for both machines, whatever this one is."""

import errno
import struct

import pytest

from ocr.jail.filter import (
    ALLOW,
    AUDIT_ARCH,
    CHILD_WITH_THREADS,
    ERRNO,
    KILL,
    NUMBERS,
    ZYGOTE,
    Instruction,
    child_program,
    packed,
    zygote_program,
)

MACHINES = list(AUDIT_ARCH)
LAST_CALL = 1_000
CLONE_OF_A_THREAD = 0x003D0F00  # what pthread_create(3) passes
CLONE_OF_A_PROCESS = 0x01200011  # what fork(3) passes
NEW_USER_NAMESPACE = 0x10000000


def ran(code: list[Instruction], machine: str, number: int, *arguments: int) -> int:
    """What the program answers, as the kernel's interpreter would find it: struct seccomp_data, 64 bytes."""
    given = (*arguments, *[0] * (6 - len(arguments)))
    data = struct.pack("<IIQ6Q", number, AUDIT_ARCH[machine], 0, *given)
    at, value = 0, 0
    while True:
        operation, if_true, if_false, constant = code[at]
        at += 1
        match operation:
            case 0x20:
                (value,) = struct.unpack_from("<I", data, constant)
            case 0x54:
                value &= constant
            case 0x15:
                at += if_true if value == constant else if_false
            case 0x35:
                at += if_true if value >= constant else if_false
            case 0x06:
                return constant
            case _:
                raise AssertionError(f"no such instruction: {operation:#x}")


def answer(machine: str, name: str, *arguments: int, threads: bool = False) -> int:
    number = NUMBERS[name][MACHINES.index(machine)]
    assert number is not None
    return ran(child_program(machine, threads=threads), machine, number, *arguments)


@pytest.mark.parametrize("machine", MACHINES)
def test_a_child_may_compute_read_its_input_and_write_its_output(machine: str) -> None:
    assert answer(machine, "read", 0) == ALLOW
    assert answer(machine, "write", 1) == ALLOW
    assert answer(machine, "mmap", 0, 4096, 3) == ALLOW
    assert answer(machine, "exit_group") == ALLOW


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("read", (3,)),
        ("read", (1,)),
        ("write", (0,)),
        ("write", (7,)),
        ("mmap", (0, 4096, 7)),
        ("mmap", (0, 4096, 4)),
        ("mprotect", (0, 4096, 5)),
        ("clone", (CLONE_OF_A_THREAD,)),
        ("clone", (CLONE_OF_A_PROCESS,)),
        ("clone3", ()),
        ("openat", ()),
        ("newfstatat", ()),
        ("prctl", ()),
    ],
)
def test_what_a_child_is_refused_is_an_error(machine: str, name: str, arguments: tuple[int, ...]) -> None:
    refusal = answer(machine, name, *arguments)
    assert refusal & 0xFFFF0000 == ERRNO
    assert refusal & 0xFFFF in (errno.EACCES, errno.EAGAIN, errno.ENOSYS)


@pytest.mark.parametrize("machine", MACHINES)
def test_threads_are_let_through_and_processes_and_namespaces_never(machine: str) -> None:
    assert answer(machine, "clone", CLONE_OF_A_THREAD, threads=True) == ALLOW
    for flags in (CLONE_OF_A_PROCESS, NEW_USER_NAMESPACE, 0x100, 0x10000):
        assert answer(machine, "clone", flags, threads=True) == ERRNO | errno.EAGAIN


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("threads", [False, True])
def test_every_call_that_is_not_on_the_list_kills(machine: str, threads: bool) -> None:
    named = {NUMBERS[rule.name][MACHINES.index(machine)] for rule in CHILD_WITH_THREADS}
    code = child_program(machine, threads=threads)
    for number in range(LAST_CALL):
        assert (ran(code, machine, number) == KILL) == (number not in named)


@pytest.mark.parametrize("machine", MACHINES)
def test_what_reaches_out_or_attacks_a_kernel_kills_a_child_and_is_refused_to_the_zygote(
    machine: str,
) -> None:
    reaching = {rule.name for rule in ZYGOTE} - {rule.name for rule in CHILD_WITH_THREADS}
    assert {"socket", "execve", "ptrace", "bpf", "io_uring_setup", "userfaultfd", "keyctl"} <= reaching
    for name in reaching:
        number = NUMBERS[name][MACHINES.index(machine)]
        if number is not None:
            assert ran(child_program(machine, threads=True), machine, number) == KILL
            assert ran(zygote_program(machine), machine, number) == ERRNO | errno.EPERM


@pytest.mark.parametrize("machine", MACHINES)
def test_a_call_by_another_machines_table_kills(machine: str) -> None:
    other = next(each for each in MACHINES if each != machine)
    for code in (child_program(machine, threads=False), zygote_program(machine)):
        assert ran(code, other, 0) == KILL
        assert ran(code, machine, 0x40000000 | 1) == KILL  # x32


@pytest.mark.parametrize("machine", MACHINES)
def test_the_program_is_one_that_a_kernel_takes(machine: str) -> None:
    for code in (child_program(machine, threads=True), zygote_program(machine)):
        assert len(code) < 4096
        assert len(packed(code)) == 8 * len(code)
        for at, (operation, if_true, if_false, constant) in enumerate(code):
            assert at + max(if_true, if_false) < len(code) - (operation != 0x06)
            assert 0 <= constant < 1 << 32
