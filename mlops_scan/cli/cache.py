"""`mlops-scan cache`: what is remembered between scans."""

from pathlib import Path

import click

from mlops_scan.cli import manual, options

_EXAMPLES = (("mlops-scan cache info", "where it is, and how large"), ("mlops-scan cache clear", "forget everything"))


@click.group(cls=manual.Group, section="Set up", examples=_EXAMPLES)
def command() -> None:
    """Say what is remembered between scans, or forget it.

    What was read of a file is kept under a hash of its content and of the scanner, so that a second scan is quicker and
    says the same. It lies in the user's own cache folder and never in the scanned tree.
    """


@command.command(cls=manual.Command)
@options.cache_folder
def info(cache_folder: Path | None) -> None:
    """Say where the cache is, and how full."""
    from mlops_scan.cache import Cache, place

    file = place(cache_folder, None)
    if file is None:
        click.echo("nothing is kept: the user's cache folder cannot be used")
        return
    found = Cache(file).info()
    click.echo(f"{found.path}: {found.entries:,} entries, {found.size:,} bytes")


@command.command(cls=manual.Command)
@options.cache_folder
def clear(cache_folder: Path | None) -> None:
    """Forget everything."""
    from mlops_scan.cache import Cache, place
    from mlops_scan.errors import ScanError

    if file := place(cache_folder, None):
        try:
            Cache(file).clear()
        except OSError as failure:
            raise ScanError(f"{file}: {(failure.strerror or 'cannot be removed').lower()}") from None
