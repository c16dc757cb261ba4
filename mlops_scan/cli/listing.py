"""What the commands share that list what mlops-scan knows."""

from pathlib import Path

import click

from mlops_scan.cli import options, output


def listing(what: str) -> click.Command:
    """The command that lists one kind of what mlops-scan knows, as a table or as JSON."""

    @click.command(what, help=f"List the {what} that mlops-scan knows.")
    @click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
    @options.more_detectors
    def command(format_: str, folders: tuple[Path, ...]) -> None:
        from mlops_scan import knowledge
        from mlops_scan.catalogue import load

        content = knowledge.TABLES[what](load(folders))
        text = knowledge.as_json(content) if format_ == "json" else knowledge.as_text(content, output.width())
        click.echo(text, nl=False)

    return command
