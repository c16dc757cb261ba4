"""`mlops-scan scan`, the default: scan, print the report, and gate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlops_scan import report
from mlops_scan.cli import EXAMPLES, options, output

if TYPE_CHECKING:
    from mlops_scan.assess import Assessment
    from mlops_scan.maturity import Model

FINE, BELOW_TARGET, INCOMPLETE = 0, 1, 3


class _Wanted(click.ParamType[tuple[str, Path | None], str]):
    """A format, alone for standard output or with the file that it goes to: `sarif=out.sarif`."""

    name = "format"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Path | None]:
        format_, has_file, file = value.partition("=")
        if format_ not in report.formats():
            self.fail(f"{format_!r} is not one of {', '.join(report.formats())}.", param, ctx)
        if has_file and not file:
            self.fail(f"name the file behind `{format_}=`.", param, ctx)
        return format_, Path(file) if file else None


@click.command(epilog=EXAMPLES)
@click.argument("path", type=click.Path(path_type=Path), default=".")
@click.option(
    "-f",
    "--format",
    "formats",
    type=_Wanted(),
    multiple=True,
    metavar="FORMAT[=FILE]",
    help=f"The format of the report, and the file it goes to. May be repeated: {', '.join(report.formats())}.  [default: text]",
)
@click.option(
    "-o",
    "--output",
    "file",
    type=click.Path(path_type=Path),
    help="Write the one report without a FILE of its own to FILE.",
)
@click.option("--model", help="The model that gates: stages, levels, or a TOML file of your own.  [default: stages]")
@click.option("--min-stage", type=click.IntRange(0), help="Exit with 1 where the proven stage is lower.")
@click.option("--project", default="", metavar="SUBDIR", help="Judge one project of a larger repository.")
@click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="Colour in the text.",
)
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but what fails.")
@click.option("-v", "--verbose", is_flag=True, help="Print every proof, practice and warning.")
@options.configured
@click.pass_context
def command(
    ctx: click.Context, path: Path, formats: tuple[tuple[str, Path | None], ...], file: Path | None, model: str | None,
    min_stage: int | None, project: str, color: str, quiet: bool, verbose: bool, config_file: Path | None,
    no_config: bool, folders: tuple[Path, ...],
) -> None:  # fmt: skip
    """Scan PATH: any folder, the current directory by default."""
    from mlops_scan.maturity import find

    if quiet and verbose:
        raise click.UsageError("--quiet and --verbose exclude each other")
    wanted = _destinations(formats, file)
    config = options.configuration(path, config_file, no_config)
    chosen = find(model or config.model)
    assessment = options.assessment(path, chosen, config, folders, project, show_progress=not quiet)
    look = report.Look(output.width(), output.wants_color(color), verbose, chosen.id)
    for format_, destination in wanted:
        if destination is not None:
            output.write(
                destination, report.render(format_, assessment, look._replace(color=False, width=report.Look().width))
            )
        elif not quiet:
            click.echo(report.render(format_, assessment, look), nl=False, color=look.color)
    ctx.exit(_gate(assessment, chosen, min_stage if min_stage is not None else config.min_stage))


def _destinations(
    formats: tuple[tuple[str, Path | None], ...], file: Path | None
) -> tuple[tuple[str, Path | None], ...]:
    """Each format with the file it goes to, at most one of them with none."""
    wanted = formats or (("text", None),)
    open_ = [format_ for format_, place in wanted if place is None]
    if len(open_) > 1:
        raise click.UsageError(
            f"{' and '.join(open_)} cannot share one output: give files, as in --format {open_[0]}=FILE"
        )
    if file is not None and not open_:
        raise click.UsageError("--output has nothing to write: each --format names a file of its own")
    return tuple((format_, place or file) for format_, place in wanted)


def _gate(assessment: Assessment, model: Model, minimum: int | None) -> int:
    """The exit code; what fails a gate is said in the last lines, on standard error, so that it survives `--quiet`."""
    from mlops_scan.report import gate

    lines = gate.lines(assessment, model.id, minimum)
    for line in lines:
        click.echo(line, err=True)
    if not assessment.complete:
        return INCOMPLETE
    return BELOW_TARGET if lines else FINE
