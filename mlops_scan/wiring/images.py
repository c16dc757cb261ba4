"""Images: who builds the one that a manifest, a command or a piece of code names, and from which file."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from mlops_scan.evidence import Fact, Link, Node, Reading
from mlops_scan.facts.containers.images import named
from mlops_scan.wiring import contents
from mlops_scan.wiring.call import Found, Here, Known
from mlops_scan.wiring.commands import started_by
from mlops_scan.wiring.variables import filled

#: Programs that build an image, with the options that name it.
_BUILDERS = {
    "docker": ("-t", "--tag"), "podman": ("-t", "--tag"), "buildah": ("-t", "--tag"), "nerdctl": ("-t", "--tag"),
    "az": ("-t", "--image"), "gcloud": ("-t", "--tag"), "executor": ("--destination", "-d"), "depot": ("-t", "--tag"),
    "mlflow": ("-n", "--name"), "bentoml": ("-t", "--image-tag"), "s2i": ("--tag",), "cog": ("-t", "--tag"),
}  # fmt: skip
_BUILDS = {"build", "submit", "buildx", "bud", "build-docker", "containerize"}
_TAGGERS = ("docker", "podman", "nerdctl", "buildah")
#: Programs that are given the names of images, with the verbs behind which they stand; `=` for settings alone.
_USERS = {
    "docker": ("run", "create", "service", "container", "scan", "scout", "save", "image", "sbom"),
    "podman": ("run", "create", "container", "save", "image"), "nerdctl": ("run", "create"),
    "kubectl": ("set", "run", "create", "debug"), "oc": ("set", "run", "create", "new-app", "tag"),
    "helm": ("=",), "kustomize": ("edit",), "gcloud": (), "az": (), "aws": (), "fly": (), "flyctl": (), "heroku": (),
    "nomad": (),
}  # fmt: skip
_NAME = re.compile(r"[A-Za-z0-9$][\w.\-/:@${}]{1,300}")
_ARGUMENTS = (
    ".image", ".image_uri", ".base_image", ".docker_image", ".container_image", ".image_name", ".container_uri",
    ".training_image", ".serving_container_image_uri", ".custom_image",
)  # fmt: skip
#: Where an action writes the tags of an image whose name it was given.
_OF_ANOTHER_STEP = re.compile(r"\$\{\{\s*steps\.[\w-]{1,100}\.outputs\.")
_NAMED_FOR_STEPS = "metadata-action.with.images"
_MOST = 50
#: The kinds of facts that may say of what an image is built, those of the second sort only where no other does; and that may name one.
_BUILDING, _NAMING = (("builds", "command"), ("documented",)), ("image", "command", "argument")
_KINDS = frozenset(chain(*_BUILDING, _NAMING))


class Build(NamedTuple):
    """That somebody builds an image: its name and tag, the unit that does so, and the file that it is built from."""

    name: str
    tag: str
    by: Node
    line: int | None
    file: Node | None


class Built:
    """The images that are built, by the last part of their names: registries and accounts differ by stage."""

    def __init__(self) -> None:
        self._by_key: dict[str, list[Build]] = defaultdict(list)

    def add(self, reference: str, by: Node, line: int | None, file: Node | None) -> None:
        """Note that a unit builds an image; one whose last part a variable decides is nobody's."""
        name, tag = named(reference)
        if (key := _key(name)) and len(found := self._by_key[key]) < _MOST:
            found.append(Build(name, tag, by, line, file))

    def of(self, reference: str) -> list[Build]:
        """Who builds the image that is meant: of all with its last part those that agree in most others, then in the tag."""
        name, tag = named(reference)
        found = self._by_key.get(_key(name), ())
        close = [(_agreeing(each.name, name), each.tag == tag and "$" not in tag) for each in found]
        return [each for each, degree in zip(found, close, strict=True) if degree == max(close)]


def links(readings: Sequence[Reading], variables: Mapping[str, Mapping[str, str]], known: Known) -> Iterator[Link]:
    """From what names an image to the file that it is built from; and to what names it from who builds it.

    The first starts what is in the image, the second starts nothing.
    """
    telling = (reading for reading in readings if not _KINDS.isdisjoint(reading.by_kind))
    places = [Here(reading, known, (), variables.get(reading.path, {}), {}) for reading in telling]
    built = Built()
    for kinds in _BUILDING:
        for here in places:
            for fact in here.reading.of(*kinds):
                _note(fact, here, built)
    for here in places:
        for fact in here.reading.of(*_NAMING):
            for name in _named(fact, here):
                yield from _used(name, fact, here, built)


def _note(fact: Fact, here: Here, built: Built) -> None:
    """The images that a command or a building block of a pipeline builds, and the other names that it gives to some.

    What a document tells people to build by hand counts where nothing else builds an image of this name.
    """
    by = Node(here.reading.path, fact.unit)
    words = filled(fact.name, here.values).split() if fact.kind != "builds" else []
    if words[1:2] == ["tag"] and words[0] in _TAGGERS and len(words) == 4:
        for each in built.of(words[2]):
            built.add(words[3], by, fact.line, each.file)
    tags = tags_of(words) if words else _tags_given(fact, here)
    if fact.kind == "documented":
        tags = [tag for tag in tags if not built.of(tag)]
    files = [each for each in _files(fact, words, here) if isinstance(each, Node)] if tags else []
    for tag in tags:
        for file in (*files, *([] if files else [None])):
            built.add(tag, by, fact.line, file)


def _files(fact: Fact, words: list[str], here: Here) -> Iterable[Found]:
    """The files that an image is built from."""
    if words:
        return started_by(words, here.folders_of(fact), here.reading.path, here.known)
    return contents.named(fact, here)


def _tags_given(fact: Fact, here: Here) -> list[str]:
    """The tags of a building block; where another step makes them up, the names that this one was given."""
    tag = filled(fact.value, here.values)
    if not tag:
        return []
    if not _OF_ANOTHER_STEP.match(tag):
        return [tag]
    job = fact.unit.partition("/")[0]
    fields = (each for each in here.reading.of("field") if each.name.endswith(_NAMED_FOR_STEPS))
    texts = (filled(each.value, here.values) for each in fields if each.unit.partition("/")[0] == job)
    return [name for text in texts for name in re.split(r"[\s,]+", text) if name]


def _key(name: str) -> str:
    """The last part of an image's name without tag; empty where a variable decides it."""
    key = name.rpartition("/")[2].lower()
    return "" if "$" in key or "{" in key else key


def _agreeing(one: str, other: str) -> int:
    """How many parts of two names are the same, from their ends on."""
    count = 0
    for mine, theirs in zip(reversed(one.lower().split("/")), reversed(other.lower().split("/")), strict=False):
        if mine != theirs:
            break
        count += 1
    return count


def tags_of(words: Sequence[str]) -> list[str]:
    """The names that a command gives to the image that it builds."""
    options = _BUILDERS.get(words[0].rpartition("/")[2], ()) if words else ()
    if not options or not (_BUILDS & set(words[:4]) or words[0].endswith("executor")):
        return []
    found = [words[at + 1] for at, word in enumerate(words[:-1]) if word in options]
    return found + [word.partition("=")[2] for word in words if word.partition("=")[0] in options and "=" in word]


def _used(name: str, fact: Fact, here: Here, built: Built) -> Iterator[Link]:
    """The links of what names an image."""
    user = Node(here.reading.path, fact.unit)
    found = [each for each in built.of(name) if each.by.path != user.path or each.by.unit != user.unit]
    file = next((each.file for each in found if each.file), None)
    if file and file.path != user.path:
        yield Link(user, file, "image", fact.line)
    yield from (Link(each.by, user, "build", each.line) for each in found)


def _named(fact: Fact, here: Here) -> Iterable[str]:
    if fact.kind == "image":
        return [f"{filled(fact.name, here.values)}:{fact.value}".rstrip(":")]
    if fact.kind == "argument":
        return [filled(fact.value, here.values)] if fact.name.endswith(_ARGUMENTS) else []
    words = filled(fact.name, here.values).split()[:60]
    verbs = _USERS.get(words[0]) if words else None
    if verbs is None or {"build", "push", "pull", "tag"} & set(words[:3]):
        return []
    if verbs and verbs != ("=",) and words[1:2] and words[1] not in verbs:
        return []
    given = [word for word in words[2:] if verbs != ("=",) or "=" in word]
    parts = [word.rpartition("=")[2] if "=" in word else word for word in given]
    return [part for part in parts if _NAME.fullmatch(part) and not part.endswith((".yml", ".yaml", ".json"))]
