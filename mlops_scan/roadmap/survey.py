"""What a repository is like, and what things are called in it: all that recipes may ask for and name."""

import re
from collections.abc import Iterator
from posixpath import dirname

from mlops_scan.roadmap import files, scripts
from mlops_scan.roadmap.ci import DEFAULT, system, systems
from mlops_scan.roadmap.names import Site
from mlops_scan.roadmap.packaging import packaging
from mlops_scan.roadmap.serving import server, serving
from mlops_scan.roadmap.view import View

_PLATFORMS = (
    "kserve",
    "knative",
    "istio",
    "kubernetes",
    "azureml-endpoint",
    "sagemaker-endpoint",
    "cloud-run",
    "vertex-endpoint",
    "aws-lambda",
)
#: Services that keep what MLflow tracks.
_HOSTS = ("dagshub", "azureml", "databricks")
#: The scheme of MLflow's registered models. https://mlflow.org/docs/latest/model-registry
_REGISTERED = "models:"
_LANGUAGES = {"py": "python", "ipynb": "notebook", "R": "r", "r": "r", "sh": "other"}


def survey(view: View) -> Site:
    """All traits and names of a repository; where nothing is found, a usual name with what was looked for."""
    names = {key: value for key, value in _names(view) if value}
    usual = {key: each for key, each in _usual(names).items() if key not in names}
    guessed = {key: reason for key, (_, reason) in usual.items()}
    names |= {key: value for key, (value, _) in usual.items()}
    path = names.get("train", "")
    if path and names["run_train"] == scripts.made(view, path, packaging(view).kind):
        guessed |= dict(_doubts(view, path, names["run_train"]))
    if path := names.pop("evaluate", ""):
        guessed["run_evaluate"] = f"see which arguments `{path}` takes"
    traits = dict(_traits(view, names)) | {"metrics": "none" if "metrics" in guessed else "file"}
    names |= dict(_loading(names, in_mlflow=traits["tracker"] == "mlflow" and "model" in guessed))
    if names["load_package"] == "mlflow":
        guessed["load"] = f"`{_REGISTERED}/{names['repo']}@candidate`: under which name training registers its models"
    return Site(traits, names, guessed)


def _loading(names: dict[str, str], in_mlflow: bool) -> Iterator[tuple[str, str]]:
    """How the trained model is loaded: from the registry where no file is written, else with the library that wrote it."""
    name = "/".join((_REGISTERED, f"{names['repo']}@candidate"))
    yield "load", f'mlflow.pyfunc.load_model("{name}")' if in_mlflow else f'joblib.load("{names["model"]}")'
    package = "mlflow" if in_mlflow else "joblib"
    yield from (("load_import", f"import {package}"), ("load_package", package))


def _doubts(view: View, path: str, command: str) -> Iterator[tuple[str, str]]:
    """What a command that was put together here may lack."""
    if scripts.is_inert(view, path):
        yield (
            "run_train",
            f"`{path}` only defines things: put the command that starts the training in the place of `{command}`",
        )
    elif scripts.takes_arguments(view, path):
        yield "run_train", f"`{path}` takes arguments: give them"


def _traits(view: View, names: dict[str, str]) -> Iterator[tuple[str, str]]:
    yield "ci", system(view)
    for trait, practice in (
        ("tracker", "run-tracked"),
        ("registry", "model-registered"),
        ("versions", "data-versioned"),
        ("features", "feature-stored"),
        ("scans", "data-validated"),
    ):
        found = view.keeper(practice)
        yield trait, "mlflow" if trait == "tracker" and found in _HOSTS and view.uses("mlflow") else found
    yield "language", _LANGUAGES.get(names.get("train", "").rpartition(".")[2], "none")
    yield "server", server(view)
    yield "data", "table" if files.has_tables(view, names.get("train", "")) else "other"
    yield "platform", next((name for name in _PLATFORMS if view.uses(name)), "none")
    yield "packaging", packaging(view).kind
    yield "runner", _runner(view)
    yield "trains", "github" if "train_file" in names else "none"
    yield "service", "yes" if "app" in names else "no"
    yield "deploys", "github" if "deploy_job" in names else "none"


def _runner(view: View) -> str:
    if kind := scripts.whole(view)[0]:
        return kind
    started = {
        "workflow" if view.life.trigger(node) else "orchestrator" if node.path.endswith(".py") else "command"
        for node in view.life.reach
        if view.life.reached(node, "train")
    }
    return next((kind for kind in ("workflow", "orchestrator", "command") if kind in started), "none")


def _names(view: View) -> Iterator[tuple[str, str]]:
    _, kind, install, add = packaging(view)
    slug = re.sub(r"[^a-z0-9]+", "-", view.assessment.repository.lower()).strip("-")[:40] or "model"
    yield from (("repo", slug), ("word", slug.replace("-", "_")), ("install", install), ("add", add))
    yield "py", f"{scripts.environment(kind)}python"
    yield from (("branch", _branch(view)), ("python", _python(view)), ("readme", _readme(view)))
    train = scripts.script(view, "train")
    if train:
        yield from (("train", train), ("run_train", scripts.command(view, train, kind)))
        yield "src", "" if train.endswith(".ipynb") else f"{dirname(train)}/".lstrip("/")
        yield from _other_steps(view, train, kind)
        yield from _whole(view, train, kind)
    yield from files.files(view, train)
    yield from files.metric(view, train)
    yield from serving(view)
    if drift := scripts.drift(view):
        yield from (("drift_script", drift), ("run_drift", scripts.command(view, drift, kind)))
    yield "repro", f"{scripts.environment(kind)}dvc repro" if view.has("dvc.yaml") else ""
    yield from _of_ci(view)


def _of_ci(view: View) -> Iterator[tuple[str, str]]:
    """What the CI system calls things, and which of its jobs deploys."""
    found = system(view)
    writer = systems().get(DEFAULT if found == "none" else found)
    if writer:
        yield "image", writer.image(view)
        yield "publish", _publishing(view, writer.image(view))
        yield from writer.names(view)


def _publishing(view: View, image: str) -> str:
    """The commands that bring what serves to where it is deployed from."""
    known = dict(serving(view))
    if dockerfile := known.get("dockerfile"):
        return f'docker build --file {dockerfile} --tag "{image}" {known["context"]}\ndocker push "{image}"'
    if view.has("bentofile.yaml"):
        return "tag=$(bentoml build --output tag | sed 's/^__tag__://')\nbentoml push \"$tag\""
    return ""


def _other_steps(view: View, train: str, kind: str) -> Iterator[tuple[str, str]]:
    """The commands of the steps before and behind training, where training does not do them itself."""
    for activity in ("prepare", "evaluate"):
        path = scripts.script(view, activity)
        if path and path != train and not view.reaches(train, activity):
            found = scripts.command(view, path, kind)
            yield f"run_{activity}", found
            if scripts.takes_arguments(view, path) and found == scripts.made(view, path, kind):
                yield "evaluate", path


def _whole(view: View, train: str, kind: str) -> Iterator[tuple[str, str]]:
    _, started, target = scripts.whole(view, kind)
    yield "run_all", started or scripts.command(view, train, kind)
    yield "target", target


def _usual(names: dict[str, str]) -> dict[str, tuple[str, str]]:
    """What names mean where nothing was found, and why that is a guess."""
    data = names.get("data", "data/train.csv")
    return {
        "data": (data, "no file of training data is named here: put yours in place of `data/train.csv`"),
        "read": (files.READERS.get(data.rpartition(".")[2], "read_csv"), ""),
        "model": (
            "model.joblib",
            "no code here writes a model to a file: put the path of yours in place of `model.joblib`",
        ),
        "metrics": ("metrics.json", "nothing here writes metrics to a file: let the evaluation write `metrics.json`"),
        "metric": ("accuracy", ""),
        "side": ("at least", ""),
        "bound": ("0.8", ""),
        "port": ("8000", ""),
        "src": ("", ""),
        "deployment": (names.get("repo", "model"), ""),
        "cloud_run": (
            names.get("repo", "model"),
            "the name of the Cloud Run service is not written here: put yours in the place of the repository's",
        ),
        "install": (
            "pip install -r requirements.txt",
            "no declared dependencies were found: name them in `requirements.txt`",
        ),
        "add": ("pip install", ""),
    }


def _branch(view: View) -> str:
    named = re.compile(r"\bbranches: ([\w./-]+)(?=[,;]|$)")
    values = (fact.value for _, fact in view.facts("trigger"))
    return view.most((found[1] for value in values if (found := named.search(value)) and "*" not in value), "main")


def _python(view: View) -> str:
    said = [fact.value for _, fact in view.facts("field") if fact.name.endswith(".python-version")]
    said += [fact.value for _, fact in view.facts("image") if fact.name == "python"]
    said += [fact.value for _, fact in view.facts("field") if fact.name == "project.requires-python"]
    versions = (re.search(r"3\.\d{1,2}", value) for value in said)
    return view.most((found[0] for found in versions if found), "3.11")


def _readme(view: View) -> str:
    known = ("README.md", "Readme.md", "readme.md", "README.MD")
    return next((name for name in known if view.has(name)), "README.md")
