"""Compiled Kubeflow pipelines: the intermediate representation of the KFP SDK 2.

https://www.kubeflow.org/docs/components/pipelines/user-guides/core-functions/compile-a-pipeline/
"""

from collections.abc import Iterator
from itertools import pairwise

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts.containers.images import image
from mlops_scan.facts.fields import texts, variable
from mlops_scan.facts.pipelines.settings import process
from mlops_scan.facts.source import Source, reads
from mlops_scan.facts.trees import Mapping, Node, as_list, as_mapping, as_text, at

_MOST_GRAPHS = 500
#: All that says something of the shell text by which the SDK starts a function of Python.
_INSTALL = "python3 -m pip install"


@reads("*.yml", "*.yaml", "*.json")
def compiled_pipeline(source: Source) -> Iterator[Item]:
    """The tasks of the graph and of the graphs inside it (conditions, loops), with what their containers run."""
    if "deploymentSpec" not in source.text or "pipelineInfo" not in source.text:
        return
    for document in source.documents:
        body = as_mapping(document)
        if at(body, "pipelineInfo") and at(body, "root", "dag"):
            name = as_text(at(body, "pipelineInfo", "name"))
            yield Fact("section", "pipelineInfo", body.line_of("pipelineInfo"), name)
            yield from _graphs(body)


@reads("*.yml", "*.yaml")
def component(source: Source) -> Iterator[Fact]:
    """A component on its own, which a pipeline loads by its path: image, command, and what its images are built from.

    https://www.kubeflow.org/docs/components/pipelines/reference/component-spec/
    """
    if "implementation:" not in source.text:
        return
    for document in source.documents:
        container = at(document, "implementation", "container")
        if name := as_text(at(container, "image")):
            yield Fact(
                "section", "implementation.container", as_mapping(container).line, as_text(at(document, "name"))[:200]
            )
            yield from image(name, as_mapping(container).line_of("image"), "")
            yield from process(container, "")


def _graphs(body: Mapping) -> Iterator[Item]:
    components = as_mapping(at(body, "components"))
    waiting: list[tuple[str, Node | None]] = [("", at(body, "root", "dag", "tasks"))]
    entered: set[str] = set()
    while waiting and len(entered) < _MOST_GRAPHS:
        parent, tasks = waiting.pop()
        for name, task in as_mapping(tasks).items():
            unit = Unit("task", name, name.line, parent)
            yield unit
            yield from _task(unit, task)
            component = as_text(at(task, "componentRef", "name"))
            yield from _executor(as_text(at(components, component, "executorLabel")), body, unit.id)
            if (below := at(components, component, "dag", "tasks")) and component not in entered:
                entered.add(component)
                waiting.append((unit.id, below))


def _task(unit: Unit, task: Node) -> Iterator[Fact]:
    around = f"{unit.parent}/" if unit.parent else ""
    for needed in texts(at(task, "dependentTasks")):
        yield Fact("needs", f"#{around}task:{needed}", needed.line, unit=unit.id)
    policy = as_mapping(at(task, "triggerPolicy"))
    if condition := as_text(at(policy, "condition")):
        yield Fact("condition", condition[:500], policy.line_of("condition"), unit=unit.id)
    if retries := as_text(at(task, "retryPolicy", "maxRetryCount")):
        yield Fact("field", "pipeline.retryPolicy.maxRetryCount", unit.line, retries, unit.id)


def _executor(label: str, body: Mapping, unit: str) -> Iterator[Fact]:
    container = as_mapping(at(body, "deploymentSpec", "executors", label, "container"))
    if name := as_text(at(container, "image")):
        yield from image(name, container.line_of("image"), unit)
    words = [*texts(at(container, "command")), *texts(at(container, "args"))]
    function = next((value for option, value in pairwise(words) if option == "--function_to_execute"), None)
    if function:
        yield Fact("field", "executor.function", function.line, function, unit)
    commands = process(container, unit)
    yield from (fact for fact in commands if fact.name.startswith(_INSTALL)) if function else commands
    for setting in map(as_mapping, as_list(at(container, "env"))):
        if name := as_text(at(setting, "name")):
            yield variable(name, as_text(at(setting, "value")), setting.line, unit)
