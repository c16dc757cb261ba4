"""Jupyter notebooks: the code of their cells, as Python and shell. Outputs are noticed and never read.

The format is nbformat 3 and 4 (https://nbformat.readthedocs.io); a line of a cell is found again in the file, so that
evidence names the line of the `.ipynb` itself.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from mlops_scan.errors import Unreadable
from mlops_scan.evidence import Fact, Item
from mlops_scan.facts import python, shell
from mlops_scan.facts.source import Source, reads

_SHELL_CELL = re.compile(r"%%(bash|sh|script)\b")
_OTHER_CELL = re.compile(r"%%(writefile|html|javascript|js|latex|markdown|svg|sql|bigquery|R|julia|perl|ruby|cython)\b")


class Cell(NamedTuple):
    """A code cell: its lines, and the line of the file on which each of them stands."""

    lines: list[str]
    places: list[int | None]


@reads("*.ipynb")
def notebook(source: Source) -> Iterator[Item]:
    """The facts of the code cells. A cell that does not parse gives its imports; a notebook of no JSON is a warning."""
    cells = _cells(source.text)
    if any(_was_run(cell) for cell in cells):
        yield Fact("output", "cells", 1)
    walk = python.Walk(())
    for cell in _placed(source.text, cells):
        yield from _cell(cell, walk)


def _cells(text: str) -> list[dict[str, Any]]:
    try:
        loaded = json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable("is not a valid notebook") from None
    if not isinstance(loaded, dict):
        raise Unreadable("is not a valid notebook")
    sheets = loaded.get("worksheets")
    holders = sheets if isinstance(sheets, list) else [loaded]
    lists = [holder.get("cells") for holder in holders if isinstance(holder, dict)]
    cells = [cell for each in lists if isinstance(each, list) for cell in each]
    return [cell for cell in cells if isinstance(cell, dict) and cell.get("cell_type") == "code"]


def _was_run(cell: dict[str, Any]) -> bool:
    return bool(cell.get("outputs")) and isinstance(cell.get("execution_count", cell.get("prompt_number")), int)


def _placed(text: str, cells: list[dict[str, Any]]) -> Iterator[Cell]:
    """The cells with the line of the file for each of their lines: they stand there one after the other."""
    position, line = 0, 1
    for cell in cells:
        raw = cell.get("source", cell.get("input", ""))
        written = raw if isinstance(raw, list) else [raw]
        lines: list[str] = []
        places: list[int | None] = []
        for part in (part for part in written if isinstance(part, str)):
            found = text.find(json.dumps(part, ensure_ascii=False), position)
            if found >= 0 and part.strip():
                line += text.count("\n", position, found)
                position = found
            for each in part.removesuffix("\n").split("\n"):
                lines.append(each)
                places.append(line)
        yield Cell(lines, places)


def _cell(cell: Cell, walk: python.Walk) -> Iterator[Item]:
    head = next((line.strip() for line in cell.lines if line.strip()), "")
    if _OTHER_CELL.match(head):
        return
    if _SHELL_CELL.match(head):
        yield from _shifted(shell.run("\n".join(cell.lines[1:]), 2), cell)
        return
    code = []
    for number, line in enumerate(cell.lines, 1):
        bare = line.lstrip()
        if bare.startswith(("!", "%sx ", "%system ")):
            yield from _shifted(shell.run(bare.lstrip("!").removeprefix("%sx ").removeprefix("%system "), number), cell)
        code.append(line[: len(line) - len(bare)] + "pass" if bare.startswith(("!", "%", "?")) else line)
    text = "\n".join(code)
    try:
        tree = python.parse(text)
    except Unreadable:
        yield from _shifted(python.imports_by_line(text), cell)
        return
    yield from walk.items(tree, lambda line: _place(cell, line))


def _shifted(facts: Iterator[Fact], cell: Cell) -> Iterator[Fact]:
    return (fact._replace(line=_place(cell, fact.line or 1)) for fact in facts)


def _place(cell: Cell, line: int) -> int | None:
    return cell.places[min(line, len(cell.places)) - 1] if cell.places else None
