"""Where the references of files lead: one small resolver for each kind of fact that names another unit."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from posixpath import dirname
from typing import NamedTuple

from mlops_scan.evidence import Fact, Node, Reading
from mlops_scan.wiring import services
from mlops_scan.wiring.call import Call, Found, Known, Missing
from mlops_scan.wiring.commands import started_by
from mlops_scan.wiring.places import ancestors, joined
from mlops_scan.wiring.programs import is_script
from mlops_scan.wiring.variables import filled

#: Building blocks of CI systems that run a file of the repository, which they find by its name.
_ACTION_FILES = {"pre-commit/action": ".pre-commit-config.yaml", "pre-commit-ci/lite-action": ".pre-commit-config.yaml"}
_MARKERS = (
    "kustomization.yaml", "kustomization.yml", "Kustomization", "action.yml", "action.yaml", "Chart.yaml", "MLproject", "Dockerfile",
)  # fmt: skip
_IMAGE_FILES = ("Dockerfile", "Containerfile")
_DECLARATIONS = (".yml", ".yaml", ".json", ".tf")
_SETTINGS = (".yml", ".yaml", ".json", ".conf", ".cfg", ".ini", ".toml", ".properties", ".xml")
_PROGRAMS = (".py", ".sh")
_NO_SETTINGS = ("pyproject.toml", "package.json", "package-lock.json", "setup.cfg", "tox.ini")
_INCLUDERS = ("kustomization", "mlproject", "prometheus", "helmfile")
_SCRIPTS_OF_WEB = (".ts", ".tsx", ".js", ".jsx", ".mjs", ".mts", ".cjs")
_MOST_MOUNTED = 200
#: Calls of Python that are as good as a command, and the words in front of their first argument.
_COMMANDS = {
    "papermill.execute_notebook": "papermill", "runpy.run_path": "python", "runpy.run_module": "python -m", "uvicorn.run": "uvicorn",
    "importlib.import_module": "python -m", "mlflow.run": "mlflow run", "mlflow.projects.run": "mlflow run",
    "prefect.deployments.run_deployment": "prefect deployment run", "prefect.deployments.deployments.run_deployment": "prefect deployment run",
}  # fmt: skip
_SCRIPT_ARGUMENTS = re.compile(
    r"\.(?:script|script_name|script_path|entry_script|application|source_file|program|entry_point|training_script|main_file"
    r"|python_file|py_file|notebook|notebook_path|input_path|path|filename)$"
)
_OWN_FOLDER = re.compile(
    r"\$(?:\(\s*dirname\b[^()]*\)|\{?(?:SCRIPT_?)?(?:DIR|HERE|SCRIPTPATH|BASH_SOURCE)\b[^/{}]*\}?|\{BASH_SOURCE[^{}]*\})/?"
)
_DAG_ARGUMENTS = (".trigger_dag_id",)
_MANIFEST = re.compile(
    r"requirements[\w.-]*\.(?:txt|in)|pyproject\.toml|poetry\.lock|uv\.lock|Pipfile(?:\.lock)?|setup\.(?:py|cfg)|package\.json"
    r"|environment\.ya?ml|[\w.-]*entrypoint[\w.-]*\.sh|gunicorn[\w.-]*|nginx\.conf"
)
_PLAIN_NAME = re.compile(r"[A-Za-z_][\w.]*")


class Here(NamedTuple):
    """A file whose references are resolved: where it may be called from, and the variables that it knows."""

    reading: Reading
    known: Known
    callers: tuple[str, ...]
    values: Mapping[str, str]

    def folders_of(self, fact: Fact) -> tuple[str, ...]:
        """The working directories that a command may have; none where only the run could know.

        A script may be called from anywhere, so that its own folder and those around it are tried as well.
        """
        folder = filled(fact.value, self.values) if fact.kind == "command" else ""
        source = self.reading.path
        if own := _OWN_FOLDER.match(folder):
            return (joined(dirname(source), folder[own.end() :] or "."),)
        if folder.startswith(("/", "$", "~", "-")) or "$" in folder:
            return ()
        called = tuple(dict.fromkeys((*(joined(caller, folder or ".") for caller in self.callers), folder)))
        known = self.known.places.folders
        if folder and known.isdisjoint(called):
            around = (joined(each, folder) for each in ancestors(dirname(source)))
            return tuple(each for each in around if each in known)[:1] or called
        return called

    def call(self, words: str, folders: tuple[str, ...] = ()) -> Call:
        """Words as a command that stands in this file."""
        return Call(words.split(), folders, self.reading.path, self.known, lambda _words, _around: iter(()))


def _command(fact: Fact, here: Here) -> Iterable[Found]:
    words = filled(fact.name, here.values).split()
    return started_by(words, here.folders_of(fact), here.reading.path, here.known)


def _imported(fact: Fact, here: Here) -> Iterator[Found]:
    if fact.name.startswith(".") and here.reading.path.endswith(_SCRIPTS_OF_WEB):
        start = joined(dirname(here.reading.path), fact.name)
        paths = (start + ending for ending in ("", *_SCRIPTS_OF_WEB, *(f"/index{each}" for each in _SCRIPTS_OF_WEB)))
        yield from [Node(path) for path in paths if path in here.known.places.readings][:1]
    elif here.reading.path.endswith((".py", ".ipynb", ".yaml", ".yml")):
        path = here.known.modules.module(fact.name, here.reading.path)
        yield from [Node(path)] if path else []


def _called(fact: Fact, here: Here) -> Iterator[Found]:
    """A function of this file or of a module of this repository, or what a call starts that is as good as a command."""
    if node := _function(fact.name, here):
        yield node
    elif fact.value and fact.name in _COMMANDS:
        found = started_by(f"{_COMMANDS[fact.name]} {fact.value}".split(), ("",), here.reading.path, here.known)
        yield from (each for each in found if isinstance(each, Node))
    elif fact.name.startswith("npm:") and fact.value.endswith((".yml", ".yaml", ".py", ".sh")):
        path = here.known.places.file(fact.value, (), here.reading.path)
        yield from [Node(path)] if path else []


def _argued(fact: Fact, here: Here) -> Iterator[Found]:
    """A function that is handed on, the id of a DAG, or the path of a script."""
    if len(fact.value) < 200 and (fact.value[:1] == "#" or _PLAIN_NAME.fullmatch(fact.value)):
        yield from [node] if (node := _function(fact.value, here)) else []
    if fact.name.endswith(_DAG_ARGUMENTS):
        yield from here.known.names.dags.get(fact.value, ())
    elif is_script(fact.value) and _SCRIPT_ARGUMENTS.search(fact.name):
        path = here.known.places.file(fact.value, (), here.reading.path)
        yield from [Node(path)] if path else []


def _function(name: str, here: Here) -> Node | None:
    path = here.reading.path
    if name.startswith("#"):
        return here.known.modules.within(path, name[1:])
    return here.known.modules.function(name, path) if path.endswith((".py", ".ipynb")) else None


def file_of(fact: Fact, source: str, known: Known) -> str | None:
    """The file that a fact names; `file@self` is this repository's, `file@other` another one's."""
    name, _, repository = fact.name.partition("@")
    whole = repository and repository != "self"
    return None if "://" in fact.name else known.places.file(fact.name if whole else name, (), source)


def _file(fact: Fact, here: Here) -> Iterator[Found]:
    """A path, a pattern of paths, or a folder, which means the file in it that such a reference is about."""
    places, source = here.known.places, here.reading.path
    fact = fact._replace(name=filled(fact.name, here.values))
    if "://" in fact.name or fact.name.startswith("git@"):
        return
    if path := file_of(fact, source, here.known):
        yield Node(path)
    elif found := places.matching(fact.name, (), source):
        yield from map(Node, found)
    elif inside := list(_in_folder(fact, here)):
        yield from inside
    elif "@" not in fact.name.removesuffix("@self") and _must_be_there(fact, here):
        yield Missing(_expected(fact, here), fact.name.removesuffix("@self"))


def _in_folder(fact: Fact, here: Here) -> Iterator[Node]:
    places, source, name = here.known.places, here.reading.path, fact.name.removesuffix("@self")
    markers = _IMAGE_FILES if fact.kind == "builds" else _MARKERS
    names = [name, dirname(name) or "."] if name.endswith(("/action.yml", "Dockerfile")) else [name]
    for each in names:
        folder = places.folder(each, (), source, markers)
        if folder is not None:
            found = (joined(folder, marker) for marker in markers)
            yield Node(next(path for path in found if path in places.readings))
            return
    folder = places.folder(name, (), source) if fact.kind == "includes" else None
    yield from (Node(path) for path in places.beside(folder) if path.endswith(_DECLARATIONS)) if folder else ()


def _must_be_there(fact: Fact, here: Here) -> bool:
    """Whether a missing file breaks what names it: settings with defaults and optional parts of builds do not."""
    if fact.kind != "includes":
        return True
    name = here.reading.path.rpartition("/")[2].lower()
    if name.endswith(".tf"):
        return fact.name.startswith(("./", "../"))
    parts = {unit.kind for unit in here.reading.units} & {"job", "step"}
    return bool(parts) or name.startswith(_INCLUDERS) or "compose" in name


def _expected(fact: Fact, here: Here) -> str:
    if fact.kind == "builds":
        return "Dockerfile"
    if fact.kind == "runs-file":
        return "notebook" if fact.name.endswith(".ipynb") else "script" if is_script(fact.name) else "file"
    if fact.name.startswith(".") and here.reading.path.endswith(".tf"):
        return "module folder"
    return "workflow file" if fact.unit.startswith("job:") and fact.name.startswith(".github/") else "file"


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
        yield from (each for each in _file(fact, here) if isinstance(each, Node))
        return
    found = here.known.names.unit(fact.name)
    if fact.value:
        inner = [Node(node.path, f"{node.unit}/task:{fact.value}") for node in found]
        found = [node for node in inner if here.known.places.has(node)] or found
    yield from found if len(found) <= 3 else ()


def _action(fact: Fact, here: Here) -> Iterator[Found]:
    if fact.name in _ACTION_FILES:
        path = here.known.places.named(_ACTION_FILES[fact.name])
        yield from [Node(path)] if path else []


def _triggered(fact: Fact, here: Here) -> Iterator[Found]:
    """The workflow after which this one runs, by its title."""
    if fact.name == "after" and here.reading.path.startswith(".github/"):
        yield from here.known.names.workflows.get(fact.value) or [Missing("workflow", fact.value)]


def _asked(fact: Fact, here: Here) -> Iterator[Found]:
    """An address of a service's interface that starts a workflow or a DAG of this repository."""
    yield from services.asked(fact.name, here.call(""))


def _set(fact: Fact, here: Here) -> Iterator[Found]:
    """Settings that name an event to send, or the function that a compiled pipeline executes."""
    if fact.name.endswith("repository-dispatch.with.event-type"):
        yield from services.receivers(fact.value, here.call(""))
    elif fact.name == "executor.function":
        yield from filter(None, [here.known.modules.only(fact.value)])


def _read(fact: Fact, here: Here) -> Iterator[Found]:
    """What a service gets from the repository when it is started, or the code that a stage of a pipeline depends on."""
    if here.reading.path.endswith("dvc.yaml") and is_script(fact.name):
        if not here.known.places.file(fact.name, (), here.reading.path):
            yield Missing("script", fact.name)
    else:
        yield from _mounted(fact, here)


def _mounted(fact: Fact, here: Here) -> Iterator[Node]:
    """The configuration in a mounted file or folder, and the code in one that is loaded as a whole."""
    if not fact.unit.startswith("service:") or not fact.value or "://" in fact.name:
        return
    places, source = here.known.places, here.reading.path
    path = joined(dirname(source), fact.name)
    if path in places.readings:
        yield from [Node(path)] if path.endswith((*_SETTINGS, *_PROGRAMS)) else []
    elif path and path in places.folders:
        endings = (*_SETTINGS, *_PROGRAMS) if fact.value.rstrip("/").endswith("/dags") else _SETTINGS
        yield from (Node(each) for each in places.inside(path, _MOST_MOUNTED) if each.endswith(endings))


def _copied(fact: Fact, here: Here) -> Iterator[Found]:
    """A file of settings that an image takes in, or one that is missing in what it is built from.

    What is copied with a whole folder need not be used, so that a folder leads nowhere.
    """
    places, source, name = here.known.places, here.reading.path, fact.name
    path = places.file(name, (), source)
    if path:
        yield from [Node(path)] if name.endswith(_SETTINGS) and not name.endswith(_NO_SETTINGS) else []
    elif is_script(name) or _MANIFEST.fullmatch(name.rpartition("/")[2]):
        if places.folder(name, (), source) is None:
            yield Missing("copied file", name)


def _sent(fact: Fact, here: Here) -> Iterator[Found]:
    """A receiver of this file, or the service behind an address."""
    if fact.name.startswith("#"):
        node = Node(here.reading.path, fact.name[1:])
        yield from [node] if here.known.places.has(node) else []
    else:
        yield from here.known.names.unit(fact.name.partition(":")[0])


RESOLVERS: dict[str, Callable[[Fact, Here], Iterable[Found]]] = {
    "command": _command, "documented": _command, "import": _imported, "call": _called, "argument": _argued, "includes": _file,
    "runs-file": _file, "builds": _file, "needs": _local, "starts": _local, "action": _action, "trigger": _triggered, "uri": _asked,
    "field": _set, "reads": _read, "copies": _copied, "sends-to": _sent,
}  # fmt: skip
