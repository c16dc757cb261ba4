"""Python's collector of garbage, kept from looking again and again through what a scan keeps to its end."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused() -> Iterator[None]:
    """Switch the collector off for a block: what is read lies in no circles, and to look for some takes a sixth of a scan."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
