"""`mlops-scan explain`: what a name of ours means, and what is here."""

from pathlib import Path

import click

from mlops_scan.cli import options


@click.command()
@click.argument("name")
@click.argument("path", type=click.Path(path_type=Path), required=False)
@options.configured
def command(name: str, path: Path | None, config_file: Path | None, no_config: bool, folders: tuple[Path, ...]) -> None:
    """Explain NAME: a tool, a practice, a criterion or a rule for faults; what it means and what would show it.

    With PATH also where that repository shows it.
    """
    from mlops_scan.catalogue import load
    from mlops_scan.explain import explain
    from mlops_scan.maturity import find

    config = options.configuration(path or Path(), config_file, no_config or path is None)
    chosen = find(config.model)
    here = options.assessment(path, chosen, config, folders) if path else None
    click.echo(explain(name, load((*config.detectors, *folders)), options.models(chosen), here), nl=False)
