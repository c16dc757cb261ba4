"""Which files of a repository train, evaluate and prepare, and by which commands they are started."""

import re
from collections.abc import Iterator

from mlops_scan.activities import words_of
from mlops_scan.evidence import Fact, Link, Node
from mlops_scan.roadmap.view import View, plain

_CODE = (".py", ".ipynb", ".R", ".r", ".sh")
_NAMED = {
    "train": {"train", "training", "trainer"},
    "evaluate": {"evaluate", "evaluation", "eval"},
    "prepare": {"prepare", "preprocess", "preprocessing", "prep"},
}
_DOUBTFUL = {
    "retrain",
    "retraining",
    "deprecated",
    "old",
    "utils",
    "config",
    "benchmark",
    "baselines",
    "notebooks",
    "experiments",
    "dags",
}
_STARTERS = "python|python3|uv run|poetry run|pipenv run|make|dvc repro|Rscript|bash|sh|papermill|just|tox|mlflow run|kedro run|zenml"
_COMMAND = re.compile(rf"(?:{_STARTERS})(?: (?!-c\b)[\w./=:,@+-]+){{0,12}}", re.ASCII)
_CHECKING = {"check", "compute", "detect", "detection", "report", "monitor", "monitoring"}
_NO_CHECK = {"exporter", "server", "service", "simulate", "generate", "dashboard", "app", "api", "plot", "test", "dag"}
_FARTHEST = 4
_TRAINING = {"train", "training", "retrain", "repro", "pipeline", "all", "run", "model", "fit", "ml"}
_FITTING = {"fit", "fit_transform", "fit_predict", "partial_fit", "train", "fine_tune", "backward"}
_ENVIRONMENTS = {"uv": "uv run ", "poetry": "poetry run ", "pipenv": "pipenv run "}


def script(view: View, activity: str) -> str:
    """The path of the file that does an activity, best by its name, its deeds and its being started; or nothing."""
    scores: dict[str, float] = {}
    for node, doing in view.life.does[activity].items():
        reading = view.graph.readings[node.path]
        if reading.role == "product" and node.path.endswith(_CODE) and plain(node.path):
            score = 4 * (not doing.by_name) + _standing(view, node.path, activity)
            scores[node.path] = max(score, scores.get(node.path, 0.0))
    found = min(scores, key=lambda path: (-scores[path], path), default="")
    least = 3.5 if activity == "train" else 6
    if scores.get(found, 0) >= least:
        return found
    return _trained(view) if activity == "train" else ""


def _standing(view: View, path: str, activity: str) -> float:
    """How much a file looks like the one that people start."""
    words = set(words_of(path.rpartition("/")[2].rpartition(".")[0]))
    kinds = {fact.kind for fact in view.graph.readings[path].facts}
    score = 4.0 * bool(words & _NAMED[activity]) + 3 * view.graph.is_live(Node(path)) + 2 * ("script" in kinds)
    doubtful = not path.endswith(".ipynb") and bool(_DOUBTFUL & set(words_of(path)))
    score -= 3 * ("inert" in kinds) + 3 * doubtful + 0.1 * path.count("/")
    return score


def _trained(view: View) -> str:
    """The file in which a model is made and fitted, where no name told it; one that only loads a model trains none."""
    for one in view.evidence("model-trained"):
        called = {
            fact.name.rpartition(".")[2] for fact in view.graph.readings[one.place.path].facts if fact.kind == "call"
        }
        if one.place.path.endswith(_CODE) and called & _FITTING and view.graph.role(Node(one.place.path)) == "product":
            return one.place.path
    return ""


def drift(view: View) -> str:
    """The script that looks for drift here and can be started; a file that only tests, serves or trains is none."""
    said = {one.place.path for one in view.evidence("drift-detected")} | {
        node.path for node in view.life.does["monitor"]
    }
    doing = {node.path for activity in ("train", "deploy") for node in view.life.does[activity]}
    found = [
        path
        for path in sorted(said - doing)
        if path.endswith(".py") and plain(path) and view.graph.role(Node(path)) == "product" and _starts(view, path)
    ]
    words = {path: set(words_of(path.rpartition("/")[2])) for path in found}
    named = [path for path in found if "drift" in words[path] and not words[path] & _NO_CHECK]
    return min(named, key=lambda path: (not words[path] & _CHECKING, path.count("/"), path), default="")


def _starts(view: View, path: str) -> bool:
    return any(fact.kind == "script" for fact in view.graph.readings[path].facts)


def command(view: View, path: str, packaging: str) -> str:
    """The command that starts a file: one that stands in the repository, else one that is put together."""
    found = min(set(_said(view, path)), key=lambda text: (len(text), text), default="")
    prefix = environment(packaging) if found.startswith(("python", "papermill", "mlflow", "kedro")) else ""
    return f"{prefix}{found}" if found else _behind(view, path) or made(view, path, packaging)


def _behind(view: View, path: str) -> str:
    """For a module that only defines things: the command that starts another which leads to it, as near as possible."""
    nodes, seen = [Node(path)], {Node(path)}
    own = {fact.name for _, fact in view.facts("entry-point")}
    for _ in range(_FARTHEST if is_inert(view, path) else 0):
        links = [link for node in nodes for link in view.graph.links_to(node)]
        said = sorted(
            {text for link in links if link.kind in ("command", "documented") for text in _texts(view, link, own)}
        )
        if said:
            return min(said, key=lambda text: (len(text), text))
        nodes = [node for node in dict.fromkeys(link.source for link in links) if node not in seen]
        seen.update(nodes)
    return ""


def _texts(view: View, link: Link, own: set[str]) -> Iterator[str]:
    for fact in view.graph.facts.get(link.source, ()):
        words = fact.name.split()
        known = _COMMAND.fullmatch(fact.name) or (
            words and words[0] in own and re.fullmatch(r"[\w./=:@ -]+", fact.name, re.ASCII)
        )
        if (
            fact.line == link.line
            and fact.kind in ("command", "documented")
            and known
            and fact.value in ("", ".", fact.value * (fact.kind == "documented"))
        ):
            yield fact.name


def is_inert(view: View, path: str) -> bool:
    """Whether a file defines things and starts none of them."""
    return any(fact.kind == "inert" for fact in view.graph.readings[path].facts)


def environment(packaging: str) -> str:
    """What stands in front of a command that needs the packages of the project."""
    return _ENVIRONMENTS.get(packaging, "")


def _said(view: View, path: str) -> Iterator[str]:
    """The commands of this repository that start a file from its root, as far as they can be repeated."""
    for link in view.graph.links_to(Node(path)):
        if link.kind in ("command", "documented"):
            facts = view.graph.facts.get(link.source, ())
            yield from (fact.name for fact in facts if fact.line == link.line and _is_plain(fact, path))


def _is_plain(fact: Fact, path: str) -> bool:
    if fact.kind not in ("command", "documented") or not _COMMAND.fullmatch(fact.name):
        return False
    in_root = fact.kind == "documented" or fact.value in ("", ".")
    module = path.removesuffix(".py").split("/")
    names = (
        path,
        ".".join(module),
        ".".join(module[-3:]) if len(module) > 3 else path,
        ".".join(module[1:]) if len(module) > 2 else path,
    )
    return in_root and any(name in fact.name for name in names)


def made(view: View, path: str, packaging: str) -> str:
    """The command that starts a file of this kind."""
    if path.endswith(".ipynb"):
        return f"{environment(packaging)}jupyter nbconvert --to notebook --execute --inplace {path}"
    if path.endswith((".R", ".r")):
        return f"Rscript {path}"
    if path.endswith(".sh"):
        return f"bash {path}"
    folders = path.split("/")[:-1]
    packages = bool(folders) and all(
        view.has("/".join([*folders[:end], "__init__.py"])) for end in range(1, len(folders) + 1)
    )
    started = f"-m {path.removesuffix('.py').replace('/', '.')}" if packages else path
    return f"{environment(packaging)}python {started}"


def takes_arguments(view: View, path: str) -> bool:
    """Whether a script asks for arguments that a command put together here does not have."""
    names = {fact.name for fact in view.graph.readings[path].facts if fact.kind == "call"}
    return bool(names & {"argparse.ArgumentParser", "click.argument", "typer.Argument", "typer.run", "fire.Fire"})


def whole(view: View, packaging: str = "") -> tuple[str, str, str]:
    """What starts all of the training here: its kind, the command, and the target where it is one of a Makefile."""
    best: tuple[int, int, str, tuple[str, str, str]] | None = None
    for node in view.life.reach:
        found = _whole(view, node, packaging)
        if not found or not view.life.reached(node, "train"):
            continue
        steps = sum(bool(view.life.reached(node, each)) for each in ("prepare", "train", "evaluate"))
        if not _TRAINING & set(words_of(found[1])):
            continue
        named = bool({"train", "training", "repro"} & set(words_of(found[1]))) - 2 * bool(
            view.life.reached(node, "deploy")
        )
        order = (-steps - named, len(found[1]), found[1], found)
        best = min(best, order) if best else order
    return best[3] if best else ("", "", "")


def _whole(view: View, node: Node, packaging: str) -> tuple[str, str, str] | None:
    unit = view.graph.units.get(node)
    if node.path == "dvc.yaml" and not node.unit:
        return ("dvc", f"{environment(packaging)}dvc repro", "")
    if unit and unit.kind == "target" and node.path in ("Makefile", "makefile", "GNUmakefile") and plain(unit.name):
        return ("make", f"make {unit.name}", unit.name)
    return None
