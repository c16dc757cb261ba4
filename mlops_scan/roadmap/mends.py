"""Broken wires that lower a practice, as steps of a plan: the line that breaks the wire, taken away or mended."""

import re
from collections.abc import Callable, Iterator

from mlops_scan.clean import clean, masked
from mlops_scan.faults import Confidence, Fault, rules
from mlops_scan.roadmap.measure import Maker
from mlops_scan.roadmap.state import State
from mlops_scan.roadmap.view import plain
from mlops_scan.roadmap.words import Change, Step

_DAYS = {1: 0.25, 2: 0.5, 3: 0.5}
_MOST = 12
_FORGIVEN = re.compile(
    r"^(\s*)(- )?(?:continue-on-error|allow_failure|continueOnError|ignore_errors)\s*:\s*(?:true|yes)\s*(?:#.*)?$"
)
_OR_TRUE = re.compile(r"\s*\|\|\s*(?:true|:|exit 0|echo\b[^\n]*)\s*(?=[\"']?\s*$)")
_DASHED = re.compile(r"^(\t|    )-(?=\s*\S)")


def mends(state: State) -> list[Maker]:
    """A step for each broken wire that costs a proof something, the costliest first."""
    costs = {rule.id: rule.costs for rule in rules()}
    found = [fault for fault in state.assessment.faults if _counts(fault)]
    chosen = sorted(found, key=lambda fault: (-costs.get(fault.rule, 1), fault.place.path, fault.place.line or 0))[
        :_MOST
    ]
    return [Maker(_id(fault), (), (), _DAYS.get(costs.get(fault.rule, 1), 0.5), _maker(fault)) for fault in chosen]


def _counts(fault: Fault) -> bool:
    return not fault.suppressed and fault.confidence is Confidence.HIGH


def _id(fault: Fault) -> str:
    return f"mend {fault.rule} {clean(fault.place.path)}:{fault.place.line or 1}"


def _maker(fault: Fault) -> Callable[[State], Step | None]:
    def make(state: State) -> Step | None:
        return _step(fault, state)

    return make


def _step(fault: Fault, state: State) -> Step:
    """Where the mend is one line, that line; otherwise what the rule's page says, and the wire is taken as whole."""
    change = _mended(fault, state.text(fault.place.path))
    mend = next((rule.page for rule in rules() if rule.id == fault.rule), "").rpartition("Mend: ")[2].split("\n\n")[0]
    message = clean(masked(fault.message))
    return Step(
        _id(fault),
        f"Mend `{fault.rule}` at {clean(str(fault.place))}",
        f"{message[:1].upper()}{message[1:]}: what rests on it is less proven.",
        0.0,
        "",
        (change,) if change else (),
        adapt=() if change else (" ".join(mend.split()),),
        assumes=((fault.rule, fault.place.path),),
        evidence=fault.place,
    )


def _mended(fault: Fault, text: str | None) -> Change | None:
    number = fault.place.line
    lines = text.split("\n") if text else []
    if (
        fault.rule not in ("gate-cannot-fail", "failure-lost")
        or not number
        or not 0 < number <= len(lines)
        or not plain(fault.place.path)
    ):
        return None
    for new in _without(lines[number - 1]) if fault.rule == "gate-cannot-fail" else _strict(lines, number):
        after = [*lines[: number - 1], *new, *lines[number:]]
        snippet = masked("\n".join(new)) + "\n" if new else ""
        return Change(fault.place.path, "\n".join(after), snippet, number, removed=masked(lines[number - 1]))
    return None


def _without(line: str) -> Iterator[list[str]]:
    """The line without what forgives the failure; no line at all where that was all of it."""
    if forgiven := _FORGIVEN.match(line):
        if not forgiven[2]:
            yield []
    elif _OR_TRUE.search(line):
        yield [_OR_TRUE.sub("", line)]
    elif _DASHED.match(line):
        yield [_DASHED.sub(r"\1", line)]


def _strict(lines: list[str], number: int) -> Iterator[list[str]]:
    """The line behind `set -euo pipefail`, in a script; texts in pipelines are left to people."""
    if lines[0].startswith("#!") and "sh" in lines[0] and number > 1:
        yield ["set -euo pipefail", lines[number - 1]]
