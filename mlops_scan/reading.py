"""Files become readings: each is opened once, and what is in it is found out or remembered, in parallel where it pays."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING

from mlops_scan import facts
from mlops_scan.cache import Memory
from mlops_scan.evidence import Fact, Place, Reading, Warning
from mlops_scan.opening import Opened, Opener
from mlops_scan.outcome import Outcome, decoded, encoded, may_be_kept, outcome_of
from mlops_scan.patience import TooSlow, limited, undisturbed
from mlops_scan.repository import File, History, Repository, bounds
from mlops_scan.stopwatch import Stopwatch

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

SECONDS_OF_A_FILE = 10.0
SECONDS_OF_A_SCAN = 900.0
MOST_FACTS = 4_000_000  # some forty times those of the largest repositories
_MEMORY = 4_000_000_000  # bytes that one process of readers may take
_WORTH = 4_000_000  # bytes of unknown content from which on more processes pay

#: What is raised where the system gives no more processes, open files or semaphores.
_NO_PROCESS = (OSError, NotImplementedError, ImportError, RuntimeError)

Progress = Callable[[Iterable[File]], Iterable[File]]


class _FileTooSlow(TooSlow):
    """A file took too long."""


def read(
    repository: Repository, warnings: list[Warning], progress: Progress = iter, memory: Memory | None = None,
    watch: Stopwatch | None = None,
) -> Iterator[Reading]:  # fmt: skip
    """The facts of every file, in the order of the files; what cannot be read is added to the warnings."""
    if repository.history and repository.history.commits:
        yield _history(repository.history)
    room = MOST_FACTS
    until = time.monotonic() + SECONDS_OF_A_SCAN
    opener = Opener(repository, memory.files if memory else {}, warnings, until)
    with _Readers(opener, memory, watch) as readers:
        for batch in opener.batches(progress(repository.files)):
            wanted = [each for each in batch if each.mark]
            found = iter(readers.outcomes(wanted) if room > 0 else map(_too_much, wanted))
            for opened in batch:
                outcome = next(found) if opened.mark else Outcome()
                room -= len(outcome.facts)
                warnings.extend(_weighed(opened.file, outcome.warnings))
                own = Fact("file", opened.file.path)
                yield Reading(opened.file.path, opened.file.role, (own, *outcome.facts), outcome.units)


def _weighed(file: File, found: Iterable[Warning]) -> Iterator[Warning]:
    """Warnings of a file of examples or tests lose nothing that could change a verdict."""
    yield from (each if file.role == "product" else each._replace(lost=False) for each in found)


def _too_much(opened: Opened) -> Outcome:
    return _lost(opened, f"was not read: the files before it hold more than {MOST_FACTS:,} facts")


def _lost(opened: Opened, problem: str) -> Outcome:
    return Outcome(warnings=(Warning(Place(opened.file.path), problem, lost=True),))


class _Readers:
    """The readers, in this process or in more, and what they found before."""

    def __init__(self, opener: Opener, memory: Memory | None, watch: Stopwatch | None = None) -> None:
        self._opener = opener
        self._memory = memory
        self._watch = watch
        self._pool: ProcessPoolExecutor | None = None
        self._fresh: dict[bytes, bytes] = {}
        self._used: list[bytes] = []

    def __enter__(self) -> _Readers:
        return self

    def __exit__(self, *failure: object) -> None:
        if self._pool is not None:
            if any(failure):
                _end_all()
            self._pool.shutdown(cancel_futures=True)
        if self._memory is not None and not any(failure):
            self._memory.cache.put(self._fresh, self._used)

    def outcomes(self, wanted: Sequence[Opened]) -> Iterator[Outcome]:
        """One outcome for each of the files."""
        keys = [self._key(each) for each in wanted]
        known = self._memory.cache.get(keys) if self._memory else {}
        remembered = [decoded(known.get(key, b"")) for key in keys]
        unknown = [each for each, outcome in zip(wanted, remembered, strict=True) if outcome is None]
        opened = [self._opener.opened(each.file) if each.content is None else each for each in unknown]
        found = iter(zip(opened, self._found_out(opened), strict=True))
        for each, key, outcome in zip(wanted, keys, remembered, strict=True):
            if outcome is None:
                read, (fresh, data, seconds) = next(found)
                self._note(read, seconds)
                if data:
                    self._fresh[self._key(read)] = data
                yield fresh
            else:
                self._opener.trust(each)
                self._used.append(key)
                self._note(each)
                yield outcome

    def _note(self, opened: Opened, seconds: float | None = None) -> None:
        """Tell the stopwatch, where there is one, of a file that was read or remembered."""
        if self._watch is None:
            return
        if seconds is None:
            self._watch.remembered(opened.size)
            return
        self._watch.read(opened.file.path, opened.size, seconds, facts.names_of_readers(opened.file.path))
        if self._pool is not None:
            self._watch.processes = _processors()

    def _key(self, opened: Opened) -> bytes:
        if self._memory is None or opened.mark is None:
            return b""
        name = os.fsencode(opened.file.path)
        return blake2b(name + b"\0" + opened.mark.digest, digest_size=16, key=self._memory.code).digest()

    def _found_out(self, opened: Sequence[Opened]) -> Iterable[tuple[Outcome, bytes, float]]:
        """What is in each file, the same as bytes to remember, or none of these, and how many seconds it took."""
        if sum(len(each.content or b"") for each in opened) < _WORTH or not _may_fork():
            found = map(_timed, opened)
            return (
                (each, encoded(each) if self._memory and may_be_kept(each) else b"", seconds) for each, seconds in found
            )
        told = zip(opened, self._by_processes(opened), strict=True)
        return (
            (found, b"", seconds)
            if isinstance(found, Outcome)
            else (decoded(found) or _lost(each, "could not be read"), found if kept else b"", seconds)
            for each, (found, kept, seconds) in told
        )

    def _by_processes(self, opened: Sequence[Opened]) -> list[tuple[bytes | Outcome, bool, float]]:
        try:
            with undisturbed():  # what is raised while a process forks is lost
                if self._pool is None:
                    self._pool = _readers_besides(_processors())
                told = partial(_told, keep=self._memory is not None)
                found = self._pool.map(told, opened, chunksize=max(1, len(opened) // (_processors() * 8)))
            return list(found)
        except BrokenExecutor:  # a reader died, as C code can: find out whose
            self._pool = None
            return [_told_alone(each, self._memory is not None) for each in opened]
        except _NO_PROCESS:
            self._pool = None
            return [_told(each, self._memory is not None) for each in opened]


def _outcome(opened: Opened) -> Outcome:
    if opened.content is None:  # it was there a moment ago
        return Outcome()
    left = opened.until - time.monotonic()
    if left <= 0:
        return _lost(opened, f"was not read: the scan took more than {SECONDS_OF_A_SCAN:.0f} seconds")
    try:
        with limited(min(left, SECONDS_OF_A_FILE), _FileTooSlow):
            return outcome_of(opened.file.path, opened.content)
    except _FileTooSlow:
        return _lost(opened, f"could not be read: it took more than {SECONDS_OF_A_FILE:.0f} seconds")


def _timed(opened: Opened) -> tuple[Outcome, float]:
    begins = time.perf_counter()
    return _outcome(opened), time.perf_counter() - begins


def _told(opened: Opened, keep: bool) -> tuple[bytes | Outcome, bool, float]:
    """An outcome as bytes (objects would cost more on their way to another process than to find out), and its seconds.

    Between them stands whether to `keep` it, for those who ask: to look for secrets takes a tenth of the time of reading.
    """
    outcome, seconds = _timed(opened)
    return encoded(outcome) or outcome, keep and may_be_kept(outcome), seconds


def _told_alone(opened: Opened, keep: bool) -> tuple[bytes | Outcome, bool, float]:
    """As `_told`, in a process of its own: if that dies, it dies alone."""
    try:
        with _readers_besides(1) as pool:
            with undisturbed():
                told = pool.submit(_told, opened, keep)
            return told.result()
    except BrokenExecutor:
        return _lost(opened, "could not be read: its reader died"), False, 0.0
    except _NO_PROCESS:
        return _lost(opened, "could not be read: there is no process to try it in"), False, 0.0


def _end_all() -> None:
    """End the processes of readers: nobody waits for what they have begun."""
    from multiprocessing import active_children  # noqa: PLC0415  # late, as below

    for each in active_children():
        each.kill()


def _readers_besides(count: int) -> ProcessPoolExecutor:
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415  # late: most trees need one process
    from multiprocessing import get_context  # noqa: PLC0415

    return ProcessPoolExecutor(count, get_context("fork"), _prepare)


def _prepare() -> None:
    """A process of readers leaves an interrupt to the one that started it, and has bounds of its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    bounds.set_to(_MEMORY)


def _may_fork() -> bool:
    """Forking is safe where nothing else runs in this process, and where the system is made for it."""
    return sys.platform == "linux" and threading.active_count() == 1 and _processors() > 1


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _history(history: History) -> Reading:
    """What Git knows, as facts of a file of its own."""
    numbers = {
        "commits": history.commits, "authors": history.authors, "merges": history.merges, "tags": history.tags,
        "pull_requests": history.pull_requests, "days": history.days, **{f"bot {name}": count for name, count in history.bots},
        **({"model stages": history.stages} if history.stages else {}),
    }  # fmt: skip
    return Reading(".git", "product", tuple(Fact("history", name, None, str(count)) for name, count in numbers.items()))
