"""What there is to refer to: the files and folders of the repository, and how a name finds one of them."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from posixpath import dirname, normpath

from mlops_scan.evidence import Node, Reading
from mlops_scan.repository import patterns

_MOST = 500
_MOST_NAMESAKES = 2_000
_PATTERN = re.compile(r"[*?\[]")
_LEADING = re.compile(r"^(?:/|\.{1,2}(?:/|$))+")
_VARIABLE = re.compile(r"^(?:\$\w+|\$\{[^{}]*\}|\$\([^()]*\)|\$\{\{[^{}]*\}\})/(?=[\w.])")


class Places:
    """An index of a repository's paths, by the names that references use."""

    def __init__(self, readings: Sequence[Reading]) -> None:
        self.readings = {each.path: each for each in readings}
        self.folders = {""}
        self._units: dict[str, frozenset[Node]] = {}
        self._paths = sorted(self.readings)
        self._by_end: dict[str, list[str]] = defaultdict(list)
        self._chosen: dict[tuple[str, str], list[str]] = {}
        for path in self._paths:
            self._by_end[path.rpartition("/")[2]].append(path)
            self.folders.update(ancestors(dirname(path)))

    def file(self, name: str, folders: Sequence[str] = (), source: str = "") -> str | None:
        """The path that `name` means, as seen from working directories, from the file that names it, and around it.

        A name that exists nowhere there is found by its end, if only one file ends so or one is nearest: containers and
        CI checkouts put the tree under folders of their own, and of these only the end of a name is known.
        """
        name = name.strip("\"'")
        if not name or len(name) > 1000:
            return None
        short = _VARIABLE.sub("", name)
        for base in (*bases(folders, source), *ancestors(dirname(dirname(source)))):
            if (path := joined(base, short)) in self.readings:
                return path
        inside = name.startswith("/") or short != name
        return next(filter(None, map(self._only, _tails(short) if inside else [_tail(short)])), None)

    def has(self, node: Node) -> bool:
        """Whether there is such a unit."""
        if node.path not in self._units:
            self._units[node.path] = frozenset(self.readings[node.path].nodes if node.path in self.readings else ())
        return node in self._units[node.path]

    def _only(self, tail: str) -> str | None:
        found = self.similar(tail)
        return found[0] if len(found) == 1 else None

    def similar(self, name: str) -> list[str]:
        """All paths that end with a name; none for one that too many files have."""
        tail = _tail(name)
        ends = self._by_end.get(tail.rpartition("/")[2], ()) if tail else ()
        if len(ends) > _MOST_NAMESAKES and "/" in tail:
            return []
        return [path for path in ends if path == tail or path.endswith(f"/{tail}")]

    def without_variable(self, folder: str) -> str | None:
        """The folder behind a variable that stands for the checkout (`$ROOT/services`); None where there is none."""
        rest = _VARIABLE.sub("", folder)
        return rest.strip("/") if rest != folder and rest.strip("/") in self.folders else None

    def folder(
        self, name: str, folders: Sequence[str] = (), source: str = "", holding: Sequence[str] = ()
    ) -> str | None:
        """The folder that a name means, with one of these files in it if any are given; None where there is none."""
        candidates = (joined(base, name) for base in bases(folders, source))
        found = (path for path in candidates if path in self.folders)
        return next((path for path in found if not holding or self._holds(path, holding)), None)

    def scattered(self, name: str) -> bool:
        """Whether a file has this name and all its folders around it in this order, whatever else stands between."""
        *around, last = _tail(name).split("/")
        return len(self._by_end.get(last, ())) > _MOST_NAMESAKES or any(
            _is_within(around, path.split("/")[:-1]) for path in self._by_end.get(last, ())
        )

    def _holds(self, folder: str, names: Sequence[str]) -> bool:
        return any(joined(folder, name) in self.readings for name in names)

    def inside(self, folder: str, most: int = _MOST) -> list[str]:
        """The files below a folder, at any depth."""
        prefix = f"{folder}/" if folder else ""
        found: list[str] = []
        for index in range(bisect_left(self._paths, prefix), len(self._paths)):
            if len(found) >= most or not self._paths[index].startswith(prefix):
                break
            found.append(self._paths[index])
        return found

    def beside(self, folder: str) -> list[str]:
        """The files that stand in a folder itself."""
        return [path for path in self.inside(folder) if dirname(path) == folder]

    def chosen(self, folder: str, name: re.Pattern[str], most: int = _MOST) -> list[str]:
        """The first files below a folder whose names match."""
        key = (folder, name.pattern)
        if key not in self._chosen:
            below = self.inside(folder, len(self._paths))
            self._chosen[key] = [path for path in below if name.fullmatch(path.rpartition("/")[2])][:most]
        return self._chosen[key]

    def below(self, name: str, folders: Sequence[str] = (), source: str = "", most: int = _MOST) -> list[str]:
        """The files below the folder that `name` means."""
        folder = self.folder(name, folders, source)
        return [] if folder is None else self.inside(folder, most)

    def matching(self, pattern: str, folders: Sequence[str] = (), source: str = "") -> list[str]:
        """The files that a pattern as `R/*.R` means; none for a name that is no pattern."""
        wild = _PATTERN.search(pattern)
        if not wild or not patterns.is_safe(pattern):
            return []
        start = pattern[: wild.start()].rpartition("/")[0]
        for base in bases(folders, source):
            shape = re.compile(patterns.regex(f"/{joined(base, pattern)}"))
            if found := [path for path in self.inside(joined(base, start or ".")) if shape.fullmatch(path)]:
                return found
        return []

    def named(self, *names: str, folders: Sequence[str] = (), source: str = "") -> str | None:
        """The first of these file names in a working directory; if that is unknown, beside the source or at the root."""
        paths = (joined(base, name) for base in self.looked_into(folders, source) for name in names if name)
        return next((path for path in paths if path in self.readings), None)

    def looked_into(self, folders: Sequence[str], source: str) -> list[str]:
        """The folders in which a program looks for a file of its own: the working directories, if they are known."""
        below = [folder for folder in folders if folder and folder in self.folders]
        return [folder for folder in folders if folder in self.folders] if below else bases(folders, source)


def bases(folders: Sequence[str], source: str) -> list[str]:
    """The folders that a name may start from, the likeliest first."""
    return list(dict.fromkeys((*folders, dirname(source), "")))


def joined(base: str, name: str) -> str:
    """A name below a folder as a path from the root; one that leaves the repository keeps its `..`."""
    path = normpath(f"{base}/{name}" if base else name).lstrip("/")
    return "" if path == "." else path


def ancestors(folder: str) -> Iterator[str]:
    """A folder and those around it, up to the root and without it."""
    while folder.strip("/"):
        yield folder
        folder = folder.rpartition("/")[0]


def shared(root: str, source: str) -> int:
    """How much of the way two paths go together."""
    together = 0
    for one, other in zip(root.split("/"), source.split("/"), strict=False):
        if one != other:
            break
        together += 1
    return together


def _is_within(parts: list[str], path: list[str]) -> bool:
    """Whether the parts stand in a path in their order."""
    rest = iter(path)
    return all(part in rest for part in parts)


def _tail(name: str) -> str:
    return _LEADING.sub("", normpath(name)) if name else ""


def _tails(name: str) -> list[str]:
    """The ends of a path in a container, the longest first."""
    parts = _tail(name).split("/")[-8:]
    return ["/".join(parts[start:]) for start in range(len(parts))]
