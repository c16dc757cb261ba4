"""What runs leave behind as text: metrics, records of registries, runs and experiments, and ids that a notebook shows."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts.fields import variable
from mlops_scan.facts.source import Source, reads
from mlops_scan.facts.trees import Mapping, Scalar, as_mapping, as_text, at, leaves

_MOST = 50
_LONGEST = 100_000
_RESULT = re.compile(r"(?<![a-z])(?:metrics?|evals?|evaluations?|scores?|results?|reports?)(?![a-z])")
_FOLDER = re.compile(r"(?<![a-z])(?:registry|registries|models?|runs?|mlruns|experiments?)(?![a-z])")
_NUMBER = re.compile(r"[-+]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][-+]?\d{1,4})?")
#: Words in the keys of a record that name an identity, a version, an origin or a time.
_TELLING = {
    "id", "ids", "uuid", "version", "sha", "sha1", "sha256", "md5", "hash", "digest", "commit", "revision", "snapshot",
    "run", "experiment", "stage", "status", "alias", "dataset", "model", "name", "created", "trained", "timestamp",
    "date", "at",
}  # fmt: skip
_POINTER = re.compile(r"[\w.@:/-]{1,100}")
#: What stands before the id of a run in tables that people look at, and in addresses that clients print; and the id.
_SHOWN = {
    "mlflow.runs": (("run_id", "/#/experiments/"), re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")),
    "wandb.runs": (("https://wandb.ai/",), re.compile(r"(?<=/runs/)[a-z0-9]{8}\b")),
}
_LONGEST_OUTPUT = 50_000


@reads("*.json")
def metrics(source: Source) -> Iterator[Fact]:
    """The numbers of a file whose name says that it holds results, if it holds little else. Lists are no metrics."""
    if not _RESULT.search(source.name.lower()) or not _is_small_object(source):
        return
    scalars = _scalars(source)
    numbers = [(path, value) for path, value in scalars if _is_number(value)]
    if 2 * len(numbers) >= len(scalars):
        yield from (Fact("record", path, value.line, value) for path, value in numbers[:_MOST])


@reads(
    "meta.json", "metadata.json", "manifest.json", "run.json", "run_info.json", "model_info.json",
    "model_metadata.json", "version.json", "versions.json", "registry.json", "lineage.json", "wandb-summary.json",
    "wandb-metadata.json",
)  # fmt: skip
def record(source: Source) -> Iterator[Fact]:
    """The ids, versions, hashes, times and numbers of a record that lies in a folder of models, runs or experiments."""
    if not _in_folder_of_records(source.path) or not _is_small_object(source):
        return
    told = ((path, value) for path, value in _scalars(source) if _is_number(value) or _tells(path))
    for path, value in islice(told, _MOST):
        if public := variable(path.rpartition(".")[2], value, None).value:
            yield Fact("record", path, value.line, public)


@reads("latest.txt", "current.txt", "production.txt", "champion.txt")
def pointer(source: Source) -> Iterator[Fact]:
    """The version that a home-made registry points to: a single word in a file that is called `latest`."""
    text = source.text.strip()
    if _in_folder_of_records(source.path) and _POINTER.fullmatch(text):
        yield Fact("record", source.name.removesuffix(".txt"), 1, text)


@reads("MLmodel")
def model(source: Source) -> Iterator[Fact]:
    """The run that made a model which MLflow saved: https://mlflow.org/docs/latest/ml/model/#mlmodel-file."""
    for document in map(as_mapping, source.documents[:1]):
        if "flavors" in document and (run := as_text(at(document, "run_id"))):
            yield Fact("stored", "mlflow.runs", document.line_of("run_id"), run[:200])


@reads("mlruns/**/meta.yaml")
def stored(source: Source) -> Iterator[Item]:
    """What MLflow's store of files says of a run, of a data set that a run read, or of a version of a model."""
    for document in map(as_mapping, source.documents[:1]):
        if as_text(at(document, "lifecycle_stage")) == "deleted":
            return
        run, name, version = (as_text(at(document, key))[:200] for key in ("run_id", "name", "version"))
        if "experiment_id" in document and run:
            yield Fact("stored", "mlflow.runs", document.line_of("run_id"), run)
        elif "/datasets/" in source.path and (digest := as_text(at(document, "digest"))):
            yield Fact("stored", "mlflow.runs.data", document.line_of("digest"), f"{name}@{digest[:200]}")
        elif name and version:
            unit = Unit("model", name, document.line_of("name"))
            yield unit
            yield Fact("stored", "mlflow.versions", document.line_of("version"), f"{name}/{version}", unit.id)
            if run:
                yield Fact("stored", "mlflow.versions.run", document.line_of("run_id"), run, unit.id)


@reads("mlruns/**/tags/mlflow.source.git.commit")
def commit(source: Source) -> Iterator[Fact]:
    """The commit of the code that a run of MLflow ran."""
    if re.fullmatch(r"[0-9a-f]{40}", source.text.strip()):
        yield Fact("stored", "mlflow.runs.commit", 1, source.text.strip())


@reads("*.ipynb")
def shown(source: Source) -> Iterator[Fact]:
    """The first run of each tracker that an output of a notebook shows by its id or address."""
    if "run_id" not in source.text and "/runs/" not in source.text:
        return
    outputs = list(_outputs(source.text))
    for name in _SHOWN:
        if run := next(filter(None, (_run_in(text, name) for text in outputs)), ""):
            line = next((number for number, text in enumerate(source.lines, 1) if run in text), None)
            yield Fact("stored", name, line, run)


def _run_in(text: str, name: str) -> str:
    """The id of a run of one tracker that stands in a text, behind what announces it."""
    marks, pattern = _SHOWN[name]
    places = [place for place in map(text.find, marks) if place >= 0]
    found = pattern.search(text, min(places)) if places else None
    return found[0] if found else ""


def _outputs(text: str) -> Iterator[str]:
    """What each output of a notebook (nbformat 4) shows as plain text, cut; nothing where it is no valid notebook."""
    try:
        loaded = json.loads(text)
    except (ValueError, RecursionError):
        return
    cells = loaded.get("cells") if isinstance(loaded, dict) else None
    for cell in cells if isinstance(cells, list) else ():
        outputs = cell.get("outputs") if isinstance(cell, dict) else None
        for output in outputs if isinstance(outputs, list) else ():
            data = output.get("data") if isinstance(output, dict) else None
            said = data.get("text/plain") if isinstance(data, dict) else isinstance(output, dict) and output.get("text")
            parts = said if isinstance(said, list) else [said]
            yield "".join(part for part in parts if isinstance(part, str))[:_LONGEST_OUTPUT]


def _in_folder_of_records(path: str) -> bool:
    return _FOLDER.search(path.lower().rpartition("/")[0]) is not None


def _is_small_object(source: Source) -> bool:
    return len(source.text) <= _LONGEST and source.text.lstrip().startswith("{")


def _scalars(source: Source) -> list[tuple[str, Scalar]]:
    """The scalars that stand alone under their path: items of lists share one."""
    found = [each for document in source.documents[:1] if isinstance(document, Mapping) for each in leaves(document)]
    paths = Counter(path for path, _ in found)
    return [(path[:200], value) for path, value in found if paths[path] == 1]


def _is_number(value: Scalar) -> bool:
    return _NUMBER.fullmatch(value) is not None


def _tells(path: str) -> bool:
    words = re.split(r"[^a-z0-9]+", path.rpartition(".")[2].lower())
    return not _TELLING.isdisjoint(words)
