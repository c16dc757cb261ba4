"""All that an assessment rests on as one graph of networkx: what starts what, what shows what, and what follows from it.

A scan walks the same links without it, since its import alone takes longer than a small repository. Here they are for
whoever wants to ask more of them than a report says. The only importer of networkx.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from mlops_scan.assess import Assessment, Climb
from mlops_scan.clean import LONGEST, clean, masked_parts
from mlops_scan.evidence import SHARED_LINKS, Node
from mlops_scan.lifecycle import Lifecycle

if TYPE_CHECKING:
    import networkx as nx

_LONGEST = 4096  # letters of a path


class Answer(NamedTuple):
    """What is concluded: a `practice`, a `capability`, a `criterion` or a `stage`, by its id."""

    kind: str
    id: str


#: Nodes are files, units and answers; edges stand under their kind.
Network: TypeAlias = "nx.MultiDiGraph[Node | Answer]"
#: The same with labels for nodes.
Drawn: TypeAlias = "nx.MultiDiGraph[str]"


def wiring(life: Lifecycle) -> Network:
    """Files and the units in them, and the links between them, each under its kind.

    A node knows its `kind`, `path`, `unit`, `line` and whether it is `live`; an edge its `line`, and whether it `starts`
    what it leads to or only shares a name with it.
    """
    import networkx as nx  # noqa: PLC0415  # late: only who asks for it waits for it

    graph: Network = nx.MultiDiGraph()
    for each in life.graph.links():
        for node in (each.source, each.target):
            if node not in graph:
                add(graph, life, node)
        graph.add_edge(
            each.source,
            each.target,
            key=each.kind,
            kind=each.kind,
            line=each.line,
            starts=each.kind not in SHARED_LINKS,
        )
    return graph


def add(graph: Network, life: Lifecycle, node: Node) -> None:
    """Add a file or a unit with what is known of it."""
    unit = life.graph.units.get(node)
    kind = unit.kind if unit else "file"
    graph.add_node(node, kind=kind, path=node.path, unit=node.unit, line=life.line(node), live=life.graph.is_live(node))


def conclude(graph: Network, life: Lifecycle, assessment: Assessment, climb: Climb) -> None:
    """Add what follows from the wiring: practices, their capability areas, criteria with their verdicts, and stages.

    `shows` leads from a unit to a practice, `belongs to` from a practice to its capability area, `answers` to a criterion
    that needs it, `counts for` from a criterion to its stage, and `comes before` from a stage to the next.
    """
    levels = dict(assessment.capabilities)
    for showing in assessment.practices:
        area = assessment.vocabulary[showing.practice].capability
        _join(graph, Answer("practice", showing.practice), Answer("capability", area), "belongs to")
        graph.nodes[Answer("practice", showing.practice)]["strength"] = str(showing.strength)
        if area in levels:
            graph.nodes[Answer("capability", area)]["level"] = levels[area]
        for node in _showing(life, showing.practice, (proof.path[-1].path for proof in showing.proofs if proof.path)):
            if node not in graph:
                add(graph, life, node)
            _join(graph, node, Answer("practice", showing.practice), "shows")
    _climb(graph, climb)


def _showing(life: Lifecycle, practice: str, files: Iterable[str]) -> dict[Node, None]:
    """The units that show a practice; where only the graph does, the files at the ends of its chains."""
    own = (Node(one.place.path, one.fact.unit) for one in life.graph.evidence if one.practice == practice)
    return dict.fromkeys(own) or dict.fromkeys(map(Node, files))


def _climb(graph: Network, climb: Climb) -> None:
    judged = {each.criterion.id: each for each in climb.judgements}
    before = None
    for stage in climb.model.stages:
        here = Answer("stage", f"{stage.number} {stage.name}")
        graph.add_node(here, kind="stage", reached=stage.number <= climb.stage)
        if before:
            _join(graph, before, here, "comes before")
        before = here
        for criterion in stage.criteria:
            asked = Answer("criterion", criterion.id)
            _join(graph, asked, here, "counts for")
            graph.nodes[asked].update(verdict=str(judged[criterion.id].verdict), question=criterion.question)
            for showing in judged[criterion.id].shown:
                _join(graph, Answer("practice", showing.practice), asked, "answers")


def _join(graph: Network, source: Node | Answer, target: Answer, kind: str) -> None:
    for each in (source, target):
        if isinstance(each, Answer):
            graph.add_node(each, kind=each.kind)
    graph.add_edge(source, target, key=kind, kind=kind, line=None, starts=False)


def around(graph: Network, units: Collection[Node], practice: str = "") -> Network:
    """The part of a graph that is made of these units and of what follows from them; or only from one practice of theirs."""
    import networkx as nx  # noqa: PLC0415

    answers = [each for each in graph if isinstance(each, Answer)]
    shown = [each for each in answers if each.kind == "practice" and each.id in (practice or each.id)]
    first = [each for each in shown if not set(graph.pred[each]).isdisjoint(units)]
    return graph.subgraph({*units, *first, *(each for one in first for each in nx.descendants(graph, one))})


def renamed(graph: Network, labels: Mapping[Node | Answer, str]) -> Drawn:
    """A copy whose nodes are their labels, in the order of these, and in which every text of the tree is harmless."""
    import networkx as nx  # noqa: PLC0415

    drawn: Drawn = nx.MultiDiGraph()
    for node, label in labels.items():
        drawn.add_node(label, **{name: _harmless(name, value) for name, value in graph.nodes[node].items()})
    edges = [(labels[source], labels[target], known) for source, target, known in graph.edges(data=True)]
    for source, target, known in sorted(edges, key=lambda each: (each[0], each[1], each[2]["kind"])):
        drawn.add_edge(source, target, key=known["kind"], **known)
    return drawn


def _harmless(name: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    return clean(masked_parts(value) if name == "unit" else value, _LONGEST if name == "path" else LONGEST)


def as_graphml(graph: Drawn) -> str:
    """GraphML, whose attributes cannot be empty: what is not known is left out."""
    import networkx as nx  # noqa: PLC0415

    for _, known in graph.nodes(data=True):
        _drop_unknown(known)
    for *_, known in graph.edges(data=True):
        _drop_unknown(known)
    return "\n".join(nx.generate_graphml(graph, named_key_ids=True)) + "\n"


def _drop_unknown(known: dict[str, Any]) -> None:
    for name in [name for name, value in known.items() if value is None]:
        del known[name]
