"""The repository: its files with their roles, each read at most once, and what Git knows of them."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from mlops_scan.errors import ScanError, Unreadable
from mlops_scan.evidence import Place, Warning
from mlops_scan.repository import files, git
from mlops_scan.repository.git import History
from mlops_scan.repository.patterns import PathPatterns
from mlops_scan.repository.roles import READ, Role, Roles

__all__ = ["READ", "File", "History", "Repository", "Role", "Roles", "Scope", "is_lfs_pointer", "open_repository"]

_LFS = "version https://git-lfs.github.com/spec/v1"
_SHARED = PathPatterns(
    (pattern, True)
    for pattern in ("/.github/**", "/.gitlab/**", "/.circleci/**", "/.buildkite/**", "/.azure*/**", "/.pipelines/**", "/.*.yml", "/.*.yaml", "/azure-pipelines*.yml",
                    "/Jenkinsfile*", "/CODEOWNERS", "/Makefile", "/cloudbuild*.yaml")
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


class Repository:
    """A folder and its files. Nothing in it is executed, and nothing outside it is read."""

    def __init__(
        self, root: Path, found: files.Found, scope: Scope, history: git.History | None, warnings: Iterable[Warning]
    ) -> None:
        self.root = root
        self.history = history
        self.warnings = list(warnings)
        excluded = PathPatterns((pattern, True) for pattern in scope.exclude)
        inside = [path for path in found.files if _in_project(path, scope.project)]
        kept = [path for path in inside if not any(excluded(path))]
        roles = Roles(kept, scope.roles)
        self.files = tuple(File(path, roles(path)) for path in kept)
        self.left_out = Counter(str(file.role) for file in self.files if file.role not in READ)
        self.left_out.update({
            "excluded by the configuration": len(inside) - len(kept), "outside the project": len(found.files) - len(inside),
            "symbolic link": len(found.links), "submodule": len(found.nested),
        })  # fmt: skip
        self._folders = files.Folders(root)
        if found.cut:
            self.warnings.append(
                Warning(Place("."), f"has more than {files.MOST_FILES:,} files; the rest was not read", lost=True)
            )

    def text(self, path: str) -> str | None:
        """The text of a file, or None for a binary one. Raises `Unreadable`."""
        if not self._folders.is_real(path.rpartition("/")[0]):
            raise Unreadable("lies behind a symbolic link")
        return files.decode(files.read_bytes(self.root / path, files.limit_of(path)))


def is_lfs_pointer(text: str) -> bool:
    """Whether the text is not the file but the pointer that Git LFS leaves in its place (Git LFS specification 1)."""
    return text.startswith(_LFS) and len(text) < 1024


def open_repository(root: Path, scope: Scope = Scope()) -> Repository:  # noqa: B008
    """List a folder: by Git where there is one, by walking where not. Raises `ScanError` for what is no folder."""
    try:
        root = root.resolve(strict=True)
        if not root.is_dir():
            raise ScanError(f"{root}: is not a folder")
    except (OSError, RuntimeError) as failure:
        raise ScanError(f"{root}: {getattr(failure, 'strerror', None) or 'cannot be opened'}") from None
    if scope.project and not (root / scope.project).is_dir():
        raise ScanError(f"--project {scope.project}: no such folder in {root}")
    warnings: list[Warning] = []
    if git.is_bare(root):
        message = "is a bare repository: there are no files beside the history; check it out to scan it"
        return Repository(root, files.Found([], [], []), scope, None, [Warning(Place("."), message, lost=True)])
    found, history = _ask_git(root, warnings)
    return Repository(root, found or files.walk(root), scope, history, warnings)


def _ask_git(root: Path, warnings: list[Warning]) -> tuple[files.Found | None, git.History | None]:
    """What Git lists and knows; nothing of it, and a warning, where Git's data cannot be used."""
    found, history = None, None
    try:
        place = git.locate(root)
        if place is None:
            return None, None
        with git.shadow(place) as shadow:
            found = shadow.files(root)
            if place.top == root:
                history = shadow.history()
    except Unreadable as failure:
        what = "history" if found else "list of tracked files and history"
        warnings.append(Warning(Place(".git"), f"{failure.reason}: {what} not known"))
    if found and not found.files and not found.nested:
        found = None  # an ignored folder of a larger repository: its files are not Git's
    if history and not history.complete:
        warnings.append(Warning(Place(".git"), "the history is not complete here (shallow clone or very long)"))
    return found, history


def _in_project(path: str, project: str) -> bool:
    """The files of one project of a larger repository, and those at the top that serve all of its projects."""
    project = project.strip("./")
    return not project or path.startswith(f"{project}/") or any(_SHARED(path))
