"""On which lines the tables and keys of a TOML text stand: the parser does not say (https://toml.io/en/v1.0.0)."""

import re
from collections.abc import Iterator

NAME = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')"""
_NAME = re.compile(NAME)
_KEY = re.compile(rf"\s*+(\[?\[?)\s*+({NAME}(?:\s*+\.\s*+{NAME})*+)\s*+[\]=]")
_LONGEST = 200
_TOKEN = re.compile(r"""\"{3}|'{3}|"(?:[^"\\]|\\.)*+"|'[^']*'|#|[\[\]{}]""")


def starts(lines: list[str]) -> dict[str, int]:
    """Where each table and key stands, by dotted path; `[n]` behind a name is the n-th table of an array."""
    known: dict[str, int] = {}
    around: dict[str, int] = {}  # tables that only the names of those in them make: `[a.b]` makes `a`
    counts: dict[str, int] = {}
    table, depth, quote = "", 0, ""
    for number, line in enumerate(lines, 1):
        if not depth and not quote and (found := _KEY.match(line)):
            parts = [part.strip("\"'") for part in _NAME.findall(found[2])]
            if found[1]:
                *outer, table = _tables(parts, found[1] == "[[", counts)
                for path in outer:
                    around.setdefault(path, number)
                known.setdefault(table.removesuffix("[0]"), number)
                known.setdefault(table, number)
                continue
            known.setdefault(".".join([table, *parts] if table else parts), number)
        depth, quote = _still_open(line, depth, quote)
    return around | known


def _tables(parts: list[str], is_array: bool, counts: dict[str, int]) -> Iterator[str]:
    """The paths of a table header and, before, of those around it, in the current ones of the arrays that they name.

    Of an array it is the next one. Those around it are named as far as anybody names tables.
    """
    path = ""
    for index, part in enumerate(parts, 1):
        path = f"{path}.{part}" if path else part
        if is_array and index == len(parts):
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = f"{path}[{counts[path]}]"
        if index < len(parts) and len(path) <= _LONGEST:
            yield path
    yield path


def _still_open(line: str, depth: int, quote: str) -> tuple[int, str]:
    """How many brackets, and which quotes of a text of several lines, are open behind a line."""
    at = 0
    while True:
        if quote:
            end = line.find(quote, at)
            if end < 0:
                break
            at, quote = end + len(quote), ""
        found = _TOKEN.search(line, at)
        if not found or found[0] == "#":
            break
        at = found.end()
        if found[0] in ('"""', "'''"):
            quote = found[0]
        else:
            depth += (found[0] in "[{") - (found[0] in "]}")
    return max(depth, 0), quote
