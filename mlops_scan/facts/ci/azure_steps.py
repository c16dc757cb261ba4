"""The steps of Azure Pipelines: scripts, tasks and templates, behind any `${{ if }}`."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import exits, trees
from mlops_scan.facts.ci import shape
from mlops_scan.facts.source import Source

_SCRIPTS = ("script", "bash", "pwsh", "powershell")
_ACTIONS = {
    *_SCRIPTS,
    "task",
    "checkout",
    "template",
    "publish",
    "download",
    "downloadBuild",
    "getPackage",
    "reviewApp",
}
_KEYS = _ACTIONS | {
    *("name", "displayName", "condition", "continueOnError", "enabled", "env", "inputs", "parameters", "target"),
    *("workingDirectory", "timeoutInMinutes", "retryCountOnTaskFailure", "failOnStderr", "ignoreLASTEXITCODE"),
    *("errorActionPreference", "artifact", "patterns", "clean", "fetchDepth", "fetchTags", "fetchFilter", "lfs"),
    *("submodules", "path", "persistCredentials", "sparseCheckoutDirectories", "sparseCheckoutPatterns"),
}
_ROOTS = ("$(Build.SourcesDirectory)", "$(System.DefaultWorkingDirectory)", "$(Build.Repository.LocalPath)")
_CONDITION = re.compile(r"\$\{\{\s{0,9}(?:if|elseif)\s(.{1,1000}?)\}\}")
_MOST = 20_000
#: No option is set, so that a script ends with its last status (microsoft/azure-pipelines-agent, issue 1803).
_BEGINS = exits.Shell()


class Entry(NamedTuple):
    """A mapping in a list, and the compile-time conditions around it."""

    node: trees.Mapping
    conditions: tuple[trees.Scalar, ...] = ()


def entries(node: object) -> list[Entry]:
    """The mappings of a list, also those below `${{ if ... }}:` and `${{ each ... }}:`."""
    found: list[Entry] = []
    waiting: list[tuple[object, tuple[trees.Scalar, ...]]] = [(node, ())]
    while waiting and len(found) < _MOST:
        here, around = waiting.pop()
        if isinstance(here, trees.Sequence):
            waiting += [(below, around) for below in reversed(here)]
        elif isinstance(here, trees.Mapping) and here and all(key.startswith("${{") for key in here):
            waiting += [(below, _around(key, around)) for key, below in reversed(here.items())]
        elif isinstance(here, trees.Mapping):
            found.append(Entry(here, around))
    return found


def _around(key: trees.Scalar, outer: tuple[trees.Scalar, ...]) -> tuple[trees.Scalar, ...]:
    found = _CONDITION.match(key)
    return (*outer, trees.Scalar(found[1], key.line)) if found else outer


def are_steps(found: list[Entry]) -> bool:
    """Whether these are steps of this system: each of them does something, and nothing that is unknown here."""
    return bool(found) and all(_ACTIONS & set(e.node) and set(e.node) <= _KEYS for e in found if e.node)


def steps(source: Source, found: list[Entry], parent: str) -> Iterator[Item]:
    """Each step as a unit, with what it runs."""
    for number, entry in enumerate(found, 1):
        node, unit = entry.node, Unit("step", str(number), entry.node.line, parent)
        yield unit
        yield from shape.settings(trees.at(node, "displayName"), "step.name", unit.id)
        yield from conditions(entry, unit.id)
        yield from shape.forgiven(node, "continueOnError", unit.id)
        yield from shape.variables(trees.at(node, "env"), unit.id)
        folder = shape.folder(trees.as_text(trees.at(node, "workingDirectory")), *_ROOTS)
        for key in _SCRIPTS:
            options = _BEGINS if key in ("script", "bash") and "failOnStderr" not in node else None
            yield from shape.run(
                source, trees.at(node, key), unit.id, folder, shape.macros(folder, *_ROOTS), options=options
            )
        yield from template(node, unit.id)
        if isinstance(task := trees.at(node, "task"), trees.Scalar):
            yield from _task(source, task, trees.at(node, "inputs"), unit.id)


def conditions(entry: Entry, unit: str) -> Iterator[Fact]:
    """What must hold for an entry, when the pipeline is compiled and when it runs."""
    for expression in entry.conditions:
        yield from shape.condition(expression, unit, "${{ if }}")
    yield from shape.condition(trees.at(entry.node, "condition"), unit, "condition")
    enabled = trees.at(entry.node, "enabled")
    if shape.constant(enabled) == "false":
        yield Fact("switched-off", "enabled: false", entry.node.line_of("enabled"), unit=unit)


def template(node: trees.Mapping, unit: str) -> Iterator[Fact]:
    """A file that stands in for steps, jobs, stages or variables; `file@repository` is somebody else's."""
    name = trees.at(node, "template")
    if not isinstance(name, trees.Scalar):
        return
    file, _, repository = name.partition("@")
    yield Fact("includes", name.lstrip("/"), name.line, unit=unit)
    if repository and repository != "self":
        yield from shape.action(f"{repository}/{file.lstrip('/')}", "", name.line, trees.at(node, "parameters"), unit)
    else:
        yield from shape.settings(trees.at(node, "parameters"), f"{file}.with", unit)


def _task(source: Source, task: trees.Scalar, inputs: object, unit: str) -> Iterator[Fact]:
    """A task with its inputs; their names are not case-sensitive."""
    name, _, version = task.partition("@")
    yield from shape.action(name, version, task.line, inputs, unit)
    given = {key.lower(): value for key, value in trees.as_mapping(inputs).items()}
    folder = shape.folder(trees.as_text(given.get("workingdirectory") or given.get("cwd")), *_ROOTS)
    for key in () if "python" in name.lower() else ("script", "inlinescript", "inline"):
        options = _BEGINS if re.search("bash", trees.as_text(given.get("scripttype")) or name, re.IGNORECASE) else None
        yield from shape.run(source, given.get(key), unit, folder, shape.macros(folder, *_ROOTS), options=options)
    for key in ("scriptpath", "filepath") if re.search(r"script|bash|shell|cli", name, re.IGNORECASE) else ():
        if isinstance(path := given.get(key), trees.Scalar):
            yield Fact("runs-file", shape.folder(path, *_ROOTS), path.line, unit=unit)
    if name == "Docker":
        yield from _builds(given, unit)


def _builds(given: dict[str, trees.Node], unit: str) -> Iterator[Fact]:
    file = given.get("dockerfile")
    if (
        not isinstance(file, trees.Scalar)
        or "*" in file
        or trees.as_text(given.get("command")) in ("push", "login", "run")
    ):
        return
    name = trees.as_text(given.get("repository")) or trees.as_text(given.get("imagename"))
    tag = trees.as_text(given.get("tags")).strip().partition("\n")[0]
    yield Fact("builds", shape.folder(file, *_ROOTS), file.line, f"{name}:{tag}".strip(":")[: shape.LONGEST], unit)
