"""GitHub Actions: workflows in `.github/workflows`, and composite actions."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import embedded, exits, trees
from mlops_scan.facts.ci import shape
from mlops_scan.facts.source import Source, reads

#: Events by what they mean; every other event keeps its own name.
_TRIGGERS = {
    "create": "push",
    "pull_request_target": "pull_request",
    "merge_group": "pull_request",
    "workflow_dispatch": "manual",
    "workflow_call": "call",
    "workflow_run": "after",
    "repository_dispatch": "signal",
    "deployment": "deploy",
    "deployment_status": "deploy",
}
_MOST_EVENTS = 100
_DETAILS = ("branches", "branches-ignore", "tags", "tags-ignore", "paths", "paths-ignore", "types")
_ROOTS = ("${{ github.workspace }}", "${{github.workspace}}", "$GITHUB_WORKSPACE", "${GITHUB_WORKSPACE}")
_JOB_FIELDS = ("runs-on", "timeout-minutes", "concurrency")
_EXPRESSION = re.compile(r"\$\{\{((?:[^\n{}]|\{[^\n{}]{0,50}\}){0,500})\}\}")
_COMMENTED_CRON = re.compile(r"""\s*#\s*-\s*cron\s*:\s*["']([-\d*/, A-Za-z]+)["']""")
_EVENT = re.compile(r"github\.event_name\s*==\s*['\"](\w+)['\"]")
_SHELL = re.compile(r"(?:bash|sh|zsh|pwsh|powershell|cmd)\b")
#: Arguments of actions that are shell text.
_SCRIPTS = ("run", "script", "inlineScript", "commands")
_NO_SHELL = re.compile(r"github-script$|python", re.IGNORECASE)
#: Actions that build an image, and the arguments for the Dockerfile and the folder.
_BUILDERS = {
    "docker/build-push-action": ("file", "context"),
    "redhat-actions/buildah-build": ("containerfiles", "context"),
}


class _Defaults(NamedTuple):
    """What `defaults.run` says of steps that do not say it themselves."""

    folder: str = ""
    shell: str = ""


@reads("/.github/workflows/*.yml", "/.github/workflows/*.yaml")
def workflow(source: Source) -> Iterator[Item]:
    """A workflow; only the folder at the root of a repository runs.

    docs.github.com/actions/reference/workflow-syntax-for-github-actions
    """
    root = trees.as_mapping(next(iter(source.documents), None))
    jobs = trees.as_mapping(trees.at(root, "jobs"))
    yield from shape.settings(trees.at(root, "name"), "workflow.name")
    yield from shape.triggers(_triggers(trees.at(root, "on"), jobs))
    yield from _commented(source)
    yield from shape.variables(trees.at(root, "env"))
    yield from _permissions(root, "workflow")
    yield from _refused(root, jobs)
    defaults = _defaults(root, _Defaults())
    for name, job in jobs.items():
        yield from _job(source, name, job, defaults)


def _refused(root: trees.Mapping, jobs: trees.Mapping) -> Iterator[Fact]:
    """What GitHub does not run, since the keys that its syntax requires are not there."""
    if not jobs:
        yield Fact("unparsable", "a workflow without jobs", root.line_of("jobs"))
    if jobs and not trees.at(root, "on"):
        yield Fact("unparsable", "a workflow without `on`", root.line_of("on"))
    for name, job in jobs.items():
        steps, unit = trees.at(job, "steps"), Unit("job", name).id
        if not trees.at(job, "uses") and not (isinstance(steps, trees.Sequence) and steps):
            yield Fact("unparsable", "a job without steps", name.line, unit=unit)
        for step in steps if isinstance(steps, trees.Sequence) else ():
            if not trees.at(step, "run") and not trees.at(step, "uses"):
                yield Fact("unparsable", "a step with neither `run` nor `uses`", step.line, unit=unit)


@reads("action.yml", "action.yaml")
def action(source: Source) -> Iterator[Item]:
    """An action of this repository's own: the steps of a composite one run when somebody uses it."""
    runs = trees.at(next(iter(source.documents), None), "runs")
    using = trees.as_text(trees.at(runs, "using"))
    image = trees.at(runs, "image")
    if using == "composite":
        yield from _steps(source, runs, "", _Defaults())
    elif using == "docker" and isinstance(image, trees.Scalar):
        yield from shape.image(image) if image.startswith("docker://") else [Fact("builds", image, image.line)]
    elif isinstance(main := trees.at(runs, "main"), trees.Scalar):
        yield Fact("runs-file", f"./{main}", main.line)


def _commented(source: Source) -> Iterator[Fact]:
    """Schedules in comments that could be put in force as they stand: `# schedule:` above `#   - cron: ...`."""
    for number, (before, line) in enumerate(zip(source.lines, source.lines[1:], strict=False), 2):
        cron = _COMMENTED_CRON.match(line[: shape.LONGEST])
        if cron and re.match(r"\s*#\s*schedule\s*:", before[: shape.LONGEST]):
            yield Fact("commented-out", "schedule", number, cron[1])


def one_word(text: str) -> str:
    """Shell text whose `${{ ... }}` the shell reads as a part of one word."""

    def word(found: re.Match[str]) -> str:
        inner = found[1].strip()
        return f"${{{{{inner}}}}}" if re.fullmatch(r"[\w.\[\]-]+", inner) else "${{expression}}"

    return _EXPRESSION.sub(word, text)


def _triggers(on: object, jobs: trees.Mapping) -> Iterator[shape.Trigger]:
    limits = [(Unit("job", name).id, _events(job)) for name, job in jobs.items()]
    names = [name for name in trees.as_list(on) if isinstance(name, trees.Scalar)]
    events = on.items() if isinstance(on, trees.Mapping) else [(name, None) for name in names]
    for event, config in islice(events, _MOST_EVENTS):
        started = [job for job, only in limits if only is None or event in only]
        for line, value in _details(event, config):
            yield shape.Trigger(_TRIGGERS.get(event, event), line, value, started)


def _events(job: object) -> set[str] | None:
    """The events that the `if` of a job allows, where it says so plainly."""
    found = [_EVENT.findall(part) for part in trees.as_text(trees.at(job, "if"))[:2000].split("||")]
    return {event for part in found for event in part} if all(found) else None


def _details(event: trees.Scalar, config: object) -> Iterator[tuple[int, str]]:
    """The lines and values of one event: one for each cron or workflow waited for, else all its filters in one."""
    crons = [cron for item in trees.as_list(config) if isinstance(cron := trees.at(item, "cron"), trees.Scalar)]
    workflows = [name for name in trees.as_list(trees.at(config, "workflows")) if isinstance(name, trees.Scalar)]
    if each := crons if event == "schedule" else workflows if event == "workflow_run" else []:
        yield from ((value.line, value) for value in each)
        return
    filters = [(key, ", ".join(map(trees.as_text, trees.as_list(trees.at(config, key))))) for key in _DETAILS]
    inputs = ", ".join(trees.as_mapping(trees.at(config, "inputs")))
    yield event.line, "; ".join(f"{key}: {value}" for key, value in [*filters, ("inputs", inputs)] if value)


def _defaults(around: object, outer: _Defaults) -> _Defaults:
    run = trees.at(around, "defaults", "run")
    folder = trees.as_text(trees.at(run, "working-directory"))
    return _Defaults(
        shape.folder(folder, *_ROOTS) if folder else outer.folder, trees.as_text(trees.at(run, "shell")) or outer.shell
    )


def _job(source: Source, name: trees.Scalar, job: trees.Node, defaults: _Defaults) -> Iterator[Item]:
    unit = Unit("job", name, name.line)
    yield unit
    for needed in trees.as_list(trees.at(job, "needs")):
        if isinstance(needed, trees.Scalar):
            yield Fact("needs", f"#{Unit('job', needed).id}", needed.line, unit=unit.id)
    yield from _condition(trees.at(job, "if"), unit.id)
    yield from shape.forgiven(job, "continue-on-error", unit.id)
    yield from shape.image(trees.at(job, "container"), unit.id)
    yield from shape.variables(trees.at(job, "container", "env"), unit.id)
    for service in trees.as_mapping(trees.at(job, "services")).values():
        yield from shape.image(service, unit.id)
    yield from shape.variables(trees.at(job, "env"), unit.id)
    yield from _fields(job, unit.id)
    if isinstance(uses := trees.at(job, "uses"), trees.Scalar):
        yield from _uses(source, uses, trees.at(job, "with"), unit.id)
    yield from _steps(source, job, unit.id, _defaults(job, defaults))


def _condition(node: object, unit: str) -> Iterator[Fact]:
    """A condition. Text around `${{ }}` makes a string of it, and a string that is not empty is true."""
    yield from shape.condition(node, unit)
    if isinstance(node, trees.Scalar):
        text = node[:1000].strip()
        around = _EXPRESSION.sub("", text).strip()
        if around and around != text:
            yield Fact("always-true", " ".join(text.split())[: shape.LONGEST], node.line, "text around ${{ }}", unit)


def _fields(job: object, unit: str) -> Iterator[Fact]:
    environment = trees.at(job, "environment")
    yield from shape.settings(trees.at(environment, "name") or environment, "job.environment", unit)
    for key in _JOB_FIELDS:
        yield from shape.settings(trees.at(job, key), f"job.{key}", unit)
    yield from _permissions(job, "job", unit)


def _permissions(around: object, owner: str, unit: str = "") -> Iterator[Fact]:
    node = trees.at(around, "permissions")
    if isinstance(node, trees.Scalar):
        yield Fact("field", f"{owner}.permissions", node.line, node, unit)
    for key, value in trees.as_mapping(node).items():
        yield Fact("field", f"{owner}.permissions.{key}", key.line, trees.as_text(value), unit)


def _steps(source: Source, around: object, parent: str, defaults: _Defaults) -> Iterator[Item]:
    for number, step in enumerate(trees.as_list(trees.at(around, "steps")), 1):
        unit = Unit("step", str(number), step.line, parent)
        yield unit
        yield from shape.settings(trees.at(step, "name"), "step.name", unit.id)
        yield from _condition(trees.at(step, "if"), unit.id)
        yield from shape.forgiven(step, "continue-on-error", unit.id)
        yield from shape.variables(trees.at(step, "env"), unit.id)
        yield from _run(source, step, unit.id, defaults)
        if isinstance(uses := trees.at(step, "uses"), trees.Scalar):
            yield from _uses(source, uses, trees.at(step, "with"), unit.id)


def _run(source: Source, step: object, unit: str, defaults: _Defaults) -> Iterator[Fact]:
    """The commands of a step, unless it is written in another language than the shell's."""
    language = trees.at(step, "shell")
    named = trees.as_text(language) or defaults.shell
    if _SHELL.match(named or "bash"):
        folder = trees.as_text(trees.at(step, "working-directory"))
        folder = shape.folder(folder, *_ROOTS) if folder else defaults.folder
        yield from shape.run(
            source, trees.at(step, "run"), unit, folder, _clean(source, folder), options=_options(named)
        )
    else:
        yield from shape.settings(language, "step.shell", unit)
        if named == "python" and isinstance(code := trees.at(step, "run"), trees.Scalar):
            yield from embedded.python(code, unit)


def _options(named: str) -> exits.Shell | None:
    """How a shell begins: `bash -e` where none is named, `-eo pipefail` where it is `bash` by name, else as written."""
    if named in ("", "sh"):
        return exits.Shell(errexit=True)
    if named == "bash":
        return exits.Shell(errexit=True, pipefail=True)
    found = re.match(r"(?:bash|sh|zsh)\b(.*)", named[: shape.LONGEST])
    return exits.Shell(bool(re.search(r"\s-\w*e", found[1])), "pipefail" in found[1]) if found else None


def _clean(source: Source, folder: str) -> shape.Clean:
    """How to read the text of a step. An action can name the folder that it stands in itself."""
    here = source.path.rpartition("/")[0] or "."
    rooted = shape.rooted(folder, *_ROOTS)

    def clean(text: str) -> str:
        for name in () if folder else ("${{ github.action_path }}", "$GITHUB_ACTION_PATH", "${GITHUB_ACTION_PATH}"):
            text = text.replace(name, here)
        return one_word(rooted(text))

    return clean


def _uses(source: Source, uses: trees.Scalar, arguments: object, unit: str) -> Iterator[Fact]:
    """An action or a reusable workflow: a path of this repository, an image, or somebody else's."""
    name, _, version = uses.partition("@")
    if name.startswith("./"):
        path = name[2:].rstrip("/")
        file = path if path.endswith((".yml", ".yaml")) else f"{path}/action.yml".lstrip("/")
        yield Fact("includes", file, uses.line, unit=unit)
        yield from shape.settings(arguments, f"{file}.with", unit)
    elif name.startswith("docker://"):
        yield from shape.image(uses, unit)
    else:
        yield from shape.action(name, version, uses.line, arguments, unit)
        yield from _builds(name, arguments, unit)
        for key in () if _NO_SHELL.search(name) else _SCRIPTS:
            yield from shape.run(source, trees.at(arguments, key), unit, clean=one_word)


def _builds(action: str, arguments: object, unit: str) -> Iterator[Fact]:
    """The image that an action builds: from its file, else from its context, else from the root."""
    if action not in _BUILDERS:
        return
    file, context = (trees.at(arguments, key) for key in _BUILDERS[action])
    file = file or trees.at(arguments, "dockerfiles")  # as buildah's action called it before
    # `{{defaultContext}}:sub` is the checkout in Git, and there the file is named relative to the subfolder
    inside = re.fullmatch(r"\{\{defaultContext\}\}:?(.*)", trees.as_text(context))
    folder = inside[1] if inside else ""
    name = (
        shape.folder(trees.as_text(file) or ("." if inside else trees.as_text(context)), *_ROOTS, around=folder) or "."
    )
    if not name.startswith("$"):
        yield Fact("builds", name, getattr(file or context or arguments, "line", None), _tag(arguments), unit)


def _tag(arguments: object) -> str:
    """The first name with tag; some actions are given the name apart."""
    name = trees.as_text(trees.at(arguments, "image"))
    tags = re.split(r"[\s,]+", one_word(trees.as_text(trees.at(arguments, "tags"))).strip())
    return (f"{one_word(name)}:{tags[0]}".rstrip(":") if name else tags[0])[: shape.LONGEST]
