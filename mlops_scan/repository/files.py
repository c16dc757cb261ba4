"""Listing and reading files of a tree that may be hostile: no links followed, regular files only, everything bounded."""

import codecs
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from mlops_scan.errors import Unreadable

MOST_FILES = 200_000
DEEPEST = 200
LARGEST = 1_000_000
LARGEST_BY_ENDING = {".ipynb": 20_000_000, ".lock": 5_000_000, "lock.json": 5_000_000}
_OPEN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)

#: Folders that nobody keeps in version control; met only where Git does not say which files matter.
USUALLY_IGNORED = frozenset({
    ".git", ".hg", ".svn", ".bzr", "node_modules", ".venv", "venv", ".tox", ".nox", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache",
    ".ipynb_checkpoints", ".eggs", ".idea", ".terraform", ".cache", ".hypothesis", ".pixi", ".direnv", "env", ".env.d",
})  # fmt: skip


class Found(NamedTuple):
    """A listing: paths of files, of symbolic links and of nested repositories, and whether the list was cut."""

    files: list[str]
    links: list[str]
    nested: list[str]
    cut: bool = False


def read_bytes(path: str | Path, limit: int) -> bytes:
    """The content of a regular file of at most `limit` bytes. Raises `Unreadable`; never blocks, never follows a link."""
    try:
        handle = os.open(path, _OPEN)
    except OSError as failure:
        raise Unreadable(_reason(failure)) from None
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise Unreadable("is not a regular file")
        if found.st_size > limit:
            raise Unreadable(f"is larger than {limit:,} bytes")
        with os.fdopen(handle, "rb", closefd=False) as file:
            content = file.read(limit + 1)
    except OSError as failure:
        raise Unreadable(_reason(failure)) from None
    finally:
        os.close(handle)
    if len(content) > limit:
        raise Unreadable(f"is larger than {limit:,} bytes")
    return content


def _reason(failure: OSError) -> str:
    """What the system said, without the path, which a terminal may not bear."""
    return (failure.strerror or type(failure).__name__).lower()


def limit_of(path: str) -> int:
    """How large a file may be, in bytes, to be read."""
    return next((size for ending, size in LARGEST_BY_ENDING.items() if path.endswith(ending)), LARGEST)


def decode(content: bytes) -> str | None:
    """The text with `\\n` line ends, or None where the bytes are no text.

    A byte order mark decides; then UTF-8; then each undecodable byte becomes U+FFFD, since most of such a file is ASCII.
    """
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
    ):  # fmt: skip
        if content.startswith(mark):
            return _lines(content.decode(encoding, "replace"))
    if b"\0" in content[:8192]:
        return _lines(content.decode("utf-16-le", "replace")) if _is_bare_utf16(content[:8192]) else None
    return _lines(content.decode("utf-8", "replace"))


def _is_bare_utf16(head: bytes) -> bool:
    """UTF-16 without a mark, as PowerShell writes it: every second byte of ASCII text is zero, no other is."""
    return len(head) > 4 and head[1::2].count(0) > 0.9 * len(head[1::2]) and 0 not in head[0::2]


def _lines(text: str) -> str:
    return re.sub(r"\r\n?", "\n", text)


class Folders:
    """Knows which folders below a root are really folders there, and not links that lead elsewhere."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._real: dict[str, bool] = {"": True}

    def is_real(self, folder: str) -> bool:
        """Whether every part of the folder is a folder and no link."""
        known = self._real.get(folder)
        if known is None:
            parent = folder.rpartition("/")[0]
            known = self._real[folder] = (
                self._is_folder(folder) and self.is_real(parent) if folder.count("/") < DEEPEST else False
            )
        return known

    def _is_folder(self, folder: str) -> bool:
        try:
            return stat.S_ISDIR(os.lstat(self._root / folder).st_mode)
        except (OSError, ValueError):
            return False


def walk(root: Path) -> Found:
    """All files below `root` where there is no Git to ask, without the usual ignored folders; sorted."""
    files: list[str] = []
    links: list[str] = []
    nested: list[str] = []
    waiting = [""]
    while waiting and len(files) < MOST_FILES:
        folder = waiting.pop()
        for entry in _entries(root / folder if folder else root):
            path = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_symlink():
                links.append(path)
            elif entry.is_dir(follow_symlinks=False):
                if entry.name not in USUALLY_IGNORED and path.count("/") < DEEPEST:
                    waiting.append(path)
            elif entry.is_file(follow_symlinks=False):
                files.append(path)
    return Found(sorted(files), sorted(links), nested, cut=bool(waiting))


def _entries(folder: Path) -> Iterator["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as entries:
            yield from entries
    except OSError:  # unreadable: what lies below is simply not there for us
        return
