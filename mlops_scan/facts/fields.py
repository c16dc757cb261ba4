"""What a parsed manifest says, bounded: its settings as `field` facts without secrets, its mappings, its addresses."""

import re
from collections.abc import Iterator, Set

from mlops_scan.evidence import Fact
from mlops_scan.facts import shell, trees

MOST_FIELDS = 200
_LONGEST = 120
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]{0,30}:/[^\s,;]{1,300}")
_USER = re.compile(r"(?<=://)[^/@\s]+@")
_KEY_IN_PATH = re.compile(r"(?<=/)(?:(?=[a-zA-Z]*\d)[A-Za-z0-9]{20,}|[\w-]{40,})(?![\w-])")


def fields(node: object, kind: str, unit: str = "", skipped: Set[str] = frozenset()) -> Iterator[Fact]:
    """The scalars below a node as `field` facts named `kind.path`, at most 200.

    Keys in `skipped` are left out at any depth.
    """
    count = 0
    for path, scalar in trees.leaves(node) if isinstance(node, trees.Node) else ():
        if not scalar or not skipped.isdisjoint(path.split(".")):
            continue
        count += 1
        if count > MOST_FIELDS:
            return
        yield field(kind, path, scalar, unit)


def field(kind: str, path: str, scalar: str, unit: str = "", line: int | None = None) -> Fact:
    """One setting of a kind of thing: the first line of the value, and nothing of it where the path sounds secret.

    `line` is needed where the value does not know its own. That a `KeyVault` is meant makes no secret of its settings.
    """
    first = scalar.strip().partition("\n")[0]
    shown = variable(".".join(path.split(".")[-2:]), first, None).value[:_LONGEST]
    return Fact("field", f"{kind}.{path}" if path else kind, getattr(scalar, "line", line), shown, unit)


def variable(name: str, value: str, line: int | None, unit: str = "") -> Fact:
    """The fact that an environment variable is set; without secrets, those within addresses too."""
    return shell.variable(name, without_credentials(value), line, unit)


def without_credentials(text: str) -> str:
    """The text with what an address can carry left out: `user:password@`, queries, long keys as path segments."""
    if "://" not in text:
        return text
    return _KEY_IN_PATH.sub("***", _USER.sub("", text).partition("?")[0])


def addresses(node: object, unit: str = "") -> Iterator[Fact]:
    """Each scalar below a node that is an address (`s3://bucket/x`, `models:/name/1`) as a `uri` fact."""
    for _, scalar in trees.leaves(node) if isinstance(node, trees.Node) else ():
        if _ADDRESS.fullmatch(scalar):
            yield Fact("uri", without_credentials(scalar), scalar.line, unit=unit)


def texts(node: object) -> Iterator[trees.Scalar]:
    """The scalars of a list, or the one that stands in its place; empty ones are left out."""
    for item in trees.as_list(node):
        if isinstance(item, trees.Scalar) and item:
            yield item


def mappings(node: object) -> Iterator[trees.Mapping]:
    """Every mapping in a node, in the order of the text."""
    waiting = [node]
    for _ in range(trees.MOST_NODES):
        if not waiting:
            return
        node = waiting.pop()
        if isinstance(node, trees.Mapping):
            yield node
            waiting += reversed(node.values())
        elif isinstance(node, trees.Sequence):
            waiting += reversed(node)
