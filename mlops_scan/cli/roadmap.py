"""`mlops-scan roadmap`: the cheapest way to a stage, for this repository."""

from __future__ import annotations

from pathlib import Path

import click

from mlops_scan.cli import manual, options, output

_EXAMPLES = (
    ("mlops-scan roadmap", "to the next stage, for the current directory"),
    ("mlops-scan roadmap . --target 3 --format markdown -o ROADMAP.md", "with every snippet whole"),
    ("mlops-scan roadmap . --target 3 --format checklist", "to be pasted into an issue"),
    ("mlops-scan roadmap . --target 4 --model levels --months 6", "by the other model, over half a year"),
)


@manual.command(section="Scan", examples=_EXAMPLES)
@click.argument("path", type=click.Path(path_type=Path), default=".")
@manual.option("--target", type=click.IntRange(0), metavar="N", help="The stage to reach.  [default: the next one]")
@manual.option(
    "--months", type=click.IntRange(1, 60), default=3, show_default=True, metavar="N", help="Over how many months."
)
@manual.option("--model", help="Whose stages: stages, levels, or a TOML file of your own.  [default: stages]")
@manual.option(
    "--format",
    "format_",
    type=click.Choice(["text", "markdown", "json", "checklist"]),
    default="text",
    show_default=True,
    help="Text begins each snippet; Markdown and JSON hold the whole of it; a checklist fits into an issue.",
)
@manual.option(
    "-o", "--output", "file", type=click.Path(path_type=Path), metavar="FILE", help="Write the plan to FILE."
)
@manual.option("--project", group="Scope", default="", metavar="SUBDIR", help="Plan for one project of several.")
@options.with_setup
def command(
    path: Path, target: int | None, months: int, model: str | None, format_: str, file: Path | None, project: str, setup: options.Setup
) -> None:  # fmt: skip
    """Plan the cheapest way to a stage: what to do, in which file, in which order.

    Each action is laid over the repository in memory and judged again: what it moves is what the next scan will say.
    Nothing is written into the repository, and nothing of it is executed.
    """
    from mlops_scan import roadmap
    from mlops_scan.maturity import find

    chosen = find(model or setup.config(path).model)
    ground = setup.gather(path, chosen, project, show_progress=True)
    plan = roadmap.plan(ground, chosen.id, target, months)
    text = {
        "text": lambda: roadmap.as_text(plan, output.width()),
        "markdown": lambda: roadmap.as_markdown(plan),
        "json": lambda: roadmap.as_json(plan),
        "checklist": lambda: roadmap.as_checklist(plan),
    }[format_]()
    if file is not None:
        output.write(file, text)
    else:
        click.echo(text, nl=False)
