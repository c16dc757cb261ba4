"""Unity Catalog. In code, because the address of its model registry is the value of a call, and names no tool."""

from collections.abc import Iterator

from mlops_scan.detector import Shown, detector
from mlops_scan.evidence import Fact, Reading

_REGISTRY_SETTERS = {
    "mlflow.set_registry_uri",
    "mlflow.MlflowClient.registry_uri",
    "mlflow.client.MlflowClient.registry_uri",
    "mlflow.tracking.MlflowClient.registry_uri",
    "MLFLOW_REGISTRY_URI",
}
_NAMES = {
    "dependency": {"unitycatalog-client", "unitycatalog-ai", "unitycatalog-langchain", "unitycatalog-openai"},
    "image": {"unitycatalog/unitycatalog"},
    "resource": {
        "databricks:catalogs",
        "databricks:schemas",
        "databricks:volumes",
        "databricks:registered_models",
    }
    | {
        f"databricks_{name}"
        for name in (
            "catalog", "schema", "volume", "registered_model", "metastore", "metastore_assignment", "external_location",
            "storage_credential", "grant", "grants",
        )
    },
}  # fmt: skip
_COMMANDS = (
    "catalogs",
    "schemas",
    "volumes",
    "registered-models",
    "model-versions",
    "metastores",
    "grants",
    "unity-catalog",
)
_KINDS = ("call", "argument", "env", "field", "keeps-runs", "import", "command", *_NAMES)
_WORDS = ("registry_uri", "unitycatalog", "databricks")


@detector(
    "Unity Catalog",
    "https://docs.unitycatalog.io",
    shows=("catalogue-kept", "model-registered"),
    asks=dict.fromkeys(_KINDS, _WORDS),
)
def unity_catalog(reading: Reading) -> Iterator[Shown]:
    """What declares or fills a catalogue, and what makes it the registry of the models."""
    for fact in reading.of(*_KINDS):
        if fact.name in _REGISTRY_SETTERS and fact.value.startswith(("databricks-uc", "uc:")):
            yield Shown("model-registered", fact)
        elif fact.name in _NAMES.get(fact.kind, ()) or _is_use(fact):
            yield Shown("catalogue-kept", fact)


def _is_use(fact: Fact) -> bool:
    if fact.kind == "import":
        return fact.name.partition(".")[0] == "unitycatalog"
    words = fact.name.split()
    return fact.kind == "command" and words[:1] == ["databricks"] and not set(words[1:3]).isdisjoint(_COMMANDS)
