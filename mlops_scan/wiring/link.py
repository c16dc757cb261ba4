"""The linker: the references of all files, resolved against the units of all files."""

from collections.abc import Iterable, Iterator, Sequence
from posixpath import dirname
from typing import NamedTuple

from mlops_scan.evidence import ASKED_FOR, Fact, Link, Loose, Node, Reading
from mlops_scan.wiring.commands import started_by
from mlops_scan.wiring.loose import loose_end
from mlops_scan.wiring.places import Places

#: Building blocks of CI systems that run a file of the repository, which they find by its name.
_ACTION_FILES = {"pre-commit/action": ".pre-commit-config.yaml", "pre-commit-ci/lite-action": ".pre-commit-config.yaml"}


class Wiring(NamedTuple):
    """The links of a repository, and the references that lead to nothing in it."""

    links: list[Link]
    loose: list[Loose]


def link(readings: Sequence[Reading]) -> Wiring:
    """Resolve every reference of the repository, in the order of its files."""
    places = Places(readings)
    built = _built_images(readings, places)
    links: list[Link] = []
    loose: list[Loose] = []
    for reading in readings:
        links += _inside(reading)
        for fact in reading.facts:
            if resolve := _RESOLVERS.get(fact.kind):
                here = Node(reading.path, fact.unit)
                targets = list(resolve(fact, reading, places))
                links += [Link(here, target, fact.kind, fact.line) for target in targets if target != here]
                if not targets and (end := loose_end(fact, reading, places)):
                    loose.append(end)
            elif fact.kind == "image":
                links += _to_image(fact, reading, built)
    return Wiring(list(dict.fromkeys(links)), loose)


def _inside(reading: Reading) -> Iterator[Link]:
    """Whoever starts a file starts its units, and a unit what is in it. A trigger speaks for its whole file."""
    file = Node(reading.path)
    for unit in reading.units:
        here = Node(reading.path, unit.id)
        if unit.parent:
            yield Link(Node(reading.path, unit.parent), here, "holds", unit.line)
        elif unit.kind not in ASKED_FOR:
            yield Link(file, here, "holds", unit.line)
        elif unit.kind == "trigger":
            yield Link(here, file, "holds", unit.line)


def _command(fact: Fact, reading: Reading, places: Places) -> Iterable[Node]:
    return started_by(fact.name.split(), fact.value, reading.path, places)


def _documented(fact: Fact, reading: Reading, places: Places) -> Iterable[Node]:
    return started_by(fact.name.split(), "", reading.path, places)


def _imported(fact: Fact, reading: Reading, places: Places) -> Iterable[Node]:
    path = places.module(fact.name, reading.path) if reading.path.endswith((".py", ".ipynb")) else None
    return [Node(path)] if path else []


def _file(fact: Fact, reading: Reading, places: Places) -> Iterable[Node]:
    """A path; a folder means the file in it that such a reference is about."""
    name = fact.name.split("@")[0]
    if path := places.file(name, "", reading.path):
        return [Node(path)]
    inside = (
        "kustomization.yaml",
        "kustomization.yml",
        "Dockerfile",
        "action.yml",
        "action.yaml",
        "main.tf",
        "Chart.yaml",
        "MLproject",
    )
    base = dirname(reading.path)
    for start in dict.fromkeys((f"{base}/{name}".strip("/"), name.removeprefix("./"))):
        for marker in inside:
            if path := places.named(f"{start}/{marker}".replace("//", "/")):
                return [Node(path)]
    return []


def _local(fact: Fact, reading: Reading, _places: Places) -> Iterable[Node]:
    if not fact.name.startswith("#"):
        return []
    wanted = fact.name[1:]
    return (
        [Node(reading.path, unit.id) for unit in reading.units if unit.id == wanted] if wanted else [Node(reading.path)]
    )


def _action(fact: Fact, _reading: Reading, places: Places) -> Iterable[Node]:
    path = places.named(_ACTION_FILES.get(fact.name, "")) if fact.name in _ACTION_FILES else None
    return [Node(path)] if path else []


_RESOLVERS = {
    "command": _command,
    "documented": _documented,
    "import": _imported,
    "includes": _file,
    "runs-file": _file,
    "builds": _file,
    "needs": _local,
    "starts": _local,
    "action": _action,
}


def _built_images(readings: Sequence[Reading], places: Places) -> dict[str, Node]:
    """Which file builds an image, by the last part of the image's name: registries and accounts differ by stage."""
    built: dict[str, Node] = {}
    for reading in readings:
        for fact in reading.facts:
            words = fact.name.split()
            if fact.kind == "builds" and fact.value:
                for node in _file(fact, reading, places):
                    built.setdefault(_image_key(fact.value), node)
            elif fact.kind == "command" and words[:2] in (["docker", "build"], ["podman", "build"]):
                tags = [words[index + 1] for index, word in enumerate(words[:-1]) if word in ("-t", "--tag")]
                for node in _command(fact, reading, places):
                    built |= {_image_key(tag): node for tag in tags if _image_key(tag) not in built}
    return built


def _to_image(fact: Fact, reading: Reading, built: dict[str, Node]) -> Iterator[Link]:
    node = built.get(_image_key(fact.name))
    if node and node.path != reading.path:
        yield Link(Node(reading.path, fact.unit), node, "image", fact.line)


def _image_key(name: str) -> str:
    return name.rpartition("/")[2].partition(":")[0].partition("@")[0].lower()
