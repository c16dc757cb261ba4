"""Python's modules and functions: where an import or a dotted name leads within the repository."""

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from posixpath import dirname
from typing import NamedTuple

from mlops_scan.evidence import Node, Reading
from mlops_scan.wiring.places import ancestors, shared

_ROOTS = ("", "src", "lib", "app", "code", "python")
_DEEPEST = 8
_MOST_HOPS = 3
_MOST_PARTS = 30
_MOST_KNOWN = 1 << 16


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
        self._functions: dict[str, dict[str, Node]] = {}
        self._holders: dict[str, list[str]] = defaultdict(list)
        self._exports: dict[str, dict[str, str]] = {}
        self._known: dict[tuple[str, str], Module | None] = {}
        self._meant: dict[tuple[str, str], Node | None] = {}
        for each in readings:
            if each.path.endswith((".py", ".ipynb")):
                self._add(each)
            elif each.path.endswith("pyproject.toml"):
                self._manifests.add(dirname(each.path))
        self._first = {name.partition(".")[0] for name in self._roots}
        self._projects = {root for root in self._manifests if f"{root}/__init__.py" not in self._paths}

    def _add(self, reading: Reading) -> None:
        path = reading.path
        self._paths.add(path)
        functions = [unit.name for unit in reading.units if unit.kind == "function"]
        if functions:
            self._functions[path] = {name: Node(path, f"function:{name}") for name in functions}
        for name in functions:
            self._holders[name].append(path)
        parts = path.removesuffix(".py").removesuffix("/__init__").split("/")
        for start in range(max(0, len(parts) - _DEEPEST), len(parts)) if path.endswith(".py") else ():
            self._roots[".".join(parts[start:])].setdefault("/".join(parts[:start]), path)
        if path.endswith("/__init__.py"):
            names = [fact.name for fact in reading.of("import")]
            self._exports[path] = {name.rpartition(".")[2]: name for name in names}

    def module(self, name: str, source: str) -> str | None:
        """The file of a module, or of the module that holds the named thing, as the importing file would find it."""
        found = self.find(name, source)
        return found.path if found else None

    def find(self, name: str, source: str) -> Module | None:
        """The longest beginning of a dotted name that is a module of this repository, and what is left of the name."""
        if not self._may_be_here(name):
            return None
        key = (name, source)
        if key not in self._known:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[key] = self._relative(name, source) if name.startswith(".") else self._absolute(name, source)
        return self._known[key]

    def _may_be_here(self, name: str) -> bool:
        """Whether a name begins as a module of this repository: most are of libraries."""
        return name.partition(".")[0] in self._first or name.startswith(".")

    def function(self, name: str, source: str) -> Node | None:
        """The function or class that a dotted name means, also where a package only passes it on."""
        if not self._may_be_here(name):
            return None
        key = (name, source)
        if key not in self._meant:
            if len(self._meant) >= _MOST_KNOWN:
                self._meant.clear()
            self._meant[key] = self._followed(name, source)
        return self._meant[key]

    def _followed(self, name: str, source: str) -> Node | None:
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
        functions = self._functions.get(path)
        if not functions:
            return None
        first, dot, rest = name.partition(".")
        method = functions.get(f"{first}.{rest.partition('.')[0]}") if dot else None
        return method or functions.get(first)

    def only(self, name: str) -> Node | None:
        """The one function of this name in the whole repository; None where there is another."""
        paths = self._holders.get(name, [])
        return Node(paths[0], f"function:{name}") if len(paths) == 1 else None

    def _absolute(self, name: str, source: str) -> Module | None:
        name = ".".join(name.split(".", _MOST_PARTS)[:_MOST_PARTS])
        dotted = name
        while dotted:
            if (found := self._roots.get(dotted)) and (path := self._best(found, source)):
                return Module(path, name[len(dotted) + 1 :])
            dotted = dotted.rpartition(".")[0]
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

    def _best(self, found: dict[str, str], source: str) -> str | None:
        """Of the files that a dotted name could mean, one under a folder that Python would look into from here."""
        near = _near(source.rpartition("/")[0])
        if len(found) == 1:
            ((root, path),) = found.items()
            return path if path != source and (root in near or root in self._projects) else None
        roots = (near & found.keys()) | (self._projects & found.keys())
        fitting = sorted(root for root in roots if found[root] != source)
        return found[max(fitting, key=lambda root: shared(root, source))] if fitting else None


@lru_cache(maxsize=256)
def _near(folder: str) -> frozenset[str]:
    """The folders that code in a folder may have on its way: those around it, and the usual ones for code in them."""
    return frozenset(f"{base}/{code}".strip("/") for base in ("", *ancestors(folder)) for code in _ROOTS)
