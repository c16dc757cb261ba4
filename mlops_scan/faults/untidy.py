"""Duplicate or unused: two tools for one thing, a tool that is only declared, a store that nobody else can reach."""

import re
from collections import defaultdict
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import lru_cache
from itertools import islice

from mlops_scan.activities import words_of
from mlops_scan.evidence import Evidence, Fact, Node, Place, Reading, Strength
from mlops_scan.faults import Broken, Confidence, rule
from mlops_scan.faults.product import MOST, facts, holding, readings, said
from mlops_scan.library import is_published
from mlops_scan.lifecycle import NOT_PRODUCTION, Lifecycle
from mlops_scan.proof import Proof

#: Tools that keep runs, or models, in a place of their own: two of them are two places to look. Platforms that others'
#: clients write to (DagsHub, Azure ML) and what is read beside a tracker (TensorBoard) are not among them.
_KEEPERS = {
    "run-tracked": {"mlflow", "wandb", "comet", "neptune", "clearml", "aim", "sacred", "guild", "polyaxon"},
    "model-registered": {
        "mlflow-registry", "wandb", "comet", "neptune", "clearml", "sagemaker", "azureml", "vertex-ai", "hopsworks",
    },
}  # fmt: skip
_NAMES = {"run-tracked": "experiment trackers", "model-registered": "model registries"}
#: What a tool in a list of dependencies makes a reader believe. Libraries of models are needed to load one as well.
_CLAIMS = {
    "run-tracked", "model-registered", "drift-detected", "model-monitored", "data-validated", "model-validated",
    "fairness-checked", "model-explained", "hyperparameters-searched", "feature-stored", "pipeline-orchestrated",
}  # fmt: skip
#: Words in a path that say that what is kept there is thrown away, or stays with one developer.
_FOR_ONE = frozenset({
    "smoke", "test", "tests", "dev", "development", "devcontainer", "local", "debug", "sandbox", "demo", "example",
    "examples"
})  # fmt: skip
_STORE = "MLFLOW_TRACKING_URI"
_LOCAL_STORE = re.compile(r"(?:file:|sqlite:|\./|\.\./|/|mlruns\b|https?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0)\b).*")
#: An address, `user@host:path`, or where administrators mount what many machines share.
_SHARED = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/|[^/]*@|/(?:mnt|nfs|net|efs|shared|gpfs|lustre|Volumes|dbfs)/")
_MODEL = re.compile(r".*\.(?:pkl|pickle|joblib|h5|keras|pt|pth|onnx|safetensors|cbm|bst|sav)")
_NO_MODEL = re.compile(r"(?:.*[_/])?(?:[xy]_)?(?:train|test|valid|val|data|dataset|features)\.\w+", re.IGNORECASE)
_SETS_TAG = re.compile(r"\bset image\b|--set(?:-string)?[ =]\S*[tT]ag\b|\b(?:yq|sed)\b.*(?:[tT]ag|image)")
_FROZEN = 40
_MOST_FILES = 100
_STORES = _KEEPERS["model-registered"] | {"dvc", "gto", "lakefs", "quilt", "pachyderm"}


@rule("two-of-a-kind", costs=1)
def two_of_a_kind(life: Lifecycle) -> Iterator[Broken]:
    """One pipeline writes to two experiment trackers, or registers models in two registries.

    Nobody can say which of the two holds the run or the model that counts, and comparisons see half of the runs.

    Mend: keep one, and move over what is left in the other.
    Wrong where: a setting chooses between them, so that each run writes to one. Classes named after a tool are
    taken for such a choice.
    """
    is_adapter = lru_cache(maxsize=None)(lambda path, tool: _is_adapter(life, path, tool))
    for practice, keepers in _KEEPERS.items():
        used: dict[str, list[Evidence]] = defaultdict(list)
        for one in life.graph.evidence:
            is_kept = one.practice == practice and one.tool in keepers and _is_used(life, one)
            if is_kept and not is_adapter(one.place.path, one.tool):
                used[one.tool].append(one)
        for first, second in _together(life, used):
            message = (
                f"two {_NAMES[practice]} in one pipeline: {first.tool} here, and {second.tool} in `{second.place}`"
            )
            yield Broken(first.place, message, Node(first.place.path, first.fact.unit), Confidence.MEDIUM)


def _is_used(life: Lifecycle, one: Evidence) -> bool:
    product = life.graph.role(Node(one.place.path)) == "product"
    return product and one.fact.kind in ("import", "call", "argument")


def _is_adapter(life: Lifecycle, path: str, tool: str) -> bool:
    """Whether the file keeps the tool in a class that bears its name: which of such classes runs is chosen elsewhere."""
    stem = tool.partition("-")[0]
    names = (unit.name for unit in life.graph.readings[path].units if unit.kind == "function")
    return any(name[:1].isupper() and stem in name.lower() for name in names)


def _together(life: Lifecycle, used: dict[str, list[Evidence]]) -> Iterator[tuple[Evidence, Evidence]]:
    """The first place of one tool from which the code of another is reached; once for each pair."""
    seen: set[frozenset[str]] = set()
    first = {tool: list({one.place.path: one for one in reversed(found)}.values()) for tool, found in used.items()}
    for tool, found in first.items() if len(used) > 1 else ():
        for one in found[:_MOST_FILES]:
            reached = {node.path for node in life.graph.reached_from(Node(one.place.path), avoiding=NOT_PRODUCTION)}
            for other, others in used.items():
                pair = frozenset((tool, other))
                near = next((each for each in others if each.place.path in reached), None)
                if len(pair) == 2 and near and pair not in seen:
                    seen.add(pair)
                    yield one, near


@rule("declared-never-imported", costs=1)
def declared_never_imported(life: Lifecycle) -> Iterator[Broken]:
    """A tool for tracking, drift, validation or explanation is a dependency, and no code imports it.

    The list of requirements says that drift is watched or data are checked, and nothing does.

    Mend: use the tool, or take it out: an image without it is smaller, and nobody is misled.
    Wrong where: a plug-in or a command of another repository uses it.
    """
    everything = list(life.graph.readings.values())
    if not (unused := _only_declared(life)):
        return
    imports = (fact.name for reading in everything for fact in said(reading, "import"))
    imported = {name.partition(".")[0].lower() for name in imports}
    if not imported or is_published(everything):
        return
    for reading in holding(life, "dependency"):
        declared = [fact for fact in said(reading, "dependency") if fact.name in unused]
        missing = [fact for fact in declared if fact.name.partition("[")[0].replace("-", "_").lower() not in imported]
        if missing and not _is_frozen(reading):
            names = ", ".join(dict.fromkeys(f"`{fact.name}`" for fact in missing[:MOST]))
            message = f"{names}: declared, and imported nowhere in this repository"
            yield Broken(Place(reading.path, missing[0].line), message, Node(reading.path), Confidence.LOW)


def _only_declared(life: Lifecycle) -> set[str]:
    """The packages of tools whose only trace is that they are dependencies."""
    shown: dict[str, list[Evidence]] = defaultdict(list)
    for one in life.graph.evidence:
        shown[one.tool].append(one)
    declared = [one for found in shown.values() if all(one.fact.kind == "dependency" for one in found) for one in found]
    return {one.fact.name for one in declared if one.practice in _CLAIMS and ":" not in one.fact.name}


def _is_frozen(reading: Reading) -> bool:
    """Whether a list is an export of all that is installed: long, and each with its version."""
    declared = said(reading, "dependency")
    exact = sum(fact.value.startswith("==") for fact in declared)
    return len(declared) > _FROZEN and exact > len(declared) * 0.8


@rule("tracking-store-local", costs=2)
def tracking_store_local(life: Lifecycle) -> Iterator[Broken]:
    """Runs are written to a file, a local database or a server on the same machine.

    Nobody else sees them, CI throws them away with its machine, and a comparison of runs is a comparison of what
    one person ran. A default is not meant: code that looks for the variable first, or a variable that another file
    sets to a server. Neither is what tests and developers keep for themselves.

    Mend: let the code take MLFLOW_TRACKING_URI from its surroundings, and point that at a shared server.
    Wrong where: the path is a disk that many machines mount, or one person trains and keeps the machine.
    """
    kinds = ("call", "keeps-runs") if _has_server(life) else ("call", "keeps-runs", "env")
    for reading in holding(life, *kinds):
        local = [fact for fact in reading.of(*kinds) if fact.value and _is_local_store(fact)]
        if not local or any(fact.name == _STORE and not fact.value for fact in said(reading, "env")):
            continue
        local = [fact for fact in local if not _is_server(life, Node(reading.path, fact.unit))]
        if local and not _FOR_ONE & set(words_of(reading.path)) and not _only_tests(life, reading):
            fact = local[0]
            message = f"runs are kept in `{fact.value[:80].replace('{}', '...')}`, which only one machine can reach"
            sure = Confidence.MEDIUM if fact.value.startswith("http") or fact.kind != "call" else Confidence.HIGH
            yield Broken(Place(reading.path, fact.line), message, Node(reading.path, fact.unit), sure)


def _is_local_store(fact: Fact) -> bool:
    names = fact.name == _STORE if fact.kind == "env" else fact.name.endswith("set_tracking_uri")
    return names and _LOCAL_STORE.fullmatch(fact.value) is not None


def _has_server(life: Lifecycle) -> bool:
    """Whether some file of the product sets the variable to what is no file and not on the same machine."""
    stores = (fact.value for fact in facts(life, "env") if fact.name == _STORE)
    return any(value and not _LOCAL_STORE.fullmatch(value) for value in stores)


def _is_server(life: Lifecycle, node: Node) -> bool:
    """Whether the variable is set for the tracking server itself."""
    started = (fact.name for fact in life.graph.facts.get(node, ()) if fact.kind == "command")
    return bool(node.unit) and any(name.startswith(("mlflow server", "mlflow ui")) for name in started)


def _only_tests(life: Lifecycle, reading: Reading) -> bool:
    """Whether a pipeline trains nothing, or tests: a store that is thrown away is what tests should have."""
    starts = [Node(reading.path, unit.id) for unit in reading.units if unit.kind == "trigger"]
    tests = any(life.reached(start, "test") for start in starts if start in life.reach)
    return bool(starts) and (tests or not any(life.reached(start, "train") for start in starts if start in life.reach))


@rule("data-remote-local", costs=2)
def data_remote_local(life: Lifecycle) -> Iterator[Broken]:
    """The default DVC remote is a folder of one machine.

    The hashes in Git say which data belong to a commit, and nobody but the owner of that machine can fetch them:
    `dvc pull` fails for everybody else and in CI.

    Mend: add a shared remote (S3, GCS, Azure, SSH, HTTP) and make it the default.
    Wrong where: the folder is a disk that all machines mount, or `.dvc/config.local` names another remote on each
    of them.
    """
    for reading in readings(life):
        if not reading.path.endswith(".dvc/config"):
            continue
        remotes = {fact.value: fact for fact in said(reading, "uri")}
        chosen = next((fact.value for fact in reading.facts if fact.name == "core.remote"), "")
        default = remotes.get(f'remote "{chosen}"') if chosen else next(iter(remotes.values()), None)
        if default and not _SHARED.match(default.name):
            message = f"the default remote is the folder `{default.name[:80]}`: only one machine has the data"
            yield Broken(Place(reading.path, default.line), message, Node(reading.path))


@rule("deployed-as-latest", costs=1)
def deployed_as_latest(life: Lifecycle) -> Iterator[Broken]:
    """A manifest deploys an image that this repository builds, by the tag `latest`.

    The tag moves with every build: what runs depends on when it was pulled, and there is no tag to go back to.

    Mend: deploy the tag that CI gives each build (the commit), or a digest.
    Wrong where: something sets the tag while it deploys, in a way that no command here shows.
    """
    if any(_SETS_TAG.search(fact.name) for fact in facts(life, "command")):
        return
    fixed = {fact.name for fact in facts(life, "image") if fact.value not in ("", "latest")}
    for reading in holding(life, "image"):
        found = [fact for fact in reading.of("image") if _is_deployed(reading, fact) and fact.name not in fixed]
        own = [fact for fact in found if life.graph.before(Node(reading.path, fact.unit), "image")]
        if own:
            names = ", ".join(dict.fromkeys(f"`{fact.name.rpartition('/')[2]}`" for fact in own[:MOST]))
            message = f"deploys {names} as `latest`: there is no tag to go back to"
            yield Broken(Place(reading.path, own[0].line), message, Node(reading.path, own[0].unit), Confidence.MEDIUM)


def _is_deployed(reading: Reading, fact: Fact) -> bool:
    deployed = fact.unit.startswith("service:") or "values" in reading.path.rpartition("/")[2]
    local = "compose" in reading.path.rpartition("/")[2] and "/" not in fact.name  # from no registry: built in place
    return fact.value == "latest" and deployed and not local


@rule("model-in-git", costs=1)
def model_in_git(life: Lifecycle) -> Iterator[Broken]:
    """A trained model is committed to Git, although a registry or DVC keeps the models of this repository.

    Two copies, and only one of them is what training made: the one in Git gets old without anybody noticing, and
    each change of it stays in the history for ever.

    Mend: load the model from where it is kept, and ignore the file.
    Wrong where: it is no model of training: a small one for tests, or a published one that never changes.
    """
    kept = _registry(life)
    if kept is None:
        return
    stored = (fact.value for fact in facts(life, "field") if fact.name == "gitattributes.filter.lfs")
    large = set(islice(stored, _MOST_FILES))
    folders: dict[str, list[str]] = defaultdict(list)
    for reading in readings(life):
        path = reading.path
        if _MODEL.fullmatch(path) and not _NO_MODEL.fullmatch(path) and not _is_large(path, large):
            folders[path.partition("/")[0] if "/" in path else ""].append(path)
    for folder, paths in folders.items():
        more = f" (and {len(paths) - 1} more in `{folder}/`)" if len(paths) > 1 and folder else ""
        message = f"a trained artefact is committed to Git{more}, although {kept.tool} is in use (`{kept.path[-1]}`)"
        yield Broken(Place(min(paths)), message, Node(min(paths)), Confidence.LOW)


def _registry(life: Lifecycle) -> Proof | None:
    """What shows that models or data are kept elsewhere; folders of the repository itself are no such place."""
    proofs = [*life.graph.proofs("model-registered"), *life.graph.proofs("data-versioned")]
    return next((each for each in proofs if each.strength >= Strength.CONFIGURED and each.tool in _STORES), None)


def _is_large(path: str, patterns: set[str]) -> bool:
    """Whether Git LFS has the file, or a run of MLflow left it."""
    name = path.rpartition("/")[2]
    return "mlruns/" in path or any(fnmatchcase(name, pattern) or fnmatchcase(path, pattern) for pattern in patterns)
