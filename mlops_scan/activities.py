"""What a unit does in the life of a model: prepare data, train, evaluate, deploy, monitor, test. Data: activities.toml."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from mlops_scan import toml
from mlops_scan.detector import Detector, Signal
from mlops_scan.evidence import SIGNAL_KINDS, Fact, Node, Place, Reading
from mlops_scan.matching import Index
from mlops_scan.memo import Memo
from mlops_scan.vocabulary import ACTIVITIES

FILE = Path(__file__).parent / "activities.toml"
_CODE = (".py", ".ipynb", ".sh", ".R", ".r", ".Rmd", ".qmd", ".sql", ".scala", ".jl")
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
#: What the title of a step is believed: `Set up` and `Download` are said of tools and not of data.
_OF_STEPS = ("train", "deploy")
_LEXICAL = ("job", "target", "task", "function", "step")
#: What follows `train` where it is no verb: parts of data sets.
_OBJECTS = frozenset(
    {
        "test",
        "val",
        "validation",
        "data",
        "dataset",
        "datasets",
        "set",
        "loader",
        "dl",
        "df",
        "x",
        "y",
        "size",
        "split",
        "idx",
        "ratio",
    }
)


class Doing(NamedTuple):
    """That a node does something: the place that says so, and whether only a name says it."""

    place: Place
    by_name: bool


def activities(readings: Sequence[Reading]) -> dict[str, dict[Node, Doing]]:
    """For each activity the nodes that do it. Only product files count; what code does counts more than a name."""
    found: dict[str, dict[Node, Doing]] = {name: {} for name in ACTIVITIES}
    for reading in readings:
        if reading.role == "product":
            for name, node, place in _by_facts(reading):
                found[name].setdefault(node, Doing(place, by_name=False))
            for name, node, place in _by_names(reading):
                found[name].setdefault(node, Doing(place, by_name=True))
    return found


def _by_facts(reading: Reading) -> Iterator[tuple[str, Node, Place]]:
    known = {kind: _signs_of(kind) for kind in reading.by_kind if kind in _tables().kinds}
    for fact in reading.of(*known) if known else ():
        if found := known[fact.kind][fact.name]:
            node, place = Node(reading.path, fact.unit), Place(reading.path, fact.line)
            yield from ((activity, node, place) for activity in found)


@cache
def _signs_of(kind: str) -> Memo[tuple[str, ...]]:
    """For each name of a fact the activities that it is a sign of, and that of its verb where it is a call."""
    signs, _, verbs, _ = _tables()

    def activities_of(name: str) -> tuple[str, ...]:
        by_verb = _of_call(name, verbs) if kind == "call" else ""
        found = tuple([match.detector.id for match in signs.by_name(kind)[name]])
        return (*found, by_verb) if by_verb else found

    return Memo(activities_of)


def _of_call(name: str, verbs: dict[str, str]) -> str:
    """The activity of a call whose name begins with its verb: `train_model`, and not `train_test_split`."""
    if name.startswith("?"):
        return "train" if name == "?.fit" else ""
    words = words_of(name.rpartition(".")[2])
    if not words or (len(words) > 1 and words[1] in _OBJECTS):
        return ""
    return verbs.get(words[0], "")


def _by_names(reading: Reading) -> Iterator[tuple[str, Node, Place]]:
    if reading.path.endswith(_CODE):
        stem = reading.path.rpartition("/")[2].rpartition(".")[0]
        yield from ((name, Node(reading.path), Place(reading.path)) for name in _named(stem))
    for fact in reading.of("field"):
        if fact.name == "step.name":
            node, place = Node(reading.path, fact.unit), Place(reading.path, fact.line)
            yield from ((name, node, place) for name in _named(fact.value) if name in _OF_STEPS)
    for unit in reading.units:
        if unit.kind in _LEXICAL and (named := _named(unit.name)):
            node, place = Node(reading.path, unit.id), Place(reading.path, unit.line)
            yield from ((name, node, place) for name in named)


def shown_by(fact: Fact) -> list[str]:
    """The activities that one fact shows by itself: `pytest` tests."""
    return [match.detector.id for match in _tables().signs(fact)]


@lru_cache(maxsize=1 << 16)
def _named(name: str) -> tuple[str, ...]:
    """The activities that a name speaks of, as whole words of it."""
    words = _tables().words
    return tuple(
        dict.fromkeys([activity for word in words_of(name) if word in words for activity in sorted(words[word])])
    )


@lru_cache(maxsize=1 << 16)
def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in lower case: `trainModel_v2` speaks of `train` and `model`."""
    return tuple(map(str.lower, _WORD.findall(name)))


class _Tables(NamedTuple):
    signs: Index
    words: dict[str, set[str]]
    verbs: dict[str, str]
    kinds: tuple[str, ...]  #: of all facts that are a sign of something


@cache
def _tables() -> _Tables:
    data = toml.read(FILE, ACTIVITIES)
    words: dict[str, set[str]] = defaultdict(set)
    verbs: dict[str, str] = {}
    detectors = []
    for name, table in data.items():
        toml.check(FILE, table, {*SIGNAL_KINDS, "words", "verbs"}, name)
        for word in table.get("words", ()):
            words[word].add(name)
        verbs |= dict.fromkeys(table.get("verbs", ()), name)
        signals = (
            Signal(name, kind, pattern)
            for kind, patterns in table.items()
            if kind not in ("words", "verbs")
            for pattern in patterns
        )
        detectors.append(Detector(name, name, "", tuple(signals)))
    kinds = dict.fromkeys(("call", *(signal.kind for each in detectors for signal in each.signals)))
    return _Tables(Index(detectors), dict(words), verbs, tuple(kinds))
