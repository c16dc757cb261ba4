"""Limits and discounts on resources, in whatever manifest they stand.

Code, because the last words of a setting decide, wherever it stands.
"""

from collections.abc import Iterator

from mlops_scan.detector import Shown, detector
from mlops_scan.evidence import Reading

_ENDINGS = (
    ".resources.limits.cpu", ".resources.limits.memory",
    ".limits.cpu", ".limits.memory", ".limits.cpus", ".use_spot_instances", ".spot", ".minReplicas",
    ".min_instances",
    ".minScale", ".min_nodes", ".scale_settings.min_node_count", ".idle_seconds_before_scaledown", ".autotermination_minutes", ".min_replicas",
)  # fmt: skip


@detector(
    "Resource limits",
    "",
    ("costs-limited",),
    is_tool=False,
    asks=dict.fromkeys(("field", "argument"), tuple(map(str.lower, _ENDINGS))),
)
def resource_limits(reading: Reading) -> Iterator[Shown]:
    """A limit, a spot flag or a lower bound that may be zero."""
    for fact in reading.of("field", "argument"):
        if fact.name.endswith(_ENDINGS) and fact.value not in ("", "false", "False"):
            yield Shown("costs-limited", fact)
            return
