"""Defined, never included: what stands there and nothing starts, builds, names or waits for."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from posixpath import dirname, join, normpath

from mlops_scan.evidence import Fact, Node, Place, Reading
from mlops_scan.faults import Broken, Confidence, rule
from mlops_scan.faults.deploying import checks_models_or_code, deploys, doing
from mlops_scan.faults.product import MOST, facts, holding, readings, said
from mlops_scan.library import is_published
from mlops_scan.lifecycle import Lifecycle
from mlops_scan.repository.roles import is_to_copy
from mlops_scan.wiring.left_out import STEPS

_NESTED = re.compile(r"(?:.+/\.github/workflows/[^/]+|\.github/workflows/.+/[^/]+)\.ya?ml")
_SHOWN = re.compile(r"example|sample|test|demo|template|training-data|devcontainer")
_DOCKERFILE = re.compile(r"(?:Dockerfile|Containerfile)(?:[.-][\w.-]+)?|[\w.-]+\.[Dd]ockerfile")
#: The links by which something builds an image without a person.
_BUILDERS = ("builds", "command", "includes", "runs-file")
#: What builds images by files that are not read here.
_OTHER_BUILDERS = ("skaffold.yaml", "Tiltfile", "docker-bake.hcl", "WORKSPACE", "WORKSPACE.bazel", "Earthfile")
_BETWEEN = re.compile(r"[\s=,:'\"]+")
_ADDRESS = {"URI", "URL", "ENDPOINT", "HOST", "ADDRESS", "ADDR", "SERVER"}
_READS_VARIABLE = ("os.getenv", "os.environ.get")
_SERVING = ("service-exposed", "app-shown")


@rule("step-left-out", costs=3)
def step_left_out(life: Lifecycle) -> Iterator[Broken]:
    """A step is defined, with its code and its settings, and no pipeline has it.

    A pipeline runs what is in its list of steps or what its function calls. An evaluation or validation step that
    is left out reads like a part of the pipeline in review, and never runs.

    Mend: put it in, or delete it.
    Wrong where: the step is made for pipelines of other repositories.
    """
    if not any(facts(life, "unused")) or is_published(list(life.graph.readings.values())):
        return  # the users of a package make the pipelines
    mentioned = _mentioned(life)
    for reading in holding(life, "unused"):
        unused = [fact for fact in said(reading, "unused") if fact.value not in mentioned]
        for fact in [fact for fact in unused if _is_step(life, Node(reading.path, fact.unit))][:MOST]:
            message = f"the step `{fact.value}` is handed to no pipeline here: it never runs"
            yield Broken(Place(reading.path, fact.line), message, Node(reading.path, fact.unit))


def _is_step(life: Lifecycle, node: Node) -> bool:
    """Whether a function stands under the decorator of a tool that runs it only within a pipeline."""
    decorated = any(fact.kind == "call" and fact.name in STEPS for fact in life.graph.facts.get(node, ()))
    return not node.unit or decorated


def _mentioned(life: Lifecycle) -> set[str]:
    """The names that product code imports from elsewhere, or takes out of a module."""
    found = facts(life, "call", "import", "argument")
    names = ((fact.value if fact.kind == "argument" else fact.name).split(".") for fact in found)
    return {name[at] for name in names for at in (-2, -1) if len(name) >= -at and len(name) > 1}


@rule("workflow-never-runs", costs=3)
def workflow_never_runs(life: Lifecycle) -> Iterator[Broken]:
    """A GitHub workflow stands in a folder where GitHub does not look: only `.github/workflows` at the root counts.

    Tests, training or deployment in it look automated, and nothing starts them: typically a project that moved into
    a larger repository and took its workflows along.

    Mend: move them to the root, with `working-directory` and `paths`.
    Wrong where: the folder is copied to a repository of its own, where it is the root.
    """
    folders: dict[str, list[str]] = defaultdict(list)
    for reading in readings(life):
        if _NESTED.fullmatch(reading.path) and not is_to_copy(reading.path.partition(".github/")[0]):
            folders[dirname(reading.path)].append(reading.path)
    for paths in folders.values():
        others = f" (and {len(paths) - 1} more beside it)" if len(paths) > 1 else ""
        message = f"GitHub runs only workflows in `.github/workflows` at the root: this one{others} never runs"
        yield Broken(Place(min(paths)), message, Node(min(paths)), Confidence.MEDIUM)


@rule("manifest-left-out", costs=2)
def manifest_left_out(life: Lifecycle) -> Iterator[Broken]:
    """A manifest stands beside a kustomization that names its siblings and not this one.

    `kubectl apply -k` and GitOps tools deploy what the kustomization names. An autoscaler, a monitor or an alert in
    the folder that is not named looks deployed and is not.

    Mend: add it to `resources` (or `patches`).
    Wrong where: people apply it by hand, once for the whole cluster.
    """
    kustomizations = [each for each in readings(life) if _is_kustomization(each.path)]
    words = _words(life, ".y") if kustomizations else frozenset()
    manifests: dict[str, list[Reading]] = defaultdict(list)
    for reading in holding(life, "resource"):
        if _is_manifest(reading):
            manifests[dirname(reading.path)].append(reading)
    for kustomization in kustomizations:
        folder = dirname(kustomization.path)
        includes = [*said(kustomization, "includes"), *said(kustomization, "reads")]
        named = {normpath(join(folder, fact.name)) for fact in includes}
        beside = manifests[folder]
        missing = [each for each in beside if each.path not in named and each.path.rpartition("/")[2] not in words]
        for each in missing[:MOST] if len(missing) < len(beside) else ():
            kind = said(each, "resource")[0].name.rpartition("/")[2]
            message = f"`{kustomization.path}` names the manifests beside this {kind} and not this one"
            yield Broken(Place(each.path, 1), message, Node(each.path), Confidence.MEDIUM)


def _is_kustomization(path: str) -> bool:
    return path.rpartition("/")[2].lower().partition(".")[0] == "kustomization"


def _is_manifest(reading: Reading) -> bool:
    return reading.path.endswith((".yaml", ".yml")) and bool(said(reading, "resource"))


def _words(life: Lifecycle, part: str = "") -> frozenset[str]:
    """The last path segments of every word with a part that somebody says of a file: commands, references, arguments."""
    kinds = ("command", "documented", "includes", "builds", "runs-file", "reads", "copies", "field", "argument", "env")
    found: set[str] = set()
    for reading in life.graph.readings.values():
        said = [f"{fact.name} {fact.value}" for fact in reading.of(*kinds) if part in fact.name or part in fact.value]
        found.update(_BETWEEN.split("\n".join(said)))
    return frozenset(word.rpartition("/")[2] for word in found)


@rule("dockerfile-never-built", costs=1)
def dockerfile_never_built(life: Lifecycle) -> Iterator[Broken]:
    """A Dockerfile that no workflow, compose file, script, manifest or document builds, while others are built by
    themselves.

    What is in such an image is not what runs: a served model or a training environment that only seems to be
    packaged, or the file of a service that was given up.

    Mend: build it where the others are built, or delete it.
    Wrong where: people build it by hand, or a list that the scanner cannot read names it.
    """
    names = {path.rpartition("/")[2] for path in life.graph.readings}
    if not names.isdisjoint(_OTHER_BUILDERS) or is_published(list(life.graph.readings.values())):
        return  # the users of a package build what it offers
    found = (reading for reading in readings(life) if not _SHOWN.search(reading.path.lower()))
    dockerfiles = [reading for reading in found if _DOCKERFILE.fullmatch(reading.path.rpartition("/")[2])]
    if not dockerfiles:
        return
    built = _built(life)
    words = _words(life)
    missing = [each for each in dockerfiles if each.path not in built and not _is_spoken_of(each.path, words)]
    for each in missing[:MOST] if _builds_by_itself(life, dockerfiles) else ():
        message = "no workflow, compose file, script or documented command of this repository builds this image"
        yield Broken(Place(each.path, 1), message, Node(each.path), Confidence.LOW)


def _builds_by_itself(life: Lifecycle, dockerfiles: list[Reading]) -> bool:
    """Whether anything but a person builds images here: what people build by hand, they need not write down."""
    named = {each.path for node in life.graph.facts for kind in _BUILDERS for each in life.graph.before(node, kind)}
    return any(each.path in named for each in dockerfiles)


def _built(life: Lifecycle) -> set[str]:
    kinds = (*_BUILDERS, "image", "documented")
    named = {each.path for node in life.graph.facts for kind in kinds for each in life.graph.before(node, kind)}
    held = ((path, reading.of("command", "documented")) for path, reading in life.graph.readings.items())
    folders = {dirname(path) for path, facts in held if any(map(_builds_here, facts))}
    return named | {path for path in life.graph.readings if dirname(path) in folders}


def _builds_here(fact: Fact) -> bool:
    return " build" in fact.name and "docker" in fact.name


def _is_spoken_of(path: str, words: Set[str]) -> bool:
    """Whether its name or that of its folder is said anywhere; the one at the root is what platforms look for."""
    folder, _, name = path.rpartition("/")
    own = name if name not in ("Dockerfile", "Containerfile") else folder.rpartition("/")[2]
    return not folder or own in words


@rule("check-gates-nothing", costs=2)
def check_gates_nothing(life: Lifecycle) -> Iterator[Broken]:
    """A workflow has a job that tests or evaluates and a job that deploys, and the second does not wait for the first.

    Jobs without `needs` run side by side: the deployment happens whether the check passes or not. It is a report,
    not a gate.

    Mend: let the deploying job need the checking one.
    Wrong where: a protected branch lets nothing in that the check has not passed, and only that branch deploys.
    """
    deploying, checking = doing(life, "deploy"), doing(life, "evaluate") | doing(life, "test")
    for reading in readings(life):
        waiting = {fact.unit for fact in said(reading, "needs")}
        units = [unit for unit in reading.units if unit.kind == "job" or unit.id in waiting]
        jobs = [Node(reading.path, unit.id) for unit in units]
        if not (deployers := [job for job in jobs if deploys(life, job, deploying)]):
            continue
        needs = {job: life.graph.before(job, "needs") for job in jobs}
        ordered = _reached(deployers, needs) | _reached(deployers, _turned(needs))
        checks = [job for job in jobs if checks_models_or_code(life, job, checking)]
        for job in [job for job in checks if job not in ordered][:MOST]:
            name, deployer = life.graph.units[job].name, life.graph.units[deployers[0]].name
            message = f"`{name}` checks, and `{deployer}` does not wait for it: a report, not a gate"
            yield Broken(Place(job.path, life.line(job)), message, job, Confidence.MEDIUM)


def _reached(starts: Iterable[Node], ways: Mapping[Node, Iterable[Node]]) -> set[Node]:
    seen, waiting = set(starts), list(starts)
    while waiting:
        new = [each for each in ways.get(waiting.pop(), ()) if each not in seen]
        seen.update(new)
        waiting += new
    return seen


def _turned(ways: Mapping[Node, Iterable[Node]]) -> dict[Node, list[Node]]:
    turned: dict[Node, list[Node]] = defaultdict(list)
    for node, targets in ways.items():
        for target in targets:
            turned[target].append(node)
    return turned


@rule("variable-under-another-name", costs=3)
def variable_under_another_name(life: Lifecycle) -> Iterator[Broken]:
    """The service reads an environment variable that nothing sets, and a manifest sets one of nearly the same name.

    The service gets nothing: it fails at the start, or works with a tracking server or a model that is not the one
    which the manifest means.

    Mend: use one name in both places.
    Wrong where: the platform sets the variable, and the manifest's is for something else.
    """
    given = [(reading, fact) for reading in holding(life, "env") for fact in _set_for_services(reading)]
    known = {fact.name for reading in holding(life, "env") for fact in _set(reading)} if given else set()
    serving = (one for one in life.graph.evidence if one.practice in _SERVING and one.fact.kind != "dependency")
    for path in sorted({one.place.path for one in serving}) if given else ():
        code = life.graph.readings[path]
        named = {fact.name for fact in code.of("env")}
        for read in [fact for fact in _asked_for(code.of("argument", "call")) if fact.value not in known]:
            near = [each for each in given if _is_near(read.value, each[1].name) and each[1].name not in named]
            for manifest, fact in near[:1]:
                said_there = f"`{manifest.path}` sets `{fact.name}`, which this file does not read"
                message = f"`{read.value}` is set nowhere; {said_there}"
                yield Broken(Place(path, read.line), message, Node(path, read.unit), Confidence.MEDIUM)


def _set_for_services(reading: Reading) -> Iterator[Fact]:
    """The variables that a manifest gives to a service, unless others come from where no file shows them."""
    given = [fact for fact in said(reading, "env") if fact.unit.startswith("service:")]
    facts = reading.facts if given else ()
    hidden = {fact.unit for fact in facts if "envFrom" in fact.name or fact.name.endswith(".env")}
    yield from (fact for fact in given if fact.unit not in hidden)


def _asked_for(code: Sequence[Fact]) -> Iterator[Fact]:
    """The calls that read a variable and have no other value for it."""
    defaults = {fact.line for fact in code if fact.kind == "argument" and fact.name.endswith(".default")}
    for fact in code:
        if fact.kind == "call" and fact.name in _READS_VARIABLE and fact.value and fact.line not in defaults:
            yield fact


def _set(reading: Reading) -> Iterator[Fact]:
    """The variables that a file sets. Code that names one without asking for it sets it."""
    given = reading.of("env")
    asked = {fact.value for fact in reading.of("call") if fact.name in _READS_VARIABLE} if given else set()
    return (fact for fact in given if fact.name not in asked)


def _is_near(one: str, other: str) -> bool:
    """Whether two names differ only in how they call an address: `MLFLOW_URI` and `MLFLOW_ENDPOINT`."""
    first, second = one.split("_"), other.split("_")
    return one != other and first[:-1] == second[:-1] and bool(first[:-1]) and {first[-1], second[-1]} <= _ADDRESS
