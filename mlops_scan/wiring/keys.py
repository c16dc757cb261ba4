"""Shared keys: what one unit makes and another uses, under the same name, without starting it.

A path that is written and read, a model that is registered and loaded, a variable that is set and read, a metric that
is emitted and watched.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from posixpath import dirname
from typing import NamedTuple

from mlops_scan.evidence import Fact, Link, Node, Reading
from mlops_scan.wiring.call import Known
from mlops_scan.wiring.places import ancestors, joined
from mlops_scan.wiring.programs import is_script
from mlops_scan.wiring.targets import fits

_MOST = 20
_MOST_ROUTES = 500
_OPEN = "{}"
_CODE = (".py", ".ipynb", ".R", ".r", ".Rmd", ".qmd", ".js", ".ts", ".go", ".java", ".scala")
_EVERYBODYS = {
    "PATH", "HOME", "PYTHONPATH", "USER", "SHELL", "CI", "PWD", "LANG", "LC_ALL", "TZ", "DEBUG", "TERM", "TMPDIR",
    "PORT", "HOST", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "NAME", "VERSION", "DEBIAN_FRONTEND",
}  # fmt: skip
_MODEL = re.compile(r"(?:models:/{1,3}|azureml:(?://locations/.*/models/)?)([^/@:]+)")
_REGISTERED = ("registered_model_name", "register_model.name", "register_model.model_name", "register.model_name")
_REGISTERS = ("create_registered_model", "push_to_hub")
_LOADS = (
    "get_latest_versions", "get_model_version_by_alias", "get_registered_model", "from_pretrained",
    "set_registered_model_alias", "transition_model_version_stage", "use_model",
)  # fmt: skip
_STORED = ("storageUri", "storage_uri", "modelUri")
#: The kinds of facts that make or use what has a name; and those of code, of which few do.
_KINDS = frozenset({
    "writes", "reads", "registers-model", "loads-model", "env", "field", "emits-metric", "watches-metric", "uri", "command",
})  # fmt: skip
_OF_CODE = frozenset({"call", "argument"})
_ROUTE = "index."
_INDEXED = re.compile(r"/api/index/v1/task/([\w.{}$-]{1,300})/artifacts/")
_IMAGE_ROUTE = "job.image.namespace"
_METRICS = ("Counter", "Gauge", "Histogram", "Summary", "Info", "Enum")
_INSTRUMENT = re.compile(r"\.create_(?:observable_)?(?:counter|gauge|histogram|up_down_counter)$")
#: The last parts of all calls of code that make or use something under the name that they are given.
_NAMED = frozenset({*_REGISTERS, *_LOADS, *_METRICS, "save_model", "get", "load_model", "load_runner"})
_SUFFIX = re.compile(r"_(?:total|bucket|count|sum|created|info)$")


class Key(NamedTuple):
    """A shared name: the kind of link that it makes, and the name itself; an open name may be any."""

    kind: str
    name: str


class _Said(NamedTuple):
    key: Key
    node: Node
    line: int | None


def shared(readings: Sequence[Reading], known: Known) -> Iterator[Link]:
    """The links from those who make something to those who use it."""
    made: dict[Key, list[_Said]] = defaultdict(list)
    uses: list[_Said] = []
    for reading in readings:
        for fact in _telling(reading):
            for key in _made(fact, reading):
                if not made[key] or made[key][-1].node != Node(reading.path, fact.unit):
                    made[key].append(_Said(key, Node(reading.path, fact.unit), fact.line))
            uses += [_Said(key, Node(reading.path, fact.unit), fact.line) for key in _used(fact, reading)]
    models = [said for key, found in made.items() if key.kind == "model" for said in found]
    routes = [key for key in made if key.name.startswith(_ROUTE)][:_MOST_ROUTES]
    for use in uses:
        found = made.get(use.key, [])
        if use.key == Key("model", "") and len({said.key for said in models}) <= 3:
            found = models
        elif use.key.name.startswith(_ROUTE) and _OPEN in use.key.name:
            found = [said for route in routes if fits(route.name, use.key.name.split(_OPEN)) for said in made[route]]
        for maker in found[:_MOST]:
            if maker.node != use.node:
                yield Link(maker.node, use.node, use.key.kind, maker.line)
    for reading in readings:
        yield from _scraped(reading, known)
    yield from _passed(readings, uses, known)


def named_models(reading: Reading) -> Iterator[tuple[str, str, int | None]]:
    """The models that a file registers or loads: `model`, the name, the line."""
    for fact in _telling(reading):
        for key in (*_made(fact, reading), *_used(fact, reading)):
            if key.kind == "model" and key.name:
                yield key.kind, key.name, fact.line


def _telling(reading: Reading) -> list[Fact]:
    """The facts that may name a key: most calls and arguments are about other things."""
    return [fact for fact in reading.facts if fact.kind in _KINDS or (fact.kind in _OF_CODE and _is_telling(fact))]


def _is_telling(fact: Fact) -> bool:
    """Whether an argument names a model, or a call that is given a name is one that makes or uses something by it."""
    if fact.kind == "argument":
        return fact.name.endswith(_REGISTERED)
    return fact.value != "" and (fact.name.rpartition(".")[2] in _NAMED or ".create_" in fact.name)


def _scraped(reading: Reading, known: Known) -> Iterator[Link]:
    """From the services that a configuration scrapes to the job that scrapes them: it uses the metrics of all."""
    for fact in reading.of("scrapes"):
        for node in known.names.unit(fact.name.partition(":")[0])[:_MOST]:
            if node.unit.startswith("service:"):
                yield Link(node, Node(reading.path, fact.unit), "metric")


def _made(fact: Fact, reading: Reading) -> Iterator[Key]:
    match fact.kind:
        case "writes":
            yield from _written(_path(fact.name, reading.path))
        case "registers-model":
            yield Key("model", fact.name)
        case "env" if fact.name not in _EVERYBODYS and not reading.path.endswith(_CODE):
            yield Key("env", fact.name)
        case "field" if fact.name == "job.routes" and fact.value.startswith(_ROUTE):
            yield _index(fact.value.removeprefix(_ROUTE))
        case "emits-metric":
            yield Key("metric", fact.name)
        case "argument" if fact.name.endswith(_REGISTERED) and "{" not in fact.value:
            yield Key("model", fact.value)
        case "call" if fact.value:
            last = fact.name.rpartition(".")[2]
            if last in _REGISTERS or (last == "save_model" and fact.name.startswith("bentoml.")):
                yield Key("model", fact.value)
            elif (last in _METRICS and "prometheus" in fact.name) or _INSTRUMENT.search(fact.name):
                yield Key("metric", _SUFFIX.sub("", fact.value.replace(".", "_")))


def _used(fact: Fact, reading: Reading) -> Iterator[Key]:
    match fact.kind:
        case "reads":
            yield from _read(fact.name, reading.path)
        case "loads-model":
            yield Key("model", fact.name)
        case "field" if fact.name.endswith(_STORED) and "://" in fact.value:
            yield Key("data", fact.value.rstrip("/"))
        case "env" if fact.name not in _EVERYBODYS and reading.path.endswith(_CODE):
            yield Key("env", fact.name)
        case "watches-metric":
            yield from dict.fromkeys((Key("metric", fact.name), Key("metric", _SUFFIX.sub("", fact.name))))
        case "uri" | "command" if found := _INDEXED.search(fact.name[:2000]):
            yield _index(found[1])
        case "field" if fact.name == _IMAGE_ROUTE:
            yield _index(fact.value)
        case "uri" if found := _MODEL.match(fact.name):
            yield Key("model", "" if "{" in found[1] or "$" in found[1] else found[1])
        case "call" if fact.value:
            last = fact.name.rpartition(".")[2]
            if last in _LOADS or (fact.name.startswith("bentoml.") and last in ("get", "load_model", "load_runner")):
                yield Key("model", fact.value.partition(":")[0])


def _index(route: str) -> Key:
    """What a task offers under a route of Taskcluster's index: its last part says of which run, and is left out."""
    return Key("data", f"{_ROUTE}{route.rpartition('.')[0]}")


def _path(name: str, source: str) -> str:
    """A path from the root. Code is run at the root more often than in its own folder; everything else is beside it."""
    if "://" in name or (source.endswith(_CODE) and not name.startswith(".")):
        return name.rstrip("/")
    return joined(dirname(source), name)


def _written(path: str) -> Iterator[Key]:
    """A path; in a store also the folders around it, below the bucket: what serves a model names its folder."""
    yield Key("data", path)
    scheme, mark, rest = path.partition("://")
    parts = rest.split("/")[:10] if mark else []
    yield from (Key("data", f"{scheme}://{'/'.join(parts[:end])}") for end in range(2, len(parts)))


def _read(name: str, source: str) -> Iterator[Key]:
    """A path, in the two ways to understand it, and its folders: whoever writes a folder writes what is in it."""
    paths = dict.fromkeys((_path(name, source), name if "://" in name else joined("", name)))
    yield from (Key("data", path) for path in paths)
    for path in () if "://" in name else paths:
        yield from (Key("data", folder) for folder in ancestors(dirname(path)) if folder != "..")


def _passed(readings: Sequence[Reading], uses: Sequence[_Said], known: Known) -> Iterator[Link]:
    """Scripts whose path is passed on in a variable: whoever reads the variable starts them."""
    scripts: dict[str, str] = {}
    for reading in readings:
        for fact in reading.of("env") if reading.role == "product" else ():
            named = fact.value if is_script(fact.value) else ""
            if path := known.places.file(named, (), reading.path):
                scripts[fact.name] = path
    for use in uses:
        if use.key.kind == "env" and use.key.name in scripts:
            yield Link(use.node, Node(scripts[use.key.name]), "runs-file", use.line)
