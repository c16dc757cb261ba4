"""Bitbucket Pipelines: `bitbucket-pipelines.yml`."""

from collections.abc import Iterator
from itertools import islice

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import trees
from mlops_scan.facts.ci import shape
from mlops_scan.facts.source import Source, reads

_TRIGGERS = {"branches": "push", "tags": "push", "pull-requests": "pull_request", "custom": "manual"}
_ROOTS = ("$BITBUCKET_CLONE_DIR", "${BITBUCKET_CLONE_DIR}")


@reads("/bitbucket-pipelines.yml")
def pipelines(source: Source) -> Iterator[Item]:
    """Pipelines by what starts them; each step waits for the one before it.

    support.atlassian.com/bitbucket-cloud/docs/bitbucket-pipelines-configuration-reference
    """
    root = trees.as_mapping(next(iter(source.documents), None))
    yield from islice(_items(source, root), shape.MOST_ITEMS)


def _items(source: Source, root: trees.Mapping) -> Iterator[Item]:
    triggers: list[shape.Trigger] = []
    for name, trigger, steps in _pipelines(trees.as_mapping(trees.at(root, "pipelines"))):
        groups = [[(_unit(name, step), step) for step in group] for group in _groups(steps)]
        jobs = [job for group in groups for job in group]
        manual = {unit.id for unit, step in jobs if trees.as_text(trees.at(step, "trigger")) == "manual"}
        triggers.append(trigger._replace(jobs=[unit.id for unit, _ in jobs if unit.id not in manual]))
        triggers += [shape.Trigger("manual", trigger.line, "", list(manual))] if manual else []
        yield from shape.stages(_order([[unit for unit, _ in group] for group in groups]))
        for unit, step in jobs:
            yield unit
            yield from _step(source, root, step, unit.id)
    yield from shape.triggers(triggers)


def _pipelines(root: trees.Mapping) -> Iterator[tuple[str, shape.Trigger, trees.Node]]:
    for kind, node in root.items():
        if kind == "default":
            yield kind, shape.Trigger("push", kind.line, "", ()), node
        for pattern, steps in trees.as_mapping(node).items() if kind in _TRIGGERS else ():
            yield pattern, shape.Trigger(_TRIGGERS[kind], pattern.line, f"{kind}: {pattern}", ()), steps


def _groups(steps: trees.Node) -> Iterator[list[trees.Mapping]]:
    """Steps that run at the same time: one alone, or those of `parallel`; a `stage` holds such groups."""
    waiting = list(reversed(trees.as_list(steps)))
    while waiting:
        entry = waiting.pop()
        parallel = trees.at(entry, "parallel")
        beside = trees.at(parallel, "steps") if isinstance(parallel, trees.Mapping) else parallel
        waiting += reversed(trees.as_list(trees.at(entry, "stage", "steps")))
        group = [trees.at(entry, "step"), *(trees.at(each, "step") for each in trees.as_list(beside))]
        found = [step for step in group if isinstance(step, trees.Mapping)]
        if found:
            yield found


def _unit(pipeline: str, step: trees.Mapping) -> Unit:
    return Unit("job", f"{pipeline}.{trees.as_text(trees.at(step, 'name')) or f'line {step.line}'}", step.line)


def _order(groups: list[list[Unit]]) -> Iterator[tuple[list[Unit], list[str]]]:
    for before, units in zip([[], *groups], groups, strict=False):
        yield units, [unit.id for unit in before]


def _step(source: Source, root: trees.Mapping, step: trees.Mapping, unit: str) -> Iterator[Fact]:
    yield from shape.image(trees.at(step, "image") or trees.at(root, "image"), unit)
    yield from shape.settings(trees.at(step, "deployment"), "job.environment", unit)
    for key in ("size", "runs-on", "max-time"):
        yield from shape.settings(trees.at(step, key), f"job.{key}", unit)
    for path in trees.as_list(trees.at(step, "condition", "changesets", "includePaths")):
        yield from shape.condition(path, unit, "changesets")
    for key in ("script", "after-script"):
        lines = trees.Sequence(step.line)
        lines += [line for line in trees.as_list(trees.at(step, key)) if isinstance(line, trees.Scalar)]
        yield from shape.run(source, lines, unit, clean=shape.rooted("", *_ROOTS))
    for pipe in trees.as_list(trees.at(step, "script")):
        if isinstance(name := trees.at(pipe, "pipe"), trees.Scalar):
            block, _, version = name.removeprefix("docker://").partition(":")
            yield from shape.action(block, version, name.line, trees.at(pipe, "variables"), unit)
