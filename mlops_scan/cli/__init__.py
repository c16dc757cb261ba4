"""The command line: one module per command, each with `command`. They read options, print and exit; they judge nothing.

Nothing here imports the engine at the top, so that `--help`, `--version` and completion answer at once.
"""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import click

from mlops_scan import __version__
from mlops_scan.errors import ScanError
from mlops_scan.report.clean import clean

USAGE = 2
_NO_COMMAND = ("listing", "options", "output")
EXAMPLES = """\b
Examples:
  mlops-scan                              the current directory
  mlops-scan ~/code/churn --verbose       with every proof
  mlops-scan . --min-stage 2              fail (exit 1) below stage 2
  mlops-scan . --format html=report.html  a page; more formats at once are welcome
  mlops-scan explain S2.5 .               what a criterion asks, and what is here
\b
Exit codes: 0 fine, 1 below the target, 2 wrong usage or configuration, 3 incomplete scan.
"""


class _Commands(click.Group):
    """`mlops-scan PATH` is `mlops-scan scan PATH`; the folder is the list of commands; our errors are one line and exit 2."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return sorted(module.name for module in iter_modules(__path__) if module.name not in _NO_COMMAND)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in self.list_commands(ctx):
            return None
        command: click.Command = import_module(f"{__name__}.{name}").command
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.list_commands(ctx) and args[0] not in ("--help", "-h", "--version")):
            args = ["scan", *args]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ScanError as failure:
            click.echo(f"Error: {clean(str(failure), 2000)}", err=True)
            ctx.exit(USAGE)


@click.group(
    cls=_Commands,
    epilog=EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="mlops-scan")
def main() -> None:
    """Read a repository, never run it, and say with proof how mature its machine-learning operations are.

    `mlops-scan [PATH]` is short for `mlops-scan scan [PATH]`; `mlops-scan scan --help` lists its options.
    """
