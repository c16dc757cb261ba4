"""What was read before: bytes under a hash of all that they were made from, in one SQLite file of the user's.

It saves time and decides nothing: what is missing, damaged or in use is made anew, and nobody notices but the clock.
"""

import os
import sqlite3
import stat
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, suppress
from hashlib import blake2b
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from mlops_scan.errors import ScanError
from mlops_scan.repository.marks import Mark

FILE = "readings.sqlite"
LARGEST = 256 * 1024 * 1024
_APPLICATION = 0x6D6C6F70
_LAYOUT = 1
_SECONDS = 5.0
_DAY = 86_400
_SUM = 8
_FAILURES = (sqlite3.Error, OSError, ValueError)  # of values: texts of a damaged file that are none
_MOST_NAMES = 500  # of parameters in one statement; SQLite before 3.32 takes 999


class Info(NamedTuple):
    """What a cache holds: where, how many entries, how many bytes of disk."""

    path: Path
    entries: int
    size: int


class Cache:
    """An open cache. A failure of the disk or of another process closes it, and it is empty from then on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        try:
            self._connection = _connected(path)
        except _FAILURES as failure:
            if getattr(failure, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:  # another scan needs it longer
                return
        if self._connection is None:  # damaged, or of another program or layout: it is only a cache
            with suppress(*_FAILURES):
                _remove(path)
                self._connection = _connected(path)

    def get(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """What is known of some keys; what is damaged counts as unknown."""
        found: dict[bytes, bytes] = {}
        for part in _parts(list(keys)):
            marks = ", ".join("?" * len(part))
            rows = self._run(f"SELECT key, data FROM entry WHERE key IN ({marks})", part)  # noqa: S608  # only marks
            found.update((key, data[_SUM:]) for key, data in rows if _is_whole(key, data))
        return found

    def put(self, entries: Mapping[bytes, bytes], used: Iterable[bytes] = ()) -> None:
        """Keep these entries, and remember that `used` ones were of use; the longest unused make room."""
        today = int(time.time()) // _DAY
        if self._connection is None:
            return
        try:
            with self._connection as changing:
                rows = ((key, today, _sum(key, data) + data) for key, data in entries.items())
                changing.executemany("INSERT OR REPLACE INTO entry VALUES (?, ?, ?)", rows)
                marks = ((today, key, today) for key in used)
                changing.executemany("UPDATE entry SET used = ? WHERE key = ? AND used < ?", marks)
            self._shrink()
        except _FAILURES:
            self.close()

    def info(self) -> Info:
        """How full it is."""
        entries = next(iter(self._run("SELECT count(*) FROM entry")), (0,))[0]
        return Info(self._path, entries, self._path.stat().st_size if self._path.exists() else 0)

    def clear(self) -> None:
        """Remove it from the disk. Raises `OSError`."""
        self.close()
        _remove(self._path)

    @property
    def works(self) -> bool:
        """Whether it is open: nothing has failed so far."""
        return self._connection is not None

    def close(self) -> None:
        """Let go of the file; the cache is empty from then on."""
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
        self._connection = None

    def _run(self, statement: str, values: Iterable[bytes] = ()) -> list[tuple[Any, ...]]:
        if self._connection is None:
            return []
        try:
            with closing(self._connection.execute(statement, tuple(values))) as rows:
                return rows.fetchall()
        except _FAILURES:
            self.close()
            return []

    def _shrink(self) -> None:
        """Give up the half that was not used for longest, once all of it has become too large."""
        if self._path.stat().st_size <= LARGEST or self._connection is None:
            return
        with self._connection as changing:
            half = "SELECT key FROM entry ORDER BY used LIMIT (SELECT count(*) / 2 FROM entry)"
            changing.execute(f"DELETE FROM entry WHERE key IN ({half})")  # noqa: S608  # a constant
        self._connection.execute("PRAGMA incremental_vacuum").fetchall()


class Memory(NamedTuple):
    """A cache, and the digest of the code that fills it: what other code found is not what this would find.

    `files` are those that are as they were when they got these marks: what was found in them need not be found again.
    """

    cache: Cache
    code: bytes
    files: Mapping[str, Mark] = MappingProxyType({})


def place(folder: Path | None, scanned: Path | None) -> Path | None:
    """Where the cache is kept: in `folder`, or in the user's own; None where nothing may be kept.

    Raises `ScanError` for a folder that the user names and that will not do: inside the scanned tree, a link, or open
    to others, who could then say what a scan finds.
    """
    chosen = folder or _own_folder()
    problem = _problem(chosen, scanned)
    if problem and folder is not None:
        raise ScanError(f"--cache-dir {folder}: {problem}")
    return None if problem else chosen / FILE


def _own_folder() -> Path:
    from platformdirs import user_cache_path  # noqa: PLC0415  # late: most runs are told, or need it once

    return user_cache_path("mlops-scan", appauthor=False)


def _problem(folder: Path, scanned: Path | None) -> str:
    try:
        if scanned is not None and _is_inside(folder, scanned):
            return "lies in the scanned tree, and nothing is written there"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
        file_is_link = (folder / FILE).is_symlink()
    except (OSError, RuntimeError) as failure:
        return f"cannot be used ({getattr(failure, 'strerror', None) or 'a loop of links'})"
    if stat.S_ISLNK(found.st_mode) or file_is_link:
        return "is a link"
    if hasattr(os, "getuid") and (found.st_uid != os.getuid() or found.st_mode & 0o022):
        return "can be written by others"
    return ""


def _is_inside(folder: Path, scanned: Path) -> bool:
    """Whether the way to a folder goes through the scanned tree or ends there: links in it lead anywhere."""
    try:
        tree = scanned.resolve()
    except OSError:  # nowhere: whoever opens it will say so
        return False
    way = folder.absolute()
    return any(each.resolve().is_relative_to(tree) for each in (way, *way.parents))


def _connected(path: Path) -> sqlite3.Connection | None:
    """A connection to a cache of our layout, made where there is none; None for a file of anybody else's."""
    connection = sqlite3.connect(path, timeout=_SECONDS)
    layout = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]
    if layout == [0, 0] and not connection.execute("SELECT 1 FROM sqlite_master").fetchone():
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        with connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS entry (key BLOB PRIMARY KEY, used INTEGER NOT NULL, data BLOB NOT NULL)"
            )
            connection.execute(f"PRAGMA application_id = {_APPLICATION}")
            connection.execute(f"PRAGMA user_version = {_LAYOUT}")
    elif layout != [_APPLICATION, _LAYOUT]:
        connection.close()
        return None
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA synchronous = OFF")  # what a crash loses is made again
    return connection


def _remove(path: Path) -> None:
    for each in (path, *path.parent.glob(f"{path.name}-*")):
        each.unlink(missing_ok=True)


def _sum(key: bytes, data: bytes) -> bytes:
    """Tells a damaged entry: SQLite does not sum what it keeps."""
    return blake2b(data, digest_size=_SUM, key=key[:64]).digest()


def _is_whole(key: object, data: object) -> bool:
    return isinstance(key, bytes) and isinstance(data, bytes) and data[:_SUM] == _sum(key, data[_SUM:])


def _parts(keys: list[bytes]) -> Iterator[list[bytes]]:
    for start in range(0, len(keys), _MOST_NAMES):
        yield keys[start : start + _MOST_NAMES]
