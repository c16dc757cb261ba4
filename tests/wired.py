"""Wiring for tests: a small repository as a dictionary of files, its links, and what starts what in it."""

from faulty import readings_of

from mlops_scan.evidence import Link, Node
from mlops_scan.graph import EvidenceGraph
from mlops_scan.wiring.link import link

WORKFLOW = ".github/workflows/ci.yml"
PUSH = Node(WORKFLOW, "trigger:push")


def running(command: str) -> str:
    """A workflow that runs one command on every push."""
    return f"on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n    - run: |\n        {command}\n"


def linked(files: dict[str, str], *kinds: str) -> set[tuple[str, str]]:
    """The pairs `path#unit` of the links of some kinds."""
    return {(name(each.source), name(each.target)) for each in links_of(files) if each.kind in kinds}


def links_of(files: dict[str, str]) -> list[Link]:
    """All links of such a repository."""
    return link(readings_of(files)).links


def name(node: Node) -> str:
    """`path#unit`, or the path of a file as a whole."""
    return f"{node.path}#{node.unit}" if node.unit else node.path


def started(files: dict[str, str], start: Node = PUSH) -> set[str]:
    """What a node starts, directly or not, except by imports alone."""
    readings = readings_of(files)
    graph = EvidenceGraph(readings, link(readings).links, [])
    return {name(node) for node in graph.tree_from(start, (), ("import",))}
