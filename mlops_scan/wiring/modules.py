"""Python's modules and functions: where an import or a dotted name leads within the repository."""

from collections import defaultdict
from collections.abc import Sequence
from posixpath import dirname
from typing import NamedTuple

from mlops_scan.evidence import Node, Reading
from mlops_scan.wiring.places import ancestors, shared

_ROOTS = ("", "src", "lib", "app", "code", "python")
_DEEPEST = 8
_MOST_HOPS = 3


class Module(NamedTuple):
    """The file behind a dotted name, and the part of the name that it does not explain: a function or class in it."""

    path: str
    rest: str = ""


class Modules:
    """An index of the Python files by the dotted names under which they can be imported."""

    def __init__(self, readings: Sequence[Reading]) -> None:
        self._paths: set[str] = set()
        self._manifests: set[str] = set()
        self._roots: dict[str, dict[str, str]] = defaultdict(dict)  #: by the dotted name, file by folder it starts in
        self._functions: set[tuple[str, str]] = set()
        self._holders: dict[str, list[str]] = defaultdict(list)
        self._exports: dict[str, dict[str, str]] = {}
        self._known: dict[tuple[str, str], Module | None] = {}
        for each in readings:
            if each.path.endswith((".py", ".ipynb")):
                self._add(each)
            elif each.path.endswith("pyproject.toml"):
                self._manifests.add(dirname(each.path))
        self._first = {name.partition(".")[0] for name in self._roots}

    def _add(self, reading: Reading) -> None:
        path = reading.path
        self._paths.add(path)
        for unit in reading.units:
            if unit.kind == "function":
                self._functions.add((path, unit.name))
                self._holders[unit.name].append(path)
        parts = path.removesuffix(".py").removesuffix("/__init__").split("/")
        for start in range(max(0, len(parts) - _DEEPEST), len(parts)) if path.endswith(".py") else ():
            self._roots[".".join(parts[start:])].setdefault("/".join(parts[:start]), path)
        if path.endswith("/__init__.py"):
            names = [fact.name for fact in reading.facts if fact.kind == "import"]
            self._exports[path] = {name.rpartition(".")[2]: name for name in names}

    def module(self, name: str, source: str) -> str | None:
        """The file of a module, or of the module that holds the named thing, as the importing file would find it."""
        found = self.find(name, source)
        return found.path if found else None

    def find(self, name: str, source: str) -> Module | None:
        """The longest beginning of a dotted name that is a module of this repository, and what is left of the name."""
        if not name.startswith(".") and name.partition(".")[0] not in self._first:
            return None
        key = (name, source)
        if key not in self._known:
            self._known[key] = self._relative(name, source) if name.startswith(".") else self._absolute(name, source)
        return self._known[key]

    def function(self, name: str, source: str) -> Node | None:
        """The function or class that a dotted name means, also where a package only passes it on."""
        for _ in range(_MOST_HOPS):
            found = self.find(name, source)
            if not found or not found.rest:
                return None
            if node := self.within(found.path, found.rest):
                return node
            first, _, rest = found.rest.partition(".")
            passed_on = self._exports.get(found.path, {}).get(first)
            if not passed_on:
                return None
            name, source = f"{passed_on}.{rest}".rstrip("."), found.path
        return None

    def within(self, path: str, name: str) -> Node | None:
        """A function, a class or a method of a file, by its name; for an unknown method the class."""
        parts = name.split(".")
        for known in (".".join(parts[:2]), parts[0]):
            if (path, known) in self._functions:
                return Node(path, f"function:{known}")
        return None

    def only(self, name: str) -> Node | None:
        """The one function of this name in the whole repository; None where there is another."""
        paths = self._holders.get(name, [])
        return Node(paths[0], f"function:{name}") if len(paths) == 1 else None

    def _absolute(self, name: str, source: str) -> Module | None:
        parts = name.split(".")[:30]
        for end in range(len(parts), 0, -1):
            if path := self._best(".".join(parts[:end]), source):
                return Module(path, ".".join(parts[end:]))
        return None

    def _relative(self, name: str, source: str) -> Module | None:
        level = len(name) - len(name.lstrip("."))
        base = dirname(source)
        for _ in range(level - 1):
            base = dirname(base)
        parts = [part for part in name.lstrip(".").split(".") if part]
        for end in range(len(parts), -1, -1):
            stem = "/".join(filter(None, (base, *parts[:end])))
            for path in (f"{stem}.py", f"{stem}/__init__.py"):
                if path in self._paths and path != source:
                    return Module(path, ".".join(parts[end:]))
        return None

    def _best(self, dotted: str, source: str) -> str | None:
        """Of the files that a dotted name could mean, one under a folder that Python would look into from here."""
        found = self._roots.get(dotted)
        if not found:
            return None
        near = [f"{base}/{code}".strip("/") for base in ("", *ancestors(dirname(source))) for code in _ROOTS]
        roots = [*near, *filter(self._is_project, self._manifests if len(self._manifests) < len(found) else found)]
        fitting = sorted({root for root in roots if root in found and found[root] != source})
        return found[max(fitting, key=lambda root: shared(root, source))] if fitting else None

    def _is_project(self, root: str) -> bool:
        return root in self._manifests and f"{root}/__init__.py" not in self._paths
