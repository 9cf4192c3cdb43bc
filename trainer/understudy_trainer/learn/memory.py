"""Memory that is kept between steps instead of given back to the system.

Each operation makes its result anew. glibc gives blocks of this size back at once, and the system
fills the next ones with zeros, page by page.
"""

import ctypes

_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_THRESHOLD = -1, -2, -3
"""Of glibc's <malloc.h>."""


def keep_memory() -> None:
    """For the rest of the process; without effect where the C library is another one."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(_M_MMAP_THRESHOLD, 1 << 30)
        libc.mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)
        libc.mallopt(_M_TOP_PAD, 1 << 26)
