"""Whether a tree is still the one that was read: a mark for each file and folder that was looked at.

A mark is what the file system says of a file, and a digest of what was in it. Where the times could deceive (a file
may change twice within one tick of the clock, the "racy" case of Git's index), the digest decides.
"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from hashlib import blake2b
from typing import NamedTuple

from mlops_scan.errors import Unreadable
from mlops_scan.repository.files import read_bytes

_TICK = 2_000_000_000  # nanoseconds: FAT keeps times in steps of two seconds


class Mark(NamedTuple):
    """A path below the root with its size, the later of its times in nanoseconds, its inode, and a digest."""

    path: str
    size: int
    changed: int
    inode: int
    digest: bytes


def of_file(path: str, found: os.stat_result, content: bytes) -> Mark:
    """The mark of a file of which the content was read just after `found`."""
    return _mark(path, found, _digest(content))


def of_folder(root: str, path: str) -> Mark:
    """The mark of a folder: what it is called that stands in it. One that is not there has a mark as well."""
    try:
        found = os.lstat(f"{root}/{path}")
        return _mark(path, found, _names(f"{root}/{path}"))
    except (OSError, ValueError):
        return Mark(path, -1, 0, 0, b"")


def folders(root: str, is_left_out: Callable[[str], bool]) -> Iterator[str]:
    """All folders below the root, itself first, but for those that are left out with all that is in them."""
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        yield folder
        with suppress(OSError), os.scandir(f"{root}/{folder}") as entries:
            inside = (f"{folder}/{each.name}" if folder else each.name for each in entries if _is_folder(each))
            waiting += [path for path in inside if not is_left_out(path)]


def _is_folder(entry: os.DirEntry[str]) -> bool:
    return entry.name != ".git" and entry.is_dir(follow_symlinks=False)


def same(root: str, marks: Iterable[Mark], made: int) -> list[Mark]:
    """Those of the marks whose files and folders are as they were at the time `made`, in nanoseconds."""
    return [mark for mark in marks if _is_same(root, mark, made)]


def _is_same(root: str, mark: Mark, made: int) -> bool:
    place = f"{root}/{mark.path}"
    try:
        found = os.lstat(place)
    except (OSError, ValueError):
        return mark.size == -1
    if stat.S_ISLNK(found.st_mode) or mark.size == -1:
        return False
    now = _mark(mark.path, found, mark.digest)
    if now == mark and now.changed < made - _TICK:
        return True
    is_folder = stat.S_ISDIR(found.st_mode)
    if not is_folder and now.size != mark.size:
        return False
    try:
        return (_names(place) if is_folder else _of_content(place, found)) == mark.digest
    except OSError:
        return False


def _mark(path: str, found: os.stat_result, digest: bytes) -> Mark:
    size = 0 if stat.S_ISDIR(found.st_mode) else found.st_size
    return Mark(path, size, max(found.st_mtime_ns, found.st_ctime_ns), found.st_ino, digest)


def _names(folder: str) -> bytes:
    return _digest(b"\0".join(sorted(map(os.fsencode, os.listdir(folder)))))  # noqa: PTH208


def _of_content(path: str, found: os.stat_result) -> bytes:
    try:
        return _digest(read_bytes(path, found.st_size))
    except Unreadable:
        return b""


def _digest(content: bytes) -> bytes:
    return blake2b(content, digest_size=16).digest()
