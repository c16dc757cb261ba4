"""Annotations of a GitHub Actions run, as workflow commands. The only place where such commands are written.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#setting-a-notice-message
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from mlops_scan.assess import Assessment
from mlops_scan.clean import clean
from mlops_scan.evidence import Place, Warning
from mlops_scan.report import Look
from mlops_scan.report.parts.findings import Finding, Severity, findings
from mlops_scan.report.parts.standing import chosen, standing

_COMMAND = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
_MOST = 10  # a step shows no more of each kind
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def render(assessment: Assessment, look: Look) -> str:
    """Where the repository stands, what was lost, the broken wires and what holds back: at most ten of each kind."""
    lines = defaultdict(list)
    for kind, line in _annotations(assessment, look):
        lines[kind].append(line)
    shown = [line for kind in _COMMAND.values() for line in lines[kind][:_MOST]]
    left = [f"mlops-scan: and {len(lines[kind]) - _MOST} more of kind {kind}" for kind in lines if lines[kind][_MOST:]]
    return "".join(f"{line}\n" for line in (*shown, *left))


def _annotations(assessment: Assessment, look: Look) -> Iterator[tuple[str, str]]:
    words = standing(assessment, look).words.capitalize()
    said = "" if not assessment.complete else " is proven" if assessment.applicable else f": {clean(assessment.reason)}"
    yield "notice", _line("notice", "mlops-scan", f"{words}{said}.")
    yield from _lost(assessment.warnings)
    for each in findings(assessment, chosen(assessment, look)):
        if not each.suppressed:
            yield _COMMAND[each.severity], _finding(each)


def _lost(warnings: Iterable[Warning]) -> Iterator[tuple[str, str]]:
    """What was not read and might have changed the verdicts."""
    for each in warnings:
        if each.lost:
            yield "error", _line("error", "The scan is incomplete", clean(each.message), each.place)


def _finding(found: Finding) -> str:
    return _line(_COMMAND[found.severity], found.title, found.message, found.place)


def _line(kind: str, title: str, message: str, place: Place | None = None) -> str:
    """One command. Its texts are harmless already; what is escaped here is the syntax of commands."""
    at = f"file={clean(place.path, 4096).translate(_PROPERTY)},line={place.line or 1}," if place else ""
    return f"::{kind} {at}title={title.translate(_PROPERTY)}::{message.translate(_DATA)}"
