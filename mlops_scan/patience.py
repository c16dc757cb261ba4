"""Time limits, one within another: what takes longer ends with an exception that no `except Exception` swallows."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_LEAVING = (contextmanager.__code__.co_filename, __file__)
_AGAIN = 0.5  # seconds: an exception that comes while Python cleans up is lost, and must come again


class TooSlow(BaseException):
    """What is raised in a block that took too long. Each limit raises a kind of its own, and catches no other's."""


_limits: list[tuple[float, type[TooSlow]]] = []  # the outermost first
_DISTURBING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGALRM") if hasattr(signal, name))


@contextmanager
def limited(seconds: float, kind: type[TooSlow]) -> Iterator[None]:
    """Raise `kind` in the block once it takes longer, where the system can tell: in the main thread of POSIX."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    depth, begins = len(_limits), time.monotonic()
    before = signal.signal(signal.SIGALRM, _end)
    other = signal.getitimer(signal.ITIMER_REAL)[0] if not depth else 0.0
    _limits.append((begins + seconds, kind))
    _set()
    try:
        yield
    finally:
        del _limits[depth:]
        _set()
        signal.signal(signal.SIGALRM, before)
        if other:  # somebody else's alarm waits on
            signal.setitimer(signal.ITIMER_REAL, max(other - time.monotonic() + begins, 0.001))


@contextmanager
def undisturbed() -> Iterator[None]:
    """No interrupt, no request to end and no time limit ends the block in its middle: they come right behind it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: dict[int, None] = {}
    before = {number: signal.signal(number, lambda number, _: came.setdefault(number)) for number in _DISTURBING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        for number in came:
            signal.raise_signal(number)


def _set() -> None:
    """Let the alarm ring for whichever limit is reached first."""
    first = min((ends for ends, _ in _limits), default=None)
    left = 0.0 if first is None else max(first - time.monotonic(), 0.001)
    signal.setitimer(signal.ITIMER_REAL, left, _AGAIN if left else 0.0)


def _end(_number: int, frame: FrameType | None) -> None:
    """Raise the kind of the outermost limit that is over; not while a block is being left, or the limit outlives it."""
    if frame is not None and frame.f_code.co_filename in _LEAVING:
        return  # it rings again
    now = time.monotonic()
    for ends, kind in tuple(_limits):
        if ends <= now:
            raise kind
