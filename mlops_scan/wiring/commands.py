"""What a command runs: a script, a module, a target, a pipeline, a manifest. One small rule for each kind of program.

A rule gets the words behind the program and yields the nodes that the command starts. Programs without a rule of their
own start the files that their arguments name, which is how most of them work (`kubectl -f x.yaml`, `Rscript x.R`).
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from mlops_scan.evidence import Node
from mlops_scan.wiring.places import Places

_RUNNABLE = re.compile(r".*\.(py|sh|bash|ipynb|R|r|Rmd|qmd|ya?ml|json|toml|tf|bicep|sql|jl|js|ts|hcl|conf|cfg)")
_MOST_WORDS = 60
_VALUE_OPTIONS = {
    "-f", "--file", "-C", "--directory", "-e", "--env", "-s", "--session", "--sessions", "-t", "--tag", "-p", "--project", "-n",
    "--namespace", "--name", "--entry-point", "--entrypoint", "-m", "--build-arg", "--target", "--platform", "--network", "-v",
    "--volume", "-i", "--remote", "-j", "-k", "--prefix", "-w",
}  # fmt: skip


class Call(NamedTuple):
    """A command as it stands: its words, the working directory, and the file that it stands in."""

    words: list[str]
    folder: str
    source: str
    places: Places

    @property
    def plain(self) -> list[str]:
        """The words behind the program that are neither options nor their values."""
        found, skip = [], False
        for word in self.words[1:_MOST_WORDS]:
            if not skip and not word.startswith("-"):
                found.append(word)
            skip = not skip and word in _VALUE_OPTIONS
        return found

    def option(self, *names: str) -> str:
        """The value of an option, as `-f x`, `-fx` of one letter, or `--file=x`; empty where it is not given."""
        for index, word in enumerate(self.words):
            for name in names:
                if word == name and index + 1 < len(self.words):
                    return self.words[index + 1]
                if word.startswith(f"{name}="):
                    return word[len(name) + 1 :]
        return ""

    def in_folder(self, folder: str) -> "Call":
        """The same call from a folder below the working directory."""
        return self._replace(folder=f"{self.folder}/{folder}".strip("/")) if folder not in ("", ".") else self

    def file(self, name: str) -> Iterator[Node]:
        """The node of a file, if there is one."""
        if name and (path := self.places.file(name, self.folder, self.source)):
            yield Node(path)

    def module(self, name: str) -> Iterator[Node]:
        """The node of a module, if it is of this repository."""
        here = f"{self.folder}/x" if self.folder else self.source
        if name and (path := self.places.module(name, here) or self.places.module(name, self.source)):
            yield Node(path)

    def beside(self, *names: str) -> Iterator[Node]:
        """The node of a file that a program takes because of its name."""
        if path := self.places.named(*names, folder=self.folder, source=self.source):
            yield Node(path)


Rule = Callable[[Call], Iterator[Node]]


def started_by(words: list[str], folder: str, source: str, places: Places) -> list[Node]:
    """The nodes that a command starts, each once; none where all that it runs is elsewhere."""
    if not words:
        return []
    call = Call(words[:_MOST_WORDS], "" if folder.startswith(("/", "$", "~")) else folder, source, places)
    program = words[0].rpartition("/")[2]
    rule = _RULES.get(program) or _RULES.get(re.sub(r"[\d.]+$", "", program))
    found = list(rule(call)) if rule else []
    if not found and program in places.commands:
        found = list(call.module(places.commands[program].partition(":")[0]))
    return list(dict.fromkeys(found or _named_files(call)))


def _named_files(call: Call) -> Iterator[Node]:
    """Files among the words: what most programs do with a path that they are given is to run or apply it."""
    if call.words[0] in (
        "echo",
        "cat",
        "cp",
        "mv",
        "rm",
        "ls",
        "git",
        "touch",
        "chmod",
        "mkdir",
        "grep",
        "sed",
        "curl",
        "pip",
        "test",
        "[",
    ):
        return
    for word in call.words:
        name = word.partition("=")[2] if word.startswith("--") else word
        if _RUNNABLE.fullmatch(name) or word.startswith("./"):
            yield from call.file(name)


def _python(call: Call) -> Iterator[Node]:
    words = call.words[1:]
    while words and words[0].startswith("-") and words[0] not in ("-m", "-c"):
        words = words[2:] if words[0] in ("-W", "-X") else words[1:]
    if words[:1] == ["-m"] and len(words) > 1:
        own = list(call.module(f"{words[1]}.__main__") or ()) or list(call.module(words[1]))
        yield from own or started_by(words[1:], call.folder, call.source, call.places)
    elif words and words[0] != "-c":
        yield from call.file(words[0])


def _make(call: Call) -> Iterator[Node]:
    call = call.in_folder(call.option("-C", "--directory"))
    makefile = call.option("-f", "--file", "--makefile")
    names = [word for word in call.plain if "=" not in word]
    found = [target for name in names if (target := call.places.target(name, call.folder, call.source))]
    if not names and (
        path := call.places.named(
            makefile or "Makefile", "makefile", "GNUmakefile", folder=call.folder, source=call.source
        )
    ):
        found = [target for target in [call.places.first_target(path)] if target]
    yield from found


def _target(*files: str, verbs: tuple[str, ...] = ("run", "run-script", "task", "tasks")) -> Rule:
    """A task runner: the words name targets; with none, the runner's file is started."""

    def rule(call: Call) -> Iterator[Node]:
        names = [word for word in call.plain if word not in verbs]
        chosen = call.option("-e", "-s", "--session", "--sessions", "--env").split(",")
        found = [call.places.target(name, call.folder, call.source) for name in (*names, *filter(None, chosen))]
        yield from filter(None, found)
        if not any(found) and not names and (path := call.places.named(*files, folder=call.folder, source=call.source)):
            units = call.places.readings[path].units
            yield from (Node(path, unit.id) for unit in units if unit.kind == "target")

    return rule


def _dvc(call: Call) -> Iterator[Node]:
    verb, *names = call.plain or [""]
    if verb not in ("repro", "exp", "experiments"):
        return
    for path in filter(None, [call.places.named("dvc.yaml", folder=call.folder, source=call.source)]):
        stages = [unit for unit in call.places.readings[path].units if unit.kind == "task" and unit.name in names]
        yield from [Node(path, stage.id) for stage in stages] or [Node(path)]


def _docker(call: Call) -> Iterator[Node]:
    words = call.plain
    if words[:1] == ["compose"]:
        yield from _compose(call)
    elif words[:1] == ["build"] or words[:2] in (["buildx", "build"], ["image", "build"]):
        context = words[-1] if len(words) > 1 else "."
        named = call.option("-f", "--file")
        yield from list(call.file(named)) or list(call.in_folder(context).beside("Dockerfile", "Containerfile"))


def _compose(call: Call) -> Iterator[Node]:
    named = call.option("-f", "--file")
    names = ("docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml")
    yield from call.file(named) if named else call.beside(*names)


def _mlflow(call: Call) -> Iterator[Node]:
    if call.plain[:1] != ["run"]:
        return
    folder = call.plain[1] if len(call.plain) > 1 else "."
    entry = call.option("-e", "--entry-point") or "main"
    for project in call.in_folder(folder).beside("MLproject"):
        units = call.places.readings[project.path].units
        yield next((Node(project.path, unit.id) for unit in units if unit.name == entry), project)


def _application(call: Call) -> Iterator[Node]:
    """A server that is given `package.module:object`."""
    call = call.in_folder(call.option("--app-dir", "--chdir"))
    names = [word for word in (*call.plain, call.option("-A", "--app")) if word]
    for name in names:
        if re.fullmatch(r"[\w.]+(:[\w.()]+)?", name) and not name.endswith(".py"):
            yield from call.module(name.partition(":")[0])
        else:
            yield from call.file(name.partition(":")[0])


def _tests(call: Call) -> Iterator[Node]:
    """The test files below the paths that are named, or all of the working directory."""
    named = [word.partition("::")[0] for word in call.plain if "/" in word or "test" in word]
    for name in named or ["."]:
        if path := call.places.file(name, call.folder, call.source):
            yield Node(path)
            continue
        for below in call.places.below(name, call.folder, call.source):
            if re.fullmatch(r"(test_.*|.*_test|conftest)\.py", below.rpartition("/")[2]):
                yield Node(below)


def _folder_of(ending: str, *names: str) -> Rule:
    """A program that takes the files of one ending in its working directory: Terraform, feature repositories."""

    def rule(call: Call) -> Iterator[Node]:
        folder = call.option("-chdir", "-c", "--chdir")
        inside = call.in_folder(folder)
        for marker in inside.beside(*names) if names else [Node(f"{inside.folder}/x".lstrip("/"))]:
            base = marker.path.rpartition("/")[0]
            yield from (Node(path) for path in call.places.below(base or ".") if path.endswith(ending))

    return rule


def _helm(call: Call) -> Iterator[Node]:
    if call.plain[:1] and call.plain[0] in ("install", "upgrade", "template"):
        for word in call.plain[1:]:
            if chart := call.places.file(f"{word}/Chart.yaml", call.folder, call.source):
                yield from (Node(path) for path in call.places.below(chart.rpartition("/")[0]))
        yield from _named_files(call)


def _kustomize(call: Call) -> Iterator[Node]:
    folder = call.option("-k", "--kustomize") or (
        call.plain[1] if call.plain[:1] == ["build"] and len(call.plain) > 1 else ""
    )
    if folder:
        yield from call.in_folder(folder).beside("kustomization.yaml", "kustomization.yml")
    for name in filter(None, [call.option("-f", "--filename")]):
        yield from list(call.file(name)) or [
            Node(path)
            for path in call.places.below(name, call.folder, call.source)
            if path.endswith((".yml", ".yaml", ".json"))
        ]


def _beside(*names: str, verbs: tuple[str, ...] = ()) -> Rule:
    """A program that takes a file because of its name, when it is called with one of these verbs."""

    def rule(call: Call) -> Iterator[Node]:
        if not verbs or set(verbs) & set(call.words[1:4]):
            yield from call.beside(*names)

    return rule


def _kedro(call: Call) -> Iterator[Node]:
    if call.plain[:1] == ["run"]:
        found = (
            path for path in call.places.readings if path.endswith(("pipeline.py", "pipeline_registry.py", "nodes.py"))
        )
        yield from map(Node, found)


def _launcher(call: Call) -> Iterator[Node]:
    """A program that starts a Python script with arguments of its own in front: torchrun, accelerate, spark-submit."""
    module = call.option("-m", "--module")
    yield from call.module(module) if module else _named_files(call)


_RULES: dict[str, Rule] = {
    "python": _python, "py": _python, "ipython": _python, "pythonw": _python, "pypy": _python,
    "make": _make, "gmake": _make,
    "just": _target("justfile", "Justfile", ".justfile"),
    "task": _target("Taskfile.yml", "Taskfile.yaml"),
    "mise": _target("mise.toml", ".mise.toml"),
    "npm": _target("package.json"), "yarn": _target("package.json"), "pnpm": _target("package.json"),
    "tox": _target("tox.ini", "pyproject.toml"), "nox": _target("noxfile.py"), "poe": _target("pyproject.toml"),
    "invoke": _target("tasks.py"), "inv": _target("tasks.py"), "hatch": _target("pyproject.toml"), "pdm": _target("pyproject.toml"),
    "dvc": _dvc, "docker": _docker, "podman": _docker, "docker-compose": _compose, "podman-compose": _compose,
    "mlflow": _mlflow, "kedro": _kedro,
    "uvicorn": _application, "gunicorn": _application, "hypercorn": _application, "fastapi": _application, "celery": _application,
    "flask": _application, "streamlit": _application, "bentoml": _application, "chainlit": _application, "serve": _application,
    "pytest": _tests, "py.test": _tests, "coverage": _tests, "unittest": _tests,
    "terraform": _folder_of(".tf"), "tofu": _folder_of(".tf"), "terragrunt": _folder_of(".tf"),
    "feast": _folder_of(".py", "feature_store.yaml"),
    "helm": _helm, "kubectl": _kustomize, "kustomize": _kustomize, "oc": _kustomize,
    "pre-commit": _beside(".pre-commit-config.yaml"), "prek": _beside(".pre-commit-config.yaml"),
    "snakemake": _beside("Snakefile", "workflow/Snakefile"), "cdk": _beside("cdk.json"), "sls": _beside("serverless.yml"),
    "serverless": _beside("serverless.yml"), "sam": _beside("template.yaml", "template.yml"),
    "dbt": _beside("dbt_project.yml"), "prefect": _beside("prefect.yaml", verbs=("deploy",)), "databricks": _beside("databricks.yml", verbs=("bundle",)),
    "torchrun": _launcher, "accelerate": _launcher, "deepspeed": _launcher, "spark-submit": _launcher, "horovodrun": _launcher,
}  # fmt: skip
