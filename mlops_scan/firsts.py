"""Which of some nodes a node starts first: one walk back from all that are wanted, however many nodes are asked about."""

from collections.abc import Collection, Iterable, Mapping

from mlops_scan.evidence import Node


def firsts(behind: Mapping[Node, Iterable[Node]], wanted: Iterable[Node], avoided: Collection[str]) -> dict[Node, Node]:
    """For each node that starts some of the wanted ones, directly or not, or is one: the first of these, in their order.

    `behind` gives each node the nodes that lead to it. No way leads through the files `avoided`, though it may begin there.
    """
    found: dict[Node, Node] = {}
    for first in sorted(wanted):
        waiting = [] if first in found else [first]
        found.setdefault(first, first)
        while waiting:
            here = waiting.pop()
            before = () if here.path in avoided else behind.get(here, ())
            fresh = [each for each in before if each not in found]
            found.update(dict.fromkeys(fresh, first))
            waiting += fresh
    return found
