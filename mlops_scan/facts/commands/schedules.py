"""Schedules outside of CI systems: crontabs, systemd units, lists of cron jobs in YAML."""

import re
from collections.abc import Iterator

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import ini, shell
from mlops_scan.facts.source import Source, reads
from mlops_scan.facts.trees import Node, Scalar, as_list, as_mapping, as_text, at, leaves

_FIELD = r"[\d*/,\-A-Za-z?#LW]+"
_ENTRY = re.compile(
    rf"(@(?:reboot|yearly|annually|monthly|weekly|daily|midnight|hourly)|(?:{_FIELD}\s+){{4}}{_FIELD})\s+(.*)$"
)
_SCHEDULE = re.compile(rf"@\w+$|(?:{_FIELD}\s+){{4,6}}{_FIELD}$|(?:every|cron\(|rate\()")
_VARIABLE = re.compile(r"([A-Za-z_]\w*)\s*=\s*(.*)$")
_DIGIT = re.compile(r"^[\d*@]")
_LISTS = ("jobs", "crons", "cron", "schedules", "cronjobs", "tasks")
_COMMANDS = ("command", "cmd", "run", "script", "entrypoint", "args")
_TARGETS = ("target", "task", "url", "job", "pipeline")


@reads("crontab", "crontab.*", "*.crontab", "*.cron", "*crontab.txt", "cron.d/*", "crontabs/*")
def crontab(source: Source) -> Iterator[Item]:
    """crontab(5). Each entry is a trigger that runs its command; in a table of the system a user stands before it."""
    of_system = "cron.d/" in source.path
    for number, raw in enumerate(source.lines, 1):
        line = raw.strip()[:10_000]
        if variable := _VARIABLE.match(line):
            yield shell.variable(variable[1], variable[2].strip("\"'"), number)
        elif _DIGIT.match(line) and (entry := _ENTRY.match(line)):
            unit = Unit("trigger", f"cron-{number}", number)
            yield unit
            yield Fact("trigger", "schedule", number, re.sub(r"\s+", " ", entry[1]), unit.id)
            command = entry[2]
            if of_system or command.startswith("root "):
                command = command.partition(" ")[2]
            yield from shell.run(command, number, unit.id)


@reads("*.timer")
def timer(source: Source) -> Iterator[Item]:
    """systemd.timer(5): a schedule that starts the service of the same name, or the one it names."""
    section = ini.sections(source.text).get("Timer")
    if not section:
        return
    unit = Unit("trigger", source.name, section.line)
    yield unit
    for key, lines in section.values.items():
        if key.startswith("on"):
            yield from (Fact("trigger", "schedule", line.number, line.text, unit.id) for line in lines)
    service = section.text("unit") or source.name.removesuffix(".timer") + ".service"
    yield Fact("runs-file", f"./{service}", section.line, unit=unit.id)


@reads("*.service")
def service(source: Source) -> Iterator[Item]:
    """systemd.service(5): what it starts, and where."""
    section = ini.sections(source.text).get("Service")
    if not section:
        return
    unit = Unit("service", source.name.removesuffix(".service"), section.line)
    yield unit
    for key in ("execstartpre", "execstart"):
        for line in section.values.get(key, ()):
            folder = section.text("workingdirectory")
            yield from shell.run(line.text.lstrip("@-:+!"), line.number, unit.id, folder, one_line=True)


@reads("*cron*.yml", "*cron*.yaml")
def cron_list(source: Source) -> Iterator[Item]:
    """A list of jobs with a schedule each (.cron.yml, cron.yaml): told by the content, whoever reads it."""
    document = as_mapping(next(iter(source.documents), None))
    for key in _LISTS:
        for number, job in enumerate(as_list(at(document, key)), 1):
            schedule = _schedule(job)
            if schedule:
                yield from _job(job, schedule, f"{key}-{number}")


def _schedule(job: Node) -> Scalar | None:
    """The schedule of a job: a cron expression or words, or a table of hours under `when`."""
    for key in ("schedule", "cron"):
        if (value := at(job, key)) and isinstance(value, Scalar) and _SCHEDULE.match(value):
            return value
    when = [f"{path}={value}" for part in as_list(at(job, "when")) for path, value in leaves(part)]
    return Scalar(" ".join(when)[:200], getattr(at(job, "when"), "line", job.line)) if when else None


def _job(job: Node, schedule: Scalar, default: str) -> Iterator[Item]:
    unit = Unit("trigger", as_text(at(job, "name")) or default, job.line)
    yield unit
    yield Fact("trigger", "schedule", schedule.line, schedule, unit.id)
    for key in _COMMANDS:
        value = at(job, key)
        text = " ".join(as_text(word) for word in as_list(value))
        if value is not None and text.strip():
            yield from shell.run(text, value.line, unit.id, one_line=True)
    for key in _TARGETS:
        if target := as_text(at(job, key)):
            yield Fact("starts", target, getattr(at(job, key), "line", job.line), unit=unit.id)
