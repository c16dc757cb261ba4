"""The repository as the life of its models: who prepares, trains, evaluates and deploys, and what starts whom."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from mlops_scan.activities import activities
from mlops_scan.evidence import Loose, Node, Place, Strength
from mlops_scan.graph import EvidenceGraph, Proof

NOT_PRODUCTION = ("test", "fixture")
BY_ITSELF = ("push", "schedule", "data", "signal", "after", "release", "pull_request", "deploy")


class Lifecycle(NamedTuple):
    """What the questions are asked of: the graph, who does what, and what each starting point reaches."""

    graph: EvidenceGraph
    does: dict[str, dict[Node, Place]]
    reach: dict[Node, set[Node]]  #: of every trigger, target, pipeline and documented command
    loose: tuple[Loose, ...] = ()  #: the references that lead to nothing

    def reached(self, start: Node, activity: str) -> list[Node]:
        """The nodes that do something, out of those that a starting point starts."""
        doing = self.does[activity]
        return sorted(node for node in self.reach[start] if node in doing)

    def proof(self, start: Node, *nodes: Node, strength: Strength = Strength.WIRED) -> Proof:
        """The chain from a starting point over these nodes."""
        places = [Place(start.path, self.line(start)), *(self.place(node) for node in nodes)]
        return Proof(strength, tuple(dict.fromkeys(places)))

    def place(self, node: Node) -> Place:
        """Where a node stands, or where it says what it does."""
        said = next((doing[node] for doing in self.does.values() if node in doing), None)
        return said or Place(node.path, self.line(node))

    def line(self, node: Node) -> int | None:
        """The line on which a unit begins."""
        unit = self.graph.units.get(node)
        return unit.line if unit else None

    def trigger(self, node: Node) -> str:
        """What kind of trigger a node is; empty for any other node."""
        facts = self.graph.facts.get(node, ())
        return next((fact.name for fact in facts if fact.kind == "trigger"), "")

    def starts(self, *kinds: str) -> Iterator[Node]:
        """The starting points of some kinds: `trigger`, `target`, `task`, `documented`."""
        for node in self.reach:
            unit = self.graph.units.get(node)
            if (unit.kind if unit else "file") in kinds:
                yield node


def lifecycle(graph: EvidenceGraph, loose: Iterable[Loose] = ()) -> Lifecycle:
    """Look at a graph in this way. Only product code and documents start anything; tests are no production."""
    starts = [node for node, unit in graph.units.items() if unit.kind in ("trigger", "target")]
    nodes = dict.fromkeys([*starts, *sorted(set(graph.entry_files()))])
    reach = {
        node: graph.reached_from(node, NOT_PRODUCTION) for node in nodes if graph.role(node) in ("product", "docs")
    }
    return Lifecycle(graph, activities(list(graph.readings.values())), reach, tuple(loose))
