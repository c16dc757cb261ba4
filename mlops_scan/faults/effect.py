"""Checks that change nothing, for the questions that rest on a check: a gate that cannot fail is none."""

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
                found |= life.graph.reached_from(broken.node)
    paths = {broken.node.path for rule in _SAID for broken in rule.find(life)}
    return found | {node for node in life.graph.facts if node.path in paths}
