"""Looks at nodes of Python code that are made on the one pass of `facts.python`: what they are, and what they remember."""

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from mlops_scan.evidence import Fact
from mlops_scan.facts.spoken import name_of, verb_of

ASSIGNING = (ast.Assign, ast.AnnAssign, ast.AugAssign)
_ROWS = (ast.Tuple, ast.List)
Assignment: TypeAlias = ast.Assign | ast.AnnAssign | ast.AugAssign


class Look(NamedTuple):
    """What is looked for at nodes of one kind, and the names without which nothing is found there.

    `find` gets what the looks of its module remember, the node, and the unit that it stands in. `heeds` is asked for the
    names of a call or an assignment (see `heeded`): where it heeds none of them `find` is left out.
    """

    find: Callable[..., Iterable[Fact]]
    heeds: Callable[[str], bool] | None = None


class Assigned:
    """The assignments of a file so far, each with its unit: what names hold is found out when somebody asks."""

    def __init__(self) -> None:
        self.all: list[tuple[Assignment, str]] = []

    def add(self, node: ast.AST, unit: str) -> None:
        """Take note of a node, if it is an assignment."""
        if isinstance(node, ASSIGNING):
            self.all.append((node, unit))


class Watch:
    """What the looks of a module remember of a file: its assignments; a module whose looks remember more has its own."""

    def __init__(self, assigned: Assigned) -> None:
        self.assigned = assigned
        self._known = 0

    def newly_assigned(self) -> Iterator[tuple[Assignment, str]]:
        """The assignments since it was last asked, each with its unit."""
        yield from self.assigned.all[self._known :]
        self._known = len(self.assigned.all)

    def rest(self) -> Iterator[Fact]:
        """What is only known once all nodes were seen."""
        return iter(())


def heeded(node: ast.AST, heeding: Mapping[str, int]) -> int:
    """All bits that `heeding` has for the names at a node: of what is called and of arguments, or of what gets a value."""
    bits = 0
    if isinstance(node, ast.Call):
        bits = heeding[verb_of(node)]
        for argument in node.keywords:
            if argument.arg is not None:
                bits |= heeding[argument.arg]
    elif isinstance(node, ASSIGNING):
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if isinstance(target, ast.Name):
                bits |= heeding[target.id]
            else:
                for each in target.elts if isinstance(target, _ROWS) else [target]:
                    bits |= heeding[name_of(each)]
    return bits
