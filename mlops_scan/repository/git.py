"""What Git knows of a folder: tracked files and history. The only importer of GitPython.

Git runs programs that a repository's own configuration names (filters, fsmonitor, textconv, hooks, signing), and
options on the command line do not stop all of them. So it never sees that configuration: it works in a *shadow*, a
temporary Git directory of ours with a minimal configuration and a copy of the index, and borrows the objects.
"""

import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from mlops_scan.errors import Unreadable
from mlops_scan.patience import undisturbed
from mlops_scan.repository import bounds, gitdir
from mlops_scan.repository.files import Found, reason
from mlops_scan.repository.gitdir import GitDirectory
from mlops_scan.repository.listing import Listing
from mlops_scan.repository.output import end, printed

SECONDS = 20
MOST_COMMITS = 10_000
LONGEST_OUTPUT = 100_000_000
_MEMORY = 2_000_000_000  # bytes: Git reads a commit whole, and a small file can unpack to any size
#: What the merge buttons of GitHub, Azure DevOps, Bitbucket and GitLab leave in the subject of a commit.
_PULL_REQUEST = re.compile(
    r"Merge pull request #\d|.*\(#\d+\)$|Merged PR \d|Merged in .+\(pull request #\d"
    r"|Merge branch '.+' into '(?:main|master|develop)'"
)
_REGISTERED = re.compile(r"([a-z][a-z0-9/_-]*)@v\d+\.\d+\.\d+(?:#\d+)?")
_STAGED = re.compile(r"([a-z][a-z0-9/_-]*)#[a-z][a-z0-9-]*(?:#\d+)?")
_LARGEST_INDEX = 200_000_000
_SPARSE = "info/sparse-checkout"
_SPARSE_INDEX = b"sdir\0\0\0\0"  # an extension without content: gitformat-index(5)
_SECONDS_OF_A_YEAR = 365 * 86_400
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


class History(NamedTuple):
    """What the log says, in numbers. `complete` is false for a shallow clone or a log that was cut.

    `bots` are those that committed in the year before the newest commit: one that was dismissed is at work no more.
    """

    commit: str = ""
    commits: int = 0
    authors: int = 0
    bots: tuple[tuple[str, int], ...] = ()
    merges: int = 0
    pull_requests: int = 0
    tags: int = 0
    stages: int = 0  #: tags that give a stage to a registered version, `churn#prod#2` beside `churn@v1.0.0`
    days: int = 0
    complete: bool = True
    problem: str = ""  #: why it ends before the first commit


_UNTRACKED = b"? "  # git-ls-files(1): what `-t` puts before a name


class Shadow:
    """A Git that knows nothing of the repository but its index and, for the log, its objects. Made by `shadow`."""

    def __init__(self, place: GitDirectory, directory: Path) -> None:
        self._place = place
        self._directory = directory
        self._sparse = ("--sparse",) if (directory / _SPARSE).exists() else ()

    def files(self, root: Path) -> Found:
        """Tracked files below `root`, and untracked ones that are not ignored; sorted. Raises `Unreadable`."""
        listing = Listing(root)
        tracked = ("-t", "--stage", *self._sparse)
        try:
            records = self._names(root, *tracked, "--others", "--exclude-standard")
        except Unreadable as failure:  # patterns that take too long: what is tracked is what counts
            records = self._names(root, *tracked)
            listing.warn(f"untracked files not known: {failure.reason}")
        for record in records:
            if record.startswith(_UNTRACKED):
                listing.untracked(record.removeprefix(_UNTRACKED))
            else:
                listing.tracked(record)
        return listing.found()

    def ignored_folders(self, root: Path) -> set[str]:
        """The folders below `root` in which nothing counts, each without those inside it. Raises `Unreadable`."""
        names = self._names(root, "--others", "--ignored", "--exclude-standard", "--directory")
        return {os.fsdecode(name).rstrip("/") for name in names if name.endswith(b"/")}

    def history(self) -> History:
        """The log of HEAD in numbers, from one bounded call. Raises `Unreadable`."""
        commit, tags = gitdir.head(self._place), gitdir.tags(self._place)
        if not commit:
            return History()
        fields = "--format=%ct%x1f%P%x1f%ae%x1f%an%x1f%s"  # what people write stands last: it may hold the separator
        options = ("-z", fields, "--no-show-signature", "--no-mailmap", f"-n{MOST_COMMITS}", "--end-of-options", commit)
        log, problem = b"", ""
        try:
            log = self._run(self._directory, gitdir.objects(self._place), "log", *options)
        except Unreadable as failure:  # perhaps only because an object deep down is missing: what is above it counts
            log, problem = getattr(failure, "printed", b""), failure.reason
        rows = [row.decode("utf-8", "replace").split("\x1f", 4) for row in log.split(b"\0") if row.count(b"\x1f") >= 4]
        bots = [_bot(mail, name) for _, _, mail, name, _ in rows]
        times = [int(time) if re.fullmatch(r"[0-9]{1,15}", time) else 0 for time, *_ in rows]
        recent = max(times, default=0) - _SECONDS_OF_A_YEAR
        at_work = (bot for bot, time in zip(bots, times, strict=True) if bot and time >= recent)
        return History(
            commit=commit,
            commits=len(rows),
            authors=len({row[2].lower() for row, bot in zip(rows, bots, strict=True) if not bot}),
            bots=tuple(sorted(Counter(at_work).items())),
            merges=sum(" " in parents for _, parents, *_ in rows),
            pull_requests=sum(bool(_PULL_REQUEST.match(subject)) for *_, subject in rows),
            tags=len(tags.names),
            stages=_staged(tags.names),
            days=(max(times) - min(filter(None, times), default=max(times))) // 86_400 if times else 0,
            complete=len(rows) < MOST_COMMITS and not os.path.lexists(self._place.common / "shallow") and tags.complete,
            problem=problem or ("" if rows else "git log printed nothing"),
        )

    def _names(self, root: Path, *options: str) -> list[bytes]:
        listed = self._run(root, self._directory / "objects", "ls-files", "-z", *options, "--", ".")
        return [name for name in listed.split(b"\0") if name]

    def _run(self, folder: Path, objects: Path, *words: str) -> bytes:
        """Run git in a closed environment and within bounds, and return what it prints. Raises `Unreadable`."""
        with _closed_environment(self._directory, objects, self._place.top):
            import git  # noqa: PLC0415  # late: it costs a tenth of a second and starts git by itself

            try:
                with undisturbed():  # what is raised while a process forks is lost
                    running: Any = git.cmd.Git(str(folder)).execute(  # whose own time limit starts `pgrep` or `ps`
                        ["git", "--no-pager", "--literal-pathspecs", *words],
                        as_process=True, preexec_fn=_bound, start_new_session=True,
                    )  # fmt: skip
            except (git.exc.GitCommandNotFound, OSError) as failure:
                raise Unreadable(f"git {words[0]} could not be started ({type(failure).__name__})") from None
            try:
                return printed(running.proc, f"git {words[0]}", SECONDS, LONGEST_OUTPUT)
            finally:
                end(running.proc)


def _bound() -> None:
    bounds.set_to(_MEMORY, SECONDS * 2)


def _staged(tags: set[str]) -> int:
    """How many tags are of a registry that is kept in them: https://mlem.ai/doc/gto/user-guide (git tags format)."""
    registered = {found[1] for tag in tags if (found := _REGISTERED.fullmatch(tag))}
    return sum(1 for tag in tags if (found := _STAGED.fullmatch(tag)) and found[1] in registered)


def _bot(mail: str, name: str) -> str:
    """The name of the bot that committed, without the mark of its platform; empty for a person."""
    known = re.match(r"(dependabot|renovate|github-actions|pre-commit-ci|snyk|mergify)\b", name.lower())
    if known:
        return known[1]
    return name.lower().partition("[bot]")[0].strip() or "bot" if "[bot]" in name + mail else ""


@contextmanager
def shadow(place: GitDirectory) -> Iterator[Shadow]:
    """A shadow of the repository for as long as the block runs. Raises `Unreadable` where its index cannot be read."""
    directory = None
    try:
        with undisturbed():
            directory = _temporary(place.top)
        try:
            _furnish(directory, place)
        except OSError as failure:
            raise Unreadable(f"cannot be copied ({reason(failure)})") from None
        yield Shadow(place, directory)
    finally:
        if directory is not None:
            with undisturbed():
                shutil.rmtree(directory, ignore_errors=True)


def _temporary(top: Path) -> Path:
    """A new folder that is outside of the scanned tree: nothing is written there. Raises `Unreadable`."""
    named = [Path(os.environ[name]) for name in ("TMPDIR", "TEMP", "TMP") if os.environ.get(name)]
    named = [each for each in named if each.is_dir()]
    try:
        base = (named[0] if named else Path(tempfile.gettempdir())).resolve()  # asked, Python tries to write
        if not base.is_relative_to(top):
            return Path(tempfile.mkdtemp(prefix="mlops-scan-", dir=base))
    except OSError as failure:
        raise Unreadable(f"there is no place for temporary files ({reason(failure)})") from None
    raise Unreadable("the place for temporary files lies in the scanned tree, and nothing is written there")


def _furnish(directory: Path, place: GitDirectory) -> None:
    long = gitdir.has_long_names(place)
    extensions = "[extensions]\n\tobjectFormat = sha256\n" if long else ""
    config = _CONFIG.format(version=int(long), nowhere=directory / "nowhere", extensions=extensions)
    (directory / "config").write_text(config, encoding="utf-8")
    (directory / "HEAD").write_text("ref: refs/heads/main\n", encoding="utf-8")
    for name in ("objects", "refs", "info"):
        (directory / name).mkdir()
    copies = [
        (place.common, "shallow", 10_000_000),
        (place.common, "info/exclude", 1_000_000),
        (place.own, "index", _LARGEST_INDEX),
        *((place.own, path.name, _LARGEST_INDEX) for path in sorted(place.own.glob("sharedindex.*"))[:2]),
    ]
    for folder, name, limit in copies:
        if (content := gitdir.raw_content(folder, name, limit)) is not None:
            (directory / name).write_bytes(content)
            if name == "index" and _SPARSE_INDEX in content:
                _make_sparse(directory)


def _make_sparse(directory: Path) -> None:
    """Let Git name the folders of a sparse index, as in a sparse checkout: else it looks for what is in them."""
    with (directory / "config").open("a", encoding="utf-8") as config:
        config.write("[core]\n\tsparseCheckout = true\n\tsparseCheckoutCone = true\n[index]\n\tsparse = true\n")
    (directory / _SPARSE).write_text("/*\n!/*/\n", encoding="utf-8")


def _programs(environment: dict[str, str], top: Path) -> str:
    """Where programs are looked for: nowhere that depends on the working directory or lies in the scanned tree."""
    folders = environment.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(
        each for each in folders if Path(each).is_absolute() and not Path(os.path.realpath(each)).is_relative_to(top)
    )


@contextmanager
def _closed_environment(directory: Path, objects: Path, top: Path) -> Iterator[None]:
    """The process environment without any variable of Git's but our own: GitPython passes on what it finds there."""
    kept = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        del os.environ[name]
    os.environ.update({
        "GIT_DIR": str(directory), "GIT_WORK_TREE": str(top), "GIT_OBJECT_DIRECTORY": str(objects),
        "HOME": str(directory), "XDG_CONFIG_HOME": str(directory), "PATH": _programs(kept, top),
        "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_ATTR_NOSYSTEM": "1", "LC_ALL": "C.UTF-8",
        "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1", "GIT_PAGER": "cat", "GIT_ASKPASS": "true", "GIT_PYTHON_REFRESH": "quiet",
    })  # fmt: skip
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)
