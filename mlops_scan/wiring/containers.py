"""Programs that build, start and deploy: Docker, Compose, Kubernetes, Helm, Terraform."""

import re
from collections.abc import Iterator

from mlops_scan.evidence import Node
from mlops_scan.wiring import programs
from mlops_scan.wiring.call import Call, Found, Missing, Rule
from mlops_scan.wiring.places import joined

COMPOSE = ("docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml")
BAKE_FILES = ("docker-bake.hcl", "docker-bake.json")
_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_VERBS = (
    "up",
    "run",
    "build",
    "start",
    "exec",
    "down",
    "rm",
    "pull",
    "push",
    "logs",
    "stop",
    "restart",
    "ps",
    "config",
)
_TERRAFORM = re.compile(r".*\.tf")
_DEEPEST = 10  #: how many folders up a compose file may stand
_MANIFESTS = (".yml", ".yaml", ".json")


def _docker(call: Call) -> Iterator[Found]:
    words = call.plain
    if words[:1] == ["compose"]:
        yield from _compose(call._replace(words=call.words[call.words.index("compose") :]))
    elif words[:1] in (["build"], ["bud"]) or words[:2] in (
        ["buildx", "build"],
        ["image", "build"],
        ["builder", "build"],
    ):
        yield from _build(call)
    elif words[:2] == ["buildx", "bake"] or words[:1] == ["bake"]:
        yield from _bake(call)
    elif words[:1] in (["run"], ["exec"]):
        yield from _inside(call)


def _build(call: Call) -> Iterator[Found]:
    """The Dockerfile, or the stage of it that is asked for."""
    words = call.plain
    context = words[-1] if len(words) > 1 + (words[0] not in ("build", "bud")) else "."
    named = call.option("-f", "--file")
    if "://" in context or context in ("-", "<") or context.startswith("git@"):
        return
    found = list(
        call.file(named, "Dockerfile") if named else call.in_folder(context).beside("Dockerfile", "Containerfile")
    )
    if not found and not named:
        found = [Missing("Dockerfile", joined(context, "Dockerfile"))]
    for each in found:
        stage = f"target:{call.option('--target')}"
        known = isinstance(each, Node) and any(unit.id == stage for unit in call.reading(each.path).units)
        yield each._replace(unit=stage) if known and isinstance(each, Node) else each


def _bake(call: Call) -> Iterator[Found]:
    """The targets that are named in the files of `docker buildx bake`, or all that is built by default."""
    words = call.plain[call.plain.index("bake") + 1 :]
    named: list[Found] = [each for name in call.options("-f", "--file") for each in call.file(name, "bake file")]
    for file in named or call.beside(*BAKE_FILES, *COMPOSE):
        targets = {f"{kind}:{word}" for word in words or ["default"] for kind in ("target", "service")}
        units = call.reading(file.path).units if isinstance(file, Node) else ()
        chosen = [Node(file.path, unit.id) for unit in units if isinstance(file, Node) and unit.id in targets]
        yield from chosen
        yield from () if chosen else (file,)


def _kaniko(call: Call) -> Iterator[Found]:
    """`/kaniko/executor --context dir://svc --dockerfile svc/Dockerfile`: the file may be named from the context on."""
    context = call.option("--context", "-c").removeprefix("dir://") or "."
    named = call.option("--dockerfile", "-f")
    if "://" not in context:
        inside = call.in_folder(context)
        found: list[Found] = list(inside.file(named)) or list(call.file(named))
        yield from found if named else inside.beside("Dockerfile")


def _inside(call: Call) -> Iterator[Found]:
    """The command that is run in a container: what it names and is not here may stand in the image."""
    for index, word in enumerate(call.words[2:], 2):
        if programs.is_known(word) or programs.is_script(word) or word in ("make", "dvc", "mlflow"):
            yield from (each for each in call.again(call.words[index:]) if isinstance(each, Node))
            return


def _compose(call: Call) -> Iterator[Found]:
    """The services that are named, or all of the file."""
    verb = next((at for at, word in enumerate(call.words) if word in _VERBS), len(call.words))
    named = call._replace(words=call.words[:verb]).options("-f", "--file")
    files: list[Found] = [each for name in named for each in call.file(name, "Compose file")]
    files = files or list(call.beside(*COMPOSE)) or ([] if named else _above(call))
    words = call.plain
    wanted = [f"service:{word}" for word in words[1:]] if words[:1] in (["up"], ["run"], ["build"], ["start"]) else []
    for file in files:
        units = call.reading(file.path).units if isinstance(file, Node) else ()
        chosen = [Node(file.path, unit.id) for unit in units if isinstance(file, Node) and unit.id in wanted]
        yield from chosen
        yield from () if chosen else (file,)
    if words[:1] in (["run"], ["exec"]):
        yield from _inside(call)
    if not files and words[:1] in (["up"], ["build"], ["run"]):
        yield Missing("Compose file", joined(call.folders[0], COMPOSE[0]) if call.folders else COMPOSE[0])


def _above(call: Call) -> list[Found]:
    """The compose file of the nearest folder further up: the program looks there where its own folder has none."""
    parts = [part for folder in call.folders[:1] for part in folder.split("/") if part and ".." not in folder]
    above = (call._replace(folders=("/".join(parts[:end]),)) for end in reversed(range(len(parts[:_DEEPEST]))))
    for up in above:
        if found := list(up.beside(*COMPOSE)):
            return [*found]
    return []


def _kubectl(call: Call) -> Iterator[Found]:
    if call.plain[:1] in (["delete"], ["exec"], ["logs"], ["get"], ["describe"], ["config"]):
        return
    for name in call.options("-f", "--filename"):
        yield from (each for part in name.split(",") for each in _manifests(part, call))
    for folder in call.options("-k", "--kustomize"):
        yield from _kustomization(folder, call)
    named = [value.replace("cronjobs/", "cronjob/") for value in call.options("--from")]
    if call.plain[:2] == ["rollout", "restart"]:
        named += ["/".join(call.plain[2:4])] if "/" not in "".join(call.plain[2:3]) else call.plain[2:3]
    for name in named:
        yield from call.known.names.unit(name.replace("deploy/", "deployment/"))


def _manifests(name: str, call: Call) -> Iterator[Found]:
    if name == "-" or "://" in name:
        return
    folder = call.known.places.folder(name, call.folders, call.source)
    below = call.known.places.inside(folder) if folder is not None and not call.path(name) else []
    found = [Node(path) for path in below if path.endswith(_MANIFESTS)]
    yield from found or (call.file(name, "manifest") if not below else ())


def _kustomization(folder: str, call: Call) -> Iterator[Found]:
    if "://" in folder or "github.com" in folder:
        return
    found = list(call.in_folder(folder).beside(*_KUSTOMIZATIONS))
    yield from found
    if not found:
        yield Missing("kustomization", joined(folder, _KUSTOMIZATIONS[0]))


def _kustomize(call: Call) -> Iterator[Found]:
    words = call.plain
    if words[:1] == ["build"]:
        yield from _kustomization(words[-1] if len(words) > 1 else ".", call)


def _helm(call: Call) -> Iterator[Found]:
    if call.plain[:1] and call.plain[0] in ("install", "upgrade", "template"):
        for word in call.plain[1:]:
            yield from _chart(word, call)
        for name in call.options("-f", "--values"):
            yield from (each for part in name.split(",") for each in call.file(part, "values file"))


def _chart(word: str, call: Call) -> Iterator[Found]:
    """All files of a chart that lies here; a name without a path may be that of a release."""
    if chart := call.known.places.file(f"{word}/Chart.yaml", call.folders, call.source):
        yield from (Node(path) for path in call.known.places.inside(chart.rpartition("/")[0]))
    elif word.startswith(("./", "../")) and not word.endswith((".tgz", ".yaml", ".yml")):
        yield Missing("chart", f"{word.rstrip('/')}/Chart.yaml")


def _terraform(call: Call) -> Iterator[Found]:
    """The files of the working directory; modules are included by them."""
    for folder in call.options("-chdir", "--terragrunt-working-dir"):
        call = call.in_folder(folder)
    if call.plain[:1] in (["fmt"], ["version"], ["login"]):
        return
    places = call.known.places
    here = places.folder(".", call.folders, call.source) if call.folders else ""
    files = [path for path in places.beside(here or "") if path.endswith(".tf")]
    yield from map(Node, files or places.chosen(places.folder(".", call.folders, call.source) or "", _TERRAFORM))


def _installed(call: Call) -> Iterator[Found]:
    """`pip install -r file`: what the file pins is what is installed."""
    for name in call.options("-r", "--requirement", "-c", "--constraint"):
        yield from call.file(name, "requirements file")


def _conda(call: Call) -> Iterator[Found]:
    if call.has("env") and call.has("create", "update"):
        for name in call.options("-f", "--file"):
            yield from call.file(name, "environment file")


RULES: dict[str, Rule] = {
    "docker": _docker, "podman": _docker, "nerdctl": _docker, "docker-compose": _compose, "podman-compose": _compose,
    "buildah": _docker, "executor": _kaniko, "kubectl": _kubectl, "oc": _kubectl, "kustomize": _kustomize, "helm": _helm,
    "terraform": _terraform, "tofu": _terraform, "terragrunt": _terraform,
    "pip": _installed, "pip3": _installed, "conda": _conda, "mamba": _conda, "micromamba": _conda,
}  # fmt: skip
