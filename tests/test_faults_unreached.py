"""Defined and never included, each with its near miss."""

import faulty
import pytest

from mlops_scan.faults.unreached import (
    check_gates_nothing,
    dockerfile_never_built,
    manifest_left_out,
    step_left_out,
    variable_under_another_name,
    workflow_never_runs,
)

SAGEMAKER = """
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.steps import ProcessingStep, TrainingStep

prepare = ProcessingStep(name="Prepare")
train = TrainingStep(name="Train", depends_on=[prepare])
evaluate = ProcessingStep(name="Evaluate")
pipeline = Pipeline(name="churn", steps=[prepare, train])
"""
ZENML = """
from zenml import pipeline, step

@step
def train(): ...

@step(enable_cache=False)
def evaluate(): ...

@pipeline
def training():
    train()
"""


def test_a_step_that_is_not_in_the_list_never_runs() -> None:
    assert faulty.places(step_left_out, {"pipeline.py": SAGEMAKER}) == ["pipeline.py:6"]
    whole = SAGEMAKER.replace("[prepare, train]", "[prepare, train, evaluate]")
    assert faulty.places(step_left_out, {"pipeline.py": whole}) == []


def test_a_decorated_step_that_no_pipeline_calls_never_runs() -> None:
    assert faulty.places(step_left_out, {"pipeline.py": ZENML}) == ["pipeline.py:7"]
    assert faulty.places(step_left_out, {"pipeline.py": ZENML + "    evaluate()\n"}) == []


@pytest.mark.parametrize(
    "other",
    [
        "from pipeline import evaluate\nevaluate()\n",
        "import pipeline\npipeline.evaluate()\n",
        "from pipeline import train, evaluate\n",
    ],
)
def test_a_step_that_another_file_takes_is_used(other: str) -> None:
    assert faulty.places(step_left_out, {"pipeline.py": ZENML, "other.py": other}) == []


def test_steps_that_are_all_for_others_or_started_by_name_are_not_left_out() -> None:
    library = ZENML[: ZENML.index("@pipeline")]
    assert faulty.places(step_left_out, {"steps.py": library}) == []
    assert faulty.places(step_left_out, {"tasks.py": ZENML.replace("from zenml", "from invoke")}) == []


def test_github_runs_only_the_workflows_at_the_root() -> None:
    files = dict.fromkeys((".github/workflows/ci.yml", "churn/.github/workflows/ci.yml"), "on: push\n")
    assert faulty.places(workflow_never_runs, files) == ["churn/.github/workflows/ci.yml"]
    for folder in ("examples/a", "seed_code/build", "project-template"):
        assert faulty.places(workflow_never_runs, {f"{folder}/.github/workflows/ci.yml": "on: push\n"}) == []


def manifest(kind: str) -> str:
    return f"apiVersion: v1\nkind: {kind}\nmetadata:\n  name: churn\n"


def test_a_manifest_beside_a_kustomization_is_named_by_it() -> None:
    files = {
        "k8s/kustomization.yaml": "resources:\n  - service.yaml\n",
        "k8s/service.yaml": manifest("Service"),
        "k8s/hpa.yaml": manifest("HorizontalPodAutoscaler"),
        "k8s/values.yaml": "replicas: 2\n",
    }
    assert faulty.places(manifest_left_out, files) == ["k8s/hpa.yaml:1"]
    whole = {**files, "k8s/kustomization.yaml": "resources: [service.yaml]\npatches:\n  - path: hpa.yaml\n"}
    assert faulty.places(manifest_left_out, whole) == []
    assert faulty.places(manifest_left_out, {**files, "up.sh": "kubectl apply -f k8s/hpa.yaml\n"}) == []
    assert faulty.places(manifest_left_out, {**files, "k8s/kustomization.yaml": "namePrefix: a-\n"}) == []


def test_a_dockerfile_that_nothing_builds_while_others_are_built() -> None:
    files = {"api/Dockerfile": "FROM python:3.12\n", "trainer/Dockerfile": "FROM python:3.12\n"}
    one = {**files, "docker-compose.yml": "services:\n  api:\n    build: ./api\n"}
    assert faulty.places(dockerfile_never_built, one) == ["trainer/Dockerfile:1"]
    assert faulty.places(dockerfile_never_built, files) == []
    by_hand = {**files, "README.md": "```bash\ndocker build -t api api\n```\n"}  # and so may the other one be
    assert faulty.places(dockerfile_never_built, by_hand) == []
    for path, text in {
        "build.sh": "docker build -t trainer trainer\n",
        "README.md": "```bash\ndocker build -f trainer/Dockerfile .\n```\n",
        "trainer/build.sh": "docker build .\n",
        "skaffold.yaml": "build: {}\n",
    }.items():
        assert faulty.places(dockerfile_never_built, {**one, path: text}) == [], path


JOBS = """
on: push
jobs:
  evaluate:
    runs-on: x
    steps:
      - run: python evaluate.py
  deploy:
    runs-on: x
    steps:
      - run: kubectl apply -f k8s
"""


def test_a_check_gates_what_waits_for_it() -> None:
    path = ".github/workflows/cd.yml"
    assert faulty.places(check_gates_nothing, {path: JOBS}) == [f"{path}:3"]
    waiting = JOBS.replace("  deploy:\n", "  deploy:\n    needs: package\n") + "  package:\n    needs: [evaluate]\n"
    assert faulty.places(check_gates_nothing, {path: waiting}) == []


def test_a_check_of_what_was_deployed_is_no_gate_and_need_not_be() -> None:
    behind = JOBS.replace("  evaluate:\n", "  evaluate:\n    needs: deploy\n")
    builds = JOBS.replace("run: kubectl apply -f k8s", "uses: docker/build-push-action@v6\n        with: {push: false}")
    other = JOBS.replace("evaluate", "validate-structure")
    rehearses = JOBS.replace("  deploy:", "  manifests:").replace("apply -f k8s", "apply --dry-run=server -f k8s")
    by_default = JOBS.replace("  deploy:", "  image:").replace(
        "run: kubectl apply -f k8s", "uses: docker/build-push-action@v6"
    )
    for text in (behind, builds, other, rehearses, by_default, JOBS[: JOBS.index("  deploy")]):
        assert faulty.places(check_gates_nothing, {".github/workflows/cd.yml": text}) == []


PIPELINE = """
pipeline {
  agent any
  stages {
    stage('Validate') {
      parallel {
        stage('Unit') { steps { sh 'pytest' } }
        stage('Schema') { steps { sh 'python validate_schema.py' } }
      }
    }
    stage('Deploy') { steps { sh 'kubectl apply -f k8s' } }
  }
}
"""


def test_a_frame_around_checks_is_no_check_of_its_own() -> None:
    assert faulty.places(check_gates_nothing, {"Jenkinsfile": PIPELINE}) == []


SERVING = """
import os
from fastapi import FastAPI

app = FastAPI()
uri = os.getenv("MLFLOW_ENDPOINT")
"""
DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: churn}
spec:
  template:
    spec:
      containers:
        - image: churn:1
          env:
            - name: MLFLOW_URI
              value: http://mlflow:5000
"""


def test_a_variable_has_one_name_in_the_code_and_in_the_manifest() -> None:
    files = {"app.py": SERVING, "k8s/deployment.yaml": DEPLOYMENT}
    (found,) = faulty.broken(variable_under_another_name, files)
    assert str(found.place) == "app.py:5" and "`MLFLOW_URI`" in found.message


@pytest.mark.parametrize(
    "change",
    [
        {"k8s/deployment.yaml": DEPLOYMENT.replace("MLFLOW_URI", "MLFLOW_ENDPOINT")},
        {"k8s/deployment.yaml": DEPLOYMENT.replace("MLFLOW_URI", "MODEL_URI")},
        {"k8s/deployment.yaml": DEPLOYMENT.replace("env:", "envFrom: [{configMapRef: {name: a}}]\n          env:")},
        {"app.py": SERVING.replace('"MLFLOW_ENDPOINT"', '"MLFLOW_ENDPOINT", "http://localhost"')},
        {"app.py": SERVING + 'other = os.getenv("MLFLOW_URI")\n'},
        {"app.py": SERVING.replace("fastapi", "flask_like").replace("FastAPI", "Flasklike")},
        {"Dockerfile": "FROM python\nENV MLFLOW_ENDPOINT=http://mlflow\n"},
        {"settings.py": 'import os\nos.environ["MLFLOW_ENDPOINT"] = "http://mlflow"\n'},
    ],
)
def test_a_variable_that_has_a_value_somewhere_is_not_missed(change: dict[str, str]) -> None:
    files = {"app.py": SERVING, "k8s/deployment.yaml": DEPLOYMENT, **change}
    assert faulty.broken(variable_under_another_name, files) == []
