"""Programs that ask a service to run something: a workflow, a DAG, a deployment, a job that a manifest describes."""

import re
from collections.abc import Iterator

from mlops_scan.evidence import Node
from mlops_scan.wiring.call import Call, Found, Missing, Rule

_DISPATCH = re.compile(r"/actions/workflows/([\w.-]+\.ya?ml)/dispatches")
_EVENT = re.compile(r"event_type[\"'\s:=]{1,8}([\w.-]+)")
_DAG_RUN = re.compile(r"/dags/([\w.-]+)/dagRuns")


def _gh(call: Call) -> Iterator[Found]:
    if call.plain[:2] == ["workflow", "run"]:
        elsewhere = call.has("-R", "--repo")
        for name in call.plain[2:3]:
            found = _workflow(name, call)
            yield from found
            if not found and not elsewhere:
                yield Missing("workflow", name)
    elif call.plain[:1] == ["api"]:
        yield from asked(" ".join(call.words), call)


def _workflow(name: str, call: Call) -> list[Node]:
    """The trigger of a workflow that waits for a hand, or the file where it has none."""
    found = call.known.names.workflow(name)
    manual = [Node(node.path, "trigger:manual") for node in found]
    return [
        node if any(unit.id == node.unit for unit in call.reading(node.path).units) else Node(node.path)
        for node in manual
    ]


def asked(text: str, call: Call) -> Iterator[Node]:
    """What a request to the interface of a service starts: a workflow, the receivers of an event, a DAG."""
    if found := _DISPATCH.search(text[:2000]):
        yield from _workflow(found[1], call)
    elif "/dispatches" in text[:2000]:
        event = _EVENT.search(text[:2000])
        yield from receivers(event[1] if event else "", call)
    elif found := _DAG_RUN.search(text[:2000]):
        yield from call.known.names.dags.get(found[1], ())


def receivers(event: str, call: Call) -> list[Node]:
    """The triggers that wait for an event; where its type is not known, the only one that waits for any."""
    waiting = [node for node in call.known.names.events.get(event, ()) if node.path.startswith(".github/")]
    return waiting if event or len(waiting) == 1 else []


def _curl(call: Call) -> Iterator[Found]:
    yield from asked(" ".join(call.words), call)


def _airflow(call: Call) -> Iterator[Found]:
    words = call.plain
    asked = words[:2] in (["dags", "trigger"], ["dags", "test"], ["dags", "backfill"])
    for name in words[2:3] if asked else words[1:2] if words[:1] in (["trigger_dag"], ["backfill"]) else ():
        yield from call.known.names.dags.get(name, [])
        if call.known.names.dags and name not in call.known.names.dags:
            yield Missing("DAG", name)


def _prefect(call: Call) -> Iterator[Found]:
    words = call.plain
    if words[:1] == ["deploy"]:
        found: list[Found] = [
            node for name in call.options("--name", "-n") for node in call.known.names.deployment(name)
        ]
        scripts = [word.partition(":")[0] for word in words[1:2]]
        found = found or [each for name in scripts for each in call.file(name, "script")]
        yield from found or call.beside("prefect.yaml")
    elif words[:2] == ["deployment", "run"]:
        for name in words[2:3]:
            yield from call.known.names.deployment(name)
    elif words[:2] in (["deployment", "build"], ["deployment", "apply"]):
        yield from (each for word in words[2:3] for each in call.file(word.partition(":")[0], "script"))


def _argo(call: Call) -> Iterator[Found]:
    named = [name for value in call.options("--from") for name in call.known.names.unit(value.rpartition("/")[2])]
    yield from named or _files(call)


def _databricks(call: Call) -> Iterator[Found]:
    if call.plain[:2] == ["bundle", "run"]:
        jobs = [node for name in call.plain[2:3] for node in call.known.names.unit(name)]
        yield from (node for node in jobs if node.unit.startswith("job:"))
    elif call.plain[:1] == ["bundle"]:
        yield from call.beside("databricks.yml", "databricks.yaml", "bundle.yml")


def _ray(call: Call) -> Iterator[Found]:
    """`ray job submit -- python train.py`, `ray submit cluster.yaml train.py`."""
    for folder in call.options("--working-dir"):
        call = call.in_folder(folder)
    yield from call.again(call.words[call.words.index("--") + 1 :]) if call.has("--") else _files(call)


def _submitted(*options: str) -> Rule:
    """A program that is given the manifest of a job, by an option or as a word."""

    def rule(call: Call) -> Iterator[Found]:
        names = [name.removeprefix("file://").removeprefix("@") for name in call.options(*options)]
        found = [each for name in names for each in call.file(name, "manifest" if _is_manifest(name) else "")]
        yield from found or _files(call)

    return rule


def _is_manifest(name: str) -> bool:
    return name.endswith((".yml", ".yaml", ".json", ".bicep"))


def _files(call: Call) -> Iterator[Found]:
    for word in call.words[1:]:
        name = word.partition("=")[2] if word.startswith("--") else word
        if name.endswith((".yml", ".yaml", ".json", ".py", ".bicep", ".toml")):
            yield from call.file(name.removeprefix("file://"))


def _gcloud(call: Call) -> Iterator[Found]:
    found = list(_submitted("--config", "--file", "--flags-file")(call))
    for pool in call.options("--worker-pool-spec"):
        found += _of_pool(dict(part.partition("=")[::2] for part in pool.split(",")), call)
    if not found and call.plain[:2] == ["builds", "submit"]:
        folder = call.plain[2] if len(call.plain) > 2 else "."
        found = list(call.in_folder(folder).beside("cloudbuild.yaml", "cloudbuild.yml", "Dockerfile"))
    elif not found and call.plain[:2] in (["run", "deploy"], ["functions", "deploy"], ["app", "deploy"]):
        folder = call.option("--source")
        found = list(call.in_folder(folder).beside("Dockerfile", "main.py")) if folder else []
    yield from found


def _of_pool(pool: dict[str, str], call: Call) -> Iterator[Found]:
    """The script or module of a pool of workers: `local-package-path=trainer,script=task.py`."""
    here = call.in_folder(pool.get("local-package-path", ""))
    yield from here.file(pool.get("script", ""))
    yield from here.module(pool["python-module"]) if "python-module" in pool else ()


def _aws(call: Call) -> Iterator[Found]:
    """A manifest that is submitted, or the pipeline of a name that code here defines."""
    if call.plain[:2] == ["sagemaker", "start-pipeline-execution"]:
        yield from call.known.names.pipelines.get(call.option("--pipeline-name"), ())
    else:
        yield from _submitted(
            "--template-file", "--template-body", "--pipeline-definition", "--cli-input-json", "--cli-input-yaml"
        )(call)


RULES: dict[str, Rule] = {
    "gh": _gh, "curl": _curl, "http": _curl, "airflow": _airflow, "prefect": _prefect, "argo": _argo,
    "databricks": _databricks, "ray": _ray, "anyscale": _submitted("--config-file", "-f"),
    "az": _submitted("-f", "--file", "--template-file"),
    "aws": _aws,
    "gcloud": _gcloud, "kfp": _submitted("-f", "--package-file"), "zenml": _submitted("-c", "--config"),
    "wandb": _submitted(),
}  # fmt: skip
