"""Seeds that are set.

Code, because the name of the argument decides and not the function that takes it: `random_state=` stands in hundreds.
"""

from collections.abc import Iterator

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
        last = fact.name.rpartition(".")[2]
        seeded = (
            (fact.kind == "argument" and last in _ARGUMENTS)
            or (
                fact.kind == "call"
                and (
                    last in _CALLS
                    or fact.name.endswith("random.seed")
                    or fact.name in ("r:base.set.seed", "r:set.seed")
                )
            )
            or (fact.kind == "field" and last in _ARGUMENTS)
            or fact.kind == "seed"
        )
        if seeded:
            yield Shown("randomness-seeded", fact)
