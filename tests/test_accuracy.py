"""The benchmark that README quotes: what it counts as found, missed, wrong and right, on labels small enough to count by hand."""

import importlib.util
import json
from pathlib import Path

import pytest
import trees

from mlops_scan.catalogue import load

ROOT = Path(__file__).parent.parent
SPEC = importlib.util.spec_from_file_location("accuracy", ROOT / "benchmarks" / "accuracy.py")
accuracy = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(accuracy)

AREAS = ("versioning", "cicd", "monitoring", "features", "governance")


def label(kind="ml-application", tools=(), answers=None, stage=0, level=0, areas=None):
    return {
        "kind": kind,
        "tools": [{"tool": id, "status": status, "evidence": [{"path": path}]} for id, status, path in tools],
        "answers": {name: {"answer": answer} for name, answer in (answers or {}).items()},
        "areas": dict.fromkeys(AREAS, 0) | (areas or {}),
        "thrive_stage": stage,
        "pyinns_level": level,
    }


def report(tools=(), stages=0, verdicts=None, levels=0, areas=None, applicable=True):
    criteria = [{"id": id, "verdict": verdict} for id, verdict in (verdicts or {}).items()]
    return {
        "applicable": applicable,
        "tools": [{"id": id, "strength": strength, "evidence": [{"path": path}]} for id, strength, path in tools],
        "models": [
            {"id": "stages", "stage": stages, "criteria": [each for each in criteria if each["id"][0] == "S"]},
            {"id": "levels", "stage": levels, "criteria": [each for each in criteria if each["id"][0] == "P"]},
        ],
        "capabilities": [{"id": area, "stage": stage} for area, stage in (areas or {}).items()],
    }


def figures(*pairs):
    return dict(accuracy.figures([accuracy.score(label, said) for label, said in pairs]))


def test_every_tool_of_the_families_has_a_detector_and_belongs_to_one_family():
    tools = [tool for families in accuracy.FAMILIES.values() for tools in families.values() for tool in tools]
    assert set(tools) - {each.id for each in load()} == set()
    assert len(tools) == len(set(tools)) > 150


def test_tools_are_found_missed_and_wrong():
    there = label(
        tools=[("dvc", "wired", "dvc.yaml"), ("feast", "declared", "r.txt"), ("pytest", "wired", "tests/t.py")]
    )
    said = report([("dvc", "exercised", "dvc.yaml"), ("mlflow", "wired", "a.py"), ("pytest", "declared", "r.txt")])
    seen = figures((there, said))
    assert (seen["core tools: recall"], seen["core tools: precision"]) == (0.5, 0.5)
    assert (seen["general tools: recall"], seen["general tools: precision"]) == (1, 1)
    assert (seen["strength of a tool: exact"], seen["strength of a tool: within one"]) == (0, 0.5)
    assert seen["evidence names a file of the label"] == 0.5


def test_a_tool_that_is_only_mentioned_is_wrong_when_it_is_reported_and_right_when_it_is_not():
    there = label(tools=[("airflow", "mentioned", "README.md"), ("kedro", "mentioned", "README.md")])
    claims = list(accuracy.claims(there, report([("airflow", "wired", "dag.py")])))
    assert [(claim.real, claim.said) for claim in claims] == [(False, True)]


def test_of_a_tool_that_is_labelled_twice_the_stronger_label_counts_and_of_equals_the_first():
    twice = label(tools=[("dvc", "declared", "r.txt"), ("dvc", "wired", "dvc.yaml"), ("dvc", "wired", "other")])
    (claim,) = accuracy.claims(twice, report([("dvc", "wired", "dvc.yaml")]))
    assert (claim.rungs, claim.path_agrees) == ((3, 3), True)


def test_a_tool_outside_of_the_families_is_not_scored():
    there = label(tools=[("pandas", "wired", "a.py")])
    assert list(accuracy.claims(there, report([("loguru", "wired", "a.py")]))) == []


def test_criteria_are_compared_on_three_steps_and_undecidable_is_no():
    there = label(answers={"S0.1": "yes", "S0.2": "partial", "S0.3": "undecidable", "P.1": "no"})
    said = report(verdicts={"S0.1": "met", "S0.2": "met", "S0.3": "asked", "P.1": "partly"})
    scored = accuracy.score(there, said)
    assert scored.criteria == {"stages": [(2, 2), (1, 2), (0, 0)], "levels": [(0, 1)]}


def test_who_is_said_to_have_no_models_is_at_the_bottom_of_everything():
    said = report(stages=3, levels=2, verdicts={"S0.1": "met"}, areas={"cicd": 3}, applicable=False)
    scored = accuracy.score(label("non-ml", answers={"S0.1": "no"}), said)
    assert (scored.stages, scored.criteria["stages"], sum(scored.areas)) == (
        {"stages": (0, 0), "levels": (0, 0)},
        [(0, 0)],
        0,
    )
    assert scored.applicable == [True]


@pytest.mark.parametrize(
    ("kind", "applicable", "right"),
    [
        ("ml-pipeline", True, [True]),
        ("ml-pipeline", False, [False]),
        ("ml-library", True, [False]),
        ("template", True, []),
        ("course", False, []),
    ],
)
def test_templates_courses_and_platforms_are_not_asked_whether_the_question_applies(kind, applicable, right):
    assert accuracy.score(label(kind), report(applicable=applicable)).applicable == right


def test_a_repository_that_cannot_be_scanned_is_wrong_everywhere():
    scored = accuracy.score(
        label(tools=[("dvc", "wired", "d")], answers={"S0.1": "yes"}, stage=2, areas={"cicd": 2}), None
    )
    assert scored.stages == {"stages": (2, 0), "levels": (0, 4)}
    assert (scored.criteria["stages"], sum(scored.areas), scored.applicable) == ([(2, 0)], 2, [False])
    assert [(claim.real, claim.said) for claim in scored.claims] == [(True, False)]


@pytest.mark.parametrize(
    ("pairs", "agreement"),
    [
        ([(0, 0), (2, 2)], 1),
        ([(0, 2), (2, 0)], -1),
        ([(1, 1), (1, 1)], 1),
        ([(0, 0), (0, 1), (2, 2), (2, 2)], 1 - 4 / 28),
        ([], 1),
    ],
)
def test_kappa_weighs_a_disagreement_by_the_square_of_its_distance(pairs, agreement):
    assert accuracy.kappa(pairs, 2) == pytest.approx(agreement)


def test_a_family_is_counted_by_itself_and_a_share_of_nothing_is_left_empty():
    scored = accuracy.score(
        label(tools=[("dvc", "wired", "d"), ("lakefs", "wired", "l")]), report([("dvc", "wired", "d")])
    )
    rows = accuracy.tables([scored]).splitlines()
    assert "| data and model versioning | 2 | 1 | 0 | 0.50 | 1.00 |" in rows
    assert "| features | 0 | 0 | 0 |  |  |" in rows


def test_a_corpus_is_scanned_and_compared(tmp_path, capsys):
    trees.write(tmp_path / "repos" / "ada+churn", {
        "requirements.txt": "mlflow==2.9.2\nscikit-learn==1.4.0\n",
        "train.py": "import mlflow\nfrom sklearn.svm import SVC\nmlflow.log_metric('f1', SVC().fit([[0], [1]], [0, 1]).score([[0]], [0]))\n",
        "Makefile": "train:\n\tpython train.py\n",
    })  # fmt: skip
    trees.write(tmp_path / "repos" / "ada+site", {"index.js": "console.log(1)\n"})
    labels = {
        "ada+churn": label(
            tools=[("mlflow", "wired", "train.py"), ("makefile", "configured", "Makefile"), ("dvc", "wired", "d")]
        ),
        "ada+site": label("non-ml"),
        "ada+gone": label(),
    }
    trees.write(tmp_path / "labels", {f"{name}.json": json.dumps(each) for name, each in labels.items()})
    scored = accuracy.measure(tmp_path / "labels", tmp_path / "repos")
    assert capsys.readouterr().err == "ada+gone: not there\n"
    assert [len(one.claims) for one in scored] == [3, 0]
    seen = dict(accuracy.figures(scored))
    assert (seen["core tools: recall"], seen["core tools: precision"], seen["general tools: recall"]) == (0.5, 1, 1)
    assert seen["applicable or not: right"] == 1
    assert accuracy.tables(scored) == accuracy.tables(accuracy.measure(tmp_path / "labels", tmp_path / "repos"))


def test_tables_are_put_between_the_markers_and_nowhere_else():
    text = f"a\n{accuracy.BEGIN}old\n{accuracy.END}b\n"
    assert accuracy.put(text, "new\n") == f"a\n{accuracy.BEGIN}new\n{accuracy.END}b\n"


@pytest.mark.parametrize("text", ["", "a\n", accuracy.BEGIN, accuracy.END + accuracy.BEGIN])
def test_a_file_without_markers_is_left_alone(text):
    with pytest.raises(ValueError, match="to write between"):
        accuracy.put(text, "new\n")


def test_readme_shows_what_is_measured_today():
    shown = (ROOT / "README.md").read_text(encoding="utf-8").partition(accuracy.BEGIN)[2].partition(accuracy.END)[0]
    names = [line.split("|")[1].strip() for line in shown.splitlines() if line.startswith("| ")]
    wanted = [line.split("|")[1].strip() for line in accuracy.tables([]).splitlines() if line.startswith("| ")]
    assert names == wanted
