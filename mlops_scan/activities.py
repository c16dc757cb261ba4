"""What a unit does in the life of a model: prepare data, train, evaluate, deploy, monitor, test. Data: activities.toml."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from mlops_scan import toml
from mlops_scan.detector import Detector, Signal
from mlops_scan.evidence import SIGNAL_KINDS, Node, Place, Reading
from mlops_scan.matching import Index

FILE = Path(__file__).parent / "activities.toml"
NAMES = ("prepare", "train", "evaluate", "deploy", "monitor", "test")
_CODE = (".py", ".ipynb", ".sh", ".R", ".r", ".Rmd", ".qmd", ".sql", ".scala", ".jl")
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_LEXICAL = ("job", "target", "task", "function", "step", "trigger")


def activities(readings: Sequence[Reading]) -> dict[str, dict[Node, Place]]:
    """For each activity the nodes that do it, each with the place that says so. Only product files count."""
    index, words = _tables()
    found: dict[str, dict[Node, Place]] = {name: {} for name in NAMES}
    for reading in readings:
        if reading.role == "product":
            for name, node, place in _of(reading, index, words):
                found[name].setdefault(node, place)
    return found


def _of(reading: Reading, index: Index, words: dict[str, set[str]]) -> Iterator[tuple[str, Node, Place]]:
    file = Node(reading.path)
    if reading.path.endswith(_CODE):
        stem = reading.path.rpartition("/")[2].rpartition(".")[0]
        yield from ((name, file, Place(reading.path)) for name in _named(stem, words))
    for unit in reading.units:
        if unit.kind in _LEXICAL:
            yield from (
                (name, Node(reading.path, unit.id), Place(reading.path, unit.line)) for name in _named(unit.name, words)
            )
    for fact in reading.facts:
        node, place = Node(reading.path, fact.unit), Place(reading.path, fact.line)
        yield from ((match.detector.id, node, place) for match in index(fact))
        if fact.kind == "call" and not fact.name.startswith("?"):
            yield from (
                (name, node, place)
                for name in _named(fact.name.rpartition(".")[2], words)
                if name in ("train", "evaluate")
            )
        elif fact.kind == "call" and fact.name == "?.fit":
            yield "train", node, place


def _named(name: str, words: dict[str, set[str]]) -> list[str]:
    """The activities that a name speaks of, as whole words of it."""
    return list(dict.fromkeys(activity for word in words_of(name) for activity in words.get(word, ())))


def words_of(name: str) -> list[str]:
    """The words of a name in lower case: `trainModel_v2` speaks of `train` and `model`."""
    return [word.lower() for word in _WORD.findall(name)]


@cache
def _tables() -> tuple[Index, dict[str, set[str]]]:
    data = toml.read(FILE, NAMES)
    words: dict[str, set[str]] = defaultdict(set)
    detectors = []
    for name, table in data.items():
        toml.check(FILE, table, {*SIGNAL_KINDS, "words"}, name)
        for word in table.get("words", ()):
            words[word].add(name)
        signals = (
            Signal(name, kind, pattern) for kind, patterns in table.items() if kind != "words" for pattern in patterns
        )
        detectors.append(Detector(name, name, "", tuple(signals)))
    return Index(detectors), dict(words)
