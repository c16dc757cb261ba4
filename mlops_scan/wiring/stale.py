"""What a lock tells against what stands here now: has a stage changed since it last ran?

What can be compared is compared. What is not in the tree, or would cost too much to hash, says nothing.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from mlops_scan.evidence import Evidence, Link, Node, Place, Reading
from mlops_scan.facts.digests import md5
from mlops_scan.wiring.locks import Pair, Stage, inside, is_lock, pairs
from mlops_scan.wiring.places import joined

_REWRITTEN = (".ipynb",)  #: Git may keep these without their outputs, by a filter of which the lock knows nothing
_WAYS = ("md5", "md5 unix", "md5 windows")


class Stale(NamedTuple):
    """A stage that has changed since it last ran; without changes: its lock does not have it at all."""

    stage: Node
    place: Place
    lock: str
    changes: tuple[str, ...] = ()


class Lock(NamedTuple):
    """A lock beside its pipeline. `ran`: the stages that last ran with the command that they have now."""

    path: str
    pipeline: str
    ran: tuple[str, ...]
    stale: tuple[Stale, ...]


def compare(readings: Sequence[Reading]) -> list[Lock]:
    """Every lock that stands beside a pipeline, with what has changed since. Readings as `with_digests` makes them."""
    tree = _Tree(readings)
    return [_compared(pair, tree) for pair in pairs(readings)]


def links(locks: Iterable[Lock]) -> Iterator[Link]:
    """From each pipeline to its lock, which lives as long as the pipeline does."""
    return (Link(Node(lock.pipeline), Node(lock.path), "locks") for lock in locks)


def believed(evidence: Iterable[Evidence], locks: Iterable[Lock]) -> Iterator[Evidence]:
    """The evidence, where a lock is a trace only as far as it holds.

    One of which no stage ran as it is now, or that has no pipeline, tells of another pipeline. What a stage read is
    known only as long as nothing of the stage has changed.
    """
    known = {lock.path: lock for lock in locks}
    for one in evidence:
        if one.trace and is_lock(one.place.path) and not _holds(one, known.get(one.place.path)):
            yield one._replace(trace=False)
        else:
            yield one


def _holds(one: Evidence, lock: Lock | None) -> bool:
    if lock is None or not lock.ran:
        return False
    return one.fact.kind != "locked" or not any(each.stage.unit == one.fact.unit for each in lock.stale)


class _Tree:
    """What is known of the files: their digests and parameters, and the pointers to data that lie outside of Git."""

    def __init__(self, readings: Sequence[Reading]) -> None:
        self._readings = {each.path: each for each in readings}
        self._paths = sorted(self._readings)
        digests = ((each.path, fact) for each in readings for fact in each.facts if fact.kind == "digest")
        self._digests: dict[tuple[str, str], str] = {}
        for path, fact in digests:
            self._digests.setdefault((path, fact.name), fact.value)
        self._inside: dict[str, Sequence[str]] = {}
        self._folders: dict[tuple[str, str], str] = {}

    def digest(self, path: str, name: str) -> str:
        """A digest of a file; empty where it is not known."""
        return self._digests.get((path, name), "")

    def pointer(self, path: str) -> str:
        """The hash in the pointer to data, in the form of a lock; empty where there is none."""
        reading, unit = self._readings.get(f"{path}.dvc"), f"dataset:{path.rpartition('/')[2]}"
        found = {fact.name: fact.value for fact in (reading.facts if reading else ()) if fact.unit == unit}
        return f"{found.get('hash', 'md5-dos2unix')}:{found['md5']}" if "md5" in found else ""

    def differs(self, path: str, locked: str, number: str) -> bool:
        """Whether a file, or a folder with as many files as the lock says, is surely not the one of the lock."""
        kind, _, hashed = locked.partition(":")
        if not kind.startswith("md5") or path.endswith(_REWRITTEN):
            return False
        if not hashed.endswith(".dir"):
            found = [self.digest(path, way) for way in _WAYS]
            return all(found) and hashed not in found
        if path not in self._inside:
            self._inside[path] = inside(self._paths, path)
        files = self._inside[path]
        if str(len(files)) != number or any(each.endswith(_REWRITTEN) for each in files):
            return False  # caches and ignored files of whoever ran it are counted in the lock
        return all(found and found != hashed for found in (self._of_folder(path, files, way) for way in _WAYS))

    def _of_folder(self, folder: str, files: Sequence[str], way: str) -> str:
        """The hash of a folder is that of the JSON list of its files, by path, each with its own; empty if unknown."""
        if (folder, way) not in self._folders:
            self._folders[folder, way] = self._hash(folder, files, way)
        return self._folders[folder, way]

    def _hash(self, folder: str, files: Sequence[str], way: str) -> str:
        found = [{"md5": self.digest(path, way), "relpath": path.removeprefix(f"{folder}/")} for path in files]
        known = all(each["md5"] for each in found)
        return f"{md5(json.dumps(found, sort_keys=True).encode())}.dir" if known else ""


def _compared(pair: Pair, tree: _Tree) -> Lock:
    made = {joined(run.folder, path): (run, value) for run in pair.runs.values() for path, value in run.all("out")}
    ran, stale = [], []
    for name, run in pair.runs.items():
        stage = pair.stage_of(name)
        if stage is None:
            continue  # one that was removed: DVC leaves it in the lock
        changes = tuple(dict.fromkeys((*_redefined(stage, run), *_changed(stage, run, made, tree))))
        if not _has_other_command(stage, run):
            ran.append(name)
        if changes:
            stale.append(Stale(Node(pair.lock, run.unit), Place(pair.lock, run.line), pair.lock, changes))
    for stage in pair.stages.values():
        if not _has_run(stage.name, pair.runs) and "frozen" not in stage.facts:
            stale.append(Stale(Node(pair.pipeline, stage.unit), Place(pair.pipeline, stage.line), pair.lock))
    return Lock(pair.lock, pair.pipeline, tuple(ran), tuple(stale))


def _has_run(name: str, runs: Iterable[str]) -> bool:
    return any(run == name or run.startswith(f"{name}@") for run in runs)


def _has_other_command(stage: Stage, run: Stage) -> bool:
    return (
        "cmd" in stage.facts
        and "cmd" in run.facts
        and "many" not in stage.facts
        and stage.facts["cmd"].value != run.facts["cmd"].value
    )


def _redefined(stage: Stage, run: Stage) -> Iterator[str]:
    """What the pipeline now says otherwise. What makes many stages says it of none of them alone."""
    if _has_other_command(stage, run):
        yield "its command"
    for role in ("dep", "out") if "many" not in stage.facts else ():
        told = {path for path, _ in run.all(role)}
        if told:  # without hashes, as where the remote keeps the versions, nothing of them is known here
            yield from (f"`{path}`" for path, _ in stage.all(role) if path not in told)


def _changed(stage: Stage, run: Stage, made: dict[str, tuple[Stage, str]], tree: _Tree) -> Iterator[str]:
    """What the stage read or wrote and is now another. A frozen stage is meant not to follow what it reads."""
    if "$" in run.folder:
        return
    frozen = "frozen" in stage.facts
    numbers = dict(run.all("nfiles"))
    for role in ("out",) if frozen else ("dep", "out"):
        for path, locked in run.all(role):
            place = joined(run.folder, path)
            maker, new = made.get(place, (run, locked))
            if maker.unit != run.unit and _differ(locked, new):
                yield f"`{path}`, which `{maker.name}` has made anew"
            elif _differ(locked, tree.pointer(place)) or tree.differs(place, locked, numbers.get(path, "")):
                yield f"`{path}`"
    for name, locked in () if frozen else run.all("param"):
        file, _, key = name.partition(" ")
        if tree.digest(joined(run.folder, file), f"param {key}") not in ("", locked):
            yield f"`{key}` in `{file}`"


def _differ(one: str, other: str) -> bool:
    """Whether two hashes tell different contents: only if they were made in the same way."""
    return one.partition(":")[0] == other.partition(":")[0] and one != other
