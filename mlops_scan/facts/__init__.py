"""Formats are code: one module per family of files. Text in; facts and units out. No reader knows a tool or a stage."""

import pkgutil
import warnings
from collections.abc import Iterator
from functools import cache
from importlib import import_module

from mlops_scan.errors import Unreadable
from mlops_scan.evidence import Fact, Item, Place, Unit, Warning
from mlops_scan.facts.source import Reader, Source
from mlops_scan.repository.patterns import PathPatterns


@cache
def readers() -> PathPatterns[Reader]:
    """Every reader of every module in this folder, by the paths that it takes."""
    modules = [import_module(found.name) for found in pkgutil.walk_packages(__path__, f"{__name__}.")]
    found = [value for module in modules for value in vars(module).values() if isinstance(value, Reader)]
    return PathPatterns((pattern, reader) for reader in dict.fromkeys(found) for pattern in reader.patterns)


def claimed(path: str) -> bool:
    """Whether some reader wants the text of this path."""
    return any(readers()(path))


def read(source: Source) -> tuple[list[Fact], list[Unit], list[Warning]]:
    """All that the readers find in one file; a reader that fails costs a warning and never the scan."""
    items: list[Item] = []
    problems: dict[str, Warning] = {}
    for reader in dict.fromkeys(readers()(source.path)):
        try:
            items += _silently(reader, source)
        except Unreadable as failure:
            problems[failure.reason] = Warning(Place(source.path, failure.line), failure.reason)
        except Exception as failure:  # a reader's own fault must not cost the other files
            name = type(failure).__name__
            problems[name] = Warning(
                Place(source.path), f"could not be read: {name} in {reader.read.__module__}", lost=True
            )
    facts = list(dict.fromkeys(item for item in items if isinstance(item, Fact)))
    units = list(dict.fromkeys(item for item in items if isinstance(item, Unit)))
    return facts, units, list(problems.values())


def _silently(reader: Reader, source: Source) -> Iterator[Item]:
    """Parsing somebody's code makes Python warn about it on our standard error: not our user's business."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return iter(list(reader.read(source)))
