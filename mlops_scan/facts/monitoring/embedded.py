"""Configurations that stand inside other documents: as a text in a ConfigMap, or as a part of a Helm chart's values."""

from collections.abc import Iterator

from mlops_scan.errors import Unreadable
from mlops_scan.facts import fields, trees
from mlops_scan.facts.source import Source

_ENDINGS = (".yml", ".yaml", ".json", ".rules", ".rule")
_MOST = 50


def mappings(source: Source) -> Iterator[trees.Mapping]:
    """Every mapping of a file, and of the YAML or JSON texts in its ConfigMaps, with the lines of the file."""
    for document in source.documents:
        yield from fields.mappings(document)
        for text in _texts(document):
            for inner in _parsed(text):
                yield from fields.mappings(inner)


def _texts(document: trees.Node) -> list[trees.Scalar]:
    data = trees.as_mapping(trees.at(document, "data"))
    found = [value for key, value in data.items() if key.endswith(_ENDINGS)]
    collector = trees.at(document, "spec", "config")  # of an OpenTelemetryCollector
    return [text for text in [*found, collector] if isinstance(text, trees.Scalar) and "\n" in text][:_MOST]


def _parsed(text: trees.Scalar) -> list[trees.Node]:
    """The documents of a text that begins in the line of its scalar; one that cannot be read is not a broken file."""
    try:
        return trees.parse_yaml("\n" * (text.line - 1) + text)
    except Unreadable:
        return []
