"""Taskcluster: `.taskcluster.yml`, lists of tasks elsewhere, and hooks; JSON-e is read as it stands, not rendered."""

import posixpath
import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import trees
from mlops_scan.facts.ci import shape
from mlops_scan.facts.containers import images
from mlops_scan.facts.source import Source, reads

_EVENTS = {
    "github-push": "push",
    "github-pull-request": "pull_request",
    "github-pull-request-untrusted": "pull_request",
    "github-release": "release",
    "cron": "schedule",
    "action": "manual",
    "pr-action": "manual",
    "push": "push",
    "pull_request": "pull_request",
    "release": "release",
}
_ASKED = re.compile(r"tasks_for(?:\[[^\]]{0,20}\])?\s*(?:==\s*[\"']([\w-]+)[\"']|in\s*\[([^\]]{0,200})\])")
_SLUG = re.compile(r"as_slugid\(\s*[\"']([^\"']{1,200})[\"']\s*\)")
_OWN_CLONE = re.compile(r"git clone\b[^&;|\n]{0,300}\$[^&;|\n]{0,300}")
_ENTER = re.compile(r"\bcd\s{1,9}([^\s&;|]{1,200})")
_QUEUE = {"provisionerId", "workerType", "taskQueueId", "dependencies", "scopes", "routes", "deadline"}


class _Task(NamedTuple):
    """A task, and the expressions that must hold for it, the outermost first."""

    unit: Unit
    node: trees.Mapping
    conditions: tuple[trees.Scalar, ...]


@reads("/.taskcluster.yml", "*.yml", "*.yaml")
def tasks(source: Source) -> Iterator[Item]:
    """The tasks of a repository's own file, and lists of tasks that something else submits.

    docs.taskcluster.net/docs/reference/integrations/github/taskcluster-yml-v1
    """
    if "payload:" not in source.text or "tasks:" not in source.text:
        return
    own = source.path == ".taskcluster.yml"
    root = trees.as_mapping(next(iter(source.documents), None))
    values: dict[str, str] = {}
    found = list(_found(trees.at(root, "tasks"), "job" if own else "task", values))
    yield from shape.triggers(trigger for task in found for trigger in _triggers(task)) if own else ()
    for task in islice(found, shape.MOST_LINKS):
        yield from _task(source, task, values)


@reads("*hook*.json", "*taskcluster*.json")
def hook(source: Source) -> Iterator[Item]:
    """A hook: its schedule, or a message or call, creates one task. docs.taskcluster.net/docs/reference/core/hooks"""
    root = trees.as_mapping(next(iter(source.documents), None))
    node = trees.as_mapping(trees.at(root, "task"))
    if not isinstance(trees.at(node, "payload"), trees.Mapping):
        return
    unit = Unit("job", trees.as_text(trees.at(root, "metadata", "name")) or "task", root.line_of("task"))
    yield from shape.triggers(_hook_triggers(root, unit))
    yield from _task(source, _Task(unit, node, ()), {})
    for word in trees.as_list(trees.at(node, "payload", "command")):
        # the paths are those of an image; the file of that name usually lies beside the hook
        name = trees.as_text(word).rpartition("/")[2]
        if re.fullmatch(r"[\w.-]{1,100}\.(?:ya?ml|json)", name):
            yield Fact("runs-file", name, word.line, unit=unit.id)


def _hook_triggers(root: trees.Mapping, unit: Unit) -> Iterator[shape.Trigger]:
    crons = [cron for cron in trees.as_list(trees.at(root, "schedule")) if isinstance(cron, trees.Scalar)]
    yield from (shape.Trigger("schedule", cron.line, cron, [unit.id]) for cron in crons)
    bindings = [trees.at(binding, "routingKeyPattern") for binding in trees.as_list(trees.at(root, "bindings"))]
    keys = [key for key in bindings if isinstance(key, trees.Scalar)]
    yield from (shape.Trigger("signal", key.line, key, [unit.id]) for key in keys)
    if not crons and not keys:
        yield shape.Trigger("signal", root.line_of("triggerSchema"), "called", [unit.id])


def _found(node: trees.Node | None, kind: str, values: dict[str, str]) -> Iterator[_Task]:
    """The tasks below a node, in order; `values` takes what `$let` gives names to."""
    waiting: list[tuple[trees.Node | None, tuple[trees.Scalar, ...]]] = [(node, ())]
    while waiting:
        here, around = waiting.pop()
        if isinstance(here, trees.Sequence):
            waiting += [(below, around) for below in reversed(here)]
        if not isinstance(here, trees.Mapping):
            continue
        if _is_task(here):
            yield _Task(Unit(kind, _name(here), here.line), here, around)
            continue
        for name, value in trees.as_mapping(trees.at(here, "$let")).items():
            values.setdefault(name, trees.as_text(value))
        waiting += reversed([(below, _around(key, here, around)) for key, below in here.items()])


def _is_task(node: trees.Mapping) -> bool:
    payload = trees.as_mapping(trees.at(node, "payload"))
    return bool({"command", "image"} & set(payload) and _name(node) and (_QUEUE & set(node) or "metadata" in node))


def _around(key: trees.Scalar, node: trees.Mapping, outer: tuple[trees.Scalar, ...]) -> tuple[trees.Scalar, ...]:
    expression = trees.at(node, "$if")
    if not isinstance(expression, trees.Scalar) or key not in ("then", "else"):
        return outer
    return (*outer, trees.Scalar(f"not ({expression})", expression.line) if key == "else" else expression)


def _name(task: trees.Node) -> str:
    """What other tasks call it: its id, without the function that makes one of a name; else its title."""
    for key in ("ID", "id", "taskId"):
        if name := _reference(trees.at(task, key)):
            return name
    return trees.as_text(trees.at(task, "metadata", "name"))


def _reference(node: trees.Node | None) -> str:
    text = trees.as_text(node) or trees.as_text(trees.at(node, "$eval"))
    slug = _SLUG.search(text[:1000])
    return slug[1] if slug else text


def _triggers(task: _Task) -> Iterator[shape.Trigger]:
    """The innermost condition that asks what the tasks are for decides; the old format has a list of events."""
    events = trees.as_list(trees.at(task.node, "extra", "github", "events"))
    for event in events:
        name = _EVENTS.get(trees.as_text(event).partition(".")[0])
        if name:
            yield shape.Trigger(name, event.line, trees.as_text(event), [task.unit.id])
    for condition in () if events else reversed(task.conditions):
        asked = [word for pair in _ASKED.findall(condition[:2000]) for word in re.findall(r"[\w-]+", " ".join(pair))]
        names = list(dict.fromkeys(_EVENTS[word] for word in asked if word in _EVENTS))
        if names and not condition.startswith("not ("):
            value = " ".join(condition.split())
            yield from (shape.Trigger(name, condition.line, value, [task.unit.id]) for name in names)
            return
    for name in () if events else ("push", "pull_request"):
        yield shape.Trigger(name, task.unit.line, "", [task.unit.id])


def _task(source: Source, task: _Task, values: dict[str, str]) -> Iterator[Item]:
    unit = task.unit.id
    yield task.unit
    for needed in trees.as_list(trees.at(task.node, "dependencies")):
        if name := _reference(needed):
            yield Fact("needs", f"#{Unit(task.unit.kind, name).id}", needed.line, unit=unit)
    for condition in task.conditions:
        yield from shape.condition(condition, unit, "$if")
    payload = trees.at(task.node, "payload")
    image = trees.at(payload, "image")
    yield from images.image(images.substituted(trees.as_text(image), values), getattr(image, "line", None), unit)
    yield from shape.settings(trees.at(image, "namespace"), "job.image.namespace", unit)
    yield from shape.variables(trees.at(payload, "env"), unit)
    for key in ("workerType", "routes"):
        yield from shape.settings(trees.at(task.node, key), f"job.{key}", unit)
    yield from _commands(source, trees.at(payload, "command"), unit)


def _commands(source: Source, command: trees.Node | None, unit: str) -> Iterator[Fact]:
    """One command as words, or several of them."""
    if isinstance(command, trees.Sequence) and any(isinstance(part, trees.Sequence) for part in command):
        for part in command:
            yield from shape.argv(source, trees.as_list(part), unit, clean=_cloned)
    else:
        yield from shape.argv(source, trees.as_list(command), unit, clean=_cloned)


def _cloned(text: str) -> str:
    """A task clones the repository, named by a variable, and enters it: that folder is the root for what follows."""
    found = _OWN_CLONE.search(text)
    if not found:
        return text
    last = found[0].split()[-1]
    home = last.rstrip("/") if last.startswith("/") else ""
    here = ""

    def moved(step: re.Match[str]) -> str:
        nonlocal here
        target, entering = step[1], step.start() == first
        inside = bool(home) and (target == home or target.startswith(f"{home}/"))
        if here.startswith(("/", "..")) or not (entering or inside):
            here = posixpath.normpath(posixpath.join(here, target))
            return step[0]
        before, here = here, target[len(home) :].strip("/") if inside else ""
        return f"cd {posixpath.relpath(here or '.', before or '.')}"

    rest = text[found.end() :]
    entry = _ENTER.search(rest)
    first = entry.start() if entry else -1
    return text[: found.end()] + _ENTER.sub(moved, rest)
