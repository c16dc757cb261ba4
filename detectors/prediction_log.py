"""Predictions that the service itself stores.

Code, because a verb of storing and a word for predictions must meet in one name, or the model's version in the code that
predicts with something that stores or logs.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from mlops_scan.detector import Shown, detector
from mlops_scan.evidence import Reading

_NAME = re.compile(
    r"(log|save|store|record|insert|persist|write|track)_?\w*(predict\w*|inference\w*|scores?)|(prediction|inference)_?(log|logs|record|records|store|trace)\w*",
    re.IGNORECASE,
)


_PREDICTS = re.compile(r"(?:^|_)(?:predict|predictions?|predict_proba|infer|inference|score|recommend)(?:_|$)")
_LEARNS = re.compile(r"(?:^|_)(?:fit|train|retrain|start_run|log_metrics?|create_run)(?:_|$)")
_STORES = re.compile(
    r"^(?:to_(?:parquet|csv|sql|json|gbq)|insert\w*|put_\w+|produce|send\w*|write\w*|log|info|publish\w*|save\w*|xadd|add|store\w*)$"
)


@detector(
    "Prediction log",
    "",
    ("prediction-logged",),
    is_tool=False,
    asks={"call": ("predict", "inference", "score"), "stamp": ()},
)
def prediction_log(reading: Reading) -> Iterator[Shown]:
    """A call or a function whose name says that predictions are kept; a result that carries the model's version and is kept."""
    for fact in reading.of("call"):
        if _keeps(fact.name):
            yield Shown("prediction-logged", fact)
            return
    stamps = reading.of("stamp")
    calls = [(fact.unit, _verb(fact.name)) for fact in reading.of("call")] if stamps else []
    predicting = {unit for unit, verb in calls if _PREDICTS.search(verb)} - {
        unit for unit, verb in calls if _LEARNS.search(verb)
    }
    if any(_STORES.search(verb) for _, verb in calls):
        yield from (Shown("prediction-logged", fact) for fact in stamps if fact.unit in predicting)


@lru_cache(maxsize=10_000)
def _keeps(call: str) -> bool:
    return _NAME.fullmatch(_verb(call)) is not None


def _verb(call: str) -> str:
    return call.rpartition(".")[2].lstrip("#_")
