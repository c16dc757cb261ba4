"""Path patterns, many of them at once: which of them does a path match?

`*` and `?` stay inside one segment, `**` crosses segments. A pattern without a slash matches a file name at any depth;
one with a slash matches the end of the path; a leading slash ties it to the root.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Generic, TypeVar

T = TypeVar("T")
_WILD = re.compile(r"[*?]")
_ACROSS = re.compile(r"((?<![^/])\*\*/|\*\*+)")
_SEGMENTS, _ANYTHING = "(?:[^/]*/)*?", "(?s:.*?)"


def regex(pattern: str) -> str:
    """The regular expression, for `fullmatch` on a whole path, that a path pattern stands for.

    Matching takes time in proportion to the path, however many stars there are: what follows a star is taken where it
    comes first (an atomic group), which is right for all stars but the last, since a later place could match no more.
    """
    tied = pattern.removeprefix("/") if pattern.startswith("/") else f"**/{pattern}"
    first, *rest = _ACROSS.split(tied)
    if not rest:
        return _inside(first, is_last=True)
    *between, last = zip(rest[::2], rest[1::2], strict=True)
    middle = "".join(f"(?>{_across(stars)}{_inside(text, is_last=False)})" for stars, text in between)
    return _inside(first, is_last=False) + middle + _across(last[0]) + _inside(last[1], is_last=True)


def _across(stars: str) -> str:
    return _SEGMENTS if stars == "**/" else _ANYTHING


def _inside(text: str, is_last: bool) -> str:
    """The expression for a piece between two `**`, whose stars stay inside a segment."""
    letters = {"?": "[^/]"}
    first, *rest = ("".join(letters.get(each) or re.escape(each) for each in part) for part in text.split("*"))
    end = f"[^/]*{rest.pop()}" if rest and is_last else ""
    return first + "".join(f"(?>[^/]*?{part})" for part in rest) + end


def is_safe(pattern: str) -> bool:
    """Whether a pattern that anybody may have written is one that somebody could have meant."""
    few_stars = pattern.count("**") <= 2 and all(part.count("*") <= 3 for part in pattern.split("/"))
    return few_stars and len(pattern) <= 1000


def test_of(pattern: str) -> Callable[[str], object]:
    """Says of a path whether it matches, as `fullmatch` of the `regex` would; most patterns need no expression for it."""
    if not _WILD.search(pattern):
        if pattern.startswith("/"):
            return lambda path: f"/{path}" == pattern
        return lambda path: f"/{path}".endswith(f"/{pattern}")
    ending = pattern[1:]
    if pattern[0] == "*" and not _WILD.search(ending) and "/" not in ending:
        return lambda path: path.endswith(ending)
    literal = max((part.strip("/") for part in _WILD.split(pattern)), key=len)
    return lambda path: literal in path and _expression(pattern).fullmatch(path)


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    """The `regex`, made when a path first has the literal part of the pattern: most never do."""
    return re.compile(regex(pattern))


class PathPatterns(Generic[T]):
    """An index from path patterns to values, filed by the literal end of each, so that a path meets few of them."""

    def __init__(self, entries: Iterable[tuple[str, T]]) -> None:
        self._filed: dict[str, list[tuple[str, T]]] = defaultdict(list)
        self._tests: dict[str, list[tuple[Callable[[str], object] | None, T]]] = {}
        for pattern, value in entries:
            self._filed[_key(pattern)].append((pattern, value))

    def __call__(self, path: str) -> Iterator[T]:
        """The values of all patterns that `path` matches."""
        name = path.rpartition("/")[2]
        dots = [name[at:] for at, letter in enumerate(name) if letter == "."]
        for key in dict.fromkeys((name, *dots, "")):
            if key in self._filed:
                for matches, value in self._tests_at(key):
                    if matches is None or matches(path):
                        yield value

    def _tests_at(self, key: str) -> list[tuple[Callable[[str], object] | None, T]]:
        """What is filed there, made when it is first asked for: a tree meets few of the patterns."""
        if key not in self._tests:
            entries = self._filed[key]
            self._tests[key] = [
                (None if _says_all(key, pattern) else test_of(pattern), value) for pattern, value in entries
            ]
        return self._tests[key]


def _key(pattern: str) -> str:
    """The literal by which a pattern is filed: the whole file name, else its ending from a dot on, else nothing."""
    name = pattern.rpartition("/")[2]
    if "*" not in name and "?" not in name:
        return name
    tail = _WILD.split(name)[-1]
    return tail if tail.startswith(".") else ""


def _says_all(key: str, pattern: str) -> bool:
    """Whether a path matches a pattern if it has its key; one that begins with a dot may be an ending as well as a name."""
    return pattern == f"*{key}" or (pattern == key and key[:1] not in ("", "."))
