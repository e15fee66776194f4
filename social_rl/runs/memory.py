"""How does a process keep the memory that it has had? So that arrays that come and go cost no page faults.

The allocator of glibc gives large arrays back to the system as they are freed, and each new one is then paid for page
by page. Networks of our size allocate thousands of some megabytes a second, and pages are dear in virtual machines
(docs/results/language.md has figures).
"""

import ctypes
import sys

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # of mallopt, malloc.h
ALL, LARGE = 2**31 - 1, 2**30  # bytes


def keep_memory() -> bool:
    """Let this process keep memory that it frees, for its next arrays; returns whether the allocator took it.

    On systems without glibc nothing is changed.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and all(
        mallopt(option, value) for option, value in ((MMAP_THRESHOLD, LARGE), (TRIM_THRESHOLD, ALL))
    )
