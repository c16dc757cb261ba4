"""What a reader gets: one file as text, parsed at most once for all its readers; and how a reader is declared."""

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import NamedTuple, TypeVar

from mlops_scan.errors import Unreadable
from mlops_scan.evidence import Item
from mlops_scan.facts import trees

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
