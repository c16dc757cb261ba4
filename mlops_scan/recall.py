"""An assessment that was made before, of the same tree by the same mlops-scan: it need not be made again."""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, TypeVar

import msgspec

from mlops_scan.assess import Assessment
from mlops_scan.cache import Cache
from mlops_scan.clean import masked
from mlops_scan.errors import Unreadable
from mlops_scan.repository import Repository, Scope, Traces, gitdir
from mlops_scan.repository.marks import Mark

T = TypeVar("T")
_PACKAGE = Path(__file__).parent
_LARGEST_INDEX = 200_000_000


class Keys(NamedTuple):
    """Under what is remembered: the state of a tree, and the assessment of it that was asked for."""

    tree: bytes
    assessment: bytes


class Seen(NamedTuple):
    """When a scan began, in nanoseconds, and the `Traces` of all that it looked at."""

    made: int
    traces: msgspec.Raw


class Remembered(NamedTuple):
    """An assessment, and the digest of the traces of all that was looked at for it."""

    traces: bytes
    assessment: Assessment


class Recollection(NamedTuple):
    """What is known before anything is read: the assessment, or at least which files are as they were."""

    assessment: Assessment | None = None
    files: Mapping[str, Mark] = MappingProxyType({})


def digest_of_code(folders: Iterable[Path]) -> bytes:
    """A digest of all that reads, detects and judges: our code and data, more detectors, and what else is installed."""
    found = sha256(repr((sys.version_info, sys.platform)).encode())
    for folder in (_PACKAGE, _PACKAGE.parent / "detectors", *folders):
        for path in sorted(_code_in(str(folder))):
            found.update(os.fsencode(path) + b"\0" + _bytes_of(path) + b"\0")
    for place in sys.path:  # detectors of other packages come and go with what stands there
        if place.endswith("-packages"):
            found.update(repr((place, _time_of(place))).encode())
    return found.digest()


def _code_in(folder: str) -> Iterator[str]:
    for inside, _, names in os.walk(folder):
        yield from (f"{inside}/{name}" for name in names if name.endswith((".py", ".toml", ".md", ".json")))


def _bytes_of(path: str) -> bytes:
    """All of a file, as `Path.read_bytes` gives it at three times the price: there are many of them."""
    handle = os.open(path, os.O_RDONLY)
    try:
        parts = iter(lambda: os.read(handle, 1 << 18), b"")
        return b"".join(parts)
    finally:
        os.close(handle)


def _time_of(folder: str) -> int:
    try:
        return os.stat(folder).st_mtime_ns  # noqa: PTH116
    except OSError:
        return 0


def keys(root: Path, code: bytes, scope: Scope, *options: object) -> Keys | None:
    """The keys of a tree: the place, the code, what counts in it; and what else was asked for, and what Git knows.

    None where Git's own data is in a state that is better looked at anew.
    """
    try:
        place = str(root.resolve(strict=True)), scope
        asked = place, options, _state_of_git(root.resolve())
    except (OSError, RuntimeError, Unreadable):
        return None
    return Keys(*(sha256(code + repr(each).encode("utf-8", "surrogateescape")).digest() for each in (place, asked)))


def _state_of_git(root: Path) -> object:
    place = gitdir.locate(root)
    if place is None:
        return None
    parts = (
        (place.own, "index", _LARGEST_INDEX),
        (place.common, "info/exclude", 1_000_000),
        (place.common, "shallow", 10_000_000),
    )
    content = [gitdir.raw_content(*part) or b"" for part in parts]
    return place, gitdir.head(place), sorted(gitdir.tags(place).names), [sha256(each).digest() for each in content]


def find(cache: Cache, keys: Keys, root: Path) -> Recollection:
    """What is remembered of a tree that is as it was: the assessment if all of it is, else the files that are."""
    known = cache.get(keys)
    seen = _decoded(known.get(keys.tree), Seen)
    traces = _decoded(seen.traces, Traces) if seen else None
    if not seen or not traces:
        return Recollection()
    same = traces.same(root.resolve(), seen.made)
    if len(same) == len(traces.marks) and traces.answer(root.resolve()):
        memory = _decoded(known.get(keys.assessment), Remembered)
        if memory and memory.traces == _digest(seen.traces):
            return Recollection(memory.assessment)
    return Recollection(files={mark.path: mark for mark in same})


def _decoded(data: bytes | msgspec.Raw | None, kind: type[T]) -> T | None:
    try:
        return msgspec.msgpack.decode(data, type=kind) if data else None
    except (msgspec.DecodeError, RecursionError):
        return None


def _digest(traces: bytes | msgspec.Raw) -> bytes:
    return sha256(traces).digest()


def _names_a_secret(traces: Traces) -> bool:
    """Whether a path that was looked for and is not there looks like a secret: a text of the tree was taken for a path."""
    missing = "\n".join(path for path, stood in traces.asked if not stood)
    return masked(missing) != missing


def keep(cache: Cache, keys: Keys, repository: Repository, assessment: Assessment, started: int) -> None:
    """Remember an assessment of a tree whose listing began at `started`, in nanoseconds."""
    with suppress(Unreadable, UnicodeEncodeError):  # names that are no text are not remembered
        traces = repository.traces()
        if _names_a_secret(traces) or any(each.changed >= started for each in traces.marks):
            return  # what changed in between was perhaps not seen
        told = msgspec.msgpack.encode(traces, enc_hook=str)
        memory = msgspec.msgpack.encode(Remembered(_digest(told), assessment), enc_hook=str)
        cache.put({keys.tree: msgspec.msgpack.encode(Seen(started, msgspec.Raw(told))), keys.assessment: memory})
