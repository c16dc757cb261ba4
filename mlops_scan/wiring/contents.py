"""Files that facts name by a path: what is included, run, built, mounted and copied."""

import re
from collections.abc import Iterator
from posixpath import dirname

from mlops_scan.evidence import Fact, Node
from mlops_scan.facts.containers.processes import outside
from mlops_scan.wiring.call import Found, Here, Known, Missing
from mlops_scan.wiring.places import joined
from mlops_scan.wiring.programs import is_script
from mlops_scan.wiring.variables import filled

#: In a folder that is named, the file that such a reference is about.
_MARKERS = (
    "kustomization.yaml", "kustomization.yml", "Kustomization", "action.yml", "action.yaml", "Chart.yaml",
    "MLproject", "Dockerfile",
)  # fmt: skip
_IMAGE_FILES = ("Dockerfile", "Containerfile")
_DECLARATIONS = (".yml", ".yaml", ".json", ".tf")
_SETTINGS = (".yml", ".yaml", ".json", ".conf", ".cfg", ".ini", ".toml", ".properties", ".xml")
_PROGRAMS = (".py", ".sh")
_NO_SETTINGS = ("pyproject.toml", "package.json", "package-lock.json", "setup.cfg", "tox.ini")
#: Files that cannot do without what they include.
_INCLUDERS = ("kustomization", "mlproject", "prometheus", "helmfile")
#: What an image is built of and is never made by its build.
_MANIFEST = re.compile(
    r"requirements[\w.-]*\.(?:txt|in)|pyproject\.toml|poetry\.lock|uv\.lock|Pipfile(?:\.lock)?|setup\.(?:py|cfg)"
    r"|package\.json|environment\.ya?ml|[\w.-]*entrypoint[\w.-]*\.sh|gunicorn[\w.-]*|nginx\.conf"
)
_MOST_MOUNTED = 200
_MOST_BESIDE = 100


def file_of(fact: Fact, source: str, known: Known) -> str | None:
    """The file that a fact names; `file@self` is this repository's, `file@other` another one's."""
    name, _, repository = fact.name.partition("@")
    whole = repository and repository != "self"
    return None if "://" in fact.name else known.places.file(fact.name if whole else name, (), source)


def named(fact: Fact, here: Here) -> Iterator[Found]:
    """A path, a pattern of paths, or a folder, which means the file in it that such a reference is about."""
    places, source = here.known.places, here.reading.path
    fact = fact._replace(name=filled(fact.name, here.values))
    if "://" in fact.name or fact.name.startswith("git@"):
        return
    if fact.name.startswith("/") and fact.kind == "includes":
        origin = outside(fact.name, here.known.mounts)
        fact = fact._replace(name=f"/{origin}" if origin else fact.name)
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
    yield from (
        (Node(path) for path in places.beside(folder)[:_MOST_BESIDE] if path.endswith(_DECLARATIONS)) if folder else ()
    )


def _must_be_there(fact: Fact, here: Here) -> bool:
    """Whether a missing file breaks what names it: settings with defaults and optional parts of builds do not."""
    if here.reading.path.endswith(_PROGRAMS[:1]):
        return False  # the service may have it, or the machine that submits it
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
    return "workflow file" if fact.name.startswith(".github/workflows/") else "file"


def read(fact: Fact, here: Here) -> Iterator[Found]:
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


def copied(fact: Fact, here: Here) -> Iterator[Found]:
    """A file of settings that an image takes in, or one that is missing in what it is built from.

    What is copied with a whole folder need not be used, so that a folder leads nowhere.
    """
    places, source, name = here.known.places, here.reading.path, fact.name
    path = places.file(name, (), source)
    if path:
        yield from [Node(path)] if name.endswith(_SETTINGS) and not name.endswith(_NO_SETTINGS) else []
    elif (is_script(name) or _MANIFEST.fullmatch(name.rpartition("/")[2])) and not places.folder(name, (), source):
        yield Missing("copied file", name)
