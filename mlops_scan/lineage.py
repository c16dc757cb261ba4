"""The way back from a served model: its registered version, the run that made it, the data of that run, and its code.

Each station must hang together with the one before: the service loads the version, the version was registered where a
run is tracked, and the data and the code are those of that run. The first edge that is missing is named.
"""

import re
from collections.abc import Callable, Iterator
from posixpath import dirname
from typing import NamedTuple

from mlops_scan.evidence import Evidence, Node, Place, Strength
from mlops_scan.lifecycle import NOT_PRODUCTION, Lifecycle
from mlops_scan.proof import Proof, chain
from mlops_scan.serving import answering, predicting, services

_MOST = 10  #: nodes of a station from which the way is followed
_REGISTRY = ("model-registered", "model-promoted")
_COMMIT = re.compile(r"(?:^|[._-])(?:git|commit|sha|revision)(?:$|[._-])", re.IGNORECASE)
_REGISTERS = ("register", "create", "log", "link", "push", "upload", "import")  #: the verbs of what gives to a registry
_ASKS_GIT = ("git rev-parse", "git log", "git describe")


class Step(NamedTuple):
    """A station that is there: where, and how surely."""

    name: str
    place: Place
    strength: Strength


class Lineage(NamedTuple):
    """The stations from the served model on, and the first edge that is missing, with the reason. Closed: none is."""

    chain: tuple[Step, ...] = ()
    missing: str = ""
    reason: str = ""


#: The nodes at which a station was found, with what is known of each.
Found = Iterator[tuple[Node, Place, Strength]]


def lineage(life: Lifecycle) -> Lineage:
    """Walk back from what is served as far as one edge leads to the next: the longest way, and of those the surest."""
    way = _Walk(life).way(Node(""), 0)
    if len(way) == len(_STATIONS):
        return Lineage(way)
    name, _, reason = _STATIONS[len(way)]
    return Lineage(way, f"{way[-1].name} -> {name}" if way else name, reason)


def lineage_closed(life: Lifecycle) -> Iterator[Proof]:
    """The served model leads back, without a gap, to its registered version, its run, and the run's data and code."""
    found = life.once(lineage)
    if not found.missing:
        yield Proof(min(step.strength for step in found.chain), chain(step.place for step in found.chain))


class _Walk:
    """The ways on from each node of each station, each walked once."""

    def __init__(self, life: Lifecycle) -> None:
        self._life = life
        self._ways: dict[tuple[int, Node], tuple[Step, ...]] = {}

    def way(self, before: Node, station: int) -> tuple[Step, ...]:
        """The stations from this one on, as far as the way leads from a node of the one before."""
        if station == len(_STATIONS):
            return ()
        if (station, before) not in self._ways:
            name, find, _ = _STATIONS[station]
            steps = [(Step(name, place, strength), node) for node, place, strength in find(self._life, before)]
            ways = ((step, *self.way(node, station + 1)) for step, node in sorted(steps, key=_order)[:_MOST])
            self._ways[station, before] = max(ways, key=len, default=())
        return self._ways[station, before]


def _order(found: tuple[Step, Node]) -> tuple[int, str, int]:
    step, _ = found
    return (-step.strength, step.place.path, step.place.line or 0)


def _served(life: Lifecycle, _start: Node) -> Found:
    """What answers requests with a model; where nothing does, what loads a registered model and predicts with it."""
    serving = services(life)
    for one in {one.place.path: one for one in reversed(serving)}.values():
        if one.practice == "model-served" or Node(one.place.path) in life.once(answering):
            yield Node(one.place.path), one.place, life.graph.strength_of(one)
    if serving:
        return
    trained = {node.path for node in life.does["train"]}
    loading = sorted({one.place.path for one in _loading(life)} - trained)
    nodes = life.once(predicting) if loading else {}
    for path in loading:
        if found := sorted(node for node in nodes if node.path == path):
            strength = Strength.WIRED if life.graph.is_live(Node(path)) else Strength.CONFIGURED
            yield Node(path), nodes[found[0]], strength


def _loading(life: Lifecycle) -> Iterator[Evidence]:
    """The evidence that something asks a registry for a version; what registers one names it in an argument."""
    kinds = ("uri", "call", "command", "field")
    return (one for one in life.graph.evidence if one.practice in _REGISTRY and one.fact.kind in kinds)


def _version(life: Lifecycle, served: Node) -> Found:
    """What serves reaches code that loads a version from the registry, or that names the folder which is one."""
    behind = life.graph.reached_from(served, avoiding=NOT_PRODUCTION)
    for one in _loading(life):
        node = Node(one.place.path, one.fact.unit)
        if node in behind or Node(one.place.path) in behind:
            yield node, one.place, life.graph.strength_of(one)
    kept = [one for one in life.graph.evidence if _is_folder(one)]
    facts = (fact for node in behind if kept for fact in life.graph.facts.get(node, ()))
    named = {name for fact in facts for name in (fact.name, fact.value)}
    for one in kept:
        if not named.isdisjoint((one.place.path, dirname(one.place.path))):
            yield Node(one.place.path), one.place, life.graph.strength_of(one)


def _is_folder(one: Evidence) -> bool:
    """Whether a file, by being there, shows that its folder is a registry."""
    return one.practice == "model-registered" and one.fact.kind == "file" and "/" in one.place.path


def _run(life: Lifecycle, version: Node) -> Found:
    """A run is tracked in the file that registers the version; a store has it with its run; a record lies beside it."""
    evidence = life.graph.evidence
    made = {node.path for node in life.graph.makers(version, "model")} or set(_registering(life))
    for one in evidence:
        tracked = one.practice == "run-tracked" and one.fact.kind not in ("dependency", "env")
        stored = one.practice == "model-registered" and one.fact.name.endswith(".versions.run")
        if stored or (tracked and one.place.path in made):
            yield Node(one.place.path, one.fact.unit), one.place, life.graph.strength_of(one)
    if any(_is_folder(one) and one.place.path == version.path for one in evidence):
        for path, reading in life.graph.readings.items():
            record = next(iter(reading.of("record")), None)
            if record and path != version.path and path.startswith(f"{dirname(version.path)}/"):
                yield Node(path), Place(path, record.line), Strength.EXERCISED


def _registering(life: Lifecycle) -> Iterator[str]:
    """The files that register models, where no name joins one of them to the version."""
    for one in life.graph.evidence:
        gives = one.fact.kind == "call" and one.fact.name.rpartition(".")[2].startswith(_REGISTERS)
        if one.practice == "model-registered" and (gives or one.fact.kind == "argument"):
            yield one.place.path


def _data(life: Lifecycle, run: Node) -> Found:
    """The run records what it read, in its file or in what is started together with it."""
    around = _started_with(life, run.path)
    for one in life.graph.evidence:
        is_done = one.practice == "lineage-recorded" and one.fact.kind not in ("dependency", "import")
        if is_done and one.place.path in around:
            yield Node(one.place.path, one.fact.unit), one.place, life.graph.strength_of(one)


def _started_with(life: Lifecycle, path: str) -> set[str]:
    """A file, and those that some starting point starts together with it."""
    reached = ({node.path for node in tree} for tree in life.reach.values())
    return {path}.union(*(paths for paths in reached if path in paths))


def _code(life: Lifecycle, data: Node) -> Found:
    """The record, or what makes it, names the commit; less surely: trackers and locks in a history keep its state."""
    for path in sorted(_started_with(life, data.path)):
        for fact in life.graph.readings[path].facts if path in life.graph.readings else ():
            if fact.kind in ("record", "stored") and _COMMIT.search(fact.name):
                yield Node(path, fact.unit), Place(path, fact.line), Strength.EXERCISED
            elif fact.kind == "command" and fact.name.startswith(_ASKS_GIT):
                live = life.graph.is_live(Node(path))
                yield Node(path, fact.unit), Place(path, fact.line), Strength.WIRED if live else Strength.CONFIGURED
    for proof in life.graph.proofs("code-versioned")[:1]:
        yield Node(proof.path[-1].path), proof.path[-1], Strength.CONFIGURED


#: Each station, how it is found from a node of the one before, and why the way ends where it is not.
_STATIONS: tuple[tuple[str, Callable[[Lifecycle, Node], Found], str], ...] = (
    ("served model", _served, "nothing here serves a model, or predicts with a registered one"),
    ("registered version", _version, "what serves the model asks no registry for a version of it"),
    ("run", _run, "no run is tracked where the version is registered"),
    ("data version", _data, "nothing records which data that run read"),
    ("code", _code, "neither the run nor a history tells which code ran"),
)
