"""Checks of models and data that a team writes itself: a threshold that raises, a comparison with the model in use.

Code, because in a test it counts only where the test has to do with a model or with data, and because a single demand
on a column is how most code guards itself: two of them, or a function that says that it validates, are a check.
"""

import re
from collections.abc import Iterator

from mlops_scan.detector import Shown, detector
from mlops_scan.evidence import Fact, Reading

_OF_A_MODEL = re.compile(r"(?:^|_)(?:predict|predictions?|train|fit|evaluate|load_model|pipeline|infer|score)(?:_|$)")
_ABOUT_DATA = re.compile(r"(?:^|[/_.])(?:data|dataset|datasets|schema|schemas)(?:[/_.]|$)")
_CHECKS = re.compile(r"(?:^|[^a-z])(?:valid|check|verif|assert|ensure|quality|expect)")


@detector("Hand-made checks", "", ("model-validated", "data-validated"), is_tool=False)
def hand_made_checks(reading: Reading) -> Iterator[Shown]:
    """Limits on metrics and demands on data whose violation stops the code or decides whether a model goes on."""
    if reading.path.endswith(".ipynb"):
        return
    is_test = reading.role == "test"
    if not is_test or any(fact.kind == "call" and _OF_A_MODEL.search(_verb(fact)) for fact in reading.facts):
        yield from (Shown("model-validated", fact) for fact in reading.facts if fact.kind == "limit")
    demands = [fact for fact in reading.facts if fact.kind == "demand"]
    if is_test and not _ABOUT_DATA.search(reading.path.lower()):
        return
    yield from (
        Shown("data-validated", fact)
        for fact in demands
        if len(demands) > 1 or _CHECKS.search(f"{reading.path} {fact.unit}")
    )


def _verb(fact: Fact) -> str:
    return fact.name.rpartition(".")[2].lstrip("#").lower()
