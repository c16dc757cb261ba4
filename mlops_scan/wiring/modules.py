"""Python's modules and functions: where an import or a dotted name leads within the repository."""

from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property, lru_cache
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
        self._files: dict[str, Reading] = {}
        self._manifests: set[str] = set()
        self._only: dict[str, str] = {}  #: the file of a dotted name, the first of them where there are several
        self._several: dict[
            str, dict[str, str]
        ] = {}  #: names of several files, file by folder in which the name starts
        self._functions: dict[str, dict[str, Node]] = {}
        self._exports: dict[str, dict[str, str]] = {}
        self._held: dict[Module, Node | None] = {}
        for each in readings:
            if each.path.endswith((".py", ".ipynb")):
                self._add(each)
            elif each.path.endswith("pyproject.toml"):
                self._manifests.add(dirname(each.path))
        self._first = {name.partition(".")[0] for name in self._only}
        self._projects = {root for root in self._manifests if f"{root}/__init__.py" not in self._files}

    def _add(self, reading: Reading) -> None:
        path = reading.path
        self._files[path] = reading
        if not path.endswith(".py"):
            return
        parts = _stem(path).split("/")
        for start in range(max(0, len(parts) - _DEEPEST), len(parts)):
            dotted = ".".join(parts[start:])
            first = self._only.setdefault(dotted, path)
            if first is not path:
                found = self._several.setdefault(dotted, {_root(dotted, first): first})
                found.setdefault("/".join(parts[:start]), path)

    def module(self, name: str, source: str) -> str | None:
        """The file of a module, or of the module that holds the named thing, as the importing file would find it."""
        found = self.find(name, source)
        return found.path if found else None

    def find(self, name: str, source: str) -> Module | None:
        """The longest beginning of a dotted name that is a module of this repository, and what is left of the name."""
        if name.startswith("."):
            return self._relative(name, source)
        return self._absolute(name, source) if name.partition(".")[0] in self._first else None  # most are of libraries

    def meant(self, name: str, source: str) -> Node | None:
        """What code calls by a name: a function or class, `#` in front of one of its own file; None for any other."""
        if name.startswith("#"):
            return self.within(source, name[1:])
        return self.function(name, source) if source.endswith((".py", ".ipynb")) else None

    def function(self, name: str, source: str) -> Node | None:
        """The function or class that a dotted name means, also where a package only passes it on."""
        found = self.find(name, source)
        if not found or not found.rest:
            return None
        if found not in self._held:
            if len(self._held) >= _MOST_KNOWN:
                self._held.clear()
            self._held[found] = self._followed(found)
        return self._held[found]

    def _followed(self, found: Module) -> Node | None:
        """What stands in a module, or in the one from which it has it."""
        for _ in range(_MOST_HOPS):
            if node := self.within(found.path, found.rest):
                return node
            first, _, rest = found.rest.partition(".")
            passed_on = self._exported(found.path).get(first)
            after = self.find(f"{passed_on}.{rest}".rstrip("."), found.path) if passed_on else None
            if not after or not after.rest:
                return None
            found = after
        return None

    def within(self, path: str, name: str) -> Node | None:
        """A function, a class or a method of a file, by its name; for an unknown method the class."""
        functions = self._functions_of(path)
        first, dot, rest = name.partition(".")
        method = functions.get(f"{first}.{rest.partition('.')[0]}") if dot else None
        return method or functions.get(first)

    def only(self, name: str) -> Node | None:
        """The one function of this name in the whole repository; None where there is another."""
        paths = self._holders.get(name, ())
        return Node(paths[0], f"function:{name}") if len(paths) == 1 else None

    @cached_property
    def _holders(self) -> dict[str, list[str]]:
        """The files that have a function, by its name."""
        found: dict[str, list[str]] = defaultdict(list)
        for path, reading in self._files.items():
            for unit in reading.units:
                if unit.kind == "function":
                    found[unit.name].append(path)
        return found

    def _functions_of(self, path: str) -> dict[str, Node]:
        """The functions of a file by their names."""
        if path not in self._functions:
            reading = self._files.get(path)
            units = zip(reading.units, reading.nodes, strict=True) if reading else ()
            self._functions[path] = {unit.name: node for unit, node in units if unit.kind == "function"}
        return self._functions[path]

    def _exported(self, path: str) -> dict[str, str]:
        """What a package passes on: the dotted names of what it imports, by the last parts of these."""
        if path not in self._exports:
            package = self._files[path] if path.endswith("/__init__.py") else None
            names = [fact.name for fact in package.of("import")] if package else ()
            self._exports[path] = {name.rpartition(".")[2]: name for name in names}
        return self._exports[path]

    def _absolute(self, name: str, source: str) -> Module | None:
        if name.count(".") >= _MOST_PARTS:
            name = ".".join(name.split(".", _MOST_PARTS)[:_MOST_PARTS])
        dotted = name
        while dotted:
            if dotted in self._only and (path := self._best(dotted, source)):
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
                if path in self._files and path != source:
                    return Module(path, ".".join(parts[end:]))
        return None

    def _best(self, dotted: str, source: str) -> str | None:
        """Of the files that a dotted name could mean, one under a folder that Python would look into from here."""
        near = _near(source.rpartition("/")[0])
        if not (found := self._several.get(dotted)):
            path = self._only[dotted]
            root = _root(dotted, path)
            return path if path != source and (root in near or root in self._projects) else None
        roots = (near & found.keys()) | (self._projects & found.keys())
        fitting = sorted(root for root in roots if found[root] != source)
        return found[max(fitting, key=lambda root: shared(root, source))] if fitting else None


def _stem(path: str) -> str:
    """The path of a module without what its dotted name does not say."""
    return path.removesuffix(".py").removesuffix("/__init__")


def _root(dotted: str, path: str) -> str:
    """The folder in which a dotted name starts, as long as what it says of the path."""
    stem = _stem(path)
    return stem[: max(len(stem) - len(dotted) - 1, 0)]


@lru_cache(maxsize=256)
def _near(folder: str) -> frozenset[str]:
    """The folders that code in a folder may have on its way: those around it, and the usual ones for code in them."""
    return frozenset(f"{base}/{code}".strip("/") for base in ("", *ancestors(folder)) for code in _ROOTS)
