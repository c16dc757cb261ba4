"""The YAML of our places in CI, and a small runner that does what GitHub's does with the shell steps of an action."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).parent.parent
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


class Ran(NamedTuple):
    """What a run of an action left: the exit code, what it printed, what it told the runner."""

    code: int
    stdout: str
    stderr: str
    outputs: dict[str, str]
    summary: str


def document(path: str) -> Any:
    """A file of ours as YAML reads it; the last document of several."""
    return list(yaml.safe_load_all((ROOT / path).read_text(encoding="utf-8")))[-1]


def scanner(folder: Path) -> Path:
    """A console script of the scanner as it stands here, as an installed one would be: it imports nothing from where it runs."""
    script = folder / "mlops-scan"
    code = "from mlops_scan.cli import main; main(prog_name='mlops-scan')"
    script.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -P -c "{code}" "$@"\n')
    script.chmod(0o755)
    return script


def python(folder: Path) -> Path:
    """A python3 for the install step: its virtual environments hold our scanner, and a pip that only says what it was told."""
    folder.mkdir()
    scanner(folder)
    script = folder / "python3"
    script.write_text(
        '#!/bin/sh\n[ "$1 $2 $3" = "-I -m venv" ] || exit 9\nmkdir -p "$4/bin"\n'
        f'cp "{folder}/mlops-scan" "$4/bin/mlops-scan"\n'
        f'printf \'#!/bin/sh\\necho "$@" > "{folder}/installed"\\n\' > "$4/bin/pip"\n'
        'chmod +x "$4/bin/pip"\n'
    )
    script.chmod(0o755)
    return script


def run_action(workspace: Path, scratch: Path, **inputs: str) -> Ran:
    """Run the shell steps of action.yml in a workspace; steps that use other actions leave no outputs."""
    action = document("action.yml")
    known = {"inputs": {name: each["default"] for name, each in action["inputs"].items()}, "steps": {}}
    known["inputs"] |= {name.replace("_", "-"): value for name, value in inputs.items()}
    scratch.mkdir()
    interpreter = python(scratch / "python")
    place = {"RUNNER_TEMP": str(scratch), "GITHUB_ACTION_PATH": str(ROOT), "GITHUB_STEP_SUMMARY": f"{scratch}/summary"}
    environment = {"PATH": f"{interpreter.parent}:{os.environ['PATH']}", "HOME": str(scratch), **place}
    code, said = 0, ["", ""]
    for step in action["runs"]["steps"]:
        if "run" not in step:
            continue
        told = scratch / f"outputs-{step['name']}"
        given = {name: _value(text, known) for name, text in step.get("env", {}).items()}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=workspace, env={**environment, **given, "GITHUB_OUTPUT": str(told)}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        known["steps"][step.get("id", "")] = {"outputs": _outputs(told)}
        said = [said[0] + done.stdout, said[1] + done.stderr]
        code = code or done.returncode
        if done.returncode:
            break
    outputs = {name: _value(each["value"], known) for name, each in action["outputs"].items()}
    summary = Path(place["GITHUB_STEP_SUMMARY"])
    return Ran(code, said[0], said[1], outputs, summary.read_text() if summary.exists() else "")


def _outputs(file: Path) -> dict[str, str]:
    """What a step told: `name=value` a line, and nothing else."""
    lines = file.read_text().splitlines() if file.exists() else []
    return dict(line.split("=", 1) for line in lines)


def _value(text: str, known: dict[str, Any]) -> str:
    return _EXPRESSION.sub(lambda found: _expression(found[1], known), str(text))


def _expression(text: str, known: dict[str, Any]) -> str:
    """As much of the language as action.yml speaks: `a.b.c`, `a.b || 'text'`."""
    for part in text.split("||"):
        part = part.strip()
        if part.startswith("'"):
            return part.strip("'")
        value: Any = known
        for name in part.split("."):
            value = value.get(name, {}) if isinstance(value, dict) else {}
        if value:
            return str(value)
    return ""
