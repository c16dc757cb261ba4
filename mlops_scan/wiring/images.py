"""Images: which file builds the one that a manifest, a command or a piece of code names."""

import re
from collections.abc import Iterable, Iterator, Sequence

from mlops_scan.evidence import Fact, Link, Node, Reading

#: Programs that build an image, with the options that name it.
_BUILDERS = {
    "docker": ("-t", "--tag"), "podman": ("-t", "--tag"), "buildah": ("-t", "--tag"), "nerdctl": ("-t", "--tag"),
    "az": ("-t", "--image"), "gcloud": ("-t", "--tag"), "executor": ("--destination", "-d"), "depot": ("-t", "--tag"),
}  # fmt: skip
_USERS = {
    "docker",
    "podman",
    "kubectl",
    "oc",
    "helm",
    "gcloud",
    "az",
    "aws",
    "fly",
    "flyctl",
    "heroku",
    "nomad",
    "kustomize",
}
_NAME = re.compile(r"[A-Za-z0-9$][\w.\-/:@${}]{1,300}")
_ARGUMENT = re.compile(r"\.(?:image|image_uri|base_image|docker_image|container_image|image_name)$")


class Built(dict[str, Node]):
    """The files that build images, by the last part of the image's name: registries and accounts differ by stage."""

    def add(self, name: str, node: Node) -> None:
        """Note that a file builds an image, unless another one is known to."""
        if key := key_of(name):
            self.setdefault(key, node)


def key_of(name: str) -> str:
    """The last part of an image's name without tag; empty where a variable decides it."""
    key = name.rpartition("/")[2].partition(":")[0].partition("@")[0].lower()
    return "" if "$" in key or "{" in key else key


def tags_of(words: Sequence[str]) -> list[str]:
    """The names that a command gives to the image that it builds."""
    options = _BUILDERS.get(words[0].rpartition("/")[2], ()) if words else ()
    if not options or not ({"build", "submit", "buildx", "bud"} & set(words[:4]) or words[0].endswith("executor")):
        return []
    found = [words[at + 1] for at, word in enumerate(words[:-1]) if word in options]
    return found + [word.partition("=")[2] for word in words if word.partition("=")[0] in options and "=" in word]


def used(fact: Fact, filled: str, built: Built, reading: Reading) -> Iterator[Link]:
    """The links from what names an image to the file that builds it."""
    for name in _named(fact, filled):
        node = built.get(key_of(name))
        if node and node.path != reading.path:
            yield Link(Node(reading.path, fact.unit), node, "image", fact.line)


def _named(fact: Fact, filled: str) -> Iterable[str]:
    if fact.kind == "image":
        return [filled]
    if fact.kind == "argument":
        return [filled] if _ARGUMENT.search(fact.name) else []
    words = filled.split()[:60]
    if not words or words[0] not in _USERS or {"build", "push", "pull", "tag"} & set(words[:3]):
        return []
    parts = [word.rpartition("=")[2] if "=" in word else word for word in words[2:]]
    return [part for part in parts if _NAME.fullmatch(part) and not part.endswith((".yml", ".yaml", ".json"))]
