"""What was read, asked for by where it stands: the units and facts of files, and of units within them."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from operator import itemgetter

from mlops_scan.evidence import Fact, Node, Place, Reading, Unit


def sparing(readings: Iterable[Reading]) -> Iterator[Reading]:
    """The same readings, in which equal words are one text: few things are said in a repository, again and again."""
    texts: dict[str, str] = {}
    one = texts.setdefault
    for each in readings:
        facts = [
            Fact(one(kind, kind), one(name, name), line, value, one(unit, unit))
            for kind, name, line, value, unit in each.facts
        ]
        units = [Unit(one(kind, kind), name, line, parent) for kind, name, line, parent in each.units]
        yield each._replace(facts=tuple(facts), units=tuple(units))


class Readings:
    """The readings of all files; then only asked. What takes a walk over all of them is found out once."""

    def __init__(self, readings: Sequence[Reading]) -> None:
        self.readings = {each.path: each for each in readings}
        self._sorted: dict[str, tuple[list[str], dict[str, list[tuple[int, Fact]]]]] = {}

    def role(self, node: Node) -> str:
        """The role of the file that the node stands in."""
        reading = self.readings.get(node.path)
        return reading.role if reading else ""

    @cached_property
    def product(self) -> tuple[Reading, ...]:
        """What was read from each file of the product."""
        return tuple(reading for reading in self.readings.values() if reading.role == "product")

    @cached_property
    def _holding(self) -> dict[str, list[Reading]]:
        found: dict[str, list[Reading]] = defaultdict(list)
        for reading in self.product:
            for kind in reading.by_kind:
                found[kind].append(reading)
        return found

    def holding(self, kind: str, *others: str) -> Sequence[Reading]:
        """What was read from the files of the product that hold facts of some kinds, in the order of the files."""
        if not others:
            return self._holding.get(kind, ())
        kinds = {each for each in (kind, *others) if each in self._holding}
        return [each for each in self.product if not kinds.isdisjoint(each.by_kind)] if kinds else ()

    @cached_property
    def units(self) -> dict[Node, Unit]:
        """Every unit by its node."""
        return {
            node: unit
            for reading in self.readings.values()
            for node, unit in zip(reading.nodes, reading.units, strict=True)
        }

    @cached_property
    def facts(self) -> dict[Node, list[Fact]]:
        """Every fact by the node that it stands in."""
        found: dict[Node, list[Fact]] = {}
        for path, reading in self.readings.items():
            units: dict[str, list[Fact]] = defaultdict(list)
            for fact in reading.facts:
                units[fact.unit].append(fact)
            nodes = {node.unit: node for node in reading.nodes} if reading.units else {}
            found |= {nodes.get(unit) or Node(path, unit): facts for unit, facts in units.items()}
        return found

    def inside(self, node: Node) -> Iterator[Fact]:
        """The facts of a node and of the units within it, as they stand in the file."""
        if not node.unit:
            yield from self.readings[node.path].facts if node.path in self.readings else ()
            return
        units, facts = self._by_unit(node.path)
        first, behind = bisect_left(units, f"{node.unit}/"), bisect_left(units, f"{node.unit}0")  # "0" comes after "/"
        found = (each for unit in (node.unit, *units[first:behind]) for each in facts.get(unit, ()))
        yield from (fact for _, fact in sorted(found, key=itemgetter(0)))

    def _by_unit(self, path: str) -> tuple[list[str], dict[str, list[tuple[int, Fact]]]]:
        """The units of a file that have facts, in their order, and these facts with their numbers."""
        if path not in self._sorted:
            found: dict[str, list[tuple[int, Fact]]] = defaultdict(list)
            for number, fact in enumerate(self.readings[path].facts if path in self.readings else ()):
                found[fact.unit].append((number, fact))
            self._sorted[path] = (sorted(found), found)
        return self._sorted[path]

    @cached_property
    def held(self) -> dict[Node, list[Node]]:
        """The units right within each unit."""
        found: dict[Node, list[Node]] = defaultdict(list)
        for node, unit in self.units.items():
            found[Node(node.path, unit.parent)].append(node)
        return found

    def place(self, node: Node) -> Place:
        """Where the node stands."""
        unit = self.units.get(node)
        return Place(node.path, unit.line if unit else None)
