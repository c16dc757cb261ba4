"""Seeds that are set.

Code, because the name of the argument decides and not the function that takes it: `random_state=` stands in hundreds.
"""

from collections.abc import Iterator
from functools import lru_cache

from mlops_scan.detector import Shown, detector
from mlops_scan.evidence import Reading

_ARGUMENTS = {"random_state", "seed", "random_seed", "data_seed"}
_CALLS = {
    "manual_seed",
    "manual_seed_all",
    "set_seed",
    "set_seeds",
    "seed_everything",
    "set_random_seed",
    "enable_determinism",
}
_ASKS = {**dict.fromkeys(("argument", "call", "field"), ("seed", "random_state", "enable_determinism")), "seed": ()}


@detector("Seeds", "", ("randomness-seeded",), is_tool=False, asks=_ASKS)
def seeds(reading: Reading) -> Iterator[Shown]:
    """A seed as an argument, a call that seeds a generator, or a seed that is named among the parameters or in the code."""
    for fact in reading.of("argument", "call", "field", "seed"):
        if fact.kind == "seed" or _seeds(fact.kind, fact.name):
            yield Shown("randomness-seeded", fact)


@lru_cache(maxsize=10_000)
def _seeds(kind: str, name: str) -> bool:
    last = name.rpartition(".")[2]
    if kind == "call":
        return last in _CALLS or name.endswith("random.seed") or name in ("r:base.set.seed", "r:set.seed")
    return last in _ARGUMENTS
