"""Predictions that the service itself stores.

Code, because a verb of storing and a word for predictions must meet in one name.
"""

import re
from collections.abc import Iterator

from mlops_scan.detector import Shown, detector
from mlops_scan.evidence import Reading

_NAME = re.compile(
    r"(log|save|store|record|insert|persist|write|track)_?\w*(predict\w*|inference\w*|scores?)|(prediction|inference)_?(log|logs|record|records|store|trace)\w*",
    re.IGNORECASE,
)


@detector("Prediction log", "", ("prediction-logged",), is_tool=False)
def prediction_log(reading: Reading) -> Iterator[Shown]:
    """A call or a function whose name says that predictions are kept."""
    for fact in reading.facts:
        if fact.kind == "call" and _NAME.fullmatch(fact.name.rpartition(".")[2].lstrip("#_")):
            yield Shown("prediction-logged", fact)
            return
