"""Locks beside the pipelines whose last run they keep, and the files that they name, hashed: only these, and bounded."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from posixpath import dirname
from typing import NamedTuple

from mlops_scan.evidence import Fact, Reading
from mlops_scan.facts import digests
from mlops_scan.facts.source import Source
from mlops_scan.repository.files import decode
from mlops_scan.wiring.places import joined

#: The bytes of a path, if it is a file that is not too large.
Content = Callable[[str], bytes | None]
_MOST_BYTES = 200_000_000
_MOST_FILES = 2_000  #: of one folder
_PIPELINE, _LOCK = "dvc.yaml", "dvc.lock"


class Stage(NamedTuple):
    """What a pipeline or a lock says of a stage: facts by name. `folder` is where its paths begin."""

    unit: str
    folder: str
    facts: dict[str, Fact]

    @property
    def name(self) -> str:
        """What the stage is called."""
        return self.unit.removeprefix("task:")

    @property
    def line(self) -> int | None:
        """The first line that speaks of the stage."""
        return min((fact.line for fact in self.facts.values() if fact.line), default=None)

    def all(self, role: str) -> Iterator[tuple[str, str]]:
        """What is said of a role (`dep`, `out`, `param`): the rest of the name, and the value."""
        for name, fact in self.facts.items():
            first, _, rest = name.partition(" ")
            if first == role and rest:
                yield rest, fact.value


class Pair(NamedTuple):
    """A lock and the pipeline beside it: the runs of one and the stages of the other, by name."""

    lock: str
    pipeline: str
    runs: dict[str, Stage]
    stages: dict[str, Stage]

    def stage_of(self, run: str) -> Stage | None:
        """The stage that ran; one with `foreach` or `matrix` runs as `train@first`, `train@second`."""
        return self.stages.get(run) or self.stages.get(run.partition("@")[0])


def is_lock(path: str) -> bool:
    """Whether the path is that of a lock."""
    return path.rpartition("/")[2] == _LOCK


def pairs(readings: Sequence[Reading]) -> Iterator[Pair]:
    """The locks of the product that stand beside a pipeline, where both could be read."""
    known = {each.path: each for each in readings if each.path.endswith(_PIPELINE)}
    for lock in readings:
        pipeline = known.get(joined(dirname(lock.path), _PIPELINE))
        if not is_lock(lock.path) or lock.role != "product" or not pipeline:
            continue
        if any(fact.kind == "unparsable" for fact in (*lock.facts, *pipeline.facts)):
            continue
        stages = {each.name: each for each in _stages(pipeline, "defined")}
        pair = Pair(lock.path, pipeline.path, {}, stages)
        for run in _stages(lock, "locked"):
            stage = pair.stage_of(run.name)
            pair.runs[run.name] = run._replace(folder=stage.folder) if stage else run
        yield pair


def _stages(reading: Reading, kind: str) -> Iterator[Stage]:
    found: dict[str, dict[str, Fact]] = defaultdict(dict)
    for fact in reading.facts:
        if fact.kind == kind:
            found[fact.unit].setdefault(fact.name, fact)
    for unit, facts in found.items():
        home = facts["wdir"].value if "wdir" in facts else "."
        yield Stage(unit, joined(dirname(reading.path), home), facts)


def inside(paths: Sequence[str], folder: str) -> Sequence[str]:
    """Those of these sorted paths that lie in a folder; none where there are too many to look at."""
    start, end = (bisect_left(paths, f"{folder}{sign}") for sign in "/0")  # `0` is the sign after `/`
    return paths[start:end] if folder and end - start <= _MOST_FILES else ()


def with_digests(readings: Sequence[Reading], content: Content) -> Iterator[Reading]:
    """The readings, those of files that a lock names with facts of kind `digest`; all others as they were."""
    wanted = _wanted(readings)
    left = _MOST_BYTES
    for reading in readings:
        keys = wanted.get(reading.path)
        found = content(reading.path) if keys is not None and left > 0 else None
        if keys is None or found is None:
            yield reading
            continue
        left -= len(found)
        text = decode(found) if keys else None
        values = digests.parameters(Source(reading.path, text), keys) if text is not None else ()
        yield reading._replace(facts=(*reading.facts, *digests.of(found), *values))


def _wanted(readings: Sequence[Reading]) -> dict[str, set[str]]:
    """The paths that locks name, or that lie in folders which they name, with the keys of parameters to be looked up."""
    wanted: dict[str, set[str]] = defaultdict(set)
    named: set[str] = set()
    paths = sorted(each.path for each in readings)
    for pair in pairs(readings):
        for run in pair.runs.values():
            for name, _ in run.all("param"):
                file, _, key = name.partition(" ")
                wanted[joined(run.folder, file)].add(key)
            named.update(joined(run.folder, path) for role in ("dep", "out") for path, _ in run.all(role))
    for path in sorted(named):
        for each in (path, *inside(paths, path)):
            wanted[each].update()
    return wanted
