"""Records that a training leaves with its run or its model: which data it read.

Code, because the key must speak of data and of an identity at once.
"""

import re
from collections.abc import Iterator

from mlops_scan.detector import Shown, detector
from mlops_scan.evidence import Fact, Reading

_IDENTITY = re.compile(
    r"(?:.*_)?(?:(?:data|dataset|snapshot|input)\w*?_(?:hash|sha\d*|md5|version|snapshot|revision|checksum|id|path|file|uri)"
    r"|(?:train|training|valid|validation|test|testing|raw|input)_(?:data|dataset|data_path|data_file|file|path))"
)
_LOGGERS = ("log_param", "log_params", "set_tag", "set_tags")


@detector(
    "Run records", "", ("lineage-recorded",), is_tool=False, asks={"record": (), "call": _LOGGERS, "argument": _LOGGERS}
)
def run_records(reading: Reading) -> Iterator[Shown]:
    """A record that names its data, or a call that logs the name or version of the data with the run."""
    for fact in reading.of("record", "call", "argument"):
        if fact.kind == "record" and _is_identity(fact.name):
            yield Shown("lineage-recorded", fact, trace=True)
            return
        if _logs(fact) and _is_identity(fact.value):
            yield Shown("lineage-recorded", fact)
            return


def _logs(fact: Fact) -> bool:
    """A call of a tracker with the key in front, or its `key=` argument."""
    parts = fact.name.split(".")
    return (fact.kind == "call" and parts[-1] in _LOGGERS) or (
        fact.kind == "argument" and parts[-1] == "key" and parts[-2] in _LOGGERS
    )


def _is_identity(name: str) -> bool:
    return bool(_IDENTITY.fullmatch(re.sub(r"[-. ]", "_", name).lower()))
