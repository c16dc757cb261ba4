"""Two reports side by side: what counts as worse, and what only the ruler changed."""

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import trees
from hypothesis import given
from hypothesis import strategies as st
from test_cli import run
from test_report import FILES

from mlops_scan import report
from mlops_scan.changes import Changes, Snapshot, compare, load, snapshot
from mlops_scan.errors import InvalidFile
from mlops_scan.report import Look
from mlops_scan.report.json import as_data

BEFORE: dict[str, Any] = {
    "version": 1, "complete": True, "repository": {"commit": "a" * 40}, "tool": {"ruler": "r"},
    "tools": [{"id": "mlflow"}],
    "practices": [{"id": "run-tracked", "strength": "wired"}, {"id": "code-tested", "strength": "configured"}],
    "models": [{"id": "stages", "stage": 2, "ruler": "m", "criteria": [{"id": "S1.1", "verdict": "partly"}]}],
    "faults": [{"rule": "swallowed-failure", "path": "ci.yml", "line": 3, "message": "x", "confidence": "high"}],
}  # fmt: skip


def changed(change: Any) -> Changes:
    after = copy.deepcopy(BEFORE)
    change(after)
    return compare(snapshot(BEFORE), snapshot(after))


def test_nothing_changed_is_no_change() -> None:
    assert changed(lambda after: None).all == ()


@pytest.mark.parametrize(
    ("change", "kind", "better", "fails"),
    [
        (lambda after: after["models"][0].update(stage=1), "stage", False, True),
        (lambda after: after["models"][0].update(stage=None), "stage", False, True),
        (lambda after: after["models"][0].update(stage=3), "stage", True, False),
        (lambda after: after["models"][0]["criteria"][0].update(verdict="unmet"), "criterion", False, True),
        (lambda after: after["models"][0]["criteria"][0].update(verdict="met"), "criterion", True, False),
        (lambda after: after["practices"][0].update(strength="configured"), "practice", False, True),
        (lambda after: after["practices"].pop(1), "practice", False, False),
        (lambda after: after["practices"][1].update(strength="wired"), "practice", True, False),
        (lambda after: after["faults"].clear(), "fault", True, False),
        (lambda after: after["faults"].append({"rule": "r", "path": "p", "message": "m", "confidence": "high"}), "fault", False, True),
        (lambda after: after["faults"].append({"rule": "r", "path": "p", "message": "m", "confidence": "low"}), "fault", False, False),
        (lambda after: after.update(complete=False), "scan", False, True),
        (lambda after: after["tools"].append({"id": "dvc"}), "tool", None, False),
    ],
)  # fmt: skip
def test_a_change_is_better_or_worse_and_fails_a_ratchet_or_not(
    change: Any, kind: str, better: Any, fails: bool
) -> None:
    found = changed(change)
    assert [(each.kind, each.better) for each in found.all] == [(kind, better)]
    assert bool(found.regressions) is fails


def test_a_fault_that_only_moved_to_another_line_is_the_same() -> None:
    assert changed(lambda after: after["faults"][0].update(line=30)).all == ()


def test_a_fault_that_somebody_accepts_is_gone() -> None:
    assert [each.better for each in changed(lambda after: after["faults"][0].update(suppressed="known")).all] == [True]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda after: after["tool"].update(ruler="other"), ("detectors",)),
        (lambda after: after["models"][0].update(ruler="other"), ("model stages",)),
    ],
)
def test_a_new_ruler_is_said_and_is_no_regression(change: Any, said: tuple[str, ...]) -> None:
    def both(after: dict[str, Any]) -> None:
        change(after)
        after["models"][0].update(stage=0)

    found = changed(both)
    assert (found.rulers, found.regressions) == (said, ())
    assert [each.kind for each in found.all] == ["stage"]


_KEYS = ("version", "models", "id", "stage", "criteria", "practices", "tools", "faults", "complete")
_LEAVES = st.none() | st.integers() | st.text(max_size=5)


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=6)


@given(st.recursive(_LEAVES, _nested))
def test_what_is_no_report_is_refused(data: Any) -> None:
    try:
        found = snapshot(data)
    except (KeyError, TypeError, ValueError, AttributeError):
        return
    assert isinstance(found, Snapshot) and data["version"] == 1


@pytest.mark.parametrize("text", ["", "[]", "{}", "nonsense", '{"version": 2}', "[" * 100_000])
def test_a_baseline_that_is_none_is_one_line(text: str, tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text(text)
    with pytest.raises(InvalidFile, match="is not a JSON report"):
        load(tmp_path / "old.json")


def test_a_scan_says_what_changed_since_its_baseline(tmp_path: Path) -> None:
    houses, old = trees.commit(tmp_path / "houses", FILES), tmp_path / "old.json"
    run(houses, "--format", "json", "-o", old)
    assert "nothing changed" in run(houses, "--baseline", old, "--fail-on-regression").stdout
    trees.commit(houses, {"train.py": "print('no model any more')\n"})
    worse = run(houses, "--baseline", old, "--fail-on-regression")
    assert worse.exit_code == 1
    assert "worse than the baseline" in worse.stderr and "stage stages: " in worse.stderr
    assert run(houses, "--baseline", old).exit_code == 0
    assert run(houses, "--fail-on-regression").exit_code == 2


def test_diff_prints_two_reports_side_by_side(tmp_path: Path) -> None:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_text(json.dumps(BEFORE))
    new.write_text(json.dumps({**BEFORE, "practices": []}))
    done = run("diff", old, new)
    assert done.exit_code == 0
    assert done.output.startswith("worse   practice code-tested: configured -> not shown\n")
    assert run("diff", old, new, "--fail-on-regression").exit_code == 1
    data = json.loads(run("diff", old, new, "--format", "json").output)
    assert [each["regression"] for each in data["all"]] == [False, True]


def test_the_changes_are_in_the_json_and_keep_its_schema(tmp_path: Path) -> None:
    found = trees.assess(trees.write(tmp_path, FILES))
    later = found._replace(changes=compare(snapshot(BEFORE), snapshot(as_data(found))))
    data = json.loads(report.render("json", later, Look()))
    schema = json.loads((Path(report.__file__).parent / "schema.json").read_text())
    jsonschema.validate(data, schema)
    assert {each["kind"] for each in data["changes"]["all"]} >= {"stage", "practice"}


def test_names_of_models_in_two_foreign_reports_do_nothing(tmp_path: Path) -> None:
    name = "x\x1b[31m\u202e\n::error::y ##[group]"
    model = {"id": name, "stage": 1, "criteria": []}
    base = {"version": 1, "complete": True, "faults": [], "practices": [], "tools": []}
    for number in (1, 2):
        data = {**base, "models": [{**model, "ruler": str(number)}]}
        (tmp_path / f"{number}.json").write_text(json.dumps(data))
    for words in ((), ("--format", "json")):
        output = run("diff", tmp_path / "1.json", tmp_path / "2.json", *words).output
        assert "error::y" in output
        assert not {"\x1b", "\u202e"} & set(output) and "##[" not in output and "\n::" not in output
