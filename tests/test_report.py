"""Reports: the JSON contract, the text for people, and gates that say what held them back."""

import json
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
import trees

from mlops_scan import report
from mlops_scan.report import Look
from mlops_scan.report.parts import gate

REPOSITORIES = Path(__file__).parent.parent / "fixtures" / "repositories"
FILES = {
    "requirements.txt": "mlflow==3.1.0\nscikit-learn==1.7.0\n",
    "train.py": (
        "import mlflow\nimport pandas as pd\nfrom sklearn.linear_model import Ridge\n\n\ndef main():\n"
        "    data = pd.read_csv('data/houses.csv')\n    model = Ridge(random_state=1).fit(data[['area']], data['price'])\n"
        "    mlflow.log_metric('r2', model.score(data[['area']], data['price']))\n\n\nif __name__ == '__main__':\n    main()\n"
    ),
    "Makefile": "train:\n\tpython train.py\n",
    "README.md": "# Houses\n\n## Training\n\n```bash\nmake train\n```\n",
}  # fmt: skip


@pytest.fixture
def assessment(tmp_path: Path):
    return trees.assess(trees.commit(tmp_path / "houses", FILES))


def test_the_json_report_keeps_its_schema(assessment) -> None:
    schema = json.loads(resources.files("mlops_scan.report").joinpath("schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(report.render("json", assessment, Look())), schema)


def test_the_json_report_has_a_chain_from_the_document_to_the_call(assessment) -> None:
    data = json.loads(report.render("json", assessment, Look()))
    tracked = next(each for each in data["practices"] if each["id"] == "run-tracked")
    assert tracked["strength"] == "wired"
    assert [place["path"] for place in tracked["path"]] == ["README.md", "Makefile", "train.py"]
    assert tracked["path"][-1] == {"path": "train.py", "line": 1} or tracked["path"][-1]["line"] >= 1


def test_both_models_and_every_criterion_are_in_the_json(assessment) -> None:
    data = json.loads(report.render("json", assessment, Look()))
    assert {model["id"]: len(model["criteria"]) for model in data["models"]} == {"stages": 32, "levels": 5}
    assert [each["id"] for each in data["capabilities"]] == [
        "versioning",
        "cicd",
        "monitoring",
        "features",
        "governance",
    ]


def test_a_repository_without_machine_learning_has_no_stage(tmp_path: Path) -> None:
    found = trees.assess(trees.write(tmp_path, {"app.py": "import flask\napp = flask.Flask(__name__)\n"}))
    data = json.loads(report.render("json", found, Look()))
    assert data["applicable"] is False
    assert {model["stage"] for model in data["models"]} == {None}
    assert "Not applicable" in report.render("text", found, Look())
    assert "is proven" not in report.render("text", found, Look())


def test_the_text_report_says_stage_proof_tools_and_next_step(assessment) -> None:
    text = report.render("text", assessment, Look())
    for piece in ("Stage ", " is proven", "Level ", "Ladder", "Next", "Tools (", "S1.1", "By area"):
        assert piece in text
    assert "\x1b" not in text
    assert max(map(len, text.split("\n"))) <= 110


def test_colour_comes_only_when_it_is_asked_for(assessment) -> None:
    assert "\x1b[" in report.render("text", assessment, Look(color=True))


@pytest.mark.parametrize("width", [80, 140])
@pytest.mark.parametrize("name", sorted(path.name for path in REPOSITORIES.iterdir() if path.is_dir()))
def test_the_first_screen_is_a_screen(name: str, width: int) -> None:
    lines = report.render("text", trees.assess(REPOSITORIES / name), Look(width=width)).split("\n")
    assert len(lines) < 40


@pytest.mark.parametrize("width", [60, 80, 140])
def test_the_text_report_keeps_to_the_width(assessment, width: int) -> None:
    assert max(map(len, report.render("text", assessment, Look(width=width)).split("\n"))) <= width


def test_verbose_adds_the_other_model_and_the_chains(assessment) -> None:
    text = report.render("text", assessment, Look(verbose=True))
    assert "P.1" in text
    assert "README.md:6 -> Makefile:2 -> train.py" in text


def test_a_hostile_path_reaches_no_report_unescaped(tmp_path: Path) -> None:
    name = "::error::\x1b[31mx\u202e##[group]train.py"
    found = trees.assess(trees.write(tmp_path, {**FILES, name: FILES["train.py"]}))
    for format_ in report.formats():
        text = report.render(format_, found, Look(verbose=True))
        for bad in ("\x1b", "\u202e", "::error::", "##[group]"):
            assert bad not in text, format_


def test_a_gate_says_which_criteria_held_it_back(assessment) -> None:
    lines = gate.lines(assessment, gate.Target("stages", 2))
    assert "2 is the target" in lines[0]
    assert any(line.startswith("  S2.5 (") for line in lines)
    assert gate.lines(assessment, gate.Target("stages", 0)) == []
    assert gate.lines(assessment, gate.Target("stages")) == []


def test_an_incomplete_scan_passes_no_gate(assessment) -> None:
    assert "passes no gate" in gate.lines(assessment._replace(complete=False), gate.Target("stages", 0))[0]


def test_what_is_not_applicable_passes_no_gate(assessment) -> None:
    assert (
        "not applicable" in gate.lines(assessment._replace(applicable=False, reason="x"), gate.Target("stages", 0))[0]
    )
