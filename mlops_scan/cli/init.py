"""`mlops-scan init`: a configuration, a hook and a gate in CI for a repository that has none."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlops_scan.cli import manual, options, output

if TYPE_CHECKING:
    from mlops_scan.config import Config
    from mlops_scan.starters import Starter

INCOMPLETE = 3
_SYSTEMS = ("github", "gitlab", "azure", "jenkins")
_EXAMPLES = (
    ("mlops-scan init --dry-run", "print what would be written"),
    ("mlops-scan init", "write it; the gate starts at what is proven"),
    ("mlops-scan init . --min-stage 2", "start at a target of your own"),
    ("mlops-scan init --ci gitlab", "where no CI system is recognised"),
)
_EXITS = (*manual.PLAIN[:2], ("3", "the scan was incomplete: name a --min-stage"), *manual.PLAIN[2:])


@manual.command(section="Set up", examples=_EXAMPLES, exits=_EXITS)
@click.argument("path", type=click.Path(path_type=Path), default=".")
@manual.option("--dry-run", is_flag=True, help="Print what would be written, and write nothing.")
@manual.option(
    "--min-stage",
    type=click.IntRange(0),
    metavar="N",
    help="Where the gate starts.  [default: the stage that is proven today]",
)
@manual.option(
    "--ci",
    "systems",
    type=click.Choice([*_SYSTEMS, "none"]),
    multiple=True,
    help="The CI system. May be repeated.  [default: what the repository uses]",
)
@options.with_setup
@click.pass_context
def command(
    ctx: click.Context, path: Path, dry_run: bool, min_stage: int | None, systems: tuple[str, ...],
    setup: options.Setup,
) -> None:  # fmt: skip
    """Write a configuration, a pre-commit hook and a gate in CI for a repository.

    PATH is the top of the repository, the current directory by default. The gate starts as a ratchet: at the stage
    that is proven today. A file that is there already is never changed: what belongs into it is printed. On a
    terminal you are asked once before anything is written. No link is followed.
    """
    from mlops_scan import starters

    config = setup.config(path)
    stage = config.min_stage if min_stage is None and config.min_stage is not None else min_stage
    if stage is None:
        stage = _proven(ctx, path, config, setup)
    root = path.resolve()
    used = [name for name in systems if name != "none"] if systems else starters.recognised(root)
    wanted = list(starters.starters(_configuration(root), stage, used))
    new = [each for each in wanted if not starters.problem(root, each.path)]
    _say(root, wanted, dry_run)
    if not used and not systems:
        click.echo(f"\nNo CI system was recognised: name one with --ci {'|'.join(_SYSTEMS)}.")
    if new and not dry_run and (not output.can_ask() or click.confirm(f"\nWrite {_files(new)}?")):
        _write(root, new)


def _proven(ctx: click.Context, path: Path, config: Config, setup: options.Setup) -> int:
    """The stage that is proven today, said in a line. Exits where there is none that a gate could start at."""
    from mlops_scan.clean import clean
    from mlops_scan.maturity import find

    chosen = find(config.model)
    assessment = setup.assess(path, chosen, show_progress=True)
    if not assessment.complete:
        click.echo("The scan is incomplete, so that no gate can be passed: see `mlops-scan -v`.", err=True)
        ctx.exit(INCOMPLETE)
    if not assessment.applicable:
        click.echo(
            f"Not applicable: {clean(assessment.reason)}. There is nothing to gate; a --min-stage makes a gate anyway."
        )
        ctx.exit(0)
    stage = assessment.climb(chosen.id).stage
    click.echo(f"Stage {stage} of {clean(chosen.name)} is proven, and the gate starts there.\n")
    return stage


def _configuration(root: Path) -> str:
    from mlops_scan.config import place_of

    return place_of(root).name


def _say(root: Path, wanted: Iterable[Starter], dry_run: bool) -> None:
    """What will be written, and what a person has to put where something is already."""
    from mlops_scan import starters

    for each in wanted:
        problem = starters.problem(root, each.path)
        if not problem:
            click.echo(f"{each.path}: {each.means}")
            click.echo(_indented(each.text) if dry_run else "", nl=dry_run)
        elif starters.is_done(root, each):
            click.echo(f"{each.path}: has it already")
        else:
            click.echo(f"{each.path}: {problem}, so nothing is written. Put in by hand:\n{_indented(each.text)}")


def _indented(text: str) -> str:
    return "".join(f"    {line}".rstrip() + "\n" for line in text.splitlines())


def _files(new: list[Starter]) -> str:
    return "this file" if len(new) == 1 else f"these {len(new)} files"


def _write(root: Path, new: Iterable[Starter]) -> None:
    from mlops_scan import starters
    from mlops_scan.errors import ScanError

    for each in new:
        try:
            starters.create(root, each)
        except OSError as failure:
            raise ScanError(f"{each.path}: {(failure.strerror or 'cannot be written').lower()}") from None
        click.echo(f"Wrote {each.path}.")
    click.echo("Next: commit them, run `pre-commit install`, and `mlops-scan` to see what the next stage needs.")
