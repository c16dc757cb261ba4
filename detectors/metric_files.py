"""Metrics that an evaluation writes to files.

Code, because the file's name and its content must both speak of metrics.
"""

import re
from collections.abc import Iterator

from mlops_scan.detector import Shown, detector
from mlops_scan.evidence import Fact, Reading

_METRIC = re.compile(
    r"(^|[_\W])(metrics?|scores?|accuracy|auc|rmse|mae|f1|precision|recall|hr|ndcg|loss|r2)([_\W\d]|$)", re.IGNORECASE
)
_FILE = re.compile(
    r"(metrics?|scores?|eval\w*|results?|performance|report)[^/]*\.(json|csv|yaml|yml|txt|parquet)$", re.IGNORECASE
)


@detector("Metric files", "", ("metrics-recorded",), is_tool=False, asks={"writes": (), "kept": (), "record": ()})
def metric_files(reading: Reading) -> Iterator[Shown]:
    """Code that writes a file of metrics; a committed file of them is the trace of an evaluation."""
    for fact in reading.of("writes", "kept"):
        if fact.kind == "kept" or _FILE.search(fact.name):
            yield Shown("metrics-recorded", fact)
    measured = [fact for fact in reading.of("record") if _METRIC.search(fact.name) and _is_number(fact)]
    if measured:
        yield Shown("metrics-recorded", measured[0], trace=True)


def _is_number(fact: Fact) -> bool:
    return bool(re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", fact.value))
