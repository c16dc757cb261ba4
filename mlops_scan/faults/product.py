"""What rules look at: the files of the product, and the facts in them."""

from collections.abc import Iterator, Sequence

from mlops_scan.evidence import Fact, Reading
from mlops_scan.lifecycle import Lifecycle

#: A rule that finds something in every line of a file says so this often.
MOST = 5


def readings(life: Lifecycle) -> Iterator[Reading]:
    """What was read from each file of the product."""
    return iter(life.graph.product)


def holding(life: Lifecycle, *kinds: str) -> Sequence[Reading]:
    """The same for the files that hold facts of these kinds: most files hold none of what a rule looks for."""
    return life.graph.holding(*kinds)


def facts(life: Lifecycle, *kinds: str) -> Iterator[Fact]:
    """The facts of these kinds in all files of the product."""
    return (fact for reading in holding(life, *kinds) for fact in reading.of(*kinds))


def said(reading: Reading, kind: str, beginning: str = "") -> list[Fact]:
    """The facts of a kind in one file whose names begin so."""
    return [fact for fact in reading.of(kind) if fact.name.startswith(beginning)]
