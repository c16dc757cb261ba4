"""GitLab CI/CD: `.gitlab-ci.yml` and the files that it includes."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import trees
from mlops_scan.facts.ci import shape
from mlops_scan.facts.source import Source, reads

_DEFAULTS = ("image", "services", "before_script", "after_script")
_RESERVED = {*_DEFAULTS, "stages", "types", "variables", "default", "include", "workflow", "cache", "spec"}
#: Beside `script`, one of these shows that a mapping is a job of this system and of no other.
_JOB_KEYS = {"stage", "rules", "only", "except", "needs", "extends", "tags", "artifacts", "image", "allow_failure"}
_STAGES = ("build", "test", "deploy")
_FIELDS = ("timeout", "tags", "resource_group", "retry")
_ROOTS = ("$CI_PROJECT_DIR", "${CI_PROJECT_DIR}")
_MOST_LAYERS = 30
_MOST_EVENTS = 20
_MOST_RULES = 100
#: `$CI_PIPELINE_SOURCE`, and the words of `only`, by what they mean.
_SOURCES = {
    "push": "push",
    "branches": "push",
    "tags": "push",
    "merge_request_event": "pull_request",
    "merge_requests": "pull_request",
    "external_pull_request_event": "pull_request",
    "external_pull_requests": "pull_request",
    "schedule": "schedule",
    "schedules": "schedule",
    "web": "manual",
    "api": "signal",
    "trigger": "signal",
    "triggers": "signal",
    "pipeline": "call",
    "pipelines": "call",
    "parent_pipeline": "call",
}
_SOURCE = re.compile(r"\$\{?CI_PIPELINE_SOURCE\}?\s*(?:==\s*[\"'](\w+)[\"']|=~\s*/([^/]{1,200})/)")


class _Event(NamedTuple):
    name: str
    line: int
    value: str = ""


class _Job(NamedTuple):
    """A job and, behind its own body, those that it extends: the first that has a key decides."""

    unit: Unit
    layers: list[trees.Mapping]

    def get(self, key: str) -> trees.Node | None:
        return next((layer[key] for layer in self.layers if key in layer), None)  # type: ignore[index]


@reads("*.yml", "*.yaml")
def pipeline(source: Source) -> Iterator[Item]:
    """The pipeline of the repository, and by their content the files that it includes. docs.gitlab.com/ci/yaml"""
    named = source.path == ".gitlab-ci.yml"
    if not (named or "script:" in source.text or ".gitlab" in source.path) or source.path.startswith(".github/"):
        return
    root = trees.as_mapping(source.documents[-1] if source.documents else None)
    bodies = {name: body for name, body in root.items() if name not in _RESERVED and isinstance(body, trees.Mapping)}
    if named or _is_pipeline(root, bodies):
        jobs = [_Job(Unit("job", name, name.line), _layers(bodies, name)) for name in bodies if name[:1] != "."]
        yield from islice(_items(source, root, jobs), shape.MOST_ITEMS)
        yield from islice(_templates(source, root, bodies), 0 if named else shape.MOST_ITEMS)


def _is_pipeline(root: trees.Mapping, bodies: dict[trees.Scalar, trees.Mapping]) -> bool:
    """Whether a file is of this system: jobs at the top with a script and something else that only they have."""
    strange = [name for name in root if name not in _RESERVED and name not in bodies]
    return not strange and any("script" in body and _JOB_KEYS & set(body) for body in bodies.values())


def _layers(bodies: dict[trees.Scalar, trees.Mapping], name: trees.Scalar) -> list[trees.Mapping]:
    waiting = [name]
    layers: list[trees.Mapping] = []
    while waiting and len(layers) < _MOST_LAYERS:
        body = bodies.get(waiting.pop())
        if body is not None:
            layers.append(body)
            extends = trees.as_list(trees.at(body, "extends"))
            waiting += [other for other in extends[-_MOST_LAYERS:] if isinstance(other, trees.Scalar)]
    return layers


def _items(source: Source, root: trees.Mapping, jobs: list[_Job]) -> Iterator[Item]:
    events = _pipeline_events(source, root)
    started = (shape.Trigger(*event, (job.unit.id,)) for job in jobs for event in _job_events(job, events))
    yield from shape.triggers([*(shape.Trigger(*event, ()) for event in events), *islice(started, shape.MOST_LINKS)])
    for name in dict.fromkeys(event.name for event in events):
        yield from _includes(trees.at(root, "include"), f"trigger:{name}")
    yield from shape.variables(trees.at(root, "variables"))
    yield from shape.stages(_stages(root, jobs))
    for job in shape.affordable(_weighed(root, jobs)):
        yield from _job(source, root, job)


def _weighed(root: trees.Mapping, jobs: list[_Job]) -> Iterator[tuple[_Job, int]]:
    known: dict[int, int] = {}
    services = shape.weight(trees.at(root, "services")) + shape.weight(trees.at(root, "default", "services"))
    for job in jobs:
        known |= {id(layer): shape.weight(layer) for layer in job.layers if id(layer) not in known}
        layers = sum(known[id(layer)] for layer in job.layers)
        yield job, services + layers + shape.weight(_script(root, job))


def _templates(source: Source, root: trees.Mapping, bodies: dict[trees.Scalar, trees.Mapping]) -> Iterator[Item]:
    """Hidden jobs of an included file that nobody extends here: whoever includes the file does."""
    used = {
        name for body in bodies.values() for name in trees.as_list(trees.at(body, "extends")) if isinstance(name, str)
    }
    for name in bodies:
        if name.startswith(".") and name not in used:
            yield from _job(source, root, _Job(Unit("task", name, name.line), _layers(bodies, name)))


def _pipeline_events(source: Source, root: trees.Mapping) -> list[_Event]:
    """What starts the pipeline: `workflow: rules`, else a push; an included file is called."""
    if source.path != ".gitlab-ci.yml":
        return [_Event("call", 1)]
    rules = trees.as_list(trees.at(root, "workflow", "rules"))
    events = [event for rule in rules for event in _rule_events(rule, [_Event("push", rule.line)])]
    return events[:_MOST_EVENTS] or [_Event("push", 1)]


def _rule_events(rule: trees.Node, otherwise: list[_Event]) -> Iterator[_Event]:
    when, expression = trees.as_text(trees.at(rule, "when")), trees.as_text(trees.at(rule, "if"))
    if when == "never":
        return
    named = [word for pair in _SOURCE.findall(expression[:2000]) for word in re.findall(r"\w+", " ".join(pair))]
    names = [_SOURCES[word] for word in named if word in _SOURCES]
    names += ["pull_request"] * ("$CI_MERGE_REQUEST" in expression)
    if when == "manual":
        yield _Event("manual", rule.line, expression)
    elif names:
        yield from (_Event(name, rule.line, expression) for name in names)
    else:
        yield from (event._replace(value=event.value or expression) for event in otherwise)


def _job_events(job: _Job, pipeline: list[_Event]) -> list[_Event]:
    """What starts a job: its rules, the words of `only`, a human, or whatever starts the pipeline."""
    called = [event for event in pipeline if event.name == "call"]
    rules = trees.as_list(job.get("rules"))[:_MOST_RULES]
    if rules:
        return [*called, *(event for rule in rules for event in _rule_events(rule, pipeline))]
    if trees.as_text(job.get("when")) == "manual":
        return [*called, _Event("manual", getattr(job.get("when"), "line", 1))]
    only = job.get("only")
    words = trees.as_list(trees.at(only, "refs") if isinstance(only, trees.Mapping) else only)
    named = [_Event(_SOURCES[word], word.line, word) for word in words if isinstance(word, str) and word in _SOURCES]
    return [*called, *named] if named else pipeline


def _stages(root: trees.Mapping, jobs: list[_Job]) -> Iterator[tuple[list[Unit], list[str]]]:
    """Jobs that do not say what they need wait for the stage before theirs."""
    names = [str(name) for name in trees.as_list(trees.at(root, "stages")) if isinstance(name, trees.Scalar)]
    order = {name: number for number, name in enumerate([".pre", *(names or _STAGES), ".post"])}
    filled: dict[int, list[_Job]] = {}
    for job in jobs:
        stage = trees.as_text(job.get("stage")) or "test"
        filled.setdefault(order.get(stage, -1), []).append(job)
    before: list[str] = []
    for number in sorted(number for number in filled if number >= 0):
        yield [job.unit for job in filled[number] if job.get("needs") is None], before
        before = [job.unit.id for job in filled[number]]


def _job(source: Source, root: trees.Mapping, job: _Job) -> Iterator[Item]:
    unit = job.unit.id
    yield job.unit
    yield from _needs(job)
    yield from _conditions(job)
    for around in (*job.layers, *trees.as_list(job.get("rules"))):
        yield from shape.forgiven(around, "allow_failure", unit)
    yield from shape.image(_inherited(root, job, "image"), unit)
    for service in trees.as_list(_inherited(root, job, "services")):
        yield from shape.image(service, unit)
    for layer in reversed(job.layers):
        yield from shape.variables(trees.at(layer, "variables"), unit)
    environment = job.get("environment")
    yield from shape.settings(trees.at(environment, "name") or environment, "job.environment", unit)
    for key in _FIELDS:
        yield from shape.settings(job.get(key), f"job.{key}", unit)
    yield from _downstream(job.get("trigger"), unit)
    yield from shape.run(source, _script(root, job), unit, clean=shape.rooted("", *_ROOTS))


def _inherited(root: trees.Mapping, job: _Job, key: str) -> trees.Node | None:
    return next((node for node in (job.get(key), trees.at(root, "default", key), trees.at(root, key)) if node), None)


def _script(root: trees.Mapping, job: _Job) -> trees.Sequence:
    """The lines that a job runs, one after the other; `!reference [.job, script]` stands for those of another."""
    lines = trees.Sequence(job.unit.line or 1)
    for node in (_inherited(root, job, "before_script"), job.get("script"), _inherited(root, job, "after_script")):
        for item in trees.as_list(node):
            path = [name for name in trees.as_list(item) if isinstance(name, trees.Scalar)]
            referred = trees.at(root, *path) if isinstance(item, trees.Sequence) and len(path) > 1 else None
            lines += trees.as_list(referred if referred is not None else item)
            if len(lines) > shape.MOST_LINKS:
                return lines
    return lines


def _needs(job: _Job) -> Iterator[Fact]:
    for item in trees.as_list(job.get("needs")):
        name = item if isinstance(item, trees.Scalar) else trees.at(item, "job")
        if isinstance(name, trees.Scalar) and not {"project", "pipeline"} & set(trees.as_mapping(item)):
            yield Fact("needs", f"#{Unit('job', name).id}", name.line, unit=job.unit.id)


def _conditions(job: _Job) -> Iterator[Fact]:
    rules = trees.as_list(job.get("rules"))
    if rules and all(trees.as_text(trees.at(rule, "when")) == "never" for rule in rules):
        yield Fact("switched-off", "when: never", rules[0].line, unit=job.unit.id)
    for rule in rules:
        never = "not " * (trees.as_text(trees.at(rule, "when")) == "never")
        yield from _condition(never, trees.at(rule, "if"), job)
        yield from _condition(f"{never}changes: ", trees.at(rule, "changes"), job)
    yield from _condition("only: ", job.get("only"), job)
    yield from _condition("except: ", job.get("except"), job)
    if trees.as_text(job.get("when")) in ("on_failure", "always", "delayed"):
        yield from _condition("when: ", job.get("when"), job)


def _condition(words: str, node: trees.Node | None, job: _Job) -> Iterator[Fact]:
    leaves = islice(trees.leaves(node), 20) if node is not None else ()
    text = ", ".join(leaf[: shape.LONGEST] for _, leaf in leaves)
    if node is not None and text:
        yield Fact("condition", f"{words}{text}"[: shape.LONGEST], node.line, unit=job.unit.id)


def _downstream(trigger: trees.Node | None, unit: str) -> Iterator[Fact]:
    """Another pipeline that a job starts: of this repository, or another project's."""
    yield from _includes(trees.at(trigger, "include"), unit)
    project = trigger if isinstance(trigger, trees.Scalar) else trees.at(trigger, "project")
    if isinstance(project, trees.Scalar):
        yield Fact("action", project, project.line, trees.as_text(trees.at(trigger, "branch")), unit)


def _includes(node: trees.Node | None, unit: str) -> Iterator[Fact]:
    """Files that this one takes in. Paths are the repository's own; all else is also a building block of others."""
    for item in trees.as_list(node):
        if isinstance(item, trees.Scalar):
            yield from _remote(item, unit) if "://" in item else [_local(item, unit)]
            continue
        for path in trees.as_list(trees.at(item, "local")):
            yield _local(trees.Scalar(trees.as_text(path), path.line), unit)
        for kind in ("remote", "template", "component"):
            if isinstance(name := trees.at(item, kind), trees.Scalar):
                yield from _remote(name, unit)
                yield from shape.settings(trees.at(item, "inputs"), f"{name.partition('@')[0]}.with", unit)
        project, version = trees.at(item, "project"), trees.as_text(trees.at(item, "ref"))
        for file in trees.as_list(trees.at(item, "file")) if isinstance(project, trees.Scalar) else ():
            yield Fact("action", f"{project}/{trees.as_text(file).lstrip('/')}", file.line, version, unit)


def _local(path: trees.Scalar, unit: str) -> Fact:
    return Fact("includes", path.removeprefix("./").lstrip("/"), path.line, unit=unit)


def _remote(name: trees.Scalar, unit: str) -> Iterator[Fact]:
    block, _, version = name.partition("@")
    yield Fact("action", block, name.line, version, unit)
    if "://" in name:
        yield Fact("includes", name, name.line, unit=unit)
