"""Where the references of files lead: one small resolver for each kind of fact that names another unit."""

import re
from collections.abc import Callable, Iterable, Iterator
from posixpath import dirname

from mlops_scan.evidence import Fact, Node
from mlops_scan.wiring import contents, services
from mlops_scan.wiring.call import Found, Here, Missing
from mlops_scan.wiring.commands import started_by
from mlops_scan.wiring.places import joined
from mlops_scan.wiring.programs import is_script
from mlops_scan.wiring.variables import filled

#: Building blocks of CI systems that run a file of the repository, which they find by its name.
_ACTION_FILES = {"pre-commit/action": ".pre-commit-config.yaml", "pre-commit-ci/lite-action": ".pre-commit-config.yaml"}
_SCRIPTS_OF_WEB = (".ts", ".tsx", ".js", ".jsx", ".mjs", ".mts", ".cjs")
#: Calls of Python that are as good as a command, and the words in front of their first argument.
_COMMANDS = {
    "papermill.execute_notebook": "papermill", "runpy.run_path": "python", "runpy.run_module": "python -m",
    "importlib.import_module": "python -m", "uvicorn.run": "uvicorn", "mlflow.run": "mlflow run",
    "mlflow.projects.run": "mlflow run", "prefect.deployments.run_deployment": "prefect deployment run",
    "prefect.deployments.deployments.run_deployment": "prefect deployment run",
}  # fmt: skip
_SCRIPT_ARGUMENTS = re.compile(
    r"\.(?:script|script_name|script_path|entry_script|application|source_file|program|entry_point|training_script"
    r"|main_file|python_file|py_file|notebook|notebook_path|input_path|path|filename)$"
)
_PIPELINE_ARGUMENTS = (".start_pipeline_execution.PipelineName",)
_DAG_ARGUMENTS = (".trigger_dag_id",)
_PLAIN_NAME = re.compile(r"[A-Za-z_][\w.]*")


def _command(fact: Fact, here: Here) -> Iterable[Found]:
    if fact.line in here.answered and is_script(fact.name):
        return ()
    words = filled(fact.name, here.values).split()
    return started_by(words, here.folders_of(fact), here.reading.path, here.known)


def _imported(fact: Fact, here: Here) -> Iterable[Found]:
    if fact.name.startswith(".") and here.reading.path.endswith(_SCRIPTS_OF_WEB):
        start = joined(dirname(here.reading.path), fact.name)
        paths = (start + ending for ending in ("", *_SCRIPTS_OF_WEB, *(f"/index{each}" for each in _SCRIPTS_OF_WEB)))
        return [Node(path) for path in paths if path in here.known.places.readings][:1]
    if here.reading.path.endswith((".py", ".ipynb", ".yaml", ".yml")):
        path = here.known.modules.module(fact.name, here.reading.path)
        return (Node(path),) if path else ()
    return ()


def _called(fact: Fact, here: Here) -> Iterable[Found]:
    """A function of this file or of a module of this repository, or what a call starts that is as good as a command."""
    if node := here.meant[fact.name]:
        return (node,)
    if fact.value and fact.name in _COMMANDS:
        found = started_by(f"{_COMMANDS[fact.name]} {fact.value}".split(), ("",), here.reading.path, here.known)
        return [each for each in found if isinstance(each, Node)]
    if fact.value.endswith((".yml", ".yaml", ".py", ".sh")) and fact.name.startswith("npm:"):
        if any(unit.kind == "job" for unit in here.reading.units):
            return ()  # to put a pipeline together starts none of its jobs
        path = here.known.places.file(fact.value, (), here.reading.path)
        return (Node(path),) if path else ()
    return ()


def _argued(fact: Fact, here: Here) -> Iterable[Found]:
    """A function that is handed on, the id of a DAG, or the path of a script."""
    handed = fact.value if fact.value[:1] == "#" or _PLAIN_NAME.fullmatch(fact.value) else ""
    node = here.meant[handed] if handed and len(handed) < 200 else None
    found: tuple[Found, ...] = (node,) if node else ()
    if fact.name.endswith(_DAG_ARGUMENTS):
        return [*found, *here.known.names.dags.get(fact.value, ())]
    if fact.name.endswith(_PIPELINE_ARGUMENTS):
        return [*found, *here.known.names.pipelines.get(fact.value, ())]
    if "." in fact.value and fact.line not in here.answered and is_script(fact.value):
        script = _SCRIPT_ARGUMENTS.search(fact.name) and here.known.places.file(fact.value, (), here.reading.path)
        return [*found, Node(script)] if script else found
    return found


def _local(fact: Fact, here: Here) -> Iterator[Found]:
    """A unit of the same file; a target may also be one of a file that includes this one or is included."""
    if not fact.name.startswith("#"):
        yield from _named(fact, here)
        return
    node = Node(here.reading.path, fact.name[1:])
    kind, _, name = fact.name[1:].rpartition("/")[2].partition(":")
    if not node.unit or here.known.places.has(node):
        yield node
    elif kind == "target":
        runner = (here.reading.path.rpartition("/")[2], ".mk", "Makefile")
        target = here.known.targets.find(name, runner, (), here.reading.path)
        yield target or Missing("target", name)
    elif kind == "job" and here.reading.path.endswith(".py"):
        yield from ()
    else:
        yield Missing(kind, name)


def _named(fact: Fact, here: Here) -> Iterator[Found]:
    """A pipeline, job or task of another file, by its name."""
    if fact.name.endswith((".yml", ".yaml", ".py")):
        yield from (each for each in contents.named(fact, here) if isinstance(each, Node))
        return
    found = here.known.names.unit(fact.name)
    if fact.value:
        inner = [Node(node.path, f"{node.unit}/task:{fact.value}") for node in found]
        found = [node for node in inner if here.known.places.has(node)] or found
    yield from found if len(found) <= 3 else ()


def _action(fact: Fact, here: Here) -> Iterator[Found]:
    if fact.name == "docker/bake-action":
        yield from started_by(["docker", "bake"], ("",), here.reading.path, here.known)
    elif fact.name in _ACTION_FILES:
        path = here.known.places.named(_ACTION_FILES[fact.name])
        yield from [Node(path)] if path else []


def _triggered(fact: Fact, here: Here) -> Iterator[Found]:
    """The workflow after which this one runs, by its title."""
    if fact.name == "after" and here.reading.path.startswith(".github/"):
        found = here.known.names.workflows.get(fact.value, [])
        yield from found
        if not found:
            yield Missing("workflow", fact.value)


def _asked(fact: Fact, here: Here) -> Iterator[Found]:
    """An address of a service's interface that starts a workflow or a DAG of this repository."""
    yield from services.asked(fact.name, here.call(""))


def _set(fact: Fact, here: Here) -> Iterator[Found]:
    """Settings that name an event to send, or the function that a compiled pipeline executes."""
    if fact.name == "docker/bake-action.with.targets":
        yield from started_by(["docker", "bake", *fact.value.split(",")], ("",), here.reading.path, here.known)
    elif fact.name.endswith("repository-dispatch.with.event-type"):
        yield from services.receivers(fact.value, here.call(""))
    elif fact.name == "executor.function":
        yield from filter(None, [here.known.modules.only(fact.value)])


def _sent(fact: Fact, here: Here) -> Iterator[Found]:
    """A receiver of this file, or the service behind an address."""
    if fact.name.startswith("#"):
        node = Node(here.reading.path, fact.name[1:])
        yield from [node] if here.known.places.has(node) else []
    else:
        yield from here.known.names.unit(fact.name.partition(":")[0])


#: What a fact refers to; each only once where the answer is a tuple.
RESOLVERS: dict[str, Callable[[Fact, Here], Iterable[Found]]] = {
    "command": _command, "documented": _command, "import": _imported, "call": _called, "argument": _argued,
    "includes": contents.named, "runs-file": contents.named, "builds": contents.named, "needs": _local, "starts": _local, "action": _action,
    "trigger": _triggered, "uri": _asked, "field": _set, "reads": contents.read, "copies": contents.copied, "sends-to": _sent,
}  # fmt: skip
