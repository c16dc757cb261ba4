"""Where the boxes of a small directed graph stand: in layers from the top down, few crossings, straight where possible.

The method is Sugiyama's (layers, dummy nodes on long edges, order by barycentres, then coordinates):
https://doi.org/10.1109/TSMC.1981.4308636
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

_SWEEPS = 8

Edge = tuple[str, str]
Point = tuple[int, int]
Near = dict[str, list[str]]


class Spacing(NamedTuple):
    """The size of a box, and the gaps beside and below it."""

    width: int
    height: int
    beside: int
    below: int


class Layout(NamedTuple):
    """The middle of the upper edge of each box, the points that each edge runs through, and the size of the whole."""

    boxes: dict[str, Point]
    bends: dict[Edge, list[Point]]
    width: int
    height: int


def layout(nodes: Sequence[str], edges: Iterable[Edge], spacing: Spacing) -> Layout:
    """Place the nodes. An edge that would close a circle is drawn and has no say in the order."""
    wanted = list(dict.fromkeys(edges))
    forward = _without_circles(wanted)
    depth = _depths(nodes, forward)
    chains = {edge: _chain(edge, depth) for edge in wanted}
    rows = _rows(nodes, depth, chains.values())
    pairs = [pair for edge in forward for pair in zip(chains[edge], chains[edge][1:], strict=False)]
    above, below = _neighbours(pairs)
    _order(rows, above, below)
    places = _placed(rows, above, below, dict.fromkeys(nodes, spacing.width), spacing.beside)
    shift = min((places[node] for node in nodes), default=0) - spacing.width // 2
    step = spacing.height + spacing.below
    points = {node: (places[node] - shift, number * step) for number, row in enumerate(rows) for node in row}
    bends = {edge: [points[node] for node in chain[1:-1]] for edge, chain in chains.items()}
    wide = max((points[node][0] for node in points), default=0) + spacing.width // 2
    return Layout({node: points[node] for node in nodes}, bends, wide, max(len(rows) * step - spacing.below, 0))


def _without_circles(edges: Iterable[Edge]) -> list[Edge]:
    after: dict[str, list[str]] = defaultdict(list)
    kept = []
    for source, target in edges:
        if source not in _reached(target, after):
            after[source].append(target)
            kept.append((source, target))
    return kept


def _reached(start: str, after: dict[str, list[str]]) -> set[str]:
    found, waiting = {start}, [start]
    while waiting:
        new = [each for each in after[waiting.pop()] if each not in found]
        found.update(new)
        waiting.extend(new)
    return found


def _depths(nodes: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    """The layer of each node: as far up as the longest way from it to an end, so that all ways end together."""
    height = dict.fromkeys(nodes, 0)
    for _ in nodes:
        raised = [(source, height[target] + 1) for source, target in edges if height[source] <= height[target]]
        if not raised:
            break
        for source, number in raised:
            height[source] = max(height[source], number)
    top = max(height.values(), default=0)
    return {node: top - number for node, number in height.items()}


def _chain(edge: Edge, depth: dict[str, int]) -> list[str]:
    """The edge as a chain of nodes, one in each layer between its ends."""
    source, target = edge
    between = range(depth[source] + 1, depth[target])
    return [source, *(f"{source}\n{target}\n{number}" for number in between), target]


def _rows(nodes: Sequence[str], depth: dict[str, int], chains: Iterable[list[str]]) -> list[list[str]]:
    rows: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for node in nodes:
        rows[depth[node]].append(node)
    for chain in chains:
        for number, node in enumerate(chain[1:-1], depth[chain[0]] + 1):
            rows[number].append(node)
    return rows


def _neighbours(pairs: Iterable[Edge]) -> tuple[Near, Near]:
    above, below = defaultdict(list), defaultdict(list)
    for source, target in pairs:
        above[target].append(source)
        below[source].append(target)
    return above, below


def _order(rows: list[list[str]], above: Near, below: Near) -> None:
    """Sort each row by where its neighbours stand, down and up again."""
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for row in rows if down else reversed(rows):
            position = {node: place for each in rows for place, node in enumerate(each)}
            known = above if down else below
            key = {node: _mean([position[each] for each in known[node]], position[node]) for node in row}
            row.sort(key=key.__getitem__)


def _mean(values: Sequence[int], otherwise: int) -> float:
    return sum(values) / len(values) if values else otherwise


def _placed(rows: list[list[str]], above: Near, below: Near, widths: Mapping[str, int], gap: int) -> dict[str, int]:
    """The middle of each node: below its neighbours, then above them, and never closer to the next than the gap."""
    places: dict[str, int] = {}
    for row in rows:
        places.update(_spread(row, [0] * len(row), widths, gap))
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for row in rows if down else reversed(rows):
            known = above if down else below
            wished = [round(_mean([places[each] for each in known[node]], places[node])) for node in row]
            places.update(_spread(row, wished, widths, gap))
    return places


def _spread(row: Sequence[str], wished: Sequence[int], widths: Mapping[str, int], gap: int) -> dict[str, int]:
    """The places that come closest to the wished ones, in order and without touching: pushed right, then shifted back."""
    places: list[int] = []
    for index, node in enumerate(row):
        if index:
            least = places[-1] + (widths.get(row[index - 1], gap) + widths.get(node, gap)) // 2 + gap
            places.append(max(least, wished[index]))
        else:
            places.append(wished[index])
    drift = round(sum(place - wish for place, wish in zip(places, wished, strict=True)) / max(len(row), 1))
    return {node: place - drift for node, place in zip(row, places, strict=True)}
