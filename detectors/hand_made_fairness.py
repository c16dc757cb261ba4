"""Comparisons between groups or slices that a team writes itself.

Code, because a word for groups and a word for measuring must meet in one name: `bias` alone is a term of neural networks.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from mlops_scan.detector import Shown, detector
from mlops_scan.evidence import Fact, Reading

_NAME = re.compile(
    r"(?:^|_)fairness(?:_|$)|disparate_impact|demographic_parity|equali[sz]ed_odds|equal_opportunity|statistical_parity|parity_(?:gap|difference|ratio)"
    r"|slic(?:e|ing|ed)_(?:metrics?|functions?|performance|evaluation)|(?:metrics?|evaluate|performance)_(?:by|per)_(?:group|slice|segment|subgroup)"
    r"|subgroup_(?:metrics?|performance)|bias_(?:check|scan|audit|report|metrics?|detection|analysis)|(?:check|detect|audit|scan|analy[sz]e|measure)_bias"
)
_WORDS = ("fair", "impact", "parity", "odds", "opportunity", "slic", "group", "segment", "bias")


@detector("Hand-made fairness checks", "", ("fairness-checked",), is_tool=False, asks={"call": _WORDS, "file": _WORDS})
def hand_made_fairness(reading: Reading) -> Iterator[Shown]:
    """A function, or a call, that says that it compares groups or slices."""
    for fact in reading.of("call"):
        if _compares(fact.name):
            yield Shown("fairness-checked", fact)
    if not reading.path.endswith((".py", ".R", ".r")):
        return
    stem = _words(reading.path.rpartition("/")[2].rpartition(".")[0])
    if _NAME.search(stem) or "bias_scan" in stem:
        yield Shown("fairness-checked", Fact("file", reading.path))


@lru_cache(maxsize=10_000)
def _compares(call: str) -> bool:
    return _NAME.search(_words(call.rpartition(".")[2])) is not None


def _words(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])|[-.]", "_", name.lstrip("#_")).lower()
