"""A Git directory, read with our own code and not believed: where it is, what HEAD names, and its objects."""

import os
import re
import stat
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from mlops_scan.errors import Unreadable
from mlops_scan.repository.files import Folders, read_bytes, reason, walk

_SMALL = 4096
_MOST_NAMES = 5  # that Git follows from HEAD to a commit
_LARGE = 50_000_000
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_BRANCH = re.compile(r"refs/[^\x00-\x20\x7f~^:?*\[\\]+")  # git-check-ref-format(1)


class GitDirectory(NamedTuple):
    """Where Git keeps its data: `own` of this work tree, `common` of all its work trees; `top` is the work tree."""

    top: Path
    own: Path
    common: Path


def locate(root: Path) -> GitDirectory | None:
    """The Git directory of the repository around `root`. Raises `Unreadable` for one that cannot be trusted."""
    for folder in (root, *root.parents):
        place = folder / ".git"
        try:
            mode = place.lstat().st_mode
        except OSError:
            continue
        if stat.S_ISDIR(mode):
            _status_of_head(place)
            return GitDirectory(folder, place, place)
        if stat.S_ISREG(mode):
            return _named_by_file(folder)
        raise Unreadable("`.git` is neither a folder nor a file")
    return None


def _status_of_head(place: Path) -> None:
    try:
        (place / "HEAD").lstat()
    except OSError as failure:
        is_missing = isinstance(failure, FileNotFoundError)
        raise Unreadable("`.git` is a folder without a HEAD" if is_missing else reason(failure)) from None


def is_bare(root: Path) -> bool:
    """Whether the folder is itself a Git directory, with no files beside it."""
    return all((root / name).exists() for name in ("HEAD", "objects", "refs")) and not (root / ".git").exists()


def _named_by_file(folder: Path) -> GitDirectory:
    """A linked work tree: `.git` is a file that names a directory. One that lies outside must name the file back."""
    text = content(folder, ".git") or ""
    if not text.startswith("gitdir: "):
        raise Unreadable("`.git` is a file that names no Git directory")
    own = _resolved(folder, text.removeprefix("gitdir: "))
    common = _resolved(own, content(own, "commondir") or ".")
    if not own.is_relative_to(folder):
        back = content(own, "gitdir")
        if not back or _resolved(own, back) != folder / ".git":
            raise Unreadable("`.git` leads to a Git directory outside that does not lead back")
    elif not common.is_relative_to(folder):
        raise Unreadable("`.git` leads to a Git directory that shares the data of one outside")
    return GitDirectory(folder, own, common)


def _resolved(folder: Path, name: str) -> Path:
    try:
        return (folder / name.strip()).resolve()
    except (OSError, ValueError, RuntimeError):  # a name that no path can have, a loop of links
        raise Unreadable("names a Git directory that cannot be followed") from None


def content(folder: Path, name: str, limit: int = _SMALL) -> str | None:
    """The text of a file in a Git directory; None where there is none. Raises `Unreadable`: for a link, too."""
    raw = raw_content(folder, name, limit)
    return None if raw is None else raw.decode("utf-8", "surrogateescape")


def raw_content(folder: Path, name: str, limit: int) -> bytes | None:
    """The bytes of a file in a Git directory; None where there is none. Raises `Unreadable`."""
    if not os.path.lexists(folder / name):
        return None
    if not Folders(folder).is_real(name.rpartition("/")[0]):
        raise Unreadable("keeps its data behind a symbolic link")
    return read_bytes(folder / name, limit)


def head(place: GitDirectory) -> str:
    """The commit that HEAD names, or an empty string where there is none yet. Raises `Unreadable`."""
    if os.path.lexists(place.common / "reftable"):
        raise Unreadable("keeps its branches in a way that is not known here (reftable)")
    text: str | None = (content(place.own, "HEAD") or "").strip()
    for _ in range(_MOST_NAMES):
        if text is None or not text.startswith("ref: "):
            return "" if text is None else _commit(text)
        name = text.removeprefix("ref: ")
        if not _BRANCH.fullmatch(name) or ".." in name:
            raise Unreadable("HEAD names no branch that could be followed")
        text = _branch(place, name)
    raise Unreadable("HEAD names a branch that only names others")


def _branch(place: GitDirectory, name: str) -> str | None:
    """What a branch names: a commit, or another branch; None where there is no such branch. Raises `Unreadable`."""
    for folder in (place.own, place.common):
        if (found := content(folder, name)) is not None:
            return found.strip()
    packed = (content(place.common, "packed-refs", _LARGE) or "").split("\n")
    return next((line.partition(" ")[0] for line in packed if line.endswith(f" {name}")), None)


def _commit(text: str) -> str:
    """The name of a commit; nothing else is passed on, since it could be the text of any file."""
    if not _COMMIT.fullmatch(text):
        raise Unreadable("names no commit where one should stand")
    return text


class Tags(NamedTuple):
    """The names of tags, loose and packed; not `complete` where packed refs are too large, or are no file."""

    names: set[str]
    complete: bool


def tags(place: GitDirectory) -> Tags:
    """All tags, as far as they can be read."""
    try:
        packed, complete = content(place.common, "packed-refs", _LARGE) or "", True
    except Unreadable:
        packed, complete = "", False
    names = set(re.findall(r"^[0-9a-f]+ refs/tags/(\S+)$", packed, re.MULTILINE))
    if Folders(place.common).is_real("refs/tags"):
        names.update(walk(place.common / "refs" / "tags").files)
    return Tags(names, complete)


def has_long_names(place: GitDirectory) -> bool:
    """Whether its objects have SHA-256 names, by which the index is written too."""
    with suppress(Unreadable):
        return bool(
            re.search(
                r"(?im)^[ \t]*objectformat[ \t]*=[ \t]*sha256\b", content(place.common, "config", 1_000_000) or ""
            )
        )
    return False


def objects(place: GitDirectory) -> Path:
    """The folder of the objects, once nothing in it could make Git wait or lead it elsewhere. Raises `Unreadable`."""
    folder = place.common / "objects"
    if not Folders(place.common).is_real("objects"):
        raise Unreadable("has no folder of objects of its own")
    if os.path.lexists(folder / "info" / "alternates"):
        raise Unreadable("borrows its objects from another repository (objects/info/alternates)")
    try:
        for each in (
            folder,
            *(Path(entry.path) for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False)),
        ):
            _only_plain_entries(each)
    except OSError as failure:
        raise Unreadable(f"objects cannot be listed ({reason(failure)})") from None
    return folder


def _only_plain_entries(folder: Path) -> None:
    """Git waits for ever on a FIFO among its objects, and follows links."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if not entry.is_file(follow_symlinks=False) and not entry.is_dir(follow_symlinks=False):
                raise Unreadable("holds something among its objects that is no file")
