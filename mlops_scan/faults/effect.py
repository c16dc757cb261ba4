"""Checks that change nothing, for the questions that rest on a check: a gate that cannot fail is none."""

from collections.abc import Iterator

from mlops_scan.evidence import Node
from mlops_scan.faults import Confidence, checks, gates, hollow
from mlops_scan.lifecycle import Lifecycle

#: Rules whose faults take the effect from all that the broken node starts.
_OPEN = (gates.gate_cannot_fail, gates.failure_lost, hollow.runs_nothing)
#: Rules whose faults take it from the code that they stand in.
_SAID = (checks.verdict_overwritten, checks.verdict_only_printed, checks.check_swallowed, checks.check_always_passes)


def without_effect(life: Lifecycle) -> set[Node]:
    """The nodes whose failure nobody notices, with all that is reached through them."""
    found: set[Node] = set()
    for rule in _OPEN:
        for broken in rule.find(life):
            if broken.confidence >= Confidence.MEDIUM and broken.node not in found:
                found |= life.graph.reached_from(broken.node) | set(_around(broken.node))
    paths = {broken.node.path for rule in _SAID for broken in rule.find(life)}
    return found | {node for node in life.graph.facts if node.path in paths}


def _around(node: Node) -> Iterator[Node]:
    """The job around a step: what it promises by its name, the step does not keep."""
    around = node.unit.rpartition("/")[0]
    while around:
        yield Node(node.path, around)
        around = around.rpartition("/")[0]
