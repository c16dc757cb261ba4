"""Where life comes into a repository: triggers that are on, what is deployed, pipelines; and what stands there switched off."""

from collections.abc import Iterable, Iterator

from mlops_scan.evidence import Node, Reading

_DEPLOYED = ("service", "image")


def switched_off(readings: Iterable[Reading]) -> Iterator[Node]:
    """The jobs, steps and other units that stand there and never run."""
    for reading in readings:
        for fact in reading.of("switched-off"):
            if fact.unit:
                yield Node(reading.path, fact.unit)


def entries_of(reading: Reading) -> Iterator[tuple[Node, str]]:
    """The entry points that a file holds by itself."""
    if reading.role in ("product", "docs"):
        yield from _of_units(reading) if reading.units else ()
        if reading.of("resource"):
            yield Node(reading.path), "deployed"


def _of_units(reading: Reading) -> Iterator[tuple[Node, str]]:
    off = {fact.unit for fact in reading.of("switched-off")}
    called_only = {fact.unit for fact in reading.of("trigger") if fact.name == "call"}
    for unit, node in zip(reading.units, reading.nodes, strict=True):
        if unit.kind == "trigger" and node.unit not in off and node.unit not in called_only:
            yield node, "trigger"
        elif unit.kind in _DEPLOYED and node.unit not in off:
            yield node, "deployed"
            yield Node(reading.path), "deployed"
        elif unit.kind == "task" and not unit.parent and node.unit not in off:
            yield Node(reading.path), "pipeline"
