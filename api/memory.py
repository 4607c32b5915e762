"""What the process holds in memory stays there: keys, PINs and papers must not end in a core file.

Residual risk: a program that the kernel pipes core dumps to may disregard the limit of a child such as the store or
Tesseract, whose own flag the kernel clears when they start; and swap is the operator's to turn off (docs/operator.md).
"""

import ctypes
import resource
import sys

_PR_SET_DUMPABLE = 4


def keep_memory_private() -> None:
    """Forbids core dumps to this process and its children, and to others of its account to look into its memory.

    The latter on Linux alone (prctl(2), PR_SET_DUMPABLE). Cannot be undone.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
