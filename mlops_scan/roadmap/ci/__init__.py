"""CI systems that plans write for: one module each, with a `SYSTEM`. Pipelines of recipes are in no system's own words."""

from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import NamedTuple

from mlops_scan.evidence import Node
from mlops_scan.roadmap.names import Site
from mlops_scan.roadmap.view import Text, View
from mlops_scan.roadmap.words import Change, Job, Pipeline

#: What is written where a repository has no CI system yet.
DEFAULT = "github-actions"


class Written(NamedTuple):
    """What a pipeline becomes: changed files, and what somebody has to set up beside them."""

    changes: tuple[Change, ...]
    notes: tuple[str, ...] = ()


class System(NamedTuple):
    """A CI system: its detector, what it calls the image of a commit, and how it writes pipelines down."""

    id: str
    image: Callable[[View], str]
    write: Callable[[Pipeline, Site, Text], Written]
    #: What else it can name: the job that deploys, the step that trains, the folder of its pipelines.
    names: Callable[[View], Iterator[tuple[str, str]]] = lambda _view: iter(())
    #: Puts a job in front of the job that deploys.
    gate: Callable[[Job, Site, Text], Written] | None = None


@cache
def systems() -> dict[str, System]:
    """The systems by the ids of their detectors: the modules of this folder are the list."""
    modules = (import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))
    found = [module.SYSTEM for module in modules if hasattr(module, "SYSTEM")]
    return {system.id: system for system in found}


def system(view: View) -> str:
    """The system that a repository uses: of several the one that trains or deploys, then the one with more files.

    `other` is one that nothing can be written for, `none` where there is none at all.
    """
    files: dict[str, set[str]] = {}
    for one in view.evidence("changes-checked"):
        files.setdefault(one.tool, set()).add(one.place.path)
    working = {node.path for activity in ("train", "deploy") for node in _live(view, activity)}
    order = sorted(
        files, key=lambda tool: (tool not in systems(), -len(files[tool] & working), -len(files[tool]), tool)
    )
    if not order:
        return "none"
    return order[0] if order[0] in systems() else "other"


def _live(view: View, activity: str) -> Iterator[Node]:
    for start in view.life.starts("trigger"):
        if view.life.reached(start, activity):
            yield start
