"""The long lists of the page: faults by rule, tools, what was left out. Each is cut, and says how much it leaves away."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from mlops_scan.assess import Assessment, Tool
from mlops_scan.changes import Change
from mlops_scan.clean import clean, masked
from mlops_scan.evidence import Place, Warning
from mlops_scan.faults import Fault, rules
from mlops_scan.inventory import Asset

_MOST_PLACES = 25
_MOST_TOOL_PLACES = 6
_MOST_LINES = 100
_LONGEST = 300


class Group(NamedTuple):
    """The faults of one rule: what it sees, why that matters and how to mend it."""

    rule: str
    sees: str
    page: tuple[str, ...]
    faults: tuple[Fault, ...]
    found: int


class Used(NamedTuple):
    """A tool with the practices that it shows, and the first of its places."""

    tool: Tool
    practices: tuple[str, ...]
    places: tuple[Place, ...]
    more: int


class Elsewhere(NamedTuple):
    """A reference that leads out of this repository."""

    place: Place
    kind: str
    name: str


class Named(NamedTuple):
    """A model or a data set that has a name, and where it is named first."""

    asset: Asset
    more: int


class Lists(NamedTuple):
    """All of them, with the whole number where a list was cut."""

    broken: tuple[Group, ...]
    accepted: tuple[Fault, ...]
    active: int
    suppressed: int
    tools: tuple[Used, ...]
    elsewhere: tuple[Elsewhere, ...]
    warnings: tuple[Warning, ...]
    changes: tuple[Change, ...]
    named: tuple[Named, ...]


def lists(assessment: Assessment) -> Lists:
    """The lists of an assessment."""
    active = [fault for fault in assessment.faults if not fault.suppressed]
    accepted = [fault for fault in assessment.faults if fault.suppressed]
    tools = sorted(assessment.tools, key=lambda tool: (-tool.strength, tool.name.lower(), tool.id))
    outside = assessment.elsewhere[:_MOST_LINES]
    return Lists(
        _groups(active),
        tuple(map(_masked, accepted[:_MOST_LINES])),
        len(active),
        len(accepted),
        tuple(map(_used, tools)),
        tuple(
            Elsewhere(Place(each.source.path, each.fact.line), each.fact.kind, _said(each.fact.name))
            for each in outside
        ),
        tuple(sorted(assessment.warnings, key=lambda warning: not warning.lost)[:_MOST_LINES]),
        assessment.changes.all[:_MOST_LINES] if assessment.changes else (),
        tuple(Named(each, len(each.places) - 1) for each in assessment.assets[:_MOST_LINES]),
    )


def _masked(fault: Fault) -> Fault:
    return fault._replace(message=_said(fault.message), suppressed=_said(fault.suppressed))


def _said(text: str) -> str:
    return clean(masked(text[: 10 * _LONGEST]), _LONGEST)


def _groups(faults: Iterable[Fault]) -> tuple[Group, ...]:
    """By rule, in the order of the faults: the costliest first."""
    pages = {rule.id: rule.page for rule in rules()}
    found: dict[str, list[Fault]] = {}
    for fault in faults:
        found.setdefault(fault.rule, []).append(fault)
    return tuple(_group(rule, pages.get(rule, ""), own) for rule, own in found.items())


def _group(rule: str, page: str, faults: Sequence[Fault]) -> Group:
    sees, *rest = [" ".join(part.split()) for part in page.split("\n\n")]
    return Group(rule, sees, tuple(rest), tuple(map(_masked, faults[:_MOST_PLACES])), len(faults))


def _used(tool: Tool) -> Used:
    places = list(dict.fromkeys(one.place for one in tool.evidence))
    practices = tuple(dict.fromkeys(one.practice for one in tool.evidence))
    first = tuple(places[:_MOST_TOOL_PLACES])
    return Used(tool, practices, first, len(places) - len(first))
