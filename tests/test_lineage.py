"""The way back from a served model, edge by edge: each is there or is the one that is named as missing."""

from pathlib import Path

import pytest
import trees
from faulty import life_of

from mlops_scan.lineage import lineage
from mlops_scan.report import Look, render

SERVICE = """
    import mlflow
    from fastapi import FastAPI

    app = FastAPI()
    model = mlflow.pyfunc.load_model("models:/churn@champion")

    @app.post("/predict")
    def answer(row: dict):
        return model.predict(row)
    """
TRAINING = """
    import mlflow
    import subprocess

    with mlflow.start_run():
        mlflow.log_input(mlflow.data.from_pandas(frame))
        commit = subprocess.check_output(["git", "rev-parse", "HEAD"])
        mlflow.sklearn.log_model(model.fit(x), "model", registered_model_name="churn")
    """
CLOSED = {"service.py": SERVICE, "train.py": TRAINING}


def steps(files: dict[str, str]) -> list[str]:
    return [f"{step.name}: {step.place}" for step in lineage(life_of(files)).chain]


def test_the_way_leads_from_the_service_to_the_code_of_the_run():
    assert steps(CLOSED) == [
        "served model: service.py:2",
        "registered version: service.py:5",
        "run: train.py:1",
        "data version: train.py:5",
        "code: train.py:6",
    ]
    assert lineage(life_of(CLOSED)).missing == ""


@pytest.mark.parametrize(
    ("files", "missing"),
    [
        ({"train.py": TRAINING}, "served model"),
        ({**CLOSED, "service.py": SERVICE.replace("models:/churn@champion", "model")}, "served model -> registered version"),
        (
            {**CLOSED, "train.py": "import joblib\njoblib.dump(model.fit(x), 'model.pkl')\n"},
            "registered version -> run",
        ),
        ({**CLOSED, "train.py": TRAINING.replace("log_input", "log_params")}, "run -> data version"),
        ({**CLOSED, "train.py": TRAINING.replace("git", "date")}, "data version -> code"),
    ],
)  # fmt: skip
def test_the_first_edge_that_is_missing_is_named(files: dict[str, str], missing: str):
    found = lineage(life_of(files))
    assert (found.missing, bool(found.reason)) == (missing, True)


def test_a_run_of_another_model_is_not_the_run_of_this_version():
    other = TRAINING.replace('"churn"', '"prices"')
    plain = TRAINING.replace("mlflow.log_input(mlflow.data.from_pandas(frame))", "pass")
    files = {**CLOSED, "train.py": plain, "prices.py": other}
    assert lineage(life_of(files)).missing == "run -> data version"


def test_what_predicts_with_a_registered_model_in_batches_serves_it():
    batch = 'import mlflow\nmodel = mlflow.pyfunc.load_model("models:/churn/3")\nmodel.predict(rows)\n'
    assert steps({"train.py": TRAINING, "score.py": batch})[:2] == [
        "served model: score.py:3",
        "registered version: score.py:2",
    ]


def test_a_service_that_leads_nowhere_does_not_hide_one_that_leads_back():
    other = SERVICE.replace('mlflow.pyfunc.load_model("models:/churn@champion")', 'joblib.load("model.pkl")')
    assert steps({**CLOSED, "a.py": other})[0] == "served model: service.py:2"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    files = {path: text.replace("\n    ", "\n").lstrip() for path, text in CLOSED.items()}
    return trees.commit(
        tmp_path_factory.mktemp("lineage"), {**files, "train.py": files["train.py"].replace("_input", "_x")}
    )


def test_the_reports_say_how_far_the_way_leads(folder: Path):
    assessment = trees.assess(folder)
    assert "missing: run -> data version" in render("text", assessment, Look(verbose=True))
    assert '"missing": "run -> data version"' in render("json", assessment, Look())
    assert "lineage-closed" not in {each.practice for each in assessment.practices}


def test_a_way_without_a_gap_is_a_practice(tmp_path: Path):
    files = {path: text.replace("\n    ", "\n").lstrip() for path, text in CLOSED.items()}
    assessment = trees.assess(trees.commit(tmp_path, files))
    proofs = [each.proofs[0] for each in assessment.practices if each.practice == "lineage-closed"]
    assert [len(proof.path) for proof in proofs] == [5]
