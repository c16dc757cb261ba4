"""What runs leave behind as JSON: metrics, and the records of home-made registries, runs and experiments."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from mlops_scan.evidence import Fact
from mlops_scan.facts.fields import variable
from mlops_scan.facts.source import Source, reads
from mlops_scan.facts.trees import Mapping, Scalar, leaves

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
