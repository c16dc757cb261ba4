"""README shows real output: its blocks are what the commands print, and its commands are what CI runs."""

import re
from pathlib import Path

from click.testing import CliRunner

from mlops_scan.cli import main

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
FIXTURES = ROOT / "fixtures" / "repositories"


def block(kind: str, text: str) -> re.Match[str]:
    found = re.search(rf"<!-- {kind}: (\S+) -->\n```\w+\n(.*?)```", text, re.DOTALL)
    assert found, f"README has no block {kind}"
    return found


def shown(kind: str, output: str, accept: bool) -> None:
    text = README.read_text(encoding="utf-8")
    found = block(kind, text)
    if accept:
        README.write_text(text[: found.start(2)] + output + text[found.end(2) :], encoding="utf-8")
    else:
        assert found[2] == output


def test_readme_shows_what_its_command_prints(accept: bool) -> None:
    name = block("report", README.read_text(encoding="utf-8"))[1]
    done = CliRunner().invoke(main, [str(FIXTURES / name)])
    assert done.exit_code == 0
    shown("report", done.stdout, accept)


def test_readme_shows_what_a_failed_gate_says(accept: bool) -> None:
    name = block("gate", README.read_text(encoding="utf-8"))[1]
    done = CliRunner().invoke(main, [str(FIXTURES / name), "--quiet", "--min-stage", "2"])
    assert done.exit_code == 1
    shown("gate", done.stderr, accept)


def test_ci_runs_the_commands_of_readme() -> None:
    text = README.read_text(encoding="utf-8")
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for name in ("install", "test"):
        assert f"<!-- ci: {name} -->" in text
        assert f"command_of {name}" in script
