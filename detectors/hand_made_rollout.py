"""Rollouts that a service steers itself: a part of the traffic for the new model, or both models at once.

Code, because `shadow` and `canary` mean a rollout only beside a word for a model, its version or its traffic.
"""

import re
from collections.abc import Iterator

from mlops_scan.detector import Shown, detector
from mlops_scan.evidence import Reading

_ROLLOUT = r"(?:shadow|canary|challenger)"
_WHAT = r"(?:model|mode|predict\w*|version|traffic|percent\w*|pct|weight|ratio|deployment|rollout|endpoint|inference|scor\w*|release|split)"
_NAME = re.compile(
    rf"(?:^|_){_ROLLOUT}_(?:\w+_)?{_WHAT}(?:_|$)|(?:^|_){_WHAT}_(?:\w+_)?{_ROLLOUT}(?:_|$)|(?:^|_)traffic_split(?:_|$)"
)
_KINDS = ("call", "argument", "env", "import")
_WORDS = ("shadow", "canary", "challenger", "traffic")


@detector("Hand-made rollouts", "", ("rollout-gradual",), is_tool=False, asks=dict.fromkeys(_KINDS, _WORDS))
def hand_made_rollout(reading: Reading) -> Iterator[Shown]:
    """A call, an argument or a setting of code that speaks of a shadow or canary model."""
    if not reading.path.endswith(".py"):
        return
    for fact in reading.of(*_KINDS):
        if _NAME.search(_words(fact.name.rpartition(".")[2])):
            yield Shown("rollout-gradual", fact)
            return


def _words(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.lstrip("#_")).lower()
