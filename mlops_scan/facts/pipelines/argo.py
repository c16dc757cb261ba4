"""Argo Workflows, and the pipelines that the KFP SDK 1 compiled to them: tasks, their order and their commands.

What every Kubernetes object has (resource, fields, images) is the business of the Kubernetes reader.
https://argo-workflows.readthedocs.io/en/latest/fields/
"""

import re
from collections.abc import Iterator

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import embedded
from mlops_scan.facts.ci import shape
from mlops_scan.facts.containers.processes import is_shell
from mlops_scan.facts.fields import texts
from mlops_scan.facts.pipelines.settings import process, says
from mlops_scan.facts.source import Source, reads
from mlops_scan.facts.trees import Mapping, Node, Scalar, as_list, as_mapping, as_text, at

#: A workflow runs when its file is submitted; the others wait for a schedule or for somebody who names them.
_KINDS = {"Workflow": "task", "CronWorkflow": "job", "WorkflowTemplate": "job", "ClusterWorkflowTemplate": "job"}
_NAMES = re.compile(r"[A-Za-z0-9_-]+")
_PYTHON = re.compile(r"(?:/[\w./-]{1,100}/)?python[\d.]*")


@reads("*.yml", "*.yaml", "*.json")
def workflow(source: Source) -> Iterator[Item]:
    """The templates of a workflow as tasks; the tasks and steps inside them start other templates."""
    if "argoproj.io" not in source.text or "templates" not in source.text:
        return
    for document in source.documents:
        body = as_mapping(document)
        kind = _KINDS.get(as_text(at(body, "kind")))
        if kind and as_text(at(body, "apiVersion")).startswith("argoproj.io/"):
            metadata = as_mapping(at(body, "metadata"))
            name = as_text(at(metadata, "name")) or as_text(at(metadata, "generateName")).rstrip("-")
            around = Unit(kind, name or "workflow", body.line)
            yield around
            yield from _schedule(as_mapping(at(body, "spec")), around)
            for template in as_list(at(body, "spec", "workflowSpec", "templates") or at(body, "spec", "templates")):
                yield from _template(as_mapping(template), around.id, source)


def _schedule(spec: Mapping, around: Unit) -> Iterator[Item]:
    plans = [*texts(at(spec, "schedule")), *texts(at(spec, "schedules"))]
    if not plans:
        return
    trigger = Unit("trigger", f"schedule {around.name}", plans[0].line)
    yield trigger
    yield Fact("starts", f"#{around.id}", plans[0].line, unit=trigger.id)
    for plan in plans:
        yield Fact("trigger", "schedule", plan.line, plan, trigger.id)
    if says(at(spec, "suspend"), "true"):
        yield Fact("switched-off", "suspend: true", spec.line_of("suspend"), unit=trigger.id)


def _script(script: Mapping, source: Source, unit: str) -> Iterator[Item]:
    """Shell text or Python code, by the program that it is given to."""
    text, programs = at(script, "source"), list(texts(at(script, "command")))
    if any(map(is_shell, programs)):
        yield from shape.run(source, text, unit)
    elif isinstance(text, Scalar) and any(map(_PYTHON.fullmatch, programs)):
        yield from embedded.python(text, unit)


def _template(template: Mapping, around: str, source: Source) -> Iterator[Item]:
    if not (name := as_text(at(template, "name"))):
        return
    unit = Unit("task", name, template.line, around)
    yield unit
    yield from process(at(template, "container"), unit.id)
    yield from _script(as_mapping(at(template, "script")), source, unit.id)
    for task in map(as_mapping, as_list(at(template, "dag", "tasks"))):
        yield from _call(task, unit, around, _needed(task))
    before: list[str] = []
    for group in map(as_list, as_list(at(template, "steps"))):
        steps = [step for item in group for step in map(as_mapping, as_list(item))]
        for step in steps:
            yield from _call(step, unit, around, before)
        before = [as_text(at(step, "name")) for step in steps]


def _call(call: Mapping, unit: Unit, around: str, needed: list[str]) -> Iterator[Item]:
    """A task of a graph or a step of a list: it starts a template of this file, or one of another workflow."""
    if not (name := as_text(at(call, "name"))):
        return
    task = Unit("task", name, call.line, unit.id)
    yield task
    if template := as_text(at(call, "template")):
        yield Fact("starts", f"#{around}/task:{template}", call.line_of("template"), unit=task.id)
    elif elsewhere := as_text(at(call, "templateRef", "name")):
        inner = as_text(at(call, "templateRef", "template"))
        yield Fact("starts", elsewhere, call.line_of("templateRef"), inner, task.id)
    for other in needed:
        if other:
            yield Fact("needs", f"#{unit.id}/task:{other}", call.line, unit=task.id)
    if condition := as_text(at(call, "when")):
        yield Fact("condition", condition[:500], call.line_of("when"), unit=task.id)
    if says(at(call, "continueOn", "failed"), "true") or says(at(call, "continueOn", "error"), "true"):
        yield Fact("allowed-to-fail", "continueOn", call.line_of("continueOn"), unit=task.id)


def _needed(task: Node) -> list[str]:
    """`dependencies: [a, b]` or `depends: a && (b.Succeeded || c)`: the names of tasks."""
    expression = as_text(at(task, "depends"))
    return [*texts(at(task, "dependencies")), *_NAMES.findall(re.sub(r"\.\w+", "", expression))]
