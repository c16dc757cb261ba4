"""Tekton: tasks, pipelines and their runs, as Kubernetes objects of `tekton.dev`."""

import re
from collections.abc import Iterator
from itertools import islice

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import trees
from mlops_scan.facts.ci import shape
from mlops_scan.facts.containers import images
from mlops_scan.facts.source import Source, reads

_WORKSPACE = re.compile(r"\$\((?:workspaces\.[\w-]{1,60}|resources\.inputs\.[\w-]{1,60})\.path\)")
_RESULT = re.compile(r"\$\(tasks\.([\w-]{1,100})\.results\.")
_SHELL = re.compile(r"#!\s*\S*/(?:env\s+)?(?:ba|da|z|a)?sh\b|(?!#!)")
_EVENT = "pipelinesascode.tekton.dev/on-event"
_EXPRESSION = "pipelinesascode.tekton.dev/on-cel-expression"


@reads("*.yml", "*.yaml", "*.json")
def objects(source: Source) -> Iterator[Item]:
    """The Tekton objects of a file. tekton.dev/docs/pipelines

    A Task and a Pipeline are jobs, by their names; a run and a TriggerTemplate are what starts them.
    """
    if "tekton.dev" not in source.text:
        return
    found = [document for document in source.documents if _kind(document)]
    known = {_job(document).id for document in found if _kind(document) in ("Task", "ClusterTask", "Pipeline")}
    yield from shape.triggers(trigger for document in found for trigger in _triggers(document))
    for document in found:
        yield from islice(_object(source, document, known), shape.MOST_ITEMS)


def _kind(document: trees.Node) -> str:
    ours = "tekton.dev/" in trees.as_text(trees.at(document, "apiVersion"))
    return trees.as_text(trees.at(document, "kind")) if ours else ""


def _job(document: trees.Node) -> Unit:
    metadata = trees.at(document, "metadata")
    name = trees.as_text(trees.at(metadata, "name")) or trees.as_text(trees.at(metadata, "generateName"))
    return Unit("job", name, document.line)


def _object(source: Source, document: trees.Node, known: set[str]) -> Iterator[Item]:
    kind, unit, spec = _kind(document), _job(document), trees.at(document, "spec")
    if kind in ("Task", "ClusterTask"):
        yield unit
        yield from _steps(source, spec, unit.id)
    elif kind == "Pipeline":
        yield unit
        yield from _tasks(source, spec, unit.id, known)
    elif kind in ("PipelineRun", "TaskRun"):
        yield from _run(source, document, unit, known)
    elif kind == "TriggerTemplate":
        for template in trees.as_list(trees.at(spec, "resourcetemplates")):
            yield from _run(source, template, _job(template), known)


def _triggers(document: trees.Node) -> Iterator[shape.Trigger]:
    """A run starts when somebody creates it, or on the events that its annotations name; a template on a signal."""
    kind, annotations = _kind(document), trees.at(document, "metadata", "annotations")
    if kind == "TriggerTemplate":
        templates = trees.as_list(trees.at(document, "spec", "resourcetemplates"))
        yield shape.Trigger("signal", document.line, _job(document).name, [_job(each).id for each in templates])
    if kind not in ("PipelineRun", "TaskRun"):
        return
    events = trees.as_text(trees.at(annotations, _EVENT)) + trees.as_text(trees.at(annotations, _EXPRESSION))
    named = [event for event in ("push", "pull_request") if event in events] or ["manual"]
    yield from (shape.Trigger(event, document.line, " ".join(events.split()), [_job(document).id]) for event in named)


def _run(source: Source, run: trees.Node, unit: Unit, known: set[str]) -> Iterator[Item]:
    """A run as a job of its own: it starts what it refers to, or holds the pipeline itself."""
    yield unit
    spec = trees.at(run, "spec")
    for key in ("pipelineRef", "taskRef"):
        yield from _reference(trees.at(spec, key), unit.id, known)
    yield from _tasks(source, trees.at(spec, "pipelineSpec"), unit.id, known)
    yield from _steps(source, trees.at(spec, "taskSpec"), unit.id)
    yield from shape.settings(trees.at(spec, "params"), "job.params", unit.id)


def _reference(node: trees.Node | None, unit: str, known: set[str]) -> Iterator[Fact]:
    """A task or pipeline by its name: of this file, of another one, or from a bundle or hub."""
    name = trees.at(node, "name")
    if isinstance(name, trees.Scalar):
        job = Unit("job", name).id
        yield Fact("starts", f"#{job}" if job in known else name, name.line, unit=unit)
    for parameter in trees.as_list(trees.at(node, "params")):
        value = trees.at(parameter, "value")
        if trees.as_text(trees.at(parameter, "name")) == "name" and isinstance(value, trees.Scalar):
            yield Fact("action", value, value.line, trees.as_text(trees.at(node, "resolver")), unit)


def _tasks(source: Source, spec: trees.Node | None, parent: str, known: set[str]) -> Iterator[Item]:
    """The tasks of a pipeline: after those that they name, and after those whose results they use."""
    tasks = [*trees.as_list(trees.at(spec, "tasks")), *trees.as_list(trees.at(spec, "finally"))]
    for task in tasks:
        unit = Unit("task", trees.as_text(trees.at(task, "name")), task.line, parent)
        yield unit
        for name in _earlier(task):
            yield Fact("needs", f"#{Unit('task', name, parent=parent).id}", task.line, unit=unit.id)
        for condition in trees.as_list(trees.at(task, "when")):
            text = ", ".join(leaf for _, leaf in trees.leaves(condition))
            yield from shape.condition(trees.Scalar(text, condition.line), unit.id, "when")
        if trees.as_text(trees.at(task, "onError")) == "continue":
            yield Fact("allowed-to-fail", "onError: continue", task.line, unit=unit.id)
        yield from _reference(trees.at(task, "taskRef"), unit.id, known)
        yield from _steps(source, trees.at(task, "taskSpec"), unit.id)


def _earlier(task: trees.Node) -> list[str]:
    names = [trees.as_text(name) for name in trees.as_list(trees.at(task, "runAfter"))]
    for key in ("params", "when"):
        for part in trees.as_list(trees.at(task, key)):
            names += [name for _, leaf in trees.leaves(part) for name in _RESULT.findall(leaf[:2000])]
    return list(dict.fromkeys(name for name in names if name))


def _steps(source: Source, spec: trees.Node | None, parent: str) -> Iterator[Item]:
    for number, step in enumerate(trees.as_list(trees.at(spec, "steps")), 1):
        unit = Unit("step", trees.as_text(trees.at(step, "name")) or str(number), step.line, parent)
        yield unit
        yield from shape.image(trees.at(step, "image"), unit.id)
        yield from shape.variables(trees.at(step, "env"), unit.id)
        if trees.as_text(trees.at(step, "onError")) == "continue":
            yield Fact("allowed-to-fail", "onError: continue", step.line, unit=unit.id)
        yield from _commands(source, step, unit.id)


def _commands(source: Source, step: trees.Node, unit: str) -> Iterator[Fact]:
    folder = shape.folder(_here(trees.as_text(trees.at(step, "workingDir"))), ".", "/workspace/source")
    script = trees.at(step, "script")
    if _SHELL.match(trees.as_text(script).lstrip()):
        yield from shape.run(source, script, unit, folder, _clean)
    words = [*trees.as_list(trees.at(step, "command")), *trees.as_list(trees.at(step, "args"))]
    program = images.program(trees.as_text(trees.at(step, "image")))
    if "command" in trees.as_mapping(step) or program:
        own = [trees.Scalar(program, step.line)] if program and "command" not in trees.as_mapping(step) else []
        yield from shape.argv(source, [*own, *words], unit, folder, _clean)


def _here(text: str) -> str:
    return _WORKSPACE.sub(".", text)


def _clean(text: str) -> str:
    return shape.macros("")(_here(text))
