"""Buildkite: pipelines in `.buildkite`."""

from collections.abc import Iterator
from itertools import islice

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import trees
from mlops_scan.facts.ci import shape
from mlops_scan.facts.source import Source, reads

_BARRIERS = ("wait", "waiter", "block", "input")
_TYPES = {*_BARRIERS, "command", "commands", "trigger", "group", "plugins", "script"}


@reads("/.buildkite/**/*.yml", "/.buildkite/**/*.yaml", "/.buildkite/**/*.json")
def pipeline(source: Source) -> Iterator[Item]:
    """A pipeline: its steps run side by side, up to the next `wait` or `block`. buildkite.com/docs/pipelines/configure

    Who starts it is set on the server; files beside `pipeline.yml` are uploaded by a step of another.
    """
    document = next(iter(source.documents), None)
    root = trees.as_mapping(document)
    nodes = trees.at(root, "steps") if root else document
    steps = list(islice(_flat(nodes), shape.MOST_LINKS))
    if any(_TYPES & set(step) for step, _ in steps):
        yield from islice(_items(source, root, steps), shape.MOST_ITEMS)


def _flat(nodes: trees.Node | None) -> Iterator[tuple[trees.Mapping, tuple[trees.Mapping, ...]]]:
    """The steps with the groups around them; a bare `wait` is a mapping of itself."""
    waiting: list[tuple[trees.Node, tuple[trees.Mapping, ...]]] = [(n, ()) for n in reversed(trees.as_list(nodes))]
    while waiting:
        node, around = waiting.pop()
        step = trees.as_mapping(node)
        if isinstance(node, trees.Scalar):
            step[node] = node
        if "steps" in step:
            waiting += [(below, (*around, step)) for below in reversed(trees.as_list(trees.at(step, "steps")))]
        elif step:
            yield step, around


def _items(
    source: Source, root: trees.Mapping, steps: list[tuple[trees.Mapping, tuple[trees.Mapping, ...]]]
) -> Iterator[Item]:
    units = [Unit("job", _name(step, number), step.line) for number, (step, _) in enumerate(steps, 1)]
    uploaded = source.name.rpartition(".")[0] not in ("pipeline", "buildkite")
    trigger = shape.Trigger("call", 1, "", ()) if uploaded else shape.Trigger("push", 1, "set in Buildkite", ())
    yield from shape.triggers([trigger._replace(jobs=[unit.id for unit in units])])
    yield from shape.variables(trees.at(root, "env"))
    yield from shape.stages(_order([step for step, _ in steps], units))
    for (step, around), unit in zip(steps, units, strict=True):
        yield unit
        for each in (*around, step):
            yield from _conditions(each, unit.id)
        yield from _step(source, step, unit.id)


def _name(step: trees.Mapping, number: int) -> str:
    keys = ("key", "id", "identifier", "label", "name", "block", "input")
    return next((text for key in keys if (text := trees.as_text(trees.at(step, key)))), str(number))


def _order(steps: list[trees.Mapping], units: list[Unit]) -> Iterator[tuple[list[Unit], list[str]]]:
    """A step waits for what its `depends_on` names, else for all up to the last barrier."""
    before: list[str] = []
    since: list[str] = []
    for step, unit in zip(steps, units, strict=True):
        if any(key in step for key in _BARRIERS):
            yield [unit], [*before, *since]
            before, since = [unit.id], []
            continue
        node = trees.at(step, "depends_on")
        named = [trees.as_text(each) or trees.as_text(trees.at(each, "step")) for each in trees.as_list(node)]
        yield (
            [unit],
            before if node is None else [Unit("job", name).id for name in named if name not in ("", "~", "null")],
        )
        since.append(unit.id)


def _conditions(step: trees.Mapping, unit: str) -> Iterator[Fact]:
    """When a step runs, or the group around it."""
    for key in ("if", "branches"):
        yield from shape.condition(trees.at(step, key), unit, key)
    yield from shape.forgiven(step, "soft_fail", unit)
    if "skip" in step and shape.constant(trees.at(step, "skip")) not in ("false", ""):
        yield Fact("switched-off", "skip", step.line_of("skip"), unit=unit)


def _step(source: Source, step: trees.Mapping, unit: str) -> Iterator[Fact]:
    yield from shape.variables(trees.at(step, "env"), unit)
    yield from shape.settings(trees.at(step, "agents"), "job.agents", unit)
    yield from shape.settings(trees.at(step, "timeout_in_minutes"), "job.timeout_in_minutes", unit)
    yield from shape.settings(trees.at(step, "concurrency_group"), "job.concurrency_group", unit)
    for key in ("block", "input"):
        if isinstance(text := trees.at(step, key), trees.Scalar):
            yield Fact("condition", key, text.line, text[: shape.LONGEST], unit)
    for key in ("command", "commands", "script"):
        yield from shape.run(source, trees.at(step, key), unit)
    if isinstance(other := trees.at(step, "trigger"), trees.Scalar):
        yield Fact("starts", other, other.line, unit=unit)
    yield from shape.image(trees.at(step, "image"), unit)
    for plugin in trees.as_list(trees.at(step, "plugins")):
        named = plugin.items() if isinstance(plugin, trees.Mapping) else [(plugin, None)]
        for name, arguments in named:
            block, _, version = trees.as_text(name).partition("#")
            yield from shape.action(block, version, name.line, arguments, unit)
            yield from shape.image(trees.at(arguments, "image"), unit)
