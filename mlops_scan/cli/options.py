"""Options that several commands share, and what becomes of them: a configuration, an assessment."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from mlops_scan.assess import Assessment
    from mlops_scan.config import Config
    from mlops_scan.maturity import Model
    from mlops_scan.repository import File

_MANY_FILES = 2000

more_detectors = click.option(
    "--detectors",
    "folders",
    type=click.Path(path_type=Path),
    multiple=True,
    help="A folder with more detectors (TOML). May be repeated.",
)


def configured(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say which configuration and which detectors count."""
    for option in (
        click.option(
            "--config",
            "config_file",
            type=click.Path(path_type=Path),
            help="Take the configuration from FILE, not from the scanned tree.",
        ),
        click.option("--no-config", is_flag=True, help="Ignore the configuration of the scanned tree."),
        more_detectors,
    ):
        command = option(command)
    return command


def configuration(path: Path, file: Path | None, ignore: bool) -> Config:
    """The configuration that counts for a scan of `path`. Raises `ScanError`, and `UsageError` for a contradiction."""
    from mlops_scan import config

    if file is not None and ignore:
        raise click.UsageError("--config and --no-config exclude each other")
    if file is not None:
        return config.load(file)
    return config.Config() if ignore else config.find(path)


def assessment(
    path: Path,
    chosen: Model,
    config: Config,
    folders: tuple[Path, ...],
    project: str = "",
    show_progress: bool = False,
) -> Assessment:
    """Scan `path`, and judge it by both built-in models and the chosen one. Raises `ScanError`."""
    from mlops_scan.catalogue import load
    from mlops_scan.scan import scan

    detectors = load((*config.detectors, *folders))
    progress: Callable[[Iterable[File]], Iterable[File]] = _progress if show_progress else iter
    return scan(path, models(chosen), detectors, config.scope(project), progress, suppressions=config.suppressions)


def models(chosen: Model) -> tuple[Model, ...]:
    """Both built-in models, always, and the user's own if it is another."""
    from mlops_scan.maturity import builtin

    return tuple((builtin() | {chosen.id: chosen}).values())


def _progress(files: Iterable[File]) -> Iterator[File]:
    """A progress bar on standard error, only where the scan takes long and a person watches."""
    from mlops_scan.cli.output import is_watched

    known = tuple(files)
    if len(known) < _MANY_FILES or not is_watched():
        yield from known
        return
    with click.progressbar(known, label="Reading", file=sys.stderr) as bar:
        yield from bar
