"""Formats are code: one module per family of files. Text in; facts and units out. No reader knows a tool or a stage."""

import pkgutil
import re
import warnings
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from itertools import islice

from mlops_scan.errors import Unreadable
from mlops_scan.evidence import Fact, Item, Place, Unit, Warning
from mlops_scan.facts.source import Reader, Source
from mlops_scan.repository.patterns import PathPatterns

_COMMENT = re.compile(r"(?:#|//|--|;|<!--|/\*)[ \t]*mlops-scan:[ \t]*ignore\b(.*)")
_ACCEPTED = re.compile(r"[ \t]+([a-z][a-z0-9-]{0,60})[ \t]*:[ \t]*(\S.*)")
_ENDING = re.compile(r"-->|\*/|(?:\\n)?\",?$")  # of comments, and of a line in a notebook
_LONGEST_REASON = 200
_MOST_SUPPRESSIONS = 200


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
            items.extend(_silently(reader, source))
        except Unreadable as failure:
            problems[failure.reason] = Warning(Place(source.path, failure.line), failure.reason)
            items.append(Fact("unparsable", failure.reason, failure.line))
        except Exception as failure:  # a reader's own fault must not cost the other files
            name = type(failure).__name__
            problems[name] = Warning(
                Place(source.path), f"could not be read: {name} in {reader.read.__module__}", lost=True
            )
    for found in islice(_suppressions(source), _MOST_SUPPRESSIONS):
        if isinstance(found, Fact):
            items.append(found)
        else:
            problems[f"line {found.place.line}"] = found
    facts = list(dict.fromkeys(item for item in items if isinstance(item, Fact)))
    units = list(dict.fromkeys(item for item in items if isinstance(item, Unit)))
    return facts, units, list(problems.values())


def _suppressions(source: Source) -> Iterator[Fact | Warning]:
    """Comments that accept a fault: `mlops-scan: ignore RULE: reason`. One without a reason accepts nothing."""
    if "mlops-scan:" not in source.text:
        return
    for number, line in enumerate(source.lines, 1):
        if "mlops-scan:" not in line or not (comment := _COMMENT.search(line)):
            continue
        text = _ENDING.sub("", comment[1]).strip()
        if accepted := _ACCEPTED.fullmatch(f" {text}"):
            yield Fact("suppressed", accepted[1], number, accepted[2][:_LONGEST_REASON])
        else:
            yield Warning(Place(source.path, number), "suppresses nothing: write `mlops-scan: ignore RULE: reason`")


def _silently(reader: Reader, source: Source) -> Iterator[Item]:
    """Parsing somebody's code makes Python warn about it on our standard error: not our user's business."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield from reader.read(source)  # what was found before a failure counts
