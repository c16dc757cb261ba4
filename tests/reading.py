"""A reader's facts and units of a small text, for the tests of readers."""

from collections.abc import Iterable
from textwrap import dedent

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts.source import Reader, Source


def read(reader: Reader, text: str, path: str = "pipeline.yaml") -> list[Item]:
    """All that the reader finds; the text may be indented and begin with an empty line."""
    return list(reader.read(Source(path, dedent(text).lstrip("\n"))))


def facts(items: Iterable[Item], kind: str, unit: str | None = None) -> list[Fact]:
    """The facts of a kind, of one unit if it is named."""
    return [each for each in items if isinstance(each, Fact) and each.kind == kind and unit in (None, each.unit)]


def names(items: Iterable[Item], kind: str, unit: str | None = None) -> list[str]:
    """The names of such facts."""
    return [each.name for each in facts(items, kind, unit)]


def pairs(items: Iterable[Item], kind: str, unit: str | None = None) -> list[tuple[str, str]]:
    """The names and values of such facts."""
    return [(each.name, each.value) for each in facts(items, kind, unit)]


def units(items: Iterable[Item]) -> list[str]:
    """The ids of the units."""
    return [each.id for each in items if isinstance(each, Unit)]
