"""What a process that reads hostile data may take of the machine: set in the process itself, where the system can."""

import sys
from contextlib import suppress

if sys.platform != "win32":
    import resource


def set_to(memory: int, seconds: int | None = None) -> None:
    """No more than so many bytes of its own and seconds of a processor, and no memory dumped into the scanned tree."""
    if sys.platform == "win32":
        return
    limits = [(resource.RLIMIT_DATA, memory), (resource.RLIMIT_CORE, 0)]
    if seconds is not None:
        limits.append((resource.RLIMIT_CPU, seconds))
    for what, most in limits:
        with suppress(ValueError, OSError):  # the caller's own limit is lower, or the system knows none
            resource.setrlimit(what, (most, most))
