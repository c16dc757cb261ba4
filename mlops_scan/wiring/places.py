"""What there is to refer to: paths, modules, targets, images; and how a name finds them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from posixpath import dirname, normpath

from mlops_scan.evidence import Node, Reading

_CODE_ROOTS = ("", "src", "lib", "app", "code", "python")


class Places:
    """An index of a repository's files and units, by the names that references use."""

    def __init__(self, readings: Sequence[Reading]) -> None:
        self.readings = {each.path: each for each in readings}
        self._by_end: dict[str, list[str]] = defaultdict(list)
        self._in_folder: dict[str, list[str]] = defaultdict(list)
        self._modules: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self._targets: dict[tuple[str, str], list[Node]] = defaultdict(list)
        self.commands: dict[str, str] = {}
        for each in readings:
            self._file(each.path)
            for unit in each.units:
                if unit.kind == "target":
                    self._targets[dirname(each.path), unit.name].append(Node(each.path, unit.id))
            self.commands |= {fact.name: fact.value for fact in each.facts if fact.kind == "entry-point"}

    def _file(self, path: str) -> None:
        self._by_end[path.rpartition("/")[2]].append(path)
        self._in_folder[dirname(path)].append(path)
        if path.endswith(".py"):
            parts = path.removesuffix(".py").removesuffix("/__init__").split("/")
            for start in range(max(0, len(parts) - 8), len(parts)):
                self._modules[".".join(parts[start:])].append(("/".join(parts[:start]), path))

    def file(self, name: str, folder: str = "", source: str = "") -> str | None:
        """The path that `name` means, as seen from a working directory and from the file that names it.

        A name that exists nowhere there is found by its end, if only one file ends so: containers and CI checkouts
        put the tree under folders of their own.
        """
        name = name.strip("\"'")
        for base in (folder, dirname(source), ""):
            path = normpath(f"{base}/{name}" if base else name).lstrip("/")
            if path in self.readings:
                return path
        tail = normpath(name).lstrip("./")
        similar = [
            path for path in self._by_end.get(tail.rpartition("/")[2], ()) if path == tail or path.endswith(f"/{tail}")
        ]
        return similar[0] if len(similar) == 1 else None

    def below(self, name: str, folder: str = "", source: str = "", most: int = 500) -> list[str]:
        """The files below the folder that `name` means; a few hundred at the most."""
        for base in dict.fromkeys((folder, dirname(source), "")):
            start = normpath(f"{base}/{name}" if base else name).strip("/")
            prefix = "" if start in (".", "") else f"{start}/"
            found = [path for path in self.readings if path.startswith(prefix)]
            if found:
                return found[:most]
        return []

    def named(self, *names: str, folder: str = "", source: str = "") -> str | None:
        """The first of these file names in the working directory, beside the naming file, or at the root."""
        for base in dict.fromkeys((folder, dirname(source), "")):
            for name in names:
                path = normpath(f"{base}/{name}" if base else name)
                if path in self.readings:
                    return path
        return None

    def target(self, name: str, folder: str, source: str) -> Node | None:
        """The target of a task runner in the working directory, beside the naming file, or at the root."""
        for base in dict.fromkeys((folder, dirname(source), "")):
            if found := self._targets.get((base, name)):
                return found[0]
        return None

    def first_target(self, path: str) -> Node | None:
        """The target that a task runner takes when it is given none."""
        units = self.readings[path].units
        return next((Node(path, unit.id) for unit in units if unit.kind == "target"), None)

    def module(self, name: str, source: str) -> str | None:
        """The file of a module, or of the module that holds the named thing, as the importing file would find it."""
        if name.startswith("."):
            return self._relative(name, source)
        parts = name.split(".")
        for end in range(len(parts), 0, -1):
            if found := self._best(".".join(parts[:end]), source):
                return found
        return None

    def _relative(self, name: str, source: str) -> str | None:
        level = len(name) - len(name.lstrip("."))
        base = dirname(source)
        for _ in range(level - 1):
            base = dirname(base)
        parts = [part for part in name.lstrip(".").split(".") if part]
        for end in range(len(parts), -1, -1):
            stem = "/".join(filter(None, (base, *parts[:end])))
            for path in (f"{stem}.py", f"{stem}/__init__.py"):
                if path in self.readings and path != source:
                    return path
        return None

    def _best(self, dotted: str, source: str) -> str | None:
        """Of the files that a dotted name could mean, one under a folder that Python would look into from here."""
        around = {"", dirname(source)} | set(_ancestors(dirname(source)))
        roots = {f"{base}/{code}".strip("/") for base in around for code in _CODE_ROOTS}
        fitting = [
            (root, path)
            for root, path in self._modules.get(dotted, ())
            if path != source and self._is_root(root, roots)
        ]
        return max(fitting, key=lambda each: _shared(each[0], source))[1] if fitting else None

    def _is_root(self, root: str, roots: set[str]) -> bool:
        return root in roots or (
            f"{root}/__init__.py" not in self.readings and f"{root}/pyproject.toml" in self.readings
        )


def _ancestors(folder: str) -> Iterator[str]:
    while folder:
        yield folder
        folder = dirname(folder)


def _shared(root: str, source: str) -> int:
    """How much of the way two paths go together."""
    together = 0
    for one, other in zip(root.split("/"), source.split("/"), strict=False):
        if one != other:
            break
        together += 1
    return together


def paths_of(names: Iterable[str]) -> list[str]:
    """Those of some words that look like paths and not like options or values."""
    return [name for name in names if not name.startswith("-") and "=" not in name.split("/")[0]]
