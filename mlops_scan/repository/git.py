"""What Git knows of a folder: tracked files and history. The only importer of GitPython.

Git runs programs that a repository's own configuration names (filters, fsmonitor, textconv, hooks, signing), and options
on the command line do not stop all of them. So it never sees that configuration: it works in a *shadow*, a temporary Git
directory of ours with a minimal configuration, which borrows nothing but the objects and a copy of the index.
"""

import os
import re
import shutil
import stat
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from mlops_scan.errors import Unreadable
from mlops_scan.repository.files import MOST_FILES, Found, read_bytes

SECONDS = 20
MOST_COMMITS = 10_000
_SMALL = 4096
_CONFIG = """[core]
\trepositoryformatversion = {version}
\tbare = false
\tfsmonitor = false
\tcommitGraph = false
\tmultiPackIndex = false
\tuntrackedCache = false
\thooksPath = {nowhere}
\tattributesFile = {nowhere}
\texcludesFile = {nowhere}
{extensions}"""


class GitDirectory(NamedTuple):
    """Where Git keeps its data: `own` of this work tree, `common` of all its work trees; `top` is the work tree."""

    top: Path
    own: Path
    common: Path


class History(NamedTuple):
    """What the log says, in numbers. `complete` is false for a shallow clone or a log that was cut."""

    commit: str = ""
    commits: int = 0
    authors: int = 0
    bots: tuple[tuple[str, int], ...] = ()
    merges: int = 0
    pull_requests: int = 0
    tags: int = 0
    days: int = 0
    complete: bool = True


def locate(root: Path) -> GitDirectory | None:
    """The Git directory of the repository around `root`. Raises `Unreadable` for one that cannot be trusted."""
    for folder in (root, *root.parents):
        place = folder / ".git"
        try:
            mode = place.lstat().st_mode
        except OSError:
            continue
        if stat.S_ISDIR(mode):
            return GitDirectory(folder, place, place) if (place / "HEAD").exists() else None
        if stat.S_ISREG(mode):
            return _work_tree(folder, place)
        raise Unreadable("`.git` is neither a folder nor a file")
    return None


def is_bare(root: Path) -> bool:
    """Whether the folder is itself a Git directory, with no files beside it."""
    return all((root / name).exists() for name in ("HEAD", "objects", "refs")) and not (root / ".git").exists()


def _work_tree(folder: Path, place: Path) -> GitDirectory:
    """A linked work tree: `.git` is a file that names a directory, and that directory names it back."""
    text = _small(place)
    if not text.startswith("gitdir: "):
        raise Unreadable("`.git` is a file that names no Git directory")
    own = (folder / text.removeprefix("gitdir: ").strip()).resolve()
    if not own.is_relative_to(folder.resolve()):
        back = own / "gitdir"
        if not back.exists() or Path(_small(back).strip()).resolve() != place.resolve():
            raise Unreadable("`.git` leads to a Git directory outside that does not lead back")
    shared = own / "commondir"
    common = (own / _small(shared).strip()).resolve() if shared.exists() else own
    return GitDirectory(folder, own, common)


def _small(path: Path) -> str:
    return read_bytes(path, _SMALL).decode("utf-8", "surrogateescape")


def head(place: GitDirectory) -> str:
    """The commit that HEAD names, or an empty string where there is none yet. Raises `Unreadable`."""
    text = _small(place.own / "HEAD").strip()
    if not text.startswith("ref: "):
        return text if re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", text) else ""
    name = text.removeprefix("ref: ")
    if not re.fullmatch(r"refs/[\w./@+#=-]+", name) or ".." in name:
        raise Unreadable("HEAD names no branch that could be followed")
    for folder in (place.own, place.common):
        if (folder / name).exists():
            return _small(folder / name).strip()
    packed = place.common / "packed-refs"
    if packed.exists():
        lines = read_bytes(packed, 50_000_000).decode("utf-8", "replace").split("\n")
        return next((line.partition(" ")[0] for line in lines if line.endswith(f" {name}")), "")
    return ""


class Shadow:
    """A Git that knows nothing of the repository but its objects and its index. Made by `shadow`."""

    def __init__(self, place: GitDirectory, directory: Path, commit: str) -> None:
        self._place = place
        self._directory = directory
        self.commit = commit

    def files(self, root: Path) -> Found:
        """Tracked files below `root`, and untracked ones that are not ignored; sorted. Raises `Unreadable`."""
        tracked = self._run(root, "ls-files", "--stage", "-z", "--", ".")
        found = Found([], [], [])
        for record in filter(None, tracked.split(b"\0")):
            head, _, name = record.partition(b"\t")
            group = {b"120000": found.links, b"160000": found.nested}.get(head[:6], found.files)
            group.append(os.fsdecode(name))
        with suppress(Unreadable):  # patterns that take too long: what is tracked is what counts
            others = self._run(root, "ls-files", "--others", "--exclude-standard", "-z", "--", ".")
            names = [os.fsdecode(name) for name in others.split(b"\0") if name and not name.endswith(b"/")]
            found.files.extend(name for name in names if not Path(root, name).is_symlink())
        files = sorted(dict.fromkeys(found.files))
        return Found(files[:MOST_FILES], sorted(found.links), sorted(found.nested), len(files) > MOST_FILES)

    def history(self) -> History:
        """The log of HEAD in numbers, from one bounded call. Raises `Unreadable`."""
        if not self.commit:
            return History()
        fields = "%ae%x1f%an%x1f%ct%x1f%P%x1f%s"
        log = self._run(
            self._directory,
            "log",
            "-z",
            f"--format={fields}",
            "--no-show-signature",
            f"-n{MOST_COMMITS}",
            "--end-of-options",
            self.commit,
        )
        rows = [row.decode("utf-8", "replace").split("\x1f") for row in log.split(b"\0") if row.count(b"\x1f") >= 4]
        people = {mail.lower() for mail, name, *_ in rows if not _bot(mail, name)}
        times = [int(time) for _, _, time, *_ in rows if time.isdigit()]
        shallow = (self._place.common / "shallow").exists()
        return History(
            commit=self.commit,
            commits=len(rows),
            authors=len(people),
            bots=tuple(sorted(Counter(name for name in (_bot(mail, name) for mail, name, *_ in rows) if name).items())),
            merges=sum(len(parents.split()) > 1 for _, _, _, parents, *_ in rows),
            pull_requests=sum(_is_pull_request(subject) for _, _, _, _, subject, *_ in rows),
            tags=_tags(self._place.common),
            days=(max(times) - min(times)) // 86_400 if times else 0,
            complete=not shallow and len(rows) < MOST_COMMITS,
        )

    def _run(self, folder: Path, *words: str) -> bytes:
        """Run git in a closed environment and a bounded time, and return what it prints. Raises `Unreadable`."""
        with _closed_environment(self._directory, self._place.top):
            import git  # late: it costs a tenth of a second and starts git by itself

            try:
                output: Any = git.cmd.Git(str(folder)).execute(
                    ["git", "--no-pager", "--literal-pathspecs", *words],
                    kill_after_timeout=SECONDS, stdout_as_string=False, strip_newline_in_stdout=False,
                )  # fmt: skip
            except (git.exc.GitCommandError, git.exc.GitCommandNotFound, OSError) as failure:
                raise Unreadable(f"git {words[0]} failed ({type(failure).__name__})") from None
        return bytes(output)


def _bot(mail: str, name: str) -> str:
    """The name of the bot that committed, without the mark of its platform; empty for a person."""
    known = re.match(r"(dependabot|renovate|github-actions|pre-commit-ci|snyk|mergify)\b", name.lower())
    if known:
        return known[1]
    return name.lower().partition("[bot]")[0].strip() or "bot" if "[bot]" in name + mail else ""


def _is_pull_request(subject: str) -> bool:
    """A merge button leaves its mark: `Merge pull request #1`, `Title (#1)`, `Merged PR 1:`, `See merge request`."""
    return bool(
        re.match(r"Merge(d)? (pull request|PR|in|branch '.+' into '(main|master|develop)') ?#?|.*\(#\d+\)$", subject)
    )


def _tags(common: Path) -> int:
    names = set()
    with suppress(OSError, Unreadable):
        names |= {f"refs/tags/{entry.name}" for entry in os.scandir(common / "refs" / "tags")}
    with suppress(OSError, Unreadable):
        packed = read_bytes(common / "packed-refs", 50_000_000).decode("utf-8", "replace")
        names |= set(re.findall(r"^[0-9a-f]+ (refs/tags/\S+)$", packed, re.MULTILINE))
    return len(names)


@contextmanager
def shadow(place: GitDirectory) -> Iterator[Shadow]:
    """A shadow of the repository for as long as the block runs. Raises `Unreadable` where its data cannot be trusted."""
    commit = head(place)
    _only_plain_files(place.common / "objects")
    directory = Path(tempfile.mkdtemp(prefix="mlops-scan-"))
    try:
        _furnish(directory, place, commit)
        yield Shadow(place, directory, commit)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _furnish(directory: Path, place: GitDirectory, commit: str) -> None:
    long = len(commit) == 64
    nowhere = directory / "nowhere"
    extensions = "[extensions]\n\tobjectFormat = sha256\n" if long else ""
    (directory / "config").write_text(_CONFIG.format(version=int(long), nowhere=nowhere, extensions=extensions))
    (directory / "objects" / "info").mkdir(parents=True)
    (directory / "objects" / "info" / "alternates").write_bytes(os.fsencode(place.common / "objects") + b"\n")
    (directory / "refs" / "heads").mkdir(parents=True)
    (directory / "HEAD").write_text(f"{commit}\n" if commit else "ref: refs/heads/main\n")
    if (place.common / "shallow").exists():
        (directory / "shallow").write_bytes(read_bytes(place.common / "shallow", 10_000_000))
    for index in ("index", *(path.name for path in place.own.glob("sharedindex.*"))):
        if (place.own / index).exists():
            (directory / index).write_bytes(read_bytes(place.own / index, 200_000_000))


def _only_plain_files(objects: Path) -> None:
    """Git waits for ever on a FIFO among its objects, and follows borrowed object folders out of the repository."""
    if (objects / "info" / "alternates").exists():
        raise Unreadable("borrows its objects from another repository (objects/info/alternates)")
    try:
        for folder in (
            objects,
            *(Path(entry.path) for entry in os.scandir(objects) if entry.is_dir(follow_symlinks=False)),
        ):
            for entry in os.scandir(folder):
                if not entry.is_file(follow_symlinks=False) and not entry.is_dir(follow_symlinks=False):
                    raise Unreadable("holds something among its objects that is no file")
    except OSError as failure:
        raise Unreadable(f"objects cannot be listed ({failure.strerror})") from None


@contextmanager
def _closed_environment(directory: Path, top: Path) -> Iterator[None]:
    """The process environment without any variable of Git's but our own: GitPython passes on what it finds there."""
    kept = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        del os.environ[name]
    os.environ.update({
        "GIT_DIR": str(directory), "GIT_WORK_TREE": str(top), "HOME": str(directory), "XDG_CONFIG_HOME": str(directory),
        "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_ATTR_NOSYSTEM": "1", "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1", "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_PAGER": "cat", "GIT_ASKPASS": "true", "GIT_PYTHON_REFRESH": "quiet", "LC_ALL": "C.UTF-8",
    })  # fmt: skip
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)
