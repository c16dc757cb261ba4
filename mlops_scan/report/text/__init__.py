"""The report for a person at a terminal: one screen that answers, and everything behind it with `verbose`."""

import io

from rich.console import Console, Group

from mlops_scan.assess import Assessment
from mlops_scan.report import Look
from mlops_scan.report.text import brief, full


def render(assessment: Assessment, look: Look) -> str:
    """The report as text, with colour where the look wants it."""
    console = Console(
        file=io.StringIO(), width=look.width, force_terminal=look.color, no_color=not look.color, color_system="standard" if look.color else None,
        highlight=False, markup=False, emoji=False, legacy_windows=False, _environ={},
    )  # fmt: skip
    console.print(Group(*(full.parts if look.verbose else brief.parts)(assessment, look)))
    output: io.StringIO = console.file  # type: ignore[assignment]
    return "\n".join(line.rstrip() for line in output.getvalue().split("\n"))
