"""What a case is: a field with a tree in it and a world around, how it is scanned, and what must come of it."""

import os
import random
import stat
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

#: Stands in every file outside of the tree. Where it comes up in an output, something outside was read.
CANARY = "CANARY-outside-7f3a9c"
FINE, BELOW, USAGE, INCOMPLETE = 0, 1, 2, 3
ANY = -1  #: complete or not: the report and the exit code say the same of it
FORMATS = ("text", "json", "html", "sarif", "markdown")
#: A small product, so that there is something to judge: complete and in good order.
PRODUCT = {
    "requirements.txt": "mlflow==3.1.0\nscikit-learn==1.7.0\n",
    "train.py": (
        "import mlflow\nimport pandas as pd\nfrom sklearn.linear_model import Ridge\n\n\ndef main():\n"
        "    data = pd.read_csv('data/houses.csv')\n    model = Ridge(random_state=1).fit(data[['area']], data['price'])\n"
        "    mlflow.log_metric('r2', model.score(data[['area']], data['price']))\n\n\nif __name__ == '__main__':\n    main()\n"
    ),
    ".github/workflows/train.yml": (
        "on:\n  push:\n    branches: [main]\njobs:\n  train:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - uses: actions/checkout@v4\n      - run: python train.py\n"
    ),
}
_GIT = {
    "PATH": os.environ.get("PATH", os.defpath), "HOME": "/nonexistent", "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
    "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org", "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
}  # fmt: skip


class Expected(NamedTuple):
    """What must come of a scan: its exit code, what the text and JSON reports or standard error say, and never say."""

    code: int = FINE
    said: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()
    #: Whether there are reports to look at: an error of usage writes none.
    reports: bool = True
    #: Reports that stood there before, and have to stand there as they were.
    kept: Mapping[str, str] | None = None
    #: Whether the tree has to be as it was: not where the case itself changes it while it is scanned.
    untouched: bool = True


class Moment(NamedTuple):
    """Something that happens in the middle of a scan, at the `nth` event of a kind.

    `when` is an event of `watch.EVENTS` with a part of what it is about, or `call` with the name of a function and a part
    of its arguments. The action is a signal, `remove`, `die` (of the process), `fail` (for want of space), or a text that
    is added to a path.
    """

    when: str
    nth: int
    action: str
    path: str = ""


@dataclass
class Field:
    """A folder with a tree to scan, a world outside of it, and how the scan is started."""

    base: Path
    full: bool = False  #: in full size, as a person asks for; the tests scale down
    arguments: list[str] = field(default_factory=list)
    formats: tuple[str, ...] = FORMATS
    commands: list[tuple[str, str]] = field(default_factory=list)  #: that run behind the scan, and what kind they print
    environment: dict[str, str | None] = field(default_factory=dict)  #: without those that are None
    patches: dict[str, float] = field(default_factory=dict)
    limits: dict[str, int] = field(default_factory=dict)
    moments: list[Moment] = field(default_factory=list)
    installed: list[str] = field(default_factory=list)
    path: list[str] = field(default_factory=list)  #: folders that stand before all others in PATH
    fresh: bool = False  #: needs an interpreter of its own, started as the console script is
    user: int = 0
    delete_folder: bool = False
    folder: Path | None = None  #: the working directory; the tree itself if none is named
    scanned: str = "."
    stdout: str = ""
    no_git: bool = False
    reports: Path | None = None

    @property
    def root(self) -> Path:
        return self.base / "tree"

    @property
    def outside(self) -> Path:
        return self.base / "outside"

    @property
    def marker(self) -> Path:
        """Comes into being where something planted runs."""
        return self.base / "MARK"

    @property
    def program(self) -> Path:
        """An executable that leaves the marker."""
        return self.base / "outside" / "program"

    @property
    def python(self) -> str:
        """Python code that leaves the marker."""
        return f"open({str(self.marker)!r}, 'w').close()\n"

    def furnish(self) -> None:
        """The product in the tree, and the world outside."""
        self.root.mkdir(parents=True)
        self.outside.mkdir()
        self.program.write_text(f"#!/bin/sh\n: > '{self.marker}'\nexec cat\n")
        self.program.chmod(0o755)
        for name, text in OUTSIDE.items():
            self.write_outside(name, text)
        for name, text in PRODUCT.items():
            self.write(name, text)

    def write(self, path: str, text: str | bytes = "") -> Path:
        """A file of the tree."""
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape"))
        return place

    def write_outside(self, path: str, text: str) -> Path:
        place = self.outside / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        return place

    def git(self, *words: str, folder: Path | None = None, **environment: str) -> str:
        """Run Git in the tree; no configuration of the user's counts."""
        done = subprocess.run(
            ["git", "-c", "protocol.file.allow=always", *words],
            cwd=folder or self.root, env=_GIT | environment, check=False, capture_output=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.decode("utf-8", "replace")

    def commit(self, message: str = "Begin", folder: Path | None = None, **environment: str) -> None:
        """Commit all that is there, into a new repository if there is none."""
        if not ((folder or self.root) / ".git").exists():
            self.git("init", "-q", "-b", "main", folder=folder)
        self.git("add", "-A", "-f", folder=folder)
        self.git("commit", "-q", "--allow-empty", "-m", message, folder=folder, **environment)

    def link(self, path: str, target: Path | str) -> None:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        place.symlink_to(target)

    def sparse(self, path: str, size: int, begins: bytes = b"") -> None:
        """A file of any size that takes no room on the disk."""
        self.write(path, begins)
        os.truncate(self.root / path, size)

    def install(self, name: str, code: str) -> None:
        """A package of somebody else's with an entry point for detectors, as pip would install it."""
        site = self.base / "site"
        package = site / name
        package.mkdir(parents=True, exist_ok=True)
        (package / "__init__.py").write_text("")
        (package / "odd_one.py").write_text(code)
        info = site / f"{name}-1.0.dist-info"
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[mlops_scan.detectors]\n{name} = {name}\n")
        self.installed = [str(site)]

    def snapshot(self) -> dict[str, tuple[int, int, int]]:
        """Every path of the tree with what would change if it were written to."""
        found = {}
        waiting = [str(self.root)] if self.root.exists() else []
        while waiting:
            folder = waiting.pop()
            for entry in os.scandir(folder):
                state = entry.stat(follow_symlinks=False)
                is_folder = stat.S_ISDIR(state.st_mode)
                found[entry.path] = (state.st_mtime_ns, 0 if is_folder else state.st_size, state.st_mode)
                if is_folder and len(entry.path) < 3000:
                    waiting.append(entry.path)
        return found


OUTSIDE = {
    "canary.txt": f"{CANARY}\n",
    "requirements.txt": f"{CANARY.lower()}==1\n",
    "canary.py": f"import {CANARY.replace('-', '_')}\n",
    "canary.yml": f"jobs:\n  {CANARY}:\n    steps:\n      - run: echo {CANARY}\nscript: echo {CANARY}\n{CANARY}: 1\n",
    "canary.mk": f"{CANARY}:\n\techo {CANARY}\n",
    "kustomization.yaml": f"resources: [{CANARY}.yaml]\n",
    "dvc.yaml": f"stages:\n  {CANARY}:\n    cmd: echo {CANARY}\n",
    ".mlops-scan.toml": f'model = "{CANARY}"\n',
    "detector/acme.toml": f'name = "{CANARY}"\nurl = "https://x.example"\n[shows.run-tracked]\nimport = ["mlflow"]\n',
}


class Case(NamedTuple):
    """A name that is a sentence, and what makes the tree. It says what must come of the scan."""

    group: str
    name: str
    build: Callable[[Field], Expected | None]
    #: What it cannot be built without: `root`, `full` (only by hand, in full size).
    needs: str = ""


class Cases(list[Case]):
    """The cases of a group."""

    def __init__(self, group: str) -> None:
        super().__init__()
        self.group = group

    def case(
        self, name: str, needs: str = ""
    ) -> Callable[[Callable[[Field], Expected | None]], Callable[[Field], Expected | None]]:
        """Declare a case: the function below builds the tree, in which the product stands already."""

        def declare(build: Callable[[Field], Expected | None]) -> Callable[[Field], Expected | None]:
            self.append(Case(self.group, name, build, needs))
            return build

        return declare

    def each(
        self, name: str, table: Mapping[str, object], few: int = 1000
    ) -> Callable[[Callable[..., Expected | None]], None]:
        """Declare one case for each row of a table; the function gets the row as well.

        Rows behind the first `few` show the same in another way, and are run only by hand.
        """

        def declare(build: Callable[..., Expected | None]) -> None:
            for number, (key, row) in enumerate(table.items()):
                needs = "" if number < few else "full"
                self.append(Case(self.group, f"{name}: {key}", lambda field, row=row: build(field, row), needs))

        return declare


def can_be_built(case: Case, *code: Path) -> bool:
    """Whether this user may build the case; and whether any user reaches the code, for those that scan as another one."""
    reached = all(each.stat().st_mode & 0o005 == 0o005 for place in code for each in (place, *place.parents))
    return case.needs != "root" or (os.geteuid() == 0 and reached)


def noise(size: int, seed: int) -> bytes:
    """Bytes without any order, the same for each run."""
    return random.Random(seed).randbytes(size)
