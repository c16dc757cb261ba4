"""References that resolve to nothing: missing here, or lying elsewhere? What cannot be told apart is not reported."""

import re

from mlops_scan.evidence import Fact, Loose, Node, Reading
from mlops_scan.wiring.places import Places

_ELSEWHERE = re.compile(r"://|@|^[\w.-]+/[\w.-]+/.+\.ya?ml|^git::|^registry\.")
_VARIABLE = re.compile(r"[$%{}*<>]")
_NAMES_A_FILE = ("includes", "runs-file", "builds")


def loose_end(fact: Fact, reading: Reading, places: Places) -> Loose | None:
    """What an unresolved reference is; None for one that a variable, a wild card or another program decides."""
    if fact.kind not in _NAMES_A_FILE or reading.role != "product":
        return None
    if _ELSEWHERE.search(fact.name):
        return Loose(Node(reading.path, fact.unit), fact, elsewhere=True)
    if _VARIABLE.search(fact.name) or not fact.name or places.below(fact.name, source=reading.path):
        return None
    return Loose(Node(reading.path, fact.unit), fact, elsewhere=False)
