"""What measures or does nothing, and beside each what does."""

import pytest
from faulty import broken, places

from mlops_scan.faults import Confidence, hollow

READ = "import pandas as pd\n\ndef run():\n    live = pd.read_csv('live.csv')\n    old = pd.read_csv('old.csv')\n"


def test_drift_of_data_against_themselves() -> None:
    compared = READ + "    report.run(reference_data={reference}, current_data={current})\n"
    same = {"drift.py": compared.format(reference="live", current="live")}
    assert [each.confidence for each in broken(hollow.drift_against_itself, same)] == [Confidence.HIGH]
    assert places(hollow.drift_against_itself, {"drift.py": compared.format(reference="old", current="live")}) == []
    assert places(hollow.drift_against_itself, {"tests/test_drift.py": same["drift.py"]}) == []


HALVES = """
import pandas as pd

def run():
    table = pd.read_csv('churn.csv')
    old = table.iloc[:100]
    new = table.iloc[100:]
    report.run(reference_data=old, current_data=new)
"""


def test_halves_of_one_table_are_less_sure() -> None:
    found = broken(hollow.drift_against_itself, {"drift.py": HALVES})
    assert [(each.place.line, each.confidence) for each in found] == [(7, Confidence.MEDIUM)]
    for near in (
        HALVES.replace("[:100]", "[table.day < 7]").replace("[100:]", "[table.day >= 7]"),
        HALVES.replace("read_csv('churn.csv')", "read_sql('select * from features order by day', engine)"),
        HALVES.replace("churn.csv", "predictions.csv"),  # it grows while the model works: the first part is older
        HALVES.replace("('churn.csv')", "('churn.csv').sort_values('day')"),
        HALVES.replace("def run():\n    table = pd.read_csv('churn.csv')", "def run(table):"),
    ):
        assert places(hollow.drift_against_itself, {"drift.py": near}) == [], near


SPLIT = """
import pandas as pd

def run():
    train = pd.read_csv(DATA / 'train.csv')
    live = pd.read_csv(DATA / 'test.csv')
    return compare_distributions(train, live)
"""


def test_the_halves_of_a_split_do_not_drift() -> None:
    assert places(hollow.drift_against_itself, {"drift.py": SPLIT}) == ["drift.py:6"]
    for near in (SPLIT.replace("test.csv", "requests.csv"), SPLIT.replace("def run():", "def run(train):", 1)):
        near = near.replace("    train = pd.read_csv(DATA / 'train.csv')\n", "") if "(train):" in near else near
        assert places(hollow.drift_against_itself, {"drift.py": near}) == []


def test_a_score_on_the_training_data() -> None:
    text = "def train(X, y):\n    model.fit(X, y)\n    return accuracy_score(y, model.predict(X))\n"
    assert places(hollow.scored_on_training_data, {"train.py": text}) == ["train.py:2"]
    assert places(hollow.scored_on_training_data, {"train.py": text.replace("predict(X)", "predict(V)")}) == []


@pytest.mark.parametrize(
    ("path", "text", "count"),
    [
        ("api/status.py", "import random\n\ndef status():\n    drift_score = random.uniform(0.04, 0.06)\n", 1),
        ("src/evaluate.py", "def evaluate(model):\n    accuracy = 0.95\n    return accuracy\n", 1),
        ("api/status.py", "def status():\n    drift_score = measure()\n", 0),
        ("scripts/generate_data.py", "import random\n\ndef rows():\n    score = random.uniform(0, 1)\n", 0),
        ("src/data.py", "import random\n\ndef simulate_traffic():\n    score = random.uniform(0, 1)\n", 0),
        ("src/config.py", "class Defaults:\n    importance_score = 0.5\n", 0),
        ("src/train.py", "def build():\n    return Stopper(score=0.9)\n", 0),
    ],
)
def test_an_invented_metric(path: str, text: str, count: int) -> None:
    assert len(places(hollow.invented_metric, {path: text})) == count


WORKFLOW = "on: push\njobs:\n  {job}:\n    steps:\n      - uses: actions/checkout@v4\n{steps}"


def workflow(*steps: str, job: str = "test") -> dict[str, str]:
    """A workflow with one job and these steps, each in one line as a flow mapping."""
    text = WORKFLOW.format(job=job, steps="".join(f"      - {step}\n" for step in steps))
    return {".github/workflows/ci.yml": text}


def test_a_command_runs_a_module_that_only_defines_functions() -> None:
    files = {**workflow("{run: python -m app.drift --threshold 0.25}"), "app/drift.py": "def run():\n    pass\n"}
    (found,) = broken(hollow.runs_nothing, files)
    assert str(found.place) == ".github/workflows/ci.yml:6"
    assert "app/drift.py" in found.message


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("python -m app.drift", "def run():\n    pass\n\nrun()\n"),
        ("python -m app.drift", "def run():\n    pass\n\nif __name__ == '__main__':\n    run()\n"),
        ("uvicorn app.drift:run", "def run():\n    pass\n"),
        ("python serve.py app/drift.py", "def run():\n    pass\n"),
        ("pytest app/drift.py", "def run():\n    pass\n"),
    ],
)
def test_a_command_that_runs_something(command: str, code: str) -> None:
    files = {**workflow(f"{{run: {command}}}"), "app/drift.py": code, "serve.py": "print(1)\n"}
    assert places(hollow.runs_nothing, files) == []


@pytest.mark.parametrize(
    ("job", "steps", "count"),
    [
        ("deploy", ["{run: echo deploying}"], 1),
        ("deploy-model", ["{run: pip install dvc}", "{run: dvc artifacts get . model}", "{run: echo deployed}"], 1),
        ("build", ["{name: Deploy to production, run: echo deploying}"], 1),
        ("deploy", ["{run: echo deploying}", "{run: kubectl apply -f model.yaml}"], 0),
        ("deploy", ["{run: echo deploying}", "{run: ./deploy.sh}"], 0),
        ("deploy", ["{run: echo deploying}", "{uses: azure/k8s-deploy@v5}"], 0),
        ("build", ["{name: Deploy, run: kubectl apply -f model.yaml}"], 0),
        ("build", ["{name: Deploy, run: kubectl apply -f x.yaml}", "{name: Deployment summary, run: echo done}"], 0),
        ("build", ["{name: Deploy, run: kubectl apply -f x.yaml}", "{name: Deployed, run: echo done}"], 0),
        ("notify-deployment", ["{run: echo deployed}"], 0),
        ("test", ["{run: echo testing}"], 0),
    ],
)
def test_a_deployment_that_only_prints(job: str, steps: list[str], count: int) -> None:
    assert len(places(hollow.mock_deployment, workflow(*steps, job=job))) == count


GITLAB = "deploy-model:\n  image: python:3.12\n  script:\n    - pip install dvc\n    - echo ready\n{more}"


def test_the_image_that_a_job_runs_in_deploys_nothing() -> None:
    assert places(hollow.mock_deployment, {".gitlab-ci.yml": GITLAB.format(more="")}) == [".gitlab-ci.yml:1"]
    real = GITLAB.format(more="    - helm upgrade churn ./chart\n")
    assert places(hollow.mock_deployment, {".gitlab-ci.yml": real}) == []


def record(users: int, hits: float) -> str:
    """The record of one version in a registry of files."""
    return f'{{"version": "v2",\n "metrics": {{"users": {users}, "items": 40, "failed_rows": 0, "hr": {hits}}}}}\n'


def test_a_version_was_made_of_nothing() -> None:
    empty = {"model_registry/v1/meta.json": record(0, 0.0), "model_registry/v2/meta.json": record(0, 0.0)}
    (found,) = broken(hollow.model_of_nothing, empty)
    assert str(found.place) == "model_registry/v1/meta.json:2"
    assert "`metrics.users` is 0 (as in 1 more records)" in found.message
    assert broken(hollow.model_of_nothing, {"model_registry/v1/meta.json": record(9, 0.0)}) == []
    assert broken(hollow.model_of_nothing, {"web/v1/meta.json": record(0, 0.0)}) == []  # no registry


def test_a_workflow_that_only_prints() -> None:
    assert len(places(hollow.workflow_only_prints, workflow("{run: echo hello}", "{run: ls}"))) == 1
    assert places(hollow.workflow_only_prints, workflow("{run: echo hello}", "{run: make test}")) == []
    assert places(hollow.workflow_only_prints, workflow("{uses: github/super-linter@v5}", "{run: echo hello}")) == []


MONITOR = (
    "name: {name}\non:\n  {trigger}\njobs:\n  check:\n    steps:\n      - run: pip install .\n      - run: {command}\n"
)
CLOCK = "schedule:\n    - cron: '0 6 * * *'"


@pytest.mark.parametrize(
    ("name", "trigger", "command", "count"),
    [
        ("Drift Check", CLOCK, "pytest tests/test_drift.py", 1),
        ("Drift Check", CLOCK, "python check_drift.py", 0),
        ("Nightly tests", CLOCK, "pytest tests/test_drift.py", 0),
        ("Drift Check", "push:", "pytest tests/test_drift.py", 0),
    ],
)
def test_a_monitor_that_only_runs_unit_tests(name: str, trigger: str, command: str, count: int) -> None:
    text = MONITOR.format(name=name, trigger=trigger, command=command)
    assert len(places(hollow.monitor_only_tests, {".github/workflows/nightly.yml": text})) == count


COMPOSE = "services:\n  storage:\n    image: localstack/localstack:3\n"


def test_an_emulator_stands_in_for_the_cloud_in_production() -> None:
    assert places(hollow.emulated_cloud, {"docker-compose.prod.yml": COMPOSE}) == ["docker-compose.prod.yml:3"]
    assert places(hollow.emulated_cloud, {"docker-compose.yml": COMPOSE}) == []
    real = COMPOSE.replace("localstack/localstack:3", "example/localstacked:1")
    assert places(hollow.emulated_cloud, {"docker-compose.prod.yml": real}) == []
