"""Which files of a repository hold the training data, the model and its metrics, and what kind of data that is."""

import re
from collections.abc import Iterator

from mlops_scan.activities import words_of
from mlops_scan.evidence import Node
from mlops_scan.roadmap.packaging import packaging
from mlops_scan.roadmap.scripts import environment
from mlops_scan.roadmap.view import View, plain

_TABLES = (".csv", ".parquet", ".feather", ".json", ".jsonl", ".xlsx", ".tsv", ".csv.gz")
READERS = {
    "parquet": "read_parquet",
    "feather": "read_feather",
    "json": "read_json",
    "jsonl": "read_json",
    "xlsx": "read_excel",
}
_MODELS = (".joblib", ".pkl", ".pickle", ".pt", ".pth", ".onnx", ".h5", ".keras", ".cbm", ".bst", ".ubj", ".rds")
_MEASURED = re.compile(r"(?:^|/)[\w-]*(?:metric|score|eval|report)[\w-]*(?:/[\w-]+)?\.json$")
#: Words of tables that hold something else than what is trained on.
_OTHER_TABLES = {
    "sample",
    "samples",
    "description",
    "descriptions",
    "schema",
    "columns",
    "mapping",
    "config",
    "test",
    "metadata",
    "metrics",
    "predictions",
    "drift",
    "report",
    "results",
    "lock",
    "package",
    "dashboard",
    "requirements",
    "tests",
    "expected",
    "dictionary",
    "params",
}
_DEEP = {
    "torch",
    "tensorflow",
    "keras",
    "fastai",
    "transformers",
    "diffusers",
    "ultralytics",
    "jax",
    "flax",
    "pytorch_lightning",
    "lightning",
}
_OF_ROWS = {"sklearn", "xgboost", "lightgbm", "catboost", "statsmodels"}
_TABULAR = {"pandas", "polars", "pyspark", "dask", "feast", *_OF_ROWS}
_MEASURING = re.compile(r"(?:.*\.)?log_metrics?")
_ERRORS = re.compile(r"(?:^|_)(?:mae|mse|rmse|rmsle|mape|smape|loss|error|err|brier|deviance|perplexity)(?:_|$)")


def files(view: View, train: str) -> Iterator[tuple[str, str]]:
    """Data, model and metrics, by what the code reads and writes."""
    data = _data(view, train)
    yield from (("data", data), ("tracked", data if view.has(data) else ""))
    written = [fact.name for _, fact in view.facts("writes") if plain(fact.name) and not fact.name.startswith("/")]
    yield "model", next((path for path in written if path.endswith(_MODELS)), "")
    said = [fact.name for _, fact in view.facts("field") if fact.name == "dvc.metrics"]
    metrics = [fact.value for _, fact in view.facts("field") if fact.name == "dvc.metrics"] if said else []
    yield "metrics", next((path for path in (*metrics, *written) if plain(path) and _MEASURED.search(path)), "")
    if view.keeper("data-versioned") == "dvc":
        yield "pull", f"{environment(packaging(view).kind)}dvc pull"


def _data(view: View, train: str) -> str:
    """The table that training reads, as its name and its readers tell; nothing where none looks like it."""
    reached = {node.path for node in view.graph.reached_from(Node(train))} if train else set()
    scores: dict[str, int] = {}
    for path, fact in view.facts("reads"):
        scores[fact.name] = max(scores.get(fact.name, 0), 2 * (path in reached))
    for path in view.graph.readings:
        scores.setdefault(path.removesuffix(".dvc"), 1 if path.endswith(".dvc") else 0)
    found = {
        path: score + _likely(path)
        for path, score in scores.items()
        if path.endswith(_TABLES) and plain(path) and path[0] != "/"
    }
    best = min(found, key=lambda path: (-found[path], len(path), path), default="")
    return best if found.get(best, 0) >= 2 else ""


def _likely(path: str) -> int:
    """How much a path speaks of training data."""
    words = set(words_of(path))
    said = 3 * ("train" in words) + 2 * bool(words & {"data", "raw", "dataset", "input"})
    return said - 3 * bool(words & _OTHER_TABLES) - 2 * path.endswith((".json", ".jsonl"))


def metric(view: View, train: str) -> Iterator[tuple[str, str]]:
    """A metric by the name under which it is logged; an error must not rise, anything else must not fall."""
    logged = [(path != train, fact.value) for path, fact in view.facts("call") if _MEASURING.fullmatch(fact.name)]
    named = [name for _, name in sorted(logged) if re.fullmatch(r"[A-Za-z]\w{0,40}", name, re.ASCII)]
    if named:
        is_error = _ERRORS.search(named[0].lower()) is not None
        yield from (
            ("metric", named[0]),
            ("side", "at most" if is_error else "at least"),
            ("bound", "1.0" if is_error else "0.8"),
        )


def has_tables(view: View, train: str) -> bool:
    """Whether rows and columns are trained on: a library of tables is at work, and none of images or texts trains."""
    libraries = [(path, fact.name.partition(".")[0]) for path, fact in view.facts("import")]
    training = {name for path, name in libraries if path == train}
    if training & _DEEP and not training & _OF_ROWS:
        return False
    reads = any(fact.name.startswith(("r:arrow", "r:readr", "r:DBI")) for _, fact in view.facts("call"))
    return reads or any(name in _TABULAR for _, name in libraries)
