"""What the jail is made of, one bit each, and what it costs to lack one. Imports nothing: every side may read it."""

from enum import IntFlag


class Layer(IntFlag):
    """The layers that hold, as a child states them in one byte before it reads anything."""

    LIMITS = 1
    ACCOUNT = 2
    NETWORK = 4
    PROCESSES = 8
    EMPTY_ROOT = 16
    LANDLOCK = 32
    SCOPE = 64
    SYSTEM_CALLS = 128


ALL = Layer(255)

HOLDS: dict[Layer, str] = {
    Layer.LIMITS: "memory and processor time are bounded; no descriptor can be opened, no file can grow",
    Layer.ACCOUNT: "no capability, none to be gained, and never root",
    Layer.NETWORK: "a network, host name and shared memory of its own, with nothing in them (namespaces)",
    Layer.PROCESSES: "it sees no process of the machine, and dies with the one that started it (PID namespace)",
    Layer.EMPTY_ROOT: "its root folder is empty (mount namespace)",
    Layer.LANDLOCK: "no path can be opened (Landlock)",
    Layer.SCOPE: "no signal to other processes, no TCP and no abstract socket (Landlock, version 6)",
    Layer.SYSTEM_CALLS: "a short list of system calls; any other ends it (seccomp)",
}

WITHOUT: dict[Layer, str] = {
    Layer.LIMITS: "one file could take the machine's memory. The decoder does not run without this",
    Layer.ACCOUNT: "a decoder that was taken over has the rights of the vault's account: give the vault one of its own",
    Layer.NETWORK: "the other layers alone keep it off the network. Containers usually forbid namespaces; so does a "
    "machine where user namespaces are switched off",
    Layer.PROCESSES: "the other layers alone keep it from signalling and inspecting the vault",
    Layer.EMPTY_ROOT: "the other layers alone keep it from files",
    Layer.LANDLOCK: "the other layers alone keep it from files. Needs Linux 5.13 with Landlock switched on",
    Layer.SCOPE: "the other layers alone keep it from signalling the vault. Needs Linux 6.12",
    Layer.SYSTEM_CALLS: "a weakness of the kernel is within reach of a decoder that was taken over. Needs Linux on "
    "x86-64 or ARM64 with seccomp filters",
}
