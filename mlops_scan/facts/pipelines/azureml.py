"""Azure Machine Learning, CLI v2: jobs, pipelines, components, endpoints, environments, data, schedules, monitors.

https://learn.microsoft.com/azure/machine-learning/reference-yaml-overview
"""

import posixpath
import re
from collections.abc import Iterator

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts.ci import shape
from mlops_scan.facts.commands.places import below, folder_of
from mlops_scan.facts.containers.images import image
from mlops_scan.facts.fields import fields, without_credentials
from mlops_scan.facts.pipelines.settings import says
from mlops_scan.facts.source import Source, reads
from mlops_scan.facts.trees import Mapping, Node, Scalar, as_list, as_mapping, as_text, at, leaves

#: By the end of the schema's name, lower case. What is missing (compute, datastore, workspace) is a resource only.
_UNITS = {
    "job": "task", "component": "task", "endpoint": "service", "deployment": "service",
    "environment": "image", "data": "dataset", "model": "model",
}  # fmt: skip
#: What is read as references and commands, and prose.
_WIRING = {"jobs", "inputs", "outputs", "code", "command", "environment_variables", "description", "$schema"}
_PARENT = re.compile(r"parent\.jobs\.([\w-]+)\.")


@reads("*.yml", "*.yaml", "*.json")
def azureml(source: Source) -> Iterator[Item]:
    """A file says by its `$schema` what it declares; a resource is named by it: `azureml:pipelineJob`."""
    if "azureml" not in source.text or "$schema" not in source.text:
        return
    for document in source.documents:
        body = as_mapping(document)
        if schema := _schema(as_text(at(body, "$schema"))):
            yield from _declaration(schema, body, source)


def _schema(address: str) -> str:
    """`pipelineJob`, of `https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json`."""
    if "azureml" not in address:
        return ""
    return address.rpartition("/")[2].removesuffix(".json").removesuffix(".schema")


def _declaration(schema: str, body: Mapping, source: Source) -> Iterator[Item]:
    name = as_text(at(body, "name")) or as_text(at(body, "experiment_name")) or source.name.partition(".")[0]
    kind = next((unit for end, unit in _UNITS.items() if schema.lower().endswith(end)), "")
    unit = Unit(kind, name, body.line) if kind else None
    if unit:
        yield unit
    around = unit.id if unit else ""
    yield Fact("resource", f"azureml:{schema}", body.line_of("$schema"), name, around)
    yield from fields(body, schema, around, _WIRING)
    settings, forgiven = as_mapping(at(body, "settings")), "continue_on_step_failure"
    if says(at(settings, forgiven), "true"):
        yield Fact("allowed-to-fail", forgiven, settings.line_of(forgiven), unit=around)
    yield from _schedule(body, name)
    yield from _work(body, around, source)
    for step, job in as_mapping(at(body, "jobs")).items():
        task = Unit("task", step, step.line, around)
        yield task
        yield from fields(job, f"{schema}.jobs.{step}", task.id, _WIRING)
        yield from _work(as_mapping(job), task.id, source)
        yield from _order(as_mapping(job), task)


def _work(body: Mapping, unit: str, source: Source) -> Iterator[Fact]:
    """What a job, component, deployment, environment or data asset runs, needs and reads."""
    inner = as_mapping(at(body, "component") or at(body, "trial") or at(body, "task"))
    for part in filter(None, (body, inner)):
        code = as_text(at(part, "code"))
        folder = folder_of(source) if ":" in code else below(folder_of(source), code)
        yield from shape.run(source, at(part, "command"), unit, folder)
        yield from _script(part, unit)
        yield from _environment(part, unit)
        for key in ("component", "conda_file"):
            yield from _reference("includes", part, key, unit)
        for key in ("model", "path"):
            yield from _reference("reads", part, key, unit)
        yield from _reference("reads", as_mapping(at(part, "model")), "path", unit)
    for kind, key in (("reads", "inputs"), ("writes", "outputs")):
        for value in as_mapping(at(body, key)).values():
            yield from _reference(kind, as_mapping(value), "path", unit)


def _script(body: Mapping, unit: str) -> Iterator[Fact]:
    """A Python file that is run without a command: a deployment's scoring script, a parallel job's entry script."""
    code = as_mapping(at(body, "code_configuration") or body)
    for key in ("scoring_script", "entry_script"):
        if script := as_text(at(code, key)):
            path = posixpath.join(as_text(at(code, "code")), script)
            yield Fact("runs-file", path, code.line_of(key), unit=unit)


def _environment(body: Mapping, unit: str) -> Iterator[Fact]:
    inline = as_mapping(at(body, "environment"))
    yield from _reference("includes", body, "environment", unit)
    yield from _reference("includes", inline, "conda_file", unit)
    for part in (body, inline):
        if name := as_text(at(part, "image")):
            yield from image(name, part.line_of("image"), unit)
        build = as_mapping(at(part, "build"))
        if folder := as_text(at(build, "path")):
            file = as_text(at(build, "dockerfile_path"))
            yield Fact("builds", posixpath.join(folder, file) if file else folder, build.line_of("path"), unit=unit)


def _reference(kind: str, body: Mapping, key: str, unit: str) -> Iterator[Fact]:
    """A file of the repository, or an address such as `azureml:taxi-model@latest`; an expression says nothing."""
    text = as_text(at(body, key)).removeprefix("file:")
    if not text or "${{" in text:
        return
    if re.match(r"[a-z][a-z0-9+.-]*:", text):
        yield Fact("uri", without_credentials(text), body.line_of(key), unit=unit)
        if key == "component":
            yield Fact("starts", _registered(text), body.line_of(key), unit=unit)
        text = without_credentials(text) if kind != "includes" else ""
    if text:
        yield Fact(kind, text, body.line_of(key), unit=unit)


def _registered(address: str) -> str:
    """The name in `azureml:train_model@latest`, `azureml:train_model:3` and `azureml://registries/r/components/name/...`."""
    if found := re.search(r"/(?:components|jobs)/([\w-]{1,200})", address[:1000]):
        return found[1]
    return re.split(r"[@:]", address.partition(":")[2])[0]


def _order(job: Mapping, task: Unit) -> Iterator[Fact]:
    """A job needs those whose outputs are among its inputs."""
    around = f"{task.parent}/" if task.parent else ""
    for _, text in leaves(as_mapping(at(job, "inputs"))):
        for needed in dict.fromkeys(_PARENT.findall(text[:1000])):
            yield Fact("needs", f"#{around}task:{needed}", text.line, unit=task.id)


def _schedule(body: Mapping, name: str) -> Iterator[Item]:
    """A schedule starts a job, or is itself a monitor of a deployed model."""
    plan = as_mapping(at(body, "trigger"))
    started = at(body, "create_job") or at(body, "create_monitor")
    if not plan or not started:
        return
    trigger = Unit("trigger", name, plan.line)
    yield trigger
    when = as_text(at(plan, "expression")) or as_text(at(plan, "frequency"))
    yield Fact("trigger", "schedule", plan.line, when, trigger.id)
    if says(at(body, "is_enabled"), "false"):
        yield Fact("switched-off", "is_enabled: false", body.line_of("is_enabled"), unit=trigger.id)
    if "create_monitor" in body:
        monitor = Unit("monitor", name, started.line)
        yield monitor
        yield Fact("starts", f"#{monitor.id}", started.line, unit=trigger.id)
    yield from _created(started, trigger.id)


def _created(started: Node, trigger: str) -> Iterator[Fact]:
    job = as_text(started) if isinstance(started, Scalar) else as_text(at(started, "job"))
    if re.match(r"[a-z]+:", job.removeprefix("file:")):
        yield Fact("starts", _registered(job), started.line, unit=trigger)
    elif job:
        yield Fact("runs-file", job.removeprefix("file:"), started.line, unit=trigger)
    for receiver in as_list(at(started, "alert_notification", "emails")):
        yield Fact("sends-to", "email", receiver.line, unit=trigger)
