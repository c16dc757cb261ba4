"""What stands there and is off, and beside each what is on."""

import pytest
from faulty import broken, life_of, places

from mlops_scan.evidence import Node
from mlops_scan.faults import Confidence, switched_off

DEPLOYMENT = "name: training\nflow_name: training\nversion: 1\nschedule: {schedule}\nentrypoint: train.py:flow\nwork_queue_name: main\npath: .\n"


def test_a_schedule_is_null() -> None:
    files = {"train-deployment.yaml": DEPLOYMENT.format(schedule="null"), "train.py": "print(1)\n"}
    assert places(switched_off.schedule_switched_off, files) == ["train-deployment.yaml:4"]
    on = DEPLOYMENT.format(schedule="\n  cron: 0 6 * * *")
    assert places(switched_off.schedule_switched_off, files | {"train-deployment.yaml": on}) == []


CRON = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {{name: train}}\nspec:\n  schedule: '0 6 * * *'\n  suspend: {suspend}\n"


def test_a_cron_job_is_suspended() -> None:
    assert places(switched_off.schedule_switched_off, {"train.yaml": CRON.format(suspend="true")}) == ["train.yaml:6"]
    assert places(switched_off.schedule_switched_off, {"train.yaml": CRON.format(suspend="false")}) == []


RETRAIN = "on:\n  workflow_dispatch:\n{lines}jobs:\n  train:\n    steps:\n      - run: python train.py\n"


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ("  # schedule:\n  #   - cron: '0 6 * * *'\n", [".github/workflows/train.yml:4"]),
        ("  # schedule: this is started by hand\n  # see the runbook\n", []),
        ("  schedule:\n    - cron: '0 6 * * *'\n", []),
        ("  # schedule:\n  #   - cron: '0 5 * * *'\n  schedule:\n    - cron: '0 6 * * *'\n", []),
    ],
)
def test_a_schedule_stands_in_a_comment(lines: str, found: list[str]) -> None:
    files = {".github/workflows/train.yml": RETRAIN.format(lines=lines)}
    assert places(switched_off.schedule_switched_off, files) == found


AZURE = "trigger: {trigger}\njobs:\n  - job: {job}\n    steps:\n      - script: make all\n"


@pytest.mark.parametrize(
    ("trigger", "job", "count"),
    [("none", "TrainModel", 1), ("none", "RemoveEverything", 0), ("[main]", "TrainModel", 0)],
)
def test_only_a_human_starts_a_pipeline_that_trains(trigger: str, job: str, count: int) -> None:
    text = AZURE.format(trigger=trigger, job=job)
    assert len(places(switched_off.started_by_hand_only, {"azure-pipelines.yml": text})) == count


STEP = "on: push\njobs:\n  build:\n    steps:\n      - name: {name}\n        if: {condition}\n        run: {command}\n"


@pytest.mark.parametrize(
    ("name", "condition", "command", "count"),
    [
        ("Model tests", "false", "make x", 1),
        ("Last step", "false", "python evaluate.py", 1),
        ("Last step", "${{ false }}", "kubectl apply -f model.yaml", 1),
        ("Model tests", "always()", "make x", 0),
        ("Clean", "false", "rm -r out", 0),
    ],
)
def test_a_step_never_runs(name: str, condition: str, command: str, count: int) -> None:
    files = {".github/workflows/ci.yml": STEP.format(name=name, condition=condition, command=command)}
    assert len(places(switched_off.step_switched_off, files)) == count


@pytest.mark.parametrize(
    ("path", "text", "sure"),
    [
        ("config-prod.yml", "variables:\n  enable_monitoring: false\n", [Confidence.HIGH]),
        ("config-dev.yml", "variables:\n  enable_monitoring: false\n", [Confidence.LOW]),
        ("config-prod.yml", "variables:\n  enable_monitoring: true\n", []),
        ("config-prod.yml", "variables:\n  enable_cache: false\n", []),
        ("run.sh", "export SKIP_VALIDATION=true\n", [Confidence.HIGH]),
        ("run.sh", "export SKIP_VALIDATION=false\n", []),
        ("run.sh", "export PIP_DISABLE_PIP_VERSION_CHECK=1\n", []),
        ("dags/flow.py", "ALERT_EMAILS = []\n", [Confidence.HIGH]),
        ("dags/flow.py", "ALERT_EMAILS = ['team@example.org']\n", []),
    ],
)
def test_what_watches_is_switched_off(path: str, text: str, sure: list[Confidence]) -> None:
    assert [each.confidence for each in broken(switched_off.watching_switched_off, {path: text})] == sure


@pytest.mark.parametrize(
    ("path", "text", "count"),
    [
        (
            "feature_store.yaml",
            "project: churn\noffline_store:\n  type: redshift\n  cluster_id: [SET YOUR CLUSTER ID]\n",
            1,
        ),
        ("config.yaml", "bucket: <your-bucket>\nother: YOUR_OTHER_BUCKET\n", 1),
        ("config.toml", "bucket = 'your-bucket-name'\n", 1),
        ("Makefile", "REPO=UPDATEME\n\npush:\n\tdocker push $(REPO)/app\n", 1),
        ("deploy.sh", "docker push CHANGEME/app\n", 1),
        ("config.yaml", "bucket: models\nhint: write your name here\n", 0),
        ("config.example.yaml", "bucket: <your-bucket>\n", 0),
        ("skills/templates/config.yaml", "bucket: <your-bucket>\n", 0),
        ("project-template/config.yaml", "bucket: <your-bucket>\n", 0),
        ("labs/class_demo/config.yaml", "bucket: <your-bucket>\n", 0),
        ("contemplated/config.yaml", "bucket: <your-bucket>\n", 1),
        ("config.yaml", "password: CHANGEME\n", 0),
        ("deploy.sh", "echo 'usage: deploy.sh <your-bucket>'\n", 0),
        ("tests/config.yaml", "bucket: <your-bucket>\n", 0),
    ],
)
def test_a_setting_is_not_filled_in(path: str, text: str, count: int) -> None:
    assert len(places(switched_off.setting_not_filled_in, {path: text})) == count


def test_a_placeholder_that_a_command_or_a_tool_replaces_is_filled_in() -> None:
    files = {"k8s/app.yaml": "image: <YOUR-REGISTRY>/churn\n"}
    assert places(switched_off.setting_not_filled_in, files) == ["k8s/app.yaml:1"]
    sed = {"deploy.sh": "sed -i 's|<YOUR-REGISTRY>/churn|$IMAGE|' k8s/app.yaml\n"}
    assert places(switched_off.setting_not_filled_in, {**files, **sed}) == []
    kustomized = {"kustomization.yaml": "images:\n  - name: your-registry/churn\n    newName: ghcr.io/me/churn\n"}
    assert places(switched_off.setting_not_filled_in, kustomized) == []
    assert places(switched_off.setting_not_filled_in, {".gitleaks.toml": "stopwords = ['changeme']\n"}) == []


def test_a_pipeline_whose_tasks_are_all_off_starts_nothing() -> None:
    text = "stages:\n  train:\n    cmd: python train.py\n    frozen: {frozen}\n"
    live = {
        frozen: life_of({"dvc.yaml": text.format(frozen=frozen), "train.py": "print(1)\n"}).graph.is_live(
            Node("dvc.yaml")
        )
        for frozen in ("true", "false")
    }
    assert live == {"true": False, "false": True}
