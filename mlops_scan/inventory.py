"""The models and data sets that have a name in a repository, and the places that name them."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from mlops_scan.evidence import Place, Reading

#: What is no name yet: a path of this machine or a text that a program completes.
_OPEN = re.compile(r"[{}$<>]|^[./~]")


class Asset(NamedTuple):
    """A model or a data set by its name, and where it is named, the first place first."""

    kind: str  #: `model` or `dataset`
    name: str
    places: tuple[Place, ...]


def inventory(readings: Iterable[Reading]) -> tuple[Asset, ...]:
    """Every model and data set that the product files define, register or load, by kind and name."""
    from mlops_scan.wiring import keys  # noqa: PLC0415  # late: what is remembered needs no linker

    found: dict[tuple[str, str], dict[Place, None]] = {}
    for reading in readings:
        if reading.role == "product":
            for kind, name, line in chain(_defined(reading), keys.named_models(reading)):
                if name and not _OPEN.search(name):
                    found.setdefault((kind, name), {}).setdefault(Place(reading.path, line))
    return tuple(Asset(*key, tuple(places)) for key, places in sorted(found.items()))


def _defined(reading: Reading) -> Iterator[tuple[str, str, int | None]]:
    return ((unit.kind, unit.name, unit.line) for unit in reading.units if unit.kind in ("model", "dataset"))
