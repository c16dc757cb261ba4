"""Schedules in Python code: what an orchestrator is told about when to start a pipeline."""

import ast
import re
from collections.abc import Iterator

from mlops_scan.errors import Unreadable
from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts.nodes import below
from mlops_scan.facts.pipelines.scopes import through_calls
from mlops_scan.facts.source import Source, reads

_LIKELY = ("schedule", "cron", "timetable", "interval")
_KEYWORDS = {
    "schedule", "schedules", "schedule_interval", "timetable", "cron", "cron_schedule", "cron_expression",
    "interval", "rrule", "trigger", "recurrence",
}  # fmt: skip
#: Methods that make a schedule: `scheduler.add_job(f, "cron")`, `schedule.every().day.do(f)`.
_ADDS, _DOES = "add_job", "do"
_TELLING = _KEYWORDS | {_ADDS, _DOES}
_ROWS = (ast.List, ast.Tuple)
_CRON = re.compile(
    r"@(?:hourly|daily|weekly|monthly|quarterly|yearly|annually|continuous)|(?:[\d*/,\-A-Z?#L]+\s+){4,5}[\d*/,\-A-Z?#L]+|(?:rate|cron)\(.*\)"
)
#: What makes a schedule, by the last part of its name: the value of such an argument need not be a text.
_MAKERS = {
    "timedelta", "Cron", "CronSchedule", "IntervalSchedule", "RRuleSchedule", "CronTrigger", "IntervalTrigger",
    "RecurrenceTrigger", "ScheduleRecurrence", "crontab", "Period", "FixedRate", "CronDataIntervalTimetable",
    "CronTriggerTimetable",
}  # fmt: skip
#: Functions that have such an argument for another purpose.
_OTHERS = re.compile(r"(?:^|[._])(?:lr|learning|noise|beta|optimi[sz]er|Trainer|retry|cache)|Scheduler$", re.IGNORECASE)
_MOST = 50


@reads("*.py")
def schedules(source: Source) -> Iterator[Item]:
    """A trigger for each argument that names a schedule: `DAG(schedule="@daily")`, `flow.serve(cron="0 6 * * 1")`.

    The word alone says nothing (learning rates have schedules): the value must look like one.
    """
    try:
        tree = source.python
    except Unreadable:
        return  # said by the reader of all Python
    if _TELLING.isdisjoint(source.called) or not any(map(source.lower.__contains__, _LIKELY)):
        return
    found = 0
    for node in below(tree):
        if isinstance(node, ast.Call) and found < _MOST and _is_of_schedules(node):
            for line, value in _schedules(node):
                found += 1
                unit = Unit("trigger", f"schedule {found}" if found > 1 else "schedule", line)
                yield unit
                yield Fact("trigger", "schedule", line, value[:200], unit.id)


def _is_of_schedules(call: ast.Call) -> bool:
    name = through_calls(call.func)
    return not (_OTHERS.search(name) or name.rpartition(".")[2] in _MAKERS)


def _schedules(call: ast.Call) -> Iterator[tuple[int, str]]:
    """The line and the text of the schedule that a call is given, once."""
    given = [each.value for each in call.keywords if each.arg in _KEYWORDS]
    given += call.args[1:2] if through_calls(call.func).rpartition(".")[2] == _ADDS else []
    for node in given:
        for value in node.elts[:5] if isinstance(node, _ROWS) else [node]:
            if text := _text(value):
                yield value.lineno, text
                return
    if through_calls(call.func).endswith(f".{_DOES}") and "every" in ast.unparse(call.func)[:200]:
        yield call.lineno, ast.unparse(call.func)[:200]


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value if _CRON.fullmatch(node.value.strip()[:200]) or node.value in ("cron", "interval") else ""
    if isinstance(node, ast.Call) and through_calls(node.func).rpartition(".")[2] in _MAKERS:
        return ast.unparse(node)[:200]
    return ""
