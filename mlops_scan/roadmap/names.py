"""The closed vocabulary of recipes: what they may ask of a repository, and what of it they may name."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

#: What a recipe may ask for under `[when]`. A value is the id of a detector or one of the words named here.
TRAITS = {
    "ci": "the CI system that plans write for (github-actions, gitlab-ci, azure-pipelines, circleci, jenkins, other)",
    "tracker": "the experiment tracker, by the id of its detector; `none`",
    "registry": "the model registry, by the id of its detector; `none`",
    "versions": "what versions the data, by the id of its detector; `none`",
    "data": "what is trained on (table, other), told by the libraries that read it",
    "features": "the feature store, by the id of its detector; `none`",
    "language": "what training is written in (python, notebook, r, other, none)",
    "server": "what answers requests, by the id of its detector; `none`",
    "platform": "where things run (kserve, knative, istio, kubernetes, azureml, sagemaker, cloud-run, none)",
    "packaging": "what the environment is declared with (uv, poetry, pipenv, conda, renv, pip, none)",
    "runner": "what starts the training (dvc, make, workflow, orchestrator, command, none)",
    "trains": "which CI pipeline trains in a step that can be named (github, none)",
    "deploys": "which job of a CI pipeline deploys (github, none)",
    "metrics": "where results of an evaluation are kept (file, none)",
    "service": "whether the code that answers requests is Python with an application that can be named (yes, no)",
    "scans": "what checks the data, by the id of its detector; `none`",
}

#: What a recipe may name as `@{name}`. A line with `@{?name}` falls away where the name is not known.
NAMES = {
    "repo": "the name of the repository, as a word of lower-case letters, digits and `-`",
    "word": "the same with `_`",
    "branch": "the branch that is released",
    "python": "the version of Python",
    "py": "the interpreter, as a command of this project starts it",
    "install": "the command that installs what the code needs",
    "add": "the command that adds a package to the declared ones",
    "src": "the folder of the training code with a `/` behind it; empty for the root",
    "train": "the path of the training script or notebook",
    "run_train": "the command that trains",
    "run_prepare": "the command that prepares the data, where training does not",
    "run_evaluate": "the command that evaluates, where training does not",
    "drift_script": "the script that looks for drift already",
    "run_drift": "the command that starts it",
    "run_all": "the one command that runs all of it, where there is one; otherwise the one that trains",
    "target": "the target of the Makefile that trains",
    "repro": "the command that runs the DVC pipeline, where there is one",
    "pull": "the command that fetches the versioned data",
    "data": "the path of the training data",
    "tracked": "the same where Git keeps the data themselves",
    "read": "the function of pandas that reads them",
    "model": "the path that the trained model is written to",
    "load": "the expression that loads the trained model",
    "load_import": "the import that it needs",
    "load_package": "the package that it needs",
    "metric": "a metric that is measured here",
    "side": "whether it must be `at least` or `at most` its bound",
    "bound": "a first bound for it",
    "metrics": "the path that the metrics are written to",
    "service": "the path of the code that answers requests",
    "app": "the variable that holds its application",
    "run_service": "the command that starts it",
    "port": "the port that it listens on",
    "dockerfile": "the path of the Dockerfile",
    "context": "the folder that it is built in",
    "image": "the image with its tag, as the CI system names it",
    "publish": "the commands that bring what serves to where it is deployed from",
    "manifests": "the folder or file of the Kubernetes manifests",
    "manifest": "the file among them that declares what serves",
    "cloud_run": "the name of the Cloud Run service",
    "deployment": "the name of the Kubernetes deployment or service that serves",
    "readme": "the path of the README",
    "ci_folder": "the folder of the CI pipelines, with a `/` behind it",
    "train_file": "the workflow that trains",
    "train_line": "the line of the step in it that does",
    "deploy_file": "the workflow that deploys",
    "deploy_job": "the job in it that does",
}

#: What stays what it was at the beginning of a plan: the plan adds scripts, and none of them becomes the training.
STICKY = (
    "train",
    "run_train",
    "run_prepare",
    "src",
    "data",
    "read",
    "metric",
    "side",
    "bound",
    "service",
    "app",
    "run_service",
)


class Site(NamedTuple):
    """What a repository is like (`TRAITS`), and what things are called in it (`NAMES`).

    `guessed` are names for which nothing was found, so that a usual value stands in, with what was looked for.
    """

    traits: Mapping[str, str] = MappingProxyType({})
    names: Mapping[str, str] = MappingProxyType({})
    guessed: Mapping[str, str] = MappingProxyType({})
