"""Repositories whose product is a library or a tool: what such a repository can prove of the tools it supports.

An adapter for a platform is no use of the platform. What a published package needs in order to be installed it uses;
what it offers as an extra, or imports without declaring it, its users use.
"""

from collections.abc import Iterable, Sequence

from mlops_scan.detector import Detector
from mlops_scan.evidence import EXTRA, Fact, Reading

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
_IN_CODE = frozenset({"import", "call", "argument", "dependency", "uri", "env"})


def own_packages(readings: Iterable[Reading]) -> frozenset[str]:
    """The names of the packages that this repository provides."""
    facts = (fact for each in readings if each.role == "product" for fact in each.facts)
    return frozenset(fact.name.replace("_", "-").lower() for fact in facts if fact.kind == "package")


def is_published(readings: Sequence[Reading]) -> bool:
    """Whether others install a package of this repository: CI uploads it, or a document says how to install it by name."""
    own = own_packages(readings)
    if not own:
        return False
    return any(_publishes(fact, own) for each in readings if each.role in ("product", "docs") for fact in each.facts)


def _publishes(fact: Fact, own: frozenset[str]) -> bool:
    if fact.kind == "action":
        return fact.name in _UPLOADERS
    if fact.kind == "command":
        return fact.name.startswith(_UPLOADS)
    if fact.kind != "documented":
        return False
    words = fact.name.replace("==", " ").replace(">=", " ").replace("[", " ").split()
    return words[:2] == ["pip", "install"] and any(word.replace("_", "-").lower() in own for word in words[2:4])


def offered(readings: Sequence[Reading], detectors: Iterable[Detector]) -> frozenset[str]:
    """The ids of the tools that a published package only offers: none of their packages is one that it needs."""
    facts = (fact for each in readings for fact in each.facts if fact.kind == "dependency")
    needed = {fact.name for fact in facts if not fact.unit.startswith(EXTRA)}
    return frozenset(each.id for each in detectors if each.packages and not each.packages & needed)


def is_of_code(fact: Fact) -> bool:
    """Whether a fact says what code can do, and not what a machine was told to run."""
    return fact.kind in _IN_CODE
