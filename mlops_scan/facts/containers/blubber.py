"""Blubber: image files of named variants, which BuildKit builds in the place of Dockerfiles.

The format: https://doc.wikimedia.org/releng/blubber/
"""

import re
from collections.abc import Iterator

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import fields, trees
from mlops_scan.facts.containers.images import image
from mlops_scan.facts.containers.processes import files_started, landed, text_started, words_started
from mlops_scan.facts.source import Source, reads

_VERSION = re.compile(r"v\d+")


@reads("*.yml", "*.yaml")
def blubber(source: Source) -> Iterator[Item]:
    """Base image, local copies and requirements; each variant that starts something is an image of its own."""
    if "variants:" not in source.text or not source.documents:
        return
    root = trees.as_mapping(source.documents[0])
    variants = trees.as_mapping(trees.at(root, "variants"))
    if not variants or not _VERSION.fullmatch(trees.as_text(trees.at(root, "version"))):
        return
    home = trees.as_text(trees.at(root, "lives", "in")) or "/srv/app"
    yield from _built(root, "", home)
    for name, variant in variants.items():
        unit = Unit("image", name, name.line)
        yield unit
        yield from _built(trees.as_mapping(variant), unit.id, home)


def _built(node: trees.Mapping, unit: str, home: str) -> Iterator[Fact]:
    """What the file says for all variants, or for one of them."""
    yield from image(trees.as_text(trees.at(node, "base")), node.line_of("base"), unit)
    for name, value in trees.as_mapping(trees.at(node, "runs", "environment")).items():
        yield fields.variable(name, trees.as_text(value), name.line, unit)
    for path in fields.texts(trees.at(node, "python", "requirements")):
        yield Fact("reads", path, path.line, unit=unit)
    copied = list(_copied(trees.at(node, "copies"), unit, home))
    yield from copied
    entrypoint = trees.at(node, "entrypoint")
    if isinstance(entrypoint, trees.Scalar):
        started = list(text_started(entrypoint, entrypoint.line, unit))
    else:
        started = list(words_started(list(fields.texts(entrypoint)), getattr(entrypoint, "line", None), unit))
    yield from started
    yield from files_started(started, home, [(fact.value, fact.name) for fact in copied])


def _copied(node: trees.Node | None, unit: str, home: str) -> Iterator[Fact]:
    for entry in trees.as_list(node):
        path = trees.as_text(trees.at(entry, "source"))
        if path and trees.as_text(trees.at(entry, "from")) == "local":
            target = trees.as_text(trees.at(entry, "destination")) or path
            yield Fact("copies", path, entry.line, landed(path, target, home), unit)
