"""Requests for jobs of managed services, as files that a command submits: SageMaker, Vertex AI, AWS Batch.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html,
https://docs.cloud.google.com/vertex-ai/docs/reference/rest/v1/CustomJobSpec,
https://docs.aws.amazon.com/batch/latest/APIReference/API_RegisterJobDefinition.html
"""

from collections.abc import Iterator
from itertools import islice

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts.containers.images import image
from mlops_scan.facts.containers.processes import words_started
from mlops_scan.facts.fields import mappings, texts
from mlops_scan.facts.source import Source, reads
from mlops_scan.facts.trees import Mapping, as_list, as_mapping, as_text, at

#: The part of a request that says what runs, with its keys for image, program and arguments.
_SPECIFIED = {
    "AlgorithmSpecification": ("TrainingImage", "ContainerEntrypoint", "ContainerArguments"),
    "AppSpecification": ("ImageUri", "ContainerEntrypoint", "ContainerArguments"),
    "containerProperties": ("image", "entryPoint", "command"),
    "containerSpec": ("imageUri", "command", "args"),
}
_NAMES = (
    "TrainingJobName",
    "ProcessingJobName",
    "HyperParameterTuningJobName",
    "jobDefinitionName",
    "displayName",
    "PipelineName",
)
_MOST = 200


@reads("*.json", "*.yml", "*.yaml")
def requests(source: Source) -> Iterator[Item]:
    """One task for a file, with the images, programs and modules that it asks to run."""
    if not any(key in source.text for key in (*_SPECIFIED, "workerPoolSpecs")):
        return
    for document in source.documents:
        parts = list(islice(_parts(as_mapping(document)), _MOST))
        if not parts or "apiVersion" in as_mapping(document):
            continue  # objects of Kubernetes have a reader of their own
        name = next(filter(None, (as_text(at(document, key)) for key in _NAMES)), "") or source.name.partition(".")[0]
        task = Unit("task", name, document.line)
        yield task
        for key, part in parts:
            yield from _part(key, part, task.id)


def _parts(body: Mapping) -> Iterator[tuple[str, Mapping]]:
    for mapping in mappings(body):
        found = ((key, at(mapping, key)) for key in _SPECIFIED)
        yield from ((key, part) for key, part in found if isinstance(part, Mapping))
        for pool in as_list(at(mapping, "workerPoolSpecs")):
            yield "pythonPackageSpec", as_mapping(at(pool, "pythonPackageSpec"))


def _part(key: str, part: Mapping, unit: str) -> Iterator[Fact]:
    if key == "pythonPackageSpec":
        if module := as_text(at(part, "pythonModule")):
            yield from words_started(["python", "-m", module], part.line_of("pythonModule"), unit)
        return
    named, program, arguments = _SPECIFIED[key]
    if reference := as_text(at(part, named)):
        yield from image(reference, part.line_of(named), unit)
    words = [*texts(at(part, program)), *texts(at(part, arguments))]
    if words and not words[0].startswith("-"):
        yield from words_started(words, words[0].line, unit)
