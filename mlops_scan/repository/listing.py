"""What Git lists, held against what stands in the work tree: a path of the index can be deleted, or not checked out."""

import os
import re
from collections import Counter
from pathlib import Path

from mlops_scan.errors import Unreadable
from mlops_scan.evidence import Place, Warning
from mlops_scan.repository.files import Folders, Found

_KINDS = {b"120000": "symbolic link", b"160000": "submodule"}
_FOLDER = b"040000"  # one that a sparse index names as a whole
_TOLD = re.compile(rb"[A-Za-z?] [0-7]{6} [0-9a-f]{40,64} [0-3]")
_SKIPPED = b"S"


class Listing:
    """Takes the names that Git prints, one after another. An index can be forged: none of them is believed."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folders = Folders(root)
        self._found = Found([], Counter(), [])
        self._absent: list[str] = []
        self._deleted: list[str] = []

    def tracked(self, record: bytes) -> None:
        """A line of `git ls-files -t --stage`: a tag, mode, object and stage, a tab, and the path (git-ls-files(1)).

        Raises `Unreadable` for what Git never prints.
        """
        told, _, name = record.partition(b"\t")
        if not _TOLD.fullmatch(told):
            raise Unreadable("git ls-files printed what it never prints")
        mode, path = told[2:8], os.fsdecode(name).rstrip("/")
        if not self._is_inside(name):
            return
        if mode in _KINDS:
            self._found.left_out[_KINDS[mode]] += 1
        elif mode == _FOLDER:
            self._absent.append(path)
        elif self._is_here(path):
            self._found.files.append(path)
        else:
            (self._absent if told.startswith(_SKIPPED) else self._deleted).append(path)

    def untracked(self, name: bytes) -> None:
        """A line of `git ls-files --others`: a file, or with `/` at its end a repository of its own."""
        path = os.fsdecode(name)
        if not self._is_inside(name):
            return
        if path.endswith("/"):
            self._found.left_out["submodule"] += 1
        elif os.path.islink(f"{self._root}/{path}"):  # noqa: PTH114  # a `Path` raises for a name that is too long
            self._found.left_out["symbolic link"] += 1
        else:
            self._found.files.append(path)

    def warn(self, message: str) -> None:
        """Something could not be listed."""
        self._found.warnings.append(Warning(Place("."), message))

    def found(self) -> Found:
        """All of it."""
        return self._found._replace(absent=frozenset(self._absent), deleted=frozenset(self._deleted)).cut()

    def _is_inside(self, name: bytes) -> bool:
        if {b"", b".", b"..", b".git"}.isdisjoint(name.rstrip(b"/").lower().split(b"/")):
            return True
        message = "lists paths that lie outside of the work tree; they were not read"
        self._found.warnings.append(Warning(Place(".git"), message))
        return False

    def _is_here(self, path: str) -> bool:
        """Whether something stands at the path, or a link leads to wherever it could stand: nobody looks there."""
        folder = path.rpartition("/")[0]
        if self._folders.is_real(folder):
            return self._exists(path)
        while folder and not self._folders.is_real(folder.rpartition("/")[0]):
            folder = folder.rpartition("/")[0]
        return os.path.islink(f"{self._root}/{folder}")  # noqa: PTH114

    def _exists(self, path: str) -> bool:
        """Whether something is there; where nobody may look there may be."""
        try:
            os.lstat(f"{self._root}/{path}")
        except (FileNotFoundError, NotADirectoryError):
            return False
        except (OSError, ValueError):
            return True
        return True
