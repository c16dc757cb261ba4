"""Broken wires: one module per family, and in it one function per rule. They look at the graph and say what is hollow.

A rule is a generator under `@rule(...)`; its docstring is its page (`mlops-scan explain RULE`). Nothing lists the rules:
the modules of this folder are found, and so is each `Rule` in them.
"""

import pkgutil
from collections.abc import Callable, Iterator
from enum import IntEnum
from functools import cache
from importlib import import_module
from inspect import getdoc
from typing import NamedTuple

from mlops_scan.evidence import Node, Place
from mlops_scan.lifecycle import Lifecycle


class Confidence(IntEnum):
    """How sure a rule can be from the files alone."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3

    def __str__(self) -> str:
        return self.name.lower()


class Broken(NamedTuple):
    """What a rule yields: the place and the node that are broken, what is broken in one sentence, and how sure that is."""

    place: Place
    message: str
    node: Node
    confidence: Confidence = Confidence.HIGH


class Fault(NamedTuple):
    """A broken wire, with the practices that rest on it."""

    rule: str
    place: Place
    message: str
    confidence: Confidence
    rests: tuple[str, ...] = ()


class Rule(NamedTuple):
    """One kind of broken wire. `costs` orders the faults of a report: 3 makes a proof hollow, 1 is untidy."""

    id: str
    family: str
    costs: int
    page: str
    find: Callable[[Lifecycle], Iterator[Broken]]


def rule(id: str, costs: int = 2) -> Callable[[Callable[[Lifecycle], Iterator[Broken]]], Rule]:
    """Declare a rule. The function's docstring: what it sees; why that makes a claim hollow; how to mend it."""

    def make(function: Callable[[Lifecycle], Iterator[Broken]]) -> Rule:
        family = function.__module__.rpartition(".")[2].replace("_", "-")
        return Rule(id, family, costs, getdoc(function) or "", function)

    return make


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule of every module in this folder, by id."""
    modules = [import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
    found = {value.id: value for module in modules for value in vars(module).values() if isinstance(value, Rule)}
    return tuple(found[name] for name in sorted(found))


def find(life: Lifecycle) -> list[Fault]:
    """All faults, the costliest and surest first; the same place and rule once."""
    found: dict[tuple[str, Place], tuple[Rule, Broken]] = {}
    for each in rules():
        for broken in each.find(life):
            found.setdefault((each.id, broken.place), (each, broken))
    rests = _rests(life)
    ordered = sorted(found.values(), key=lambda pair: _order(*pair))
    return [
        Fault(each.id, broken.place, broken.message, broken.confidence, tuple(rests.get(broken.node, ())))
        for each, broken in ordered
    ]


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
