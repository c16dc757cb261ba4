"""What counts as a check: a command that tests, or that runs something named after evaluating or validating."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache, wraps
from itertools import pairwise

from mlops_scan.activities import shown_by, words_of
from mlops_scan.evidence import Fact, Node
from mlops_scan.faults import Broken
from mlops_scan.faults.product import MOST, holding
from mlops_scan.lifecycle import Lifecycle

Find = Callable[[Lifecycle], Iterator[Broken]]

#: Words that say that something decides; a name of them is a claim to do so.
WORDS = frozenset({
    "test", "tests", "evaluate", "evaluation", "eval", "validate", "validation", "validator", "check", "checks",
    "verify", "verification", "gate", "gates", "quality", "drift", "smoke", "assess", "assessment", "compare",
    "comparison", "approve", "approval"
})  # fmt: skip
#: Programs that only fetch, show or arrange what their words name.
_IDLE = frozenset({
    "pip", "pip3", "uv", "conda", "mamba", "micromamba", "apt", "apt-get", "apk", "yum", "dnf", "brew", "poetry",
    "pdm", "npm", "yarn", "pnpm", "echo", "printf", "cat", "ls", "cp", "mv", "rm", "mkdir", "touch", "chmod", "cd",
    "git", "curl", "wget", "tar", "unzip", "head", "tail", "grep", "sed", "awk", "tee", "sleep", "export",
    "docker-compose",
})  # fmt: skip
_CONTAINERS = frozenset({"docker", "podman", "docker-compose", "kubectl"})
_TESTS = frozenset({"pytest", "py.test", "tox", "nox", "python"})
_RUN_BY_NAME = frozenset({
    "make", "gmake", "just", "task", "npm", "yarn", "pnpm", "poe", "inv", "invoke", "nox", "tox", "mise", "hatch",
    "pdm"
})  # fmt: skip
_PIPELINES = frozenset({"dvc", "mlflow", "kedro", "zenml", "metaflow"})
_MOST_WORDS = 20
_INTERPRETERS = re.compile(
    r"python[\d.]*|bash|sh|zsh|Rscript|node|papermill|torchrun|accelerate|ipython|spark-submit|source|\."
)
_CODE = re.compile(r"(?:[\w./${}-]*/)?([\w${}.-]+)\.(?:py|sh|bash|R|r|ipynb|jl|js|ts)")
#: Words beside which such a word means something else: code style, the environment, whether a service is up.
_LINTS = frozenset({
    "lint", "linter", "format", "fmt", "style", "type", "types", "typing", "mypy", "ruff", "flake8", "env", "deps",
    "dependencies", "version", "health", "no", "without", "skip", "build", "install", "setup", "args", "arguments",
    "compat", "compatibility"
})  # fmt: skip


@lru_cache(maxsize=10_000)
def check_of(command: str) -> str:
    """What of a command is a check: the tool, the script, the module or the target; empty where nothing is.

    Linters and checks of the environment are none: nothing that is deployed rests on them.
    """
    words = command.split()
    if not words:
        return ""
    program = words[0].rpartition("/")[2]
    if program in _CONTAINERS:
        inside = (check_of(" ".join(words[at:])) for at in range(1, len(words[:20])) if words[at] in _TESTS)
        return next(filter(None, inside), "")
    if "test" in shown_by(Fact("command", command)) and program not in _IDLE:
        return next((word for word in words if "test" in word), program)[:60]
    return next((name for name in _named(program, words) if speaks_of_checking(name)), "")


def _named(program: str, words: list[str]) -> list[str]:
    """The names of what a command runs: scripts and modules, and the targets of those that run by name."""
    if program in _IDLE and program not in _RUN_BY_NAME:
        return []
    candidates = (
        [word for word in words[1:6] if not word.startswith("-")] if _INTERPRETERS.fullmatch(program) else words[:1]
    )
    found = [match[1] for word in candidates if (match := _CODE.fullmatch(word))][:1]
    found += [words[at + 1] for at, word in enumerate(words[:-1]) if word in ("-m", "-e", "--entry-point")][:1]
    if program in _RUN_BY_NAME:
        found += [word for word in words[1:] if not word.startswith("-") and "=" not in word and word != "run"][:1]
    if words[0].startswith("./"):
        found.append(program)
    return found


def arguments_of(command: str) -> list[str]:
    """What a command that runs code names: the script, the module or the task, and what these are given to work on."""
    words = command.split()[:_MOST_WORDS]
    program = words[0].rpartition("/")[2] if words else ""
    if not _INTERPRETERS.fullmatch(program) and program not in _RUN_BY_NAME | _PIPELINES:
        return []
    behind = pairwise(words)
    plain = [word for before, word in behind if not word.startswith("-") and not before.startswith("--")]
    return [_CODE.sub(r"\1", word.rpartition("/")[2]) for word in plain]


def speaks_of_checking(name: str) -> bool:
    """Whether the name of a file, a function or a job claims to check, test, evaluate or validate."""
    words = set(words_of(name.rpartition("/")[2]))
    return bool(words & WORDS) and not words & _LINTS


def facts_of(life: Lifecycle, *kinds: str) -> Iterator[tuple[Node, Fact]]:
    """The facts of some kinds in product files, each with the node that it stands in, in the order of the files."""
    for reading in holding(life, *kinds):
        yield from ((Node(reading.path, fact.unit), fact) for fact in reading.of(*kinds))


def few(find: Find) -> Find:
    """Of a rule, what it finds first in each file: nobody wants to read the rest."""

    @wraps(find)
    def limited(life: Lifecycle) -> Iterator[Broken]:
        count: Counter[str] = Counter()
        for broken in find(life):
            count[broken.place.path] += 1
            if count[broken.place.path] <= MOST:
                yield broken

    return limited
