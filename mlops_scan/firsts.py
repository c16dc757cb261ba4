"""Which of some nodes a node starts first: one walk back from all that are wanted, however many nodes are asked about."""

from collections.abc import Callable, Collection, Iterable

from mlops_scan.evidence import Link, Node


def firsts(
    links_to: Callable[[Node], Iterable[Link]], wanted: Iterable[Node], avoided: Collection[str]
) -> dict[Node, Node]:
    """For each node that starts some of the wanted ones, directly or not, or is one: the first of these, in their order.

    `links_to` gives the links that lead to a node. No way leads through the files `avoided`, though it may begin there.
    """
    found: dict[Node, Node] = {}
    for first in sorted(wanted):
        waiting = [] if first in found else [first]
        found.setdefault(first, first)
        while waiting:
            here = waiting.pop()
            links = () if here.path in avoided else links_to(here)
            fresh = [each.source for each in links if each.source not in found]
            found.update(dict.fromkeys(fresh, first))
            waiting += fresh
    return found
