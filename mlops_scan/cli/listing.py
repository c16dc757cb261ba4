"""What the commands share that list what mlops-scan knows."""

from pathlib import Path

import click

from mlops_scan.cli import manual, options, output


def listing(what: str, meaning: str) -> click.Command:
    """The command that lists one kind of what mlops-scan knows, as a table, as JSON or as a page of Markdown."""
    examples = (
        (f"mlops-scan {what}", "a table"),
        (f"mlops-scan {what} --format json", "for machines"),
        (f"mlops-scan {what} --format markdown", "a page, as in docs/"),
    )

    @manual.command(
        name=what, section="Know", examples=examples, help=f"List the {what} that mlops-scan knows.\n\n{meaning}"
    )
    @manual.option(
        "--format",
        "format_",
        type=click.Choice(["text", "json", "markdown"]),
        default="text",
        show_default=True,
        help="A table to read, data, or a page.",
    )
    @options.more_detectors
    def command(format_: str, folders: tuple[Path, ...]) -> None:
        from mlops_scan import handbook, knowledge
        from mlops_scan.catalogue import load

        if format_ == "markdown":
            click.echo(handbook.PAGES[what](load(folders)), nl=False)
            return
        content = knowledge.TABLES[what](load(folders))
        text = knowledge.as_json(content) if format_ == "json" else knowledge.as_text(content, output.width())
        click.echo(text, nl=False)

    return command
