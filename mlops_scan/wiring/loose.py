"""References that resolve to nothing: missing here, or lying elsewhere? What cannot be told apart is not reported."""

import re
from collections.abc import Callable, Iterator, Sequence
from posixpath import dirname, normpath

from mlops_scan.evidence import Fact, Loose, Node, Reading
from mlops_scan.repository.roles import is_to_copy
from mlops_scan.wiring.call import Here, Known, Missing
from mlops_scan.wiring.places import joined
from mlops_scan.wiring.runtime import BRINGING, MAKING, brings, makes, mentions, provides
from mlops_scan.wiring.variables import filled

_ELSEWHERE = re.compile(r"://|^git@|^git::|^registry\.|^github\.com/")
_OPEN = re.compile(r"[$%{}*?<>()`\[\]|\\!\"'~,;]|\.\.\.|YOUR|xxx", re.IGNORECASE)
_REUSED = re.compile(r"[\w.-]+/[\w.-]+/.+\.ya?ml")
#: Folders that are made on the machine, and none of a repository.
_MADE = re.compile(
    r"(?:^|/)(?:node_modules|\.?venv|env|build|_build|dist|target|bin|outputs?|tmp|temp|\.tox|\.nox|\.cache|artifacts?|generated"
    r"|site-packages|uncommitted|__pycache__|\.terraform|\.git|_?site|coverage|logs?)(?:/|$)"
)
_FILTER = re.compile(r"(?:^|; )paths: ([^;]*)")
_APART = ("job:", "target:")  #: units that share no files with the others of their file, or need not
_UNITS = ("target", "stage", "workflow", "DAG", "job", "service", "task")
_LOOKED_FOR = ("Makefile", "dvc.yaml", "Compose file")  #: what a program takes because of its name, and of its folder
_LONGEST = 200  #: where readers cut the details of a trigger

Stands = Callable[[str], bool]
#: The kinds of facts that have loose ends beside the one that they are about.
AROUND = frozenset({"command", "trigger", "includes", "runs-file", "builds", "action"})


class Ends:
    """Decides about the loose ends of a repository.

    `stands` says whether something is at a path that was not listed: a symbolic link, a submodule, what is left out.
    """

    def __init__(self, readings: Sequence[Reading], known: Known, stands: Stands) -> None:
        self._known = known
        self._stands = stands
        self._made = {name for each in readings for fact in each.of(*MAKING) for name in makes(fact)}
        product = [each for each in readings if each.role == "product"]
        self._brings: dict[str, list[str]] = {}
        for each in product:
            if found := [fact.unit for fact in each.of(*BRINGING) if brings(fact)]:
                self._brings[each.path] = found
        self._folder_ends = {folder.rpartition("/")[2] for folder in known.places.folders}
        self._seen: set[tuple[str, str]] = set()
        self._provided: dict[str, set[str]] = {}
        self._forgiven: dict[str, set[tuple[str, int | None]]] = {}

    def of(self, missing: Missing, fact: Fact, here: Here) -> Iterator[Loose]:
        """What a name that leads to nothing is; nothing for one that a variable, a run or another place decides."""
        reading, name = here.reading, missing.name
        if reading.role != "product" or not name or fact.kind == "documented" or is_to_copy(reading.path):
            return
        if _ELSEWHERE.search(name):
            yield self._loose(missing, fact, here, elsewhere=True)
        elif _OPEN.search(name) or name.startswith("/") or _MADE.search(name):
            return
        elif missing.what in _UNITS:
            if self._is_sure(missing, fact, here):
                yield self._loose(missing, fact, here)
        elif not self._may_be_there(missing, fact, here):
            yield self._loose(missing, fact, here)

    def _loose(self, missing: Missing, fact: Fact, here: Here, elsewhere: bool = False) -> Loose:
        return Loose(Node(here.reading.path, fact.unit), fact, elsewhere, missing.what, missing.name)

    def _is_sure(self, missing: Missing, fact: Fact, here: Here) -> bool:
        """Whether all that could hold a named thing is known."""
        places, path = self._known.places, here.reading.path
        if fact.kind == "command":
            sure = bool(self._folders(fact, here)) and not self._is_forgiven(fact, here.reading)
            return sure and not self._is_brought(fact, here.reading)
        if missing.what == "target":
            there = places.folder(missing.name, (), path) or places.file(missing.name, (), path)
            return there is None and not self._known.targets.is_open(path) and missing.name not in self._made
        included = any(
            each.kind == "includes" or (each.kind == "action" and each.unit.startswith("trigger:"))
            for each in here.reading.facts
        )
        known = included or (missing.what == "service" and self._known.names.unit(missing.name))
        return missing.what == "workflow" or (missing.what in ("job", "service") and not known)

    def _folders(self, fact: Fact, here: Here) -> list[str]:
        """The working directories of a command that are folders of the repository."""
        return [folder for folder in here.folders_of(fact) if folder in self._known.places.folders]

    def _may_be_there(self, missing: Missing, fact: Fact, here: Here) -> bool:
        """Whether a file may stand where the reference looks: by another way to it, or made by an earlier command."""
        name, folders = missing.name, self._folders(fact, here) if fact.kind == "command" else []
        if fact.kind == "command" and (not folders or _is_of_image(fact, here)):
            return True
        if self._is_brought(fact, here.reading):
            return True
        if missing.what == "module":
            return False
        if folders and all(joined(folder, name).startswith("../") for folder in folders):
            return here.reading.path.endswith(".sh")
        if missing.what in _LOOKED_FOR and name.rpartition("/")[0] in self._known.places.folders - {""}:
            return self._stands(name)
        around = (*folders, dirname(here.reading.path), "")
        return self._was_moved_or_made(name, fact, here) or any(self._stands(joined(each, name)) for each in around)

    def _was_moved_or_made(self, name: str, fact: Fact, here: Here) -> bool:
        """Whether a file of this name stands in other folders, or is written by something, or asked for before."""
        tail = re.sub(r"^(?:\.\./)+", "", normpath(name))
        last = tail.rpartition("/")[2]
        if self._known.places.scattered(tail) or last in self._made:
            return True
        if here.reading.path not in self._provided:
            self._provided[here.reading.path] = provides(here.reading)
        return fact.kind == "command" and (
            last in self._provided[here.reading.path] or self._is_forgiven(fact, here.reading)
        )

    def _is_forgiven(self, fact: Fact, reading: Reading) -> bool:
        """Whether the line itself says what happens if the command cannot run: `|| echo "no tests yet"`."""
        if reading.path not in self._forgiven:
            lines = (each for each in reading.facts if each.kind == "allowed-to-fail" and "||" in each.name)
            self._forgiven[reading.path] = {(each.unit, each.line) for each in lines}
        return (fact.unit, fact.line) in self._forgiven[reading.path]

    def _is_brought(self, fact: Fact, reading: Reading) -> bool:
        """Whether commands or actions of the same job or target, or of the file around it, bring files from elsewhere."""
        found = self._brings.get(reading.path, ())
        own = fact.unit.partition("/")[0]
        if found and (not own.startswith(_APART) or not {own, ""}.isdisjoint(unit.partition("/")[0] for unit in found)):
            return True
        return fact.kind == "command" and _is_template(reading)

    def around(self, fact: Fact, here: Here) -> Iterator[Loose]:
        """The loose ends that a fact has beside the one that it is about."""
        if here.reading.role == "product":
            yield from self._elsewhere(fact, here)
            yield from self._folder(fact, here)
            yield from self._filters(fact, here)

    def _folder(self, fact: Fact, here: Here) -> Iterator[Loose]:
        """The working directory of a command in a pipeline, if it is no folder of the repository."""
        reading = here.reading
        folder = filled(fact.value, here.values) if fact.kind == "command" else ""
        if not folder or not fact.unit.startswith(("job:", "step:")):
            return
        unsure = _OPEN.search(folder) or folder.startswith(("/", "-", "..")) or _MADE.search(folder)
        if unsure or (reading.path, folder) in self._seen or folder in self._known.places.folders:
            return
        self._seen.add((reading.path, folder))
        parts = folder.split("/")
        there = parts[-1] in self._folder_ends or self._stands(folder) or self._is_brought(fact, reading)
        if not there and self._made.isdisjoint(parts) and not mentions(reading, parts[-1]):
            yield self._loose(Missing("folder", folder), fact, here)

    def _filters(self, fact: Fact, here: Here) -> Iterator[Loose]:
        """Paths of which a trigger waits for changes, and which are not here."""
        listed = _FILTER.search(fact.value) if fact.kind == "trigger" else None
        names = [name.strip() for name in listed[1].split(",")] if listed else []
        for name in names[:-1] if len(fact.value) >= _LONGEST else names:
            path = normpath(name.lstrip("/"))
            places = self._known.places
            here_or_unsure = (
                path in places.folders or path in places.readings or _OPEN.search(name) or _MADE.search(path)
            )
            if name and not here_or_unsure and not self._stands(path):
                yield self._loose(Missing("watched path", name), fact, here)

    def _elsewhere(self, fact: Fact, here: Here) -> Iterator[Loose]:
        """References that say themselves that they lead out of the repository."""
        name = filled(fact.name, here.values)
        if fact.kind in ("includes", "runs-file", "builds"):
            other = "@" in name and not name.endswith("@self") and not self._known.places.similar(name)
            if other or _ELSEWHERE.search(name):
                yield self._loose(Missing("file", fact.name), fact, here, elsewhere=True)
        elif fact.kind == "action" and _REUSED.fullmatch(name[:_LONGEST]):
            yield self._loose(Missing("workflow", fact.name), fact, here, elsewhere=True)
        elif fact.kind == "trigger" and fact.name == "after" and not here.reading.path.startswith(".github/"):
            yield self._loose(Missing("pipeline", fact.value), fact, here, elsewhere=True)


def _is_of_image(fact: Fact, here: Here) -> bool:
    """Whether a container starts it: of its files only the copied ones are known, and they have facts of their own."""
    if here.reading.path.startswith(".github/") or not fact.unit.startswith(("image:", "service:", "target:")):
        return False
    name = here.reading.path.rpartition("/")[2].lower()
    return "dockerfile" in name or "containerfile" in name or name.endswith((".yml", ".yaml", ".json"))


def _is_template(reading: Reading) -> bool:
    """Whether the file is a part of pipelines that others write: its steps may run in their checkouts."""
    if reading.path.endswith((".yml", ".yaml")) and not reading.path.startswith(".github/"):
        steps = any(unit.kind == "step" and not unit.parent for unit in reading.units)
        return steps and not any(unit.kind == "trigger" for unit in reading.units)
    return False
