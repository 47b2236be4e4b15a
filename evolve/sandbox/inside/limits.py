"""Limits that a process sets on itself before it runs untrusted code; they cannot be undone.

They come as arguments: seconds, MiB of memory, processes, MiB of a file, and where this is root the
user to become.
"""

import os
import resource
import sys

FILES = 64
"""Open files at most."""


def close_in() -> None:
    """Gives up what is not needed, and sets hard limits."""
    seconds, memory, processes, file = map(int, sys.argv[1:5])
    for kind, most in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, memory << 20),
        (resource.RLIMIT_FSIZE, file << 20),
        (resource.RLIMIT_NOFILE, FILES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, processes),
    ):
        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))
    if len(sys.argv) > 5:
        user = int(sys.argv[5])
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    try:
        adjusted = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
        os.write(adjusted, b"1000")  # when memory runs short, this goes first
        os.close(adjusted)
    except OSError:
        return
    finally:
        del sys.argv[1:]
