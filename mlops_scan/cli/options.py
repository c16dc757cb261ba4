"""Options that several commands share, and what becomes of them: a configuration, an assessment."""

from __future__ import annotations

import functools
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from mlops_scan.cli import manual

if TYPE_CHECKING:
    from mlops_scan.assess import Assessment
    from mlops_scan.attestation import Attestation
    from mlops_scan.cache import Cache, Memory
    from mlops_scan.config import Config
    from mlops_scan.detector import Detector
    from mlops_scan.maturity import Model
    from mlops_scan.repository import File
    from mlops_scan.scan import Ground
    from mlops_scan.stopwatch import Stopwatch

_MANY_FILES = 2000

more_detectors = manual.option(
    "--detectors",
    "folders",
    group="Scope",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    multiple=True,
    help="A folder with more detectors (TOML). May be repeated.",
)
cache_folder = manual.option(
    "--cache-dir",
    "cache_folder",
    group="Cache",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    envvar="MLOPS_SCAN_CACHE_DIR",
    show_envvar=True,
    help="Keep what was read in DIR, not in the user's own cache.",
)


class Day(click.ParamType):  # type: ignore[type-arg]  # which click takes arguments from 8.5 on only
    """A day as ISO 8601 writes it."""

    name = "day"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a day such as 2030-01-31.", param, ctx)


_OPTIONS = (
    manual.option(
        "--config",
        "config_file",
        group="Configuration",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Take the configuration from FILE, not from the scanned tree.",
    ),
    manual.option(
        "--no-config", group="Configuration", is_flag=True, help="Ignore the configuration of the scanned tree."
    ),
    manual.option(
        "--today",
        group="Configuration",
        type=Day(),
        metavar="DAY",
        help="The day on which the answers of people must still hold, as 2030-01-31.  [default: today]",
    ),
    more_detectors,
    cache_folder,
    manual.option(
        "--no-cache",
        group="Cache",
        is_flag=True,
        envvar="MLOPS_SCAN_NO_CACHE",
        show_envvar=True,
        help="Remember nothing, and use nothing that is remembered.",
    ),
)


class Setup(NamedTuple):
    """What every command that scans is told: whose configuration counts, which detectors, which day, which cache."""

    config_file: Path | None = None
    no_config: bool = False
    folders: tuple[Path, ...] = ()
    today: date | None = None
    cache_folder: Path | None = None
    no_cache: bool = False

    @property
    def day(self) -> date:
        """The day on which answers of people are looked at: the one that was told, of SOURCE_DATE_EPOCH, or today.

        See https://reproducible-builds.org/specs/source-date-epoch/. Nothing else depends on the clock.
        """
        epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
        clock = datetime.fromtimestamp(int(epoch), UTC) if epoch.isdecimal() else datetime.now(UTC)
        return self.today or clock.date()

    def config(self, path: Path) -> Config:
        """The configuration that counts for `path`. Raises `ScanError`, and `UsageError` for a contradiction."""
        from mlops_scan import config

        if self.config_file is not None and self.no_config:
            raise click.UsageError("--config and --no-config exclude each other")
        if self.config_file is not None:
            return config.load(self.config_file)
        return config.Config() if self.no_config else config.find(path)

    def detectors(self, config: Config) -> tuple[Detector, ...]:
        """The detectors that ship with us, those that are installed, and those of the named folders."""
        from mlops_scan.catalogue import load

        return load((*config.detectors, *self.folders))

    def assess(
        self, path: Path, chosen: Model, project: str = "", show_progress: bool = False, watch: Stopwatch | None = None
    ) -> Assessment:
        """Scan `path`, or remember the scan, and judge it by both built-in models and the chosen one.

        Raises `ScanError`.
        """
        from mlops_scan.stopwatch import during

        with during(watch, "start-up"):
            from mlops_scan import recall
        config = self._checked(path, chosen)
        with during(watch, "recall"):
            memory = self._memory(self._cache(path), config)
            asked = (models(chosen), config.suppressions, self._attested(config))
            keys = recall.keys(path, memory.code, config.scope(project), *asked) if memory else None
            if memory and keys:
                known = recall.find(memory.cache, keys, path)
                if known.assessment:
                    return known.assessment
                memory = memory._replace(files=known.files)
        with during(watch, "start-up"):
            from mlops_scan.scan import judged

        started = time.time_ns()
        ground = self._gather(path, chosen, config, project, show_progress, memory, watch)
        assessment = judged(ground, watch)[0]
        with during(watch, "recall"):
            if memory and keys:
                recall.keep(memory.cache, keys, ground.repository, assessment, started)
        if memory and self.cache_folder and show_progress and not memory.cache.works:
            click.echo(
                f"mlops-scan: nothing is remembered: --cache-dir {self.cache_folder} could not be used", err=True
            )
        return assessment

    def gather(self, path: Path, chosen: Model, project: str = "", show_progress: bool = False) -> Ground:
        """Read `path`, remembering what was read, and judge nothing yet. Raises `ScanError`."""
        config = self._checked(path, chosen)
        return self._gather(path, chosen, config, project, show_progress, self._memory(self._cache(path), config))

    def _gather(
        self, path: Path, chosen: Model, config: Config, project: str = "", show_progress: bool = False,
        memory: Memory | None = None, watch: Stopwatch | None = None,
    ) -> Ground:  # fmt: skip
        from mlops_scan.scan import Inquiry, gather
        from mlops_scan.stopwatch import during

        progress: Callable[[Iterable[File]], Iterable[File]] = _progress if show_progress else iter
        scope, attested = config.scope(project), self._attested(config)
        with during(watch, "catalogue"):
            inquiry = Inquiry(models(chosen), self.detectors(config), scope, config.suppressions, attested)
        return gather(path, inquiry, progress, memory, watch)

    def _memory(self, cache: Cache | None, config: Config) -> Memory | None:
        from mlops_scan import recall
        from mlops_scan.cache import Memory

        return Memory(cache, recall.digest_of_code((*config.detectors, *self.folders))) if cache else None

    def _checked(self, path: Path, chosen: Model) -> Config:
        from mlops_scan.config import check_criteria

        config = self.config(path)
        check_criteria(config.attested, models(chosen))
        return config

    def _attested(self, config: Config) -> tuple[Attestation, ...]:
        from mlops_scan.attestation import on

        return on(self.day, config.attested) if config.attested else ()

    def _cache(self, path: Path) -> Cache | None:
        from mlops_scan.cache import Cache, place

        if self.no_cache:
            return None
        file = place(self.cache_folder, path)
        return Cache(file) if file else None


def with_setup(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that every scan has, as one `setup`."""

    @functools.wraps(command)
    def told(**given: Any) -> Any:
        setup = Setup(**{name: given.pop(name) for name in Setup._fields})
        return command(setup=setup, **given)

    for option in reversed(_OPTIONS):
        told = option(told)
    return told


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
