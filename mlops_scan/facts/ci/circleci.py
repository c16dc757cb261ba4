"""CircleCI: `.circleci/config.yml` and the files that continue it."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import trees
from mlops_scan.facts.ci import shape
from mlops_scan.facts.source import Source, reads

_PARAMETER = re.compile(r"<<\s{0,9}([\w.-]{1,200})\s{0,9}>>")
_ROOTS = ("~/project", "$CIRCLE_WORKING_DIRECTORY", "${CIRCLE_WORKING_DIRECTORY}")
#: What a workflow says of a job that is no argument of it.
_PLACEMENT = {"requires", "filters", "context", "type", "name", "matrix", "pre-steps", "post-steps"}


class _Use(NamedTuple):
    """A job in a workflow: one job may be used several times, under several names."""

    unit: Unit
    job: trees.Scalar
    config: trees.Mapping
    workflow: trees.Mapping


class _Step(NamedTuple):
    name: trees.Scalar
    arguments: trees.Node | None
    conditions: tuple[trees.Scalar, ...]


@reads("/.circleci/**/*.yml", "/.circleci/**/*.yaml")
def pipeline(source: Source) -> Iterator[Item]:
    """A configuration: its workflows start jobs. circleci.com/docs/configuration-reference"""
    root = trees.as_mapping(next(iter(source.documents), None))
    yield from islice(_items(source, root), shape.MOST_ITEMS)


def _items(source: Source, root: trees.Mapping) -> Iterator[Item]:
    uses = list(_uses(root))
    yield from shape.triggers(_triggers(uses))
    for orb in trees.as_mapping(trees.at(root, "orbs")).values():
        if isinstance(orb, trees.Scalar):
            name, _, version = orb.partition("@")
            yield Fact("action", name, orb.line, version)
    for name, command in trees.as_mapping(trees.at(root, "commands")).items():
        target = Unit("target", name, name.line)
        yield target
        yield from _steps(source, root, target.id, trees.as_mapping(command))
    for use in shape.affordable(_weighed(root, uses)):
        yield from _use(root, use)
        yield from _job(source, root, use.unit.id, trees.at(root, "jobs", use.job))
    used = {use.job for use in uses}
    for name, job in trees.as_mapping(trees.at(root, "jobs")).items():
        if name not in used:
            yield Unit("job", name, name.line)
            yield from _job(source, root, Unit("job", name).id, job)


def _uses(root: trees.Mapping) -> Iterator[_Use]:
    """The jobs of all workflows; without workflows, the one that is called `build`."""
    workflows = trees.at(root, "workflows")
    lines = {name: name.line for name in trees.as_mapping(trees.at(root, "jobs"))}
    for workflow in trees.as_mapping(workflows).values():
        for entry in trees.as_list(trees.at(workflow, "jobs")):
            pairs = trees.as_mapping(entry).items() if not isinstance(entry, trees.Scalar) else [(entry, entry)]
            for job, config in pairs:
                name = trees.as_text(trees.at(config, "name")) or job
                unit = Unit("job", name, lines.get(job, job.line))
                yield _Use(unit, job, trees.as_mapping(config), trees.as_mapping(workflow))
    for name in trees.as_mapping(trees.at(root, "jobs")) if workflows is None else ():
        if name == "build":
            yield _Use(Unit("job", name, name.line), name, trees.Mapping(name.line), trees.Mapping(name.line))


def _triggers(uses: list[_Use]) -> Iterator[shape.Trigger]:
    """A workflow runs on every push, unless it has schedules of its own or waits for one made elsewhere."""
    jobs: dict[int, list[str]] = {}
    for use in uses:
        jobs.setdefault(id(use.workflow), []).append(use.unit.id)
    for workflow in {id(use.workflow): use.workflow for use in uses}.values():
        crons = [trees.at(trigger, "schedule", "cron") for trigger in trees.as_list(trees.at(workflow, "triggers"))]
        for cron in crons:
            if isinstance(cron, trees.Scalar):
                yield shape.Trigger("schedule", cron.line, cron, jobs[id(workflow)])
        if not crons:
            scheduled = "scheduled_pipeline" in _text(trees.at(workflow, "when"))
            yield shape.Trigger("schedule" if scheduled else "push", workflow.line, "", jobs[id(workflow)])


def _weighed(root: trees.Mapping, uses: list[_Use]) -> Iterator[tuple[_Use, int]]:
    jobs = {name: shape.weight(job) for name, job in trees.as_mapping(trees.at(root, "jobs")).items()}
    executors = shape.weight(trees.at(root, "executors"))
    conditions = {id(use.workflow): shape.weight(trees.at(use.workflow, "when")) for use in uses}
    for use in uses:
        yield use, jobs.get(use.job, 0) + executors + conditions[id(use.workflow)]


def _text(node: trees.Node | None) -> str:
    """A condition or filter in one line: `and: equal: main, << pipeline.git.branch >>`."""
    found = islice(trees.leaves(node), 20) if node is not None else ()
    return ", ".join(f"{path}: {leaf[: shape.LONGEST]}" if path else leaf[: shape.LONGEST] for path, leaf in found)


def _conditions(around: trees.Mapping, unit: str, *keys: str) -> Iterator[Fact]:
    for key in keys:
        node = trees.at(around, key)
        prefix = "" if key == "when" else f"{key}: "
        if node is not None:
            yield from shape.condition(trees.Scalar(f"{prefix}{_text(node)}", node.line), unit, key)


def _use(root: trees.Mapping, use: _Use) -> Iterator[Item]:
    unit = use.unit.id
    yield use.unit
    for needed in trees.as_list(trees.at(use.config, "requires")):
        name = needed if isinstance(needed, trees.Scalar) else next(iter(trees.as_mapping(needed)), None)
        if name is not None:
            yield Fact("needs", f"#{Unit('job', name).id}", name.line, unit=unit)
    yield from _conditions(use.workflow, unit, "when", "unless")
    yield from _conditions(use.config, unit, "filters")
    if trees.as_text(trees.at(use.config, "type")) == "approval":
        yield Fact("condition", "type: approval", use.unit.line, unit=unit)
    yield from shape.settings(trees.at(use.config, "context"), "job.context", unit)
    arguments = trees.Mapping(use.unit.line or 1)
    arguments.update((key, value) for key, value in use.config.items() if key not in _PLACEMENT)
    yield from _orb(root, use.job, arguments, unit)


def _orb(root: trees.Mapping, name: trees.Scalar, arguments: trees.Node | None, unit: str) -> Iterator[Fact]:
    """A job or command of an orb: `alias/name` is `namespace/orb/name`."""
    alias, slash, rest = name.partition("/")
    orb = trees.as_text(trees.at(root, "orbs", alias))
    if slash:
        block, _, version = orb.partition("@")
        yield from shape.action(f"{block or alias}/{rest}", version, name.line, arguments, unit)


def _job(source: Source, root: trees.Mapping, unit: str, job: trees.Node | None) -> Iterator[Item]:
    executor = trees.at(job, "executor")
    named = trees.at(root, "executors", trees.as_text(executor) or trees.as_text(trees.at(executor, "name")))
    for around in (named, job):
        for image in trees.as_list(trees.at(around, "docker")):
            yield from shape.image(image, unit)
            yield from shape.variables(trees.at(image, "environment"), unit)
        yield from shape.image(trees.at(around, "machine", "image"), unit)
        yield from shape.variables(trees.at(around, "environment"), unit)
        yield from shape.settings(trees.at(around, "resource_class"), "job.resource_class", unit)
    folder = trees.as_text(trees.at(job, "working_directory")) or trees.as_text(trees.at(named, "working_directory"))
    yield from _steps(source, root, unit, trees.as_mapping(job), folder)


def _steps(source: Source, root: trees.Mapping, parent: str, around: trees.Mapping, home: str = "") -> Iterator[Item]:
    """The steps of a job or command. The code lies in the working directory, unless `checkout` names another."""
    steps = list(_flat(trees.at(around, "steps")))
    checkouts = (trees.as_text(trees.at(step.arguments, "path")) for step in steps if step.name == "checkout")
    roots = (*_ROOTS, next((path.rstrip("/") for path in checkouts if path), home) or _ROOTS[0])
    commands = trees.as_mapping(trees.at(root, "commands"))
    for number, step in enumerate(steps, 1):
        unit = Unit("step", str(number), step.name.line, parent)
        yield unit
        for condition in step.conditions:
            yield from shape.condition(condition, unit.id, "when")
        if step.name == "run":
            yield from _run(source, step.arguments, unit.id, shape.folder(home, *roots), roots)
        elif step.name in commands:
            yield Fact("starts", f"#{Unit('target', step.name).id}", step.name.line, unit=unit.id)
        else:
            yield from _orb(root, step.name, step.arguments, unit.id)


def _flat(node: trees.Node | None) -> Iterator[_Step]:
    """The steps of a list, with those below `when` and `unless`."""
    waiting: list[tuple[trees.Node | None, tuple[trees.Scalar, ...]]] = [(node, ())]
    while waiting:
        here, around = waiting.pop()
        if isinstance(here, trees.Sequence):
            waiting += [(below, around) for below in reversed(here)]
        elif isinstance(here, trees.Scalar):
            yield _Step(here, None, around)
        for name, arguments in trees.as_mapping(here).items():
            if name in ("when", "unless"):
                negated = "not " * (name == "unless")
                condition = trees.Scalar(f"{negated}{_text(trees.at(arguments, 'condition'))}", name.line)
                waiting.append((trees.at(arguments, "steps"), (*around, condition)))
            else:
                yield _Step(name, arguments, around)


def _run(source: Source, run: trees.Node | None, unit: str, home: str, roots: tuple[str, ...]) -> Iterator[Fact]:
    """The commands of a step: text, or a mapping with `command` and where and when it runs."""
    yield from shape.variables(trees.at(run, "environment"), unit)
    yield from _conditions(trees.as_mapping(run), unit, "when")
    folder = trees.as_text(trees.at(run, "working_directory"))
    folder = shape.folder(folder, *roots, around=home) if folder else home
    command = run if isinstance(run, trees.Scalar) else trees.at(run, "command")
    yield from shape.run(source, command, unit, folder, lambda text: _PARAMETER.sub(r"${\1}", text))
