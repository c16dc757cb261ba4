"""Configurations of training: Hydra, sweeps, Dagster, ZenML, Ploomber."""

import re
from collections.abc import Iterator
from itertools import islice

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts.fields import fields, texts
from mlops_scan.facts.source import Source, reads
from mlops_scan.facts.trees import Mapping, Node, Scalar, as_list, as_mapping, as_text, at

_MOST = 30
_METHODS = {"grid", "random", "bayes"}
_OF_DAGSTER = {
    "run_launcher", "run_storage", "schedule_storage", "event_log_storage", "storage", "telemetry", "compute_logs",
    "local_artifact_storage", "run_coordinator", "schedules", "sensors", "scheduler", "run_monitoring", "run_retries",
    "code_servers", "concurrency",
}  # fmt: skip
_OF_ZENML = {"required_integrations", "python_package_installer", "replicate_local_python_environment"}


@reads("*.yml", "*.yaml")
def hydra(source: Source) -> Iterator[Fact]:
    """A primary configuration, with the files that its defaults list names.

    https://hydra.cc/docs/advanced/defaults_list/
    """
    if "defaults:" not in source.text and "hydra" not in source.text:
        return
    for document in source.documents:
        body = as_mapping(document)
        defaults, own = as_list(at(body, "defaults")), as_mapping(at(body, "hydra"))
        if not own and "_self_" not in defaults and not any(_override(entry) for entry in defaults):
            continue
        yield Fact("section", "hydra", body.line_of("hydra" if own else "defaults"))
        yield from islice(fields(own, "hydra"), _MOST)
        for entry in defaults:
            yield from _default(entry)


def _override(entry: Node) -> bool:
    return any(key.startswith("override hydra/") for key in as_mapping(entry))


def _default(entry: Node) -> Iterator[Fact]:
    """`model/forest`, `model: forest`, `optional db@source: mysql`, `override hydra/sweeper: optuna`."""
    if isinstance(entry, Scalar):
        if entry != "_self_":
            yield Fact("includes", f"./{entry}.yaml", entry.line)
        return
    for key, value in as_mapping(entry).items():
        group = key.split()[-1].partition("@")[0] if key.strip() else ""
        if group.startswith("hydra/"):
            yield Fact("field", group.replace("/", "."), key.line, as_text(value))
            continue
        for option in texts(value):
            if option not in ("null", "???") and "$" not in option:
                yield Fact("includes", f"./{group.strip('/')}/{option.removesuffix('.yaml')}.yaml", option.line)


@reads("*.yml", "*.yaml")
def sweep(source: Source) -> Iterator[Item]:
    """A search over hyperparameters: https://docs.wandb.ai/guides/sweeps/sweep-config-keys/."""
    if "parameters:" not in source.text or "method:" not in source.text:
        return
    for document in source.documents:
        body = as_mapping(document)
        if as_text(at(body, "method")) not in _METHODS or not as_mapping(at(body, "parameters")):
            continue
        task = Unit("task", as_text(at(body, "name")) or "sweep", body.line)
        yield task
        yield Fact("section", "sweep", body.line_of("method"), as_text(at(body, "method")), task.id)
        yield from fields(at(body, "metric"), "sweep.metric", task.id)
        if (program := as_text(at(body, "program"))).endswith((".py", ".sh", ".R")):
            yield Fact("runs-file", program, body.line_of("program"), unit=task.id)


@reads("workspace.yaml", "dagster.yaml", "dagster_cloud.yaml")
def dagster(source: Source) -> Iterator[Fact]:
    """What Dagster loads, and its instance: https://docs.dagster.io/deployment/oss/dagster-yaml."""
    for document in source.documents:
        body = as_mapping(document)
        for place in map(as_mapping, as_list(at(body, "load_from"))):
            for key in ("python_file", "python_module", "python_package"):
                if key in place:
                    yield Fact("section", "dagster.load_from", body.line_of("load_from"))
                    yield from _loaded(key, place)
        if source.name.startswith("dagster"):
            known = _OF_DAGSTER | {"locations"}
            yield from (Fact("section", f"dagster.{key}", key.line) for key in body if key in known)


def _loaded(key: str, place: Mapping) -> Iterator[Fact]:
    """A file or module of definitions, named alone or among other settings."""
    settings = at(place, key)
    named = (at(settings, inner) for inner in ("relative_path", "module_name", "package_name"))
    if name := as_text(settings) or next(filter(None, map(as_text, named)), ""):
        yield Fact("runs-file" if key == "python_file" else "import", name, place.line_of(key))


@reads("*.yml", "*.yaml")
def zenml(source: Source) -> Iterator[Fact]:
    """The configuration of a run: https://docs.zenml.io/concepts/steps_and_pipelines/yaml_configuration."""
    if "settings:" not in source.text:
        return
    for document in source.documents:
        docker = as_mapping(at(document, "settings", "docker"))
        if _OF_ZENML & set(docker) or (docker and "enable_cache" in as_mapping(document)):
            yield Fact("section", "zenml", as_mapping(document).line_of("settings"))


@reads("pipeline.yml", "pipeline.yaml", "pipeline.*.yaml")
def ploomber(source: Source) -> Iterator[Item]:
    """Tasks with a source and a product: https://docs.ploomber.io/en/latest/api/spec.html."""
    for document in source.documents:
        for task in map(as_mapping, as_list(at(document, "tasks"))):
            if "product" in task and as_text(at(task, "source")):
                yield from _task(task)


def _task(task: Mapping) -> Iterator[Item]:
    code = as_text(at(task, "source"))
    is_file = re.search(r"\.(py|R|r|sql|ipynb|sh|Rmd)$", code)
    stem = code.rpartition("/")[2].rpartition(".")[0 if is_file else 2]
    unit = Unit("task", as_text(at(task, "name")) or stem, task.line)
    yield unit
    if is_file:
        yield Fact("runs-file", code, task.line_of("source"), unit=unit.id)
    products = at(task, "product")
    for product in (leaf for node in (products, *as_mapping(products).values()) for leaf in texts(node)):
        yield Fact("writes", product, product.line, unit=unit.id)
    for needed in texts(at(task, "upstream")):
        yield Fact("needs", f"#task:{needed}", needed.line, unit=unit.id)
