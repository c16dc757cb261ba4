"""Formats are code: one module per family of files. Text in; facts and units out. No reader knows a tool or a stage."""

import pkgutil
import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from itertools import islice
from typing import TypeVar

from mlops_scan.errors import TooLarge, Unreadable
from mlops_scan.evidence import Fact, Item, Place, Unit, Warning
from mlops_scan.facts.source import Blob, ByteReader, Reader, Source
from mlops_scan.facts.telling import is_telling
from mlops_scan.repository.patterns import PathPatterns

T = TypeVar("T")
S = TypeVar("S", Source, Blob)
_COMMENT = re.compile(r"(?:#|//|--|;|<!--|/\*)[ \t]*mlops-scan:[ \t]*ignore\b(.*)")
_ACCEPTED = re.compile(r"[ \t]+([a-z][a-z0-9-]{0,60})[ \t]*:[ \t]*(\S.*)")
_ENDING = re.compile(r"-->|\*/|(?:\\n)?\",?$")  # of comments, and of a line in a notebook
_LONGEST_REASON = 200
_LONGEST_COMMAND, _LONGEST_TEXT = 10_000, 1_000
_MOST_ITEMS = 500_000
_MOST_SUPPRESSIONS = 200


@cache
def readers() -> PathPatterns[Reader]:
    """Every reader of every module in this folder, by the paths that it takes."""
    return PathPatterns((pattern, reader) for reader in _declared(Reader) for pattern in reader.patterns)


@cache
def byte_readers() -> PathPatterns[ByteReader]:
    """Every reader of bytes, in the same way."""
    return PathPatterns((pattern, reader) for reader in _declared(ByteReader) for pattern in reader.patterns)


def _declared(kind: type[T]) -> list[T]:
    modules = [import_module(found.name) for found in pkgutil.walk_packages(__path__, f"{__name__}.")]
    return list(dict.fromkeys(value for each in modules for value in vars(each).values() if isinstance(value, kind)))


def claimed(path: str) -> bool:
    """Whether some reader wants the text of this path."""
    return any(True for _ in readers()(path))


def of_bytes(path: str) -> ByteReader | None:
    """The reader that wants the bytes of this path, if there is one."""
    return next(byte_readers()(path), None)


def names_of_readers(path: str) -> list[str]:
    """Which modules want this path, for people who ask where the time goes."""
    functions = (*(each.read for each in byte_readers()(path)), *(each.read for each in readers()(path)))
    return sorted({each.__module__.removeprefix(f"{__name__}.") for each in functions})


def read(source: Source) -> tuple[list[Fact], list[Unit], list[Warning]]:
    """All that the readers find in one file; a reader that fails costs a warning and never the scan."""
    items: list[Item] = []
    problems: dict[str, Warning] = {}
    for reader in dict.fromkeys(readers()(source.path)):
        _take(reader.read, source, items, problems)
    items.extend(islice(_suppressions(source), _MOST_SUPPRESSIONS))
    return _sorted(items, problems)


def read_bytes(reader: ByteReader, blob: Blob) -> tuple[list[Fact], list[Unit], list[Warning]]:
    """As `read`, for a file that is no text."""
    items: list[Item] = []
    problems: dict[str, Warning] = {}
    _take(reader.read, blob, items, problems)
    return _sorted(items, problems)


def _take(read: Callable[[S], Iterator[Item]], source: S, items: list[Item], problems: dict[str, Warning]) -> None:
    """Add what a reader finds to the items, and its failure to the problems; what was found before it counts."""
    try:
        items.extend(islice(read(source), _MOST_ITEMS - len(items)))
        if len(items) >= _MOST_ITEMS:
            problems["many"] = Warning(
                Place(source.path), f"has more than {_MOST_ITEMS:,} facts; the rest was not read", lost=True
            )
    except TooLarge as failure:
        problems[failure.reason] = Warning(Place(source.path, failure.line), failure.reason, is_telling(source.path))
    except Unreadable as failure:
        problems[failure.reason] = Warning(Place(source.path, failure.line), failure.reason)
        items.append(Fact("unparsable", failure.reason, failure.line))
    except Exception as failure:  # a reader's own fault must not cost the other files
        name = type(failure).__name__
        problems[name] = Warning(Place(source.path), f"could not be read: {name} in {read.__module__}", lost=True)


def _sorted(items: list[Item], problems: dict[str, Warning]) -> tuple[list[Fact], list[Unit], list[Warning]]:
    facts = dict.fromkeys([_fact(item) for item in items if isinstance(item, Fact)])
    units = dict.fromkeys([_unit(item) for item in items if isinstance(item, Unit)])
    return list(facts), list(units), list(problems.values())


def _fact(fact: Fact) -> Fact:
    """The fact, with texts no longer than anybody writes: what is made of them later takes time by their length."""
    longest = _LONGEST_COMMAND if fact.kind in ("command", "documented") else _LONGEST_TEXT
    if len(fact.name) <= longest and len(fact.value) <= _LONGEST_TEXT and len(fact.unit) <= _LONGEST_TEXT:
        return fact
    return fact._replace(name=fact.name[:longest], value=fact.value[:_LONGEST_TEXT], unit=fact.unit[:_LONGEST_TEXT])


def _unit(unit: Unit) -> Unit:
    """The unit, with an id as long as the facts in it say."""
    if len(unit.id) <= _LONGEST_TEXT:
        return unit
    parent = unit.parent[: _LONGEST_TEXT // 2]
    room = _LONGEST_TEXT - len(unit._replace(name="", parent=parent).id)
    return unit._replace(name=unit.name[:room], parent=parent)


def _suppressions(source: Source) -> Iterator[Fact]:
    """Comments that accept a fault: `mlops-scan: ignore RULE: reason`. One without a reason accepts no rule."""
    if "mlops-scan:" not in source.text:
        return
    for number, line in enumerate(source.lines, 1):
        if "mlops-scan:" not in line or not (comment := _COMMENT.search(line)):
            continue
        text = _ENDING.sub("", comment[1]).strip()
        accepted = _ACCEPTED.fullmatch(f" {text}")
        yield Fact(
            "suppressed", accepted[1] if accepted else "", number, accepted[2][:_LONGEST_REASON] if accepted else ""
        )
