"""Duplicate or unused, each with its near miss."""

import faulty
import pytest

from mlops_scan.faults.untidy import (
    data_remote_local,
    declared_never_imported,
    deployed_as_latest,
    model_in_git,
    tracking_store_local,
    two_of_a_kind,
)

TRAIN = "import mlflow\n\nmlflow.log_metric('auc', 0.9)\n"


def test_one_training_that_writes_to_two_trackers() -> None:
    both = {"train.py": f"import report\n{TRAIN}", "report.py": "import wandb\nwandb.log({'auc': 0.9})\n"}
    (found,) = faulty.broken(two_of_a_kind, both)
    assert (found.place.path, "wandb in `report.py" in found.message) == ("train.py", True)


def test_what_stands_behind_an_adapter_is_chosen_and_not_doubled() -> None:
    one = "import {0}\n\nclass {1}:\n    def log(self):\n        {0}.log_metrics(self.metrics)\n"
    both = {"train.py": one.format("mlflow", "Left") + one.format("wandb", "Right")}
    assert faulty.places(two_of_a_kind, both) == ["train.py:1"]
    adapters = {"train.py": one.format("mlflow", "MlflowTracker") + one.format("wandb", "WandbTracker")}
    assert faulty.places(two_of_a_kind, adapters) == []


def test_two_projects_may_have_a_tracker_each_and_tensorboard_is_none() -> None:
    assert faulty.broken(two_of_a_kind, {"a/train.py": TRAIN, "b/train.py": "import wandb\nwandb.init()\n"}) == []
    writer = "from torch.utils.tensorboard import SummaryWriter\nSummaryWriter()\n"
    assert faulty.broken(two_of_a_kind, {"train.py": writer + TRAIN}) == []


def test_a_tool_that_is_declared_is_imported() -> None:
    files = {"requirements.txt": "pandas\nevidently\nruff\nxgboost\n", "train.py": TRAIN}
    (found,) = faulty.broken(declared_never_imported, files)
    assert (str(found.place), "`evidently`" in found.message) == ("requirements.txt:2", True)
    used = {**files, "drift.py": "from evidently import Report\n"}
    assert faulty.broken(declared_never_imported, used) == []
    assert faulty.broken(declared_never_imported, {"requirements.txt": "evidently\n"}) == []  # nothing imports anything


def test_an_export_of_all_that_is_installed_declares_nothing() -> None:
    frozen = "".join(f"package-{number}==1.0\n" for number in range(50)) + "evidently==0.4\n"
    assert faulty.broken(declared_never_imported, {"requirements.txt": frozen, "train.py": TRAIN}) == []


@pytest.mark.parametrize("uri", ["file:./mlruns", "sqlite:///mlflow.db", "./mlruns", "mlruns", "http://localhost:5000"])
def test_runs_in_a_file_or_on_this_machine_are_seen_by_nobody_else(uri: str) -> None:
    code = f"import mlflow\nmlflow.set_tracking_uri('{uri}')\n"
    assert faulty.places(tracking_store_local, {"train.py": code}) == ["train.py:2"]
    compose = f"services:\n  train:\n    image: churn\n    environment:\n      MLFLOW_TRACKING_URI: {uri}\n"
    assert faulty.places(tracking_store_local, {"compose.yml": compose}) == ["compose.yml:5"]


SERVICE = "services:\n  a:\n    image: a\n    environment: {{MLFLOW_TRACKING_URI: '{}'}}\n"
JOB = "on: push\njobs:\n  a:\n    env: {MLFLOW_TRACKING_URI: 'sqlite:///a.db'}\n    steps: [{run: pytest}]\n"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("train.py", "import mlflow\nmlflow.set_tracking_uri('https://mlflow.example.org')\n"),
        ("train.py", "import mlflow, os\nmlflow.set_tracking_uri(os.environ['URI'])\n"),
        ("train.py", "import mlflow\nmlflow.set_tracking_uri('databricks')\n"),
        ("tests/test_train.py", "import mlflow\nmlflow.set_tracking_uri('sqlite:///x.db')\n"),
        ("compose.yml", SERVICE.format("http://mlflow:5000")),
        ("compose.yml", SERVICE.format("http://localhost:5000") + "    command: mlflow server\n"),
        (".github/workflows/ci.yml", JOB),
        ("smoke/train.py", "import mlflow\nmlflow.set_tracking_uri('file:./mlruns')\n"),
        (".devcontainer/devcontainer.json", '{"remoteEnv": {"MLFLOW_TRACKING_URI": "file:./mlruns"}}'),
        ("compose.local.yml", SERVICE.format("sqlite:///a.db")),
        (
            "train.py",
            "import mlflow, os\nif not os.getenv('MLFLOW_TRACKING_URI'):\n    mlflow.set_tracking_uri('file:./mlruns')\n",
        ),
    ],
)
def test_a_shared_server_or_a_store_for_tests_is_right(path: str, text: str) -> None:
    assert faulty.places(tracking_store_local, {path: text}) == []


def test_a_variable_that_another_file_sets_to_a_server_is_a_default() -> None:
    image = {"Dockerfile": "FROM python:3.12\nENV MLFLOW_TRACKING_URI=file:./mlruns\n"}
    assert faulty.places(tracking_store_local, image) == ["Dockerfile:2"]
    server = {"deploy.yml": SERVICE.format("http://mlflow:5000")}
    assert faulty.places(tracking_store_local, {**image, "compose.yml": server["deploy.yml"]}) == []
    fixed = {"train.py": "import mlflow\nmlflow.set_tracking_uri('sqlite:///a.db')\n"}  # the code asks nobody
    assert faulty.places(tracking_store_local, {**fixed, "compose.yml": server["deploy.yml"]}) == ["train.py:2"]


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("STORE = 'file://' + str(HERE.absolute())\nmlflow.set_tracking_uri(STORE)\n", 4),
        ("STORE = f'sqlite:///{HERE}/runs.db'\n\ndef train():\n    mlflow.set_tracking_uri(uri=STORE)\n", 6),
        ("mlflow.set_tracking_uri(HERE.as_uri())\n", 3),
        ("def train():\n    store = 'mlruns'\n    mlflow.set_tracking_uri(str(store))\n", 5),
        ("STORE = 'https://' + HOST\nmlflow.set_tracking_uri(STORE)\n", 0),
        ("def train(store):\n    mlflow.set_tracking_uri(store)\n", 0),
        ("STORE = 'file://a'\nSTORE = HOST\nmlflow.set_tracking_uri(STORE)\n", 0),
        ("mlflow.set_tracking_uri(HOST + '/mlflow')\n", 0),
    ],
)
def test_a_store_whose_address_is_computed(code: str, line: int) -> None:
    found = faulty.places(
        tracking_store_local, {"config.py": f"import mlflow\nfrom settings import HERE, HOST\n{code}"}
    )
    assert found == ([f"config.py:{line}"] if line else [])


def test_the_default_remote_of_dvc_is_shared() -> None:
    local = "[core]\n    remote = store\n['remote \"store\"']\n    url = ../store\n"
    assert faulty.places(data_remote_local, {".dvc/config": local}) == [".dvc/config:4"]
    for url in ("s3://data/churn", "ssh://host/data", "user@host:data", "/mnt/nfs/data"):
        assert faulty.places(data_remote_local, {".dvc/config": local.replace("../store", url)}) == []
    second = local.replace("= store", "= cloud") + "['remote \"cloud\"']\n    url = gs://data\n"
    assert faulty.places(data_remote_local, {".dvc/config": second}) == []


BUILD = "docker build -t registry.example.org/churn:latest .\n"
COMPOSE = "services:\n  api:\n    image: registry.example.org/churn:latest\n"


def test_an_image_of_our_own_is_deployed_by_a_tag_that_stays() -> None:
    files = {"Dockerfile": "FROM python:3.12\n", "build.sh": BUILD, "compose.prod.yml": COMPOSE}
    assert faulty.places(deployed_as_latest, files) == ["compose.prod.yml:3"]
    fixed = {**files, "compose.prod.yml": COMPOSE.replace(":latest", ":1.4")}
    foreign = {**files, "compose.prod.yml": COMPOSE.replace("churn:", "postgres:")}
    chosen = {**files, "deploy.sh": "kubectl set image deployment/churn churn=churn:$SHA\n"}
    built_here = {
        **files,
        "compose.prod.yml": COMPOSE.replace("registry.example.org/", ""),
    }  # it comes from no registry
    for near in (fixed, foreign, chosen, built_here):
        assert faulty.places(deployed_as_latest, near) == []


def test_a_model_in_git_beside_a_registry() -> None:
    registered = "import mlflow\nmlflow.register_model('runs:/1/model', 'churn')\n"
    files = {"train.py": registered, "models/churn.pkl": "", "models/v2/scaler.pkl": "", "data/X_train.pkl": ""}
    (found,) = faulty.broken(model_in_git, files)
    assert (str(found.place), "1 more in `models/`" in found.message) == ("models/churn.pkl", True)
    assert faulty.broken(model_in_git, {**files, "train.py": TRAIN}) == []
    assert faulty.broken(model_in_git, {**files, ".gitattributes": "*.pkl filter=lfs diff=lfs merge=lfs -text\n"}) == []
