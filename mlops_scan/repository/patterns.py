"""Path patterns, many of them at once: which of them does a path match?

`*` and `?` stay inside one segment, `**` crosses segments. A pattern without a slash matches a file name at any depth;
one with a slash matches the end of the path; a leading slash ties it to the root.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")
_SPECIAL = re.compile(r"(\*\*/|\*\*|\*|\?)")
_REGEX = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def regex(pattern: str) -> str:
    """The regular expression, for `fullmatch` on a whole path, that a path pattern stands for."""
    anchored = pattern.startswith("/")
    body = "".join(_REGEX.get(part, re.escape(part)) for part in _SPECIAL.split(pattern.lstrip("/")))
    return body if anchored else f"(?:.*/)?{body}"


def is_safe(pattern: str) -> bool:
    """Whether matching stays linear in practice: stars that compete for the same text cost exponential time."""
    return (
        len(pattern) <= 1000 and pattern.count("**") <= 2 and all(part.count("*") <= 3 for part in pattern.split("/"))
    )


class PathPatterns(Generic[T]):
    """An index from path patterns to values, filed by the literal end of each, so that a path meets few of them."""

    def __init__(self, entries: Iterable[tuple[str, T]]) -> None:
        self._filed: dict[str, list[tuple[re.Pattern[str], T]]] = defaultdict(list)
        for pattern, value in entries:
            self._filed[_key(pattern)].append((re.compile(regex(pattern)), value))

    def __call__(self, path: str) -> Iterator[T]:
        """The values of all patterns that `path` matches."""
        name = path.rpartition("/")[2]
        dots = [name[at:] for at, letter in enumerate(name) if letter == "."]
        for key in dict.fromkeys((name, *dots, "")):
            for compiled, value in self._filed.get(key, ()):
                if compiled.fullmatch(path):
                    yield value


def _key(pattern: str) -> str:
    """The literal by which a pattern is filed: the whole file name, else its ending from a dot on, else nothing."""
    name = pattern.rpartition("/")[2]
    if "*" not in name and "?" not in name:
        return name
    tail = re.split(r"[*?]", name)[-1]
    return tail if tail.startswith(".") else ""
