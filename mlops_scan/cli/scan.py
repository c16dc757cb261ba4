"""`mlops-scan scan`, the default: scan, print the report, and gate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlops_scan import report
from mlops_scan.cli import manual, options, output

if TYPE_CHECKING:
    from mlops_scan.assess import Assessment

FINE, BELOW_TARGET, INCOMPLETE = 0, 1, 3


class _Wanted(click.ParamType):  # type: ignore[type-arg]  # which click takes arguments from 8.5 on only
    """A format, alone for standard output or with the file that it goes to: `sarif=out.sarif`."""

    name = "format"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Path | None]:
        format_, has_file, file = value.partition("=")
        if format_ not in report.formats():
            self.fail(f"{format_!r} is not one of {', '.join(report.formats())}.", param, ctx)
        if has_file and not file:
            self.fail(f"name the file behind `{format_}=`.", param, ctx)
        return format_, Path(file) if file else None


_EXAMPLES = (
    ("mlops-scan", "the current directory"),
    ("mlops-scan ~/code/churn --verbose", "with every proof and warning"),
    ("mlops-scan . --min-stage 2", "fail (exit 1) below stage 2"),
    ("mlops-scan . -f html=page.html -f sarif=out.sarif", "several reports of one scan"),
    ("mlops-scan . --project services/churn", "one project of several"),
    ("mlops-scan . --baseline old.json --fail-on-regression", "fail where something got worse"),
)


@manual.command(section="Scan", examples=_EXAMPLES, exits=manual.GATE)
@click.argument("path", type=click.Path(path_type=Path, readable=False), default=".")
@manual.option(
    "-f",
    "--format",
    "formats",
    group="Report",
    type=_Wanted(),
    multiple=True,
    metavar="FORMAT[=FILE]",
    help=f"The format of the report, and the file it goes to. May be repeated: {', '.join(report.formats())}.  [default: text]",
)
@manual.option(
    "-o",
    "--output",
    "file",
    group="Report",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the one report without a FILE of its own to FILE.",
)
@manual.option(
    "--color",
    group="Report",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="Colour in the text. `auto` looks at the terminal, NO_COLOR and FORCE_COLOR.",
)
@manual.option("-q", "--quiet", group="Report", is_flag=True, help="Print nothing but what fails.")
@manual.option("-v", "--verbose", group="Report", is_flag=True, help="Print every proof, practice and warning.")
@manual.option(
    "--profile",
    group="Report",
    is_flag=True,
    help="Tell on standard error where the time went: phases, the slowest files, memory.",
)
@manual.option(
    "--model",
    group="Gate",
    metavar="NAME|FILE",
    help="The model that gates: stages, levels, or a TOML file of your own.  [default: stages]",
)
@manual.option(
    "--min-stage", group="Gate", type=click.IntRange(0), metavar="N", help="Exit with 1 where the stage is lower."
)
@manual.option(
    "--count",
    group="Gate",
    type=click.Choice(["proven", "attested"]),
    help="What the gate counts: files alone, or what people answer as well.  [default: proven]",
)
@manual.option(
    "--baseline",
    group="Gate",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="An earlier JSON report: say what was gained, lost and broken since.",
)
@manual.option(
    "--fail-on-regression",
    group="Gate",
    is_flag=True,
    help="Exit with 1 where something got worse than the baseline.",
)
@manual.option(
    "--project",
    group="Scope",
    default="",
    metavar="SUBDIR",
    help="Judge one project of a larger repository, with the CI files at its top.",
)
@options.with_setup
@click.pass_context
def command(
    ctx: click.Context, path: Path, formats: tuple[tuple[str, Path | None], ...], file: Path | None, model: str | None,
    min_stage: int | None, count: str | None, baseline: Path | None, fail_on_regression: bool, project: str,
    color: str, quiet: bool, verbose: bool, profile: bool, setup: options.Setup,
) -> None:  # fmt: skip
    """Scan PATH, print what it proves, and gate.

    PATH is any folder, the current directory by default. In a Git repository the tracked files count, and those that
    are not ignored. Nothing in it is executed, and nothing is written into it.

    What the options leave open is taken from the configuration, which is [tool.mlops-scan] in pyproject.toml, or the
    file .mlops-scan.toml.
    """
    from mlops_scan import changes
    from mlops_scan.maturity import find
    from mlops_scan.report.json import as_data
    from mlops_scan.report.parts import gate
    from mlops_scan.stopwatch import Stopwatch, during

    watch = Stopwatch() if profile else None
    if quiet and verbose:
        raise click.UsageError("--quiet and --verbose exclude each other")
    if fail_on_regression and baseline is None:
        raise click.UsageError("--fail-on-regression compares with a --baseline: name one")
    wanted = _destinations(formats, file)
    for _, destination in wanted:
        if destination is not None:
            output.refuse_links(destination, path)
    config = setup.config(path)
    chosen = find(model or config.model)
    before = changes.load(baseline) if baseline else None
    assessment = setup.assess(path, chosen, project, not quiet, watch)
    if before is not None:
        assessment = assessment._replace(changes=changes.compare(before, changes.snapshot(as_data(assessment))))
    target = gate.Target(chosen.id, min_stage if min_stage is not None else config.min_stage, count or config.counts)
    look = report.Look(output.width(), output.wants_color(color), verbose, chosen.id, target.minimum, target.counts)
    with during(watch, "report"):
        _print(wanted, assessment, look, path, quiet)
    failures = gate.lines(assessment, target)
    for line in gate.counted(assessment, target):
        click.echo(line, err=True)
    if fail_on_regression and assessment.changes:
        failures += gate.regressions(assessment.changes)
    for line in (*failures, *(watch.lines() if watch else ())):
        click.echo(line, err=True)
    ctx.exit(INCOMPLETE if not assessment.complete else BELOW_TARGET if failures else FINE)


def _print(
    wanted: tuple[tuple[str, Path | None], ...], assessment: Assessment, look: report.Look, tree: Path, quiet: bool
) -> None:
    """Write each report to its file, and the one without a file to standard output. Raises `ScanError`."""
    for format_, destination in wanted:
        if destination is not None:
            plain = look._replace(color=False, width=report.Look().width)
            output.write(destination, report.render(format_, assessment, plain), tree)
        elif not quiet:
            click.echo(report.render(format_, assessment, look), nl=False, color=look.color)


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
