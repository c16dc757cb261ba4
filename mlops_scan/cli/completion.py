"""`mlops-scan completion`: the script by which a shell completes our commands and options."""

import click

from mlops_scan.cli import manual

_EXAMPLES = (
    ("mlops-scan completion bash > ~/.mlops-scan-completion.bash", "bash: write it once"),
    ("echo '. ~/.mlops-scan-completion.bash' >> ~/.bashrc", "and read it in every shell"),
    ('mlops-scan completion zsh > "${fpath[1]}/_mlops-scan"', "zsh: a folder of $fpath, before compinit"),
    ("mlops-scan completion fish > ~/.config/fish/completions/mlops-scan.fish", "fish"),
)


@manual.command(section="Set up", examples=_EXAMPLES)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the completion script for a shell.

    It asks mlops-scan itself, so that it stays right after an update. Bash must be 4.4 or newer.
    """
    from click.shell_completion import get_completion_class

    from mlops_scan.cli import main

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"click knows no completion for {shell}")
    click.echo(kind(main, {}, "mlops-scan", "_MLOPS_SCAN_COMPLETE").source())
