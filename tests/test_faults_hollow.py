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


def test_halves_of_one_table_are_less_sure() -> None:
    text = (
        READ
        + "    old = live.iloc[:100]\n    new = live.iloc[100:]\n    report.run(reference_data=old, current_data=new)\n"
    )
    assert [each.confidence for each in broken(hollow.drift_against_itself, {"drift.py": text})] == [Confidence.MEDIUM]
    by_time = text.replace("[:100]", "[live.day < 7]").replace("[100:]", "[live.day >= 7]")
    assert places(hollow.drift_against_itself, {"drift.py": by_time}) == []


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
