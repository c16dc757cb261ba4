"""Drift checks that a team writes itself: a statistical test, or a population stability index, on recent data.

Code, because a test of two samples is a drift check only where the names around it speak of drift.
"""

import re
from collections.abc import Iterator

from mlops_scan.detector import Shown, detector
from mlops_scan.evidence import Fact, Reading

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
        if _NAME.search(_verb(fact)) or _is_test(reading, fact):
            yield Shown("drift-detected", fact)


def _is_test(reading: Reading, fact: Fact) -> bool:
    return _TESTS.fullmatch(fact.name) is not None and _DRIFT.search(f"{reading.path} {fact.unit}".lower()) is not None


def _verb(fact: Fact) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", fact.name.rpartition(".")[2].lstrip("#_")).lower()
