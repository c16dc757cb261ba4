"""What single settings say: off, unset, a container's process."""

from collections.abc import Iterator

from mlops_scan.evidence import Fact
from mlops_scan.facts.containers.images import program
from mlops_scan.facts.containers.processes import words_started
from mlops_scan.facts.fields import texts
from mlops_scan.facts.trees import Node, Scalar, as_text, at


def is_unset(node: object) -> bool:
    """Whether a value is missing, empty or null."""
    return not node or (isinstance(node, Scalar) and node.lower() in ("null", "~"))


def says(node: object, word: str) -> bool:
    """Whether a value is this word, in any case: `says(node, "false")`."""
    return isinstance(node, Scalar) and node.lower() == word


def process(container: Node | None, unit: str) -> Iterator[Fact]:
    """The commands of a container's `command` and `args`.

    Words that begin with an option have their program in the image, where nobody can see it.
    """
    words: list[str] = [*texts(at(container, "command")), *texts(at(container, "args"))]
    line = getattr(words[0], "line", None) if words else None
    if words and words[0].startswith("-") and (own := program(as_text(at(container, "image")))):
        words.insert(0, own)
    if words and not words[0].startswith("-"):
        yield from words_started(words, line, unit)
