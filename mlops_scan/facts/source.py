"""What a reader gets: one file as text, parsed at most once for all its readers, or as bytes; and how it is declared."""

import ast
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import NamedTuple, TypeVar

from mlops_scan.errors import Unreadable
from mlops_scan.evidence import Item
from mlops_scan.facts import literals, trees
from mlops_scan.facts.nodes import in_order
from mlops_scan.facts.spoken import verb_of

T = TypeVar("T")


class Source:
    """One file of the repository. `text` has `\\n` line ends and no byte order mark."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self.name = path.rpartition("/")[2]
        self._failures: dict[object, Unreadable] = {}

    @cached_property
    def documents(self) -> list[trees.Node]:
        """The YAML or JSON documents; each mapping, sequence and scalar knows its line. Raises `Unreadable`."""
        return self._once(trees.parse_yaml)

    @cached_property
    def toml(self) -> trees.Mapping:
        """The TOML document with lines. Raises `Unreadable`."""
        return self._once(trees.parse_toml)

    @cached_property
    def python(self) -> ast.Module:
        """The syntax tree of Python code, which no reader may change. Raises `Unreadable`."""
        return self._once(literals.parse)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """The nodes of the syntax tree in the order of the text, as `in_order` has them. Raises `Unreadable`."""
        return in_order(self.python)

    @cached_property
    def kinds(self) -> frozenset[type]:
        """The kinds of these nodes. Raises `Unreadable`."""
        return frozenset(map(type, self.nodes))

    @cached_property
    def calls(self) -> list[ast.Call]:
        """The calls of Python code in the order of the text. Raises `Unreadable`."""
        return [node for node in self.nodes if isinstance(node, ast.Call)]

    @cached_property
    def called(self) -> frozenset[str]:
        """What Python code calls, by the last parts of the names, and the names of the arguments. Raises `Unreadable`."""
        verbs = map(verb_of, self.calls)
        return frozenset((*verbs, *(each.arg for call in self.calls for each in call.keywords if each.arg)))

    @cached_property
    def lower(self) -> str:
        """The text in lower case."""
        return self.text.lower()

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their ends; line n stands at index n - 1."""
        return self.text.split("\n")

    def _once(self, parse: Callable[[str], T]) -> T:
        """A file that does not parse says so to each of its readers without being parsed again."""
        if parse in self._failures:
            raise self._failures[parse]
        try:
            return parse(self.text)
        except Unreadable as failure:
            self._failures[parse] = failure
            raise


class Reader(NamedTuple):
    """A family of files and the function that reads one of them. It is pure: the text and the path decide."""

    patterns: tuple[str, ...]
    read: Callable[[Source], Iterator[Item]]


def reads(*patterns: str) -> Callable[[Callable[[Source], Iterator[Item]]], Reader]:
    """Declare a reader: `@reads("Dockerfile*")` above a generator of facts and units.

    A module of `mlops_scan.facts` is found by being there, and so is each `Reader` in it: nothing lists them.
    Several readers may take the same file; each looks at the content and yields nothing if the file is not its own.
    """
    return lambda function: Reader(patterns, function)


class Blob(NamedTuple):
    """One file of the repository as bytes, for the readers of formats that are no text."""

    path: str
    content: bytes


class ByteReader(NamedTuple):
    """As `Reader`, for files that begin with certain bytes and are not larger than a limit. It is as pure."""

    patterns: tuple[str, ...]
    begins: bytes
    limit: int
    read: Callable[[Blob], Iterator[Item]]


def reads_bytes(*patterns: str, begins: bytes, limit: int) -> Callable[[Callable[[Blob], Iterator[Item]]], ByteReader]:
    """Declare a reader of bytes, as `reads` declares one of text. A file has at most one: it is not parsed twice."""
    return lambda function: ByteReader(patterns, begins, limit, function)
