"""What task runners can be asked for: targets, by the folder of their file and by their name."""

import re
from collections import defaultdict
from collections.abc import Sequence
from posixpath import dirname

from mlops_scan.evidence import Node, Reading
from mlops_scan.wiring.places import Places

_INCLUDING = ("Makefile", "makefile", "GNUmakefile", "justfile", "Justfile", ".justfile", "askfile.yml", "askfile.yaml")


_VARIABLE = re.compile(r"\$\{\{[^{}]*\}\}|\$\{[^{}]*\}|\$\([^()]*\)|\$\w+")


class Targets:
    """An index of all targets. A file that includes another offers its targets too."""

    def __init__(self, readings: Sequence[Reading], places: Places) -> None:
        self._places = places
        self._in_folder: dict[str, dict[str, list[Node]]] = defaultdict(lambda: defaultdict(list))
        self._open: set[str] = set()  #: files whose targets are not all known
        for each in readings:
            self._offer(each, dirname(each.path))
        for each in readings:
            if each.path.endswith(_INCLUDING):
                self._include(each)

    def _offer(self, reading: Reading, folder: str) -> None:
        for unit in reading.units:
            if unit.kind == "target":
                self._in_folder[folder][unit.name].append(Node(reading.path, unit.id))
                if "%" in unit.name or "$" in unit.name:
                    self._open.add(reading.path)

    def _include(self, reading: Reading) -> None:
        for fact in reading.facts:
            if fact.kind != "includes":
                continue
            found = self._places.matching(fact.name, source=reading.path)
            found = found or [path for path in [self._places.file(fact.name, source=reading.path)] if path]
            for path in found:
                self._offer(self._places.readings[path], dirname(reading.path))
            if not found or any(path in self._open for path in found):
                self._open.add(reading.path)

    def like(self, name: str, runner: Sequence[str], folders: Sequence[str], source: str) -> list[Node]:
        """The target of a runner; for a name with variables all that it may be, as `build-${component}`."""
        if "$" not in name:
            found = self.find(name, runner, folders, source)
            return [found] if found else []
        parts = _VARIABLE.split(name)
        for base in self._places.looked_into(folders, source):
            nodes = [
                node for known, nodes in self._in_folder.get(base, {}).items() if fits(known, parts) for node in nodes
            ]
            if found_here := [node for node in nodes if is_of(runner, node.path)]:
                return found_here
        return []

    def find(self, name: str, runner: Sequence[str], folders: Sequence[str] = (), source: str = "") -> Node | None:
        """The target of a runner, told by the names of its files, in the nearest folder that has one."""
        for base in self._places.looked_into(folders, source):
            for node in self._in_folder.get(base, {}).get(name, ()):
                if is_of(runner, node.path):
                    return node
        return None

    def first(self, path: str) -> Node | None:
        """The target that a runner takes when it is given none: `default`, or the first of the file."""
        targets = [unit for unit in self._places.readings[path].units if unit.kind == "target"]
        chosen = next((unit for unit in targets if unit.name == "default"), targets[0] if targets else None)
        return Node(path, chosen.id) if chosen else None

    def is_open(self, path: str) -> bool:
        """Whether the file may have more targets than are known: patterns, computed names, files from elsewhere."""
        return path in self._open or not any(unit.kind == "target" for unit in self._places.readings[path].units)


def is_of(runner: Sequence[str], path: str) -> bool:
    """Whether a file belongs to a runner; a name that begins with a dot is an ending."""
    name = path.rpartition("/")[2]
    return name in runner or any(each.startswith(".") and name.endswith(each) for each in runner)


def fits(name: str, parts: Sequence[str]) -> bool:
    """Whether a name is made of these parts with anything between them."""
    if not name.startswith(parts[0]) or not name.endswith(parts[-1]):
        return False
    at = 0
    for part in parts:
        at = name.find(part, at) + len(part)
        if at < len(part):
            return False
    return True
