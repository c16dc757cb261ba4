"""`mlops-scan survey`: ask a person what no file can show, and write the answers into the configuration."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlops_scan.cli import manual, options, output

if TYPE_CHECKING:
    from mlops_scan.assess import Judgement
    from mlops_scan.attestation import Attestation

_LONGEST = 2000
_A_YEAR = timedelta(days=365)


_EXAMPLES = (
    ("mlops-scan survey", "ask for the current directory"),
    ("mlops-scan survey . --all", "ask for all that files deny as well"),
    ("mlops-scan . --count attested --min-stage 3", "a gate that counts the answers"),
)


@manual.command(section="Set up", examples=_EXAMPLES)
@click.argument("path", type=click.Path(path_type=Path), default=".")
@manual.option(
    "--model", metavar="NAME|FILE", help="Whose criteria to ask for: stages, levels, or a TOML file of your own."
)
@manual.option("--all", "everything", is_flag=True, help="Ask for every criterion that the files do not meet.")
@manual.option("--dry-run", is_flag=True, help="Print what would be written, and write nothing.")
@options.with_setup
def command(path: Path, model: str | None, everything: bool, dry_run: bool, setup: options.Setup) -> None:
    """Ask a person what no file can show, and write the answers into the configuration.

    An answer has a reason, a name and a day on which it ends. It counts for the attested stage, and never for the
    proven one. An empty answer leaves a question open; Ctrl-C writes nothing.
    """
    from mlops_scan import answers
    from mlops_scan.clean import clean
    from mlops_scan.config import place_of
    from mlops_scan.maturity import find

    if not output.can_ask():
        raise click.UsageError("a survey asks questions: run it in a terminal, or write [attest] by hand")
    chosen = find(model or setup.config(path).model)
    assessment = setup.assess(path, chosen, show_progress=True)
    open_ = list(_open(assessment.climb(chosen.id).judgements, everything))
    if not open_ or not assessment.applicable:
        click.echo("There is nothing to ask." if assessment.applicable else f"Not applicable: {assessment.reason}.")
        return
    target = setup.config_file or place_of(path)
    given = tuple(_asked(open_, setup.day, target))
    text = answers.written(target, given)
    if dry_run:  # what stands in the file already may be of anybody
        click.echo("\n".join(clean(line, _LONGEST) for line in text.split("\n")), nl=False)
    elif given:
        output.write(target, text)
        click.echo(f"Wrote {len(given)} answers to {target}.")


def _open(judgements: tuple[Judgement, ...], everything: bool) -> Iterator[Judgement]:
    for each in judgements:
        answered = each.attested is not None and not each.attested.expired
        if not answered and (each.verdict == "asked" or (everything and each.verdict != "met")):
            yield each


def _asked(open_: list[Judgement], today: date, target: Path) -> Iterator[Attestation]:
    from mlops_scan.attestation import ANSWERS, Attestation
    from mlops_scan.clean import clean
    from mlops_scan.evidence import Place

    click.echo(f"{len(open_)} questions. An empty answer leaves one open; Ctrl-C writes nothing.\n")
    by = click.prompt("Who answers (name or role)")
    until = click.prompt("Until when the answers hold", type=options.Day(), default=(today + _A_YEAR).isoformat())
    for each in open_:
        click.echo(f"\n{each.criterion.id}: {clean(each.criterion.question, _LONGEST)}")
        for showing in each.shown:
            click.echo(f"  the files show {showing.practice}, {showing.strength}")
        answer = click.prompt("  Answer", type=click.Choice(["", *ANSWERS]), default="", show_default=False)
        if answer:
            why = click.prompt("  Why, or how one can tell")
            link = click.prompt("  Link to more", default="", show_default=False)
            yield Attestation(each.criterion.id, answer, why, by, until, Place(target.name), link)
