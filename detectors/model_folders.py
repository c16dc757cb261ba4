"""A registry kept by hand: a folder a version, and a file that says which one is in use.

Code, because the path must speak of models and of a version at once.
"""

import re
from collections.abc import Iterator

from mlops_scan.detector import Shown, detector
from mlops_scan.evidence import Fact, Reading

_VERSION = re.compile(
    r"(^|/)(\w*model\w*|\w*registry\w*|artifacts?|checkpoints?)/(.*/)?(v\d+(\.\d+)*|version[-_]?\d+|\d{8}([-_T]?\d{4,6})?)/[^/]+$",
    re.IGNORECASE,
)
_POINTER = re.compile(
    r"(^|/)(\w*model\w*|\w*registry\w*|artifacts?)/(.*/)?(latest|current|production|champion)(\.(txt|json|ya?ml))?$",
    re.IGNORECASE,
)


_CONFIGURATION = (".yaml", ".yml", ".json", ".toml", ".ini", ".cfg")
_IN_USE = {"run_id", "model_version", "model_run_id", "model_id", "modelversion"}
_CONCRETE = re.compile(r"v?\d[\w.:-]*|[\w.-]*\d[\w.-]{5,}", re.ASCII)
_ASKS = {
    "file": ("model", "registry", "artifact", "checkpoint"), "versioned-path": (),
    "field": ("run_id", "run-id", "model"),
}  # fmt: skip


@detector("Model folders", "", ("model-versioned", "model-registered", "model-promoted"), is_tool=False, asks=_ASKS)
def model_folders(reading: Reading) -> Iterator[Shown]:
    """Versions side by side show that models are kept; a pointer to one of them makes the folder a registry.

    A configuration that names the run or the version in use promotes it.
    """
    path = Fact("file", reading.path)
    if _VERSION.search(reading.path) and not reading.path.endswith((".py", ".md")):
        yield Shown("model-versioned", path, trace=True)
    for fact in reading.of("versioned-path", "field"):
        if fact.kind == "versioned-path":
            yield Shown("model-versioned", fact)
        elif reading.path.endswith(_CONFIGURATION) and _is_in_use(fact):
            yield Shown("model-promoted", fact)
    if _POINTER.search(reading.path):
        yield Shown("model-registered", path, trace=True)


def _is_in_use(fact: Fact) -> bool:
    last = fact.name.rpartition(".")[2].lower().replace("-", "_")
    return last in _IN_USE and _CONCRETE.fullmatch(fact.value) is not None
