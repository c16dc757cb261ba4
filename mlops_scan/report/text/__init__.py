"""The report for a person at a terminal: one screen that answers, and everything behind it with `verbose`."""

import io
from collections.abc import Iterable

from rich.console import Console, Group, RenderableType

from mlops_scan.assess import Assessment
from mlops_scan.report import Look
from mlops_scan.report.text import brief, full

SCREEN = 40


def render(assessment: Assessment, look: Look) -> str:
    """The report as text, with colour where the look wants it."""
    if look.verbose:
        return _printed(full.parts(assessment, look), look)
    tries = (_printed(brief.parts(assessment, look, room), look) for room in brief.ROOMS)
    last = ""
    for last in tries:
        if last.count("\n") < SCREEN:
            break
    return last


def _printed(parts: Iterable[RenderableType], look: Look) -> str:
    console = Console(
        file=io.StringIO(), width=look.width, force_terminal=look.color, no_color=not look.color, color_system="standard" if look.color else None,
        highlight=False, markup=False, emoji=False, legacy_windows=False, _environ={},
    )  # fmt: skip
    console.print(Group(*parts))
    output: io.StringIO = console.file  # type: ignore[assignment]
    return "\n".join(line.rstrip() for line in output.getvalue().split("\n"))
