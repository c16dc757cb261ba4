"""The wiring as a drawing: whole, towards a practice, from a file; hostile names stay text."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
import trees
from test_cli import run
from test_report import FILES


@pytest.fixture
def houses(tmp_path: Path) -> Path:
    return trees.commit(tmp_path / "houses", {**FILES, "other.py": "import sys\n", "other.sh": "python other.py\n"})


def links(output: str) -> set[tuple[str, str]]:
    return {(each["source"], each["target"]) for each in json.loads(output)["links"]}


def test_the_whole_wiring_is_drawn(houses: Path) -> None:
    found = links(run("graph", houses).output)
    assert {
        ("README.md", "Makefile#target:train"),
        ("Makefile#target:train", "train.py"),
        ("other.sh", "other.py"),
    } <= found


def test_only_what_leads_to_a_practice(houses: Path) -> None:
    found = links(run("graph", houses, "--to", "run-tracked").output)
    assert ("Makefile#target:train", "train.py") in found
    assert ("other.sh", "other.py") not in found


def test_only_what_a_file_starts(houses: Path) -> None:
    found = links(run("graph", houses, "--from", "Makefile").output)
    assert ("Makefile#target:train", "train.py") in found
    assert not any(source == "README.md" for source, _ in found)


@pytest.mark.parametrize("words", [["--to", "nothing"], ["--from", "nothing.py"]])
def test_what_is_not_there_is_said(houses: Path, words: list[str]) -> None:
    assert run("graph", houses, *words).exit_code == 2


def test_dot_and_mermaid_name_the_ends_of_a_link(houses: Path) -> None:
    assert '"Makefile#target:train" -> "train.py" [label="command"];' in run("graph", houses, "--format", "dot").output
    assert "-->|command|" in run("graph", houses, "--format", "mermaid").output


def test_hostile_names_break_no_format(tmp_path: Path) -> None:
    name = 'a"];x\x1b[31m<&>\\.py'
    trees.write(
        tmp_path, {name: "import helper\n", "helper.py": "import os\n", "Makefile": "all:\n\tpython helper.py\n"}
    )
    for format_ in ("json", "dot", "mermaid", "graphml"):
        output = run("graph", tmp_path, "--format", format_).output
        assert "\x1b" not in output
        if format_ == "graphml":
            root = ElementTree.fromstring(output)
            assert any("helper.py" in element.get("target", "") for element in root.iter())
        if format_ == "dot":
            assert '"a\\"];x\\\\x1b[31m<&>\\\\.py"' in output


@pytest.mark.parametrize("format_", ["json", "dot", "mermaid", "graphml"])
def test_secrets_in_names_are_hidden_and_names_that_are_cut_stay_apart(tmp_path: Path, format_: str) -> None:
    jobs = "".join(f"  {'a' * 300}{name}:\n    steps: [{{run: python train.py}}]\n" for name in "bc")
    workflow = f"on: push\njobs:\n{jobs}  password=hunter2:\n    steps: [{{run: python train.py}}]\n"
    tree = trees.write(tmp_path, {".github/workflows/a.yml": workflow, "train.py": "import mlflow\n"})
    output = run("graph", tree, "--format", format_).output
    assert "hunter2" not in output
    if format_ == "json":
        ids = [each["id"] for each in json.loads(output)["nodes"]]
        assert len(set(ids)) == len(ids)
        assert len([each for each in ids if each.startswith(".github/workflows/a.yml#job:aaa")]) == 4
