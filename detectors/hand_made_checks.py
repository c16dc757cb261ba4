"""Checks of models and data that a team writes itself: a threshold that raises, a comparison with the model in use.

Code, because in a test it counts only where the test predicts or reads data: others test code. And because a single demand
on a column is how most code guards itself: two of them, or a function that says that it validates, are a check.
"""

import re
from collections.abc import Iterator

from mlops_scan.detector import Shown, detector
from mlops_scan.evidence import Fact, Reading

_OF_A_MODEL = re.compile(r"(?:^|_)(?:predict|predictions?|train|fit|evaluate|load_model|pipeline|infer|score)(?:_|$)")
#: What tests hold a model to; a `score` there is anything that code computes.
_METRIC = re.compile(
    r"(?:^|[^a-z0-9])(?:acc|accuracy|f1|auc|roc|precision|recall|rmse|mse|mae|mape|r2|loss)(?:[^a-z0-9]|$)",
    re.IGNORECASE,
)
_READS_DATA = re.compile(r"(?:^|\.)(?:read_\w+|load_dataset|loadtxt|genfromtxt|fetch_\w+|load_data\w*|scan_\w+)$")
_ABOUT_DATA = re.compile(r"(?:^|[/_.])(?:data|dataset|datasets|schema|schemas)(?:[/_.]|$)")
_CHECKS = re.compile(r"(?:^|[^a-z])(?:valid|check|verif|assert|ensure|quality|expect)")


@detector(
    "Hand-made checks", "", ("model-validated", "data-validated"), is_tool=False, asks={"limit": (), "demand": ()}
)
def hand_made_checks(reading: Reading) -> Iterator[Shown]:
    """Limits on metrics and demands on data whose violation stops the code or decides whether a model goes on."""
    if reading.path.endswith(".ipynb"):
        return
    is_test = reading.role == "test"
    calls = reading.of("call")
    for fact in reading.of("limit"):
        if not is_test or (_METRIC.search(fact.name) and any(_OF_A_MODEL.search(_verb(each)) for each in calls)):
            yield Shown("model-validated", fact)
    demands = reading.of("demand")
    reads_data = _ABOUT_DATA.search(reading.path.lower()) and any(_READS_DATA.search(each.name) for each in calls)
    if is_test and not reads_data:
        return
    yield from (
        Shown("data-validated", fact)
        for fact in demands
        if len(demands) > 1 or _CHECKS.search(f"{reading.path} {fact.unit}")
    )


def _verb(fact: Fact) -> str:
    return fact.name.rpartition(".")[2].lstrip("#").lower()
