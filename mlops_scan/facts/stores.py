"""Where Python code keeps its runs, if it computes the address: a name that holds it, or a sum of texts and paths.

Looks on the one pass of `facts.python`, as those of `facts.checks`. An address that stands in the call itself is the
value of the call.
"""

import ast
from collections.abc import Iterator

from mlops_scan.evidence import Fact
from mlops_scan.facts import expressions, looks
from mlops_scan.facts.checks import dotted
from mlops_scan.facts.looks import Assignment, Look
from mlops_scan.facts.spoken import verb_of

_HANDS_OVER = "set_tracking_uri"
_MOST_STEPS = 10


class Watch(looks.Watch):
    """What names hold, by unit; a name that was bound twice holds nothing that is known."""

    def __init__(self, assigned: looks.Assigned) -> None:
        super().__init__(assigned)
        self._values: dict[tuple[str, str], ast.expr | None] = {}

    def held(self, name: str, unit: str) -> ast.expr | None:
        """What a name of a function or of the module around it holds."""
        for node, around in self.newly_assigned():
            self._keep(node, around)
        return self._values.get((unit, name)) if (unit, name) in self._values else self._values.get(("", name))

    def _keep(self, node: Assignment, unit: str) -> None:
        if isinstance(node, ast.AugAssign):
            return
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if isinstance(target, ast.Name):
                key = (unit, target.id)
                self._values[key] = None if key in self._values else node.value


def on_call(watch: Watch, node: ast.Call, unit: str) -> Iterator[Fact]:
    """The address of a tracking server or store that is handed over under a name, or as a sum."""
    if verb_of(node) == _HANDS_OVER:
        given = [*node.args[:1], *(each.value for each in node.keywords if each.arg == "uri")]
        if given and not expressions.text(given[0]) and (address := _address(watch, given[0], unit)):
            yield Fact("keeps-runs", dotted(node.func), node.lineno, address, unit)


def _address(watch: Watch, node: ast.expr, unit: str) -> str:
    """The beginning of an address, and `{}` for what only a run knows; empty where not even that stands there."""
    rest = ""
    for _ in range(_MOST_STEPS):
        held = watch.held(node.id, unit) if isinstance(node, ast.Name) else None
        if held is not None:
            node = held
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            node, rest = node.left, "{}"
        elif isinstance(node, ast.Call) and dotted(node.func) == "str" and len(node.args) == 1:
            node = node.args[0]
        elif isinstance(node, ast.Call) and verb_of(node) == "as_uri" and isinstance(node.func, ast.Attribute):
            return "file://{}"
        else:
            break
    text = expressions.text(node) if isinstance(node, ast.Constant | ast.JoinedStr) else ""
    return f"{text}{rest}" if text and not text.startswith("{}") else ""


LOOKS: dict[type, Look] = {
    ast.Call: Look(on_call, _HANDS_OVER.__eq__),
}
