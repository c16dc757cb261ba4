"""Drift checks that a team writes itself: a statistical test, or a population stability index, on recent data.

Code, because a test of two samples is a drift check only where the names around it speak of drift.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from mlops_scan.detector import Shown, detector
from mlops_scan.evidence import Reading

_TESTS = re.compile(
    r"scipy\.stats\.(?:\w+\.)*(?:ks_2samp|kstest|chi2_contingency|chisquare|wasserstein_distance|energy_distance|anderson_ksamp|mannwhitneyu)"
    r"|scipy\.spatial\.distance\.jensenshannon|scipy\.special\.(?:kl_div|rel_entr)|scipy\.stats\.entropy"
)
_DRIFT = re.compile(r"(?:^|[^a-z])(?:drift\w*|psi|monitor\w*|skew|shift|stability)(?:[^a-z]|$)")
_NAME = re.compile(
    r"(?:^|_)psi(?:_|$)|population_stability|(?:detect|check|compute|calculate|calc|measure|test|analy[sz]e|run|evaluate)_(?:\w+_)?drift"
    r"|(?:^|_)drift_(?:detect|check|score|report|test|monitor|metrics?)"
)
_ASKS = {"call": ("drift", "psi", "stability", "scipy.stats", "scipy.spatial.distance", "scipy.special")}


@detector("Hand-made drift checks", "", ("drift-detected",), is_tool=False, asks=_ASKS)
def hand_made_drift(reading: Reading) -> Iterator[Shown]:
    """A call that computes a drift, by its own name or by the test that it is and the names around it."""
    for fact in reading.of("call"):
        named, is_test = _speaks(fact.name)
        if named or (is_test and _DRIFT.search(f"{reading.path} {fact.unit}".lower())):
            yield Shown("drift-detected", fact)


@lru_cache(maxsize=10_000)
def _speaks(call: str) -> tuple[bool, bool]:
    """Whether a call computes a drift by its own name, and whether it is a test of two samples."""
    verb = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", call.rpartition(".")[2].lstrip("#_")).lower()
    return _NAME.search(verb) is not None, _TESTS.fullmatch(call) is not None
