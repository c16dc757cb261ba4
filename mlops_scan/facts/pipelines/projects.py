"""MLflow's files: projects (`MLproject`), saved models (`MLmodel`) and the runs of a file store (`meta.yaml`)."""

from collections.abc import Iterator

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts.ci import shape
from mlops_scan.facts.commands.places import folder_of
from mlops_scan.facts.containers.images import image
from mlops_scan.facts.pipelines.settings import is_unset
from mlops_scan.facts.source import Source, reads
from mlops_scan.facts.trees import Mapping, as_mapping, as_text, at

_OF_MODEL = ("run_id", "model_uuid", "model_id", "utc_time_created", "mlflow_version", "model_size_bytes")
_OF_RUN = (
    "run_id", "run_uuid", "experiment_id", "run_name", "name", "status", "lifecycle_stage", "start_time", "end_time",
    "version", "current_stage", "model_id",
)  # fmt: skip


@reads("MLproject", "mlproject", "MLProject")
def project(source: Source) -> Iterator[Item]:
    """Entry points wait to be named; the environment is another file or an image.

    https://mlflow.org/docs/latest/ml/projects/
    """
    for document in source.documents:
        for name, point in as_mapping(at(document, "entry_points")).items():
            target = Unit("target", name, name.line)
            yield target
            yield from shape.run(source, at(point, "command"), target.id, folder_of(source))
        yield from _environment(as_mapping(document))


@reads("MLmodel")
def model(source: Source) -> Iterator[Item]:
    """A saved model, with the run that made it: https://mlflow.org/docs/latest/ml/model/#mlmodel-file."""
    for document in source.documents:
        body = as_mapping(document)
        if "flavors" not in body:
            continue
        unit = Unit("model", as_text(at(body, "artifact_path")) or folder_of(source).rpartition("/")[2], body.line)
        yield unit
        yield from _records(body, _OF_MODEL, unit.id)
        for flavor, settings in as_mapping(at(body, "flavors")).items():
            versions = (text for key, text in as_mapping(settings).items() if key.endswith("_version"))
            yield Fact("record", f"flavors.{flavor}", flavor.line, as_text(next(versions, "")), unit.id)
        if not is_unset(at(body, "signature")):
            yield Fact("field", "MLmodel.signature", body.line_of("signature"), unit=unit.id)


@reads("meta.yaml")
def run(source: Source) -> Iterator[Fact]:
    """What a run, an experiment or a model version of a file store left behind. Packages have a `meta.yaml` too."""
    if "experiment_id" not in source.text and "last_updated_timestamp" not in source.text:
        return
    for document in source.documents:
        yield from _records(as_mapping(document), _OF_RUN)


def _environment(body: Mapping) -> Iterator[Fact]:
    for key in ("conda_env", "python_env"):
        if path := as_text(at(body, key)):
            yield Fact("includes", path, body.line_of(key))
    docker = as_mapping(at(body, "docker_env"))
    if name := as_text(at(docker, "image")):
        yield from image(name, docker.line_of("image"))
    if name := as_text(at(body, "name")):
        yield Fact("field", "MLproject.name", body.line_of("name"), name[:200])


def _records(body: Mapping, keys: tuple[str, ...], unit: str = "") -> Iterator[Fact]:
    for key in keys:
        value = at(body, key)
        if not is_unset(value) and as_text(value):
            yield Fact("record", key, body.line_of(key), as_text(value)[:200], unit)
