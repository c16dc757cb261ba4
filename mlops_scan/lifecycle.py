"""The repository as the life of its models: who prepares, trains, evaluates and deploys, and what starts whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from mlops_scan.activities import Doing, activities
from mlops_scan.attestation import Attestation
from mlops_scan.evidence import Loose, Node, Place, Strength
from mlops_scan.graph import EvidenceGraph
from mlops_scan.proof import Proof, chain

if TYPE_CHECKING:  # the linker would come along with every report
    from mlops_scan.wiring.stale import Stale

NOT_PRODUCTION = ("test", "fixture")
BY_CALL = ("import",)
BY_ITSELF = ("push", "schedule", "data", "signal", "after", "release", "pull_request", "deploy")


T = TypeVar("T")


class _Life(NamedTuple):
    graph: EvidenceGraph
    does: dict[str, dict[Node, Doing]]
    reach: dict[Node, dict[Node, Node | None]]  #: of every trigger, target, pipeline and documented command, as trees
    loose: tuple[Loose, ...] = ()  #: the references that lead to nothing
    stale: tuple[Stale, ...] = ()  #: the stages that have changed since they last ran
    attested: tuple[Attestation, ...] = ()  #: what people say of it


class Lifecycle(_Life):
    """What the questions are asked of: the graph, who does what, and what each starting point reaches."""

    @cached_property
    def _answers(self) -> dict[Callable[[Lifecycle], Any], Any]:
        return {}

    def once(self, question: Callable[[Lifecycle], T]) -> T:
        """The answer to a question that several others rest on: it is found once."""
        if question not in self._answers:
            self._answers[question] = question(self)
        answer: T = self._answers[question]
        return answer

    def reached(self, start: Node, activity: str) -> list[Node]:
        """The nodes that do something, out of those that a starting point starts; those that only bear its name last."""
        return self._doing(self.reach[start], activity)

    def touched(self, start: Node, activity: str) -> list[Node]:
        """As `reached`, and in modules that are only imported: what stands there may be called, and may not."""
        return self._doing(self.graph.tree_from(start, NOT_PRODUCTION), activity)

    def _doing(self, nodes: Mapping[Node, object], activity: str) -> list[Node]:
        doing = self.does[activity]
        return sorted(nodes.keys() & doing.keys(), key=lambda node: (doing[node].by_name, node))

    def shown_at(self, *practices: str) -> set[Node]:
        """The nodes with evidence of a practice that is more than a dependency."""
        return set(self.shown_where(*practices))

    def shown_where(self, *practices: str) -> dict[Node, Place]:
        """The nodes with evidence of a practice that is more than a dependency, and where each first shows it."""
        found: dict[Node, Place] = {}
        for one in self.graph.evidence:
            if one.practice in practices and one.fact.kind != "dependency":
                found.setdefault(Node(one.place.path, one.fact.unit), one.place)
        return found

    def proof(self, start: Node, *nodes: Node, strength: Strength = Strength.WIRED) -> Proof:
        """The chain from a starting point to each of these nodes in turn."""
        tree = self.reach.get(start, {})
        if not all(node in tree for node in nodes):
            tree = self.graph.tree_from(start)
        places = [place for node in nodes for place in (*self.graph.way(tree, node), self.place(node))]
        by_name = max((self._by_name(node) for node in nodes), default=0)
        return Proof(strength, chain([Place(start.path, self.line(start)), *places]), plainness=int(by_name))

    def place(self, node: Node) -> Place:
        """Where a node stands, or where it says what it does."""
        said = [doing[node] for doing in self.does.values() if node in doing]
        return min(said, key=lambda each: each.by_name).place if said else Place(node.path, self.line(node))

    def _by_name(self, node: Node) -> int:
        return min((doing[node].by_name for doing in self.does.values() if node in doing), default=1)

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
    units = ((node, unit) for node, unit in graph.units.items() if node not in graph.off)
    starts = [node for node, unit in units if unit.kind in ("trigger", "target")]
    nodes = dict.fromkeys([*starts, *sorted(set(graph.entry_files()))])
    reach = {
        node: graph.tree_from(node, NOT_PRODUCTION, BY_CALL)
        for node in nodes
        if graph.role(node) in ("product", "docs")
    }
    return Lifecycle(graph, activities(list(graph.readings.values())), reach, tuple(loose))
