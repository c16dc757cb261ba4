"""Where the time of one scan goes: seconds by phase, the slowest files, peak memory. It is told to people, never reported."""

import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from heapq import heappop, heappush
from typing import NamedTuple

from mlops_scan.clean import clean, masked

if sys.platform != "win32":
    import resource

#: What a scan does, in this order; each stands in the table, also where it took no time.
PHASES = ("start-up", "recall", "catalogue", "listing", "reading", "link", "detect", "judge", "report")
_SHOWN, _NAMED = 10, 5


class Spent(NamedTuple):
    """Seconds of the clock on the wall, and of processors: of this process, and of those that it started and that ended."""

    wall: float = 0.0
    processor: float = 0.0


class ReadFile(NamedTuple):
    """A file that was read anew: what it took, and whose it is."""

    seconds: float
    path: str
    size: int
    readers: tuple[str, ...]


class Many(NamedTuple):
    """Files, of which only their number and their size count."""

    files: int = 0
    size: int = 0

    def and_one(self, size: int) -> "Many":
        """The same files, and one more."""
        return Many(self.files + 1, self.size + size)

    def __str__(self) -> str:
        return f"{_counted(self.files, 'file', 's')}, {self.size:,} bytes"


class Stopwatch:
    """Made where a run begins; phases may come several times, and not within each other."""

    def __init__(self) -> None:
        begun = time.process_time()  # the wall was not looked at before: a start computes and hardly waits
        self._spent = dict.fromkeys(PHASES, Spent()) | {"start-up": Spent(begun, begun)}
        self._begins = time.perf_counter() - begun
        self._slowest: list[ReadFile] = []  #: a heap of few: a list of all files would take more memory than is told of
        self._read = self._remembered = Many()
        self.processes = 1

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Add what the block takes to a phase, whether it ends well or not."""
        before = _now()
        try:
            yield
        finally:
            spent, now = self._spent[name], _now()
            self._spent[name] = Spent(
                spent.wall + now.wall - before.wall, spent.processor + now.processor - before.processor
            )

    def read(self, path: str, size: int, seconds: float, readers: Iterable[str]) -> None:
        """Note a file that was read anew."""
        self._read = self._read.and_one(size)
        heappush(self._slowest, ReadFile(seconds, path, size, tuple(readers)))
        if len(self._slowest) > _SHOWN:
            heappop(self._slowest)

    def remembered(self, size: int) -> None:
        """Note a file of which was known what is in it."""
        self._remembered = self._remembered.and_one(size)

    def lines(self) -> Iterator[str]:
        """All that was noted, for a terminal: names of files are cleaned, as anything else of a scanned tree."""
        whole = time.perf_counter() - self._begins
        yield f"{'phase':<10}{'seconds':>10}{'share':>7}{'processors':>12}"
        for name, spent in self._spent.items():
            yield _row(name, spent, whole)
        known = Spent(*(sum(each) for each in zip(*self._spent.values(), strict=True)))
        all_ = Spent(whole, _now().processor)
        yield _row("the rest", Spent(max(all_.wall - known.wall, 0), max(all_.processor - known.processor, 0)), whole)
        yield _row("all", all_, whole)
        yield f"read anew: {self._read}, by {_counted(self.processes, 'process', 'es')}"
        yield f"from the cache: {self._remembered}"
        for each in sorted(self._slowest, reverse=True):
            yield f"{each.seconds:>9.3f} s  {clean(masked(each.path))}: {_counted(each.size, 'byte', 's')} ({_some(each.readers)})"
        yield from _memory()


def during(watch: Stopwatch | None, phase: str) -> AbstractContextManager[None]:
    """A phase of a scan, of which the time is taken where somebody asked for it."""
    return watch.phase(phase) if watch else nullcontext()


def _now() -> Spent:
    found = os.times()
    return Spent(time.perf_counter(), time.process_time() + found.children_user + found.children_system)


def _row(name: str, spent: Spent, whole: float) -> str:
    return f"{name:<10}{spent.wall:>10.3f}{spent.wall / whole:>7.0%}{spent.processor:>12.3f}"


def _some(names: tuple[str, ...]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _counted(number: int, what: str, many: str) -> str:
    return f"{number:,} {what}{many if number != 1 else ''}"


def _memory() -> Iterator[str]:
    """The most memory that this process took, and the largest of those that it started, where the system tells."""
    if sys.platform == "win32":
        return
    unit = 1 if sys.platform == "darwin" else 1024  # getrusage(2): bytes there, kibibytes elsewhere
    own, other = (resource.getrusage(who).ru_maxrss * unit for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    yield f"peak memory: {own / 1e6:,.0f} MB; of the largest process besides: {other / 1e6:,.0f} MB"
