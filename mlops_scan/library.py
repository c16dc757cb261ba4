"""Repositories whose product is a library or a tool: what such a repository can prove of the tools it supports.

An adapter for a platform is no use of the platform. What a published package needs in order to be installed it uses;
what it offers as an extra, or imports without declaring it, its users use.
"""

from collections.abc import Iterable, Sequence

from mlops_scan.detector import Detector
from mlops_scan.evidence import EXTRA, Evidence, Fact, Reading

_UPLOADS = (
    "twine upload",
    "poetry publish",
    "uv publish",
    "flit publish",
    "hatch publish",
    "pdm publish",
    "npm publish",
    "cargo publish",
    "maturin publish",
)
_UPLOADERS = ("pypa/gh-action-pypi-publish",)
#: Extras of a package for the people who make it. All others are for those who use it.
_OF_MAKERS = frozenset(
    {"build", "ci", "dev", "develop", "development", "doc", "docs", "lint", "test", "testing", "tests"}
)
#: What the tests of a library show of those who make it.
_OF_TESTS = frozenset(
    {"code-tested", "code-linted", "environment-pinned", "vulnerabilities-scanned", "secrets-scanned"}
)
_IN_CODE = frozenset({"import", "call", "argument", "dependency", "uri", "env"})


def own_packages(readings: Iterable[Reading]) -> frozenset[str]:
    """The names of the packages that this repository provides."""
    facts = (fact for each in readings if each.role == "product" for fact in each.of("package"))
    return frozenset(fact.name.replace("_", "-").lower() for fact in facts)


def is_published(readings: Sequence[Reading]) -> bool:
    """Whether others install a package of this repository: CI uploads it, or a document says how to install it by name."""
    own = own_packages(readings)
    if not own:
        return False
    told = (each.of("action", "command", "documented") for each in readings if each.role in ("product", "docs"))
    return any(_publishes(fact, own) for facts in told for fact in facts)


def _publishes(fact: Fact, own: frozenset[str]) -> bool:
    if fact.kind == "action":
        return fact.name in _UPLOADERS
    if fact.kind == "command":
        return fact.name.startswith(_UPLOADS)
    words = fact.name.replace("==", " ").replace(">=", " ").replace("[", " ").split()
    return words[:2] == ["pip", "install"] and any(word.replace("_", "-").lower() in own for word in words[2:4])


def offered(readings: Sequence[Reading], detectors: Iterable[Detector]) -> frozenset[str]:
    """The ids of the tools that a published package only offers: none of their packages is one that it needs."""
    facts = (fact for each in readings for fact in each.of("dependency"))
    needed = {fact.name for fact in facts if not _is_for_users(fact)}
    return frozenset(each.id for each in detectors if (names := each.packages or each.hosts) and not names & needed)


def _is_for_users(dependency: Fact) -> bool:
    return dependency.unit.startswith(EXTRA) and dependency.unit.removeprefix(EXTRA).lower() not in _OF_MAKERS


class Supported:
    """Says whether evidence of a tool shows only how a library supports that tool, and not that its makers use it."""

    def __init__(self, readings: Iterable[Reading]) -> None:
        self._roles = {each.path: each.role for each in readings}
        self._tests = {_folder(path) for path, role in self._roles.items() if role == "test"}
        inits = (path for path, role in self._roles.items() if role == "product" and path.endswith("/__init__.py"))
        self._shipped = {_folder(path) for path in inits}

    def __call__(self, one: Evidence) -> bool:
        """Code does, and whatever the package brings along; so do tests, where it is the support that they test."""
        path, fact = one.place.path, one.fact
        if self._roles[path] == "test" or (fact.kind == "command" and fact.value in self._tests):
            return one.practice not in _OF_TESTS
        return self._roles[path] == "product" and (fact.kind in _IN_CODE or _folder(path) in self._shipped)


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
