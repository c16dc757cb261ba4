"""`mlops-scan explain`: what a name of ours means, and what is here."""

from pathlib import Path

import click

from mlops_scan.cli import manual, options

_EXAMPLES = (
    ("mlops-scan explain S2.5", "a criterion: what it asks, and what it needs"),
    ("mlops-scan explain S2.5 .", "and what is here"),
    ("mlops-scan explain run-tracked", "a practice, and which tools show it"),
    ("mlops-scan explain mlflow", "a tool, and the marks it is recognised by"),
    ("mlops-scan explain gate-cannot-fail", "a broken wire, and how to mend it"),
)


@manual.command(section="Scan", examples=_EXAMPLES)
@click.argument("name")
@click.argument("path", type=click.Path(path_type=Path), required=False)
@options.with_setup
def command(name: str, path: Path | None, setup: options.Setup) -> None:
    """Explain a tool, a practice, a criterion or a fault.

    NAME is what a report calls it. Says what it means, what would show it and how to get there; with PATH also where
    that repository shows it, or what is missing.
    """
    from mlops_scan.explain import explain
    from mlops_scan.maturity import find

    setup = setup if path else setup._replace(no_config=setup.config_file is None)
    config = setup.config(path or Path())
    chosen = find(config.model)
    here = setup.assess(path, chosen) if path else None
    click.echo(explain(name, setup.detectors(config), options.models(chosen), here), nl=False)
