"""The command line as a user types it: commands, options, exit codes, one-line errors."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import trees
from click.testing import CliRunner, Result
from test_report import FILES

from mlops_scan.cli import main


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words], catch_exceptions=False)


@pytest.fixture
def houses(tmp_path: Path) -> Path:
    return trees.commit(tmp_path / "houses", FILES)


def test_an_interrupt_before_the_command_begins_claims_nothing_of_the_repository(
    houses: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(type(main), "parse_args", interrupted)
    assert CliRunner().invoke(main, [str(houses)]).exit_code == 130


def test_scan_is_the_command_that_needs_no_name(houses: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named, short = run("scan", houses), run(houses)
    monkeypatch.chdir(houses)
    assert named.exit_code == short.exit_code == run().exit_code == 0
    assert named.output == short.output == run().output
    assert "is proven" in named.output


def test_python_m_is_the_same_command(houses: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mlops_scan", str(houses)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parent.parent,
    )
    assert done.stdout == run(houses).output


def test_two_scans_give_the_same_bytes(houses: Path) -> None:
    assert run(houses, "--format", "json").output == run(houses, "--format", "json").output


def test_a_folder_inside_a_repository_can_be_scanned(houses: Path) -> None:
    trees.commit(houses, {f"sub/{path}": content for path, content in FILES.items()})
    data = json.loads(run(houses / "sub", "--format", "json").output)
    assert data["applicable"] is True
    assert {place["path"] for tool in data["tools"] for place in tool["evidence"]} <= set(FILES)


def test_a_project_is_its_folder_and_what_serves_all(houses: Path) -> None:
    workflow = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: make -C sub train\n"
    trees.commit(
        houses, {**{f"sub/{path}": content for path, content in FILES.items()}, ".github/workflows/a.yml": workflow}
    )
    data = json.loads(run(houses, "--project", "sub", "--format", "json").output)
    paths = {place["path"] for tool in data["tools"] for place in tool["evidence"]}
    assert "sub/train.py" in paths and ".github/workflows/a.yml" in paths and "train.py" not in paths


def test_min_stage_fails_the_build_and_says_why_in_its_last_lines(houses: Path) -> None:
    missed = run(houses, "--min-stage", 2)
    assert missed.exit_code == 1
    assert any(line.startswith("  S2.") for line in missed.stderr.strip().split("\n"))
    assert run(houses, "--min-stage", 0).exit_code == 0


def test_quiet_prints_only_what_fails(houses: Path) -> None:
    fine = run(houses, "-q", "--min-stage", 0)
    assert (fine.exit_code, fine.output) == (0, "")
    missed = run(houses, "-q", "--min-stage", 5)
    assert (missed.exit_code, missed.stdout) == (1, "")
    assert "5 is the target" in missed.stderr


def test_model_chooses_the_ladder_that_gates(houses: Path, tmp_path: Path) -> None:
    own = tmp_path / "ours.toml"
    own.write_text(
        'name="Ours"\n[[stage]]\nnumber=1\nname="One"\n[[stage.criterion]]\nid="X.1"\nquestion="Tracked?"\nneeds=["run-tracked at wired"]\n'
    )
    assert run(houses, "--model", own, "--min-stage", 1).exit_code == 0
    assert run(houses, "--model", "levels", "--min-stage", 4).exit_code == 1
    data = json.loads(run(houses, "--model", own, "--format", "json").output)
    assert [model["id"] for model in data["models"]] == ["stages", "levels", "ours"]


def test_output_goes_to_a_file_whole_and_through_no_link(houses: Path, tmp_path: Path) -> None:
    victim, link, out = tmp_path / "victim", tmp_path / "link.json", tmp_path / "out.json"
    victim.write_text("precious")
    link.symlink_to(victim)
    refused = run(houses, "--format", "json", "-o", link)
    assert (refused.exit_code, refused.stdout, refused.stderr.count("\n")) == (2, "", 1)
    assert "is a link" in refused.stderr
    assert victim.read_text() == "precious"
    assert run(houses, "--format", "json", "-o", out).output == ""
    assert json.loads(out.read_text())["version"] == 1


def test_the_configuration_of_the_tree_gates_and_can_be_ignored(houses: Path) -> None:
    (houses / ".mlops-scan.toml").write_text("min-stage = 5\n")
    assert run(houses).exit_code == 1
    assert run(houses, "--no-config").exit_code == 0
    assert run(houses, "--min-stage", 0).exit_code == 0


def test_the_configuration_of_the_user_replaces_that_of_the_tree(houses: Path, tmp_path: Path) -> None:
    (houses / ".mlops-scan.toml").write_text("min-stage = 5\n")
    (tmp_path / "mine.toml").write_text('exclude = ["train.py"]\n')
    done = run(houses, "--config", tmp_path / "mine.toml")
    assert done.exit_code == 0
    assert "1 excluded by the configuration" in done.output


def test_more_detectors_come_from_a_folder(houses: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "acme.toml").write_text(
        'name = "Acme"\nurl = "https://acme.example"\n[shows.run-tracked]\nfile = ["train.py"]\n'
    )
    (folder / "evil.py").write_text("raise SystemExit('code of a folder ran')\n")
    data = json.loads(run(houses, "--detectors", folder, "--format", "json").output)
    assert "acme" in [tool["id"] for tool in data["tools"]]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["/nowhere/at/all"], "no such file"),
        ([".", "--model", "nope"], "no model `nope`"),
        ([".", "--project", "nope"], "no such folder"),
        ([".", "--config", "/nowhere.toml"], "/nowhere.toml: no such file"),
        ([".", "--detectors", "/nowhere"], "is not a folder of detectors"),
        ([".", "--quiet", "--verbose"], "exclude each other"),
        ([".", "--config", "a", "--no-config"], "exclude each other"),
        ([".", "-o", "/nowhere/at/all.json"], "no such file"),
        ([".", "--min-stage", "-1"], "-1"),
        (["explain", "run-trackd"], "did you mean run-tracked"),
    ],
)
def test_a_mistake_is_one_clear_line_and_exit_code_2(
    words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(*words)
    assert done.exit_code == 2
    assert said in done.stderr.lower().replace("error: ", "")
    assert "Traceback" not in done.output


def test_an_unknown_key_names_the_nearest(houses: Path) -> None:
    (houses / ".mlops-scan.toml").write_text("min-stag = 5\n")
    done = run(houses)
    assert done.exit_code == 2
    assert "did you mean `min-stage`?" in done.stderr


@pytest.mark.parametrize("what", ["tools", "practices", "models"])
def test_what_it_knows_is_a_table_and_json(what: str) -> None:
    rows = json.loads(run(what, "--format", "json").output)
    assert len(rows) >= 37
    first = next(iter(rows[0].values()))
    assert first in run(what).output


@pytest.mark.parametrize("name", ["dvc", "run-tracked", "evaluation-gates-deployment", "S2.5", "p.1"])
def test_explain_knows_tools_practices_and_criteria(name: str, houses: Path) -> None:
    alone, here = run("explain", name), run("explain", name, houses)
    assert alone.exit_code == here.exit_code == 0
    assert name.lower() in alone.output.lower()
    assert "  here" in here.output and "  here" not in alone.output


def test_no_colour_where_nobody_looks(houses: Path) -> None:
    environment = {**os.environ, "FORCE_COLOR": "1"}
    command = [sys.executable, "-m", "mlops_scan", str(houses)]
    root = Path(__file__).parent.parent
    coloured = subprocess.run(command, capture_output=True, check=True, cwd=root, env=environment).stdout
    plain = subprocess.run(
        command, capture_output=True, check=True, cwd=root, env={**environment, "NO_COLOR": "1"}
    ).stdout
    assert b"\x1b[" in coloured and b"\x1b[" not in plain


def test_a_practice_of_ones_own_is_followed_through_the_graph(houses: Path, tmp_path: Path) -> None:
    own = tmp_path / "night.toml"
    own.write_text(
        '[practice.nightly]\ncapability="pipelines"\nmeans="x"\nstep="Add a schedule."\nstarts=["schedule"]\nreaches=["train", "run-tracked"]\n'
        '[[stage]]\nnumber=1\nname="One"\n[[stage.criterion]]\nid="N.1"\nquestion="At night?"\nneeds=["nightly at wired"]\n'
    )
    missed = run(houses, "--model", own, "--min-stage", 1)
    assert missed.exit_code == 1 and "Add a schedule." in missed.stdout
    workflow = (
        'on:\n  schedule:\n    - cron: "0 3 * * *"\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: make train\n'
    )
    trees.commit(houses, {".github/workflows/night.yml": workflow})
    reached = run(houses, "--model", own, "--min-stage", 1, "--verbose")
    assert reached.exit_code == 0
    assert ".github/workflows/night.yml:3" in reached.stdout


def test_several_reports_come_of_one_scan(houses: Path, tmp_path: Path) -> None:
    page, data = tmp_path / "out.txt", tmp_path / "out.json"
    done = run(houses, "--format", f"text={page}", "--format", "json", "-o", data)
    assert (done.exit_code, done.output) == (0, "")
    assert page.read_text() == run(houses).output
    assert json.loads(data.read_text())["version"] == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--format", "text", "--format", "json"], "text and json cannot share one output"),
        (["--format", "json=a.json", "-o", "b"], "--output has nothing to write"),
        (["--format", "json="], "name the file behind `json=`"),
        (["--format", "pdf"], "'pdf' is not one of"),
    ],
)
def test_what_goes_where_is_said_once(words: list[str], said: str, houses: Path) -> None:
    done = run(houses, *words)
    assert done.exit_code == 2
    assert said in done.stderr


def test_colour_can_be_asked_for_and_refused(houses: Path) -> None:
    assert "\x1b[" in run(houses, "--color", "always").output
    assert "\x1b[" not in run(houses, "--color", "never").output


def test_an_argument_that_a_shell_has_put_there_is_said_harmless(tmp_path: Path) -> None:
    done = run("scan", tmp_path, "a\x9b31m\n::error::x", "password=hunter2")
    assert done.exit_code == 2
    assert "(a\\x9b31m\\x0a:\\x3aerror::x password=***" in done.stderr
    missing = run("explain")
    assert missing.exit_code == 2 and "Missing argument 'NAME'" in missing.stderr


@pytest.mark.parametrize("command", ["tools", "practices"])
@pytest.mark.parametrize("format_", ["text", "json", "markdown"])
def test_detectors_of_a_tree_have_harmless_names_in_lists(tmp_path: Path, command: str, format_: str) -> None:
    (tmp_path / "acme.toml").write_text(
        'name = "A\\u009b\\u202e|[x](javascript:y)<b> token=hunter2"\nurl = "javascript:alert(1)"\n[shows.run-tracked]\nimport = ["acme"]\n'
    )
    output = run(command, "--detectors", tmp_path, "--format", format_).output
    assert "acme" in output or format_ == "markdown"
    assert not {"\x9b", "\u202e"} & set(output) and "hunter2" not in output
    assert format_ != "markdown" or not [mark for mark in ("<b>", "](javascript", "[x]") if mark in output]
