"""What stands at the places of a proof, and what leads from one to the next: enough to draw the wiring behind an answer."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from mlops_scan.evidence import Fact, Node, Place, Unit
from mlops_scan.graph import EvidenceGraph

#: Units whose own name says more than what stands on their first line.
_NAMED = ("trigger", "job", "step", "target", "task", "service", "alert", "monitor", "check", "model", "dataset")
_TELLING = (
    "command", "call", "action", "runs-file", "documented", "includes", "import", "image", "resource", "copies", "reads", "needs", "field",
)  # fmt: skip


class Stop(NamedTuple):
    """What stands at a place: the kind and name of a unit or fact, both empty where only the file is meant."""

    place: Place
    kind: str = ""
    name: str = ""


class Hop(NamedTuple):
    """What leads from one place of a proof to another: the kind of the link; empty where only the question joins them."""

    source: Place
    target: Place
    kind: str


class Trail(NamedTuple):
    """The stops of some proofs, each place once, and the hops between them."""

    stops: tuple[Stop, ...] = ()
    hops: tuple[Hop, ...] = ()


class _Standing(NamedTuple):
    units: dict[Place, list[Unit]]
    facts: dict[Place, list[Fact]]
    shown: dict[Place, Fact]  #: facts that are evidence


def trail(graph: EvidenceGraph, paths: Iterable[Sequence[Place]]) -> Trail:
    """The trail along these chains of places. A chain may turn back to an earlier place and go on from there."""
    paths = list(paths)
    places = dict.fromkeys(place for path in paths for place in path)
    standing = _standing(graph, places)
    hops = dict.fromkeys(hop for path in paths for hop in _hops(graph, path, standing))
    return Trail(tuple(_stop(graph, place, standing) for place in places), tuple(hops))


def _standing(graph: EvidenceGraph, places: Mapping[Place, None]) -> _Standing:
    units, facts = defaultdict(list), defaultdict(list)
    lines: dict[str, set[int | None]] = defaultdict(set)
    for place in places:
        lines[place.path].add(place.line)
    for path in lines.keys() & graph.readings.keys():
        reading, wanted = graph.readings[path], lines[path]
        for unit in [each for each in reading.units if each.line in wanted]:
            units[Place(path, unit.line)].append(unit)
        for fact in [each for each in reading.facts if each.line in wanted]:
            facts[Place(path, fact.line)].append(fact)
    shown = {one.place: one.fact for one in reversed(graph.evidence) if one.place in places}
    return _Standing(units, facts, shown)


def _stop(graph: EvidenceGraph, place: Place, standing: _Standing) -> Stop:
    unit = next((each for each in standing.units.get(place, ()) if each.kind in _NAMED), None)
    if unit:
        return Stop(place, unit.kind, _name(unit, graph.facts.get(Node(place.path, unit.id), ())))
    facts = [each for each in standing.facts.get(place, ()) if each.kind in _TELLING]
    fact = standing.shown.get(place) or min(facts, key=lambda each: _TELLING.index(each.kind), default=None)
    if fact:
        return Stop(place, "" if fact.kind == "file" else fact.kind, "" if fact.kind == "file" else fact.name)
    inner = next(iter(standing.units.get(place, ())), None)
    return Stop(place, inner.kind, inner.name) if inner else Stop(place)


def _name(unit: Unit, own: Sequence[Fact]) -> str:
    """What people call a unit: a step by what is written at it, a trigger with its details."""
    if unit.kind == "trigger":
        details = next((fact.value for fact in own if fact.kind == "trigger" and fact.value), "")
        return f"{unit.name}: {details}" if details else unit.name
    if unit.kind == "step" and unit.name.isdigit():
        said = next((fact.value for fact in own if fact.name == "step.name"), "")
        return said or next((fact.name for fact in own if fact.kind in ("action", "command")), unit.name)
    return unit.name


def _hops(graph: EvidenceGraph, path: Sequence[Place], standing: _Standing) -> Iterator[Hop]:
    """For each place, the nearest earlier one that leads there by a link; or the nearest in its file; or the one before."""
    earlier: dict[Place, int] = {}
    last: dict[str, int] = {}
    for number, place in enumerate(path):
        linked = [(earlier[source], kind) for source, kind in _sources(graph, place, standing) if source in earlier]
        if linked:
            before, kind = max(linked, key=lambda each: each[0])
            yield Hop(path[before], place, kind)
        elif place.path in last:
            yield Hop(path[last[place.path]], place, "holds")
        elif number:
            yield Hop(path[number - 1], place, "")
        earlier[place] = last[place.path] = number


def _sources(graph: EvidenceGraph, place: Place, standing: _Standing) -> Iterator[tuple[Place, str]]:
    """The places that say they lead to what stands here, or to a unit around it, each with the kind of the link."""
    own = [unit.id for unit in standing.units.get(place, ())] + [fact.unit for fact in standing.facts.get(place, ())]
    around = (
        Node(place.path, "/".join(id_.split("/")[:end])) for id_ in own for end in range(id_.count("/") + 1, 0, -1)
    )
    for node in dict.fromkeys([*around, Node(place.path)]):
        for link in graph.links_to(node):
            unit = graph.units.get(link.source)
            line = link.line if link.line is not None else unit.line if unit else None
            yield Place(link.source.path, line), link.kind
