"""What another program prints, within bounds of time and size; and its end, whatever it has started."""

import os
import selectors
import signal
import time
from contextlib import suppress
from subprocess import Popen, TimeoutExpired

from mlops_scan.errors import Unreadable

_PART = 1 << 16


class Failed(Unreadable):
    """It came to a bad end: what it had `printed` by then is as good as any."""

    def __init__(self, reason: str, printed: bytes) -> None:
        super().__init__(reason)
        self.printed = printed


def printed(process: Popen[bytes], what: str, seconds: float, longest: int) -> bytes:
    """What a process prints until its end. Raises `Unreadable` where it prints too much or takes too long, and `Failed`."""
    ends, found = time.monotonic() + seconds, bytearray()
    with selectors.DefaultSelector() as waiting:
        for stream in filter(None, (process.stdout, process.stderr)):
            waiting.register(stream, selectors.EVENT_READ)
        while waiting.get_map():
            ready = waiting.select(max(ends - time.monotonic(), 0))
            if not ready:
                raise Unreadable(f"{what} took more than {seconds:.0f} seconds")
            for key, _ in ready:
                part = os.read(key.fd, _PART)
                if not part:
                    waiting.unregister(key.fileobj)
                elif key.fileobj is process.stdout:
                    found += part
            if len(found) > longest:
                raise Unreadable(f"{what} printed more than {longest:,} bytes")
    with suppress(TimeoutExpired):  # it has closed its streams and lives on
        if process.wait(max(ends - time.monotonic(), 1)) == 0:
            return bytes(found)
    raise Failed(f"{what} failed", bytes(found))


def end(process: Popen[bytes]) -> None:
    """End a process with all that it has started, which could hold its streams open for ever."""
    with suppress(OSError, AttributeError):  # it has ended by itself; or the system knows no groups
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    for stream in filter(None, (process.stdin, process.stdout, process.stderr)):
        stream.close()
    process.wait()
