"""The repository: its files with their roles, each read at most once, and what Git knows of them."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from mlops_scan.errors import ScanError, Unreadable
from mlops_scan.evidence import Place, Warning
from mlops_scan.repository import files, git, gitdir, marks
from mlops_scan.repository.git import History
from mlops_scan.repository.marks import Mark
from mlops_scan.repository.patterns import PathPatterns
from mlops_scan.repository.roles import READ, Role, Roles

__all__ = ["READ", "File", "History", "Repository", "Role", "Roles", "Scope", "is_lfs_pointer", "open_repository"]

_LFS = "version https://git-lfs.github.com/spec/v1"
_SHARED = PathPatterns(
    (pattern, True)
    for pattern in (
        "/.github/**", "/.gitlab/**", "/.circleci/**", "/.buildkite/**", "/.azure*/**", "/.pipelines/**", "/.*.yml",
        "/.*.yaml", "/azure-pipelines*.yml", "/Jenkinsfile*", "/CODEOWNERS", "/Makefile", "/cloudbuild*.yaml",
    )
)  # fmt: skip


class Scope(NamedTuple):
    """Which files of the repository to look at, and what they are there for."""

    exclude: tuple[str, ...] = ()
    roles: tuple[tuple[str, Role], ...] = ()
    project: str = ""


class File(NamedTuple):
    """A path relative to the scanned root, with `/` between its parts, and its role."""

    path: str
    role: Role


class Traces(NamedTuple):
    """What a scan looked at: marks of files and folders, and what it asked of other paths."""

    marks: tuple[Mark, ...]
    asked: tuple[tuple[str, bool], ...]

    def same(self, root: Path, made: int) -> list[Mark]:
        """The marks of what is as it was at the time `made`, in nanoseconds."""
        return marks.same(str(root), self.marks, made)

    def answer(self, root: Path) -> bool:
        """Whether what was asked of other paths would get the same answers."""
        stands = Repository(root, files.Found([], Counter(), []), Scope(), None).stands
        return all(stands(path) is stood for path, stood in self.asked)


class Repository:
    """A folder and its files. Nothing in it is executed, and nothing outside it is read."""

    def __init__(self, root: Path, found: files.Found, scope: Scope, history: History | None) -> None:
        self.root = root
        self.history = history
        self.warnings = found.warnings
        excluded = PathPatterns((pattern, True) for pattern in scope.exclude)
        inside = [path for path in found.files if _in_project(path, scope.project)]
        kept = [path for path in inside if not any(excluded(path))]
        roles = Roles(kept, scope.roles)
        self.files = tuple(File(path, roles(path)) for path in kept)
        self.left_out = found.left_out + Counter(str(file.role) for file in self.files if file.role not in READ)
        self.left_out["excluded by the configuration"] = len(inside) - len(kept)
        self.left_out["outside the project"] = len(found.files) - len(inside)
        self._absent = found.absent
        self._warn_of_what_is_not_here(
            found,
            lambda path: (
                _in_project(path, scope.project)
                and not any(excluded(path))
                and not any(excluded(f"{path}/in a folder"))
            ),
        )
        self._folders = files.Folders(root)
        self._marks: dict[str, Mark] = {}
        self._asked: dict[str, bool] = {}

    def _warn_of_what_is_not_here(self, found: files.Found, counts: Callable[[str], bool]) -> None:
        """What is not checked out is unknown; what somebody deleted is not there, unless hardly anything is."""
        absent, deleted = (sorted(filter(counts, names)) for names in (found.absent, found.deleted))
        self.left_out["not checked out"] = len(absent)
        self.left_out["deleted and not committed"] = len(deleted)
        if absent:
            message = f"not checked out (sparse checkout), and so not known: {_some(absent)}"
            self.warnings.append(Warning(Place("."), message, lost=True))
        if deleted:
            message = f"tracked, and not here (deleted, or never checked out): {_some(deleted)}"
            self.warnings.append(Warning(Place("."), message, lost=len(deleted) > len(self.files)))

    def stands(self, path: str) -> bool:
        """Whether something is at a path: a listed file or folder, or what was left out, such as a symbolic link.

        What is tracked and not checked out stands there for everybody else who has the repository.
        """
        if self._absent and not self._absent.isdisjoint(_ways(path)):
            return True
        if path not in self._asked:
            self._asked[path] = self._stands(path)
        return self._asked[path]

    def _stands(self, path: str) -> bool:
        parts = path.split("/")
        if not {"", ".", ".."}.isdisjoint(parts):
            return False
        for end in range(1, len(parts)):
            if not self._folders.is_real("/".join(parts[:end])):
                return os.path.lexists(self.root / "/".join(parts[:end]))
        return os.path.lexists(self.root / path)

    def text(self, path: str) -> str | None:
        """The text of a file, or None for a binary one. Raises `Unreadable`."""
        return files.decode(self.content(path, files.limit_of(path)))

    def content(self, path: str, limit: int, begins: bytes = b"") -> bytes:
        """The bytes of a file; of one that does not begin so only as many. Raises `Unreadable`, `TooLarge`."""
        if not {"", ".", ".."}.isdisjoint(path.split("/")):
            raise Unreadable("lies outside of the repository")
        if not self.holds(path):
            raise Unreadable("lies behind a symbolic link")
        found = files.status(self.root / path)
        content = files.read_bytes(self.root / path, limit, begins)
        self._marks[path] = marks.of_file(path, found, content)
        return content

    def holds(self, path: str) -> bool:
        """Whether the way to a path leads through folders of this repository, and through no link."""
        return self._folders.is_real(path.rpartition("/")[0])

    def mark(self, path: str) -> Mark | None:
        """The mark of a file that was read."""
        return self._marks.get(path)

    def trust(self, mark: Mark) -> None:
        """Take it that a file is as it was when it got this mark, so that it need not be read."""
        self._marks[mark.path] = mark

    def traces(self) -> Traces:
        """All that was looked at so far, for telling later whether it is still so. Raises `Unreadable`."""
        left_out = _left_out(self.root)
        folders = (marks.of_folder(str(self.root), path) for path in marks.folders(str(self.root), left_out))
        return Traces((*self._marks.values(), *folders), tuple(sorted(self._asked.items())))


def is_lfs_pointer(text: str) -> bool:
    """Whether the text is not the file but the pointer that Git LFS leaves in its place (Git LFS specification 1)."""
    return text.startswith(_LFS) and len(text) < 1024


def open_repository(root: Path, scope: Scope = Scope()) -> Repository:  # noqa: B008
    """List a folder: by Git where there is one, by walking where not. Raises `ScanError` for what is no folder."""
    try:
        root = root.resolve(strict=True)
        if not root.is_dir():
            raise ScanError(f"{root}: is not a folder")
        os.scandir(root).close()
    except (OSError, RuntimeError) as failure:
        raise ScanError(f"{root}: {getattr(failure, 'strerror', None) or 'cannot be opened'}") from None
    if scope.project:
        scope = scope._replace(project=_inside(root, scope.project))
    if gitdir.is_bare(root):
        message = "is a bare repository: there are no files beside the history; check it out to scan it"
        return Repository(root, files.Found([], Counter(), [Warning(Place("."), message, lost=True)]), scope, None)
    found, history = _ask_git(root)
    return Repository(root, found, scope, history)


def _inside(root: Path, project: str) -> str:
    """The folder of a project relative to the root, as it stands in paths. Raises `ScanError`."""
    try:
        place = (root / project).resolve(strict=True)
    except (OSError, ValueError, RuntimeError):
        place = root.parent
    if not place.is_relative_to(root) or not place.is_dir():
        raise ScanError(f"--project {project}: no such folder in {root}")
    return "" if place == root else place.relative_to(root).as_posix()


def _ask_git(root: Path) -> tuple[files.Found, History | None]:
    """What Git lists and knows; where its data cannot be used a warning, and the files are those that stand there."""
    found, history, place, warnings = None, None, None, []
    try:
        place = gitdir.locate(root)
        if place is None:
            return files.walk(root), None
        with git.shadow(place) as shadow:
            found = shadow.files(root)
            history = shadow.history() if place.top == root else None
    except Unreadable as failure:
        what = "history" if found else "list of tracked files and history"
        warnings.append(Warning(Place(".git"), f"{failure.reason}: {what} not known"))
    if history:
        warnings += _incomplete(history)
    if not found or not any((found.files, found.left_out, found.absent, found.deleted)):
        found = files.walk(root)  # an ignored folder of a larger repository is not Git's
        is_empty = place is not None and not found.files and not os.path.lexists(place.own / "index")
        if history and history.commit and is_empty:
            warnings.append(Warning(Place("."), "has a history, and nothing of it is checked out", lost=True))
    found.warnings.extend(warnings)
    return found, history


def _incomplete(history: History) -> Iterator[Warning]:
    if history.problem:
        known = "the history is not complete" if history.commits else "history not known"
        yield Warning(Place(".git"), f"{history.problem}: {known}")
    elif not history.complete:
        yield Warning(Place(".git"), "the history is not complete here (shallow clone or very long)")


def _some(names: list[str]) -> str:
    """The first names of many, and how many there are besides."""
    more = f" and {len(names) - 3:,} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _ways(path: str) -> Iterator[str]:
    """A path and all folders on the way to it."""
    while path:
        yield path
        path = path.rpartition("/")[0]


def _left_out(root: Path) -> Callable[[str], bool]:
    """Says of a folder whether nothing in it can count. Raises `Unreadable`."""
    place = gitdir.locate(root)
    if place is None:
        return lambda path: path.rpartition("/")[2] in files.USUALLY_IGNORED
    with git.shadow(place) as shadow:
        return shadow.ignored_folders(root).__contains__


def _in_project(path: str, project: str) -> bool:
    """The files of one project of a larger repository, and those at the top that serve all of its projects."""
    return not project or path.startswith(f"{project}/") or any(_SHARED(path))
