"""Containers in Kubernetes objects, wherever a kind keeps them: images, commands and environment variables."""

from collections.abc import Iterator

from mlops_scan.evidence import Fact
from mlops_scan.facts import fields, shell, trees
from mlops_scan.facts.containers.images import image
from mlops_scan.facts.containers.processes import is_shell, words_started


def containers(node: object, unit: str, commands: bool = True) -> Iterator[Fact]:
    """Facts of every mapping below a node that looks like a container: it has an image, a command or variables."""
    for found in fields.mappings(node):
        yield from _image(found, unit)
        yield from _environment(found, unit)
        if commands:
            yield from _process(found, unit)


def _image(found: trees.Mapping, unit: str) -> Iterator[Fact]:
    """`image: name:tag`, or `image` with repository and tag as custom resources and charts write it."""
    node = trees.at(found, "image")
    if isinstance(node, trees.Scalar):
        yield from image(node, node.line, unit)
    elif repository := trees.as_text(trees.at(node, "repository")):
        registry, tag = trees.as_text(trees.at(node, "registry")), trees.as_text(trees.at(node, "tag"))
        digest = trees.as_text(trees.at(node, "digest"))
        reference = "/".join(part for part in (registry, repository) if part)
        suffix = f"@{digest}" if digest else f":{tag}" if tag else ""
        yield from image(reference + suffix, trees.as_mapping(node).line_of("repository"), unit)


def _environment(found: trees.Mapping, unit: str) -> Iterator[Fact]:
    """`env` as a list of names and values; a value from elsewhere (`valueFrom`) is none."""
    for entry in trees.as_list(trees.at(found, "env")):
        name = trees.at(entry, "name")
        if isinstance(name, trees.Scalar):
            yield fields.variable(name, trees.as_text(trees.at(entry, "value")), name.line, unit)


def _process(found: trees.Mapping, unit: str) -> Iterator[Fact]:
    """`command` with `args` behind it; `script` and `source` are texts that the command reads.

    `args` that begin with an option belong to a program that only the image knows.
    """
    words = [*fields.texts(trees.at(found, "command")), *fields.texts(trees.at(found, "args"))]
    listed = isinstance(trees.at(found, "command"), trees.Sequence) or "image" in found
    if words and listed and not words[0].startswith("-"):
        yield from words_started(words, words[0].line, unit)
    script = trees.at(found, "script") or trees.at(found, "source")
    shebang = trees.as_text(script).partition("\n")[0]
    read_by_shell = is_shell(words[0]) if words else not shebang.startswith("#!") or shebang.endswith("sh")
    if isinstance(script, trees.Scalar) and "image" in found and read_by_shell:
        yield from shell.run(script, script.line, unit)
