"""Plants a text in every place of a repository whose content reaches a report: names, commands, values, comments.

Where a format has escapes the text is written with them, so that all of it gets to the reader, control characters too.
"""

import json

from hostile.case import Field

#: The text, as it is put into a file: `{y}` as a string of YAML or JSON, `{t}` of TOML, `{p}` of Python, `{r}` as it is,
#: without what would end the line.
_FILES = {
    ".github/workflows/train.yml": """\
name: {y}
run-name: {y}
on:
  push: {{branches: [main, {y}]}}
  schedule: [{{cron: {y}}}, {{cron: '0 3 * * *'}}]
  workflow_dispatch: {{inputs: {{{y}: {{default: {y}}}}}}}
env: {{{y}: {y}}}
concurrency: {y}
jobs:
  train:
    name: {y}
    runs-on: {y}
    environment: {y}
    container: {y}
    steps:
    - uses: actions/checkout@v4
    - name: {y}
      run: {y}
      continue-on-error: true
    - name: {y}
      id: {y}
      env: {{X: {y}, {y}: x}}
      run: python train.py --name {y}
    - run: make {y}
    - run: python {y}
    - uses: {y}
      with: {{{y}: {y}}}
    - run: python evaluate.py || true
  {y}:
    needs: [train, {y}]
    if: {y}
    steps:
    - run: dvc repro {y}
    - run: docker build -t {y} . && docker push {y}
    - run: kubectl apply -f {y}
  other:
    uses: {y}
""",
    ".gitlab-ci.yml": """\
stages: [{y}, test]
include: [{{local: {y}}}, {{project: {y}, file: {y}}}]
variables: {{{y}: {y}}}
{y}:
  stage: {y}
  image: {y}
  script: [{y}, python train.py]
  environment: {{name: {y}}}
  needs: [{y}]
  allow_failure: true
gate:
  extends: {y}
  script: ['python evaluate.py || true', {y}]
""",
    "azure-pipelines.yml": """\
name: {y}
pool: {y}
stages:
- stage: {y}
  dependsOn: {y}
  jobs:
  - job: {y}
    displayName: {y}
    steps:
    - template: {y}
    - task: {y}
    - script: {y}
      displayName: {y}
""",
    ".circleci/config.yml": """\
version: 2.1
orbs: {{x: {y}}}
jobs:
  {y}:
    docker: [{{image: {y}}}]
    steps: [{{run: {{name: {y}, command: {y}}}}}]
workflows: {{{y}: {{jobs: [{y}]}}}}
""",
    "dvc.yaml": """\
vars: [{{{y}: {y}}}]
stages:
  {y}:
    cmd: {y}
    deps: [{y}, train.py]
    outs: [{y}]
    params: [{y}]
    metrics: [{y}]
  train:
    cmd: python train.py
    deps: [{y}]
""",
    "dvc.lock": "schema: '2.0'\nstages:\n  {y}:\n    cmd: {y}\n    deps: [{{path: {y}, md5: {y}}}]\n",
    ".dvc/config": "['remote \"{r}\"']\n    url = {r}\n    password = {r}\n",
    "data/houses.csv.dvc": "outs: [{{md5: {y}, path: {y}}}]\n",
    "params.yaml": "{y}: {y}\ntrain: {{{y}: {y}, seed: 1}}\n",
    "MLproject": "name: {y}\nconda_env: {y}\nentry_points:\n  {y}:\n    command: {y}\n  main:\n    command: python train.py\n",
    "conf/config.yaml": "defaults: [{y}]\nmodel: {{_target_: {y}, name: {y}}}\n",
    "train.py": """\
# mlops-scan: ignore gate-cannot-fail: {r}
import os, subprocess
import mlflow, wandb
import pandas as pd
from sklearn.linear_model import Ridge

TEXT = {p}
MODEL = "models/model.joblib"


def main():
    mlflow.set_tracking_uri({p})
    mlflow.set_experiment({p})
    wandb.init(project={p}, entity={p})
    wandb.login(key={p})
    with mlflow.start_run(run_name={p}):
        data = pd.read_csv({p})
        data = pd.read_csv("s3://bucket/" + {p})
        mlflow.log_param({p}, {p})
        mlflow.log_metric({p}, 1.0)
        mlflow.set_tag({p}, {p})
        model = Ridge(random_state=1).fit(data[["area"]], data["price"])
        mlflow.sklearn.log_model(model, {p}, registered_model_name={p})
        mlflow.register_model({p}, {p})
        mlflow.pyfunc.load_model("models:/" + {p})
        mlflow.pyfunc.load_model({p})
    subprocess.run(["python", {p}], check=False)
    subprocess.run({p}, shell=True)
    os.system({p})
    os.environ[{p}] = {p}
    open({p}).read()


if __name__ == "__main__":
    main()
""",
    "evaluate.py": "import json\n\nscore = {{'accuracy': 1}}\njson.dump(score, open('metrics.json', 'w'))\n# mlops-scan: ignore gate-cannot-fail {r}\n# mlops-scan: ignore {r}: {r}\n",
    "serve.py": """\
import mlflow
from fastapi import FastAPI

app = FastAPI(title={p})
model = mlflow.pyfunc.load_model("models:/" + {p})


@app.post("/" + {p})
@app.post("/predict")
def predict(area: float):
    return model.predict([[area]])
""",
    "dag.py": """\
from airflow import DAG
from airflow.operators.bash import BashOperator

with DAG(dag_id={p}, schedule={p}, description={p}) as dag:
    a = BashOperator(task_id={p}, bash_command={p})
    b = BashOperator(task_id="train", bash_command="python train.py " + {p})
    a >> b
""",
    "feature_repo/features.py": "from feast import Entity, FeatureView, Field\n\nhouse = Entity(name={p}, join_keys=[{p}])\nview = FeatureView(name={p}, entities=[house], schema=[])\n",
    "requirements.txt": "mlflow==3.1.0\nwandb\n{r}==1.0\n{r} @ git+https://example.org/{r}\n-r {r}\n--index-url https://{r}/simple\n",
    "pyproject.toml": """\
[project]
name = {t}
version = {t}
dependencies = ["mlflow", {t}]
scripts = {{ {t} = {t} }}
[tool.poetry.dependencies]
{t} = {t}
[tool.ruff]
extend = {t}
""",
    "package.json": '{{"name": {j}, "scripts": {{{j}: {j}}}, "dependencies": {{{j}: {j}}}}}',
    "environment.yml": "name: {y}\nchannels: [{y}]\ndependencies: [{y}, python=3.11, {{pip: [{y}]}}]\n",
    "Pipfile": "[packages]\n{t} = {t}\n",
    "setup.cfg": "[metadata]\nname = {r}\n[options]\ninstall_requires =\n    {r}\n",
    "tox.ini": "[testenv:{r}]\ncommands = {r}\ndeps = {r}\n",
    "justfile": "train:\n    {r}\n",
    "Makefile": "train:\n\tpython train.py {r}\n\t{r}\n{r}:\n\tpython {r}\ngate: {r}\n\tpython evaluate.py || true # {r}\n",
    "run.sh": "#!/bin/sh\n{r}\npython train.py {r}\ndvc push -r {r}\n",
    "Procfile": "web: uvicorn serve:app {r}\n{r}: {r}\n",
    "crontab": "0 3 * * * python train.py {r}\n{r} python train.py\n",
    "Dockerfile": """\
FROM python:3.11 AS {r}
FROM {r}
LABEL name={y}
ENV X={y} {r}={r}
ARG {r}
COPY {r} /app
RUN {r}
RUN python train.py || true
EXPOSE {r}
CMD ["uvicorn", {j}]
""",
    "docker-compose.yml": """\
services:
  {y}:
    image: {y}
    build: {{context: {y}, dockerfile: {y}}}
    command: {y}
    environment: {{{y}: {y}}}
    ports: [{y}]
    depends_on: [{y}]
""",
    "k8s/deploy.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {y}, namespace: {y}, labels: {{{y}: {y}}}}}
spec: {{template: {{spec: {{containers: [{{name: {y}, image: {y}, command: [{y}], args: [{y}], env: [{{name: {y}, value: {y}}}]}}]}}}}}}
---
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {{name: {y}}}
spec: {{predictor: {{canaryTrafficPercent: 10, model: {{modelFormat: {{name: {y}}}, storageUri: {y}}}}}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {{name: {y}}}
spec: {{schedule: {y}, suspend: true, jobTemplate: {{spec: {{template: {{spec: {{containers: [{{name: a, image: {y}, command: [python, {y}]}}]}}}}}}}}}}
---
apiVersion: v1
kind: Secret
metadata: {{name: {y}}}
data: {{{y}: {y}}}
stringData: {{password: {y}}}
---
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {{name: {y}}}
spec: {{entrypoint: {y}, templates: [{{name: {y}, container: {{image: {y}, command: [{y}]}}}}]}}
""",
    "main.tf": 'resource "aws_sagemaker_endpoint" "{r}" {{\n  name = {j}\n  image_uri = {j}\n}}\nmodule "{r}" {{\n  source = {j}\n}}\n',
    "analysis.ipynb": '{{"cells": [{{"cell_type": "code", "source": ["!pip install ", {j}, "\\n", "%run ", {j}, "\\nimport mlflow\\nmlflow.set_experiment(", {j2}, ")"], "outputs": [{{"text": {j}}}]}}, {{"cell_type": "markdown", "source": {j}}}], "metadata": {{"kernelspec": {{"name": {j}}}}}, "nbformat": 4}}',
    "CODEOWNERS": "* @{r} {r}\n/{r} {r}\n",
    ".pre-commit-config.yaml": "repos: [{{repo: {y}, rev: {y}, hooks: [{{id: {y}, name: {y}, entry: {y}}}]}}]\n",
    "prometheus/rules.yml": "groups: [{{name: {y}, rules: [{{alert: {y}, expr: {y}, annotations: {{{y}: {y}}}}}]}}]\n",
    "alertmanager.yml": "route: {{receiver: {y}}}\nreceivers: [{{name: {y}, webhook_configs: [{{url: {y}}}]}}]\n",
    "grafana/board.json": '{{"title": {j}, "schemaVersion": 38, "panels": [{{"title": {j}, "type": "graph", "targets": [{{"expr": {j}}}]}}]}}',
    "README.md": "---\nmodel_name: {y}\n---\n# {r}\n\n{r}\n\n```sh\npython train.py {r}\n{r}\n```\n\n[{r}]({r})\n",
    "docs/runbook.md": "# {r}\n\n| {r} | {r} |\n",
    "CHANGELOG.md": "# {r}\n\n- {r}\n",
    "Jenkinsfile": "pipeline {{\n  agent any\n  stages {{\n    stage('{r}') {{ steps {{ sh {j}\n sh '{r}' }} }}\n  }}\n}}\n",
    "renv.lock": '{{"R": {{"Version": {j}}}, "Packages": {{{j}: {{"Package": {j}, "Version": {j}}}}}}}',
    "pom.xml": "<project><dependencies><dependency><groupId>{r}</groupId><artifactId>{r}</artifactId></dependency></dependencies></project>",
    ".env": "{r}={r}\nMLFLOW_TRACKING_URI={r}\n",
    "bitbucket-pipelines.yml": "pipelines: {{default: [{{step: {{name: {y}, image: {y}, script: [{y}]}}}}]}}\n",
    ".mlops-scan.toml": """\
model = "own.toml"
detectors = ["own"]
[suppress]
gate-cannot-fail = [{{path = "**/*.yml", reason = {t}}}]
[attest."S1"]
answer = "yes"
why = {t}
by = {t}
until = 2100-01-31
link = {t}
""",
    "own.toml": """\
name = {t}
source = {t}
[[stage]]
number = 1
name = {t}
meaning = {t}
[[stage.criterion]]
id = "S1"
question = {t}
asked = true
needs = ["own-path at wired"]
[[stage.criterion]]
id = "S1b"
question = {t}
needs = ["run-tracked at exercised", "drift-detected at wired", "model-registered"]
[practice.own-path]
capability = "cicd"
means = {t}
step = {t}
starts = ["push"]
reaches = ["train"]
""",
    "own/acme.toml": 'name = {t}\nurl = "https://acme.example"\n[shows.run-tracked]\nimport = ["mlflow"]\n',
}  # fmt: skip

_ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029\0"


def everywhere(field: Field, text: str) -> None:
    """Plant a text in all of these places."""
    for path in _FILES:
        at(field, path, text)


def unescaped(field: Field, text: str) -> None:
    """Plant a text in all of these places but our own configuration, without any escapes: what cannot be parsed is."""
    own = (".mlops-scan.toml", "own.toml", "own/acme.toml")
    for path, template in _FILES.items():
        if path not in own:
            field.write(path, template.format(**dict.fromkeys(("y", "t", "p", "r", "j", "j2"), text)))


def at(field: Field, path: str, text: str) -> None:
    """Plant a text in all places of one of the files."""
    field.write(path, filled(_FILES[path], text))


PLACES = tuple(_FILES)


def filled(template: str, text: str) -> bytes:
    """A template with the text in it, as bytes."""
    raw = "".join(" " if letter in _ENDS else letter for letter in text)
    whole = "".join(letter for letter in text if not "\ud800" <= letter <= "\udfff")
    known = {
        "y": _escaped(text), "t": _escaped(whole), "p": ascii(text), "r": raw, "j": json.dumps(text),
        "j2": json.dumps(ascii(text)),
    }  # fmt: skip
    return template.format(**known).encode("utf-8", "surrogatepass")


def _escaped(text: str) -> str:
    """A string of YAML 1.2 (5.7) and of TOML 1.0: both know the same long escapes."""
    plain = (letter if letter.isascii() and letter.isprintable() else f"\\U{ord(letter):08x}" for letter in text)
    return '"' + "".join({'"': '\\"', "\\": "\\\\"}.get(letter, letter) for letter in plain) + '"'
