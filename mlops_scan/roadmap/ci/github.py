"""GitHub Actions. docs.github.com/actions/reference/workflow-syntax-for-github-actions"""

import re
from collections.abc import Iterator, Mapping
from posixpath import commonpath, dirname

from mlops_scan.errors import Unreadable
from mlops_scan.evidence import Node
from mlops_scan.facts import trees
from mlops_scan.roadmap.ci import System, Written
from mlops_scan.roadmap.ci.yaml_lines import end_of, indented, inserted, run, width
from mlops_scan.roadmap.names import Site
from mlops_scan.roadmap.scripts import script
from mlops_scan.roadmap.view import Text, View, plain
from mlops_scan.roadmap.words import Change, Job, Pipeline

_JOB = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)
_NO_DEPLOYMENT = re.compile(r"docs?|pages|test|lint|check|build|scan", re.IGNORECASE)


def _image(_view: View) -> str:
    return "ghcr.io/${GITHUB_REPOSITORY,,}:$GITHUB_SHA"


def _write(pipeline: Pipeline, _site: Site, text: Text) -> Written:
    path = f".github/workflows/{pipeline.name}.yml"
    if text(path) is not None:
        path = f".github/workflows/{pipeline.name}-model.yml"
    lines = [f"name: {pipeline.name}", "", "on:", *_events(pipeline, _site), "", *_permissions(pipeline), "", "jobs:"]
    for number, job in enumerate(pipeline.jobs):
        before = _before(job, pipeline)
        lines += [*([""] if number else []), f"  {job.name}:", *indented(_job(job, before, _site), 4)]
    body = "\n".join(lines) + "\n"
    return Written((Change(path, body, body),), tuple(_notes(pipeline.jobs)))


def _before(job: Job, pipeline: Pipeline) -> list[Job]:
    return [each for each in pipeline.jobs if each.name in job.needs and each.keep]


def _notes(jobs: tuple[Job, ...]) -> Iterator[str]:
    for job in jobs:
        if job.environment:
            yield f"Settings > Environments: create `{job.environment}` and name who approves (required reviewers)."


def _events(pipeline: Pipeline, site: Site) -> Iterator[str]:
    crons = [event.partition(" ")[2] for event in pipeline.on if event.startswith("schedule")]
    signals = [event.partition(" ")[2] for event in pipeline.on if event.startswith("signal")]
    if "push" in pipeline.on:
        yield from ("  push:", f"    branches: [{site.names['branch']}]")
    if "pull_request" in pipeline.on:
        yield "  pull_request:"
    if crons:
        yield from ("  schedule:", *(f'    - cron: "{cron}"' for cron in crons))
    if signals:
        yield from ("  repository_dispatch:", f"    types: [{', '.join(signals)}]")
    if "manual" in pipeline.on:
        yield "  workflow_dispatch:"


def _permissions(pipeline: Pipeline) -> Iterator[str]:
    contents = "write" if any(job.start for job in pipeline.jobs) else "read"
    yield from ("permissions:", f"  contents: {contents}")
    if any(job.tell for job in pipeline.jobs):
        yield "  issues: write"
    if any(job.images for job in pipeline.jobs):
        yield "  packages: write"


def _job(job: Job, before: list[Job], site: Site) -> Iterator[str]:
    yield "runs-on: ubuntu-latest"
    if job.needs:
        yield f"needs: [{', '.join(job.needs)}]"
    if job.environment:
        yield f"environment: {job.environment}"
    yield "steps:"
    yield from indented(_steps(job, before, site), 2)


def _steps(job: Job, before: list[Job], site: Site) -> Iterator[str]:
    yield "- uses: actions/checkout@v4"
    yield from () if job.images else _setup(site)
    for each in before:
        yield from ("- uses: actions/download-artifact@v4", "  with:", f"    name: {each.name}")
        if folder := commonpath([dirname(path) for path in each.keep]):  # an artifact begins where its files part
            yield f"    path: {folder}"
    if job.images:
        yield from run('echo "$TOKEN" | docker login ghcr.io --username "$GITHUB_ACTOR" --password-stdin', "- run", 0)
        yield from ("  env:", "    TOKEN: ${{ secrets.GITHUB_TOKEN }}")
    for text in job.run:
        yield from run(text, "- run", 0)
    yield from _behind(job)


def _behind(job: Job) -> Iterator[str]:
    """What follows the work of a job: files for the jobs behind it, and what happens where it failed."""
    link = "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID"
    if job.keep:
        yield from (
            "- uses: actions/upload-artifact@v4",
            "  with:",
            f"    name: {job.name}",
            "    path: |",
            *(f"      {path}" for path in job.keep),
        )
    if job.tell:
        yield from ("- name: Tell the team", "  if: failure()")
        yield from run(f'gh issue create --title "{job.tell}" --body "See {link}"', "  run", 0)
        yield from ("  env:", "    GH_TOKEN: ${{ github.token }}")
    if job.start:
        yield from ("- name: Start a training", "  if: failure()")
        yield from run(f'gh api "repos/$GITHUB_REPOSITORY/dispatches" -f event_type={job.start}', "  run", 0)
        yield from ("  env:", "    GH_TOKEN: ${{ github.token }}")


def _setup(site: Site) -> Iterator[str]:
    packaging, install = site.traits["packaging"], site.names["install"]
    if packaging == "renv":
        yield from ("- uses: r-lib/actions/setup-r@v2", "- uses: r-lib/actions/setup-renv@v2")
        return
    if packaging == "uv":
        yield "- uses: astral-sh/setup-uv@v6"
    elif packaging == "conda":
        yield from ("- uses: conda-incubator/setup-miniconda@v3", "  with:", "    auto-update-conda: true")
    else:
        yield from ("- uses: actions/setup-python@v5", "  with:", f'    python-version: "{site.names["python"]}"')
    if packaging in ("poetry", "pipenv"):
        yield f"- run: pip install {packaging}"
    yield from run(install, "- run", 0)


def _deploying(view: View) -> Iterator[tuple[str, str]]:
    """The job that deploys: named so, or with commands that do; previews, documents and tests are none."""
    found = []
    for node, doing in view.life.does["deploy"].items():
        job = node.unit.partition("/")[0].removeprefix("job:")
        if node.path.startswith(".github/workflows/") and node.unit.startswith("job:") and view.graph.is_live(node):
            said = bool(re.search("deploy|release|promote", job))
            if plain(node.path) and _JOB.fullmatch(job) and (said or not _NO_DEPLOYMENT.search(job)):
                found.append((not said, doing.by_name, node.path, job))
    if found and not all(_on_requests_only(view, path) for *_, path, _ in found):
        *_, path, job = min(found)
        yield from (("deploy_file", path), ("deploy_job", job))


def _training(view: View) -> Iterator[tuple[str, str]]:
    """The step of a workflow that starts the training: the one after which most of it is done, on a live job."""
    found = []
    training = {*view.life.does["train"], Node(script(view, "train"))}
    for node, unit in view.graph.units.items():
        if unit.kind == "step" and node.path.startswith(".github/workflows/") and plain(node.path) and unit.line:
            tree = view.graph.tree_from(node, ("test", "fixture"), ("import",))
            trained = [each for each in training if each in tree and _by_itself(tree, each, node.path)]
            if trained and _is_live(view, node) and "pull_request" not in _events_of(view, node.path):
                deploys = any(each.path == node.path for each in view.life.does["deploy"])
                found.append((not deploys, -len(tree), node.path, unit.line))
    if found:
        *_, path, line = min(found)
        yield from (("train_file", path), ("train_line", str(line)))


def _by_itself(tree: Mapping[Node, Node | None], node: Node, workflow: str) -> bool:
    """Whether a step starts something by itself: not by asking another workflow to, nor by building an image that could."""
    here: Node | None = node
    while here is not None:
        if (here.path.startswith(".github/") and here.path != workflow) or "ockerfile" in here.path:
            return False
        here = tree[here]
    return node.path != workflow


def _is_live(view: View, node: Node) -> bool:
    """Whether a step stands in a job that something starts."""
    return view.graph.is_live(Node(node.path, node.unit.partition("/")[0]))


def _on_requests_only(view: View, path: str) -> bool:
    return _events_of(view, path) == {"pull_request"}


def _events_of(view: View, path: str) -> set[str]:
    return {fact.name for fact in view.graph.inside(Node(path)) if fact.kind == "trigger"}


def _gate(job: Job, site: Site, text: Text) -> Written:
    """The workflow that deploys with one more job, and the job that deploys waiting for it. Raises `Unreadable`."""
    path, name = site.names["deploy_file"], site.names["deploy_job"]
    before = text(path) or ""
    root = trees.as_mapping(next(iter(trees.parse_yaml(before)), None))
    key = next((each for each in trees.as_mapping(trees.at(root, "jobs")) if each == name), None)
    body = trees.as_mapping(trees.at(root, "jobs", name))
    if key is None or "\t" in before or any(each == job.name for each in trees.as_mapping(trees.at(root, "jobs"))):
        raise Unreadable("has no place for a job")
    lines = before.split("\n")
    indent, inner = width(lines[key.line - 1]), width(lines[body.line - 1])
    waiting = _waiting(lines, key.line, body, job.name, inner)
    new = [f"{job.name}:", *indented(_job(job, [], site), inner - indent), ""]
    snippet = [*indented(new, indent), f"{' ' * indent}{name}:", *waiting[1]]
    edited = "\n".join(waiting[0])
    after = inserted(edited, key.line - 1, indented(new, indent))
    return Written((Change(path, after, "\n".join(snippet) + "\n", key.line),))


def _waiting(lines: list[str], start: int, body: trees.Mapping, name: str, indent: int) -> tuple[list[str], list[str]]:
    """The lines of a workflow with one more job that a job needs, and the new line."""
    needs = trees.at(body, "needs")
    names = [trees.as_text(each) for each in trees.as_list(needs)]
    line = f"{' ' * indent}needs: [{', '.join([*names, name])}]"
    if needs is None:
        return [*lines[:start], line, *lines[start:]], [line]
    if not all(_JOB.fullmatch(each) for each in names):
        raise Unreadable("needs jobs that cannot be named")
    first = body.line_of("needs") - 1
    return [*lines[:first], line, *lines[end_of(lines, first) :]], [line]


def _names(view: View) -> Iterator[tuple[str, str]]:
    yield from _deploying(view)
    yield from _training(view)


SYSTEM = System("github-actions", _image, _write, _names, _gate)
