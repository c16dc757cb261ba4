"""Azure Pipelines: recognised by content, because their files may lie anywhere and have any name."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import fields, trees
from mlops_scan.facts.ci import azure_steps, shape
from mlops_scan.facts.ci.azure_steps import Entry, entries
from mlops_scan.facts.source import Source, reads

#: What only a pipeline that runs by itself says; a template says none of it.
_OWN_KEYS = {"trigger", "pr", "schedules", "pool", "resources", "name", "appendCommitMessageToRunName", "lockBehavior"}
_JOB_SETTINGS = {"container", "services", "strategy", "workspace", "condition", "continueOnError", "timeoutInMinutes"}
_KEYS = {*_OWN_KEYS, *_JOB_SETTINGS, "parameters", "variables", "stages", "jobs", "steps", "extends"}
_FIRST = re.compile(r"^(?:stages|jobs|steps|extends|variables)\s*:", re.MULTILINE)
_STRATEGIES = ("runOnce", "rolling", "canary")


class _Job(NamedTuple):
    """A job, and the stage that holds it. A template that stands in its place counts as one."""

    unit: Unit
    entry: Entry
    stage: str
    around: Entry


@reads("*.yml", "*.yaml")
def pipeline(source: Source) -> Iterator[Item]:
    """A pipeline, or a template for its stages, jobs, steps or variables.

    learn.microsoft.com/azure/devops/pipelines/yaml-schema
    """
    if source.path.startswith(".github/") or not re.search(
        r"(?m)^(?:stages|jobs|steps|extends|variables)\s*:", source.text
    ):
        return
    root = trees.as_mapping(source.documents[0] if len(source.documents) == 1 else None)
    if set(root) in ({"variables"}, {"variables", "parameters"}):
        yield from _variables(root)
    elif _is_pipeline(root):
        yield from islice(_items(source, root), shape.MOST_ITEMS)


def _is_pipeline(root: trees.Mapping) -> bool:
    """Whether all of it fits: other systems have `stages`, `jobs` and `steps` too, with other things in them."""
    if any(key not in _KEYS and not key.startswith("${{") for key in root):
        return False
    stages, jobs = (entries(trees.at(root, key)) for key in ("stages", "jobs"))
    return (
        any({"stage", "template"} & set(entry.node) for entry in stages)
        or any({"job", "deployment", "template"} & set(entry.node) for entry in jobs)
        or azure_steps.are_steps(entries(trees.at(root, "steps")))
        or trees.at(root, "extends", "template") is not None
    )


def _items(source: Source, root: trees.Mapping) -> Iterator[Item]:
    own = bool(_OWN_KEYS & set(root)) or source.name.startswith(("azure-pipelines", ".azure-pipelines"))
    yield from _variables(root)
    if "steps" in root and not own:
        yield from azure_steps.steps(source, entries(root["steps"]), "")  # type: ignore[index]
        return
    jobs = list(_jobs(root))
    ids = [job.unit.id for job in jobs]
    yield from _triggers(root, ids) if own else shape.triggers([shape.Trigger("call", 1, "", ids)])
    yield from shape.settings(trees.at(root, "pool"), "job.pool")
    yield from shape.stages(_order(jobs))
    aliases = {trees.as_text(trees.at(entry, "container")): entry for entry in _resources(root, "containers")}
    for job in shape.affordable((job, shape.weight(trees.at(job.around.node, "variables"))) for job in jobs):
        yield from _job(source, job, aliases)


def _triggers(root: trees.Mapping, jobs: list[str]) -> Iterator[Item]:
    """A pipeline that says nothing runs on every push; one that nothing starts waits for a human."""
    found = list(_events(root, jobs))
    yield from shape.triggers(found or [shape.Trigger("manual", root.line_of("trigger"), "", jobs)])
    if not found:
        yield Fact("switched-off", "trigger: none", root.line_of("trigger"))


def _events(root: trees.Mapping, jobs: list[str]) -> Iterator[shape.Trigger]:
    for key, name in (("trigger", "push"), ("pr", "pull_request")):
        node = trees.at(root, key)
        if (node is not None or name == "push") and trees.as_text(node) != "none":
            yield shape.Trigger(name, root.line_of(key), _filters(node), jobs)
    for schedule in entries(trees.at(root, "schedules")):
        if isinstance(cron := trees.at(schedule.node, "cron"), trees.Scalar):
            yield shape.Trigger("schedule", cron.line, cron, jobs)
    for other in _resources(root, "pipelines"):
        trigger = trees.at(other, "trigger")
        if trigger is not None and trees.as_text(trigger) not in ("none", "false"):
            name = trees.as_text(trees.at(other, "source")) or trees.as_text(trees.at(other, "pipeline"))
            yield shape.Trigger("after", trigger.line, name, jobs)
    for hook in _resources(root, "webhooks"):
        yield shape.Trigger("signal", hook.line, trees.as_text(trees.at(hook, "webhook")), jobs)


def _resources(root: trees.Mapping, kind: str) -> Iterator[trees.Mapping]:
    yield from (entry.node for entry in entries(trees.at(root, "resources", kind)))


def _filters(node: trees.Node | None) -> str:
    """`branches: main; not paths: docs`, from any of the ways to write it."""
    if not isinstance(node, trees.Mapping):
        branches = ", ".join(trees.as_text(name) for name in trees.as_list(node))
        return f"branches: {branches}" if branches else ""
    found = []
    for key in ("branches", "tags", "paths"):
        included, excluded = trees.at(node, key, "include"), trees.at(node, key, "exclude")
        included = trees.at(node, key) if included is None and excluded is None else included
        for word, names in ((key, included), (f"not {key}", excluded)):
            text = ", ".join(trees.as_text(name) for name in trees.as_list(names)[:20])
            found += [f"{word}: {text}"] if text else []
    return "; ".join(found)


def _jobs(root: trees.Mapping) -> Iterator[_Job]:
    nothing = Entry(trees.Mapping(root.line))
    for stage in entries(trees.at(root, "stages")):
        name = _name(stage.node, "stage")
        if "template" in stage.node:
            yield _Job(Unit("job", name, stage.node.line), stage, name, nothing)
        for entry in entries(trees.at(stage.node, "jobs")):
            job = f"{name}.{_name(entry.node, 'job', 'deployment')}"
            yield _Job(Unit("job", job, entry.node.line), entry, name, stage)
    for entry in entries(trees.at(root, "jobs")):
        yield _Job(Unit("job", _name(entry.node, "job", "deployment"), entry.node.line), entry, "", nothing)
    if "steps" in root or "extends" in root:
        node = root["steps"] if "steps" in root else root["extends"]  # type: ignore[index]
        whole = Entry(node if isinstance(node, trees.Mapping) else root)
        yield _Job(Unit("job", "Job", root.line_of("steps")), whole, "", nothing)


def _name(node: trees.Mapping, *keys: str) -> str:
    """The name of a stage or job; for a template in its place, the file's."""
    given = next((text for key in keys if (text := trees.as_text(trees.at(node, key)))), "")
    path = trees.as_text(trees.at(node, "template")).partition("@")[0]
    return given or path.rpartition("/")[2].rpartition(".")[0] or str(node.line)


def _order(jobs: list[_Job]) -> Iterator[tuple[list[Unit], list[str]]]:
    """Stages wait for the one before them and jobs for none, unless `dependsOn` says otherwise."""
    stages: dict[str, list[_Job]] = {}
    for job in jobs:
        stages.setdefault(job.stage, []).append(job)
    before: list[str] = []
    for group in stages.values():
        depends = trees.at(group[0].around.node, "dependsOn")
        if depends is not None:
            before = [job.unit.id for name in _names(depends) for job in stages.get(name, ())]
        yield [job.unit for job in group], before
        before = [job.unit.id for job in group]
    for job in jobs:
        prefix = f"{job.stage}." if job.stage and job.unit.name != job.stage else ""
        names = _names(trees.at(job.entry.node, "dependsOn"))
        yield [job.unit], [Unit("job", f"{prefix}{name}").id for name in names]


def _names(node: trees.Node | None) -> list[str]:
    return list(dict.fromkeys(name for name in trees.as_list(node) if isinstance(name, trees.Scalar) and name))


def _job(source: Source, job: _Job, aliases: dict[str, trees.Mapping]) -> Iterator[Item]:
    node, unit = job.entry.node, job.unit.id
    yield job.unit
    for entry in (job.around, job.entry):
        yield from azure_steps.conditions(entry, unit)
        yield from _variables(entry.node, unit)
    yield from shape.forgiven(node, "continueOnError", unit)
    for container in (trees.at(node, "container"), *trees.as_mapping(trees.at(node, "services")).values()):
        yield from shape.image(aliases.get(trees.as_text(container), container), unit)
    yield from _fields(node, unit)
    yield from azure_steps.template(node, unit)
    yield from azure_steps.steps(source, [*entries(trees.at(node, "steps")), *_hooks(node)], unit)


def _fields(node: trees.Mapping, unit: str) -> Iterator[Fact]:
    environment = trees.at(node, "environment")
    yield from shape.settings(trees.at(environment, "name") or environment, "job.environment", unit)
    for key in ("pool", "timeoutInMinutes"):
        yield from shape.settings(trees.at(node, key), f"job.{key}", unit)
    for kind, strategy in trees.as_mapping(trees.at(node, "strategy")).items():
        if kind in _STRATEGIES:
            yield Fact("field", "job.strategy", kind.line, kind, unit)
            yield from shape.settings(trees.at(strategy, "increments"), f"job.strategy.{kind}.increments", unit)


def _hooks(node: trees.Mapping) -> Iterator[Entry]:
    """The steps of a deployment, in the order of its hooks; those of `on: failure` run only then."""
    for kind in _STRATEGIES:
        for hook, body in trees.as_mapping(trees.at(node, "strategy", kind)).items():
            yield from entries(trees.at(body, "steps"))
            for outcome, below in trees.as_mapping(body).items() if hook == "on" else ():
                when = trees.Scalar(f"on: {outcome}", outcome.line)
                yield from (Entry(e.node, (when, *e.conditions)) for e in entries(trees.at(below, "steps")))


def _variables(around: trees.Mapping, unit: str = "") -> Iterator[Fact]:
    """Variables written as a mapping or a list, with the files that hold more of them."""
    node = trees.at(around, "variables")
    for value in trees.as_mapping(node).values():
        yield from shape.variables(value, unit) if isinstance(value, trees.Mapping) else ()
    yield from shape.variables(node, unit) if isinstance(node, trees.Mapping) else ()
    for entry in entries(node) if isinstance(node, trees.Sequence) else ():
        yield from azure_steps.template(entry.node, unit)
        if isinstance(name := trees.at(entry.node, "name"), trees.Scalar):
            yield fields.variable(name, trees.as_text(trees.at(entry.node, "value")), name.line, unit)
