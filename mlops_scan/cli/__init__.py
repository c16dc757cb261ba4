"""The command line: one module per command, each with `command`. They read options, print and exit; they judge nothing.

Nothing here imports the engine at the top, so that `--help`, `--version` and completion answer at once.
"""

import atexit
import gc
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import click
from click.shell_completion import CompletionItem

from mlops_scan import __version__
from mlops_scan.cli import manual
from mlops_scan.collector import paused

atexit.register(gc.freeze)  # what a run holds ends with it, and need not be looked through for garbage before

_NO_COMMAND = ("endings", "listing", "manual", "options", "output")
_WHOLE = 200  # letters: the list of commands is folded and not cut
_SECTIONS = ("Scan", "Know", "Set up")
_EXAMPLES = (
    ("mlops-scan", "scan the current directory"),
    ("mlops-scan ~/code/churn -v", "with every proof"),
    ("mlops-scan . --min-stage 2", "fail (exit 1) below stage 2"),
    ("mlops-scan . -f html=report.html", "write a page"),
    ("mlops-scan explain S2.5 .", "what a criterion asks, and what is here"),
    ("mlops-scan init --dry-run", "what a gate for this repository needs"),
)


class _Commands(manual.Group):
    """`mlops-scan PATH` is `mlops-scan scan PATH`; the folder is the list of commands; our errors are one line and exit 2."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return sorted(module.name for module in iter_modules(__path__) if module.name not in _NO_COMMAND)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in self.list_commands(ctx):
            return None
        command: click.Command = import_module(f"{__name__}.{name}").command
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if ctx.resilient_parsing and not args:  # a shell completes the first word: it may become a command
            return super().parse_args(ctx, args)
        if not args or (args[0] not in self.list_commands(ctx) and args[0] not in ("--help", "-h", "--version")):
            args = ["scan", *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """What the first word can be: a path or an option of `scan`, which needs no name, or a command."""
        scan = self.get_command(ctx, "scan")
        told = scan.shell_complete(click.Context(scan, ctx), incomplete) if scan else []
        return [*told, *super().shell_complete(ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands by what they are for."""
        sections: dict[str, list[tuple[str, str]]] = {name: [] for name in _SECTIONS}
        for name in self.list_commands(ctx):
            if command := self.get_command(ctx, name):
                row = (name, command.get_short_help_str(_WHOLE))
                sections.setdefault(getattr(command, "section", "Other"), []).append(row)
        for title, rows in sections.items():
            with formatter.section(title):
                formatter.write_dl(rows)

    def main(self, *arguments: Any, **named: Any) -> Any:
        """As click's own. A run is short and keeps nearly all that it makes: nothing is gained by looking for garbage."""
        with paused():
            return super().main(*arguments, **named)

    def make_context(self, *arguments: Any, **named: Any) -> click.Context:
        """As click's own, but for an interrupt: click's exit code for it is 1, which says: below the target."""
        try:
            return super().make_context(*arguments, **named)
        except KeyboardInterrupt:
            from mlops_scan.cli.endings import INTERRUPTED

            click.echo("\nInterrupted.", err=True)
            raise SystemExit(INTERRUPTED) from None

    def invoke(self, ctx: click.Context) -> Any:
        from mlops_scan.cli import endings

        with endings.told(ctx):
            return super().invoke(ctx)


@click.group(
    cls=_Commands,
    examples=_EXAMPLES,
    exits=manual.GATE,
    epilog="Every command explains itself: mlops-scan COMMAND --help.",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="mlops-scan")
def main() -> None:
    """Read a repository, never run it, and say with proof how mature its machine-learning operations are.

    `mlops-scan [PATH]` is short for `mlops-scan scan [PATH]`; `mlops-scan scan --help` lists its options.
    """
