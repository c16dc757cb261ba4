"""An assessment that was made before, of the same tree by the same mlops-scan: it need not be made again."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import msgspec

from mlops_scan.assess import Assessment
from mlops_scan.cache import Cache
from mlops_scan.clean import masked
from mlops_scan.errors import Unreadable
from mlops_scan.repository import Repository, Traces, gitdir

_PACKAGE = Path(__file__).parent
_LARGEST_INDEX = 200_000_000


class Remembered(NamedTuple):
    """An assessment, when its making began, and all that was looked at for it."""

    made: int
    traces: Traces
    assessment: Assessment


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


def key(root: Path, code: bytes, *options: object) -> bytes | None:
    """Under what an assessment is remembered: the place, the code, what was asked for, and what Git knows.

    None where Git's own data is in a state that is better looked at anew.
    """
    try:
        asked = repr((str(root.resolve(strict=True)), options, _state_of_git(root.resolve())))
    except (OSError, RuntimeError, Unreadable):
        return None
    return sha256(code + asked.encode("utf-8", "surrogateescape")).digest()


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


def find(cache: Cache, key: bytes, root: Path) -> Assessment | None:
    """The assessment that is remembered under a key, if everything that it rests on is as it was."""
    data = cache.get([key]).get(key)
    if data is None:
        return None
    try:
        memory = msgspec.msgpack.decode(data, type=Remembered)
    except (msgspec.DecodeError, RecursionError):
        return None
    return memory.assessment if memory.traces.still(root.resolve(), memory.made) else None


def _names_a_secret(traces: Traces) -> bool:
    """Whether a path that was looked for and is not there looks like a secret: a text of the tree was taken for a path."""
    missing = "\n".join(path for path, stood in traces.asked if not stood)
    return masked(missing) != missing


def keep(cache: Cache, key: bytes, repository: Repository, assessment: Assessment, started: int) -> None:
    """Remember an assessment of a tree whose listing began at `started`, in nanoseconds."""
    with suppress(Unreadable, UnicodeEncodeError):  # names that are no text are not remembered
        traces = repository.traces()
        if _names_a_secret(traces):
            return
        if all(each.changed < started for each in traces.marks):  # what changed in between was perhaps not seen
            cache.put({key: msgspec.msgpack.encode(Remembered(started, traces, assessment), enc_hook=str)})
