"""`--help` is a page of a manual, and the shells complete what it names."""

import os
import shutil
import subprocess
from pathlib import Path

import click
import places
import pytest
from click.shell_completion import ShellComplete
from test_cli import run

from mlops_scan.cli import main

CONTEXT = click.Context(main)
COMMANDS = main.list_commands(CONTEXT)
PAGES = [(), *((name,) for name in COMMANDS), ("cache", "info"), ("cache", "clear")]


def page(*words: str) -> str:
    return run(*words, "--help").output


@pytest.mark.parametrize("words", PAGES, ids=" ".join)
def test_a_page_fits_eighty_columns_and_says_how_it_ends(words: tuple[str, ...]) -> None:
    text = page(*words)
    assert all(len(line) <= 80 for line in text.splitlines())
    assert "Exit codes:\n  0    fine\n" in text
    assert "  2    wrong usage or configuration: one line says what" in text


@pytest.mark.parametrize("name", COMMANDS)
def test_a_page_has_examples_that_are_commands(name: str) -> None:
    command = main.get_command(CONTEXT, name)
    assert command is not None and command.examples
    for example, meaning in command.examples:
        assert "mlops-scan" in example
        assert meaning[:1].islower() and not meaning.endswith(".")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_says_what_it_means(name: str) -> None:
    command = main.get_command(CONTEXT, name)
    assert command is not None
    options = [each for each in command.params if isinstance(each, click.Option)]
    assert all(each.help and each.help.rstrip("]").strip()[-1] for each in options)


def test_the_list_of_commands_is_in_sections_and_names_each_once() -> None:
    text = page()
    assert text.index("\nScan:\n") < text.index("\nKnow:\n") < text.index("\nSet up:\n") < text.index("\nHelp:\n")
    assert "\nOther:\n" not in text
    for name in COMMANDS:
        assert sum(line.startswith(f"  {name} ") for line in text.splitlines()) == 1


def test_the_options_of_a_scan_are_in_groups() -> None:
    text = page("scan")
    groups = ["Report:", "Gate:", "Scope:", "Configuration:", "Cache:", "Help:"]
    assert [line for line in text.splitlines() if line in groups] == groups


def test_an_interrupt_is_no_verdict(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from mlops_scan.cli import options

    def interrupted(*_given: object, **_more: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(options.Setup, "assess", interrupted)
    done = run(tmp_path)
    assert (done.exit_code, done.stdout) == (130, "")
    assert "Interrupted." in done.stderr


def completed(*words: str) -> set[str]:
    """What a shell would be told for the last word."""
    *before, incomplete = words
    found = ShellComplete(main, {}, "mlops-scan", "_MLOPS_SCAN_COMPLETE").get_completions(list(before), incomplete)
    return {each.value for each in found if each.type == "plain"}


def test_the_first_word_completes_to_commands_and_to_options_of_a_scan() -> None:
    assert completed("") >= set(COMMANDS)
    assert completed("exp") == {"explain"}
    assert {"--min-stage", "--version"} <= completed("--")


def test_later_words_complete_by_their_command() -> None:
    assert completed("--count", "") == completed("scan", "--count", "") == {"proven", "attested"}
    assert completed("completion", "") == {"bash", "zsh", "fish"}
    assert "--dry-run" in completed("init", "--d")
    assert "--min-stage" in completed(".", "--min")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_click_s_own(shell: str) -> None:
    done = run("completion", shell)
    assert done.exit_code == 0
    assert "_MLOPS_SCAN_COMPLETE" in done.stdout and "mlops-scan" in done.stdout


def test_bash_completes_with_the_printed_script(tmp_path: Path) -> None:
    places.scanner(tmp_path)
    code = f"""
        PATH="{tmp_path}:$PATH"
        eval "$(mlops-scan completion bash)"
        COMP_WORDS=(mlops-scan expl) COMP_CWORD=1
        _mlops_scan_completion mlops-scan 2>/dev/null
        echo "${{COMPREPLY[@]}}"
    """
    bash = shutil.which("bash")
    assert bash
    done = subprocess.run([bash, "--norc", "-c", code], capture_output=True, text=True, check=True, env={**os.environ})
    assert done.stdout.strip() == "explain", done.stderr
