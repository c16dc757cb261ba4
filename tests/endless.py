"""A guard against code that never ends: a hostile text must not hang the scan. How fast it is, no test asks."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SECONDS = 120


@contextmanager
def ends() -> Iterator[None]:
    """Fail where the block has not come to an end in minutes: exponential time, not a slow machine."""

    def give_up(_number: int, _frame: FrameType | None) -> None:
        raise AssertionError(f"no end in {_SECONDS} seconds")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
