"""The evidence graph: what runs what, what shows which practice; asked in our own words."""

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from mlops_scan.entries import entries_of, switched_off
from mlops_scan.evidence import SHARED_LINKS, Evidence, Link, Node, Place, Reading, Strength
from mlops_scan.firsts import firsts
from mlops_scan.proof import Proof, chain, plainness_of
from mlops_scan.readings import Readings
from mlops_scan.ways import Ways
from mlops_scan.wiring.left_out import left_out

_SHARED = frozenset(SHARED_LINKS)
NO_RUNS = ("test", "fixture")
#: What a test shows says less than anything that is run.
_AS_A_TEST = 5
#: Of a way the last places: three times as many as the longest in real repositories, and more than anybody reads.
LONGEST_WAY = 50


class EvidenceGraph(Readings):
    """Built once from the readings, the links between them and the evidence in them; then only asked.

    Of several links between two units that start something the first counts: one place that says so is proof enough.
    """

    def __init__(self, readings: Sequence[Reading], links: Iterable[Link], evidence: Sequence[Evidence]) -> None:
        super().__init__(readings)
        links = list(links)
        self.off = frozenset((*switched_off(readings), *left_out(readings, links)))
        self.evidence = tuple(evidence)
        self._ahead: dict[Node, list[Link]] = {}  # by which a unit starts others
        self._starting: list[Link] = []  # the same links, in their order
        self._by_target: dict[Node, dict[Node, Link]] = {}  # the same of a unit, once the way leads through it
        shared: dict[Link, None] = {}
        linked: set[tuple[Node, Node]] = set()
        self.given_up: dict[str, None] = {}  #: what was asked for and is not known as a whole
        self._first: dict[Node, Node] = {}  # the entry point at the begin of the way to a node
        for each in links:
            if self.off and each.target in self.off and each.kind != "needs":
                continue  # nobody starts what is switched off
            if each.kind in _SHARED:
                shared[each] = None
            elif each.kind != "documented" or self.role(each.target) != "test":
                # that people may run the tests by hand makes nothing in them a part of a pipeline
                pair = (each.source, each.target)
                if pair not in linked:
                    linked.add(pair)
                    self._starting.append(each)
        for each in self._starting:
            self._ahead.setdefault(each.source, []).append(each)
        self._shared = {(each.source, each.target, each.kind): each for each in shared}
        self._entries = dict(_entries(readings))

    # -- reachability ---------------------------------------------------------------------------------------------------

    def _paths_of(self, roles: Collection[str]) -> frozenset[str]:
        return frozenset(path for path, reading in self.readings.items() if reading.role in roles)

    @cached_property
    def _came_by(self) -> dict[Node, Link | None]:
        """For each node that an entry point reaches, the link to it: on the shortest way from a trigger, if there is one."""
        before: dict[Node, Link | None] = {}
        unrun = self._paths_of(NO_RUNS)  # what tests call is tested, and not run in production
        for wave in ([entry for entry, kind in self._entries.items() if kind == "trigger"], self._entries):
            waiting = deque(entry for entry in wave if entry not in before)
            before |= dict.fromkeys(waiting)
            while waiting:
                here = waiting.popleft()
                for link in self._ahead.get(here, ()):
                    each = link.target
                    if each not in before and (here.path not in unrun or each.path in unrun):
                        before[each] = link
                        waiting.append(each)
        return before

    def is_live(self, node: Node) -> bool:
        """Whether an entry point reaches the node."""
        return node in self._came_by

    @cached_property
    def _live_in(self) -> dict[str, Node]:
        """The files of which an entry point reaches something, each with the first of what it reaches."""
        return {node.path: node for node in sorted(self._came_by, reverse=True)}

    def is_off(self, node: Node) -> bool:
        """Whether the unit, or one around it, stands there and never runs."""
        parts = node.unit.split("/")
        return any(Node(node.path, "/".join(parts[:end])) in self.off for end in range(1, len(parts) + 1))

    def way_to(self, node: Node) -> tuple[Place, ...]:
        """The places along a shortest way from an entry point to the node; empty where none leads there."""
        if node not in self._came_by:
            return ()
        steps: list[Place] = []
        while (link := self._came_by[node]) and len(steps) < LONGEST_WAY:
            steps.append(self._said(link))
            node = link.source
        steps.append(self.place(self._entry_of(node)))
        return chain(reversed(steps))

    def _said(self, link: Link) -> Place:
        """Where a link stands; one that no line says, where the unit stands that starts the other."""
        return self.place(link.source) if link.line is None else Place(link.source.path, link.line)

    def _entry_of(self, node: Node) -> Node:
        """The entry point at the begin of the way to a node that one reaches."""
        walked = []
        while node not in self._first and (link := self._came_by[node]):
            walked.append(node)
            node = link.source
        first = self._first.setdefault(node, node)
        self._first |= dict.fromkeys(walked, first)
        return first

    @cached_property
    def ways(self) -> Ways:
        """What each node starts, directly or not."""
        return Ways(self._ahead, self._paths_of, self.give_up)

    def give_up(self, why: str) -> None:
        """Note what is not known as a whole; a scan says so, and is not complete."""
        self.given_up[why] = None

    def reached_from(self, *nodes: Node, avoiding: Collection[str] = ()) -> set[Node]:
        """All nodes that some nodes start, directly or not, and these; except through files of these roles."""
        return self.ways.reached_from(nodes, frozenset(avoiding))

    def first_started(self, wanted: Iterable[Node], avoiding: Collection[str] = ()) -> dict[Node, Node]:
        """For each node whose `reached_from` holds some of the wanted ones, the first of these in their order."""
        return firsts(self.links_to, wanted, self._paths_of(avoiding))

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
            steps.append(self._said(self._link(before, node)))
            node, before = before, tree.get(before)
        steps.reverse()
        return steps

    def _link(self, source: Node, target: Node) -> Link:
        """The link from a node to one that it starts."""
        if source not in self._by_target:
            self._by_target[source] = {each.target: each for each in self._ahead[source]}
        return self._by_target[source][target]

    def links(self) -> list[Link]:
        """Every link between units, those that start something and those that share a name, in a fixed order."""
        return sorted((*self._starting, *self._shared.values()), key=lambda each: (each.source, each.target, each.kind))

    @cached_property
    def _behind(self) -> dict[Node, list[Link]]:
        """For each unit the links by which others start it."""
        found: dict[Node, list[Link]] = {}
        for each in self._starting:
            found.setdefault(each.target, []).append(each)
        return found

    def links_to(self, node: Node) -> Sequence[Link]:
        """The links by which other units start, call or hold this one."""
        return self._behind.get(node, ())

    def leading_to(self, places: Collection[Place]) -> set[Node]:
        """The units that stand at these places, and all from which one comes to them."""
        wanted = {Node(place.path) for place in places}
        lines = {(place.path, place.line) for place in places}
        for node, facts in self.facts.items():
            if any((node.path, fact.line) in lines for fact in facts):
                wanted.add(node)
        found = {node for node in wanted if node in self._ahead or node in self._entries or self.links_to(node)}
        ahead, waiting = set(found), list(found)
        while waiting:
            fresh = [each.source for each in self.links_to(waiting.pop()) if each.source not in ahead]
            ahead.update(fresh)
            waiting += fresh
        return found | {node for node in ahead if self.is_live(node)}

    def entry_files(self) -> Iterator[Node]:
        """Files that are started as a whole: pipelines, and what a document tells people to run."""
        for node, kind in self._entries.items():
            if kind != "documented":
                yield from () if node.unit else (node,)
            else:
                yield from (link.target for link in self._ahead.get(node, ()))

    def before(self, node: Node, kind: str) -> list[Node]:
        """The nodes that this one refers to with links of one kind: `needs`, say."""
        return [link.target for link in self._ahead.get(node, ()) if link.kind == kind]

    def shared(self, kind: str) -> Iterator[tuple[Node, Node]]:
        """The pairs of who makes and who uses something: `decides` for what a check decides about."""
        return ((maker, user) for maker, user, shared in self._shared if shared == kind)

    @cached_property
    def _sharing(self) -> dict[tuple[Node, str], tuple[list[Node], list[Node]]]:
        """For each node and kind of what is shared, who makes what it uses, and who uses what it makes."""
        found: dict[tuple[Node, str], tuple[list[Node], list[Node]]] = defaultdict(lambda: ([], []))
        for maker, user, kind in self._shared:
            found[maker, kind][1].append(user)
            found[user, kind][0].append(maker)
        return dict(found)

    def users(self, node: Node, kind: str) -> list[Node]:
        """The nodes that use the `data`, `model`, `build`, ... (`SHARED_LINKS`) that this one makes."""
        return self._sharing.get((node, kind), ([], []))[1]

    def makers(self, node: Node, kind: str) -> list[Node]:
        """The nodes that make the `data`, `model`, `build`, ... (`SHARED_LINKS`) that this one uses."""
        return self._sharing.get((node, kind), ([], []))[0]

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


def _entries(readings: Iterable[Reading]) -> Iterator[tuple[Node, str]]:
    """Where life comes in: triggers that are on, commands that documents name, things that are deployed."""
    for reading in readings:
        yield from entries_of(reading)
        documented = dict.fromkeys(fact.unit for fact in reading.of("documented"))
        yield from ((Node(reading.path, unit), "documented") for unit in documented)
