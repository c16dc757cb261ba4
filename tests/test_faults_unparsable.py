"""Files that do not parse, each with its near miss."""

import faulty
import pytest

from mlops_scan.faults.unparsable import definition_is_refused, file_does_not_parse

WORKFLOW = """
on: push
jobs:
  train:
    runs-on: ubuntu-latest
    steps:
      - run: make train
"""
BROKEN_WORKFLOW = WORKFLOW.replace("    steps:", "   steps:")


def test_a_workflow_whose_indentation_slipped_runs_nothing() -> None:
    path = ".github/workflows/train.yml"
    assert faulty.places(file_does_not_parse, {path: BROKEN_WORKFLOW}) == [f"{path}:5"]
    assert faulty.places(file_does_not_parse, {path: WORKFLOW}) == []


@pytest.mark.parametrize("path", ["tests/dvc.yaml", "chart/templates/job.yaml", "docs/compose.yaml", "notes.yaml"])
def test_what_is_filled_in_or_only_data_need_not_parse(path: str) -> None:
    assert faulty.places(file_does_not_parse, {path: BROKEN_WORKFLOW}) == []


def test_python_is_not_judged_since_newer_syntax_may_be_right() -> None:
    files = {"README.md": "```bash\npython train.py\n```\n", "train.py": "print 'fit'\n"}
    assert faulty.places(file_does_not_parse, files) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("on: push\n", "a workflow without jobs"),
        ("# on: push\n# jobs:\n", "a workflow without jobs"),
        (WORKFLOW.replace("on: push", ""), "a workflow without `on`"),
        (WORKFLOW.replace("      - run: make train\n", ""), "a job without steps"),
        (WORKFLOW.replace("run: make", "name: make"), "a step with neither `run` nor `uses`"),
    ],
)
def test_a_workflow_without_what_its_syntax_requires(text: str, said: str) -> None:
    (found,) = faulty.broken(definition_is_refused, {".github/workflows/train.yml": text})
    assert found.message.startswith(said)


@pytest.mark.parametrize(
    "text",
    [
        WORKFLOW,
        WORKFLOW.replace("run: make train", "uses: actions/checkout@v4"),
        "on: push\njobs:\n  call:\n    uses: acme/ci/.github/workflows/train.yml@v1\n",
        '"on": [push]\njobs: {a: {runs-on: x, steps: [{run: ls}]}}\n',
    ],
)
def test_a_whole_workflow_is_not_refused(text: str) -> None:
    assert faulty.broken(definition_is_refused, {".github/workflows/train.yml": text}) == []


def test_many_of_one_kind_are_one_fault() -> None:
    text = "on: push\njobs:\n  a: {runs-on: x}\n  b: {runs-on: x}\n"
    (found,) = faulty.broken(definition_is_refused, {".github/workflows/train.yml": text})
    assert (found.place.line, found.message) == (3, "a job without steps (2 times): this cannot run")


def test_a_stage_of_dvc_needs_a_command() -> None:
    text = "stages:\n  train:\n    cmd: python train.py\n  evaluate:\n    deps: [model.pkl]\n"
    assert faulty.places(definition_is_refused, {"dvc.yaml": text}) == ["dvc.yaml:4"]
    each = "stages:\n  train:\n    foreach: [a, b]\n    do:\n      cmd: python train.py ${item}\n"
    assert faulty.places(definition_is_refused, {"dvc.yaml": each}) == []


def test_stages_of_jenkins_stand_in_stages() -> None:
    stage = "stage('Test') { steps { sh 'make test' } }"
    assert faulty.places(definition_is_refused, {"Jenkinsfile": f"pipeline {{\n  {stage}\n}}\n"}) == ["Jenkinsfile:2"]
    assert faulty.places(definition_is_refused, {"Jenkinsfile": f"pipeline {{\n stages {{\n  {stage}\n }}\n}}\n"}) == []
    assert faulty.places(definition_is_refused, {"Jenkinsfile": "\npipeline {\n  agent any\n}\n"}) == ["Jenkinsfile:1"]
    assert faulty.places(definition_is_refused, {"Jenkinsfile": "@Library('ci') _\nbuildModel('churn')\n"}) == []


def test_a_dockerfile_starts_from_something() -> None:
    assert faulty.places(definition_is_refused, {"Dockerfile": "RUN pip install mlflow\n"}) == ["Dockerfile:1"]
    assert faulty.places(definition_is_refused, {"Dockerfile": ""}) == ["Dockerfile:1"]
    for text in ("FROM python\n", "ARG V=3\nFROM python:${V}\n", "{% if gpu %}\nRUN x\n", "how to build it\n"):
        assert faulty.places(definition_is_refused, {"Dockerfile": text}) == []
    assert faulty.places(definition_is_refused, {"Dockerfile.common": "RUN pip install mlflow\n"}) == []
