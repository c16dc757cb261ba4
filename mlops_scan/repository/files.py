"""Listing and reading files of a tree that may be hostile: no links followed, regular files only, all of it bounded."""

import codecs
import os
import re
import stat
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from mlops_scan.errors import TooLarge, Unreadable
from mlops_scan.evidence import Place, Warning

MOST_FILES = 200_000
DEEPEST = 200
LARGEST = 1_000_000
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
LARGEST_BY_ENDING = {".ipynb": 20_000_000, ".lock": 5_000_000, "lock.json": 5_000_000}
_PART = 1 << 16
_OPEN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)

#: Folders that nobody keeps in version control; met only where Git does not say which files matter.
USUALLY_IGNORED = frozenset({
    ".hg", ".svn", ".bzr", "node_modules", ".venv", "venv", ".tox", ".nox", "__pycache__", ".mypy_cache", ".ruff_cache",
    ".pytest_cache", ".ipynb_checkpoints", ".eggs", ".idea", ".terraform", ".cache", ".hypothesis", ".pixi", ".direnv",
    "env", ".env.d",
})  # fmt: skip


class Found(NamedTuple):
    """A listing: the paths of files, how many of what else was met and left out, and what went wrong.

    `absent` are files, and whole folders, that are tracked and not checked out; `deleted` were checked out once.
    """

    files: list[str]
    left_out: Counter[str]
    warnings: list[Warning]
    absent: frozenset[str] = frozenset()
    deleted: frozenset[str] = frozenset()

    def cut(self) -> "Found":
        """The same with its files sorted, each once, and at most `MOST_FILES` of them."""
        files = sorted(set(self.files))
        if len(files) > MOST_FILES:
            message = f"has more than {MOST_FILES:,} files; the rest was not read"
            self.warnings.append(Warning(Place("."), message, lost=True))
        return self._replace(files=files[:MOST_FILES])


def status(path: str | Path) -> os.stat_result:
    """What the file system says of a path, and of no link behind it. Raises `Unreadable`."""
    try:
        return os.lstat(path)
    except OSError as failure:
        raise Unreadable(reason(failure)) from None
    except ValueError:
        raise Unreadable("has a name that no file can have") from None


def read_bytes(path: str | Path, limit: int, begins: bytes = b"") -> bytes:
    """The content of a regular file of at most `limit` bytes. Never waits, follows no link. Raises `Unreadable`.

    Of one that does not begin with certain bytes nothing more is read than as many.
    """
    try:
        handle = os.open(path, _OPEN)
    except OSError as failure:
        raise Unreadable(reason(failure)) from None
    except ValueError:
        raise Unreadable("has a name that no file can have") from None
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise Unreadable("is not a regular file")
        head = _bytes(handle, len(begins))
        if head != begins:
            return head
        if found.st_size > limit:
            raise TooLarge(f"is larger than {limit:,} bytes")
        content = head + _bytes(handle, limit + 1, found.st_size + 1)
    except OSError as failure:
        raise Unreadable(reason(failure)) from None
    finally:
        os.close(handle)
    if len(content) > limit:
        raise TooLarge(f"is larger than {limit:,} bytes")
    return content


def _bytes(handle: int, most: int, expected: int = _PART) -> bytes:
    """What is left to read, up to so many bytes; `expected` is what a file of this size takes at once."""
    parts = []
    while most > 0 and (part := os.read(handle, min(most, max(expected, _PART)))):
        parts.append(part)
        most -= len(part)
    return b"".join(parts)


def reason(failure: OSError) -> str:
    """What the system said, without the path, which a terminal may not bear."""
    return (failure.strerror or type(failure).__name__).lower()


def limit_of(path: str) -> int:
    """How large a file may be, in bytes, to be read."""
    return next((size for ending, size in LARGEST_BY_ENDING.items() if path.endswith(ending)), LARGEST)


def decode(content: bytes) -> str | None:
    """The text with `\\n` line ends, or None where the bytes are no text.

    A byte order mark decides; then UTF-8; then each undecodable byte becomes U+FFFD: most of such a file is ASCII.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _lines(content.decode(encoding, "replace"))
    if b"\0" in content[:8192]:
        encoding = _bare_utf16(content[:8192])
        return _lines(content.decode(encoding, "replace")) if encoding else None
    return _lines(content.decode("utf-8", "replace"))


def _bare_utf16(head: bytes) -> str:
    """UTF-16 without a mark, as PowerShell writes it: every second byte of ASCII text is zero, no other is."""
    for zeros, letters, encoding in ((head[1::2], head[0::2], "utf-16-le"), (head[0::2], head[1::2], "utf-16-be")):
        if len(head) > 4 and zeros.count(0) > 0.9 * len(zeros) and 0 not in letters:
            return encoding
    return ""


def _lines(text: str) -> str:
    """With one kind of line ends, and without the marks that more than one editor has put in front of it."""
    return re.sub(r"\r\n?", "\n", text.lstrip("\ufeff"))


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
    found = Found([], Counter(), [])
    waiting = [""]
    while waiting and len(found.files) <= MOST_FILES:
        folder = waiting.pop()
        if folder.count("/") >= DEEPEST:
            message = f"lies deeper than {DEEPEST} folders and was not listed"
            found.warnings.append(Warning(Place(folder), message, lost=True))
            continue
        try:
            waiting += _list(root, folder, found)
        except OSError as failure:
            found.warnings.append(Warning(Place(folder or "."), reason(failure), lost=True))
    return found.cut()


def _list(root: Path, folder: str, found: Found) -> list[str]:
    """Add what stands in one folder to what was found, and return the folders in it."""
    folders = []
    with os.scandir(root / folder) as entries:
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if entry.name == ".git":
                continue
            if entry.is_symlink():
                found.left_out["symbolic link"] += 1
            elif entry.is_file(follow_symlinks=False):
                found.files.append(path)
            elif not entry.is_dir(follow_symlinks=False):
                found.left_out["neither file nor folder"] += 1
            elif entry.name in USUALLY_IGNORED:
                found.left_out["folder that is usually ignored"] += 1
            else:
                folders.append(path)
    return folders
