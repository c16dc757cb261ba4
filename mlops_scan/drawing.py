"""The wiring as a drawing for other programs: JSON, DOT, Mermaid, GraphML. Labels of the tree are cleaned and quoted."""

from collections import Counter
from collections.abc import Callable, Iterable
from xml.etree import ElementTree

from mlops_scan.clean import as_json, clean, masked_parts
from mlops_scan.errors import ScanError
from mlops_scan.evidence import SHARED_LINKS, Link, Node
from mlops_scan.lifecycle import Lifecycle
from mlops_scan.practices import compose
from mlops_scan.vocabulary import vocabulary

_GRAPHML = "http://graphml.graphdrawing.org/xmlns"


def draw(life: Lifecycle, format_: str, to: str = "", start: str = "") -> str:
    """The links of a repository, or those that lead `to` the proofs of a practice, or those from a file on.

    Raises `ScanError` for a practice or a file that is not there.
    """
    nodes = _wanted(life, to, start)
    links = [each for each in life.graph.links() if nodes is None or {each.source, each.target} <= nodes]
    shown = sorted({node for each in links for node in (each.source, each.target)} | (nodes or set()))
    return FORMATS[format_](life, _labels(shown), links)


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


def _labels(nodes: Iterable[Node]) -> dict[Node, str]:
    """Each node with a label of its own: those that are cut, or whose secrets are hidden, could be the same."""
    seen: Counter[str] = Counter()
    return {node: _label(node, seen) for node in nodes}


def _label(node: Node, seen: Counter[str]) -> str:
    label = clean(f"{node.path}#{masked_parts(node.unit)}" if node.unit else node.path)
    seen[label] += 1
    return label if seen[label] == 1 else f"{label} ({seen[label]})"


def _kind(life: Lifecycle, node: Node) -> str:
    unit = life.graph.units.get(node)
    return unit.kind if unit else "file"


def _as_json(life: Lifecycle, labels: dict[Node, str], links: list[Link]) -> str:
    data = {
        "nodes": [
            {"id": label, "kind": _kind(life, node), "path": clean(node.path, 4096), "unit": clean(masked_parts(node.unit)),
             "line": life.line(node), "live": life.graph.is_live(node)}
            for node, label in labels.items()
        ],
        "links": [
            {"source": labels[each.source], "target": labels[each.target], "kind": each.kind, "line": each.line, "starts": each.kind not in SHARED_LINKS}
            for each in links
        ],
    }  # fmt: skip
    return as_json(data)


def _as_dot(life: Lifecycle, labels: dict[Node, str], links: list[Link]) -> str:
    lines = ["digraph wiring {", "  rankdir=LR;", "  node [shape=box, fontname=monospace];"]
    for node, label in labels.items():
        style = "solid" if life.graph.is_live(node) else "dashed"
        lines.append(f"  {_quoted(label)} [style={style}];")
    for each in links:
        style = ", style=dotted" if each.kind in SHARED_LINKS else ""
        lines.append(
            f"  {_quoted(labels[each.source])} -> {_quoted(labels[each.target])} [label={_quoted(each.kind)}{style}];"
        )
    return "\n".join([*lines, "}"]) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _as_mermaid(_life: Lifecycle, labels: dict[Node, str], links: list[Link]) -> str:
    names = {node: f"n{number}" for number, node in enumerate(labels)}
    lines = ["flowchart LR", *(f'  {name}["{_entities(labels[node])}"]' for node, name in names.items())]
    for each in links:
        arrow = "-.->" if each.kind in SHARED_LINKS else "-->"
        lines.append(f"  {names[each.source]} {arrow}|{each.kind}| {names[each.target]}")
    return "\n".join(lines) + "\n"


def _entities(text: str) -> str:
    """Mermaid takes every character that could end a label as a number: https://mermaid.js.org/syntax/flowchart.html."""
    return "".join(letter if letter.isalnum() or letter in " ./_-:" else f"#{ord(letter)};" for letter in text)


def _as_graphml(life: Lifecycle, labels: dict[Node, str], links: list[Link]) -> str:
    ElementTree.register_namespace("", _GRAPHML)
    root = ElementTree.Element(f"{{{_GRAPHML}}}graphml")
    for name, owner in (("kind", "node"), ("path", "node"), ("link", "edge")):
        ElementTree.SubElement(
            root, f"{{{_GRAPHML}}}key", {"id": name, "for": owner, "attr.name": name, "attr.type": "string"}
        )
    graph = ElementTree.SubElement(root, f"{{{_GRAPHML}}}graph", {"id": "wiring", "edgedefault": "directed"})
    for node, label in labels.items():
        element = ElementTree.SubElement(graph, f"{{{_GRAPHML}}}node", {"id": label})
        for name, value in (("kind", _kind(life, node)), ("path", clean(node.path, 4096))):
            ElementTree.SubElement(element, f"{{{_GRAPHML}}}data", {"key": name}).text = value
    for each in links:
        ends = {"source": labels[each.source], "target": labels[each.target]}
        ElementTree.SubElement(
            ElementTree.SubElement(graph, f"{{{_GRAPHML}}}edge", ends), f"{{{_GRAPHML}}}data", {"key": "link"}
        ).text = each.kind
    ElementTree.indent(root, " ")
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


FORMATS: dict[str, Callable[[Lifecycle, dict[Node, str], list[Link]], str]] = {
    "json": _as_json,
    "dot": _as_dot,
    "mermaid": _as_mermaid,
    "graphml": _as_graphml,
}
