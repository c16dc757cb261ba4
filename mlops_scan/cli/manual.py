"""`--help` as a page of a manual: options in groups, examples, exit codes."""

from collections.abc import Callable, Sequence
from typing import Any

import click

Rows = Sequence[tuple[str, str]]

#: What the exit codes of commands mean that only show something.
PLAIN = (("0", "fine"), ("2", "wrong usage or configuration: one line says what"), ("130", "interrupted"))
#: What the exit codes of a gate mean.
GATE = (
    ("0", "fine"),
    ("1", "below the target, or worse than the baseline"),
    ("2", "wrong usage or configuration: one line says what"),
    ("3", "the scan was incomplete, which passes no gate"),
    ("130", "interrupted"),
)
#: And of a comparison of two reports.
COMPARISON = (PLAIN[0], ("1", "something got worse"), *PLAIN[1:])
_EXAMPLES_WIDTH = 44


class Option(click.Option):
    """An option that says under which heading of the page it stands."""

    def __init__(self, *names: Any, group: str = "Options", **given: Any) -> None:
        super().__init__(*names, **given)
        self.group = group


class _Page(click.Command):
    """What commands and groups of them share: the order of their page."""

    section: str
    examples: Rows
    exits: Rows

    def __init__(
        self, *given: Any, section: str = "Other", examples: Rows = (), exits: Rows = PLAIN, **more: Any
    ) -> None:
        super().__init__(*given, **more)
        self.section, self.examples, self.exits = section, examples, exits

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands, if there are any; then the options by group, in the order in which the groups first appear."""
        if isinstance(self, click.Group):
            self.format_commands(ctx, formatter)
        groups: dict[str, list[tuple[str, str]]] = {}
        options = (each for each in self.get_params(ctx) if isinstance(each, click.Option))
        for option in sorted(options, key=lambda each: not isinstance(each, Option)):  # --help stands last
            if record := option.get_help_record(ctx):
                groups.setdefault(getattr(option, "group", "Help"), []).append(record)
        for name, rows in groups.items():
            with formatter.section(name):
                formatter.write_dl(rows)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Examples, exit codes, and whatever else the command has to say."""
        for name, rows in (("Examples", self.examples), ("Exit codes", self.exits)):
            if rows:
                with formatter.section(name):
                    formatter.write_dl(rows, col_max=_EXAMPLES_WIDTH)
        super().format_epilog(ctx, formatter)


class Command(_Page):
    """A command with a page of its own."""


class Group(_Page, click.Group):
    """A command with commands of its own."""


def command(
    *, section: str, examples: Rows, exits: Rows = PLAIN, name: str | None = None, help: str | None = None
) -> Callable[[Callable[..., Any]], click.Command]:
    """Make a command of the function below; `section` is where the list of all commands names it."""
    return click.command(name, cls=Command, section=section, examples=examples, exits=exits, help=help)


def option(*names: str, group: str = "Options", **given: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """An option of the command below, under a heading of its page."""
    return click.option(*names, cls=Option, group=group, **given)
