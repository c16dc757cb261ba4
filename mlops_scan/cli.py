"""The command line: reads options, calls the scan, prints, and exits. It judges nothing."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from mlops_scan import config as configuration
from mlops_scan import drawing, knowledge, report
from mlops_scan import explain as explanation
from mlops_scan.assess import Assessment
from mlops_scan.catalogue import load as load_detectors
from mlops_scan.errors import ScanError
from mlops_scan.maturity import Model, builtin, find
from mlops_scan.report import gate
from mlops_scan.report.clean import clean
from mlops_scan.report.json import own_version
from mlops_scan.repository import File
from mlops_scan.scan import scan as scan_repository
from mlops_scan.scan import wire

FINE, BELOW_TARGET, USAGE, INCOMPLETE = 0, 1, 2, 3
_MANY_FILES = 2000
_EXAMPLES = """\b
Examples:
  mlops-scan                              the current directory
  mlops-scan ~/code/churn --verbose       with every proof
  mlops-scan . --min-stage 2              fail (exit 1) below stage 2
  mlops-scan . --format json -o out.json  for machines
  mlops-scan explain S2.5 .               what a criterion asks, and what is here
\b
Exit codes: 0 fine, 1 below the target, 2 wrong usage or configuration, 3 incomplete scan.
"""


class _DefaultScan(click.Group):
    """`mlops-scan PATH` is `mlops-scan scan PATH`; our own errors are one line and exit code 2."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in ("--help", "-h", "--version")):
            args = ["scan", *args]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ScanError as failure:
            click.echo(f"Error: {clean(str(failure), 2000)}", err=True)
            ctx.exit(USAGE)


@click.group(
    cls=_DefaultScan,
    epilog=_EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(own_version(), prog_name="mlops-scan")
def main() -> None:
    """Read a repository, never run it, and say with proof how mature its machine-learning operations are.

    `mlops-scan [PATH]` is short for `mlops-scan scan [PATH]`; `mlops-scan scan --help` lists its options.
    """


def _configured(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say which configuration and which detectors count."""
    for option in (
        click.option(
            "--config",
            "config_file",
            type=click.Path(path_type=Path),
            help="Take the configuration from FILE, not from the scanned tree.",
        ),
        click.option("--no-config", is_flag=True, help="Ignore the configuration of the scanned tree."),
        click.option(
            "--detectors",
            "folders",
            type=click.Path(path_type=Path),
            multiple=True,
            help="A folder with more detectors (TOML). May be repeated.",
        ),
    ):
        command = option(command)
    return command


@main.command(epilog=_EXAMPLES)
@click.argument("path", type=click.Path(path_type=Path), default=".")
@click.option(
    "--format",
    "format_",
    type=click.Choice(report.formats()),
    default="text",
    help="The format of the report.",
    show_default=True,
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the report to FILE.")
@click.option("--model", help="The model that gates: stages, levels, or a TOML file of your own.  [default: stages]")
@click.option("--min-stage", type=click.IntRange(0), help="Exit with 1 where the proven stage is lower.")
@click.option("--project", default="", metavar="SUBDIR", help="Judge one project of a larger repository.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but what fails.")
@click.option("-v", "--verbose", is_flag=True, help="Print every proof, practice and warning.")
@_configured
@click.pass_context
def scan(
    ctx: click.Context, path: Path, format_: str, output: Path | None, model: str | None, min_stage: int | None, project: str,
    quiet: bool, verbose: bool, config_file: Path | None, no_config: bool, folders: tuple[Path, ...],
) -> None:  # fmt: skip
    """Scan PATH: any folder, the current directory by default."""
    if quiet and verbose:
        raise click.UsageError("--quiet and --verbose exclude each other")
    config = _configuration(path, config_file, no_config)
    chosen = find(model or config.model)
    assessment = _assessment(path, chosen, config, folders, project, show_progress=not quiet)
    look = report.Look(_width(), _wants_color() and output is None, verbose, chosen.id)
    if output is not None:
        _write(output, report.render(format_, assessment, look._replace(color=False)))
    elif not quiet:
        click.echo(report.render(format_, assessment, look), nl=False, color=look.color)
    ctx.exit(_gate(assessment, chosen, min_stage if min_stage is not None else config.min_stage))


@main.command()
@click.argument("name")
@click.argument("path", type=click.Path(path_type=Path), required=False)
@_configured
def explain(name: str, path: Path | None, config_file: Path | None, no_config: bool, folders: tuple[Path, ...]) -> None:
    """Explain NAME: a tool, a practice, a criterion or a rule for faults; what it means and what would show it.

    With PATH also where that repository shows it.
    """
    config = _configuration(path or Path(), config_file, no_config or path is None)
    detectors = load_detectors((*config.detectors, *folders))
    assessment = _assessment(path, find(config.model), config, folders) if path else None
    click.echo(explanation.explain(name, detectors, _models(find(config.model)), assessment), nl=False)


@main.command()
@click.argument("path", type=click.Path(path_type=Path), default=".")
@click.option("--format", "format_", type=click.Choice(list(drawing.FORMATS)), default="json", show_default=True)
@click.option("--to", default="", metavar="PRACTICE", help="Only what leads to the proofs of a practice.")
@click.option("--from", "start", default="", metavar="FILE", help="Only what a file starts, directly or not.")
@_configured
def graph(
    path: Path, format_: str, to: str, start: str, config_file: Path | None, no_config: bool, folders: tuple[Path, ...]
) -> None:
    """Print how things call each other: what starts what, and what shares a name."""
    config = _configuration(path, config_file, no_config)
    _, life, _ = wire(path, load_detectors((*config.detectors, *folders)), config.scope())
    click.echo(drawing.draw(life, format_, to, start), nl=False)


def _listing(what: str, table: Callable[..., knowledge.Table]) -> None:
    """Add a command that lists what mlops-scan knows, as a table or as JSON."""

    @main.command(what, help=f"List the {what} that mlops-scan knows.")
    @click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
    @click.option(
        "--detectors",
        "folders",
        type=click.Path(path_type=Path),
        multiple=True,
        help="A folder with more detectors (TOML).",
    )
    def command(format_: str, folders: tuple[Path, ...]) -> None:
        content = table(load_detectors(folders))
        click.echo(knowledge.as_json(content) if format_ == "json" else knowledge.as_text(content, _width()), nl=False)


_listing("tools", knowledge.tools)
_listing("practices", knowledge.practices)
_listing("models", knowledge.models)
_listing("faults", knowledge.faults)


def _configuration(path: Path, file: Path | None, ignore: bool) -> configuration.Config:
    if file is not None and ignore:
        raise click.UsageError("--config and --no-config exclude each other")
    if file is not None:
        return configuration.load(file)
    return configuration.Config() if ignore else configuration.find(path)


def _assessment(
    path: Path,
    chosen: Model,
    config: configuration.Config,
    folders: tuple[Path, ...],
    project: str = "",
    show_progress: bool = True,
) -> Assessment:
    detectors = load_detectors((*config.detectors, *folders))
    progress = _progress if show_progress else iter
    return scan_repository(
        path, _models(chosen), detectors, config.scope(project), progress, suppressions=config.suppressions
    )


def _models(chosen: Model) -> tuple[Model, ...]:
    """Both built-in models, always, and the user's own if it is another."""
    return tuple((builtin() | {chosen.id: chosen}).values())


def _gate(assessment: Assessment, model: Model, minimum: int | None) -> int:
    """The exit code; what fails a gate is said in the last lines, on standard error, so that it survives `--quiet`."""
    lines = gate.lines(assessment, model.id, minimum)
    for line in lines:
        click.echo(line, err=True)
    if not assessment.complete:
        return INCOMPLETE
    return BELOW_TARGET if lines else FINE


def _wants_color() -> bool:
    """Colour on a terminal that can show it, unless NO_COLOR (https://no-color.org) is set; FORCE_COLOR asks for it."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (sys.stdout.isatty() and os.environ.get("TERM") != "dumb")


def _width() -> int:
    """The columns of the terminal; a fixed number where there is none, so that the same commit gives the same bytes."""
    if not sys.stdout.isatty():
        return report.Look().width
    return max(60, min(os.get_terminal_size(sys.stdout.fileno()).columns, 140))


def _progress(files: Iterable[File]) -> Iterator[File]:
    """A progress bar on standard error, only where the scan takes long and a person watches."""
    known = tuple(files)
    if len(known) < _MANY_FILES or not sys.stderr.isatty() or not sys.stdout.isatty() or os.environ.get("CI"):
        yield from known
        return
    with click.progressbar(known, label="Reading", file=sys.stderr) as bar:
        yield from bar


def _write(path: Path, text: str) -> None:
    """Write the report whole or not at all; a link that lies in wait under its name is replaced and not followed."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".mlops-scan-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
                file.write(text)
            os.chmod(name, 0o644)  # noqa: PTH101
            os.replace(name, path)  # noqa: PTH105
        except OSError:
            with suppress(OSError):
                os.unlink(name)  # noqa: PTH108
            raise
    except OSError as failure:
        raise ScanError(f"{path}: {(failure.strerror or 'cannot be written').lower()}") from None
