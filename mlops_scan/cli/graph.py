"""`mlops-scan graph`: the wiring, or the part of it behind one answer."""

from pathlib import Path

import click

from mlops_scan.cli import manual, options

_EXAMPLES = (
    ("mlops-scan graph . --to run-tracked --format mermaid", "the wiring behind one answer"),
    ("mlops-scan graph . --from train.py --format dot", "what a file starts"),
    ("mlops-scan graph . --format graphml", "all of it, for another program"),
)


@manual.command(section="Scan", examples=_EXAMPLES)
@click.argument("path", type=click.Path(path_type=Path), default=".")
@manual.option(
    "--format",
    "format_",
    type=click.Choice(["json", "dot", "mermaid", "graphml"]),
    default="json",
    show_default=True,
    help="Node-link JSON, Graphviz, Mermaid, or GraphML.",
)
@manual.option("--to", default="", metavar="PRACTICE", help="Only what leads to the proofs of a practice.")
@manual.option("--from", "start", default="", metavar="FILE", help="Only what a file starts, directly or not.")
@options.with_setup
def command(path: Path, format_: str, to: str, start: str, setup: options.Setup) -> None:
    """Print how things call each other: what starts what, and what shares a name.

    PATH is the repository, the current directory by default. A node is a file or a unit in it (a job, a target, a
    function); an arrow says who runs, imports, needs or builds whom, and on which line that stands.
    """
    from mlops_scan.drawing import draw
    from mlops_scan.scan import Inquiry, gather, wired

    config = setup.config(path)
    life = wired(gather(path, Inquiry((), setup.detectors(config), config.scope())), [])
    click.echo(draw(life, format_, to, start), nl=False)
