"""Task runners and pipeline tools: their words name a target, a stage, an entry point or a flow."""

import re
from collections.abc import Iterator, Sequence

from mlops_scan.evidence import Node
from mlops_scan.wiring.call import Call, Found, Missing, Rule
from mlops_scan.wiring.places import joined
from mlops_scan.wiring.targets import is_of

_POINTER = re.compile(r".*\.dvc")
_OF_KEDRO = re.compile(r"pipeline_registry\.py|pipeline\.py|nodes\.py")
_MAKEFILES = ("Makefile", "makefile", "GNUmakefile", ".mk", ".mak")
#: The files whose scripts can be called by their name alone, behind `hatch run` and its kind.
SCRIPTS = ("pyproject.toml", "hatch.toml", "Pipfile", "pixi.toml")


def _make(call: Call) -> Iterator[Found]:
    for folder in call.options("-C", "--directory"):
        call = call.in_folder(folder)
    named = call.option("-f", "--file", "--makefile")
    path = call.path(named) if named else next((node.path for node in call.beside(*_MAKEFILES[:3])), None)
    wanted = [word for word in call.plain if "=" not in word and not word.startswith((">", "<", "2>"))]
    if not path:
        yield from [Missing("Makefile", named or in_first(call, "Makefile"))] if named or wanted else []
        return
    if not wanted:
        yield from filter(None, [call.known.targets.first(path)])
    for name in wanted:
        found = call.known.targets.like(name, _MAKEFILES, call.folders, call.source)
        yield from found
        if (
            not found
            and not call.known.targets.is_open(path)
            and not call.path(name)
            and name.replace("-", "_").isidentifier()
        ):
            yield Missing("target", name)


def in_first(call: Call, name: str) -> str:
    """A file that a program takes because of its name, as a path in the working directory."""
    return joined(call.folders[0], name) if call.folders else name


def _target(*files: str, verbs: Sequence[str] = ("run",), bare: bool = True, strict: bool = False) -> Rule:
    """A task runner: the words name targets; with none, its default runs.

    `bare` says that a target may stand without a verb; `strict`, that each name behind a verb must be a target.
    """

    def rule(call: Call) -> Iterator[Found]:
        words = call.plain
        asked = bool(words) and words[0] in verbs
        options = call.option("-e", "-s", "--session", "--sessions", "--env").split(",")
        names = [*(words[1:] if asked else words if bare else []), *filter(None, options)]
        path = next((node.path for node in call.beside(*files)), None)
        found = [each for name in names for each in call.known.targets.like(name, files, call.folders, call.source)]
        yield from found
        if not names and path and bare:
            yield from filter(None, [call.known.targets.first(path)])
        elif strict and asked and names and path and not found and not call.known.targets.is_open(path):
            yield Missing("target", names[0])

    return rule


def _tox(call: Call) -> Iterator[Found]:
    """Environments that have no section of their own are run as `testenv` says."""
    files = ("tox.ini", "tox.toml", "pyproject.toml", "setup.cfg")
    names = [name for name in call.option("-e", "--env").split(",") if name] or ["default"]
    for name in names:
        like = call.known.targets.like
        found = like(name, files, call.folders, call.source) or like("testenv", files, call.folders, call.source)
        yield from found


def _npm(call: Call) -> Iterator[Found]:
    """`npm run build`, `yarn build`, `npm test`; a workspace or prefix leads to another manifest."""
    words = call.plain
    asked = words[:1] in (["run"], ["run-script"])
    for name in words[1:2] if asked else words[:1]:
        folder = call.option("--prefix", "--cwd", "-C", "--dir")
        here = call.in_folder(folder)
        targets = here.known.targets.like(name, ("package.json",), here.folders, here.source)
        elsewhere = call.has(
            "-w", "--workspace", "--workspaces", "-r", "--filter", "--if-present", "--silent", "workspace"
        )
        yield from targets
        if not targets and not asked and call.words[0] != "npm":
            yield from call.again(words)
        elif not targets and asked and call.words[0] == "npm" and not elsewhere and any(here.beside("package.json")):
            yield Missing("target", name)


def _dvc(call: Call) -> Iterator[Found]:
    for folder in call.options("-C", "--cd"):
        call = call.in_folder(folder)
    verb, *names = [word for word in call.plain if word not in ("run", "save")] or [""]
    if verb in ("pull", "fetch", "checkout", "push"):
        yield from _tracked(call, names)
    elif verb in ("repro", "exp", "experiments") and not call.has("show", "diff", "apply", "list", "push", "pull"):
        yield from _stages(call, names)


def _tracked(call: Call, names: list[str]) -> Iterator[Found]:
    """The pointers to data that a command gets or sends."""
    places = call.known.places
    named = [path for name in names for path in (call.path(name), call.path(f"{name}.dvc")) if path]
    around = places.chosen(places.folder(".", call.folders, call.source) or "", _POINTER)
    yield from (Node(path) for path in named or around if path.endswith(".dvc"))


def _stages(call: Call, names: list[str]) -> Iterator[Found]:
    named = next((name.partition(":")[0] for name in names if "dvc.yaml" in name), "")
    path = call.path(named) if named else next((node.path for node in call.beside("dvc.yaml")), None)
    if not path:
        yield from (
            () if names and names[0].endswith(".dvc") else [Missing("dvc.yaml", named or in_first(call, "dvc.yaml"))]
        )
        return
    wanted = {name.rpartition(":")[2].partition("@")[0] for name in names if not name.endswith("dvc.yaml")}
    stages = [unit for unit in call.reading(path).units if unit.kind == "task"]
    yield from [Node(path, stage.id) for stage in stages if stage.name in wanted] or [Node(path)]
    for name in sorted(wanted - {stage.name for stage in stages}):
        if name.replace("-", "_").isidentifier() and not call.path(name):
            yield Missing("stage", name)


def _mlflow(call: Call) -> Iterator[Found]:
    if call.plain[:1] != ["run"]:
        return
    folder = call.plain[1] if len(call.plain) > 1 else "."
    entry = call.option("-e", "--entry-point") or "main"
    for project in call.in_folder(folder.partition("#")[0]).beside("MLproject", "mlproject", "MLProject"):
        target = Node(project.path, f"target:{entry}")
        yield target if any(unit.id == target.unit for unit in call.reading(project.path).units) else project
    yield from call.in_folder(folder).file(entry) if "." in entry else ()


def _kedro(call: Call) -> Iterator[Found]:
    """The pipelines of the project in the working directory; with `--pipeline`, those of that name."""
    if call.plain[:1] != ["run"]:
        return
    chosen = call.option("--pipeline")
    places = call.known.places
    for path in places.chosen(places.folder(".", call.folders, call.source) or "", _OF_KEDRO):
        folder, _, name = path.rpartition("/")
        if name == "pipeline_registry.py" or f"/{chosen}" in f"/{folder}":
            yield Node(path)


def _beside(*names: str, verbs: tuple[str, ...] = ()) -> Rule:
    """A program that takes a file because of its name, or the one it is given, when called with one of these verbs."""

    def rule(call: Call) -> Iterator[Found]:
        if not verbs or set(verbs) & set(call.words[1:4]):
            given = call.option(
                "-s", "--snakefile", "-f", "--file", "--config", "-c", "--config-file", "--prefect-file"
            )
            yield from list(call.file(given)) or call.beside(*names)

    return rule


def _feast(call: Call) -> Iterator[Found]:
    for folder in call.options("-c", "--chdir"):
        call = call.in_folder(folder)
    for store in call.beside("feature_store.yaml"):
        places = call.known.places
        yield from (Node(path) for path in places.inside(store.path.rpartition("/")[0]) if path.endswith(".py"))
        yield store


def single(call: Call) -> Iterator[Found]:
    """A word that is no program: a script of a project, as `hatch run lint` leaves it, or an installed command."""
    name = call.words[0]
    script = call.known.targets.find(name, SCRIPTS, call.folders, call.source)
    if script and is_of(SCRIPTS, script.path):
        yield script
    elif entry := call.known.commands.get(name):
        yield from call.module(entry.replace(":", ".").partition("[")[0].strip())
        yield from (each for module in call.options("--module-name") for each in call.module(module))


RULES: dict[str, Rule] = {
    "make": _make, "gmake": _make, "just": _target("justfile", "Justfile", ".justfile", ".just", strict=True),
    "task": _target("Taskfile.yml", "Taskfile.yaml", "taskfile.yml", "taskfile.yaml", "Taskfile.dist.yml"),
    "go-task": _target("Taskfile.yml", "Taskfile.yaml"),
    "mise": _target("mise.toml", ".mise.toml", "config.toml", verbs=("run", "r", "tasks")), "npm": _npm,
    "yarn": _npm, "pnpm": _npm, "tox": _tox, "nox": _target("noxfile.py"), "poe": _target("pyproject.toml"),
    "taskipy": _target("pyproject.toml"), "invoke": _target("tasks.py", "fabfile.py", ".py"),
    "inv": _target("tasks.py", ".py"), "fab": _target("fabfile.py"), "hatch": _target(*SCRIPTS, bare=False),
    "pdm": _target("pyproject.toml"), "rye": _target("pyproject.toml", bare=False),
    "pixi": _target("pixi.toml", "pyproject.toml", bare=False), "pipenv": _target("Pipfile", bare=False),
    "dvc": _dvc, "mlflow": _mlflow, "kedro": _kedro, "feast": _feast,
    "pre-commit": _beside(".pre-commit-config.yaml"), "prek": _beside(".pre-commit-config.yaml"),
    "snakemake": _beside("Snakefile", "workflow/Snakefile"), "dbt": _beside("dbt_project.yml"),
    "cdk": _beside("cdk.json"), "sls": _beside("serverless.yml"), "serverless": _beside("serverless.yml"),
    "sam": _beside("template.yaml", "template.yml"), "ploomber": _beside("pipeline.yaml"),
    "dagster": _beside("workspace.yaml", "dagster.yaml"),
    "skaffold": _beside("skaffold.yaml", verbs=("run", "dev", "build", "deploy", "debug", "render")),
    "pulumi": _beside("Pulumi.yaml"), "helmfile": _beside("helmfile.yaml", "helmfile.yml"),
    "ansible-playbook": _beside(),
}  # fmt: skip
