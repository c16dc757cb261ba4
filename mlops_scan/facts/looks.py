"""Looks at nodes of Python code that are made on the one pass of `facts.python`: what they are, and what they remember."""

import ast
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, Protocol, TypeAlias

from mlops_scan.evidence import Fact
from mlops_scan.facts.spoken import name_of, verb_of

ASSIGNING = (ast.Assign, ast.AnnAssign, ast.AugAssign)
_ROWS = (ast.Tuple, ast.List)
Assignment: TypeAlias = ast.Assign | ast.AnnAssign | ast.AugAssign


class Look(NamedTuple):
    """What is looked for at nodes of one kind, and the names without which nothing is found there.

    `find` gets what the looks of its module remember, the node, and the unit that it stands in. `heeds` is asked for the
    names of a call or an assignment (see `names_of`): where it heeds none of them `find` is left out.
    """

    find: Callable[..., Iterable[Fact]]
    heeds: Callable[[str], bool] | None = None


class Watch(Protocol):
    """What the looks of a module remember of a file."""

    def rest(self) -> Iterator[Fact]:
        """What is only known once all nodes were seen."""
        ...


class Assigned:
    """The assignments of a file so far, each with its unit: what names hold is found out when somebody asks."""

    def __init__(self) -> None:
        self.all: list[tuple[Assignment, str]] = []

    def add(self, node: ast.AST, unit: str) -> None:
        """Take note of a node, if it is an assignment."""
        if isinstance(node, ASSIGNING):
            self.all.append((node, unit))


def names_of(node: ast.AST) -> list[str]:
    """The names by which looks are chosen: what is called and the names of its arguments, or what gets a value."""
    if isinstance(node, ast.Call):
        return [verb_of(node), *[each.arg for each in node.keywords if each.arg]]
    if isinstance(node, ast.Assign):
        return [name for target in node.targets for name in _of_target(target)]
    return _of_target(node.target) if isinstance(node, ast.AnnAssign) else []


def _of_target(target: ast.expr) -> list[str]:
    return [name_of(each) for each in target.elts] if isinstance(target, _ROWS) else [name_of(target)]
