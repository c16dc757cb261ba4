"""What serves a model here: the code that answers requests, the image it stands in, the manifests that deploy it."""

import ast
import re
from collections.abc import Iterator
from posixpath import dirname

from mlops_scan.errors import Unreadable
from mlops_scan.evidence import Node, Reading
from mlops_scan.facts.literals import parse
from mlops_scan.roadmap.view import View, plain

_APPLICATIONS = ("FastAPI", "Flask", "Starlette", "Quart", "Sanic", "Litestar")
_WORKLOADS = re.compile(
    r"(?:apps/(?:Deployment|StatefulSet)|serving\.k\w+\.\w+/(?:InferenceService|Service)|argoproj\.io/Rollout)$"
)

_CLOUD_RUN = re.compile(r"gcloud run deploy ([a-z][a-z0-9-]{0,62})(?=\s|$)")


def serving(view: View) -> Iterator[tuple[str, str]]:
    """The names around serving, those that are known."""
    if path := service(view):
        yield "service", path
        if found := application(view.text(path) or ""):
            name, _ = found
            yield "app", name
            module = path.removesuffix(".py").replace("/", ".")
            yield "run_service", f"uvicorn {module}:{name} --host 0.0.0.0 --port 8000"
    if dockerfile := _dockerfile(view, service(view)):
        yield from (("dockerfile", dockerfile), ("context", _context(view, dockerfile)))
        ports = [fact.value for fact in view.graph.readings[dockerfile].facts if fact.name == "Dockerfile.EXPOSE"]
        yield "port", next((port for port in ports if re.fullmatch(r"[0-9]{1,5}", port)), "")
    commands = (_CLOUD_RUN.match(fact.name) for _, fact in view.facts("command"))
    yield "cloud_run", next((found[1] for found in commands if found and plain(found[1])), "")
    for reading in view.product:
        if named := _workload(reading):
            yield from (("manifests", dirname(reading.path) or "."), ("manifest", reading.path), ("deployment", named))
            return


def service(view: View) -> str:
    """The Python file that answers requests: one that predicts before one that does not, one that lives before."""
    found = [
        one for one in view.evidence("service-exposed", "model-served", "app-shown") if one.place.path.endswith(".py")
    ]
    exposed = next((each for each in view.assessment.practices if each.practice == "model-exposed"), None)
    predicting = {place.path for proof in exposed.proofs for place in proof.path} if exposed else set()
    paths = dict.fromkeys(one.place.path for one in found if one.fact.kind in ("call", "import"))
    makes = {one.place.path for one in found if one.fact.kind == "call" and not one.fact.value}
    order = sorted(
        paths,
        key=lambda path: (
            path not in predicting,
            path not in makes,
            not view.graph.is_live(Node(path)),
            path.count("/"),
            path,
        ),
    )
    return next((path for path in order if view.graph.readings[path].role == "product"), "")


def server(view: View) -> str:
    """The tool with which requests are answered: that of the code which does, else whatever is set up."""
    path = service(view)
    tools = [
        one.tool for one in view.evidence("service-exposed", "app-shown", "model-served") if one.place.path == path
    ]
    return tools[0] if tools else view.keeper("service-exposed", "app-shown", "model-served")


def application(text: str) -> tuple[str, int] | None:
    """The variable of a module that holds its web application, and the line where its making ends."""
    try:
        body = parse(text).body
    except Unreadable:
        return None
    for statement in body:
        if not isinstance(statement, ast.Assign | ast.AnnAssign):
            continue
        target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
        made = isinstance(statement.value, ast.Call) and _called(statement.value.func) in _APPLICATIONS
        if made and isinstance(target, ast.Name) and target.id.isascii():
            return target.id, statement.end_lineno or statement.lineno
    return None


def _called(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _dockerfile(view: View, path: str) -> str:
    """The Dockerfile that starts the service; else the one at the root; else the first."""
    found = [
        each.path for each in view.product if re.search(r"(?:^|/)(?:Dockerfile[^/]*|[^/]+\.[Dd]ockerfile)$", each.path)
    ]
    starting = [each for each in found if path and Node(path) in view.graph.reached_from(Node(each))]
    return min(starting or found, key=lambda each: (each.count("/"), each), default="")


def _context(view: View, dockerfile: str) -> str:
    """The folder whose files a Dockerfile copies: the root where they are there, else its own."""
    copied = [fact.name for fact in view.graph.readings[dockerfile].facts if fact.kind == "copies"]
    paths = view.graph.readings
    at_root = [name for name in copied if name in paths or any(path.startswith(f"{name}/") for path in paths)]
    return "." if at_root or not dirname(dockerfile) else dirname(dockerfile)


def _workload(reading: Reading) -> str:
    """The name of a deployment or service that a manifest declares."""
    for fact in reading.facts:
        if fact.kind == "resource" and _WORKLOADS.match(fact.name) and plain(fact.value) and "/" not in fact.value:
            return fact.value
    return ""
