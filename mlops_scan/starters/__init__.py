"""What `mlops-scan init` sets up, from the templates of this folder: a configuration, a hook, and a gate in CI."""

import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from mlops_scan import __version__
from mlops_scan.errors import Unreadable
from mlops_scan.repository.files import LARGEST, decode, read_bytes

FOLDER = Path(__file__).parent
_LARGEST_GIT_CONFIG = 1_000_000
_URL = re.compile(r"(?m)^[ \t]*url[ \t]*=[ \t]*(?:\w{1,20}://)?(?:[^@/\s]{1,200}@)?([\w.-]+)")


class System(NamedTuple):
    """A CI system: its template, the file that it reads, and by what a repository shows that it uses it.

    `marks` are files and folders at the top; `hosts` are parts of the name of the host of a Git remote.
    """

    name: str
    template: str
    path: str
    marks: tuple[str, ...]
    hosts: tuple[str, ...] = ()


class Starter(NamedTuple):
    """A file to begin with: where it belongs, its text, what it is for, and a word that says it is there already."""

    path: str
    text: str
    means: str
    told_by: str = "mlops-scan"


SYSTEMS = {
    "github": System("GitHub", "github.yml", ".github/workflows/mlops-scan.yml", (".github",), ("github",)),
    "gitlab": System("GitLab", "gitlab.yml", ".gitlab-ci.yml", (".gitlab-ci.yml", ".gitlab"), ("gitlab",)),
    "azure": System(
        "Azure Pipelines",
        "azure.yml",
        "azure-pipelines.yml",
        ("azure-pipelines.yml", ".azure-pipelines", ".azuredevops", ".pipelines"),
        ("dev.azure.com", "visualstudio.com"),
    ),
    "jenkins": System("Jenkins", "jenkins.groovy", "Jenkinsfile", ("Jenkinsfile",)),
}


def recognised(root: Path) -> list[str]:
    """The CI systems that a repository uses: by their files at its top, else by where its Git remotes are."""
    there = [name for name, each in SYSTEMS.items() if any(os.path.lexists(root / mark) for mark in each.marks)]
    return there or [name for name, each in SYSTEMS.items() if any(part in _hosts(root) for part in each.hosts)]


def _hosts(root: Path) -> str:
    """The hosts of the Git remotes, as one text. The configuration is only looked at: Git itself never gets to see it."""
    if (root / ".git").is_symlink():
        return ""
    with suppress(Unreadable):
        text = decode(read_bytes(root / ".git" / "config", _LARGEST_GIT_CONFIG)) or ""
        return " ".join(_URL.findall(text)).lower()
    return ""


def starters(configuration: str, stage: int, systems: Iterable[str]) -> Iterator[Starter]:
    """The files for a repository whose configuration belongs into the file of that name, and whose gate starts at `stage`."""
    template = "section.toml" if configuration == "pyproject.toml" else "mlops-scan.toml"
    yield Starter(
        configuration, _text(template).replace("@stage@", str(stage)), f"the target of the gate: {stage}", "min-stage"
    )
    yield Starter(".pre-commit-config.yaml", _text("pre-commit.yaml"), "the gate before each commit")
    for each in (SYSTEMS[name] for name in systems):
        yield Starter(each.path, _text(each.template), f"the gate in {each.name}")


def _text(template: str) -> str:
    return (FOLDER / template).read_text(encoding="utf-8").replace("@version@", __version__)


def problem(root: Path, path: str) -> str:
    """Why a file cannot be made at a path below `root`: something is there, or a link; empty where it can be made."""
    place = root
    parts = path.split("/")
    for number, part in enumerate(parts, 1):
        place = place / part
        try:
            found = place.lstat()
        except OSError:
            return ""
        if stat.S_ISLNK(found.st_mode):
            return f"{'/'.join(parts[:number])} is a link"
        if number < len(parts) and not stat.S_ISDIR(found.st_mode):
            return f"{'/'.join(parts[:number])} is no folder"
    return "is there already"


def is_done(root: Path, starter: Starter) -> bool:
    """Whether the file that is there already says what the starter would."""
    if problem(root, starter.path) != "is there already":
        return False
    with suppress(Unreadable):
        return starter.told_by in (decode(read_bytes(root / starter.path, LARGEST)) or "")
    return False


def create(root: Path, starter: Starter) -> None:
    """Make the file, and the folders above it. Follows no link below `root` and overwrites nothing. Raises `OSError`."""
    *folders, name = starter.path.split("/")
    handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for folder in folders:
            with suppress(FileExistsError):
                os.mkdir(folder, dir_fd=handle)
            inner = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=handle)
            os.close(handle)
            handle = inner
        file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644, dir_fd=handle)
        with os.fdopen(file, "w", encoding="utf-8", newline="\n") as text:
            text.write(starter.text)
    finally:
        os.close(handle)
