"""The benchmark measures what it says: commands in turn, medians, ratios to ripgrep, and trees that are the same each time."""

import json
import sys
from pathlib import Path

import pytest
from endless import ends

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

import speed  # noqa: E402
import synthetic  # noqa: E402


def costs(*seconds):
    return [speed.Cost(each, each * 2, 50) for each in seconds]


def table(title, **found):
    names = {"rg": speed.RIPGREP, "cold": speed.COLD, "peer": "mllint"}
    return speed.Table(title, {names[name]: costs(*seconds) for name, seconds in found.items()})


def test_the_trees_side_by_side_show_medians_and_their_ratio_to_ripgrep():
    lines = list(
        speed.summary([table("8 files", rg=[0.1, 0.3, 0.2], cold=[1, 9, 1.5]), table("9 files", rg=[2], cold=[1])])
    )
    assert lines == [
        "| processor seconds | 8 files | x rg | 9 files | x rg |",
        "|---|---:|---:|---:|---:|",
        "| ripgrep, 100 names | 0.20 | 1.0 | 2.00 | 1.0 |",
        "| mlops-scan, cold | 1.50 | 7.5 | 1.00 | 0.50 |",
    ]


def test_without_ripgrep_there_is_no_ratio():
    lines = list(speed.summary([table("8 files", cold=[1.5], peer=[3])]))
    assert lines[2:] == ["| mlops-scan, cold | 1.50 | |", "| mllint | 3.00 | |"]


def test_all_that_was_measured_of_a_tree_is_shown():
    lines = list(speed.details(table("8 files", rg=[0.5], cold=[1.5]), speed.RIPGREP))
    assert lines[-1] == "| mlops-scan, cold | 1.500 | 3.000 | 50 | 3.0 |"


def test_growth_in_step_has_the_exponent_one():
    before, after = costs(2, 20)
    assert speed._exponent(before, after, 10) == pytest.approx(1)
    assert speed._exponent(before, before, 10) == 0


def test_a_command_that_takes_too_long_is_killed():
    with ends():
        speed.cost([sys.executable, "-c", "import time; time.sleep(600)"], limit=0.2)


def test_only_peers_that_are_installed_are_run_and_ripgrep_comes_first(monkeypatch, tmp_path):
    monkeypatch.setattr(speed.shutil, "which", lambda name: name if name in ("rg", "mllint") else None)
    tree = speed.Tree(tmp_path / "a b", tmp_path / "copy", tmp_path / "cache")
    wanted = speed.commands(tree, tmp_path / "rules.yml")
    assert list(wanted) == [speed.RIPGREP, speed.COLD, speed.WARM, speed.CHANGED, "mllint"]
    assert wanted["mllint"] == ["mllint", str(tmp_path / "a b")]
    assert all(str(tmp_path / "a b") in words for name, words in wanted.items() if name != speed.CHANGED)


def test_commands_run_in_turn_and_the_first_round_does_not_count(monkeypatch):
    ran = []
    monkeypatch.setattr(speed, "cost", lambda command, _: ran.append(command[0]) or speed.Cost(len(ran), 0, 0))
    found = speed.in_turn({"one": ["a"], "two": ["b"]}, 2, 9)
    assert ran == ["a", "b"] * 3
    assert [each.processor for each in found["one"]] == [3, 5]


def test_what_was_killed_is_run_no_more(monkeypatch):
    ran = []
    monkeypatch.setattr(speed, "cost", lambda command, limit: ran.append(command[0]) or speed.Cost(1, limit, 0))
    assert len(speed.in_turn({"one": ["a"]}, 3, 9)["one"]) == 3
    assert ran == ["a"]


def test_ten_files_of_a_copy_change_and_others_do_not(tmp_path):
    tree = synthetic.write(tmp_path, synthetic.files(300))
    before = {path: path.read_bytes() for path in tree.rglob("*.*")}
    speed.change(tree, 1)
    changed = [path for path, content in before.items() if path.read_bytes() != content]
    assert (len(changed), {path.suffix for path in changed}) == (10, {".py"})


def test_synthetic_files_are_the_same_each_time_and_more_of_the_same_is_still_of_its_kind():
    assert list(synthetic.files(40)) == list(synthetic.files(40))
    thick = dict(synthetic.files(20, 3))
    for (path, thin), text in zip(synthetic.files(20), thick.values(), strict=True):
        assert len(text) > 2 * len(thin)
        if path.endswith(".py"):
            compile(text, path, "exec")
        if path.endswith(".json"):
            assert len(json.loads(text)) == 3
