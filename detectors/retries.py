"""Retries of tasks and probes of services.

Code, because the name of the setting decides and not the tool that it belongs to.
"""

from collections.abc import Iterator

from mlops_scan.detector import Shown, detector
from mlops_scan.evidence import Reading

_NAMES = {
    "retries",
    "max_retries",
    "retry_count",
    "retryCountOnTaskFailure",
    "livenessProbe",
    "retryStrategy",
    "retry_policy",
    "maxRetries",
    "retry_delay",
}


@detector(
    "Retries",
    "",
    ("failure-recovered",),
    is_tool=False,
    asks=dict.fromkeys(("field", "argument"), tuple(map(str.lower, sorted(_NAMES)))),
)
def retries(reading: Reading) -> Iterator[Shown]:
    """A setting that makes a task start again or a service be replaced."""
    for fact in reading.of("field", "argument"):
        if _NAMES & set(fact.name.split(".")) and fact.value not in ("", "0"):
            yield Shown("failure-recovered", fact)
            return
