"""Somebody else's code in a process of its own: whatever it does to that process, it does to no other."""

import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout, suppress
from pathlib import Path

from mlops_scan.patience import TooSlow, limited, undisturbed
from mlops_scan.repository import bounds

LONGEST = 100_000_000  # bytes of an answer
_MEMORY = 4_000_000_000
_PART = 1 << 16
_SIZE = 8  # bytes in front of an answer that say how long it is


class Died(Exception):
    """The code gave no answer; says why, and quotes nothing of it."""


class _NoEnd(TooSlow):
    """What runs in this process, for want of another, came to no end."""


def apart(work: Callable[[], bytes], seconds: float) -> bytes:
    """What `work` returns, where it may print, exit, hang, crash and change whatever it likes. Raises `Died`.

    Where the system forks no processes safely it runs in this one, and only its output is held off.
    """
    if sys.platform != "linux" or threading.active_count() > 1:
        return _here(work, seconds)
    try:
        with undisturbed():  # what is raised while a process forks is lost
            child, reader = _started(work)
    except OSError:
        return _here(work, seconds)
    try:
        return _answer(reader, time.monotonic() + seconds, seconds)
    finally:
        with undisturbed():
            _end(child, reader)


def _started(work: Callable[[], bytes]) -> tuple[int, int]:
    """The number of the other process, and what its answer comes through. Raises `OSError`."""
    reader, writer = os.pipe()
    try:
        child = os.fork()
    except OSError:
        os.close(reader)
        os.close(writer)
        raise
    if child == 0:
        _work(work, writer)
    os.close(writer)
    return child, reader


def _end(child: int, reader: int) -> None:
    """End a process with all that it has started; it may have made no group yet."""
    os.close(reader)
    for kill in (os.killpg, os.kill):
        with suppress(OSError):
            kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def _work(work: Callable[[], bytes], writer: int) -> None:
    """The other process. Never returns, whatever happens."""
    try:
        os.setpgid(0, 0)  # an interrupt is left to the one that waits
        bounds.set_to(_MEMORY)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        sys.stdout = sys.stderr = os.fdopen(nowhere, "w", encoding="utf-8", errors="replace")
        answer = work()
        with os.fdopen(writer, "wb") as file:
            file.write(len(answer).to_bytes(_SIZE, "big") + answer)
    finally:
        os._exit(0)


def _answer(reader: int, ends: float, seconds: float) -> bytes:
    """What comes through the pipe. Raises `Died`."""
    told = bytearray()
    while len(told) < _SIZE or len(told) < _SIZE + int.from_bytes(told[:_SIZE], "big"):
        if not select.select([reader], [], [], max(ends - time.monotonic(), 0))[0]:
            raise Died(f"it took more than {seconds:.0f} seconds")
        part = os.read(reader, _PART)
        if not part:
            raise Died("it ended its process")
        told += part
        if len(told) > LONGEST:
            raise Died(f"it answered with more than {LONGEST:,} bytes")
    return bytes(told[_SIZE:])


def _here(work: Callable[[], bytes], seconds: float) -> bytes:
    try:
        with _in_silence(), limited(seconds, _NoEnd):
            return work()
    except _NoEnd:
        raise Died(f"it took more than {seconds:.0f} seconds") from None


@contextmanager
def _in_silence() -> Iterator[None]:
    """Nothing is printed, and the working directory is the same afterwards."""
    with ExitStack() as stack, Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        with suppress(OSError):  # a folder that was deleted
            stack.callback(_return_to, os.getcwd())  # noqa: PTH109
        stack.enter_context(redirect_stdout(nowhere))
        stack.enter_context(redirect_stderr(nowhere))
        yield


def _return_to(folder: str) -> None:
    with suppress(OSError):
        os.chdir(folder)
