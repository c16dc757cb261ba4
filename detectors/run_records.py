"""Records that a training leaves beside its model: which data, which code.

Code, because the key must speak of data or code and of an identity at once.
"""

import re
from collections.abc import Iterator

from mlops_scan.detector import Shown, detector
from mlops_scan.evidence import Reading

_IDENTITY = re.compile(
    r"(data(set)?|train\w*|snapshot|input)\w*?[_.-]?(hash|sha\d*|md5|version|snapshot|revision|checksum|id|path|file|uri)$",
    re.I,
)
_LOGGED = ("mlflow.log_param", "mlflow.log_params", "mlflow.set_tag", "mlflow.set_tags", "wandb.config.update")


@detector("Run records", "", ("lineage-recorded",), is_tool=False)
def run_records(reading: Reading) -> Iterator[Shown]:
    """A record that names its data, or a call that logs the name or version of the data with the run."""
    for fact in reading.facts:
        if fact.kind == "record" and _is_identity(fact.name):
            yield Shown("lineage-recorded", fact, trace=True)
            return
        if fact.kind == "call" and fact.name in _LOGGED and _is_identity(fact.value):
            yield Shown("lineage-recorded", fact)
            return


def _is_identity(name: str) -> bool:
    return bool(_IDENTITY.search(name.replace("-", "_")))
