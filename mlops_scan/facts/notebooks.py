"""Jupyter notebooks: the code of their cells, as Python and shell. Outputs are noticed and never read.

The format is nbformat 3 and 4 (https://nbformat.readthedocs.io); a line of a cell is found again in the file, so that
evidence names the line of the `.ipynb` itself.
"""

import ast
import json
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Generator, Iterator
from contextlib import suppress
from itertools import takewhile
from typing import Any, NamedTuple

from mlops_scan.errors import Unreadable
from mlops_scan.evidence import Fact, Item
from mlops_scan.facts import literals, python, shell
from mlops_scan.facts.nodes import in_order
from mlops_scan.facts.source import Source, reads

_SHELL_CELL = re.compile(r"%%(?:bash|sh|script|system|sx|!)(?!\w)")
_PYTHON_CELL = re.compile(r"%%(?:time|timeit|capture|prun|memit|mprun|python3?|debug|heat)\b")
_SHELL_LINE = re.compile(r"\s*+(?:[\w.,\[\]'\"][\w.,\[\]'\" ]*+=\s*+)?(?:!+|%(?:sx|system)\b)(.*)", re.DOTALL)
_MAGIC_LINE = re.compile(r"\s*+(?:(?:\w[\w., ]*+=\s*+)?[%!]|\?|[\w.]++\?{1,2}\s*+$)")
_FOLDER_LINE = re.compile(r"\s*%cd\s+(.*)")
_MOST_LINES = 50


class Cell(NamedTuple):
    """A code cell: its lines, and the line of the file on which each of them stands."""

    lines: list[str]
    places: list[int]


@reads("*.ipynb")
def notebook(source: Source) -> Iterator[Item]:
    """The facts of the code cells. A cell that does not parse gives its imports; a notebook of no JSON is a warning."""
    loaded = _loaded(source.text)
    cells = _cells(loaded)
    if any(_was_run(cell) for cell in cells):
        yield Fact("output", "cells", 1)
    walk = python.Walk(())
    folder = source.path.rpartition("/")[0]  # Jupyter starts a notebook where it lies
    for cell in _placed(source, cells):
        folder = yield from _cell(cell, walk, folder, _is_python(loaded))


def _loaded(text: str) -> dict[str, Any]:
    try:
        loaded = json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable("is not a valid notebook") from None
    if not isinstance(loaded, dict):
        raise Unreadable("is not a valid notebook")
    return loaded


def _cells(loaded: dict[str, Any]) -> list[dict[str, Any]]:
    sheets = loaded.get("worksheets")
    holders = sheets if isinstance(sheets, list) else [loaded]
    lists = [holder.get("cells") for holder in holders if isinstance(holder, dict)]
    cells = [cell for each in lists if isinstance(each, list) for cell in each]
    return [cell for cell in cells if isinstance(cell, dict) and cell.get("cell_type") == "code"]


def _is_python(loaded: dict[str, Any]) -> bool:
    """Whether the kernel speaks Python; a notebook that does not say so does."""
    metadata = loaded.get("metadata")
    for key, name in (("kernelspec", "language"), ("language_info", "name")):
        about = metadata.get(key) if isinstance(metadata, dict) else None
        language = about.get(name) if isinstance(about, dict) else None
        if isinstance(language, str) and language:
            return language.lower().endswith("python")  # ipython, too
    return True


def _was_run(cell: dict[str, Any]) -> bool:
    return bool(cell.get("outputs")) and isinstance(cell.get("execution_count", cell.get("prompt_number")), int)


def _placed(source: Source, cells: list[dict[str, Any]]) -> Iterator[Cell]:
    """The cells with the line of the file for each of their lines: they stand there one after the other."""
    places = defaultdict(list)
    for number, line in enumerate(source.lines, 1):
        places[line.strip().removeprefix('"source": ').removeprefix('"input": ').rstrip(",")].append(number)
    last = 1
    for cell in cells:
        raw = cell.get("source", cell.get("input", ""))
        found = Cell([], [])
        for part in raw if isinstance(raw, list) else [raw]:
            if isinstance(part, str):
                last = _next_place(places, part, last)
                lines = part.removesuffix("\n").split("\n")
                found.lines.extend(lines)
                found.places.extend([last] * len(lines))
        yield found


def _next_place(places: dict[str, list[int]], part: str, last: int) -> int:
    """The next line of the file, from `last` on, that holds a part of a source as JSON writes it; else `last`."""
    if not part.strip():
        return last
    for is_ascii in (False, True):
        for end in ("", "]"):
            numbers = places.get(json.dumps(part, ensure_ascii=is_ascii) + end, [])
            index = bisect_left(numbers, last)
            if index < len(numbers):
                return numbers[index]
    return last


def _cell(cell: Cell, walk: python.Walk, folder: str, is_python: bool) -> Generator[Item, None, str]:
    """The facts of a cell; returns the folder in which the next one starts."""
    begin, head = next(((number, line.strip()) for number, line in enumerate(cell.lines, 1) if line.strip()), (0, ""))
    if _SHELL_CELL.match(head):
        yield from _shifted(shell.run("\n".join(cell.lines[begin:]), begin + 1, folder=folder), cell)
        return folder
    if not is_python or (head.startswith("%%") and not _PYTHON_CELL.match(head)):
        return folder
    for number, line in enumerate(cell.lines, 1):
        if command := _command(cell.lines, number):
            yield from _shifted(shell.run(command, number, folder=folder), cell)
        elif found := _FOLDER_LINE.match(line):
            folder = shell.moved(folder, found[1].strip().strip("\"'"))
    try:
        tree = _parsed(cell.lines)
    except Unreadable:
        yield from _shifted(python.imports_by_line("\n".join(cell.lines)), cell)
        return folder
    walk.names.define(tree.body)
    yield from walk.items(in_order(tree), lambda line: _place(cell, line))
    return folder


def _command(lines: list[str], number: int) -> str:
    """The shell text that begins on a line, with the lines that continue it; none for any other line."""
    found = _SHELL_LINE.match(lines[number - 1])
    if not found:
        return ""
    goes_on = takewhile(lambda line: line.endswith("\\"), lines[number - 1 : number + _MOST_LINES])
    return "\n".join([found[1], *lines[number : number + len(list(goes_on))]])


def _parsed(lines: list[str]) -> ast.Module:
    """The syntax tree of a cell: as it is, else with its magics blanked out. Raises `Unreadable`."""
    magic = [line for line in lines if _MAGIC_LINE.match(line)]
    if not magic:
        return literals.parse("\n".join(lines))
    with suppress(Unreadable):  # `% x` may be the second line of an expression
        return literals.parse("\n".join(lines))
    code, goes_on = [], False
    for line in lines:
        is_magic = goes_on or _MAGIC_LINE.match(line)
        code.append(line[: len(line) - len(line.lstrip())] + "pass" if is_magic else line)
        goes_on = bool(is_magic) and line.endswith("\\")
    return literals.parse("\n".join(code))


def _shifted(facts: Iterator[Fact], cell: Cell) -> Iterator[Fact]:
    return (fact._replace(line=_place(cell, fact.line or 1)) for fact in facts)


def _place(cell: Cell, line: int) -> int | None:
    return cell.places[min(line, len(cell.places)) - 1] if cell.places else None
