"""Whole repositories, `fixtures/repositories/`: where each stands, by which proof, and what its report looks like.

The tables say what is right. Where the scanner does not see it yet, the row says so in `wrong`, and why.
"""

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import trees

from mlops_scan.assess import Assessment
from mlops_scan.config import find
from mlops_scan.evidence import Place
from mlops_scan.report import Look, render

ROOT = Path(__file__).parent.parent
REPOSITORIES = ROOT / "fixtures" / "repositories"
Scan = Callable[[str], Assessment]


class Standing(NamedTuple):
    """Where a repository stands on a model; no number where the question does not apply to it."""

    number: int | None
    wrong: str = ""


class Practice(NamedTuple):
    """A practice and its proof: the places on the way, `file` or `file: text of the line`, up to where it ends."""

    id: str
    strength: str
    way: tuple[str, ...]
    wrong: str


class Claim(NamedTuple):
    """A practice that is claimed and should not be."""

    id: str
    wrong: str


def seen(id: str, strength: str, *way: str, wrong: str = "") -> Practice:
    """A row of `PROOFS`."""
    return Practice(id, strength, way, wrong)


def rows(table: dict[str, Iterable[Any]]) -> list[Any]:
    """Parameters (name, row) of a table; rows that are not seen yet must fail, so that nobody forgets them."""
    pairs = ((name, row) for name, group in table.items() for row in group)
    return [pytest.param(name, row, id=_id(name, row), marks=_marks(row)) for name, row in pairs]


def _id(name: str, row: Any) -> str:
    return f"{name}: {row if isinstance(row, str) else getattr(row, 'id', row[0])}"


def _marks(row: Any) -> list[pytest.MarkDecorator]:
    reason = getattr(row, "wrong", "")
    return [pytest.mark.xfail(strict=True, reason=reason)] if reason else []


STAGES = {
    "notebooks-only": [Standing(0)],
    "tracked-scripts": [Standing(1)],
    "dvc-pipeline": [Standing(2)],
    "monitored-service": [Standing(3)],
    "web-shop": [Standing(None)],
    "optimizer-library": [Standing(None)],
    "self-made": [Standing(2)],
}  # fmt: skip

LEVELS = {
    "notebooks-only": [Standing(0)],
    "tracked-scripts": [Standing(1)],
    "dvc-pipeline": [Standing(2)],
    "monitored-service": [Standing(3)],
    "web-shop": [Standing(None)],
    "optimizer-library": [Standing(None)],
    "self-made": [Standing(2)],
}  # fmt: skip

TRAIN = ".github/workflows/train.yml"
DRIFT = ".github/workflows/drift.yml"
TEST = ".github/workflows/test.yml"
SHOP = ".github/workflows/ci.yml"
SETUP = "`python -m venv` and `pip install` are no commands that train or run a model"
CHRONIC = "`chronic make` in a crontab is not followed to what it runs"

PROOFS = {
    "notebooks-only": [
        seen("model-trained", "configured", "model.ipynb"),
        seen("data-located", "configured", "explore.ipynb: read_csv"),
    ],
    "tracked-scripts": [
        seen("model-trained", "wired", "README.md: delivery_time.train", "delivery_time/train.py: HistGradientBoostingRegressor("),
        seen("metrics-recorded", "wired", "README.md: delivery_time.train", "delivery_time/train.py: log_metric"),
        seen("model-exposed", "wired", "Dockerfile: CMD", "delivery_time/service.py: def predict"),
        seen("logs-kept", "wired", "Dockerfile: CMD", "delivery_time/service.py: basicConfig"),
        seen("deployment-documented", "wired", "README.md: docker build"),
        seen("code-reviewed", "configured", ".github/CODEOWNERS"),
        seen("run-tracked", "wired", "README.md: delivery_time.train", "delivery_time/train.py",
             wrong="a service that loads a model through `mlflow` is taken for one that tracks runs"),
        seen("training-commanded", "wired", "README.md: delivery_time.train", "delivery_time/train.py",
             wrong="`train_test_split` has the word `train` in it, so whatever splits data is taken for training"),
        seen("data-located", "wired", "README.md: delivery_time.train", "delivery_time/data.py: read_parquet",
             wrong="the shortest way leads through the service, which never reads the data"),
        seen("usage-documented", "wired", "README.md: delivery_time.train"),
        seen("environment-pinned", "wired", "Dockerfile: requirements.txt", "requirements.txt: =="),
        seen("parameters-kept", "wired", "README.md: delivery_time.train", "config.yaml",
             wrong="a configuration that code reads with `Path(...).read_text()` is not reached"),
        seen("randomness-seeded", "wired", "README.md: delivery_time.train", "delivery_time/train.py: seed"),
    ],
    "dvc-pipeline": [
        seen("data-versioned", "exercised", "dvc.lock"),
        seen("lineage-recorded", "exercised", "dvc.lock"),
        seen("metrics-recorded", "exercised", "metrics/evaluation.json: auc"),
        seen("code-tested", "wired", f"{TEST}: pull_request", f"{TEST}: pytest"),
        seen("changes-checked", "wired", f"{TEST}: pull_request"),
        seen("model-registered", "wired", "Dockerfile: CMD", "cancellations/service.py: get_model_version_by_alias"),
        seen("model-exposed", "wired", "Dockerfile: CMD", "cancellations/service.py: def predict"),
        seen("training-tested", "wired", f"{TRAIN}: push", "cancellations/compare.py: sys.exit"),
        seen("deployment-triggered", "wired", f"{TRAIN}: push", f"{TRAIN}: docker push"),
        seen("training-triggered", "wired", f"{TRAIN}: push", f"{TRAIN}: dvc repro", "cancellations/train.py",
             wrong="the chain ends at a job that is called `train`; nothing in it shows training"),
        seen("training-commanded", "wired", f"{TRAIN}: push", "cancellations/train.py", "cancellations/evaluate.py",
             wrong="validation of the data is taken for evaluation of the model, and the chain ends there"),
        seen("data-validated", "wired", f"{TRAIN}: push", f"{TRAIN}: dvc repro", "cancellations/validate.py: pandera"),
        seen("model-versioned", "wired",
             f"{TRAIN}: push", f"{TRAIN}: cancellations.register", "cancellations/register.py: log_model"),
        seen("model-validated", "wired",
             f"{TRAIN}: push", f"{TRAIN}: cancellations.compare", "cancellations/compare.py: sys.exit"),
        seen("evaluation-gates-deployment", "wired",
             f"{TRAIN}: deploy:", f"{TRAIN}: compare", "cancellations/compare.py: sys.exit"),
        seen("run-tracked", "wired", f"{TRAIN}: push", f"{TRAIN}: dvc repro", "cancellations/train.py",
             wrong="the address of the server in the environment is nearer than the code that tracks"),
        seen("usage-documented", "wired", "README.md: dvc repro", wrong=SETUP),
    ],
    "monitored-service": [
        seen("drift-detected", "wired", f"{DRIFT}: cron", f"{DRIFT}: loans.drift", "loans/drift.py: evidently"),
        seen("rollout-gradual", "wired", "deploy/inference-service.yaml: canaryTrafficPercent"),
        seen("scaling-automatic", "wired", "deploy/inference-service.yaml: maxReplicas"),
        seen("service-monitored", "wired", "deploy/monitoring.yaml: PodMonitor"),
        seen("alert-sent", "wired", "deploy/monitoring.yaml: PrometheusRule"),
        seen("feature-served", "wired", "Dockerfile: CMD", "loans/predictor.py: get_online_features"),
        seen("prediction-logged", "wired", "Dockerfile: CMD", "loans/predictor.py: log_predictions"),
        seen("prediction-traceable", "wired", "loans/predictor.py: log_predictions", "dvc.lock"),
        seen("deployment-triggered", "wired", f"{TRAIN}: push", f"{TRAIN}: docker push"),
        seen("drift-alerts", "wired", f"{DRIFT}: cron", f"{DRIFT}: loans.drift", f"{DRIFT}: slack",
             wrong="a message to Slack when the check has failed is not seen as an alert"),
        seen("drift-triggers-retraining", "wired", f"{DRIFT}: cron", f"{DRIFT}: repository-dispatch",
             f"{TRAIN}: repository_dispatch", "loans/train.py",
             wrong="whatever listens for `repository_dispatch` counts, sent by a drift check or by nobody"),
        seen("features-shared", "wired",
             "loans/dataset.py: get_historical_features", "loans/predictor.py: get_online_features"),
        seen("fairness-checked", "wired", f"{TRAIN}: push", f"{TRAIN}: dvc repro", "loans/fairness.py"),
        seen("data-validated", "wired", f"{TRAIN}: push", f"{TRAIN}: dvc repro", "loans/dataset.py: pandera"),
        seen("changes-checked", "wired", f"{TEST}: pull_request", TEST,
             wrong="any workflow counts, even one that a clock starts"),
        seen("training-commanded", "wired", f"{TRAIN}: push", "loans/train.py", "loans/evaluate.py",
             wrong="`mlflow.log_metrics` has the word `metrics` in it, and is taken for the evaluation"),
        seen("model-validated", "wired", f"{TRAIN}: push", f"{TRAIN}: loans.compare", "loans/compare.py: sys.exit"),
        seen("dashboard-kept", "wired", f"{TRAIN}: push", f"{TRAIN}: kubectl apply", "deploy/dashboard.json",
             wrong="files of a `configMapGenerator` are not reached"),
    ],
    "web-shop": [
        seen("code-tested", "wired", SHOP, f"{SHOP}: pytest"),
        seen("service-monitored", "wired", "k8s/web.yaml: prometheus.io/scrape"),
        seen("deployment-triggered", "wired", f"{SHOP}: push", f"{SHOP}: deploy:",
             wrong="a pull request is said to deploy; the condition of the job says that only `main` does"),
    ],
    "optimizer-library": [
        seen("code-tested", "wired", f"{TEST}: pull_request", f"{TEST}: pytest"),
    ],
    "self-made": [
        seen("model-registered", "exercised", "model_registry/latest.txt"),
        seen("model-versioned", "exercised", "model_registry/v1/meta.json"),
        seen("metrics-recorded", "exercised", "model_registry/v1/meta.json: mae"),
        seen("training-commanded", "wired", "Makefile: train:", "Makefile: forecast.train", "forecast/train.py: mean_absolute_error"),
        seen("data-located", "wired",
             "README.md: make train", "Makefile: forecast.data", "forecast/data.py: read_sql_query",
             wrong="only the first loader of a file is kept, here the one of the snapshot"),
        seen("training-triggered", "wired",
             "ops/crontab: make weekly", "Makefile: weekly:", "forecast/train.py", wrong=CHRONIC),
        seen("code-tested", "wired", "ops/crontab: make weekly", "Makefile: pytest", wrong=CHRONIC),
        seen("training-tested", "wired", "ops/crontab: make weekly", "Makefile: pytest", wrong=CHRONIC),
        seen("data-validated", "wired", "Makefile: forecast.data", "forecast/data.py: BadData"),
        seen("evaluation-gates-deployment", "wired",
             "Makefile: release:", "Makefile: compare", "forecast/compare.py: mape"),
        seen("lineage-recorded", "exercised", "model_registry/v1/meta.json: snapshot"),
        seen("logs-kept", "wired", "ops/forecast.service: ExecStart", "forecast/serve.py: basicConfig",
             wrong="`waitress-serve` is not known to start an application"),
        seen("usage-documented", "wired", "README.md: make train"),
    ],
}  # fmt: skip

#: What a careless reader would claim, for the words or files that are there.
NOT_FOLLOWED = {
    "notebooks-only": ["run-tracked", "environment-pinned", "feature-stored", "model-registered", "training-commanded"],
    "tracked-scripts": ["data-versioned", "model-registered", "code-tested", "changes-checked", "training-triggered",
                        "deployment-triggered", "evaluation-gates-deployment"],
    "dvc-pipeline": ["feature-stored", "drift-detected", "alert-sent", "rollout-gradual", "fairness-checked"],
    "monitored-service": ["hyperparameters-searched", "experiment-online", "model-documented", "decision-audited"],
    "web-shop": ["model-trained", "model-versioned", "model-registered", "model-exposed", "data-versioned",
                 Claim("evaluation-gates-deployment", "`PrometheusMetrics(app)` has a word of evaluation in it")],
    "optimizer-library": ["run-tracked", "metrics-recorded", "training-triggered", "model-registered"],
    "self-made": ["drift-detected", "alert-sent", "image-built", "changes-checked", "feature-stored"],
}  # fmt: skip


def copied(name: str, folder: Path) -> Path:
    """The repository in a place and with a history of its own: ours has no part in it."""
    shutil.copytree(REPOSITORIES / name, folder / name)
    return trees.commit(folder / name, {})


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Scan:
    """The assessment of a repository, made once."""
    known: dict[str, Assessment] = {}

    def once(name: str) -> Assessment:
        if name not in known:
            known[name] = trees.assess(copied(name, tmp_path_factory.mktemp("repositories")))
        return known[name]

    return once


@pytest.fixture(scope="module")
def ours() -> Assessment:
    """The assessment of the repository that these tests stand in."""
    return trees.assess(ROOT, find(ROOT).scope())


def test_every_repository_is_in_the_tables_and_has_a_report() -> None:
    folders = {path.name for path in REPOSITORIES.iterdir() if path.is_dir()}
    assert folders == set(STAGES) == set(LEVELS) == set(PROOFS) == set(NOT_FOLLOWED)
    assert {path.stem for path in REPOSITORIES.glob("*.txt")} <= folders


@pytest.mark.parametrize("name", STAGES)
def test_the_question_applies_to_those_who_run_models_of_their_own(name: str, scan: Scan) -> None:
    assert scan(name).applicable is (STAGES[name][0].number is not None)


@pytest.mark.parametrize("name", STAGES)
def test_everything_in_a_repository_can_be_read(name: str, scan: Scan) -> None:
    assert (scan(name).complete, scan(name).warnings) == (True, ())


@pytest.mark.parametrize(("name", "expected"), rows(STAGES))
def test_a_repository_stands_at_its_stage(name: str, expected: Standing, scan: Scan) -> None:
    assert standing(scan(name), "stages") == expected.number


@pytest.mark.parametrize(("name", "expected"), rows(LEVELS))
def test_a_repository_stands_at_its_level(name: str, expected: Standing, scan: Scan) -> None:
    assert standing(scan(name), "levels") == expected.number


def standing(assessment: Assessment, model: str) -> int | None:
    return assessment.climb(model).stage if assessment.applicable else None


@pytest.mark.parametrize(("name", "expected"), rows(PROOFS))
def test_a_practice_is_proven_where_the_team_would_point_to(name: str, expected: Practice, scan: Scan) -> None:
    showing = next((each for each in scan(name).practices if each.practice == expected.id), None)
    assert showing, "is not seen"
    path = showing.proofs[0].path
    assert passes(path, expected.way, REPOSITORIES / name), f"the proof is {' -> '.join(map(str, path))}"
    assert str(showing.strength) == expected.strength


def passes(path: Iterable[Place], way: Iterable[str], root: Path) -> bool:
    """Whether a path comes by all places of a way, in their order, and ends at the last of them."""
    waiting, arrived = list(way), False
    for place in path:
        arrived = bool(waiting) and is_at(place, waiting[0], root)
        waiting = waiting[arrived:]
    return arrived and not waiting


def is_at(place: Place, wanted: str, root: Path) -> bool:
    file, _, text = wanted.partition(": ")
    if place.path != file or not text:
        return place.path == file
    lines = (root / file).read_text(encoding="utf-8").split("\n")
    return place.line is not None and text in lines[place.line - 1]


@pytest.mark.parametrize("name", PROOFS)
def test_every_place_that_the_table_names_is_there(name: str) -> None:
    for file, _, text in (place.partition(": ") for practice in PROOFS[name] for place in practice.way):
        assert text in (REPOSITORIES / name / file).read_text(encoding="utf-8"), f"{file}: {text}"


@pytest.mark.parametrize(("name", "practice"), rows(NOT_FOLLOWED))
def test_a_practice_that_nobody_follows_is_not_claimed(name: str, practice: str | Claim, scan: Scan) -> None:
    id = practice if isinstance(practice, str) else practice.id
    assert id not in {each.practice for each in scan(name).practices}


def test_only_tools_that_are_there_are_named(scan: Scan) -> None:
    assert {tool.id for tool in scan("notebooks-only").tools} == {"git", "scikit-learn"}
    expected = {"cron", "flask", "git", "makefile", "pytest", "scikit-learn"}
    assert {tool.id for tool in scan("self-made").tools} == expected


@pytest.mark.parametrize("name", STAGES)
def test_the_report_is_the_one_that_was_accepted(name: str, accept: bool, scan: Scan) -> None:
    report = render("text", scan(name), Look(verbose=True))
    golden = REPOSITORIES / f"{name}.txt"
    if accept:
        golden.write_text(report, encoding="utf-8")
    assert report == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", STAGES)
def test_a_second_scan_in_another_place_gives_the_same_bytes(name: str, scan: Scan, tmp_path: Path) -> None:
    again = trees.assess(copied(name, tmp_path / "elsewhere"))
    assert render("json", again, Look()) == render("json", scan(name), Look())
    assert render("text", again, Look()) == render("text", scan(name), Look())


def test_our_own_repository_runs_no_models(ours: Assessment) -> None:
    assert not ours.applicable


def test_what_we_know_of_tools_is_no_evidence_that_we_use_them(ours: Assessment) -> None:
    paths = {one.place.path for tool in ours.tools for one in tool.evidence}
    paths |= {place.path for showing in ours.practices for proof in showing.proofs for place in proof.path}
    assert sorted(path for path in paths if path.startswith(("fixtures/", "detectors/"))) == []
