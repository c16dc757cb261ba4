"""Development containers: the image, its features and what is run once it stands.

The format: https://containers.dev/implementors/json_reference/
"""

import re
from collections.abc import Iterator

from mlops_scan.evidence import Fact, Item
from mlops_scan.facts import fields, shell, trees
from mlops_scan.facts.containers.images import image, named
from mlops_scan.facts.containers.processes import words_started
from mlops_scan.facts.source import Source, reads

#: A string, or a comment. What is never closed reaches to the end, as looking for ends again and again costs squares.
_STRING_OR_COMMENT = re.compile(r'"(?:[^"\\]++|\\.?)*+(?:"|\Z)|//[^\n]*|/\*(?:.*?\*/|.*\Z)', re.DOTALL)
_COMMANDS = (
    "initializeCommand", "onCreateCommand", "updateContentCommand", "postCreateCommand", "postStartCommand",
    "postAttachCommand",
)  # fmt: skip


@reads("devcontainer.json", ".devcontainer.json")
def devcontainer(source: Source) -> Iterator[Item]:
    """Image, build, features (as actions) and lifecycle commands. Raises `Unreadable` for what is no JSON."""
    documents = trees.parse_yaml(without_comments(source.text))
    root = trees.as_mapping(documents[0] if documents else None)
    if name := trees.as_text(trees.at(root, "image")):
        yield from image(name, root.line_of("image"))
    dockerfile = trees.at(root, "build", "dockerfile") or trees.at(root, "dockerFile")
    for path in fields.texts(dockerfile):
        yield Fact("builds", f"./{path}", path.line)
    for path in fields.texts(trees.at(root, "dockerComposeFile")):
        yield Fact("includes", f"./{path}", path.line)
    for feature in trees.as_mapping(trees.at(root, "features")):
        name, version = named(feature)
        yield Fact("action", name, feature.line, version)
    for key in ("containerEnv", "remoteEnv"):
        for name, value in trees.as_mapping(trees.at(root, key)).items():
            yield fields.variable(name, trees.as_text(value), name.line)
    for key in _COMMANDS:
        yield from _run(trees.at(root, key))


def without_comments(text: str) -> str:
    """JSON with comments as text for a YAML parser, which takes the commas too many; every line keeps its place."""

    def blank(found: re.Match[str]) -> str:
        return found[0] if found[0].startswith('"') else " " + "\n" * found[0].count("\n")

    return _STRING_OR_COMMENT.sub(blank, text)


def _run(node: trees.Node | None) -> Iterator[Fact]:
    """A lifecycle command: a text for the shell, words, or several of them by name."""
    for command in list(node.values()) if isinstance(node, trees.Mapping) else [node]:
        if isinstance(command, trees.Scalar):
            yield from shell.run(command, command.line, one_line=True)
        elif isinstance(command, trees.Sequence):
            yield from words_started(list(fields.texts(command)), command.line)
