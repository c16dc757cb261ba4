"""Files become readings: each is opened once, and what is in it is found out or remembered, in parallel where it pays."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from hashlib import blake2b
from multiprocessing import get_context
from typing import NamedTuple

import msgspec

from mlops_scan import facts
from mlops_scan.cache import Cache
from mlops_scan.clean import masked
from mlops_scan.errors import TooLarge, Unreadable
from mlops_scan.evidence import Fact, Place, Reading, Unit, Warning
from mlops_scan.facts.source import Blob, Source
from mlops_scan.repository import READ, File, History, Repository, files, is_lfs_pointer

SECONDS_OF_A_FILE = 10.0
SECONDS_OF_A_SCAN = 900.0
_BATCH = 16_000_000  # bytes that are held at once
_WORTH = 2_000_000  # bytes of unknown content from which on more processes pay

#: A file of these speaks of what runs, however large it is; what is too large in others is data and no claim.
_TELLING = (".py", ".R", ".r", ".sh", ".tf", "Dockerfile", "Makefile", "Jenkinsfile", "dvc.yaml", ".gitlab-ci.yml")
#: Kinds whose names and values are names of ours, of packages or of hashes. Any other may quote a secret.
_QUOTES_NOTHING = frozenset(
    {"call", "import", "file", "dependency", "action", "image", "digest", "locked", "defined", "record", "history"}
)

Progress = Callable[[Iterable[File]], Iterable[File]]


class Outcome(NamedTuple):
    """All that the readers find in one content."""

    facts: tuple[Fact, ...] = ()
    units: tuple[Unit, ...] = ()
    warnings: tuple[Warning, ...] = ()


class Memory(NamedTuple):
    """A cache, and the digest of the code that fills it: what other code found is not what this would find."""

    cache: Cache
    code: bytes


class _TooSlow(BaseException):
    """A file took too long. No `except Exception` of a reader may swallow it."""


class _Opened(NamedTuple):
    """A file, and its content where a reader wants it."""

    file: File
    content: bytes | None


def read(
    repository: Repository, warnings: list[Warning], progress: Progress = iter, memory: Memory | None = None
) -> Iterator[Reading]:
    """The facts of every file, in the order of the files; what cannot be read is added to the warnings."""
    if repository.history and repository.history.commit:
        yield _history(repository.history)
    ends = time.monotonic() + SECONDS_OF_A_SCAN
    with _Readers(memory) as readers:
        for batch in _batches(repository, progress(repository.files), warnings):
            known = [each for each in batch if each.content is not None]
            found = iter(readers.outcomes(known) if time.monotonic() < ends else _too_late(known))
            for opened in batch:
                outcome = next(found) if opened.content is not None else Outcome()
                warnings.extend(_weighed(opened.file, outcome.warnings))
                own = Fact("file", opened.file.path)
                yield Reading(opened.file.path, opened.file.role, (own, *outcome.facts), outcome.units)


def outcome_of(path: str, content: bytes) -> Outcome:
    """What the readers find in a content: it and the path decide, and nothing else."""
    if reader := facts.of_bytes(path):
        begins = content.startswith(reader.begins)
        return _tuples(facts.read_bytes(reader, Blob(path, content))) if begins else Outcome()
    text = files.decode(content)
    if text is None:
        return Outcome()
    if is_lfs_pointer(text):
        return Outcome((Fact("lfs", path, 1),))
    return _tuples(facts.read(Source(path, text)))


def _tuples(found: tuple[Sequence[Fact], Sequence[Unit], Sequence[Warning]]) -> Outcome:
    return Outcome(tuple(found[0]), tuple(found[1]), tuple(found[2]))


def _weighed(file: File, found: Iterable[Warning]) -> Iterator[Warning]:
    """Warnings of a file of examples or tests lose nothing that could change a verdict."""
    yield from (each if file.role == "product" else each._replace(lost=False) for each in found)


def _batches(repository: Repository, listed: Iterable[File], warnings: list[Warning]) -> Iterator[list[_Opened]]:
    """The files with their contents, as many at once as fit into the memory that a scan may take for them."""
    batch: list[_Opened] = []
    size = 0
    for file in listed:
        opened = _Opened(file, _content(repository, file, warnings))
        batch.append(opened)
        size += len(opened.content or b"")
        if size >= _BATCH:
            yield batch
            batch, size = [], 0
    yield batch


def _content(repository: Repository, file: File, warnings: list[Warning]) -> bytes | None:
    """The bytes of a file that some reader wants."""
    if file.role not in READ:
        return None
    of_bytes = facts.of_bytes(file.path)
    if not of_bytes and not facts.claimed(file.path):
        return None
    try:
        if of_bytes:
            return repository.content(file.path, of_bytes.limit, of_bytes.begins)
        return repository.content(file.path, files.limit_of(file.path))
    except Unreadable as failure:
        is_data = of_bytes or (isinstance(failure, TooLarge) and not file.path.endswith(_TELLING))
        warnings.append(Warning(Place(file.path), failure.reason, lost=file.role == "product" and not is_data))
        return None


def _too_late(opened: Sequence[_Opened]) -> Iterator[Outcome]:
    problem = f"was not read: the scan took more than {SECONDS_OF_A_SCAN:.0f} seconds"
    yield from (Outcome(warnings=(Warning(Place(each.file.path), problem, lost=True),)) for each in opened)


class _Readers:
    """The readers, in this process or in more, and what they found before."""

    def __init__(self, memory: Memory | None) -> None:
        self._memory = memory
        self._pool: ProcessPoolExecutor | None = None
        self._fresh: dict[bytes, bytes] = {}
        self._used: list[bytes] = []

    def __enter__(self) -> _Readers:
        return self

    def __exit__(self, *failure: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=not any(failure), cancel_futures=True)
        if self._memory is not None and not any(failure):
            self._memory.cache.put(self._fresh, self._used)

    def outcomes(self, opened: Sequence[_Opened]) -> Iterator[Outcome]:
        """One outcome for each of the files."""
        keys = [self._key(each) for each in opened]
        known = self._memory.cache.get(keys) if self._memory else {}
        remembered = [_decoded(known.get(key, b"")) for key in keys]
        missing = [each for each, outcome in zip(opened, remembered, strict=True) if outcome is None]
        found = iter(self._found_out(missing))
        for key, outcome in zip(keys, remembered, strict=True):
            if outcome is None:
                fresh, data = next(found)
                if data:
                    self._fresh[key] = data
                yield fresh
            else:
                self._used.append(key)
                yield outcome

    def _key(self, opened: _Opened) -> bytes:
        if self._memory is None:
            return b""
        name = os.fsencode(opened.file.path)
        return blake2b(name + b"\0" + (opened.content or b""), digest_size=16, key=self._memory.code).digest()

    def _found_out(self, opened: Sequence[_Opened]) -> Iterable[tuple[Outcome, bytes]]:
        """What is in each file, and the same as bytes to remember, or none of these."""
        if sum(len(each.content or b"") for each in opened) < _WORTH or not _may_fork():
            found = map(_outcome, opened)
            return ((each, _encode(each) if self._memory and _may_be_kept(each) else b"") for each in found)
        told = self._by_processes(opened)
        return ((_decoder.decode(data), data if self._memory and kept else b"") for data, kept in told)

    def _by_processes(self, opened: Sequence[_Opened]) -> list[tuple[bytes, bool]]:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(_processors(), get_context("fork"), _prepare)
        try:
            return list(self._pool.map(_told, opened, chunksize=max(1, len(opened) // (_processors() * 8))))
        except BrokenProcessPool:  # a reader died, as C code can: find out whose
            self._pool = None
            return list(map(_told_alone, opened))


def _outcome(opened: _Opened) -> Outcome:
    try:
        with _limited(SECONDS_OF_A_FILE):
            return outcome_of(opened.file.path, opened.content or b"")
    except _TooSlow:
        problem = f"could not be read: it took more than {SECONDS_OF_A_FILE:.0f} seconds"
        return Outcome(warnings=(Warning(Place(opened.file.path), problem, lost=True),))


def _told(opened: _Opened) -> tuple[bytes, bool]:
    """An outcome as bytes (objects would cost more on their way to another process than to find out), and whether to keep it."""
    outcome = _outcome(opened)
    return _encode(outcome), _may_be_kept(outcome)


def _told_alone(opened: _Opened) -> tuple[bytes, bool]:
    """As `_told`, in a process of its own: if that dies, it dies alone."""
    try:
        with ProcessPoolExecutor(1, get_context("fork"), _prepare) as pool:
            return pool.submit(_told, opened).result()
    except BrokenProcessPool:
        problem = Warning(Place(opened.file.path), "could not be read: its reader died", lost=True)
        return _encode(Outcome(warnings=(problem,))), False


def _prepare() -> None:
    """A process of readers leaves an interrupt to the one that started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _may_fork() -> bool:
    """Forking is safe where nothing else runs in this process, and where the system is made for it."""
    return sys.platform == "linux" and threading.active_count() == 1 and _processors() > 1


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """End what takes longer with `_TooSlow`, where the system can tell: in the main thread of a POSIX system."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, _end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _end(_number: int, _frame: object) -> None:
    raise _TooSlow


def _may_be_kept(outcome: Outcome) -> bool:
    """Not what quotes what looks like a secret, nor what came of a failure that may pass."""
    said = "\n".join(f"{each.name}={each.value}" for each in outcome.facts if each.kind not in _QUOTES_NOTHING)
    return masked(said) == said and not any(each.lost for each in outcome.warnings)


_encode = msgspec.msgpack.Encoder(enc_hook=str).encode
_decoder = msgspec.msgpack.Decoder(Outcome)


def _decoded(data: bytes) -> Outcome | None:
    try:
        return _decoder.decode(data) if data else None
    except (msgspec.DecodeError, RecursionError):
        return None


def _history(history: History) -> Reading:
    """What Git knows, as facts of a file of its own."""
    numbers = {
        "commits": history.commits, "authors": history.authors, "merges": history.merges, "tags": history.tags,
        "pull_requests": history.pull_requests, "days": history.days, **{f"bot {name}": count for name, count in history.bots},
        **({"model stages": history.stages} if history.stages else {}),
    }  # fmt: skip
    return Reading(".git", "product", tuple(Fact("history", name, None, str(count)) for name, count in numbers.items()))
