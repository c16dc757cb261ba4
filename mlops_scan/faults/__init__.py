"""Broken wires: one module per family, and in it one function per rule. They look at the graph and say what is hollow.

A rule is a generator under `@rule(...)`; its docstring is its page (`mlops-scan explain RULE`). Nothing lists the
rules: the modules of this folder are found, and so is each `Rule` in them.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import get_close_matches
from enum import IntEnum
from functools import cache
from importlib import import_module
from inspect import getdoc
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from mlops_scan.evidence import Node, Place, Warning
from mlops_scan.repository.patterns import PathPatterns

if TYPE_CHECKING:  # a report names faults, and looks for none
    from mlops_scan.lifecycle import Lifecycle

_MOST_STRAY = 100
_NO_REASON = "suppresses nothing: write `mlops-scan: ignore RULE: reason`"


class Confidence(IntEnum):
    """How sure a rule can be from the files alone."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3

    def __str__(self) -> str:
        return self.name.lower()


class Broken(NamedTuple):
    """What a rule yields: the place and the node that are broken, what is broken in one sentence, how sure that is."""

    place: Place
    message: str
    node: Node
    confidence: Confidence = Confidence.HIGH


class Fault(NamedTuple):
    """A broken wire, with the practices that rest on it. `suppressed`: why somebody accepts it, if anybody does."""

    rule: str
    place: Place
    message: str
    confidence: Confidence
    rests: tuple[str, ...] = ()
    suppressed: str = ""


class Suppression(NamedTuple):
    """What a configuration accepts: the faults of a rule in the files that match a pattern, and why."""

    rule: str
    pattern: str
    reason: str


class Rule(NamedTuple):
    """One kind of broken wire. `costs` orders the faults of a report: 3 makes a proof hollow, 1 is untidy."""

    id: str
    family: str
    costs: int
    page: str
    find: Callable[[Lifecycle], Sequence[Broken]]


def rule(id: str, costs: int = 2) -> Callable[[Callable[[Lifecycle], Iterator[Broken]]], Rule]:
    """Declare a rule. The function's docstring: what it sees; why that makes a claim hollow; how to mend it.

    What it finds is found once, however many questions rest on it.
    """

    def make(function: Callable[[Lifecycle], Iterator[Broken]]) -> Rule:
        def found(life: Lifecycle) -> tuple[Broken, ...]:
            return tuple(function(life))

        family = function.__module__.rpartition(".")[2].replace("_", "-")
        return Rule(id, family, costs, getdoc(function) or "", lambda life: life.once(found))

    return make


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule of every module in this folder, by id."""
    modules = [import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
    found = {value.id: value for module in modules for value in vars(module).values() if isinstance(value, Rule)}
    return tuple(found[name] for name in sorted(found))


def find(life: Lifecycle, suppressions: Iterable[Suppression] = ()) -> list[Fault]:
    """All faults, the costliest and surest first, the suppressed ones last; the same place and rule once."""
    found: dict[tuple[str, Place], tuple[Rule, Broken]] = {}
    for each in rules():
        for broken in each.find(life):
            found.setdefault((each.id, broken.place), (each, broken))
    rests = _rests(life)
    accepted = _acceptance(life, suppressions)
    ordered = sorted(found.values(), key=lambda pair: _order(*pair))
    faults = [_fault(each, broken, rests, accepted(each.id, broken.place)) for each, broken in ordered]
    return sorted(faults, key=lambda fault: bool(fault.suppressed))


def _fault(each: Rule, broken: Broken, rests: dict[Node, list[str]], suppressed: str) -> Fault:
    practices = tuple(rests.get(broken.node, ()))
    return Fault(each.id, broken.place, broken.message, broken.confidence, practices, suppressed)


def stray(life: Lifecycle) -> Iterator[Warning]:
    """Comments of the product that suppress nothing: they name no rule and reason, or a rule that does not exist.

    Elsewhere, in tests and documents, such a comment is an example as often as not.
    """
    known = [each.id for each in rules()]
    comments = ((reading.path, fact) for reading in life.graph.product for fact in reading.of("suppressed"))
    unknown = ((path, fact) for path, fact in comments if fact.name not in known)
    for path, fact in islice(unknown, _MOST_STRAY):
        near = get_close_matches(fact.name, known, 1, 0.5)
        hint = f"; did you mean {near[0]}?" if near else ""
        wrong = f"suppresses a rule that does not exist{hint}" if fact.name else _NO_REASON
        yield Warning(Place(path, fact.line), wrong)


def _acceptance(life: Lifecycle, suppressions: Iterable[Suppression]) -> Callable[[str, Place], str]:
    """Says why a fault of a rule is accepted at a place: by a comment on its line, or by the configuration.

    A fault that has no line is accepted by a comment in the first.
    """
    patterns = PathPatterns((each.pattern, each) for each in suppressions)
    comments = {
        (fact.name, path, fact.line): fact.value
        for path, reading in life.graph.readings.items()
        for fact in reading.of("suppressed")
    }

    def reason(rule: str, place: Place) -> str:
        configured = (each.reason for each in patterns(place.path) if each.rule == rule)
        return comments.get((rule, place.path, place.line or 1)) or next(configured, "")

    return reason


def _order(each: Rule, broken: Broken) -> tuple[int, int, str, int, str]:
    return (-each.costs, -broken.confidence, broken.place.path, broken.place.line or 0, each.id)


def _rests(life: Lifecycle) -> dict[Node, list[str]]:
    """Which practices are shown at or behind a node: what would be less sure if the node were broken."""
    shown: dict[Node, list[str]] = {}
    for one in life.graph.evidence:
        for node in dict.fromkeys((Node(one.place.path, one.fact.unit), Node(one.place.path))):
            practices = shown.setdefault(node, [])
            if one.practice not in practices:
                practices.append(one.practice)
    return shown
