"""Small repositories for plans: one kind each of CI system, tracker, service, platform and language."""

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import trees

from mlops_scan.catalogue import load
from mlops_scan.maturity import builtin
from mlops_scan.roadmap.state import State
from mlops_scan.scan import Inquiry, gather

REPOSITORIES = Path(__file__).parent.parent / "fixtures" / "repositories"

TRAIN = """\
import joblib
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split


def main():
    rows = pd.read_csv("data/train.csv")
    train, test = train_test_split(rows, random_state=1)
    model = LogisticRegression().fit(train[["a"]], train["b"])
    score = accuracy_score(test["b"], model.predict(test[["a"]]))
    joblib.dump(model, "model.joblib")
    pd.Series({"accuracy": score}).to_json("metrics.json")


if __name__ == "__main__":
    main()
"""
UNMEASURED = TRAIN.replace('pd.Series({"accuracy": score}).to_json("metrics.json")', "print(score)")
FASTAPI = """\
import joblib
from fastapi import FastAPI

app = FastAPI()
model = joblib.load("model.joblib")


@app.post("/predict")
def predict(rows: list[float]):
    return model.predict(rows).tolist()
"""
FLASK = """\
import joblib
from flask import Flask, jsonify, request

app = Flask(__name__)
model = joblib.load("model.joblib")


@app.route("/predict", methods=["POST"])
def predict():
    return jsonify(model.predict(request.get_json()).tolist())
"""
STREAMLIT = """\
import joblib
import streamlit as st

model = joblib.load("model.joblib")
st.write(model.predict([[st.number_input("a")]]))
"""
DOCKERFILE = """\
FROM python:3.11-slim
WORKDIR /app
COPY . .
RUN pip install -r requirements.txt
EXPOSE 8000
CMD ["uvicorn", "app:app", "--host", "0.0.0.0", "--port", "8000"]
"""
DEPLOY = """\
name: deploy
on:
  push:
    branches: [main]
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: docker build -t registry.example.org/a:1 .
      - run: docker push registry.example.org/a:1
"""
MANIFEST = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: churn
spec:
  selector:
    matchLabels: {app: churn}
  template:
    metadata:
      labels: {app: churn}
    spec:
      containers:
        - name: churn
          image: registry.example.org/a:1
"""
KSERVE = """\
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata:
  name: churn
spec:
  predictor:
    minReplicas: 1
    containers:
      - name: churn
        image: registry.example.org/a:1
"""
README = "# Churn\n\n```sh\npython train.py\n```\n"
REQUIREMENTS = "pandas==2.2.2\nscikit-learn==1.5.0\njoblib==1.4.2\n"
PLAIN = {"train.py": TRAIN, "README.md": README, "requirements.txt": REQUIREMENTS}
SERVED = {**PLAIN, "app.py": FASTAPI, "Dockerfile": DOCKERFILE}
TRACKED = UNMEASURED.replace("def main():\n", "def main():\n    mlflow.autolog()\n").replace(
    "import joblib\n", "import joblib\nimport mlflow\n"
)
WANDB = UNMEASURED.replace("def main():\n", "def main():\n    wandb.init()\n").replace(
    "import joblib\n", "import joblib\nimport wandb\n"
)
DVC = """\
stages:
  train:
    cmd: python train.py
    deps:
      - train.py
    metrics:
      - metrics.json:
          cache: false
"""
TORCH = """\
import torch

model = torch.nn.Linear(1, 1)
optimizer = torch.optim.SGD(model.parameters())


def train():
    model.train()
    model(torch.ones(1)).sum().backward()
    optimizer.step()
    torch.save(model, "model.pt")


if __name__ == "__main__":
    train()
"""
R_CODE = "library(tidymodels)\nrows <- arrow::read_parquet('data/train.parquet')\nmodel <- fit(linear_reg(), b ~ a, rows)\nsaveRDS(model, 'model.rds')\n"

CIRCLE = """\
version: 2.1
jobs:
  lint:
    docker:
      - image: cimg/python:3.11
    steps:
      - checkout
      - run: ruff check .
workflows:
  lint:
    jobs:
      - lint
"""
JENKINS = """\
pipeline {
    agent any
    stages {
        stage('lint') {
            steps {
                sh 'ruff check .'
            }
        }
    }
}
"""
R_DVC = DVC.replace("python train.py", "Rscript train.R").replace("train.py", "train.R")
DRIFT = """\
import sys

import pandas as pd
from evidently import Report
from evidently.presets import DataDriftPreset


def main():
    rows = pd.read_csv("data/train.csv")
    Report([DataDriftPreset()]).run(pd.read_csv("recent.csv"), rows)
    sys.exit(1)


if __name__ == "__main__":
    main()
"""
UNREAD = """\
from sklearn.linear_model import LogisticRegression

model = LogisticRegression()
model.fit([[0], [1]], [0, 1])
"""

SITES = {
    "plain": PLAIN,
    "fastapi": SERVED,
    "flask": {**PLAIN, "app.py": FLASK, "Dockerfile": DOCKERFILE.replace("uvicorn", "flask")},
    "streamlit": {**PLAIN, "app.py": STREAMLIT, "README.md": README + "\n```sh\nstreamlit run app.py\n```\n"},
    "unmeasured": {**SERVED, "train.py": UNMEASURED},
    "mlflow": {**SERVED, "train.py": TRACKED},
    "wandb": {**SERVED, "train.py": WANDB},
    "deploying": {**SERVED, ".github/workflows/deploy.yml": DEPLOY},
    "deploying-mlflow": {**SERVED, "train.py": TRACKED, ".github/workflows/deploy.yml": DEPLOY},
    "deploying-wandb": {**SERVED, "train.py": WANDB, ".github/workflows/deploy.yml": DEPLOY},
    "gitlab": {**SERVED, ".gitlab-ci.yml": "stages: [test, deploy]\n\ntest:\n  stage: test\n  script:\n    - ruff check .\n"},
    "azure": {**SERVED, "ci/azure-pipelines.yml": "trigger:\n  - main\npool:\n  vmImage: ubuntu-latest\nsteps:\n  - script: ruff check .\n"},
    "circleci": {
        **SERVED,
        ".circleci/config.yml": CIRCLE,
    },
    "jenkins": {**SERVED, "Jenkinsfile": JENKINS},
    "kubernetes": {**SERVED, "k8s/deployment.yaml": MANIFEST},
    "kserve": {**SERVED, "k8s/model.yaml": KSERVE},
    "cloud-run": {**SERVED, ".github/workflows/deploy.yml": DEPLOY + "      - run: gcloud run deploy churn --image registry.example.org/a:1\n"},
    "makefile": {**PLAIN, "Makefile": "train:\n\tpython train.py\n", "README.md": "# Churn\n\n```sh\nmake train\n```\n"},
    "dvc": {**PLAIN, "dvc.yaml": DVC, ".dvc/config": "[core]\n    remote = s\n['remote \"s\"']\n    url = s3://b/c\n"},
    "torch": {**PLAIN, "train.py": TORCH, "requirements.txt": "torch==2.3.0\n"},
    "r": {"train.R": R_CODE, "dvc.yaml": R_DVC, "README.md": "# Churn\n\n```sh\ndvc repro\n```\n", "renv.lock": "{}\n"},
    "steps": {
        "prepare.py": "import pandas as pd\n\npd.read_csv('raw.csv').dropna().to_csv('data/train.csv')\n",
        "train.py": "import joblib\nfrom sklearn.svm import SVC\n\njoblib.dump(SVC().fit([[0], [1]], [0, 1]), 'model.joblib')\n",
        "evaluate.py": "from sklearn.metrics import accuracy_score\n\nprint(accuracy_score([0, 1], [0, 1]))\n",
        "README.md": "# Churn\n",
        "requirements.txt": REQUIREMENTS,
    },
    "wandb-declared": {**PLAIN, "train.py": UNMEASURED, "requirements.txt": REQUIREMENTS + "wandb==0.17.0\n"},
    "drifting": {**SERVED, "check_drift.py": DRIFT},
    "nothing-pinned": {**PLAIN, "requirements.txt": "pandas\nscikit-learn\njoblib\n"},
    "no-data": {**PLAIN, "train.py": UNREAD, "requirements.txt": "scikit-learn==1.5.0\n"},
}  # fmt: skip
FIXTURES = ("notebooks-only", "tracked-scripts", "dvc-pipeline", "self-made", "monitored-service")


@cache
def state(name: str) -> State:
    """A repository of this module, or of the fixtures, read and ready to be planned for."""
    place = REPOSITORIES / name if name in FIXTURES else Path(mkdtemp(prefix="site-")) / "churn"
    if name in SITES:
        trees.write(place, SITES[name])
    return State(gather(place, Inquiry(tuple(builtin().values()), load())))
