"""`mlops-scan diff`: two JSON reports side by side."""

from pathlib import Path

import click

from mlops_scan.cli import manual

_EXAMPLES = (
    ("mlops-scan . --format json=new.json", "make a report to compare"),
    ("mlops-scan diff old.json new.json", "what is different"),
    ("mlops-scan diff old.json new.json --fail-on-regression", "and exit with 1 where something got worse"),
)


@manual.command(section="Scan", examples=_EXAMPLES, exits=manual.COMPARISON)
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@manual.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Lines to read, or data.",
)
@manual.option("--fail-on-regression", is_flag=True, help="Exit with 1 where a stage, a criterion or a wire got worse.")
@click.pass_context
def command(ctx: click.Context, old: Path, new: Path, format_: str, fail_on_regression: bool) -> None:
    """Say what was gained, lost and broken between two reports.

    OLD and NEW are JSON reports (--format json) of the same repository.

    Where the detectors or the models changed in between, that is said first, and nothing counts as a regression: a new
    ruler is no change of the repository.
    """
    from mlops_scan import changes
    from mlops_scan.clean import as_json
    from mlops_scan.report.json import changes_as_data
    from mlops_scan.report.parts import gate

    found = changes.compare(changes.load(old), changes.load(new))
    if format_ == "json":
        click.echo(as_json(changes_as_data(found)), nl=False)
    else:
        click.echo("\n".join(gate.differences(found)))
    for line in (failures := gate.regressions(found) if fail_on_regression else []):
        click.echo(line, err=True)
    ctx.exit(1 if failures else 0)
