"""The network as a drawing for other programs: JSON, DOT, Mermaid, GraphML. Labels of the tree are cleaned and quoted."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from mlops_scan.clean import as_json, clean, masked_parts
from mlops_scan.errors import ScanError
from mlops_scan.evidence import SHARED_LINKS, Node
from mlops_scan.lifecycle import Lifecycle
from mlops_scan.network import Answer, Drawn, Network, add, around, as_graphml, renamed
from mlops_scan.practices import compose
from mlops_scan.vocabulary import vocabulary


def draw(graph: Network, life: Lifecycle, format_: str, to: str = "", start: str = "") -> str:
    """All of a network, or what leads `to` the proofs of a practice, or what a file starts.

    Raises `ScanError` for a practice or a file that is not there.
    """
    units = _wanted(life, to, start)
    if units is not None:
        for node in sorted(units - graph.nodes):
            add(graph, life, node)
        graph = around(graph, units, to)
    return FORMATS[format_](renamed(graph, _labels(graph)))


def _wanted(life: Lifecycle, to: str, start: str) -> set[Node] | None:
    wanted: set[Node] | None = None
    if to:
        if to not in vocabulary().practices:
            raise ScanError(f"no such practice: {to}")
        paths = [proof.path for proof in (compose(life).get(to) or life.graph.proofs(to))]
        wanted = life.graph.leading_to({place for path in paths for place in path})
    if start:
        if start not in life.graph.readings:
            raise ScanError(f"--from {start}: no such file in the scan")
        file = Node(start)
        reached = life.graph.reached_from(file).union(
            *(life.graph.reached_from(node) for node in life.graph.units if node.path == start)
        )
        wanted = reached if wanted is None else wanted & reached
    return wanted


def _labels(graph: Network) -> dict[Node | Answer, str]:
    """Each node with a label of its own: those that are cut, or whose secrets are hidden, could be the same."""
    seen: Counter[str] = Counter()
    ordered = sorted(graph, key=lambda each: (isinstance(each, Answer), each))
    return {node: _label(node, seen) for node in ordered}


def _label(node: Node | Answer, seen: Counter[str]) -> str:
    if isinstance(node, Answer):
        label = clean(f"{node.kind} {node.id}")
    else:
        label = clean(f"{node.path}#{masked_parts(node.unit)}" if node.unit else node.path)
    seen[label] += 1
    return label if seen[label] == 1 else f"{label} ({seen[label]})"


def _links(graph: Drawn) -> list[tuple[str, str, dict[str, Any]]]:
    return [(source, target, known) for source, target, known in graph.edges(data=True)]


def _as_json(graph: Drawn) -> str:
    nodes = [{"id": label, **known} for label, known in graph.nodes(data=True)]
    links = [{"source": source, "target": target, **known} for source, target, known in _links(graph)]
    return as_json({"nodes": nodes, "links": links})


def _as_dot(graph: Drawn) -> str:
    lines = ["digraph wiring {", "  rankdir=LR;", "  node [shape=box, fontname=monospace];"]
    for label, known in graph.nodes(data=True):
        style = "style=solid" if known.get("live") else "style=dashed" if "live" in known else "shape=ellipse"
        lines.append(f"  {_quoted(label)} [{style}];")
    for source, target, known in _links(graph):
        style = ", style=dotted" if known["kind"] in SHARED_LINKS else ""
        lines.append(f"  {_quoted(source)} -> {_quoted(target)} [label={_quoted(known['kind'])}{style}];")
    return "\n".join([*lines, "}"]) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _as_mermaid(graph: Drawn) -> str:
    names = {label: f"n{number}" for number, label in enumerate(graph)}
    boxes = {label: '["{}"]' if "live" in known else '(["{}"])' for label, known in graph.nodes(data=True)}
    lines = ["flowchart LR", *(f"  {names[label]}{box.format(_entities(label))}" for label, box in boxes.items())]
    for source, target, known in _links(graph):
        arrow = "-.->" if known["kind"] in SHARED_LINKS else "-->"
        lines.append(f"  {names[source]} {arrow}|{known['kind']}| {names[target]}")
    return "\n".join(lines) + "\n"


def _entities(text: str) -> str:
    """Mermaid takes every character that could end a label as a number: https://mermaid.js.org/syntax/flowchart.html."""
    return "".join(letter if letter.isalnum() or letter in " ./_-:" else f"#{ord(letter)};" for letter in text)


FORMATS: dict[str, Callable[[Drawn], str]] = {
    "json": _as_json,
    "dot": _as_dot,
    "mermaid": _as_mermaid,
    "graphml": as_graphml,
}
