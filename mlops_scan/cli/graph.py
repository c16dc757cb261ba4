"""`mlops-scan graph`: the wiring, or the part of it behind one answer."""

from pathlib import Path

import click

from mlops_scan.cli import manual, options

_EXAMPLES = (
    ("mlops-scan graph . --to run-tracked --format mermaid", "the wiring behind one answer"),
    ("mlops-scan graph . --from train.py --format dot", "what a file starts"),
    ("mlops-scan graph . --model stages --format graphml", "all of it up to the stage, for another program"),
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
@manual.option(
    "--model",
    "model_name",
    default="",
    metavar="NAME|FILE",
    help="Also what follows from the wiring: practices, capability areas, and the criteria and stages of a model.",
)
@manual.option("--from", "start", default="", metavar="FILE", help="Only what a file starts, directly or not.")
@options.with_setup
def command(path: Path, format_: str, to: str, start: str, model_name: str, setup: options.Setup) -> None:
    """Print how things call each other: what starts what, and what shares a name.

    PATH is the repository, the current directory by default. A node is a file or a unit in it (a job, a target, a
    function); an arrow says who runs, imports, needs or builds whom, and on which line that stands.
    """
    from mlops_scan.drawing import draw
    from mlops_scan.maturity import find
    from mlops_scan.network import conclude, wiring
    from mlops_scan.scan import judged, wired

    model = find(model_name or "stages")
    ground = setup.gather(path, model)
    assessment, life = judged(ground) if model_name else (None, wired(ground, []))
    graph = wiring(life)
    if assessment:
        conclude(graph, life, assessment, assessment.climb(model.id))
    click.echo(draw(graph, life, format_, to, start), nl=False)
