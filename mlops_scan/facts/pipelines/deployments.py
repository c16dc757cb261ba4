"""Prefect's deployments of flows, with their schedules and triggers.

https://docs.prefect.io/v3/how-to-guides/deployments/prefect-yaml
"""

from collections.abc import Iterator

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts.containers.images import image
from mlops_scan.facts.pipelines.settings import is_unset, says
from mlops_scan.facts.source import Source, reads
from mlops_scan.facts.trees import Mapping, Scalar, as_list, as_mapping, as_text, at

_PLANS = ("cron", "interval", "rrule")


@reads("*.yml", "*.yaml")
def deployments(source: Source) -> Iterator[Item]:
    """The deployments of `prefect.yaml`, and the file of a single one that Prefect 2 wrote."""
    if "entrypoint" not in source.text:
        return
    for document in source.documents:
        body = as_mapping(document)
        found = [body] if "flow_name" in body else [as_mapping(each) for each in as_list(at(body, "deployments"))]
        for deployment in found:
            if "entrypoint" in deployment:
                yield from _deployment(deployment)


def _deployment(body: Mapping) -> Iterator[Item]:
    """A deployment waits for its triggers, or for somebody who names it."""
    file, _, flow = as_text(at(body, "entrypoint")).partition(":")
    if not file.endswith(".py"):
        return
    job = Unit("job", _name(body) or flow or file, body.line)
    yield job
    yield Fact("runs-file", file, body.line_of("entrypoint"), flow, job.id)
    if name := as_text(at(body, "work_pool", "job_variables", "image")):
        yield from image(name, body.line_of("work_pool"), job.id)
    yield from _schedules(body, job)
    for number, signal in enumerate(map(as_mapping, as_list(at(body, "triggers")))):
        yield from _signal(signal, job, number)
    if says(at(body, "paused"), "true"):
        yield Fact("switched-off", "paused: true", body.line_of("paused"), unit=job.id)


def _name(body: Mapping) -> str:
    name = at(body, "name")
    return "" if is_unset(name) else as_text(name)


def _schedules(body: Mapping, job: Unit) -> Iterator[Item]:
    """A schedule that is null says that somebody thought of one: it is a trigger that is switched off."""
    for key in ("schedule", "schedules"):
        plans = [each for each in map(as_mapping, as_list(at(body, key))) if each]
        for number, plan in enumerate(plans):
            yield from _schedule(plan, _trigger(job, "schedule", number, plan.line), job)
        if key in body and not plans:
            trigger = _trigger(job, "schedule", 0, body.line_of(key))
            yield from _started(trigger, job)
            yield Fact("switched-off", f"{key}: null", body.line_of(key), unit=trigger.id)
        elif plans and says(at(body, "is_schedule_active"), "false"):
            off = _trigger(job, "schedule", 0, body.line)
            yield Fact("switched-off", "is_schedule_active: false", body.line_of("is_schedule_active"), unit=off.id)


def _schedule(plan: Mapping, trigger: Unit, job: Unit) -> Iterator[Item]:
    yield from _started(trigger, job)
    details = next((f"{key} {as_text(plan[key])}" for key in plan if key in _PLANS), "")
    yield Fact("trigger", "schedule", plan.line, details.removeprefix("cron "), trigger.id)
    if says(at(plan, "active"), "false"):
        yield Fact("switched-off", "active: false", plan.line_of("active"), unit=trigger.id)


def _signal(signal: Mapping, job: Unit, number: int) -> Iterator[Item]:
    trigger = _trigger(job, "signal", number, signal.line)
    yield from _started(trigger, job)
    expected = [as_text(each) for each in as_list(at(signal, "expect")) if isinstance(each, Scalar)]
    yield Fact("trigger", "signal", signal.line, ", ".join(expected)[:200], trigger.id)
    if says(at(signal, "enabled"), "false"):
        yield Fact("switched-off", "enabled: false", signal.line_of("enabled"), unit=trigger.id)


def _trigger(job: Unit, kind: str, number: int, line: int) -> Unit:
    return Unit("trigger", f"{kind} {job.name}" + (f" {number + 1}" if number else ""), line)


def _started(trigger: Unit, job: Unit) -> Iterator[Item]:
    yield trigger
    yield Fact("starts", f"#{job.id}", trigger.line, unit=trigger.id)
