"""The evidence graph: what runs what, what shows which practice. The only importer of networkx; asked in our own words."""

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from mlops_scan.entries import entries_of, switched_off
from mlops_scan.evidence import SHARED_LINKS, Evidence, Link, Node, Place, Reading, Strength
from mlops_scan.proof import Proof, chain, plainness_of
from mlops_scan.readings import Readings
from mlops_scan.vocabulary import vocabulary
from mlops_scan.ways import Ways
from mlops_scan.wiring.left_out import left_out

if TYPE_CHECKING:
    import networkx as nx


class Topic(NamedTuple):
    """A node of the graph that stands for an idea and not for code: a tool, a practice, a capability."""

    kind: str
    id: str


_START = Topic("start", "")
NO_RUNS = ("test", "fixture")
#: What a test shows says less than anything that is run.
_AS_A_TEST = 5
#: Of a way the last places: three times as many as the longest in real repositories, and more than anybody reads.
LONGEST_WAY = 50


class EvidenceGraph(Readings):
    """Built once from the readings, the links between them and the evidence in them; then only asked."""

    def __init__(self, readings: Sequence[Reading], links: Iterable[Link], evidence: Sequence[Evidence]) -> None:
        super().__init__(readings)
        links = list(links)
        self.off = frozenset((*switched_off(readings), *left_out(readings, links)))
        self.evidence = tuple(evidence)
        self._graph, self._shared = _empty()
        starting: dict[tuple[Node, Node], dict[str, Any]] = {}
        self.given_up: dict[str, None] = {}  #: what was asked for and is not known as a whole
        self._first: dict[Node, Node] = {}  # the entry point at the begin of the way to a node
        for each in links:
            if each.target in self.off and each.kind != "needs":
                continue  # nobody starts what is switched off
            if each.kind in SHARED_LINKS:
                self._shared.add_edge(each.source, each.target, each.kind, line=each.line, kind=each.kind)
            elif each.kind != "documented" or self.role(each.target) != "test":
                # that people may run the tests by hand makes nothing in them a part of a pipeline
                edge = (each.source, each.target)
                if edge not in starting:  # the first place that says so is proof enough
                    starting[edge] = {"line": each.line, "kind": each.kind}
        self._graph.add_edges_from((*edge, said) for edge, said in starting.items())
        for entry, kind in self._entries(readings):
            self._graph.add_edge(_START, entry, line=None, kind=kind)
        for practice in vocabulary().practices.values():
            self._graph.add_edge(
                Topic("practice", practice.id), Topic("capability", practice.capability), kind="part-of"
            )
        for one in evidence:
            self._graph.add_edge(Topic("tool", one.tool), Topic("practice", one.practice), kind="shows")

    def _entries(self, readings: Sequence[Reading]) -> Iterator[tuple[Node, str]]:
        """Where life comes in: triggers that are on, commands that documents name, things that are deployed."""
        for reading in readings:
            yield from entries_of(reading)
            documented = dict.fromkeys(Node(reading.path, fact.unit) for fact in reading.of("documented"))
            yield from ((node, "documented") for node in documented)

    # -- reachability ---------------------------------------------------------------------------------------------------

    @cached_property
    def _next(self) -> dict[Any, dict[Any, dict[str, Any]]]:
        """For each node what it leads to, with the edges: the graph's own dictionaries, to be read and not changed."""
        return dict(self._graph.adjacency())

    def _paths_of(self, roles: Collection[str]) -> frozenset[str]:
        return frozenset(path for path, reading in self.readings.items() if reading.role in roles)

    @cached_property
    def _came_from(self) -> dict[Any, Any]:
        """For each node that an entry point reaches, the node before it: on the shortest way from a trigger, if there is one."""
        if _START not in self._graph:
            return {}

        entries = self._graph.adj[_START].items()
        triggers = {entry: _START for entry, edge in entries if edge["kind"] == "trigger"}
        before: dict[Any, Any] = {}
        unrun = self._paths_of(NO_RUNS)  # what tests call is tested, and not run in production
        for wave in (triggers, dict.fromkeys(self._graph.adj[_START], _START)):
            waiting = deque(entry for entry in wave if entry not in before)
            before = {**wave, **before}
            while waiting:
                here = waiting.popleft()
                for each in self._next[here]:
                    if each not in before and (here.path not in unrun or each.path in unrun):
                        before[each] = here
                        waiting.append(each)
        return before

    def is_live(self, node: Node) -> bool:
        """Whether an entry point reaches the node."""
        return node in self._came_from

    @cached_property
    def _live_in(self) -> dict[str, Node]:
        """The files of which an entry point reaches something, each with the first of what it reaches."""
        live = sorted((node for node in self._came_from if isinstance(node, Node)), reverse=True)
        return {node.path: node for node in live}

    def is_off(self, node: Node) -> bool:
        """Whether the unit, or one around it, stands there and never runs."""
        parts = node.unit.split("/")
        return any(Node(node.path, "/".join(parts[:end])) in self.off for end in range(1, len(parts) + 1))

    def way_to(self, node: Node) -> tuple[Place, ...]:
        """The places along a shortest way from an entry point to the node; empty where none leads there."""
        steps: list[Place] = []
        while node in self._came_from:
            before = self._came_from[node]
            if before == _START:
                steps.append(self.place(node))
                break
            if len(steps) == LONGEST_WAY:
                steps.append(self.place(self._entry_of(node)))
                break
            line = self._graph.edges[before, node]["line"]
            steps.append(Place(before.path, line if line is not None else self.place(before).line))
            node = before
        return chain(reversed(steps))

    def _entry_of(self, node: Node) -> Node:
        """The entry point at the begin of the way to a node that one reaches."""
        walked = []
        while node not in self._first and (before := self._came_from[node]) != _START:
            walked.append(node)
            node = before
        first = self._first.setdefault(node, node)
        self._first |= dict.fromkeys(walked, first)
        return first

    @cached_property
    def ways(self) -> Ways:
        """What each node starts, directly or not."""
        return Ways(self._next, self._paths_of, self.give_up)

    def give_up(self, why: str) -> None:
        """Note what is not known as a whole; a scan says so, and is not complete."""
        self.given_up[why] = None

    def reached_from(self, *nodes: Node, avoiding: Collection[str] = ()) -> set[Node]:
        """All nodes that some nodes start, directly or not, and these; except through files of these roles."""
        return self.ways.reached_from(nodes, frozenset(avoiding))

    def tree_from(
        self, node: Node, avoiding: Collection[str] = (), without: Collection[str] = ()
    ) -> dict[Node, Node | None]:
        """All nodes that a node starts, as `reached_from`, each with the node before it on a shortest way.

        `without` names kinds of links that are not followed: without `import` a module counts only for what is called.
        """
        return self.ways.tree_from(node, frozenset(avoiding), frozenset(without))

    def way(self, tree: Mapping[Node, Node | None], node: Node) -> list[Place]:
        """The places along the way of a tree to one of its nodes."""
        steps = [self.place(node)]
        before = tree.get(node)
        while before is not None and len(steps) < LONGEST_WAY:
            line = self._graph.edges[before, node]["line"]
            steps.append(Place(before.path, line if line is not None else self.place(before).line))
            node, before = before, tree.get(before)
        steps.reverse()
        return steps

    def links(self) -> list[Link]:
        """Every link between units, those that start something and those that share a name, in a fixed order."""
        edges = [*self._graph.edges(data=True), *self._shared.edges(data=True)]
        found = [
            Link(source, target, edge["kind"], edge.get("line"))
            for source, target, edge in edges
            if isinstance(source, Node)
        ]
        return sorted(found, key=lambda each: (each.source, each.target, each.kind))

    def links_to(self, node: Node) -> Iterator[Link]:
        """The links by which other units start, call or hold this one."""
        for source, _, edge in self._graph.in_edges(node, data=True) if node in self._graph else ():
            if isinstance(source, Node):
                yield Link(source, node, edge["kind"], edge["line"])

    def leading_to(self, places: Collection[Place]) -> set[Node]:
        """The units that stand at these places, and all from which one comes to them."""
        wanted = {Node(place.path) for place in places}
        lines = {(place.path, place.line) for place in places}
        for node, facts in self.facts.items():
            if any((node.path, fact.line) in lines for fact in facts):
                wanted.add(node)
        found = {node for node in wanted if node in self._graph}
        ahead, waiting = set(found), list(found)
        while waiting:
            fresh = [each for each in self._graph.pred[waiting.pop()] if each not in ahead]
            ahead.update(fresh)
            waiting += fresh
        return found | {node for node in ahead if isinstance(node, Node) and self.is_live(node)}

    def entry_files(self) -> Iterator[Node]:
        """Files that are started as a whole: pipelines, and what a document tells people to run."""
        if _START not in self._graph:
            return
        for node in self._graph.successors(_START):
            if self._graph.edges[_START, node]["kind"] != "documented":
                yield from () if node.unit else (node,)
            else:
                yield from (each for each in self._graph.successors(node) if isinstance(each, Node))

    def before(self, node: Node, kind: str) -> list[Node]:
        """The nodes that this one refers to with links of one kind: `needs`, say."""
        if node not in self._graph:
            return []
        return [each for each in self._graph.successors(node) if self._graph.edges[node, each]["kind"] == kind]

    def shared(self, kind: str) -> Iterator[tuple[Node, Node]]:
        """The pairs of who makes and who uses something: `decides` for what a check decides about."""
        return ((maker, user) for maker, user, shared in self._shared.edges(keys=True) if shared == kind)

    def users(self, node: Node, kind: str) -> list[Node]:
        """The nodes that use the `data`, `model`, `build`, ... (`SHARED_LINKS`) that this one makes."""
        edges = self._shared.out_edges(node, keys=True) if node in self._shared else ()
        return [user for _, user, shared in edges if shared == kind]

    def makers(self, node: Node, kind: str) -> list[Node]:
        """The nodes that make the `data`, `model`, `build`, ... (`SHARED_LINKS`) that this one uses."""
        edges = self._shared.in_edges(node, keys=True) if node in self._shared else ()
        return [maker for maker, _, shared in edges if shared == kind]

    # -- what is shown ----------------------------------------------------------------------------------------------------

    def strength_of(self, one: Evidence) -> Strength:
        """How strong one piece of evidence is: the kind of fact bounds it, and the graph says whether it is live."""
        if one.fact.kind == "dependency":
            return Strength.DECLARED
        if one.trace:
            return Strength.EXERCISED
        node = Node(one.place.path, one.fact.unit)
        whole = one.fact.kind == "file" and one.place.path in self._live_in
        live = not self.is_off(node) and (self.is_live(node) or self.is_live(Node(one.place.path)) or whole)
        return Strength.WIRED if live else Strength.CONFIGURED

    def proof_of(self, one: Evidence) -> Proof:
        """The chain from an entry point to the evidence, and the evidence itself at its end."""
        node = Node(one.place.path, one.fact.unit)
        way = self.way_to(node) or self.way_to(Node(one.place.path))
        if not way and one.fact.kind == "file" and (inner := self._live_in.get(one.place.path)):
            way = self.way_to(inner)
        tested = _AS_A_TEST if self.role(node) in NO_RUNS else 0
        return Proof(self.strength_of(one), chain((*way, one.place)), one.tool, plainness_of(one.fact) + tested)

    @cached_property
    def _by_practice(self) -> dict[str, list[Proof]]:
        found: dict[str, list[Proof]] = defaultdict(list)
        for one in self.evidence:
            found[one.practice].append(self.proof_of(one))
        return {
            practice: sorted(dict.fromkeys(proofs), key=lambda proof: proof.order) for practice, proofs in found.items()
        }

    def proofs(self, practice: str) -> list[Proof]:
        """What shows a practice, strongest first."""
        return self._by_practice.get(practice, [])

    @cached_property
    def tools(self) -> dict[str, list[Evidence]]:
        """The tools that left evidence, each with its evidence, strongest first."""
        found: dict[str, list[Evidence]] = defaultdict(list)
        for one in self.evidence:
            found[one.tool].append(one)
        return {
            tool: sorted(found[tool], key=lambda one: (-self.strength_of(one), one.place.path, one.place.line or 0))
            for tool in sorted(found)
        }


def _empty() -> "tuple[nx.DiGraph[Any], nx.MultiDiGraph[Any]]":
    import networkx as nx  # noqa: PLC0415  # late: what is remembered of an earlier scan needs no graph

    return nx.DiGraph(), nx.MultiDiGraph()
