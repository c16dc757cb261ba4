"""`mlops-scan graph`: the wiring, or the part of it behind one answer."""

from pathlib import Path

import click

from mlops_scan.cli import options


@click.command()
@click.argument("path", type=click.Path(path_type=Path), default=".")
@click.option(
    "--format", "format_", type=click.Choice(["json", "dot", "mermaid", "graphml"]), default="json", show_default=True
)
@click.option("--to", default="", metavar="PRACTICE", help="Only what leads to the proofs of a practice.")
@click.option("--from", "start", default="", metavar="FILE", help="Only what a file starts, directly or not.")
@options.configured
def command(
    path: Path, format_: str, to: str, start: str, config_file: Path | None, no_config: bool, folders: tuple[Path, ...]
) -> None:
    """Print how things call each other: what starts what, and what shares a name."""
    from mlops_scan.catalogue import load
    from mlops_scan.drawing import draw
    from mlops_scan.scan import wire

    config = options.configuration(path, config_file, no_config)
    _, life, _ = wire(path, load((*config.detectors, *folders)), config.scope())
    click.echo(draw(life, format_, to, start), nl=False)
