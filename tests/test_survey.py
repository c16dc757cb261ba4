"""The survey: it asks what no file can show, and writes what people answer where the next scan reads it."""

from pathlib import Path

import pytest
import tomli
import trees
from click.testing import CliRunner, Result
from test_cli import run
from test_report import FILES

from mlops_scan.cli import main, output

DAY = ("--today", "2029-01-01")


@pytest.fixture
def houses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(output, "can_ask", lambda: True)
    return trees.commit(tmp_path / "houses", FILES)


def survey(folder: Path, *lines: str, options: tuple[str, ...] = ()) -> Result:
    return CliRunner().invoke(main, ["survey", str(folder), *DAY, *options], input="\n".join([*lines, ""]))


def test_answers_go_into_the_configuration_and_count(houses: Path) -> None:
    done = survey(houses, "A. Person", "", "yes", "we looked", "https://wiki.example", *[""] * 20)
    assert "Wrote 1 answers" in done.output, done.output
    (criterion, entry), *rest = tomli.loads((houses / ".mlops-scan.toml").read_text())["attest"].items()
    assert not rest
    assert {**entry, "until": str(entry["until"])} == {
        "answer": "yes", "why": "we looked", "by": "A. Person", "until": "2030-01-01", "link": "https://wiki.example",
    }  # fmt: skip
    assert "attested: yes, by A. Person" in " ".join(run(houses, "-v", *DAY).stdout.split())
    again = survey(houses, "A. Person", "", *[""] * 20)
    assert f"{criterion}:" in done.output and f"{criterion}:" not in again.output


def test_an_answer_that_ended_is_asked_again_and_replaced(houses: Path) -> None:
    (houses / ".mlops-scan.toml").write_text(
        '# ours\nmin-stage = 0\n[attest."S4.3"]\nanswer = "no"\nwhy = "x"\nby = "y"\nuntil = 2020-01-01\n'
    )
    survey(houses, "A. Person", "", "yes", "new", "", *[""] * 20)
    text = (houses / ".mlops-scan.toml").read_text()
    assert text.startswith("# ours\nmin-stage = 0\n")
    assert tomli.loads(text)["attest"]["S4.3"]["why"] == "new"


def test_a_pyproject_with_our_section_keeps_the_answers(houses: Path) -> None:
    (houses / "pyproject.toml").write_text(
        '[project]\nname = "houses"\n\n[tool.mlops-scan]\nmin-stage = 0  # for now\n'
    )
    survey(houses, "A. Person", "2029-06-30", "partly", "half of it", "", *[""] * 20)
    text = (houses / "pyproject.toml").read_text()
    assert "min-stage = 0  # for now" in text and not (houses / ".mlops-scan.toml").exists()
    assert len(tomli.loads(text)["tool"]["mlops-scan"]["attest"]) == 1
    assert run(houses, *DAY).exit_code == 0


def test_a_dry_run_writes_nothing(houses: Path) -> None:
    done = survey(houses, "A. Person", "", "yes", "because", "", *[""] * 20, options=("--dry-run",))
    assert '[attest."S' in done.output or "[attest.S" in done.output
    assert not (houses / ".mlops-scan.toml").exists()


def test_an_interrupt_writes_nothing(houses: Path) -> None:
    done = survey(houses, "A. Person", "", "yes", "because")
    assert done.exit_code == 130 and "Interrupted." in done.output
    assert not (houses / ".mlops-scan.toml").exists()


def test_all_asks_for_what_files_deny_too(houses: Path) -> None:
    few, many = (survey(houses, "A", "", *[""] * 60, options=options).output for options in ((), ("--all",)))
    assert "S2.5:" in many and "S2.5:" not in few


def test_nobody_is_asked_where_nobody_sits(houses: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "can_ask", lambda: False)
    done = survey(houses)
    assert done.exit_code == 2 and "run it in a terminal" in done.output


def test_what_is_not_applicable_is_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "can_ask", lambda: True)
    done = survey(trees.commit(tmp_path, {"app.py": "print(1)\n"}))
    assert done.exit_code == 0 and "Not applicable" in done.output


def test_texts_of_the_tree_do_nothing_at_the_terminal(houses: Path) -> None:
    (houses / "own.toml").write_text(
        'name = "x"\n[[stage]]\nnumber = 1\nname = "y"\n[[stage.criterion]]\nid = "Q.1"\nquestion = "a\\u001b[31m\\u009b\\n::error::b"\nasked = true\n'
        'needs = ["drift-detected at exercised"]\n'
    )
    (houses / ".mlops-scan.toml").write_text('# \u202e\u009b31m\nmodel = "own.toml"\n')
    done = survey(houses, "A. Person", "", "yes", "why", "", options=("--dry-run",))
    assert "Q.1: a\\x1b[31m\\x9b\\x0a" in done.output, done.output
    assert "# \\u202e\\x9b31m\n" in done.output
    assert not {"\x1b", "\x9b", "\u202e"} & set(done.output)
