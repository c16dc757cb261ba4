"""Artifacts of a tracker that are said to be models.

Code, because the value of the argument decides: `type="model"` and `type="dataset"` are logged by the same call.
"""

from collections.abc import Iterator

from mlops_scan.detector import Shown, detector
from mlops_scan.evidence import Reading

_CALLS = ("Artifact", "log_artifact")


@detector(
    "Logged artifacts",
    "",
    ("model-versioned",),
    is_tool=False,
    asks={"argument": tuple(f"{call.lower()}.type" for call in _CALLS)},
)
def logged_artifacts(reading: Reading) -> Iterator[Shown]:
    """An artifact with `type="model"`."""
    for fact in reading.of("argument"):
        parts = fact.name.split(".")
        if parts[-1] == "type" and parts[-2:-1] and parts[-2] in _CALLS and fact.value == "model":
            yield Shown("model-versioned", fact)
