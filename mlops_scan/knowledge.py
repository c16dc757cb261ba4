"""What mlops-scan knows, as tables: tools, practices, models, faults."""

import io
import json
from collections.abc import Callable, Iterable
from typing import NamedTuple

from rich.console import Console
from rich.table import Table as RichTable

from mlops_scan.clean import clean
from mlops_scan.detector import Detector
from mlops_scan.faults import rules
from mlops_scan.maturity import builtin
from mlops_scan.vocabulary import vocabulary


class Table(NamedTuple):
    """Column names, and rows of as many texts or lists of texts."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | list[str], ...], ...]


def tools(detectors: Iterable[Detector]) -> Table:
    """Every detector with the practices that it can show; names and addresses of a user's own may be anything."""
    return Table(
        ("id", "name", "shows", "url"),
        tuple((each.id, clean(each.name), list(each.practices), clean(each.url)) for each in detectors),
    )


def practices(detectors: Iterable[Detector]) -> Table:
    """Every practice with the tools that can show it."""
    known = tuple(detectors)
    rows = (
        (
            each.id,
            vocabulary().capabilities[each.capability],
            each.means,
            [tool.id for tool in known if each.id in tool.practices],
        )
        for each in vocabulary().practices.values()
    )
    return Table(("id", "capability", "means", "tools"), tuple(rows))


def models(_detectors: Iterable[Detector]) -> Table:
    """Every criterion of the built-in models with what it needs."""
    rows = (
        (
            model.id,
            str(stage.number),
            stage.name,
            each.id,
            each.question,
            [f"{' or '.join(need.practices)} at {need.strength}" for need in each.needs],
        )
        for model in builtin().values()
        for stage in model.stages
        for each in stage.criteria
    )
    return Table(("model", "stage", "name", "criterion", "question", "needs"), tuple(rows))


def faults(_detectors: Iterable[Detector]) -> Table:
    """Every rule that finds faults, by family, with what it sees. `costs`: 3 makes a proof hollow, 1 is untidy."""
    known = sorted(rules(), key=lambda each: (each.family, each.id))
    return Table(
        ("id", "family", "costs", "sees"),
        tuple((each.id, each.family, str(each.costs), each.page.partition("\n\n")[0]) for each in known),
    )


#: The commands that list what we know, by name.
TABLES: dict[str, Callable[[Iterable[Detector]], Table]] = {
    "tools": tools, "practices": practices, "models": models, "faults": faults
}  # fmt: skip


def as_json(table: Table) -> str:
    """The table as a list of objects."""
    return (
        json.dumps([dict(zip(table.columns, row, strict=True)) for row in table.rows], indent=1, ensure_ascii=False)
        + "\n"
    )


def as_text(table: Table, width: int) -> str:
    """The table for a terminal."""
    shown = RichTable(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in table.columns:
        shown.add_column(name, no_wrap=name in ("id", "model", "criterion"), overflow="fold")
    for row in table.rows:
        shown.add_row(*(", ".join(cell) if isinstance(cell, list) else cell for cell in row))
    console = Console(
        file=io.StringIO(), width=width, no_color=True, color_system=None, highlight=False, markup=False, _environ={}
    )
    console.print(shown)
    output: io.StringIO = console.file  # type: ignore[assignment]
    return "\n".join(line.rstrip() for line in output.getvalue().split("\n"))
