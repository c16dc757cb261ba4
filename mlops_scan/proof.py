"""Why a practice counts: a strength, and the chain of places that proves it."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from mlops_scan.evidence import Fact, Place, Strength


class Proof(NamedTuple):
    """Why a practice counts: how strong it is, the chain of places from an entry point, and the tool, if any."""

    strength: Strength
    path: tuple[Place, ...]
    tool: str = ""
    plainness: int = 0  #: 0 says most: a call that does it; an import says less, a variable least

    def ending(self, place: Place) -> "Proof":
        """The proof with this place at its end, which says more of its file than the last one did."""
        path = self.path[:-1] if self.path and self.path[-1].path == place.path else self.path
        return self._replace(path=chain((*path, place)))

    @property
    def order(self) -> tuple[Any, ...]:
        """Strongest first, then what says most, then the shortest chain, then by name: the same order in every run."""
        places = [(place.path, place.line or 0) for place in self.path]
        return (-self.strength, self.plainness, len(self.path), places, self.tool)


_PLAINNESS = {
    "call": 0,
    "command": 0,
    "field": 0,
    "resource": 0,
    "argument": 0,
    "record": 0,
    "env": 3,
    "uri": 2,
    "import": 2,
}


def chain(places: Iterable[Place]) -> tuple[Place, ...]:
    """Places as a chain: each once, and a file without a line only where none of its lines stands in the chain."""
    known = list(dict.fromkeys(places))
    lined = {place.path for place in known if place.line is not None}
    return tuple(place for place in known if place.line is not None or place.path not in lined)


def plainness_of(fact: Fact) -> int:
    """How plainly a fact says that something is done: 0 for a call or a command, more for what only hints at it."""
    return _PLAINNESS.get(fact.kind, 1)
