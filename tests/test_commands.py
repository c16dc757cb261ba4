"""What commands start: for each kind of program the files and units behind its words, and what it names in vain."""

import pytest
from faulty import readings_of
from hypothesis import given
from hypothesis import strategies as st

from mlops_scan.evidence import Node
from mlops_scan.wiring.call import Known, Missing
from mlops_scan.wiring.commands import started_by
from mlops_scan.wiring.link import index

FILES = {
    "train.py": "def main():\n    pass\n",
    "src/model/train.py": "def run():\n    pass\n",
    "src/model/__init__.py": "",
    "src/model/__main__.py": "",
    "src/serve.py": "app = 1\n",
    "scripts/run.sh": "python train.py\n",
    "tests/test_train.py": "def test_it():\n    pass\n",
    "R/fit.R": "x <- 1\n",
    "_targets.R": "library(targets)\n",
    "notebooks/explore.ipynb": '{"cells": [], "nbformat": 4}',
    "Makefile": "all: train\n\ntrain:\n\tpython train.py\n\ntest-unit:\n\tpytest\n\ntest-all:\n\tpytest\n",
    "sub/Makefile": "build:\n\techo\n",
    "package.json": '{"scripts": {"build": "tsc", "test": "jest"}}',
    "tox.ini": "[tox]\nenvlist = py311\n[testenv]\ncommands = pytest\n[testenv:lint]\ncommands = ruff check\n",
    "noxfile.py": "import nox\n\n@nox.session\ndef tests(session):\n    session.run('pytest')\n",
    "justfile": "default:\n    echo\n\nretrain:\n    python train.py\n",
    "pyproject.toml": """
        [project]
        name = "shop"
        [project.scripts]
        shop-train = "src.model.train:run"
        [tool.poe.tasks]
        fit = "python train.py"
        [tool.hatch.envs.default.scripts]
        lint = "ruff check"
        """,
    "dvc.yaml": "stages:\n  prepare:\n    cmd: python prepare.py\n  train:\n    cmd: python train.py\n",
    "data/raw.csv.dvc": "outs:\n- path: raw.csv\n  md5: abc\n",
    "MLproject": "name: shop\nentry_points:\n  main:\n    command: python train.py\n  score:\n    command: python s.py\n",
    "Dockerfile": "FROM python:3.11 AS build\nFROM build AS test\nCMD pytest\nFROM build\nCMD python train.py\n",
    "compose.yaml": "services:\n  api:\n    image: python\n  db:\n    image: postgres\n",
    "k8s/base/kustomization.yaml": "resources: [job.yaml]\n",
    "k8s/base/job.yaml": "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: retrain}\nspec: {schedule: '0 0 * * *'}\n",
    "chart/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
    "chart/templates/api.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: api}\n",
    "infra/main.tf": 'resource "aws_s3_bucket" "data" {}\n',
    "jobs/train.yml": "$schema: https://azuremlschemas.azureedge.net/latest/commandJob.schema.json\ncommand: python t.py\n",
    "dags/churn.py": "from airflow import DAG\n\nwith DAG('churn', schedule='@daily'):\n    pass\n",
    ".github/workflows/retrain.yml": """
        name: Retrain
        on: {workflow_dispatch: {}, repository_dispatch: {types: [drift]}}
        jobs: {train: {runs-on: x, steps: [{run: python train.py}]}}
        """,
    "flows/deploy.py": "from prefect import flow\n\n@flow\ndef fit():\n    pass\n\nfit.serve(name='nightly')\n",
}
KNOWN: Known = index(readings_of(FILES))


def started(command: str, folder: str = "", source: str = ".github/workflows/ci.yml") -> list[str]:
    found = started_by(command.split(), (folder,), source, KNOWN)
    return [f"{each.path} {each.unit}".strip() for each in found if isinstance(each, Node)]


def missed(command: str, folder: str = "", source: str = ".github/workflows/ci.yml") -> list[Missing]:
    found = started_by(command.split(), (folder,), source, KNOWN)
    return [each for each in found if isinstance(each, Missing)]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("python train.py --epochs 3", "train.py"),
        ("python3.11 -u -W error train.py", "train.py"),
        ("python -m model.train", "src/model/train.py"),
        ("python -m model", "src/model/__main__.py"),
        ("python -m pytest tests/", "tests/test_train.py"),
        ("python -c from model import train; train.run()", "src/model/train.py"),
        ("torchrun --nproc-per-node 4 train.py", "train.py"),
        ("accelerate launch -m model.train", "src/model/train.py"),
        ("mpirun -n 4 python train.py", "train.py"),
        ("wait-for-it.sh db:5432 -- python train.py", "train.py"),
        ("coverage run train.py", "train.py"),
        ("uvicorn serve:app --app-dir src", "src/serve.py"),
        ("streamlit run src/serve.py", "src/serve.py"),
        ("bash scripts/run.sh", "scripts/run.sh"),
        ("./scripts/run.sh fast", "scripts/run.sh"),
        ("$ROOT/scripts/run.sh", "scripts/run.sh"),
        ("Rscript R/fit.R", "R/fit.R"),
        ("Rscript -e targets::tar_make()", "_targets.R"),
        ("Rscript -e source('R/fit.R')", "R/fit.R"),
        ("papermill notebooks/explore.ipynb out.ipynb", "notebooks/explore.ipynb"),
        ("jupyter nbconvert --execute notebooks/explore.ipynb", "notebooks/explore.ipynb"),
        ("make train", "Makefile target:train"),
        ("make", "Makefile target:all"),
        ("make -C sub build", "sub/Makefile target:build"),
        ("npm run build", "package.json target:build"),
        ("npm test", "package.json target:test"),
        ("yarn build", "package.json target:build"),
        ("tox -e lint", "tox.ini target:lint"),
        ("tox -e py312", "tox.ini target:testenv"),
        ("tox", "tox.ini target:default"),
        ("nox -s tests", "noxfile.py target:tests"),
        ("just retrain", "justfile target:retrain"),
        ("poe fit", "pyproject.toml target:fit"),
        ("lint", "pyproject.toml target:lint"),
        ("shop-train --fast", "src/model/train.py"),
        ("dvc repro train", "dvc.yaml task:train"),
        ("dvc repro", "dvc.yaml"),
        ("dvc exp run", "dvc.yaml"),
        ("dvc pull", "data/raw.csv.dvc"),
        ("mlflow run .", "MLproject target:main"),
        ("mlflow run . -e score", "MLproject target:score"),
        ("docker build -t shop .", "Dockerfile"),
        ("docker build --target test .", "Dockerfile target:test"),
        ("docker run --rm shop python train.py", "train.py"),
        ("docker compose up -d api", "compose.yaml service:api"),
        ("docker compose -f compose.yaml up", "compose.yaml"),
        ("kubectl apply -k k8s/base", "k8s/base/kustomization.yaml"),
        ("kubectl create job --from=cronjob/retrain now", "k8s/base/job.yaml service:CronJob/retrain"),
        ("kustomize build k8s/base", "k8s/base/kustomization.yaml"),
        ("terraform -chdir=infra apply", "infra/main.tf"),
        ("az ml job create -f jobs/train.yml", "jobs/train.yml"),
        ("airflow dags trigger churn", "dags/churn.py"),
        ("prefect deployment run fit/nightly", "flows/deploy.py function:fit"),
        ("gh workflow run retrain.yml", ".github/workflows/retrain.yml trigger:manual"),
        ("gh workflow run Retrain", ".github/workflows/retrain.yml trigger:manual"),
        ("gh api repos/o/r/dispatches -f event_type=drift", ".github/workflows/retrain.yml trigger:signal"),
        (
            "curl -X POST https://api.github.com/repos/o/r/actions/workflows/retrain.yml/dispatches",
            ".github/workflows/retrain.yml trigger:manual",
        ),
    ],
)
def test_a_command_starts_what_its_words_name(command: str, expected: str) -> None:
    assert started(command) == [expected]


def test_a_chart_is_started_with_all_its_files() -> None:
    assert started("helm upgrade --install shop ./chart") == ["chart/Chart.yaml", "chart/templates/api.yaml"]


def test_a_target_with_a_variable_is_each_that_it_may_be() -> None:
    assert started("make test-${{matrix.kind}}") == ["Makefile target:test-unit", "Makefile target:test-all"]


def test_manifests_of_a_folder_are_applied_together() -> None:
    assert started("kubectl apply -f k8s/base/") == ["k8s/base/job.yaml", "k8s/base/kustomization.yaml"]


@pytest.mark.parametrize(
    "command",
    [
        "echo train.py",
        "cat train.py",
        "kubectl delete -f k8s/base/job.yaml",
        "dvc exp show",
        "terraform fmt",
        "pip install x",
    ],
)
def test_what_shows_moves_or_removes_a_file_does_not_start_it(command: str) -> None:
    assert started(command) == []


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("python missing.py", Missing("script", "missing.py")),
        ("python -m model.gone", Missing("module", "model.gone")),
        ("bash scripts/gone.sh", Missing("script", "scripts/gone.sh")),
        ("make publish", Missing("target", "publish")),
        ("npm run lint", Missing("target", "lint")),
        ("dvc repro evaluate", Missing("stage", "evaluate")),
        ("docker build -f Dockerfile.gpu .", Missing("Dockerfile", "Dockerfile.gpu")),
        ("kubectl apply -f k8s/gone.yaml", Missing("manifest", "k8s/gone.yaml")),
        ("airflow dags trigger gone", Missing("DAG", "gone")),
        ("gh workflow run gone.yml", Missing("workflow", "gone.yml")),
        ("pip install -r requirements.txt", Missing("requirements file", "requirements.txt")),
        ("pytest tests/gone/", Missing("test path", "tests/gone/")),
    ],
)
def test_a_command_says_what_it_names_in_vain(command: str, expected: Missing) -> None:
    assert missed(command) == [expected]


@pytest.mark.parametrize(
    "command",
    [
        "python -m build", "python -m pip install x", "python -", "bash", "bash -s < x.sh", "npm ci", "npm run build", "airflow dags list",
        "airflow dags unpause gone", "gh workflow run gone.yml -R other/repo", "docker compose -f compose.yaml rm -f -v",
        "kubectl apply -f -", "kubectl apply -f https://x.org/a.yaml", "helm upgrade shop stable/chart", "make CC=gcc",
        "docker run image python /app/x.py", "docker run image python gone.py", "pytest -k not_slow",
    ],
)  # fmt: skip
def test_nothing_is_missed_that_need_not_be_here(command: str) -> None:
    assert missed(command) == []


def test_a_runner_looks_into_the_folder_that_it_is_called_in() -> None:
    assert started("make build", folder="sub") == ["sub/Makefile target:build"]
    assert missed("make train", folder="sub") == [Missing("target", "train")]


@given(st.lists(st.text(max_size=20), max_size=12))
def test_any_words_are_a_command(words: list[str]) -> None:
    found = started_by(words, ("",), "ci.yml", KNOWN)
    assert all(each.path in FILES if isinstance(each, Node) else each.name for each in found)
    assert len(set(found)) == len(found)


@pytest.mark.parametrize(
    "program", ["python", "bash", "docker", "make", "helm", "kubectl", "coverage", "parallel", "unknown"]
)
def test_hostile_words_take_no_time(program: str) -> None:
    for word in ("a" * 100_000, "../" * 30_000, "--" * 50_000, "$(" * 50_000, "a/" * 50_000, "*" * 1000):
        started_by([program, word, *["-f", word] * 20], ("",), "ci.yml", KNOWN)
    started_by([program, *[program] * 60], ("",), "ci.yml", KNOWN)
