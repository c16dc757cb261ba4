"""Databricks asset bundles: jobs with their tasks and schedules, pipelines, endpoints and other resources.

The format: https://docs.databricks.com/aws/en/dev-tools/bundles/reference
"""

from collections.abc import Iterator

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import fields, trees
from mlops_scan.facts.infrastructure.events import Event, triggers
from mlops_scan.facts.source import Source, reads

_KINDS = {
    "jobs", "pipelines", "model_serving_endpoints", "experiments", "models", "registered_models", "quality_monitors",
    "schemas", "dashboards", "apps", "clusters", "volumes", "alerts", "sql_warehouses", "database_instances",
    "secret_scopes", "synced_database_tables", "postgres_projects",
}  # fmt: skip
_ARRIVALS = {"file_arrival": "data", "table_update": "data", "table": "data", "periodic": "schedule"}
_SKIPPED = frozenset(("tasks", "schedule", "trigger", "environment_variables", "environment_vars", "env"))


@reads("*.yml", "*.yaml")
def bundle(source: Source) -> Iterator[Item]:
    """Each resource as `databricks:KIND`, in the bundle itself, in its targets, or in a file that it includes."""
    if "resources:" not in source.text and "bundle:" not in source.text:
        return
    root = trees.as_mapping(source.documents[0] if source.documents else None)
    name = trees.at(root, "bundle", "name")
    if "apiVersion" in root or "kind" in root or not (name or _is_resources(trees.at(root, "resources"))):
        return
    if isinstance(name, trees.Scalar):
        yield Fact("section", "bundle", name.line, name)
        for path in fields.texts(trees.at(root, "include")):
            yield Fact("includes", f"./{path.removeprefix('./')}", path.line)
    yield from _resources(trees.as_mapping(trees.at(root, "resources")))
    for target in trees.as_mapping(trees.at(root, "targets")).values():
        yield from _resources(trees.as_mapping(trees.at(target, "resources")))


def _is_resources(node: trees.Node | None) -> bool:
    """Whether all keys are kinds of resources, and each holds named mappings."""
    kinds = trees.as_mapping(node)
    return bool(kinds) and _KINDS.issuperset(kinds) and all(isinstance(each, trees.Mapping) for each in kinds.values())


def _resources(kinds: trees.Mapping) -> Iterator[Item]:
    for kind, entries in kinds.items():
        for name, body in trees.as_mapping(entries).items() if kind in _KINDS else ():
            unit = Unit("job" if kind in ("jobs", "pipelines") else "service", name, name.line)
            yield unit
            yield Fact("resource", f"databricks:{kind}", name.line, name, unit.id)
            yield from fields.fields(body, f"databricks:{kind}", unit.id, _SKIPPED)
            if kind == "jobs":
                yield from triggers(unit, list(_events(body)), [unit.id])
            for task in trees.as_list(trees.at(body, "tasks")):
                yield from _task(trees.as_mapping(task), unit)
            for library in trees.as_list(trees.at(body, "libraries")):
                yield from _file(trees.at(library, "notebook", "path") or trees.at(library, "file", "path"), unit.id)


def _events(job: trees.Node) -> Iterator[Event]:
    """What starts a job: a schedule, arriving files, changed tables, or the end of the last run."""
    for key in ("schedule", "trigger", "continuous"):
        node = trees.as_mapping(trees.at(job, key))
        off = "pause_status: PAUSED" if trees.as_text(trees.at(node, "pause_status")).upper() == "PAUSED" else ""
        if key == "schedule" and node:
            yield Event(key, trees.as_text(trees.at(node, "quartz_cron_expression")), node.line, off)
        for what, name in _ARRIVALS.items():
            if key == "trigger" and (found := trees.at(node, what)) is not None:
                yield Event(name, " ".join(leaf for _, leaf in trees.leaves(found))[:200], found.line, off)
        if key == "continuous" and node:
            yield Event("schedule", "continuous", node.line, off)


def _task(task: trees.Mapping, job: Unit) -> Iterator[Item]:
    key = trees.as_text(trees.at(task, "task_key"))
    if not key:
        return
    unit = Unit("task", key, task.line, job.id)
    yield unit
    for needed in trees.as_list(trees.at(task, "depends_on")):
        if name := trees.as_text(trees.at(needed, "task_key")):
            outcome = trees.as_text(trees.at(needed, "outcome"))
            yield Fact("needs", f"#{job.id}/task:{name}", needed.line, outcome, unit.id)
    yield from _file(trees.at(task, "spark_python_task", "python_file"), unit.id)
    yield from _file(trees.at(task, "notebook_task", "notebook_path"), unit.id)
    yield from _file(trees.at(task, "sql_task", "file", "path"), unit.id)
    wheel = trees.at(task, "python_wheel_task", "entry_point")
    if isinstance(wheel, trees.Scalar):
        yield Fact("command", wheel, wheel.line, unit=unit.id)
    other = trees.as_text(trees.at(task, "run_job_task", "job_id"))
    if other.startswith("${resources.jobs."):
        yield Fact("starts", f"#job:{other.split('.')[2]}", task.line_of("run_job_task"), unit=unit.id)
    condition = trees.as_mapping(trees.at(task, "condition_task"))
    if condition:
        parts = [trees.as_text(trees.at(condition, part)) for part in ("left", "op", "right")]
        yield Fact("condition", " ".join(parts)[:200], condition.line, unit=unit.id)


def _file(node: trees.Node | None, unit: str) -> Iterator[Fact]:
    """A file of the bundle; what the workspace holds begins with a slash."""
    if isinstance(node, trees.Scalar) and not node.startswith(("/", "dbfs:", "$")) and "://" not in node:
        yield Fact("runs-file", node if node.startswith(".") else f"./{node}", node.line, unit=unit)
